"""The life of a class's submissions: collected, graded, their results stored for reports and exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .course import extension_place, load_course
from .errors import UserError
from .intake.alike import remark_alike
from .intake.collect import AllowList, collect
from .intake.parsing import tell_what_python_cannot_read, told_before
from .isolation.gpu import CUDA, Gpu, devices_for
from .pool.pool import Pool
from .records import Result, Submission
from .results.changes import Change, change_between, why_again
from .results.key import inputs_digest, parts_of, result_key
from .results.store import earlier_result, finished, stamped, write_result
from .seeds import Seed, student_seed
from .sources.given import released_python
from .spec import SPEC_FILE, Assignment
from .text import nearest

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
    root: Path,
    assignment: Assignment,
    folder: Path,
    roster: Path | None,
    received: Path | None,
    latest: bool = False,
) -> list[Submission]:
    """Collect what a class handed in for one assignment; with `latest` what came last, in time or not.

    What Python cannot read of it is told of those who are judged (`grade_class`), for reading takes a while.
    """
    course = load_course(root)
    allowed = allow_list(root, assignment)
    longer = course.extensions(assignment.name)
    due = course.due(assignment.name)
    found = collect(folder, allowed, roster, received, due, course.classroom, longer, latest)
    known = {one.student.casefold(): one.student for one in found}
    for student in longer if roster else ():  # without a roster nobody knows who else there is
        if student.casefold() not in known:
            place = extension_place(root, assignment.name, student)
            raise UserError(f"{place} nobody is called {student!r}{nearest(student, known.values())}")
    return remark_alike(found, allowed.given)


def allow_list(root: Path, assignment: Assignment) -> AllowList:
    """Return what may be taken from a submission of one assignment."""
    hand_in = frozenset(task.file for task in assignment.tasks)
    label = load_course(root).label(assignment.name)
    return AllowList(assignment.name, hand_in, released_python(assignment), label)


@dataclass
class ClassGrades:
    """A class's results, and what grading did to those that were there before."""

    results: list[Result] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    reworded: list[Result] = field(default_factory=list)  # whose words are not those on disk, none else
    kept: list[str] = field(default_factory=list)  # students whose grade stays, for nothing readable came now
    strangers: list[str] = field(
        default_factory=list
    )  # whoever is not in the roster gets no grade and no page


def grade_class(
    assignment: Assignment,
    submissions: list[Submission],
    key: bytes,
    out: Path,
    progress: Progress,
    jobs: int = 1,
    open_judges: OpenJudges | None = None,
    again: bool = False,
    device: str = "",
) -> ClassGrades:
    """Grade what is not graded yet; every result is on disk as soon as it is known.

    `key` is the assignment's (`keys.key_for`). Without `open_judges` so many judges as `jobs` work on this
    machine; with `again` also those are judged whose result still holds. With a `device` ("cuda", or "cpu" in
    its place) what passes is run on that as well, and who was not tried there is judged again. A grade is
    never replaced because a hand-in is missing or cannot be read now: a folder of submissions may be a part
    of the class.
    """
    gpus = devices(assignment, device, here=open_judges is None)
    out.mkdir(parents=True, exist_ok=True)
    with _alone_in(out):
        parts = parts_of(assignment)
        seeds = {one.student: student_seed(key, one.student) for one in submissions}
        graded, todo = sorted_out(submissions, parts, seeds, out, again, device)
        for done in graded.reworded:
            write_result(done, out)
        for done in graded.results:
            progress(done, True)
        if todo:
            todo = tell_what_python_cannot_read(todo)
            with open_judges(assignment) if open_judges else Pool(assignment, jobs, gpus=gpus) as judges:
                for result in _judged(judges, todo, parts, seeds):
                    old = earlier_result(out, result.grade.student)
                    if old and (change := change_between(old, result)):
                        graded.changes.append(change)
                    write_result(result, out)
                    progress(result, False)
                    graded.results.append(result)
    graded.results.sort(key=lambda result: result.grade.student)
    return graded


def sorted_out(
    submissions: list[Submission],
    parts: dict[str, str],
    seeds: dict[str, Seed],
    out: Path,
    again: bool = False,
    device: str = "",
) -> tuple[ClassGrades, list[Submission]]:
    """Return the results that stay, brought up to date but not written, and who must be judged.

    With `again` everybody must of whom something came; with a `device` whoever was not tried on it.
    """
    graded, todo, inputs = ClassGrades(), [], inputs_digest(parts)
    for one in submissions:
        if not one.enrolled:
            graded.strangers.append(one.student)
            continue
        old = earlier_result(out, one.student)
        now = told_before(one, old.grade.notices) if old else one
        done = old and finished(old, now, inputs, seeds[one.student])
        untried = done and device and not (done.run.on_device and done.run.on_device.device == device)
        if (again or untried) and one.files:
            done = None
        if done is None and not one.files and old and _was_checked(old):
            graded.kept.append(one.student)
            done = old
        if done and _is_full(done.run.level):
            graded.results.append(done)
            if done != old:
                graded.reworded.append(done)
        else:
            todo.append(one)
    return graded, todo


def whom_to_judge(
    assignment: Assignment, submissions: list[Submission], key: bytes, out: Path, device: str = ""
) -> tuple[ClassGrades, dict[str, str]]:
    """Return the results that would stay, and why each other student would be judged; write nothing."""
    parts = parts_of(assignment)
    seeds = {one.student: student_seed(key, one.student) for one in submissions}
    graded, todo = sorted_out(submissions, parts, seeds, out, device=device)
    why: dict[str, str] = {}
    for one in todo:
        seed = f"{seeds[one.student].n:016x}"
        old = earlier_result(out, one.student)
        fresh = old and device and finished(old, one, inputs_digest(parts), seeds[one.student])
        why[one.student] = f"not on {device} yet" if fresh else why_again(old, one.commit, parts, seed)
    return graded, why


def devices(assignment: Assignment, device: str, here: bool = True) -> tuple[Gpu, ...]:
    """Return what to grade on beside the CPU; raises UserError before anything is done where it is missing.

    Elsewhere than `here` each node looks for itself.
    """
    if device != CUDA and assignment.cuda.counts == "required":
        raise UserError(
            f"{assignment.name}/{SPEC_FILE}: by [cuda] a GPU is required for points: grade with "
            "--device cuda, or write counts = 'informs' there"
        )
    if not device or not here:
        return ()
    return devices_for(device, assignment.cuda.memory_share)


def _was_checked(result: Result) -> bool:
    return any(task.checks for task in result.grade.tasks)


def _judged(
    judges: Judges, todo: list[Submission], parts: dict[str, str], seeds: dict[str, Seed]
) -> Iterator[Result]:
    """Grade at level full, and note in each result what it was computed from."""
    level = judges.level()
    if not _is_full(level):
        raise SandboxTooWeak(f"the sandbox's level here is '{level}', not 'full'; run `autograder doctor`")
    submission = {one.student: one for one in todo}
    for result in judges.grade_all(todo, seeds):
        student = result.grade.student
        key = result_key(submission[student], inputs_digest(parts), seeds[student], level)
        yield stamped(result, key, level, parts)


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
