"""Measures what a submission costs by the size of its class and the number of judges, and if memory grows.

All checks count, those of speed and memory too, and the calls on a pretend GPU.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..course import load_course
from ..pool.pool import Pool
from ..records import Submission
from ..seeds import student_seed
from ..sources.variants import read_wrong, variant_files
from ..spec import Assignment, find_assignment, load_assignment
from .bench import KEY, describe_machine, ordinary_submissions
from .held import Spent, held_together_mb, spent
from .ways import Place, write_files

SIZES = (100, 500, 2000)
WORKERS = (2, 4)  # besides one, for the smallest class, where the machine has so many cores
FIRST = 5  # memory is compared with the peak over this part of a class: the first fifth
FLAT = 1.10  # at most, of time from class to class and of memory within one
EFFICIENT = 0.9  # at least, of judges that have a core each
FURTHER_MB = 1000.0  # at most, for each judge but the first
STARTS = 3  # of the command, for its first result; the median counts
FIRST_RESULT_S = 8.0  # at most, from a cold start


class ScaleRow(msgspec.Struct, frozen=True):
    """One class."""

    submissions: int
    workers: int
    s_per_submission: float  # by the wall clock, all judges warm
    peak_mb: float  # of one judge and the zygote
    cpu_s: float  # of judges, zygote and workers for a submission, whatever else the machine does
    judge_growth: float  # peak over the whole class ÷ peak over its first fifth
    zygote_growth: float
    efficiency: float  # submissions per second and judge ÷ those of a single judge on the smallest class
    all_mb: float  # of all judges and the zygote at the end, what they share counted once
    further_mb: float  # of it for each judge but the first


@dataclass(frozen=True)
class Scale:
    """What classes cost, and how soon the first result is there."""

    machine: str
    first_s: float  # `autograder grade` on one hand-in, from the command to its end
    rows: list[ScaleRow]


def bench_scale(root: Path, sizes: Sequence[int] = SIZES, step: Callable[[], object] = lambda: None) -> Scale:
    """Grade generated classes of the demo's assignment, no two submissions the same."""
    assignment = load_assignment(find_assignment(root, load_course(root).demo))
    machine, first_s = describe_machine(), first_result_s(root, assignment)
    rows: list[ScaleRow] = []
    for size, workers in classes(sizes):
        rows.append(measure(assignment, size, workers, rows[0] if rows else None, step))
    return Scale(machine, first_s, rows)


def classes(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Return what is graded in turn: the size of a class and the number of its judges."""
    cores = os.cpu_count() or 1
    return [(size, 1) for size in sorted(sizes)] + [(min(sizes), more) for more in WORKERS if more <= cores]


def in_target(scale: Scale) -> bool:
    """Say whether time is flat over the classes, memory within each, and further judges worth their cost."""
    alone = [row.s_per_submission for row in scale.rows if row.workers == 1]
    return (
        max(alone) <= FLAT * min(alone)
        and max(max(row.judge_growth, row.zygote_growth) for row in scale.rows) <= FLAT
        and min(row.efficiency for row in scale.rows) >= EFFICIENT
        and max(row.further_mb for row in scale.rows) <= FURTHER_MB
        and scale.first_s <= FIRST_RESULT_S
    )


def first_result_s(root: Path, assignment: Assignment) -> float:
    """Return the median seconds until a command that starts anew has graded one right hand-in."""
    (right,) = distinct_submissions(assignment, 1)
    took = []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(root, assignment, Path(folder))
            handed_in, out = place.scratch / "handed_in", place.scratch / "results"
            write_files(handed_in / right.student, right.files)
            start = time.perf_counter()
            place.autograder("grade", assignment.name, handed_in, "--out", out)
            took.append(time.perf_counter() - start)
    return round(statistics.median(took), 2)


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
    with Pool(assignment, workers) as pool:
        list(pool.grade_all(warm, seeds))
        before, start, seen = spent(), time.perf_counter(), []
        for _ in pool.grade_all(counted, seeds):
            seen.append(spent())
            step()
        seconds, all_mb = (time.perf_counter() - start) / size, held_together_mb()
    cpu_s = (seen[-1].cpu_s - before.cpu_s) / size
    early = seen[: max(1, size // FIRST)]
    return ScaleRow(
        submissions=size,
        workers=workers,
        s_per_submission=round(seconds, 4),
        peak_mb=round(max(max(one.judges_mb) + one.zygote_mb for one in seen), 1),
        cpu_s=round(cpu_s, 4),
        judge_growth=round(_judge_peak(seen) / _judge_peak(early), 3),
        zygote_growth=round(_zygote_peak(seen) / _zygote_peak(early), 3),
        efficiency=round(alone.s_per_submission / seconds / workers, 3) if alone else 1.0,
        all_mb=round(all_mb, 1),
        further_mb=round((all_mb - alone.all_mb) / (workers - 1), 1) if alone and workers > 1 else 0.0,
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


def _judge_peak(seen: Sequence[Spent]) -> float:
    return max(held for one in seen for held in one.judges_mb)


def _zygote_peak(seen: Sequence[Spent]) -> float:
    return max(one.zygote_mb for one in seen)
