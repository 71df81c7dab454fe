"""What happens to grades: events, as the ledger keeps them. One is never changed; another corrects it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec


class TaskPoints(msgspec.Struct, frozen=True):
    """What the checks say of one task."""

    earned: float
    points: float
    open: bool = False  # the grader could not decide


class Graded(msgspec.Struct, frozen=True, tag_field="kind", tag="graded"):
    """The checks' word on one submission; of several on one commit the latest holds."""

    assignment: str
    commit: str
    received_at: str  # UTC, ISO 8601; "" when no server record says
    tasks: dict[str, TaskPoints]
    withheld: bool = False
    problem: str = ""  # why nothing could be graded
    ours: bool = False  # it is staff's to mend
    inputs: dict[str, str] = {}  # what the checks' word was computed from, as in a result file


class Regraded(msgspec.Struct, frozen=True, tag_field="kind", tag="regraded"):
    """Checks were mended: the new word on everybody whom it moves, in one event."""

    assignment: str
    reason: str
    grades: dict[str, Graded]  # by student


class Ruled(msgspec.Struct, frozen=True, tag_field="kind", tag="ruled"):
    """A TA's word on a task in place of the checks'; the latest holds."""

    assignment: str
    commit: str
    task: str
    points: float
    reason: str
    request: int = 0  # the number of the event that asked for it; 0: of itself


class Marked(msgspec.Struct, frozen=True, tag_field="kind", tag="marked"):
    """Points given by hand: of an assignment's part, or of a part of the final grade; the latest holds."""

    assignment: str  # "" for a part of the final grade
    what: str  # "lab", or "review"
    points: float
    most: float
    comment: str = ""
    received_at: str = ""  # of what was handed in for it


class Extended(msgspec.Struct, frozen=True, tag_field="kind", tag="extended"):
    """One student has longer; of several the longest holds."""

    what: str  # an assignment, or a part that is due
    until: datetime
    reason: str


class Chosen(msgspec.Struct, frozen=True, tag_field="kind", tag="chosen"):
    """A student says which submission counts; the latest word holds."""

    assignment: str
    commit: str


class Asked(msgspec.Struct, frozen=True, tag_field="kind", tag="asked"):
    """A student asks for another look."""

    assignment: str
    check: str
    reason: str
    asked_at: datetime


class Decided(msgspec.Struct, frozen=True, tag_field="kind", tag="decided"):
    """What came of a request; a granted one may rule on a task, upwards or downwards."""

    request: int  # the number of the event
    granted: bool
    reason: str
    ruling: Ruled | None = None


class Voided(msgspec.Struct, frozen=True, tag_field="kind", tag="voided"):
    """An event was entered by mistake and counts no longer."""

    event: int  # its number
    reason: str


Event = Graded | Regraded | Ruled | Marked | Extended | Chosen | Asked | Decided | Voided
New = tuple[str, Event]  # a student ("" where it is about several) and what happened


@dataclass(frozen=True)
class Entry:
    """One event as it stands in the ledger."""

    number: int
    at: datetime  # when it was entered
    who: str  # who entered it
    student: str  # "" where it is about several
    event: Event


def encoded(event: Event) -> str:
    """Return an event as JSON, the same to the byte each time."""
    return msgspec.json.encode(event, order="deterministic").decode()


def decoded(text: str) -> Event:
    """Read an event again."""
    event: Event = msgspec.json.decode(text, type=Event)
    return event


def in_force(entries: list[Entry]) -> list[Entry]:
    """Return what counts, by time: without what was voided, each student's part of a regrading by itself.

    The order in which events were entered does not matter: of those of one moment the text decides.
    """
    gone = {entry.event.event for entry in entries if isinstance(entry.event, Voided)}
    kept = [one for entry in entries if entry.number not in gone for one in _singly(entry)]
    return sorted(kept, key=lambda entry: (entry.at, encoded(entry.event), entry.number))


def _singly(entry: Entry) -> Iterator[Entry]:
    """Yield a regrading student by student, what a decision rules after it, any other event as it is."""
    if isinstance(entry.event, Regraded):
        for student, graded in entry.event.grades.items():
            yield replace(entry, student=student, event=graded)
        return
    yield entry
    if isinstance(entry.event, Decided) and entry.event.ruling:
        yield replace(entry, event=entry.event.ruling)
