"""A small course, its results and its events, for tests of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from autograder.course import Course, Dates
from autograder.ledger.account import Account, accounts
from autograder.ledger.events import Entry, Event, Graded, Marked, TaskPoints
from autograder.policy import Late

NAMES = ("a01_one", "a02_two", "a03_three", "a04_four", "a05_five")
BEGIN = datetime(2026, 9, 1, 22, tzinfo=UTC)  # when the first is due; each other a week later
DUE = {name: BEGIN + timedelta(weeks=number) for number, name in enumerate(NAMES)}
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def course(late: Late | None = None, **fields: object) -> Course:
    dates = {name: Dates(due=due) for name, due in DUE.items()}
    return Course("T", "t", NAMES[0], late=late or Late(), assignments=dates, **fields)  # type: ignore[arg-type]


def graded(
    name: str, points: float = 80, late: timedelta = timedelta(0), commit: str = "c1", **fields: object
) -> Graded:
    """Return the word on one submission of two tasks, worth 40 and 60 points."""
    first = min(points, 40.0)
    tasks = {"one": TaskPoints(first, 40.0), "two": TaskPoints(round(points - first, 2), 60.0)}
    return Graded(name, commit, (DUE[name] + late).isoformat(), tasks, **fields)  # type: ignore[arg-type]


def entered(*events: Event, student: str = "ada", at: datetime = BEGIN) -> list[Entry]:
    """Return events of one student as they stand in a ledger, an hour apart."""
    return [Entry(number, at + number * HOUR, "ta", student, event) for number, event in enumerate(events, 1)]


def ada(course: Course, *events: Event) -> Account:
    return accounts(course, entered(*events), ["ada"])["ada"]


def review(points: float, most: float = 45, **fields: str) -> Marked:
    return Marked("", "review", points, most, **fields)
