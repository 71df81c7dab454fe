"""The core that a judge works on: its own, as long as the machine has as many as it has judges."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def on_one_core() -> Iterator[None]:
    """Stay on one core: judge and worker take turns, which is faster in one cache.

    It is the one that runs this thread, unless another judge works there and a core is left. So what is
    measured also has the same neighbours at every call.
    """
    cores, here = os.sched_getaffinity(0), _running_on()
    with socket.socket(socket.AF_UNIX) as claim:
        core = next((core for core in (here, *cores) if _claimed(claim, core)), here)
        os.sched_setaffinity(0, {core})
        try:
            yield
        finally:
            os.sched_setaffinity(0, cores)


def _running_on() -> int:
    return int(Path("/proc/thread-self/stat").read_text().rpartition(")")[2].split()[36])


def _claimed(claim: socket.socket, core: int) -> bool:
    """Say whether no judge has this core yet: an abstract name belongs to one socket at a time."""
    try:
        claim.bind(f"\0autograder-core-{core}")
    except OSError:
        return False
    return True
