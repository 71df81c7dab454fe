"""Meters: make a call on code under test and return its value with what it cost, read from outside.

A meter of CPU time adds up all threads of the process that answers, so waiting costs nothing and a second
thread hides nothing. These are the meters of a run in this process; a worker's are in `workermeters`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from ..calls.undertest import UnderTest

Work = Callable[[UnderTest], Any]
Meter = Callable[[Work], tuple[Any, float]]  # the value, and CPU seconds or bytes

COARSE_S = 1e-3  # a CPU clock that ticks so slowly (on Windows: 16 ms) is worse than the wall clock


def cpu_here(code: UnderTest) -> Meter:
    """Meter the CPU seconds that a call takes in this process, on one thread."""
    coarse = time.get_clock_info("process_time").resolution > COARSE_S
    clock = time.perf_counter if coarse else time.process_time

    def meter(call: Work) -> tuple[Any, float]:
        with one_thread():
            start = clock()
            value = call(code)
            return value, clock() - start

    return meter


def peak_here(code: UnderTest) -> Meter:
    """Meter the largest number of bytes that torch holds at once during a call in this process."""

    def meter(call: Work) -> tuple[Any, float]:
        profiler: Any = torch.autograd.profiler.profile(profile_memory=True)
        with _hushed():
            profiler.__enter__()
        try:
            value = call(code)
        finally:
            with _hushed():
                profiler.__exit__(None, None, None)
        events = profiler.kineto_results.events()
        changes = [event for event in events if event.name() == "[memory]"]
        held = peak = 0
        for event in sorted(changes, key=lambda event: event.start_ns()):
            held += event.nbytes()
            peak = max(peak, held)
        return value, float(peak)

    return meter


METERS_HERE = {"speed": cpu_here, "memory": peak_here}


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Have torch compute on one thread, as workers do."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Drop what torch's profiler prints when it starts and stops."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
