"""Stage 2 of 4: grade. Turns one submission into a result: checks run, mistakes named, points counted."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ..errors import MachineFault
from ..isolation.gpu import Gpu
from ..records import Grade, OnDevice, Result, Run, Submission, TaskResult, Verdict, total
from ..seeds import Seed
from ..spec import Assignment
from .budget import limited_time
from .score import pictures_of, score

if TYPE_CHECKING:  # torch, which they import, takes seconds: not where a judge's failure is told
    from .judge import Judge
    from .trial import CheckRun

COLLECTING = "collect"  # among a result's errors: the collector's own
NAMING_CPU_S = 10.0  # of the judge's own CPU time for a submission; usual are tenths of a second
OUTPUT_KEPT = 1_000_000  # bytes of a result for what all checks printed
CUT = "(not kept: the checks before printed too much)"


def grade(
    judge: Judge,
    submission: Submission,
    seed: Seed,
    measured: bool = True,
    named: bool = True,
    gpus: tuple[Gpu, ...] = (),
) -> Result:
    """Grade one submission; without `measured`, checks of speed and memory are left out.

    What passes is run once more on one of `gpus`, where any are given, when all is decided on the CPU.

    Mistakes are named as long as that takes little, known ones first and then those that nobody foresaw: it
    repeats the calls in this process, slips in a copy of it, and their arguments may be anything. Without
    `named` none is, and nothing is tried on a pretend GPU, for a submission whose judge has died.
    The result does not say yet at which level it was judged, and from what: `pipeline.grade_class` notes it.
    """
    from .unforeseen import with_unforeseen

    start = time.perf_counter()
    chosen = frozenset(check.name for check in judge.session.checks if measured or not check.measured)
    runs = judge.judge(submission.files, seed, chosen, twin=named)
    try:
        with limited_time(NAMING_CPU_S):
            tasks = score(judge.assignment, runs, named)
    except (MachineFault, MemoryError):  # no reason to withhold points
        named, tasks = False, score(judge.assignment, runs, named=False)
    if named:
        with suppress(OSError, MemoryError):
            looking = partial(judge.looking, submission.files)
            tasks = with_unforeseen(judge.assignment, tasks, runs, submission.files, looking)
    found = None
    if gpus:
        from .ondevice import on_device

        found = on_device(judge, gpus, submission.files, seed, runs, measured)
    seconds = time.perf_counter() - start
    return conclude(judge.assignment, submission, seed, tasks, runs, seconds, found=found)


def ungraded(assignment: Assignment, submission: Submission, seed: Seed, why: str) -> Result:
    """Return a withheld result without points for a submission that no judge could finish."""
    tasks = tuple(
        TaskResult(task.id, task.number, task.title, task.points, 0.0, ()) for task in assignment.tasks
    )
    return conclude(assignment, submission, seed, tasks, (), 0.0, why)


def conclude(
    assignment: Assignment,
    submission: Submission,
    seed: Seed,
    tasks: tuple[TaskResult, ...],
    runs: Sequence[CheckRun],
    seconds: float,
    failure: str = "",
    found: OnDevice | None = None,
) -> Result:
    """Put together what is known of one submission; `failure` says why the judge itself could not finish."""
    from .ondevice import is_doubtful, with_policy

    one = submission
    tasks, added = with_policy(tasks, found, assignment.cuda)
    doubted = is_doubtful(found, assignment.cuda)
    graded = Grade(
        student=one.student,
        name=one.name,
        assignment=assignment.name,
        commit=one.commit,
        received_at=one.received_at,
        late=one.late,
        seed=f"{seed.n:016x}",
        score=total(tasks, added),
        max_score=sum(task.points for task in tasks),
        withheld=bool(failure) or doubted or any(run.outcome.verdict is Verdict.ERROR for run in runs),
        tasks=tasks,
        notices=one.notices,
        problem=failure or one.problem,
        ours=one.ours,
        remarks=one.remarks,
        added=added,
    )
    run = Run(
        level="",
        machine="" if failure else f"{platform.platform()}, Python {platform.python_version()}",
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        key="",
        check_seconds={run.check.name: round(run.seconds, 4) for run in runs},
        measured={run.check.name: run.measured for run in runs if run.measured},
        pictures=pictures_of(runs),
        output=_kept({run.check.name: run.printed for run in runs if run.printed}),
        errors={run.check.name: run.error for run in runs if run.error}
        | ({COLLECTING: one.error} if one.error else {}),
        on_device=found,
        on_gpu={run.check.name: run.on_gpu for run in runs if run.on_gpu},
    )
    return Result(graded, run)


def _kept(printed: dict[str, str]) -> dict[str, str]:
    """Cut what was printed so that all checks' together stay within a bound, as bytes of a result file."""
    kept: dict[str, str] = {}
    room = OUTPUT_KEPT
    for name, text in printed.items():
        size = len(msgspec.json.encode(text))
        kept[name] = text if size <= room else CUT
        room -= min(size, room)
    return kept
