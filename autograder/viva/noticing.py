"""Questions about checks: which of three public ones would notice an edit? No call need be small."""

from __future__ import annotations

from ..judging.trial import CheckRun
from ..records import Verdict
from ..spec import Task
from ..text import one_line
from .changes import Change, excerpt
from .hand import Hand
from .kinds import SLIPPED
from .records import Option, Question

NOTICED = 5  # edits that a task's checks are run on
STAY = 2  # checks to choose from that still pass
TOLD = 200  # characters of what a check says


def checks(hand: Hand, task: Task) -> Question | None:
    """Ask which of three checks that pass would fail with an edit, and no longer do so by chance."""
    passing = [run.check.name for run in hand.runs if _passes(run) and run.check.task == task.id]
    parts = hand.parts(task)
    if len(passing) <= STAY or not parts:
        return None
    for change in hand.changes(parts, NOTICED):
        first = _judged(hand, change, passing)
        failing = [run for run in first if run.outcome.verdict is Verdict.FAIL and not _is_poor(run)]
        still = [run for run in first if _passes(run)]
        if failing and len(still) >= STAY:
            chosen, others = hand.rng.choice(failing), hand.rng.sample(still, STAY)
            if [*map(_passes, _judged(hand, change, passing))] == [*map(_passes, first)]:
                return _question(hand, task, change, chosen, others)
    return None


def _judged(hand: Hand, change: Change, names: list[str]) -> list[CheckRun]:
    return hand.judge.judge({**hand.files, **change.replaced}, hand.seed, frozenset(names))


def _passes(run: CheckRun) -> bool:
    return run.outcome.verdict is Verdict.PASS


def _is_poor(run: CheckRun) -> bool:
    """Say whether a check fails of something that asks for no understanding, as a name that is gone."""
    return any(word in run.outcome.message for word in (*SLIPPED, "TypeError", "'NoneType'"))


def _question(hand: Hand, task: Task, change: Change, failing: CheckRun, still: list[CheckRun]) -> Question:
    shown = hand.rng.sample([failing, *still], 1 + len(still))
    labels = dict(zip((run.check.name for run in shown), "ABC", strict=True))
    label = labels[failing.check.name]
    says = " ".join(failing.outcome.message.split())
    return Question(
        kind="checks",
        task=f"{task.number} {task.title}",
        file=change.part.file,
        function=change.part.name,
        code=excerpt(change.part, [change]),
        asks=f"{change.says}. One of these checks would no longer pass. Which one, and why?",
        call="",
        given=(),
        options=(change.option(), *(Option(labels[run.check.name], run.check.title) for run in shown)),
        answer=f"{label}.",
        shows=((f"what {label} says with the edit", one_line(says, TOLD)),),
        then="Which call would you write to notice this edit?",
    )
