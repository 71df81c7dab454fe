"""Measures what a submission costs by the size of its class and the number of judges, and if memory grows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ..course import load_course
from ..pool.pool import Pool
from ..records import Submission
from ..seeds import student_seed
from ..sources.variants import read_wrong, variant_files
from ..spec import Assignment, find_assignment, load_assignment
from .bench import KEY, ordinary_submissions

SIZES = (100, 500, 2000)
WORKERS = (2, 4)  # besides one, for the smallest class
FIRST = 5  # memory is compared with the peak over this part of a class: the first fifth
FLAT = 1.10  # at most, of time from class to class and of memory within one


class ScaleRow(msgspec.Struct, frozen=True):
    """One class, speed tasks excluded."""

    submissions: int
    workers: int
    s_per_submission: float  # by the wall clock, all judges warm
    peak_mb: float  # of one judge with its zygote
    cpu_s: float  # of judges, zygotes and workers for a submission, whatever else the machine does
    judge_growth: float  # peak over the whole class ÷ peak over its first fifth
    zygote_growth: float
    efficiency: float  # submissions per second and judge ÷ those of a single judge on the smallest class


class Spent(msgspec.Struct, frozen=True):
    """What one judge and its zygote hold and have used."""

    judge_mb: float
    zygote_mb: float
    cpu_s: float


def bench_scale(
    root: Path, sizes: Sequence[int] = SIZES, step: Callable[[], object] = lambda: None
) -> list[ScaleRow]:
    """Grade generated classes of the demo's assignment, no two submissions the same."""
    assignment = load_assignment(find_assignment(root, load_course(root).demo))
    rows: list[ScaleRow] = []
    smallest = min(sizes)
    for size, workers in [(size, 1) for size in sorted(sizes)] + [(smallest, workers) for workers in WORKERS]:
        rows.append(measure(assignment, size, workers, rows[0] if rows else None, step))
    return rows


def total(sizes: Sequence[int]) -> int:
    """Return how many submissions are graded and counted in all."""
    return sum(sizes) + len(WORKERS) * min(sizes)


def in_target(rows: Sequence[ScaleRow]) -> bool:
    """Say whether time is flat over the classes' sizes, and memory over each class."""
    alone = [row.s_per_submission for row in rows if row.workers == 1]
    growth = max(max(row.judge_growth, row.zygote_growth) for row in rows)
    return max(alone) <= FLAT * min(alone) and growth <= FLAT


def measure(
    assignment: Assignment,
    size: int,
    workers: int,
    alone: ScaleRow | None = None,
    step: Callable[[], object] = lambda: None,
) -> ScaleRow:
    """Grade one class; `alone` is what to compare efficiency with."""
    warm, counted = mistaken_once(assignment, workers), distinct_submissions(assignment, size)
    seeds = {one.student: student_seed(KEY, one.student) for one in warm + counted}
    with Pool(assignment, workers, measured=False) as pool:
        list(pool.grade_all(warm, seeds))
        before, start, seen = spent(), time.perf_counter(), []
        for _ in pool.grade_all(counted, seeds):
            seen.append(spent())
            step()
        seconds = (time.perf_counter() - start) / size
    cpu_s = (sum(one.cpu_s for one in seen[-1]) - sum(one.cpu_s for one in before)) / size
    early = seen[: max(1, size // FIRST)]
    return ScaleRow(
        submissions=size,
        workers=workers,
        s_per_submission=round(seconds, 4),
        peak_mb=round(max(one.judge_mb + one.zygote_mb for row in seen for one in row), 1),
        cpu_s=round(cpu_s, 4),
        judge_growth=round(_peak(seen, "judge_mb") / _peak(early, "judge_mb"), 3),
        zygote_growth=round(_peak(seen, "zygote_mb") / _peak(early, "zygote_mb"), 3),
        efficiency=round(alone.s_per_submission / seconds / workers, 3) if alone else 1.0,
    )


def distinct_submissions(assignment: Assignment, number: int) -> list[Submission]:
    """Return submissions in turn right and wrong, each with a comment of its own in every file."""
    return [
        Submission(
            f"student-{i:05}",
            "",
            "",
            "",
            {path: b"%s\n# by student %d\n" % (content, i) for path, content in files.items()},
        )
        for i, files in enumerate(ordinary_submissions(assignment, number))
    ]


def mistaken_once(assignment: Assignment, times: int) -> list[Submission]:
    """Return submissions with a mistake in each task: judges that had them import nothing any more."""
    wrongs = {wrong.task: wrong for wrong in read_wrong(assignment)}.values()
    return [
        Submission(f"warm-{i}-{wrong.task}", "", "", "", variant_files(assignment, wrong))
        for wrong in wrongs
        for i in range(times)
    ]


def spent() -> list[Spent]:
    """Look at every judge that this process has started, and at its zygote."""
    pairs = [(judge, child) for judge in _children(os.getpid()) for child in _children(judge)]
    return [
        Spent(_held_mb(judge), _held_mb(zygote), _cpu_s(judge) + _cpu_s(zygote))
        for judge, zygote in pairs
        if b"zygote.py" in Path(f"/proc/{zygote}/cmdline").read_bytes()
    ]


def _peak(seen: Sequence[Sequence[Spent]], what: str) -> float:
    return max(float(getattr(one, what)) for row in seen for one in row)


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for one in lists for child in one.read_text().split()]


def _held_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _cpu_s(pid: int) -> float:
    """Seconds of CPU time of a process and of its children that have ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")
