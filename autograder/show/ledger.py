"""What the ledger says, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from ..ledger.account import Account
from ..ledger.events import Asked, Chosen, Decided, Entry, Event, Extended, Graded, Marked, Regraded, Ruled
from ..ledger.regrading import Move, Request
from ..ledger.work import rounded, says, when
from ..text import one_line
from .console import safe

if TYPE_CHECKING:
    from ..course import Course
    from ..semester.play import Semester

TOLD = 160  # characters of an event
WHOLE = ("student", "grade")  # columns that are never cut


def account_lines(course: Course, account: Account, only: str) -> Iterator[str]:
    """Yield the steps to what a student has: in one assignment, or in all and in the whole course."""
    for name, one in account.standings.items():
        if only in ("", name):
            yield f"[bold]{escape(name)}[/bold] of {safe(account.student)}"
            yield from (f"  {safe(step)}" for step in one.steps)
    if only:
        return
    for name, part in account.parts.items():
        yield f"[bold]{name}[/bold], {course.weights.of(name):g} % of the grade"
        yield from (f"  {safe(step)}" for step in part.steps)
    yield f"free late days left: {account.free_left} of {course.late.free}"
    coding = f"the assignments make {course.weights.coding:g} % of the grade, all alike"
    yield f"{coding}; together {says(account.earned)} of {says(account.decided)} % decided so far"
    if account.total is not None:
        yield f"final: {says(account.total)} % {safe(account.grade)}".rstrip()
    yield from (f"open: {safe(what)}" for what in account.open)


def account_fields(course: Course, account: Account, only: str) -> dict[str, Any]:
    """Return the same for machines."""
    standings = [
        {
            "assignment": name,
            "points": None if one.points is None else rounded(one.points),
            "most": rounded(one.submission.most) if one.submission else None,
            "late_days": one.submission.days if one.submission else 0,
            "free_days": one.free,
            "open": one.open,
            "steps": one.steps,
        }
        for name, one in account.standings.items()
        if only in ("", name)
    ]
    parts = {
        name: None if part.share is None else rounded(100 * part.share)
        for name, part in account.parts.items()
    }
    return {
        "student": account.student,
        "assignments": standings,
        "parts": parts,
        "free_days_left": account.free_left,
        "earned": rounded(account.earned),
        "decided": rounded(account.decided),
        "total": None if account.total is None else rounded(account.total),
        "grade": account.grade,
        "open": account.open,
    }


def class_table(course: Course, accounts: Sequence[Account]) -> Iterator[RenderableType]:
    """Yield a class: percent of the assignments and of each part, free late days left, and the whole."""
    parts = list(accounts[0].parts) if accounts else []
    table = Table(box=None, pad_edge=False)
    for name in ("student", "assignments", *parts, "free", "grade"):
        table.add_column(name, justify="left" if name == "student" else "right", no_wrap=name in WHOLE)
    for one in accounts:
        known = [share for s in one.standings.values() if (share := s.share) is not None]
        mean = f"{says(100 * sum(known, Fraction(0)) / len(known))} %" if known else "–"
        count = f" ({len(known)} of {len(one.standings)})" if len(known) < len(one.standings) else ""
        shares = ["–" if p.share is None else f"{says(100 * p.share)} %" for p in one.parts.values()]
        total = f"{says(one.earned)} of {says(one.decided)}"
        if one.total is not None:
            total = f"{says(one.total)} % {one.grade}".rstrip()
        table.add_row(safe(one.student), mean + count, *shares, str(one.free_left), safe(total))
    yield table


def event_table(course: Course, entries: Sequence[Entry]) -> Iterator[RenderableType]:
    """Yield events, one a line."""
    table = Table("event", "entered", "by", "student", "what", box=None, pad_edge=False)
    for one in entries:
        told = safe(one_line(_in_words(course, one.event), TOLD))
        at = f"{one.at.astimezone(course.clock):%Y-%m-%d %H:%M}"
        table.add_row(str(one.number), at, safe(one.who), safe(one.student), told)
    yield table


def _in_words(course: Course, event: Event) -> str:
    match event:
        case Graded(assignment=name, commit=commit, tasks=tasks):
            points = sum(task.earned for task in tasks.values())
            word = event.problem or ("withheld" if event.withheld else f"{points:g}")
            return f"graded {name}: {word} {commit[:10]}"
        case Regraded():
            return f"regraded {event.assignment}: {len(event.grades)} students: {event.reason}"
        case Ruled():
            return f"ruled {event.assignment} {event.task}: {event.points:g}: {event.reason}"
        case Marked():
            return (
                f"marked {event.assignment} {event.what}: {event.points:g} of {event.most:g} {event.comment}"
            )
        case Extended():
            return f"extended {event.what} until {when(course, event.until)}: {event.reason}"
        case Chosen():
            return f"chosen {event.assignment}: {event.commit[:10]}"
        case Asked():
            return f"asked about {event.assignment}, {event.check}: {event.reason}"
        case Decided():
            return f"{'granted' if event.granted else 'refused'} request {event.request}: {event.reason}"
    return f"took back event {event.event}: {event.reason}"


def request_lines(course: Course, requests: Sequence[Request]) -> Iterator[str]:
    """Yield requests and what came of them."""
    for one in requests:
        asked = one.asked
        late = "" if one.in_time else " [red]too late[/red]"
        head = f"[bold]{one.number}[/bold] {safe(one.student)}, {safe(asked.assignment)}: {safe(asked.check)}"
        yield f"{head}, asked {when(course, asked.asked_at)}{late}"
        yield f"  {safe(one_line(asked.reason, 400))}"
        if one.decided:
            yield f"  {'granted' if one.decided.granted else 'refused'}: {safe(one.decided.reason)}"
    if not requests:
        yield "no requests"


def move_table(moves: Sequence[Move]) -> Iterator[RenderableType]:
    """Yield whose points would change, by how much and why."""
    table = Table("student", "before", "after", "of the final grade", "why", box=None, pad_edge=False)
    for one in moves:
        points = ("open" if value is None else says(value) for value in (one.before, one.after))
        table.add_row(safe(one.student), *points, f"{float(one.total):+.2f} %", safe(one.why))
    yield table


def left_lines(left: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield which submissions keep the word of the checks that graded them, for no result is of them."""
    if left:
        named = ", ".join(f"{safe(student)} {commit[:10]}" for student, commit in left)
        yield (
            f"not graded again, for results hold other commits: {named}; "
            "grade these too (with --latest, or without it), then take these steps once more"
        )


def move_fields(move: Move) -> dict[str, Any]:
    """Return the same of one student for machines."""
    points = [None if value is None else rounded(value) for value in (move.before, move.after)]
    fields = {"student": move.student, "before": points[0], "after": points[1]}
    return {**fields, "total": rounded(move.total), "why": move.why}


def semester_fields(done: Semester) -> dict[str, Any]:
    """Return what a drawn semester came to, for machines."""
    finals = {
        one.student: {"total": None if one.total is None else rounded(one.total), "grade": one.grade}
        for one in done.books.values()
    }
    standings = [one for account in done.books.values() for one in account.standings.values()]
    term = done.term
    return {
        "students": len(term.people),
        "points": "drawn, not graded",
        "assignments": len(done.assignments),
        "events": done.events,
        "late_days": sum(one.submission.days for one in standings if one.submission),
        "free_days": sum(one.free for one in standings),
        "extensions": len(term.extensions),
        "due_moved": term.moved[0],
        "requests": len(term.disputes),
        "granted": sum(one.granted for one in term.disputes),
        "moved_by_mended_check": done.moved,
        "killed": done.killed,
        "finals": finals,
        "folder": done.folder,
        "seconds": done.seconds,
    }


def semester_lines(done: Semester) -> Iterator[str]:
    """Yield the same in words."""
    told = semester_fields(done)
    yield (
        f"{told['students']} invented students, {told['assignments']} assignments, {told['events']} events; "
        "their points are drawn, not graded: what is tried here is the ledger"
    )
    yield (
        f"{told['late_days']} late days, {told['free_days']} of them free; {told['extensions']} extensions; "
        f"due time of {told['due_moved']} moved; {told['granted']} of {told['requests']} requests granted; "
        f"a mended check moved {told['moved_by_mended_check']}; killed {told['killed']} times"
    )
    yield f"ledger, backup, exports and pages: {escape(str(done.folder))}   ({done.seconds:g} s)"
