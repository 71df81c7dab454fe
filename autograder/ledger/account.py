"""A student's account: every assignment and part after the course's rules, and what they come to.

All of it is worked out from events and `course.toml` each time and stored nowhere. Numbers are exact
fractions until they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from ..course import Course
from ..policy import CODING, PARTS
from .events import Entry, Marked
from .facts import Facts, facts_of
from .late import DAY, days_late, kept, spend
from .work import Submission, exact, rounded, says, submissions, when

Came = dict[str, list[Submission]]  # by assignment: what may count


@dataclass(frozen=True)
class Standing:
    """One student's one assignment."""

    assignment: str
    submission: Submission | None  # the one that counts; None while nothing was graded
    free: int  # late days of it that cost nothing
    points: Fraction | None  # after lateness; None while it is open
    open: str  # why nobody can say yet
    due: datetime | None  # for this student
    steps: tuple[str, ...]

    @property
    def withheld(self) -> bool:
        """Say whether it is open because a TA must look at it."""
        return self.open.startswith("a TA")

    @property
    def share(self) -> Fraction | None:
        """Return the points as a share of the most, 0 to 1."""
        one = self.submission
        return None if self.points is None or one is None or not one.most else self.points / one.most


@dataclass(frozen=True)
class Part:
    """One part of the final grade that is marked on its own."""

    share: Fraction | None  # None while it is not marked
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """All of one student."""

    student: str
    standings: dict[str, Standing]
    parts: dict[str, Part]
    free_left: int  # of the course's free late days
    earned: Fraction  # percent of the final grade, of what is decided
    decided: Fraction  # how much of the final grade is decided, in percent
    grade: str  # "" while something is open

    @property
    def total(self) -> Fraction | None:
        """Return the final grade in percent; None while a part of it is open."""
        return None if self.open else self.earned

    @property
    def open(self) -> list[str]:
        """Return what is not decided yet, with why."""
        late = [f"{name}: {one.open}" for name, one in self.standings.items() if one.points is None]
        return late + [f"{name}: not marked yet" for name, part in self.parts.items() if part.share is None]


def accounts(course: Course, entries: list[Entry], students: Iterable[str] = ()) -> dict[str, Account]:
    """Return the account of everybody in the ledger and of `students`, by case-folded name."""
    return {name: account(course, facts) for name, facts in facts_of(entries, students).items()}


def account(course: Course, facts: Facts) -> Account:
    """Work out one student's account."""
    came = _came(course, facts)
    free = {name: days for name, (days, _) in _spent(course, came).items()}
    standings = {name: _standing(course, facts, name, found, free.get(name)) for name, found in came.items()}
    parts = {part: _part(course, facts, part) for part in PARTS if course.weights.of(part)}
    pieces = _pieces(course, standings, parts)
    earned = sum((weight * share for weight, share in pieces if share is not None), Fraction(0))
    decided = sum((weight for weight, share in pieces if share is not None), Fraction(0))
    made = Account(
        facts.student, standings, parts, course.late.free - sum(free.values()), earned, decided, ""
    )
    return made if made.open else replace(made, grade=_grade(course, earned))


def _came(course: Course, facts: Facts) -> Came:
    return {name: submissions(course, facts, name) for name in course.assignments}


def _spent(course: Course, came: Came) -> dict[str, tuple[int, Fraction]]:
    """Return of each assignment that is not open its free days, and its percent with them."""
    ready = [name for name, found in came.items() if found and not any(one.open for one in found)]
    worth = [[_best(course, came[name], free)[0] for free in range(course.late.each + 1)] for name in ready]
    days = spend(worth, course.late.free)
    return {name: (free, values[free]) for name, free, values in zip(ready, days, worth, strict=True)}


def cost_of_another_day(course: Course, facts: Facts) -> dict[str, Fraction]:
    """Return how many percent of the final grade it would take had each assignment come a late day later."""
    came = _came(course, facts)
    now, costs = _spent(course, came), {}
    for name in now:
        due = facts.due(course, name)
        later = _spent(course, {**came, name: [_delayed(one, due) for one in came[name]]})
        lost = sum((now[one][1] - later[one][1] for one in now), Fraction(0))
        costs[name] = lost / 100 * exact(course.weights.of(CODING)) / len(came)
    return costs


def _delayed(one: Submission, due: datetime | None) -> Submission:
    if due is None:
        return one
    later = max(one.received or due, due) + DAY
    return replace(one, received=later, days=days_late(later, due))


def _best(course: Course, found: list[Submission], free: int) -> tuple[Fraction, Submission]:
    """Return what the submission that counts is worth in percent with so many free days, and which it is."""
    penalty = exact(course.late.penalty) / 100
    worth = [(one.percent * kept(one.days, free, penalty), -one.days) for one in found]
    at = worth.index(max(worth))  # of equals the one with the fewest late days, then the first
    return worth[at][0], found[at]


def _standing(course: Course, facts: Facts, name: str, found: list[Submission], free: int | None) -> Standing:
    due = facts.due(course, name)
    if free is None:
        why = next((one.open for one in found if one.open), "nothing is graded yet")
        last = found[-1] if found else None
        return Standing(name, last, 0, None, why, due, (*(last.steps if last else ()), f"open: {why}"))
    percent, one = _best(course, found, free)
    points, used = percent * one.most / 100, min(free, one.days)
    steps = [*one.steps, f"together {says(one.points)} of {says(one.most)}"]
    if len(found) > 1:
        steps.append(f"the best of {len(found)} submissions after lateness")
    steps += _late_steps(course, facts, name, one, used, due, points)
    return Standing(name, one, used, points, "", due, (*steps, f"counts {says(points)} of {says(one.most)}"))


def _late_steps(
    course: Course,
    facts: Facts,
    name: str,
    one: Submission,
    free: int,
    due: datetime | None,
    points: Fraction,
) -> list[str]:
    """Return what lateness did, in words."""
    steps = []
    if due and due != course.due(name):
        numbers = ", ".join(f"event {entry.number}" for entry in facts.longer[name]) or "course.toml"
        steps.append(f"due {when(course, due)} for this student ({numbers})")
    elif due:
        steps.append(f"due {when(course, due)}")
    if not one.days or one.received is None or due is None:
        return steps
    late = one.received - due
    steps.append(f"{_days(one.days)} late, for it came {_lapse(late)} after that")
    if free:
        steps.append(f"{_days(free)} of it free, of {course.late.free} in the course")
    if charged := one.days - free:
        steps.append(
            f"{_days(charged)} at {course.late.penalty:g} % of the score: −{says(one.points - points)}"
        )
    return steps


def _part(course: Course, facts: Facts, part: str) -> Part:
    entry = facts.marks.get(("", part))
    if entry is None or not isinstance(entry.event, Marked):
        return Part(None, ("open: not marked yet",))
    mark, due = entry.event, facts.due(course, part)
    comment = f": {mark.comment}" if mark.comment else ""
    steps = [f"{mark.points:g} of {mark.most:g} (event {entry.number}){comment}"]
    if due and mark.received_at and (received := datetime.fromisoformat(mark.received_at)) > due:
        steps.append(f"received {when(course, received)}, due {when(course, due)}: nothing late is taken, 0")
        return Part(Fraction(0), tuple(steps))
    return Part(exact(mark.points) / exact(mark.most), tuple(steps))


def _pieces(
    course: Course, standings: dict[str, Standing], parts: dict[str, Part]
) -> list[tuple[Fraction, Fraction | None]]:
    """Return the pieces of the final grade: what each weighs in percent, and how much of it was earned."""
    pieces = [(exact(course.weights.of(name)), part.share) for name, part in parts.items()]
    each = exact(course.weights.of(CODING)) / len(standings) if standings else Fraction(0)
    return pieces + [(each, one.share) for one in standings.values()]


def _grade(course: Course, total: Fraction) -> str:
    """Return the grade whose least percent a total reaches, as it is shown; "" where there are none."""
    reached = [(least, name) for name, least in course.boundaries.items() if rounded(total) >= least]
    return max(reached)[1] if reached else ""


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _lapse(late: timedelta) -> str:
    """Return a time in its two largest units: "2 days 3 hours"."""
    seconds = -(-late // timedelta(seconds=1))
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    words = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return " ".join(words[:2])
