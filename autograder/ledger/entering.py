"""Result files, and what TAs entered beside them, as events: only what the ledger does not hold yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from ..records import Result, TaskResult, Verdict
from .book import Book
from .events import Entry, Graded, Marked, New, Ruled, TaskPoints
from .facts import Facts, facts_of


@dataclass(frozen=True)
class Found:
    """What a class's result files hold that the ledger does not."""

    new: list[New]
    moved: dict[str, Graded]  # by student: another word of the checks on a commit whose score stands


def compare(results: Iterable[Result], marked: Iterable[Result], held: list[Entry]) -> Found:
    """Return what result files say that the ledger does not; `marked` are the same with marks.csv put in.

    Another word of the checks on a commit whose score stands moves somebody's grade: such are published
    together, as one event, and not as they come.
    """
    known, found = facts_of(held), Found([], {})
    for plain, with_marks in zip(results, marked, strict=True):
        student, graded = plain.grade.student, as_graded(plain)
        facts = known.get(student.casefold()) or Facts(student)
        before = last_grading(facts, graded)
        if before and not _is_open(before) and _word(before) != _word(graded):
            found.moved[student] = graded
        elif before is None or replace(before, inputs={}) != replace(graded, inputs={}):
            found.new.append((student, graded))
        found.new.extend((student, event) for event in _by_hand(with_marks, facts))
    return found


def enter_new(
    book: Book, results: Sequence[Result], marked: Sequence[Result], at: datetime | None = None, who: str = ""
) -> tuple[int, dict[str, Graded]]:
    """Enter what is new of these, as `compare` says; return how many events, and who would move."""
    found = list[Found]()

    def plan(held: list[Entry]) -> list[New]:
        found.append(compare(results, marked, held))
        return found[-1].new

    return len(book.enter(plan, at, who)), found[-1].moved


def as_graded(result: Result) -> Graded:
    """Return what the checks say of one submission; `result` is without marks."""
    grade = result.grade
    return Graded(
        assignment=grade.assignment,
        commit=grade.commit,
        received_at=grade.received_at,
        tasks={task.id: TaskPoints(task.earned, task.points, _undecided(task)) for task in grade.tasks},
        withheld=grade.withheld,
        problem=grade.problem,
        ours=grade.ours,
        inputs=result.run.inputs,
    )


def last_grading(facts: Facts, graded: Graded) -> Graded | None:
    """Return the ledger's last word on the same submission."""
    entries = facts.gradings.get(graded.assignment, {}).get(graded.commit, [])
    last = entries[-1].event if entries else None
    return last if isinstance(last, Graded) else None


def _by_hand(result: Result, facts: Facts) -> Iterator[Ruled | Marked]:
    """Yield what marks.csv says of one student and the ledger does not."""
    grade = result.grade
    for task in grade.tasks:
        if task.ruling:
            ruled = Ruled(grade.assignment, grade.commit, task.id, task.earned, task.ruling.why)
            if facts.ruled.get((ruled.assignment, ruled.commit, ruled.task)) != ruled:
                yield ruled
    for mark in grade.marks:
        if mark.what and mark.points is not None:
            marked = Marked(grade.assignment, mark.what, mark.points, mark.most, mark.comment)
            last = facts.marks.get((grade.assignment, mark.what))
            if last is None or last.event != marked:
                yield marked


def _word(graded: Graded) -> Graded:
    """Return what decides on points alone."""
    return replace(graded, inputs={}, received_at="")


def _is_open(graded: Graded) -> bool:
    return graded.withheld or (bool(graded.problem) and graded.ours)


def _undecided(task: TaskResult) -> bool:
    return not task.checks or any(check.verdict is Verdict.ERROR for check in task.checks)
