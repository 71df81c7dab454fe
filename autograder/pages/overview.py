"""The professor's page over the course: everybody's parts and grade, what is open, what somebody must see."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import mean, median

from markupsafe import Markup

from ..course import Course
from ..ledger.account import Account
from ..ledger.regrading import Request
from ..ledger.work import rounded, says, when
from ..records import is_student_id
from .account import FOLDER
from .figures import Part, bar, histogram
from .report import render, write


@dataclass(frozen=True)
class Cell:
    """What somebody has in something, as it is shown and as it is sorted."""

    says: str
    key: float | str = ""


@dataclass(frozen=True)
class Row:
    """One student."""

    student: str
    name: str
    link: str  # to the student's own page, where there is one
    total: Cell
    grade: Cell
    parts: tuple[Cell, ...]  # in percent, all assignments together first
    late: Cell
    open: int
    points: tuple[Cell, ...]  # of each assignment


@dataclass(frozen=True)
class Column:
    """One assignment."""

    short: str
    name: str
    decided: int
    mean: str  # percent, of those that are decided
    late: int  # submissions


def write_overview(
    course: Course,
    accounts: Mapping[str, Account],
    requests: Sequence[Request],
    names: Mapping[str, str],
    out: Path,
) -> Path:
    """Write the page; it links to the students' own pages where `report --finals` wrote them beside it."""
    there = {
        key
        for key, one in accounts.items()
        if is_student_id(one.student) and (out.parent / FOLDER / one.student / "index.html").is_file()
    }
    return write(out, overview_page(course, accounts, requests, names, there))


def overview_page(
    course: Course,
    accounts: Mapping[str, Account],
    requests: Sequence[Request],
    names: Mapping[str, str],
    linked: set[str],
) -> str:
    """Return the page; `names` and `linked`, whose own page lies beside it, are by case-folded student."""
    everybody = sorted(accounts.items())
    finals = [rounded(one.total) for _, one in everybody if one.total is not None]
    so_far = [rounded(100 * one.earned / one.decided) for _, one in everybody if one.decided]
    shown = finals or so_far
    return render(
        "overview.html",
        course=course,
        rows=[_row(one, names.get(key, ""), key in linked) for key, one in everybody],
        columns=[_column(course, name, [one for _, one in everybody]) for name in course.assignments],
        parts=["assignments", *(everybody[0][1].parts if everybody else ())],
        finals=len(finals),
        numbers={
            "Median %": f"{median(shown):.1f}" if shown else "–",
            "Mean %": f"{mean(shown):.1f}" if shown else "–",
        },
        figure=histogram(shown, 100, what="students by percent") if shown else "",
        grades=_grades(course, [one for _, one in everybody if one.total is not None]),
        looks=[
            (one.student, name, standing.open)
            for _, one in everybody
            for name, standing in one.standings.items()
            if standing.withheld
        ],
        asked=[(one, when(course, one.asked.asked_at)) for one in requests if not one.decided],
        waiting=_waiting([one for _, one in everybody]),
    )


def _row(one: Account, name: str, linked: bool) -> Row:
    known = [share for standing in one.standings.values() if (share := standing.share) is not None]
    together = sum(known, Fraction(0)) / len(known) if known else None
    days = sum(standing.submission.days for standing in one.standings.values() if standing.submission)
    so_far = f"{says(one.earned)} of {says(one.decided)}"
    return Row(
        student=one.student,
        name=name,
        link=f"{FOLDER}/{one.student}/index.html" if linked else "",
        total=Cell(so_far if one.total is None else f"{says(one.total)} %", float(one.earned)),
        grade=Cell(one.grade or ("open" if one.open else "–"), one.grade),
        parts=tuple(map(_percent, [together, *(part.share for part in one.parts.values())])),
        late=Cell(f"{days} ({one.free_left})", days),
        open=len(one.open),
        points=tuple(
            Cell("look" if standing.withheld else "–" if standing.points is None else says(standing.points))
            for standing in one.standings.values()
        ),
    )


def _percent(share: Fraction | None) -> Cell:
    return Cell("–") if share is None else Cell(f"{says(100 * share)} %", float(share))


def _column(course: Course, name: str, accounts: Sequence[Account]) -> Column:
    standings = [one.standings[name] for one in accounts]
    known = [share for standing in standings if (share := standing.share) is not None]
    middle = says(100 * sum(known, Fraction(0)) / len(known)) if known else "–"
    late = sum(bool(standing.submission and standing.submission.days) for standing in standings)
    return Column(course.short(name), name, len(known), middle, late)


def _grades(course: Course, final: Sequence[Account]) -> list[tuple[str, str, int, Markup]]:
    """Return each grade, from which percent on, how many have it, and a bar."""
    counts = Counter(one.grade for one in final)
    return [
        (
            grade,
            f"from {least:g} %",
            counts[grade],
            bar([Part(counts[grade] / len(final), "accent")], f"{counts[grade]} of {len(final)}"),
        )
        for grade, least in sorted(course.boundaries.items(), key=lambda item: -item[1])
        if final
    ]


def _waiting(accounts: Sequence[Account]) -> list[tuple[str, str]]:
    """Return what is open besides what a TA must look at, and whose it is."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in accounts:
        for what in one.open:
            found[what].append(one.student)
    looks = {
        f"{name}: {standing.open}"
        for one in accounts
        for name, standing in one.standings.items()
        if standing.withheld
    }
    return [
        (what, f"all {len(who)}" if len(who) == len(accounts) > 1 else ", ".join(who))
        for what, who in sorted(found.items())
        if what not in looks
    ]
