"""What is done in a copy of this process cannot end it, whatever happens there."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import torch

from autograder.judging.copied import in_a_copy


def a_list_in_itself() -> dict[str, str]:
    index: list[object] = []
    index.append(index)
    torch.zeros(3, 3)[index] = 1.0  # type: ignore[index]  # torch follows it until the stack is full
    return {"a": "not reached"}


def no_end() -> dict[str, str]:
    while True:
        pass


def asleep() -> dict[str, str]:
    time.sleep(60)
    return {"a": "too late"}


def refused() -> dict[str, str]:
    raise RuntimeError("this is not told")


def killed() -> dict[str, str]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {"a": "not reached"}


def test_what_is_returned_comes_here():
    large = {f"check {i}": "ü" * 100 for i in range(1000)}  # more than a pipe holds
    assert in_a_copy(lambda: large, 5.0) == large
    assert in_a_copy(dict, 5.0) == {}


@pytest.mark.parametrize("work", [a_list_in_itself, refused, killed])
def test_a_copy_that_ends_badly_tells_nothing(work):
    assert in_a_copy(work, 5.0) == {}


@pytest.mark.parametrize("work", [no_end, asleep])
def test_a_copy_that_does_not_end_is_ended(work):
    assert in_a_copy(work, 0.05) == {}


def test_nothing_is_changed_here_and_nothing_stays_open():
    here = {"a": "1"}
    before = len([*Path("/proc/self/fd").iterdir()])
    assert in_a_copy(lambda: here | {"a": here.pop("a") * 2}, 5.0) == {"a": "11"}
    assert here == {"a": "1"}
    assert len([*Path("/proc/self/fd").iterdir()]) == before
