"""Regrade requests from a table, as a form or a person gathers them:

student,assignment,check,reason,asked_at
ada,a04,the first beta is small,"Eq. 4 allows T = 1, see page 3.",2026-10-16T09:12:00+02:00
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ..errors import UserError
from ..intake.lines import moment, read_lines
from ..records import Result, Verdict
from .events import Asked, Entry, New
from .people import known_as

COLUMNS = ("student", "assignment", "check", "reason", "asked_at")


def read_requests(path: Path, students: Mapping[str, str], named: Callable[[str], str]) -> list[New]:
    """Return the requests of a table; raises TableError with all mistakes at once.

    `students` are those who may be named, by case-folded name; `named` turns "a04" into an assignment's name.
    """
    found: list[New] = []

    def take(_: int, row: Mapping[str, str]) -> None:
        found.append((known_as(row["student"], students), _asked(row, named)))

    read_lines(path, COLUMNS, take)
    return found


def not_asked_yet(found: Iterable[New], held: list[Entry]) -> list[New]:
    """Return the requests that the ledger does not hold."""
    known = [(entry.student, entry.event) for entry in held]
    return [one for one in found if one not in known]


def check_named(result: Result, words: str) -> str:
    """Return the name of the check that a student means by its first words, or by its name."""
    checks = {check.name: check for task in result.grade.tasks for check in task.checks}
    plain = words.casefold().strip()
    fitting = [
        name
        for name, check in checks.items()
        if plain and (check.title.casefold().startswith(plain) or plain in name.casefold())
    ]
    if len(fitting) != 1:
        failed = [name for name, check in checks.items() if check.verdict is not Verdict.PASS]
        titles = "".join(f"\n  {name}: {checks[name].title}" for name in fitting or failed or checks)
        raise UserError(f"{words!r} names {len(fitting)} checks; say with --check which of{titles}")
    return fitting[0]


def _asked(row: Mapping[str, str], named: Callable[[str], str]) -> Asked:
    if not row["reason"]:
        raise UserError("a request needs a reason")
    when = moment("asked_at", row["asked_at"], "2026-10-16T09:12:00+02:00")
    return Asked(named(row["assignment"]), row["check"], row["reason"], when)
