"""Proves that of two slips in one answer each is named under a check of its own, and no hint is lost.

A pair is two wrong answers of one task that change different lines and of which each fails a check that the
other passes. A few of each task are tried, so that the time of `verify` hardly grows.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator, Sequence

from ..judging.diagnosis import diagnose
from ..records import Verdict
from ..sources.source import text_lines
from ..sources.variants import Wrong, variant_sources
from .harness import Harness, Sources
from .proofs import place
from .verified import Pairs

PER_TASK = 2  # pairs: of the first mistakes of the catalogue that can be together


def pairs_are_named(harness: Harness, answers: Sequence[Wrong]) -> Pairs:
    """Judge pairs of wrong answers of one task, which were tried one by one."""
    found = itertools.islice(_together(harness, answers), PER_TASK)
    return sum_of(_judge(harness, pair, sources) for pair, sources in found)


def sum_of(parts: Iterable[Pairs]) -> Pairs:
    """Return several counts as one."""
    counts = [(one.total, one.named, one.hints_lost) for one in parts]
    return Pairs(*map(sum, zip(*counts, strict=True)))


def _together(harness: Harness, answers: Sequence[Wrong]) -> Iterator[tuple[tuple[Wrong, Wrong], Sources]]:
    """Yield pairs of wrong answers that can be in one file, no answer twice, with that file."""
    used: set[str] = set()
    for pair in itertools.combinations(answers, 2):
        if used & {wrong.name for wrong in pair} or not all(map(_alone(harness, *pair).get, pair)):
            continue
        if sources := _merged(harness, *pair):
            used |= {wrong.name for wrong in pair}
            yield pair, sources


def _alone(harness: Harness, first: Wrong, second: Wrong) -> dict[Wrong, set[str]]:
    """Return for each of two wrong answers the checks that it alone fails, by values."""
    failed = {
        tried.what: {
            one.check.name
            for one in tried.judged
            if one.check.task == first.task and one.outcome.verdict is not Verdict.PASS
        }
        for tried in harness.tried
        if tried.what in (first.name, second.name)
    }
    a, b = failed.get(first.name, set()), failed.get(second.name, set())
    return {first: a - b, second: b - a}


def _merged(harness: Harness, *pair: Wrong) -> Sources | None:
    """Return the task's file with the changes of both; None when they change neighbouring lines."""
    (file,) = variant_sources(harness.assignment, pair[0])
    old = text_lines((harness.assignment.folder / file).read_text(encoding="utf-8"))
    edits = []
    for wrong in pair:
        new = text_lines(variant_sources(harness.assignment, wrong)[file])
        codes = difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
        edits += [(low, high, new[a:b]) for tag, low, high, a, b in codes if tag != "equal"]
    edits.sort(key=lambda edit: edit[:2])
    if any(high >= low for (_, high, _), (low, _, _) in itertools.pairwise(edits)):
        return None
    for low, high, lines in reversed(edits):
        old[low:high] = lines
    return {file: "".join(old)}


def _judge(harness: Harness, pair: tuple[Wrong, Wrong], sources: Sources) -> Pairs:
    """Count one pair: whether both are named under a check of their own, and how many hints were lost.

    A hint is lost when a sentence stands in its place that is about the other slip.
    """
    alone = _alone(harness, *pair)
    what = " with ".join(wrong.name for wrong in pair)
    task = harness.assignment.task(pair[0].task)
    judged = harness.run(what, sources, checks=harness.of_task(task))
    found = diagnose(harness.assignment, task.id, judged)
    owners = {check: wrong.says for wrong, checks in alone.items() for check in checks}
    hintless = [check for check, wrong in found.items() if owners.get(check, wrong.says) != wrong.says]
    told = {wrong: {found[check].says for check in alone[wrong] & found.keys()} for wrong in pair}
    missing = [wrong for wrong in pair if wrong.says not in told[wrong]]
    strange = sorted({wrong.name for wrong in found.values() if wrong.says not in [w.says for w in pair]})
    harness.notes += [f"{place(wrong)} is not named in {what}" for wrong in missing]
    harness.problems += [f"{name} is named in {what}" for name in strange]
    return Pairs(1, int(not missing and not strange), len(hintless))
