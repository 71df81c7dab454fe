"""Joining a process's pages changes none of its memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("a Linux system call", allow_module_level=True)

from autograder.isolation.hugepages import HUGE, join_pages


def joined_bytes() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("AnonHugePages"))


def test_what_is_in_memory_stays():
    kept = bytearray(range(256)) * (16 * HUGE >> 8)
    before = joined_bytes()
    join_pages()
    assert kept == bytearray(range(256)) * (16 * HUGE >> 8)
    assert joined_bytes() >= before
