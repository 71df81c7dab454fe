"""Judges side by side work on a core each, as long as there are enough."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

if sys.platform != "linux":
    pytest.skip("a Linux system call", allow_module_level=True)

from autograder.judging.cores import on_one_core


def core_of_another(cores: set[int]) -> set[int]:
    os.sched_setaffinity(0, cores)  # of this thread, which began on the first judge's core
    with on_one_core():
        return os.sched_getaffinity(0)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="takes two cores")
def test_another_judge_takes_another_core_and_leaves_it_again():
    before = os.sched_getaffinity(0)
    with on_one_core(), ThreadPoolExecutor(1) as another:
        mine = os.sched_getaffinity(0)
        for _ in range(2):
            assert mine.isdisjoint(another.submit(core_of_another, before).result())
    assert os.sched_getaffinity(0) == before


def test_where_no_core_is_left_one_is_shared():
    with on_one_core():
        mine = os.sched_getaffinity(0)
        with on_one_core():
            assert os.sched_getaffinity(0) == mine
        assert os.sched_getaffinity(0) == mine
