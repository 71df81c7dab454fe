"""The life of a submission, as a table of contents: collect, judge, score, report."""

from __future__ import annotations

import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from .collect import AllowList, collect
from .course import load_course
from .crew import Crew, Heard
from .errors import UserError
from .keys import grounds_of, result_key
from .records import Grade, Result, Run, Submission, Verdict, read_result, write_result
from .sandbox import Cage
from .score import score, total
from .seeds import Seed, student_seed
from .spec import Assignment
from .stage import given_files

Progress = Callable[[Result, bool], None]  # a finished result, and whether it was there already


class SandboxTooWeak(UserError):
    """This machine cannot hold what official grading promises."""


def cage_of(assignment: Assignment) -> Cage:
    """Return the default sandbox with the assignment's limits."""
    limits = assignment.limits
    return Cage(limits.call_cpu_s, limits.call_wall_s, limits.memory_mb, limits.reply_mb)


def collect_class(
    root: Path, assignment: Assignment, folder: Path, roster: Path | None, received: Path | None
) -> list[Submission]:
    """Collect what a class handed in for one assignment."""
    given = {path: content for path, content in given_files(assignment).items() if "/" not in path}
    hand_in = frozenset(task.file for task in assignment.tasks)
    allowed = AllowList(assignment.name, hand_in, given)
    return collect(folder, allowed, roster, received, load_course(root).due(assignment.name))


def grade_class(
    assignment: Assignment,
    submissions: list[Submission],
    key: bytes,
    out: Path,
    progress: Progress,
    jobs: int = 1,
    allow_unsandboxed: bool = False,
) -> list[Result]:
    """Grade what is not graded yet; every result is on disk as soon as it is known."""
    out.mkdir(parents=True, exist_ok=True)
    cage, grounds = cage_of(assignment), grounds_of(assignment)
    seeds = {one.student: student_seed(key, assignment.name, one.student) for one in submissions}
    results: list[Result] = []
    with Crew(assignment.folder, cage, jobs) as crew:
        level = crew.level()
        if not level.startswith("full") and not allow_unsandboxed:
            raise SandboxTooWeak(
                f"the sandbox's level here is '{level}', not 'full'; run `autograder doctor`"
            )
        keys = {one.student: result_key(one, grounds, seeds[one.student], level) for one in submissions}
        todo = []
        for one in submissions:
            if done := _finished(out, one, keys[one.student]):
                progress(done, True)
                results.append(done)
            else:
                todo.append(one)
        for heard in crew.judge_all(todo, seeds):
            student = heard.submission.student
            result = conclude(assignment, heard, seeds[student], keys[student], level)
            write_result(result, out)
            progress(result, False)
            results.append(result)
    return sorted(results, key=lambda result: result.grade.student)


def _finished(out: Path, submission: Submission, key: str) -> Result | None:
    """Return the result of an earlier run when nothing that it depends on has changed."""
    path = out / f"{submission.student}.json"
    try:
        result = read_result(path)
    except (OSError, ValueError):
        return None
    return result if result.run.key == key and not result.grade.withheld else None


def read_results(folder: Path) -> list[Result]:
    """Read a class's result files, by student; raises UserError when there are none or one is broken."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{folder}: no result files; run `autograder grade` first")
    try:
        return [read_result(path) for path in paths]
    except ValueError as problem:
        raise UserError(str(problem)) from None


def conclude(assignment: Assignment, heard: Heard, seed: Seed, key: str, level: str) -> Result:
    """Turn what the judge heard into a result."""
    one = heard.submission
    tasks = heard.tasks or score(assignment, [])
    withheld = bool(heard.failure) or any(j.outcome.verdict is Verdict.ERROR for j in heard.judged)
    grade = Grade(
        student=one.student,
        name=one.name,
        assignment=assignment.name,
        commit=one.commit,
        received_at=one.received_at,
        late=one.late,
        seed=f"{seed.n:016x}",
        score=total(tasks),
        max_score=sum(task.points for task in tasks),
        withheld=withheld,
        tasks=tasks,
        notices=one.notices,
        problem=heard.failure or one.problem,
    )
    run = Run(
        level=level,
        machine=f"{platform.platform()}, Python {platform.python_version()}",
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(heard.seconds, 3),
        key=key,
        check_seconds={j.check.name: round(j.seconds, 4) for j in heard.judged},
        measured={j.check.name: j.measured for j in heard.judged if j.measured},
        output={j.check.name: j.printed for j in heard.judged if j.printed},
        errors={j.check.name: j.error for j in heard.judged if j.error},
    )
    return Result(grade, run)
