"""Proves that the sandboxed worker comes to the verdicts that `verify` found in its own process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import Stop
from ..isolation.doctor import probe
from ..judging.judge import Judge
from ..records import Verdict
from ..sources.variants import variant_files
from .harness import FIRST, Harness, Tried, failed


def modes_agree(judge: Judge, harness: Harness) -> bool:
    """Judge what was tried once more, as official grading does, and compare check by check.

    Each verdict of each check is compared at least once: refused answers that show nothing new are left out.
    """
    level = _level_of(judge)
    if not level.startswith("full"):
        harness.problems.append(
            f"the sandbox's level here is {level!r}, so nothing is proven about official grading; "
            "run `autograder doctor`"
        )
        return False
    agree = True
    for tried in _showing_more(harness.tried):  # the reference first
        agree = _same_verdicts(judge, harness, tried) and agree
        if not agree and tried is harness.tried[0]:
            return False
    return agree


def _showing_more(every: Iterable[Tried]) -> Iterator[Tried]:
    """Yield what was tried and passes, or got a verdict that nothing before it got of the same check."""
    seen: set[tuple[str, Verdict]] = set()
    for tried in every:
        shown = {(one.check.name, one.outcome.verdict) for one in tried.judged}
        if shown - seen or not failed(tried.judged):
            seen |= shown
            yield tried


def _level_of(judge: Judge) -> str:
    try:
        return probe(judge.sandbox).level
    except (OSError, Stop) as problem:
        return f"none: {problem}"


def _same_verdicts(judge: Judge, harness: Harness, tried: Tried) -> bool:
    """Compare one variant's verdicts; the checks that differ make one sentence."""
    changed = {file: source.encode() for file, source in tried.sources.items()}
    files = variant_files(harness.assignment, None) | changed
    here = {one.check.name: one.outcome for one in tried.judged}
    try:
        there = judge.judge(files, FIRST, frozenset(here))
    except Stop as fault:
        harness.problems.append(f"the sandbox broke down: {fault.message}; run `autograder doctor`")
        return False
    different = [one for one in there if one.outcome.verdict is not here[one.check.name].verdict]
    if different:
        one, before = different[0], here[different[0].check.name]
        harness.problems.append(
            f"{one.check.name}: {tried.what} gets {before.verdict} here and {one.outcome.verdict} in the "
            f"sandbox ({one.outcome.message or before.message}){_more(len(different) - 1)}; "
            "does a check, or what it calls, depend on where it runs?"
        )
    return not different


def _more(number: int) -> str:
    return f", and {number} more checks differ" if number else ""
