"""What a student reads in the pull request: Markdown of ours, and all other text in blocks of code.

In a block of code GitHub sees no mention, no issue that would be closed, no link and no image: what students,
libraries and TAs wrote can do no more there than be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from ..pages.audience import redact
from ..pages.twinview import gpu_text
from ..pages.views import VERDICTS, TaskView, commit_name, moment, number, task_views
from ..records import CheckResult, Grade, Mark, Result, Verdict
from ..spec import Assignment
from ..text import harmless, read_again, this_is_what

Level = Literal["preview", "receipt", "published"]
LONGEST = 60_000  # characters; GitHub takes 65,536
LONGEST_BLOCK = 6_000


def level_at(now: datetime, due: datetime | None, published: datetime | None) -> Level:
    """Return what a student may see: public checks until it is due, then a receipt until it is published."""
    if due and now <= due:
        return "preview"
    return "receipt" if published and now < published else "published"


def comment_on(result: Result, assignment: Assignment, level: Level) -> str:
    """Return the comment for one student, as Markdown."""
    grade = redact(result.grade)
    views = task_views(grade, staff=False) if level != "receipt" else []
    head = [f"### {assignment.title}: {_outcome(grade, level)}", *_facts(grade, level)]
    if grade.problem and level != "receipt":
        head.append(block(grade.problem))
    if level == "published":
        head += _from_staff(grade)
    table = [_table(views, level)] if views else []
    details = [part for view in views for part in _details(view, level)]
    gpu = gpu_text(result) if views else ""
    details += [block(gpu)] if gpu else []
    whole = "\n\n".join([*head, *table, *details])
    short = "\n\n".join([*head, *table, "More was found than fits here; ask a TA for the whole page."])
    return whole if len(whole) <= LONGEST else short


def block(text: str) -> str:
    """Return text as a block of code that ends where we end it."""
    inside = harmless(text, LONGEST_BLOCK)
    fence = "`" * (1 + max(2, *map(len, re.findall("`*", inside))))
    return f"{fence}text\n{inside}\n{fence}"


def _outcome(grade: Grade, level: Level) -> str:
    if level == "receipt":
        return "received"
    if grade.withheld or grade.ours:
        return "a TA looks at it first, which costs you nothing"
    if grade.problem:
        return "nothing could be graded"
    if level == "preview":
        return "the public checks so far"
    return f"{number(grade.score)} of {number(grade.max_score)} points"


def _facts(grade: Grade, level: Level) -> Iterator[str]:
    received = f", received {moment(grade.received_at)}" if grade.received_at else ""
    yield f"Commit `{commit_name(grade.commit)}`{received}{' (**late**)' if grade.late else ''}."
    if level == "receipt":
        yield "This is what counts. Points and feedback come when they are published."
    if level == "preview":
        yield "Hidden checks and points come after the deadline; whatever you push until then replaces this."


def _from_staff(grade: Grade) -> Iterator[str]:
    """Yield what TAs entered by hand, and what was left out of the files."""
    marks = [f"{_points(mark)}{mark.comment}" for mark in grade.marks]
    for task in grade.tasks:
        if ruled := task.ruling:
            points = f"{number(task.earned)} points in place of {number(ruled.by_checks)} by the checks"
            marks.append(f"{task.title}: {points}. {ruled.why}")
    for title, lines in (("From your TA", marks), ("About your files", list(grade.notices))):
        if lines:
            yield f"**{title}**"
            yield block("\n".join(lines))


def _points(mark: Mark) -> str:
    if mark.points is None:
        return ""
    return f"{mark.what}: {number(mark.points)} of {number(mark.most)} points. "


def _table(views: list[TaskView], level: Level) -> str:
    column = "points" if level == "published" else "public checks that pass"
    rows = [f"| {view.task.number} | `{view.task.id}` | {_figure(view, level)} |" for view in views]
    return "\n".join([f"| | task | {column} |", "|---|---|---|", *rows])


def _figure(view: TaskView, level: Level) -> str:
    if level == "preview":
        passed = sum(check.verdict is Verdict.PASS for check in view.shown)
        return f"{passed} of {len(view.shown)}"
    return "open" if view.state == "open" else f"{number(view.task.earned)} of {number(view.task.points)}"


def _details(view: TaskView, level: Level) -> Iterator[str]:
    """Yield a task's checks that did not pass, to be unfolded."""
    lines = [_explained(check) for check in view.shown if check.verdict is not Verdict.PASS]
    hidden = view.hidden if level == "published" else None
    if hidden and hidden.others:
        lines.append(f"{hidden.passed} of {hidden.total} hidden checks passed: {hidden.others}")
        lines += [f"  Try: {hint}" for hint in hidden.hints]
    if lines:
        yield f"<details><summary>{view.task.number} <code>{view.task.id}</code></summary>"
        yield block("\n".join(lines))
        yield "</details>"


def _explained(check: CheckResult) -> str:
    lines = [check.message, this_is_what(check.diagnosis)]
    lines += [f"Try: {check.hint}"] if check.hint else []
    lines += [read_again(check.read)] if check.read else []
    said = "\n".join(filter(None, lines)).replace("\n", "\n  ")
    return f"{VERDICTS[check.verdict][0]}: {check.title}" + (f"\n  {said}" if said else "")
