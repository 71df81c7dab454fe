"""Meters of workers: the kernel's clock and memory counts of a process that cannot touch them.

The code under test stands still between its calls, so it can neither work ahead nor slow the yardstick down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..calls.undertest import UnderTest
from ..isolation.handle import Worker
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


def peak_of(fresh: Callable[[], Worker], code: UnderTest) -> Meter:
    """Meter by how many bytes a call raises the memory of a worker that has done nothing before."""

    def meter(call: Work) -> tuple[Any, float]:
        one = fresh()
        one.await_ready()
        before = one.peak_bytes()
        value = call(code)
        return value, float(one.peak_bytes() - before)

    return meter
