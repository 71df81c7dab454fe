"""One student's one assignment: each submission's points before lateness, and which submissions may count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from math import floor

from ..course import Course
from .events import Entry, Graded, Marked, Ruled
from .facts import Facts
from .late import days_late


@dataclass(frozen=True)
class Submission:
    """What one submission is worth before lateness, and how that came."""

    commit: str
    received: datetime | None
    days: int  # late
    points: Fraction
    most: Fraction
    open: str  # why nobody can say yet; "" when all is known
    graded_at: datetime  # the last time that a score of it was entered
    steps: tuple[str, ...]
    tasks: dict[str, Fraction]

    @property
    def percent(self) -> Fraction:
        """Return the points in percent of the most."""
        return 100 * self.points / self.most if self.most else Fraction(0)


@lru_cache(maxsize=100_000)
def exact(number: float) -> Fraction:
    """Return a number as it is written: 0.1 is a tenth."""
    return Fraction(str(number))


def rounded(number: Fraction) -> float:
    """Return a number in hundredths, halves upwards."""
    return floor(number * 100 + Fraction(1, 2)) / 100


def says(number: Fraction) -> str:
    """Return a number in words for people."""
    return f"{rounded(number):.2f}".rstrip("0").rstrip(".")


def when(course: Course, moment: datetime) -> str:
    """Return a moment in the course's zone, to the second."""
    return f"{moment.astimezone(course.clock):%a %d %b %Y %H:%M:%S %Z}"


def submissions(course: Course, facts: Facts, assignment: str) -> list[Submission]:
    """Return the submissions that may count, by the course's policy; none where nothing was graded."""
    found = facts.gradings.get(assignment, {})
    if len(found) > 1:
        found = {commit: entries for commit, entries in found.items() if commit}  # others than "nothing came"
    made = [_submission(course, facts, assignment, commit, entries) for commit, entries in found.items()]
    made.sort(key=lambda one: one.received or one.graded_at)  # of equals the one graded first stays before
    if course.late.counts == "best":
        return made
    chosen = [one for one in made if one.commit == facts.chosen.get(assignment)]
    return chosen if chosen and course.late.counts == "chosen" else made[-1:]


def _submission(
    course: Course, facts: Facts, assignment: str, commit: str, entries: Sequence[Entry]
) -> Submission:
    """Put together the checks' last word, what TAs ruled, and what they marked by hand."""
    words = [entry.event for entry in entries if isinstance(entry.event, Graded)]
    graded, number, at = words[-1], entries[-1].number, entries[-1].at
    arrivals = [_moment(word.received_at) for word in words if word.received_at]
    received = min(arrivals, default=None)  # grading again keeps the time
    rulings = {
        name: ruling for name in graded.tasks if (ruling := facts.rulings.get((assignment, commit, name)))
    }
    rest = [task for name, task in graded.tasks.items() if name not in rulings]
    problem = graded.problem if rest else ""
    undecided = graded.withheld and (not rulings or any(task.open for task in rest))
    is_open = undecided or (bool(problem) and graded.ours)
    tasks = {name: exact(task.earned) for name, task in graded.tasks.items()}
    steps = [_head(course, commit, received), _checked(tasks, graded, number)]
    for name, ruling in rulings.items():
        steps.append(_ruled(name, tasks[name], ruling))
        tasks[name], at = exact(_points(ruling)), max(at, ruling.at)
    by_hand = _by_hand(course, facts, assignment, bool(problem))
    points = sum([*tasks.values(), *(part.points for part in by_hand)], Fraction(0))
    worth = [task.points for task in graded.tasks.values()]
    return Submission(
        commit=commit,
        received=received,
        days=days_late(received, facts.due(course, assignment)),
        points=points,
        most=sum(map(exact, [*worth, *course.by_hand.values()]), Fraction(0)),
        open=f"a TA must look at event {number}"
        if is_open
        else next((p.open for p in by_hand if p.open), ""),
        graded_at=max([at, *(part.at for part in by_hand if part.at)]),
        steps=(*steps, *(part.step for part in by_hand if part.step)),
        tasks=tasks,
    )


@dataclass(frozen=True)
class _ByHand:
    """One part of an assignment that a TA marks."""

    points: Fraction = Fraction(0)
    step: str = ""
    open: str = ""
    at: datetime | None = None


def _by_hand(course: Course, facts: Facts, assignment: str, nothing: bool) -> list[_ByHand]:
    """Return the parts that TAs mark; of whoever handed in nothing they are 0 unless one is marked."""
    parts = []
    for name, most in course.by_hand.items():
        entry = facts.marks.get((assignment, name))
        if entry and isinstance(entry.event, Marked):
            points, step = (
                entry.event.points,
                f"{name}: {entry.event.points:g} of {most:g} (event {entry.number})",
            )
            parts.append(_ByHand(exact(points), step, at=entry.at))
        elif nothing:
            parts.append(_ByHand(step=f"{name}: 0 of {most:g}, for nothing was handed in"))
        else:
            parts.append(_ByHand(open=f"{name} is not marked yet"))
    return parts


def _head(course: Course, commit: str, received: datetime | None) -> str:
    if not commit:
        return "no submission"
    came = (
        f"received {when(course, received)}" if received else "no record says when it came: taken as in time"
    )
    return f"commit {commit[:14]}, {came}"


def _checked(tasks: dict[str, Fraction], graded: Graded, number: int) -> str:
    if graded.problem:
        return f"nothing could be graded (event {number}): {graded.problem}"
    worth = sum((exact(task.points) for task in graded.tasks.values()), Fraction(0))
    return f"checks: {says(sum(tasks.values(), Fraction(0)))} of {says(worth)} (event {number})"


def _ruled(name: str, before: Fraction, ruling: Entry) -> str:
    assert isinstance(ruling.event, Ruled)
    number, why = ruling.number, ruling.event.reason
    return f"{name}: {ruling.event.points:g} in place of {says(before)}, as ruled (event {number}): {why}"


def _points(ruling: Entry) -> float:
    assert isinstance(ruling.event, Ruled)
    return ruling.event.points


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
