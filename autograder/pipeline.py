"""The life of a submission, as a table of contents: collect, judge, score, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from .course import load_course
from .errors import UserError
from .intake.collect import AllowList, collect
from .judging.staging import cage_of, given_files
from .records import Grade, Result, Run, Submission, Verdict, read_result, write_result
from .results.key import grounds_of, result_key
from .seeds import Seed, student_seed
from .spec import Assignment

if TYPE_CHECKING:  # torch, which they import, takes seconds: not where nothing is left to be judged
    from .pool.pool import Heard

Progress = Callable[[Result, bool], None]  # a finished result, and whether it was there already


class Judges(Protocol):
    """Judges somewhere: a crew on this machine, or nodes of a cluster."""

    def level(self) -> str:
        """Return the level of their sandboxes."""

    def judge_all(self, submissions: list[Submission], seeds: dict[str, Seed]) -> Iterator[Heard]:
        """Judge submissions and yield each as it is done."""


OpenJudges = Callable[[Assignment], AbstractContextManager[Judges]]


class SandboxTooWeak(UserError):
    """This machine cannot hold what official grading promises."""


def collect_class(
    root: Path, assignment: Assignment, folder: Path, roster: Path | None, received: Path | None
) -> list[Submission]:
    """Collect what a class handed in for one assignment."""
    given = {path: content for path, content in given_files(assignment).items() if "/" not in path}
    hand_in = frozenset(task.file for task in assignment.tasks)
    allowed = AllowList(assignment.name, hand_in, given)
    course = load_course(root)
    return collect(folder, allowed, roster, received, course.due(assignment.name), course.classroom)


def grade_class(
    assignment: Assignment,
    submissions: list[Submission],
    key: bytes,
    out: Path,
    progress: Progress,
    jobs: int = 1,
    open_judges: OpenJudges | None = None,
) -> list[Result]:
    """Grade what is not graded yet; every result is on disk as soon as it is known.

    Without `open_judges` so many judges as `jobs` work on this machine.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _alone_in(out):
        grounds = grounds_of(assignment)
        seeds = {one.student: student_seed(key, assignment.name, one.student) for one in submissions}
        results, todo = [], []
        for one in submissions:
            done = _finished(out, one, grounds, seeds[one.student])
            if done and _is_full(done.run.level):
                progress(done, True)
                results.append(done)
            else:
                todo.append(one)
        if todo:
            with open_judges(assignment) if open_judges else _crew(assignment, jobs) as judges:
                for result in _judged(assignment, judges, todo, grounds, seeds):
                    write_result(result, out)
                    progress(result, False)
                    results.append(result)
    return sorted(results, key=lambda result: result.grade.student)


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """Keep other graders out of a folder of results."""
    import fcntl  # which Windows lacks

    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"{out}: another `autograder grade` works here; wait, or use --out") from None
        except OSError:  # a file system without locks
            pass
        yield


def _judged(
    assignment: Assignment,
    judges: Judges,
    todo: list[Submission],
    grounds: str,
    seeds: dict[str, Seed],
) -> Iterator[Result]:
    level = judges.level()
    if not _is_full(level):
        raise SandboxTooWeak(f"the sandbox's level here is '{level}', not 'full'; run `autograder doctor`")
    for heard in judges.judge_all(todo, seeds):
        seed = seeds[heard.submission.student]
        key = result_key(heard.submission, grounds, seed, level)
        yield conclude(assignment, heard, seed, key, level)


def _crew(assignment: Assignment, jobs: int) -> AbstractContextManager[Judges]:
    from .pool.pool import Crew

    return Crew(assignment.folder, cage_of(assignment), jobs)


def _is_full(level: str) -> bool:
    return level.startswith("full")


def _finished(out: Path, submission: Submission, grounds: str, seed: Seed) -> Result | None:
    """Return the result of an earlier run when nothing that it depends on has changed, but for words."""
    try:
        result = read_result(out / f"{submission.student}.json")
    except (OSError, UserError):
        return None
    key = result_key(submission, grounds, seed, result.run.level)
    if result.run.key != key or result.grade.withheld:
        return None
    words = {"name": submission.name, "commit": submission.commit, "problem": submission.problem}
    current = replace(result, grade=replace(result.grade, **words))
    if current != result:
        write_result(current, out)
    return current


def strangers(out: Path, submissions: list[Submission]) -> list[str]:
    """Return whose results lie in a folder without a submission now: a report would show them too."""
    return sorted({path.stem for path in out.glob("*.json")} - {one.student for one in submissions})


def read_results(folder: Path) -> list[Result]:
    """Read a class's result files, by student; raises UserError when there are none or one is broken."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{folder}: no result files; run `autograder grade` first")
    return [read_result(path) for path in paths]


def conclude(assignment: Assignment, heard: Heard, seed: Seed, key: str, level: str) -> Result:
    """Turn what the judge heard into a result."""
    from .judging.score import score, total

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
        machine=heard.machine,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(heard.seconds, 3),
        key=key,
        check_seconds={j.check.name: round(j.seconds, 4) for j in heard.judged},
        measured={j.check.name: j.measured for j in heard.judged if j.measured},
        output={j.check.name: j.printed for j in heard.judged if j.printed},
        errors={j.check.name: j.error for j in heard.judged if j.error},
    )
    return Result(grade, run)
