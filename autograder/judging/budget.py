"""Bounds what a hostile reply can make the judge's process do: memory for its life, time for each check."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ..errors import MachineFault

JUDGE_MEMORY = 6 << 30  # bytes the judge may map on top of what it has after the imports
CHECK_CPU_S = 60.0  # of the judge's own CPU time for one check


def mapped_bytes() -> int:
    """Return how much memory this process maps."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def limit_memory() -> None:
    """Limit what this process may map from now on."""
    resource.setrlimit(resource.RLIMIT_AS, (mapped_bytes() + JUDGE_MEMORY,) * 2)


@contextmanager
def limited_time(limit_s: float = CHECK_CPU_S) -> Iterator[None]:
    """Raise MachineFault when this process computes for longer; the time that others take does not count.

    An exception cannot end a loop inside the interpreter or a library: after twice that time SIGVTALRM ends
    the process, and the submission goes to a fresh one (pool.py).
    """
    before = signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * limit_s)
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def limited_pieces() -> Iterator[Callable[[float], None]]:
    """Yield what limits the time of each piece of work in turn; the limit around all of them stays."""
    start, left_s = time.process_time(), signal.getitimer(signal.ITIMER_PROF)[0]
    before = signal.signal(signal.SIGPROF, _too_long)
    try:
        yield _limit_piece
    finally:
        spent_s = time.process_time() - start
        signal.setitimer(signal.ITIMER_PROF, max(left_s - spent_s, 0.01) if left_s else 0)
        signal.signal(signal.SIGPROF, before)


def _limit_piece(limit_s: float) -> None:
    signal.setitimer(signal.ITIMER_PROF, limit_s, limit_s)  # again, should a callback swallow the first


def _too_long(number: int, frame: FrameType | None) -> None:
    raise MachineFault("a check kept the grader's own process busy for too long")
