"""Who may be named: the roster's students, or those whom the ledger knows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import UserError
from ..intake.roster import read_roster
from ..text import did_you_mean
from .events import Entry
from .facts import facts_of


def the_student(entries: list[Entry], student: str, roster: Path | None) -> str:
    """Return a student's name as it is known; raises UserError with the nearest."""
    there = f"in {roster.name}" if roster else "in the ledger (--roster names who is new)"
    return known_as(student, known_students(entries, roster), f" {there}")


def known_as(student: str, students: Mapping[str, str], there: str = "") -> str:
    """Return how a student is written among those who may be named; raises UserError with the nearest."""
    if student.casefold() not in students:
        raise UserError(f"nobody is called {student!r}{there}; {did_you_mean(student, students.values())}")
    return students[student.casefold()]


def known_students(entries: list[Entry], roster: Path | None) -> dict[str, str]:
    """Return who may be named, by case-folded name: the roster's students, else the ledger's."""
    if roster:
        return {name: entry.id for name, entry in read_roster(roster).items()}
    return {name: facts.student for name, facts in facts_of(entries).items()}
