"""What counts by the ledger, for other tools: as results, so that every export takes it, and as a table."""

from __future__ import annotations

from collections.abc import Mapping

from ..course import Course
from ..intake.roster import RosterEntry
from ..ledger.account import Account, Standing
from ..ledger.work import rounded, says
from ..records import Grade, Result, Run, TaskResult
from .grades import safe_cell

LEVEL = "ledger"  # in place of a sandbox's


def final_results(course: Course, books: Mapping[str, Account]) -> dict[str, list[Result]]:
    """Return by assignment what everybody has in it after lateness, as one task; open ones are withheld."""
    return {
        name: [
            _result(one.student, name, one.standings[name])
            for one in books.values()
            if one.standings[name].submission
        ]
        for name in course.assignments
    }


def late_points(books: Mapping[str, Account], assignment: str) -> dict[str, float]:
    """Return how many points lateness takes from everybody whose score stands, by case-folded student."""
    return {
        key: rounded(standing.submission.points - standing.points)
        for key, one in books.items()
        if (standing := one.standings[assignment]).submission and standing.points is not None
    }


def final_table(
    course: Course, roster: Mapping[str, RosterEntry], books: Mapping[str, Account]
) -> list[list[str]]:
    """Return header and rows in the roster's order; a cell is empty where something is open."""
    parts = next((list(one.parts) for one in books.values()), [])
    header = ["identifier", "username", "name"]
    for name in course.assignments:
        header += [name, f"{name} late days"]
    return [[*header, *parts, "total", "grade"], *(_row(entry, books[id]) for id, entry in roster.items())]


def _row(entry: RosterEntry, one: Account) -> list[str]:
    cells = [safe_cell(text) for text in (entry.identifier, entry.id, entry.name)]
    for standing in one.standings.values():
        days = standing.submission.days if standing.submission else 0
        cells += ["" if standing.points is None else says(standing.points), str(days) if days else ""]
    cells += ["" if part.share is None else says(100 * part.share) for part in one.parts.values()]
    return [*cells, "" if one.total is None else says(one.total), safe_cell(one.grade)]


def _result(student: str, assignment: str, standing: Standing) -> Result:
    one = standing.submission
    assert one is not None
    most, points = rounded(one.most), rounded(standing.points or one.most * 0)
    grade = Grade(
        student=student,
        name="",
        assignment=assignment,
        commit=one.commit,
        received_at=one.received.isoformat() if one.received else "",
        late=bool(one.days),
        seed="",
        score=points,
        max_score=most,
        withheld=standing.points is None,
        tasks=(TaskResult("final", "", "Final, late days counted", most, points, ()),),
    )
    return Result(grade, Run(LEVEL, "", "", 0.0, ""))
