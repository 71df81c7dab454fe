"""Bounds of time and memory for code that was changed by a machine and is tried in this process."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from ..calls.undertest import Ask
from ..errors import Stop
from ..judging.budget import mapped_bytes
from ..records import Verdict

MEMORY = 4 << 30  # bytes that may be taken on top of what is mapped

T = TypeVar("T")


class Clock:
    """What is left of the CPU time of the calls in one check, and whether they ran out of it."""

    left_s = 0.0
    ran_out = False

    def in_time(self, ask: Ask) -> Ask:
        """End a call of the code under test that takes all that is left."""
        return lambda request: self.within(lambda: ask(request), request.target)

    def within(self, call: Callable[[], T], what: str) -> T:
        """Return what a call returns; end it when it takes all that is left."""
        self.ran_out = False
        signal.setitimer(signal.ITIMER_PROF, max(self.left_s, 1e-3), 0.1)  # again, if the first is caught
        try:
            result = call()
        finally:
            self.left_s, _ = signal.setitimer(signal.ITIMER_PROF, 0)
        if self.ran_out:  # the exception itself may have become a fault of the code's
            raise Stop(Verdict.TIMEOUT, f"{what} did not end")
        return result

    def ring(self, number: int, frame: FrameType | None) -> None:
        """End the call at hand."""
        self.ran_out = True
        raise Stop(Verdict.TIMEOUT, "the call took many times the reference's time")


@contextmanager
def clock() -> Iterator[Clock]:
    """Yield a clock whose time is CPU time of this process."""
    made = Clock()
    before = signal.signal(signal.SIGPROF, made.ring)
    try:
        yield made
    finally:
        signal.signal(signal.SIGPROF, before)


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Let code that asks for far too much memory fail alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = mapped_bytes() + MEMORY
    resource.setrlimit(
        resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
