"""What the judges that this process has started hold and have used, with their zygotes, seen from outside."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class Spent(msgspec.Struct, frozen=True):
    """What one judge and its zygote hold and have used."""

    judge_mb: float
    zygote_mb: float
    cpu_s: float


def spent() -> list[Spent]:
    """Look at every judge that this process has started, and at its zygote."""
    return [
        Spent(_held_mb(judge), _held_mb(zygote), _cpu_s(judge) + _cpu_s(zygote))
        for judge, zygote in judges_and_zygotes()
    ]


def held_together_mb() -> float:
    """Return what all judges and their zygotes hold, each page divided among those that share it."""
    return sum(_share_mb(pid) for pair in judges_and_zygotes() for pid in pair)


def judges_and_zygotes() -> list[tuple[int, int]]:
    """Return the process of every judge that this one has started, with that of its zygote."""
    pairs = [(judge, child) for judge in _children(os.getpid()) for child in _children(judge)]
    return [pair for pair in pairs if b"zygote.py" in Path(f"/proc/{pair[1]}/cmdline").read_bytes()]


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
