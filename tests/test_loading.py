"""Large libraries are loaded without the collector, and what they made is never walked over again."""

from __future__ import annotations

import gc

import pytest

from autograder.loading import loading


def test_what_is_loaded_is_set_aside_and_garbage_is_collected_again() -> None:
    with loading():
        assert not gc.isenabled()
        loaded = [[number] for number in range(1000)]
    assert gc.isenabled()
    assert not any(one is loaded for one in gc.get_objects())


def test_where_a_library_is_missing_the_collector_goes_on() -> None:
    with pytest.raises(ModuleNotFoundError), loading():
        raise ModuleNotFoundError
    assert gc.isenabled()
