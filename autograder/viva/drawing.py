"""Draws a viva from one hand-in: what the student wrote, what checks asked of it, and what edits change."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

from ..judging.judge import Judge
from ..records import Submission
from ..seeds import Seed
from ..sources.given import released_modules
from ..spec import Task
from . import kinds
from .hand import Hand
from .noticing import checks
from .records import Question, Viva
from .written import written

QUESTIONS = 4  # for ten minutes
RAISING = 2  # questions at most about calls that give no result as the code is
Make = Callable[[], Question | None]


def draw(judge: Judge, submission: Submission, key: Seed, number: int = QUESTIONS, drawn: int = 1) -> Viva:
    """Draw some questions about what a student wrote; other ones for another number `drawn`."""
    assignment, files = judge.assignment, submission.files
    own = written(files, released_modules(assignment))
    found: list[Question] = []
    if own.parts:
        hand = Hand(judge, files, own, key.fork(f"viva/{drawn}"))
        found = list(itertools.islice(_questions(hand), number))
    few = f"{len(found)} of {number} questions: what was written gives no more." if own.parts else ""
    notes = (submission.problem, *own.problems, few if len(found) < number else "")
    return Viva(
        submission.student, submission.name, assignment.name, assignment.title, submission.commit, drawn,
        tuple(found), tuple(filter(None, notes)),
    )  # fmt: skip


def _questions(hand: Hand) -> Iterator[Question]:
    """Yield questions: of each task one as far as that goes, in random order, then further ones."""
    tasks = list(hand.judge.assignment.tasks)
    hand.rng.shuffle(tasks)
    start = hand.rng.randrange(4)
    asked: set[tuple[str, str]] = set()
    raising = 0
    for last in (False, True):
        for task in tasks:
            for kind, make in _makers(hand, task, start, last):
                if (kind, task.id) in asked or (kind == "raises" and raising == RAISING):
                    continue
                if question := make():
                    asked.add((kind, task.id))
                    raising += kind == "raises"
                    start += 1
                    yield question
                    break


def _makers(hand: Hand, task: Task, start: int, last: bool) -> list[tuple[str, Make]]:
    """Return the kinds of questions about a task in the order in which they are tried."""
    kind_of = {kind.__name__: partial(_from_tables, hand, task, kind) for kind in kinds.KINDS}
    in_turn: list[tuple[str, Make]] = [*kind_of.items(), ("checks", partial(checks, hand, task))]
    turned = in_turn[start % len(in_turn) :] + in_turn[: start % len(in_turn)]
    always = ("raises", partial(_from_tables, hand, task, kinds.raises))
    return [always, *turned, *([("now", partial(_from_tables, hand, task, kinds.now))] if last else [])]


def _from_tables(hand: Hand, task: Task, kind: kinds.Kind) -> Question | None:
    for table in hand.tables(task):
        if question := kind(table, kinds.confirmer(hand.runner), hand.rng):
            return question
    return None
