"""A student's page over the course: what counts and how it came, late days, and what another would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from markupsafe import Markup

from ..course import Course
from ..errors import UserError
from ..ledger.account import Account, account, cost_of_another_day
from ..ledger.facts import Facts
from ..ledger.work import says, when
from ..records import is_student_id
from ..text import without_paths
from .figures import Part, bar
from .report import render, write

FOLDER = "grades"


@dataclass(frozen=True)
class Row:
    """One assignment, or one part, of a student's page."""

    name: str
    points: str  # "64 of 100"; "" while it is open
    meter: Markup | str
    says: str  # when it is due, or what it weighs
    steps: tuple[str, ...]
    another: str  # what another late day would take from the final grade, in percent; "" where that is open


def write_accounts(course: Course, facts: Mapping[str, Facts], names: Mapping[str, str], out: Path) -> int:
    """Write `grades/<student>/index.html` below `out` for each student; return how many.

    `names` are people's, by case-folded student. Each page is fit for its own student, and for no other.
    """
    for key, one in facts.items():
        if not is_student_id(one.student):
            raise UserError(f"{one.student!r} is no student's id: the ledger was not written by us")
        page = account_page(course, one, names.get(key, ""))
        write(out / FOLDER / one.student / "index.html", page)
    return len(facts)


def account_page(course: Course, facts: Facts, name: str) -> str:
    """Return one student's page."""
    one, costs = account(course, facts), cost_of_another_day(course, facts)
    assignments = [_assignment(course, one, short, costs.get(short)) for short in one.standings]
    parts = [_part(course, one, part) for part in one.parts]
    return render(
        "account.html",
        course=course,
        student=one.student,
        name=name,
        account=one,
        total=None if one.total is None else says(one.total),
        earned=says(one.earned),
        decided=says(one.decided),
        meter=bar([Part(float(one.earned / 100), "accent")], f"{says(one.earned)} percent of the grade"),
        assignments=assignments,
        parts=parts,
        late_days=sum(s.submission.days for s in one.standings.values() if s.submission),
    )


def _assignment(course: Course, one: Account, name: str, cost: Fraction | None) -> Row:
    standing = one.standings[name]
    due = f"due {when(course, standing.due)}" if standing.due else "due at no time"
    if standing.points is None or standing.submission is None:
        waits = "a TA looks at it first" if standing.withheld else standing.open
        return Row(name, "", "", due, (f"Open: {waits}.",), "")
    points = f"{says(standing.points)} of {says(standing.submission.most)}"
    steps = tuple(map(without_paths, standing.steps))
    return Row(name, points, _meter(standing.share, points), due, steps, "" if cost is None else says(cost))


def _part(course: Course, one: Account, name: str) -> Row:
    part = one.parts[name]
    percent = "" if part.share is None else f"{says(100 * part.share)} %"
    weight = f"{course.weights.of(name):g} % of the grade"
    return Row(name, percent, _meter(part.share, percent), weight, part.steps if percent else (), "")


def _meter(share: Fraction | None, points: str) -> Markup | str:
    if share is None:
        return ""
    return bar([Part(min(float(share), 1.0), "good" if share == 1 else "part")], points)
