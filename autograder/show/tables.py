"""Tables of tasks, students and submissions, for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from ..records import CheckResult, Measured, Picture, Result, Submission, Verdict
from ..results.changes import Change
from ..text import one_line, read_again, this_is_what
from .console import safe

if TYPE_CHECKING:  # they import torch, which takes seconds, or what only one command needs
    from ..agenda import Entry
    from ..course import Course
    from ..pipeline import ClassGrades
    from ..practice import Practised
    from ..spec import Assignment

BAR = 30  # cells
BLOCKS, CELLS = "▁▂▃▄▅▆▇█", 40  # of a curve: its steps, and how many cells it has at most

COLOURS = {
    Verdict.PASS: "green",
    Verdict.NOT_IMPLEMENTED: "dim",
    Verdict.SKIPPED: "dim",
    Verdict.ERROR: "magenta",
}


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict in its colour."""
    colour = COLOURS.get(verdict, "red")
    return f"[{colour}]{verdict}[/{colour}]"


def practice_table(assignment: Assignment, tasks: list[Practised], details: bool) -> Iterator[RenderableType]:
    """Yield how each task stands, and for each that fails the first problem and what to do."""
    table = Table(title=assignment.title, title_justify="left", box=None, pad_edge=False)
    for column, justify in (
        ("task", "left"),
        ("", "left"),
        ("public checks", "left"),
        ("worth", "right"),
        ("hidden", "right"),
    ):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for one in tasks:
        verdict = one.problems[0].verdict if one.problems else Verdict.PASS
        counts = f"{one.passed} of {len(one.checks)} pass"
        if verdict is Verdict.SKIPPED:
            counts = f"after {' and '.join(one.task.needs)}"
        worth, coming = f"{one.task.points:g}", f"{one.hidden} to come"
        table.add_row(f"{one.task.number} {one.task.id}", verdict_text(verdict), counts, worth, coming)
    yield table
    said: set[str] = set()
    for one in tasks:
        problems = one.problems
        todo = (Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)
        started = any(check.verdict not in todo for check in problems)
        if problems and (details or started):
            yield from _explain(one, problems if details else problems[:1], said, assignment.name)
    bars = [(one.task.id, measured) for one in tasks for measured in one.measured]
    if bars:
        yield from _bars(bars)


def practice_totals(tasks: list[Practised]) -> Iterator[str]:
    """Yield how much is done, and what is still to come."""
    passed = sum(one.passed == len(one.checks) for one in tasks)
    hidden = sum(one.hidden for one in tasks)
    yield (
        f"\n{passed} of {len(tasks)} tasks pass their public checks. "
        f"{hidden} hidden checks are still to come when you hand in."
    )
    for one in tasks:
        for title in one.for_gpu:
            yield f"[dim]{one.task.number} for a GPU, costs no points, not run here: {escape(title)}[/dim]"


def notice_lines(notices: list[str]) -> Iterator[RenderableType]:
    """Yield what grading would do otherwise than this machine."""
    if notices:
        yield "\n[bold]before you hand in[/bold]"
    for notice in notices:
        yield Padding(safe(notice), (0, 0, 0, 2))


def _explain(
    one: Practised, failing: list[CheckResult], said: set[str], name: str
) -> Iterator[RenderableType]:
    yield (f"\n[bold]task {one.task.number} {one.task.id}[/bold]")
    for check in failing:
        head = Table.grid(padding=(0, 3, 0, 0))  # a long title goes on below its own beginning
        head.add_row(verdict_text(check.verdict), escape(check.title))
        yield Padding(head, (0, 0, 0, 2))
        lines = [safe(check.message), safe(this_is_what(check.diagnosis))]
        lines += [f"Try: {escape(check.hint)}"] if check.hint else []
        lines += [escape(read_again(check.read))] if check.read else []
        new = [line for line in lines if line and _what(line) not in said]  # what one mistake causes: once
        if new and check.name in one.pictures:
            new += _curves(one.pictures[check.name])
        for line in new or ["[dim]as above[/dim]"] * bool(lines):
            yield Padding(line, (0, 0, 0, 4))
        said.update(map(_what, lines))
    if more := len(one.problems) - len(failing):
        fails = "check fails" if more == 1 else "checks fail"
        says = f"[dim]{more} more {fails}: autograder check {name} {one.task.id}[/dim]"
        yield Padding(says, (0, 0, 0, 4))


def _what(line: str) -> str:
    """Return what a line says: of a call that raised, what was raised and where, whichever call it was."""
    first, *rest = line.splitlines() or [""]
    _, raised, error = first.partition(" raised ")
    return f"{error} {rest[-1]}" if raised and rest else line


def _curves(seen: Picture) -> list[str]:
    """Draw two curves as lines of blocks, one over the other; nothing of what is no curve or looks alike."""
    rows = [row[:: -(-len(row) // CELLS)] for row in (seen.yours[0], seen.target[0])]
    known = [value for row in rows for value in row if value is not None]
    if seen.kind != "curve" or not known:
        return []
    low, high = min(known), max(known)
    step = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
    drawn = ["".join("?" if x is None else BLOCKS[round((x - low) * step)] for x in row) for row in rows]
    if drawn[0] == drawn[1]:  # they differ by less than a step
        return []
    return [f"{name:8}  {line}" for name, line in zip(("yours", "expected"), drawn, strict=True)]


def _bars(bars: list[tuple[str, Measured]]) -> Iterator[RenderableType]:
    """Draw what calls cost: a bar up to yours, a mark at the limit, the whole width for a naive answer."""
    table = Table(box=None, pad_edge=False)
    figures = ("yours", "limit", "naive, in grading")
    for column in ("task", "costs", "0 … a naive answer", *figures):
        table.add_column(column, justify="right" if column in figures else "left")
    for task, one in bars:
        within = one.ratio <= one.limit
        cells = [round(BAR * value / one.naive) for value in (one.ratio, one.limit)]
        mine, limit = (max(1, min(cell, BAR)) for cell in cells)
        bar = "".join("│" if i == limit - 1 else "█" if i < mine else "·" for i in range(BAR))
        colour, what = "green" if within else "red", {"speed": "time", "memory": "memory"}[one.kind]
        ratios = [f"{value:.3g}x" for value in (one.ratio, one.limit, one.naive)]
        table.add_row(task, what, f"[{colour}]{bar}[/{colour}]", *ratios)
    yield table
    yield ("[dim]in units of the operation that the task's page names as its measure[/dim]")


def class_table(results: list[Result]) -> Iterator[RenderableType]:
    """Yield a class: one line for each student."""
    table = Table(box=None, pad_edge=False)
    for column in ("student", "score", "", "remarks"):
        table.add_column(column, justify="right" if column == "score" else "left")
    for result in results:
        grade = result.grade
        score = f"{grade.score:g} / {grade.max_score:g}" if grade.stands else "–"
        score = "withheld" if grade.withheld else score
        verdicts = {check.verdict for task in grade.tasks for check in task.checks} - {
            Verdict.PASS,
            Verdict.SKIPPED,
        }
        table.add_row(
            safe(grade.student),
            score,
            "late" if grade.late else "",
            escape(one_line(grade.problem)) or " ".join(map(verdict_text, sorted(verdicts))),
        )
    yield table


def agenda_table(
    course: Course, entries: list[Entry], coming: list[Entry], now: datetime
) -> Iterator[RenderableType]:
    """Yield the course's calendar, what is over dimmed, and when the next thing is due."""
    table = Table(title=f"{course.name} ({course.clock})", title_justify="left", box=None, pad_edge=False)
    for column in ("when", "what", ""):
        table.add_column(column)
    for entry in entries:
        style = "bold" if entry in coming else "dim" if entry.when + entry.lasts < now else ""
        table.add_row(f"{entry.when:%a %d %b %Y  %H:%M}", entry.kind, escape(entry.title), style=style)
    yield table
    if coming:
        days = (coming[0].when.astimezone(UTC) - now).days
        left = "today" if not days else "in 1 day" if days == 1 else f"in {days} days"
        yield f"\ndue next, {left}: {escape(', '.join(entry.title for entry in coming))}"
    else:
        yield "\nnothing more is due" if entries else "course.toml holds no dates yet"


def collected_table(submissions: list[Submission]) -> Iterator[RenderableType]:
    """Yield what was found for each student, and what was left out."""
    table = Table("student", "files", "commit", "received", "remarks", box=None, pad_edge=False)
    for one in submissions:
        remarks = "; ".join(filter(None, (one.problem, *one.remarks, *one.notices)))
        received = one.received_at + (" late" if one.late else "")
        table.add_row(
            safe(one.student), str(len(one.files)), one.commit[:14], received, escape(one_line(remarks, 300))
        )
    yield table
    for one in submissions:
        if one.error:
            yield f"\nthe collector's own error, at {safe(one.student)}:\n{safe(one.error)}"


def plan_lines(todo: dict[str, str], stay: ClassGrades) -> Iterator[RenderableType]:
    """Yield who would be judged and why, most first, and how many results would stay."""
    by_reason: dict[str, list[str]] = {}
    for student, why in todo.items():
        by_reason.setdefault(why, []).append(student)
    for why, who in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        yield f"would judge {len(who)} ({safe(why)}): {safe(', '.join(who))}"
    yield f"{len(stay.results)} results would stay"
    if stay.strangers:
        yield f"not in the roster: {safe(', '.join(stay.strangers))}"


def change_lines(changes: list[Change]) -> Iterator[RenderableType]:
    """Yield whose grade is another than before: from what to what, and why."""
    if not changes:
        return
    table = Table("changed", "before", "now", "why", box=None, pad_edge=False)
    for one in changes:
        scores = ("withheld" if score is None else f"{score:g}" for score in (one.before, one.after))
        table.add_row(safe(one.student), *scores, escape(one.why))
    yield table
