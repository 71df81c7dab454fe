"""Meters of workers: the kernel's clock and memory counts of a process that cannot touch them.

The code under test stands still between its calls, so it can neither work ahead nor slow the yardstick down.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..calls import wire
from ..calls.ondevice import PEAK
from ..calls.undertest import Call, UnderTest
from ..errors import Stop
from ..isolation.handle import Worker
from ..isolation.limits import LIFE_CALLS_CPU
from ..records import Verdict
from .meters import Meter, Work


def cpu_of(worker: Callable[[], Worker], code: UnderTest) -> Meter:
    """Meter the CPU seconds of a worker, all its threads together; it is stopped outside of the calls."""

    def meter(call: Work) -> tuple[Any, float]:
        one = worker()
        start = one.cpu_s()
        value = call(code)
        one.pause()
        return value, one.cpu_s() - start

    return meter


def wall_of(worker: Callable[[], Worker], code: UnderTest) -> Meter:
    """Meter the seconds until all bytes of a worker's answer are here; its device is idle before and after.

    The CPU's clock does not see what a GPU does. The worker is stopped outside of the calls.
    """

    def meter(call: Work) -> tuple[Any, float]:
        one = worker()
        one.await_ready()
        start = time.perf_counter()
        value = call(code)
        took_s = time.perf_counter() - start
        one.pause()
        return value, took_s

    return meter


def allocated_of(worker: Callable[[], Worker], code: UnderTest) -> Meter:
    """Meter by how many bytes a call raises the peak of the device's allocator, by the worker's word."""

    def meter(call: Work) -> tuple[Any, float]:
        one = worker()
        before = _allocated(one)[1]
        value = call(code)
        return value, float(_allocated(one)[0] - before)

    return meter


def _allocated(one: Worker) -> tuple[int, int]:
    """Return the allocator's peak since it was last asked for, and what is held now."""
    match one.ask(wire.Request(secrets.randbits(62), PEAK, (), {})).value:
        case [int(peak), int(now)]:
            return peak, now
    raise Stop(Verdict.CRASH, "the process does not say what its device's allocator held")


def peak_of(fresh: Callable[[], Worker], code: UnderTest) -> Meter:
    """Meter by how many bytes a call raises the memory of a worker that has done nothing before."""

    def meter(call: Work) -> tuple[Any, float]:
        one = fresh()
        one.await_ready()
        before = one.peak_bytes()
        value = call(code)
        return value, float(one.peak_bytes() - before)

    return meter


@dataclass
class KnownPeaks:
    """Peaks of staff's own plays, measured once for arguments of each form and kept for a judge's life.

    Nothing of a submission reaches the workers that answer: a check makes the arguments itself.
    """

    _known: dict[bytes, float] = field(default_factory=dict)
    _worker: Worker | None = None  # it answers what is known
    _answers: int = 0  # in its life

    def close(self) -> None:
        """End the worker that answers what is known."""
        if self._worker:
            self._worker.kill()

    def measured(self, start: Callable[[bool], Worker], call: Work) -> tuple[Any, float]:
        """Return a call's value and its peak: what disturbs a peak only raises it, so of two the lower.

        `start` starts a worker on staff's own files, with exact memory or without.
        """
        if not (self._worker and self._worker.alive):
            self._worker, self._answers = start(False), 0
        self._worker.pin(os.sched_getaffinity(0))
        code = UnderTest(self._worker.ask, lambda target: None)
        value = call(code)
        self._answers += 1
        if self._answers == LIFE_CALLS_CPU:
            self._worker.kill()  # before its life's processor time can be used up
        form = _form(code.calls_made[-1])
        if form not in self._known:
            self._known[form] = min(_peak(start(True), call) for _ in range(2))
        return value, self._known[form]


def _peak(one: Worker, call: Work) -> float:
    try:
        return peak_of(lambda: one, UnderTest(one.ask, lambda target: None))(call)[1]
    finally:
        one.kill()


def _form(call: Call) -> bytes:
    """Return all that a peak can depend on, but the values in tensors: their shapes and types."""
    return bytes(wire.dump(wire.Request(0, call.target, call.args, call.kwargs, call.play))[1])
