"""Proves that each wrong answer is caught, is named by the diagnosis, and hurts no independent task.

All answers of a task are tried before any is diagnosed: what one gave need not be asked again when another
is compared with it. Only in the first check that it fails is each asked once more, and must give the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..judging.diagnosis import diagnose, remember
from ..judging.plugin import Check
from ..judging.trial import CheckRun
from ..records import Verdict
from ..sources.dependencies import names_of
from ..sources.similarity import changed_expressions
from ..sources.variants import Wrong, read_wrong, variant_sources
from .degenerate import looks_degenerate
from .harness import Harness, Tried, failed, points
from .pairs import pairs_are_named, sum_of
from .proofs import definition_source, place, target_of
from .verified import Pairs, Wrongs

PER_TASK = 5  # wrong answers that a task needs at least


def wrong_answers_are_caught(harness: Harness) -> tuple[Wrongs, Pairs]:
    """Judge every wrong answer of the assignment, then two together."""
    answers = harness.among(read_wrong(harness.assignment))
    _enough(harness, answers)
    noticed: dict[Wrong, frozenset[str]] = {}
    caught = named = shut_out = 0
    pairs: list[Pairs] = []
    for task in harness.tasks:
        tried = {wrong: _try(harness, wrong) for wrong in answers if wrong.task == task.id}
        for wrong, judged in tried.items():
            own = [one for one in judged if one.check.task == wrong.task]
            noticed[wrong] = frozenset(one.check.name for one in failed(own))
            caught += _caught(harness, wrong, own)
            named += _named(harness, wrong, own)
            shut_out += _shut_out(harness, wrong, own)
            _harmless(harness, wrong, judged)
        pairs.append(pairs_are_named(harness, list(tried)))
    all_different(harness, noticed)
    return Wrongs(len(answers), caught, named, shut_out), sum_of(pairs)


def _try(harness: Harness, wrong: Wrong) -> list[CheckRun]:
    """Judge one wrong answer."""
    sources = variant_sources(harness.assignment, wrong)
    judged = harness.run(wrong.name, sources, checks=_telling(harness, wrong))
    harness.tried.append(Tried(wrong.name, sources, judged))
    asked_again = next(iter(failed(judged)), None)
    remember(harness.assignment, wrong, (one for one in judged if one is not asked_again))
    return judged


def _telling(harness: Harness, wrong: Wrong) -> list[Check]:
    """Return the checks of a wrong answer's task, and those that reach it without being of a dependent."""
    task = harness.assignment.task(wrong.task)
    reaching = harness.noticing(task, {target_of(harness.assignment, wrong)})
    return [check for check in reaching if check.task not in harness.dependents[wrong.task]]


def _caught(harness: Harness, wrong: Wrong, own: Sequence[CheckRun]) -> bool:
    where = place(wrong)
    names = names_of(harness.assignment.task(wrong.task))
    if kind := looks_degenerate([call for one in own for call in one.calls if call.target in names]):
        harness.problems.append(
            f"{where} only {kind}, which teaches nothing; take a mistake that students make"
        )
    if not failed(own):
        harness.problems.append(
            f"{where} fails no check of its task; make a check that tells it from the reference, or remove it"
        )
    return bool(failed(own))


def _named(harness: Harness, wrong: Wrong, own: Sequence[CheckRun]) -> bool:
    if not failed(own):
        return False
    found = {other.says: other.name for other in diagnose(harness.assignment, wrong.task, own).values()}
    if not found:
        harness.problems.append(
            f"{place(wrong)} is not named by the diagnosis: does a call differ each time, or does another "
            "wrong answer give the same in every call? Let one sentence be true of both, then, or a check "
            "tell them apart"
        )
    strange = found.keys() - {wrong.says}
    harness.problems += [
        f"{place(wrong)} is taken for {found[says]} by a check; make it tell them apart, or let one sentence "
        "be true of both"
        for says in strange
    ]
    return bool(found) and not strange


def _shut_out(harness: Harness, wrong: Wrong, own: Sequence[CheckRun]) -> bool:
    """Note an answer of which a gate takes what half of the checks give: it is an answer after all."""
    passed = sum(one.outcome.verdict is Verdict.PASS for one in own)
    shut = 2 * passed >= len(own) and points(harness.assignment.task(wrong.task), own) == 0
    if shut:
        gates = ", ".join(one.check.name for one in failed(own) if one.check.gate)
        harness.notes.append(
            f"{place(wrong)} passes {passed} of {len(own)} checks and earns 0; let {gates} ask less"
        )
    return shut


def _harmless(harness: Harness, wrong: Wrong, judged: Sequence[CheckRun]) -> None:
    """Tell of each check of an independent task that fails."""
    for one in failed(judged):
        if one.check.task != wrong.task:
            harness.problems.append(
                f"{one.check.name}: fails on {wrong.name}, though task {one.check.task!r} does not use "
                f"{wrong.replaces!r}; call other tasks' functions through `reference`"
            )


def _enough(harness: Harness, answers: Sequence[Wrong]) -> None:
    """Ask for enough wrong answers of each task."""
    numbers = Counter(wrong.task for wrong in answers)
    for task in harness.tasks:
        if numbers[task.id] < PER_TASK:
            harness.problems.append(
                f"wrong.py: task {task.id!r} has {numbers[task.id]} wrong answers; {PER_TASK} are the least"
            )


def all_different(harness: Harness, noticed: Mapping[Wrong, frozenset[str]]) -> None:
    """Ask for a change of its own in each wrong answer, or for a check that tells two of one change apart."""
    seen: dict[tuple[object, ...], Wrong] = {}
    for wrong, checks in noticed.items():
        changed = changed_expressions(definition_source(harness.assignment, wrong), wrong.source)
        other = seen.setdefault((wrong.task, wrong.replaces, changed, checks), wrong)
        if not changed:
            harness.problems.append(f"{place(wrong)} changes nothing of the reference")
        elif other is not wrong:
            harness.problems.append(
                f"{place(wrong)} changes the same expressions as {other.name} and fails the same checks; "
                "keep one"
            )
