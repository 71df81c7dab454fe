"""Who may be named: the roster's students, or those whom the ledger knows."""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError
from ..intake.roster import read_roster
from ..text import did_you_mean
from .events import Entry
from .facts import facts_of


def the_student(entries: list[Entry], student: str, roster: Path | None) -> str:
    """Return a student's name as it is known; raises UserError with the nearest."""
    known = known_students(entries, roster)
    if student.casefold() not in known:
        there = f"in {roster.name}" if roster else "in the ledger (--roster names who is new)"
        raise UserError(f"nobody is called {student!r} {there}; {did_you_mean(student, known.values())}")
    return known[student.casefold()]


def known_students(entries: list[Entry], roster: Path | None) -> dict[str, str]:
    """Return who may be named, by case-folded name: the roster's students, else the ledger's."""
    if roster:
        return {name: entry.id for name, entry in read_roster(roster).items()}
    return {name: facts.student for name, facts in facts_of(entries).items()}
