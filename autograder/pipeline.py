"""The life of a class's submissions: collected, graded, their results stored for reports and exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from .course import load_course
from .errors import UserError
from .intake.collect import AllowList, collect
from .pool.pool import Pool
from .records import Result, Submission
from .results.key import inputs_digest, result_key
from .results.store import finished, stamped, write_result
from .seeds import Seed, student_seed
from .sources.given import released_modules
from .spec import Assignment

Progress = Callable[[Result, bool], None]  # a finished result, and whether it was there already


class Judges(Protocol):
    """Judges somewhere: a pool on this machine, or the nodes of a cluster. They distribute, no more."""

    def level(self) -> str:
        """Return the level of their sandboxes."""

    def grade_all(self, submissions: list[Submission], seeds: dict[str, Seed]) -> Iterator[Result]:
        """Grade submissions (judging/grading.py) and yield each result as it is done."""


OpenJudges = Callable[[Assignment], AbstractContextManager[Judges]]


class SandboxTooWeak(UserError):
    """This machine cannot hold what official grading promises."""


def collect_class(
    root: Path, assignment: Assignment, folder: Path, roster: Path | None, received: Path | None
) -> list[Submission]:
    """Collect what a class handed in for one assignment."""
    hand_in = frozenset(task.file for task in assignment.tasks)
    allowed = AllowList(assignment.name, hand_in, released_modules(assignment))
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
        inputs = inputs_digest(assignment)
        seeds = {one.student: student_seed(key, assignment.name, one.student) for one in submissions}
        results, todo = [], []
        for one in submissions:
            done = finished(out, one, inputs, seeds[one.student])
            if done and _is_full(done.run.level):
                progress(done, True)
                results.append(done)
            else:
                todo.append(one)
        if todo:
            with open_judges(assignment) if open_judges else Pool(assignment, jobs) as judges:
                for result in _graded(judges, todo, inputs, seeds):
                    write_result(result, out)
                    progress(result, False)
                    results.append(result)
    return sorted(results, key=lambda result: result.grade.student)


def _graded(judges: Judges, todo: list[Submission], inputs: str, seeds: dict[str, Seed]) -> Iterator[Result]:
    """Grade at level full, and note in each result what it was computed from."""
    level = judges.level()
    if not _is_full(level):
        raise SandboxTooWeak(f"the sandbox's level here is '{level}', not 'full'; run `autograder doctor`")
    submission = {one.student: one for one in todo}
    for result in judges.grade_all(todo, seeds):
        student = result.grade.student
        key = result_key(submission[student], inputs, seeds[student], level)
        yield stamped(result, key, level)


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


def _is_full(level: str) -> bool:
    return level.startswith("full")
