"""What the judges that this process has started hold and have used, with their zygote, seen from outside."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class Spent(msgspec.Struct, frozen=True):
    """What the judges and their zygote hold, and have used together."""

    judges_mb: list[float]
    zygote_mb: float
    cpu_s: float


def spent() -> Spent:
    """Look at the judges that this process has started, and at the zygote that they share."""
    judges, zygotes = judges_and_zygote()
    held = [_held_mb(judge) for judge in judges]
    return Spent(held, sum(map(_held_mb, zygotes)), sum(map(_cpu_s, judges + zygotes)))


def held_together_mb() -> float:
    """Return what all judges and their zygote hold, each page divided among those that share it."""
    return sum(_share_mb(pid) for pids in judges_and_zygote() for pid in pids)


def judges_and_zygote() -> tuple[list[int], list[int]]:
    """Return the processes of the judges that this one has started, and of their zygote if there is one."""
    children = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _children(os.getpid())}
    return (
        [pid for pid, line in children.items() if b"multiprocessing.spawn" in line],
        [pid for pid, line in children.items() if b"zygote.py" in line],
    )


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in lists for child in one.read_text().split()]


def _held_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _share_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / (1 << 10)


def _cpu_s(pid: int) -> float:
    """Seconds of CPU time of a process and of its children that have ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")
