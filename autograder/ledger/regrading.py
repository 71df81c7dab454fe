"""Another look: who asked for one and what came of it, and whom mended checks would move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from ..course import Course
from ..errors import UserError
from ..records import Result
from .account import Account, account, accounts
from .entering import last_grading
from .events import Asked, Decided, Entry, Graded, New, Regraded, Ruled, in_force
from .facts import facts_of


@dataclass(frozen=True)
class Request:
    """A request and what came of it."""

    number: int
    student: str
    asked: Asked
    until: datetime | None  # when it was too late to ask; None where there was no score to ask about
    decided: Decided | None

    @property
    def in_time(self) -> bool:
        """Say whether it came within the course's days."""
        return self.until is None or self.asked.asked_at <= self.until


@dataclass(frozen=True)
class Move:
    """Whose points in an assignment would change, and why."""

    student: str
    before: Fraction | None  # after lateness; None where they are open
    after: Fraction | None
    total: Fraction  # by how many percent the final grade would change, of what is decided
    why: str


def requests(course: Course, entries: list[Entry]) -> list[Request]:
    """Return the requests, the oldest first."""
    kept = in_force(entries)
    answers = {one.event.request: one.event for one in kept if isinstance(one.event, Decided)}
    return [
        Request(
            one.number,
            one.student,
            one.event,
            _until(course, entries, one.student, one.event),
            answers.get(one.number),
        )
        for one in kept
        if isinstance(one.event, Asked)
    ]


def request_of(course: Course, entries: list[Entry], number: int) -> Request:
    """Return the request of an event; raises UserError where it is none."""
    found = next((one for one in requests(course, entries) if one.number == number), None)
    if found is None:
        raise UserError(f"event {number} is no request; `autograder regrade list` shows them")
    return found


def _until(course: Course, entries: list[Entry], student: str, asked: Asked) -> datetime | None:
    """Return until when one could ask: so many days after the score, as it stood then, was to be seen."""
    then = [entry for entry in entries if entry.at <= asked.asked_at]
    facts = facts_of(then, [student])[student.casefold()]
    known = account(course, facts).standings.get(asked.assignment)
    if known is None or known.points is None or known.submission is None:
        return None
    shown = course.published(asked.assignment) or course.due(asked.assignment)
    seen = max(known.submission.graded_at, shown or known.submission.graded_at)
    return seen + timedelta(days=course.regrades.days)


def decide(
    held: list[Entry],
    course: Course,
    number: int,
    granted: bool,
    reason: str,
    ruling: tuple[str, float] | None = None,
    anyway: bool = False,
) -> list[New]:
    """Return the events that answer a request; `ruling` is a task and its points. Raises UserError."""
    request = request_of(course, held, number)
    if granted and not request.in_time and not anyway:
        raise UserError(
            f"request {number} came too late, after {request.until:%Y-%m-%d %H:%M:%S %Z}: "
            "refuse it, or say --anyway"
        )
    if ruling and not granted:
        raise UserError("a request that is refused changes no points: leave out --task and --points")
    ruled = _ruling(held, course, request, *ruling, reason) if ruling else None
    return [(request.student, Decided(number, granted, reason, ruled))]


def _ruling(
    held: list[Entry], course: Course, request: Request, task: str, points: float, reason: str
) -> Ruled:
    assignment = request.asked.assignment
    facts = facts_of(held)[request.student.casefold()]
    one = account(course, facts).standings[assignment].submission
    if one is None or task not in one.tasks:
        there = ", ".join(one.tasks) if one else "nothing graded"
        raise UserError(f"no task {task!r} in what {request.student} handed in; there is {there}")
    last = facts.gradings[assignment][one.commit][-1].event
    most = last.tasks[task].points if isinstance(last, Graded) else 0.0
    if not 0 <= points <= most:
        raise UserError(f"{task} has 0 to {most:g} points, not {points:g}")
    return Ruled(assignment, one.commit, task, points, reason, request.number)


def moves(
    course: Course, assignment: str, moved: Mapping[str, Graded], held: list[Entry], at: datetime
) -> list[Move]:
    """Return who would move if this word of the checks on those students were published at a moment."""
    entry = Entry(0, at, "", "", Regraded(assignment, "", dict(moved)))
    before, after = accounts(course, held), accounts(course, [*held, entry])
    return [
        _move(before[name], after[name], assignment, _why(held, name, moved[student]))
        for student in sorted(moved)
        for name in [student.casefold()]
    ]


def left_behind(assignment: str, results: Iterable[Result], held: list[Entry]) -> list[tuple[str, str]]:
    """Return which submissions, as student and commit, no result is of and something else graded.

    Results hold one commit of each student: others that a student handed in keep the word of the checks that
    graded them.
    """
    results = list(results)
    now = {(one.grade.student.casefold(), one.grade.commit) for one in results}
    judged_by = [one.run.inputs for one in results]
    return [
        (facts.student, commit)
        for name, facts in facts_of(held).items()
        for commit, entries in facts.gradings.get(assignment, {}).items()
        if commit and (name, commit) not in now and _inputs(entries) not in judged_by
    ]


def _inputs(entries: Sequence[Entry]) -> dict[str, str]:
    last = entries[-1].event
    return last.inputs if isinstance(last, Graded) else {}


def _move(before: Account, after: Account, assignment: str, why: str) -> Move:
    points = [one.standings[assignment].points for one in (before, after)]
    return Move(after.student, points[0], points[1], after.earned - before.earned, why)


def _why(held: list[Entry], name: str, now: Graded) -> str:
    """Say which tasks earn something else, and what differs in all that decides a verdict."""
    old = last_grading(facts_of(held)[name], now)
    return "; ".join(_differences(old, now)) if old else ""


def _differences(old: Graded, now: Graded) -> Iterator[str]:
    for task, points in now.tasks.items():
        before = old.tasks.get(task)
        if before is None or before.earned != points.earned:
            yield f"{task} {before.earned:g} → {points.earned:g}" if before else f"{task} is new"
    if now.withheld != old.withheld or now.problem != old.problem:
        yield now.problem or ("withheld" if now.withheld else "stands now")
    if changed := [part for part, digest in now.inputs.items() if old.inputs.get(part) != digest]:
        yield f"changed: {', '.join(changed)}"
