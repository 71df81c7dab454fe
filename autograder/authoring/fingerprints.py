"""Fingerprints of the wrong answers on the public checks, so that a local run can name a mistake.

A fingerprint is a few seeded random projections of everything that a check's calls returned, compared with a
tolerance: a hash of rounded values would miss the same answer whenever a value lies near a rounding edge.
Released are these numbers and the sentences of the wrong answers, never their code.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import msgspec

from ..judging.fingerprint import Fingerprint, Released, Saying, fingerprint, mark_of, matches, placed
from ..judging.plugin import Check
from ..judging.session import Session
from ..judging.trial import CheckRun, InProcess, run_check
from ..records import Verdict, Visibility
from ..seeds import PRACTICE
from ..sources.variants import Wrong, load_package, read_wrong, unload_package, variant_sources
from ..spec import Assignment


def released_fingerprints(assignment: Assignment) -> Released:
    """Run each wrong answer on its task's public checks, as a student does at home, and return the marks."""
    answers = read_wrong(assignment)
    if not answers:
        return Released()
    with Session([assignment.folder / "tests"]) as session, warnings.catch_warnings(action="ignore"):
        checks = [check for check in session.checks if _leaves_marks(check)]
        of_task = {wrong.task: [check for check in checks if check.task == wrong.task] for wrong in answers}
        tried = ((wrong, _run(assignment, session, of_task[wrong.task], wrong)) for wrong in answers)
        return marked(_run(assignment, session, checks, None), tried)


def marked(reference: Iterable[CheckRun], tried: Iterable[tuple[Wrong, Iterable[CheckRun]]]) -> Released:
    """Return the fingerprints of wrong answers by check, and the sentences of those that have one.

    All are runs on the seed of local ones. Left out are checks that draw their cases or measure, wrong
    answers that a check does not notice, and those whose returned values are the reference's. To be compared
    finely are those whose values are the reference's, but for rounding, in the calls up to the failure.
    """
    right = {one.check.name: one for one in reference if _leaves_marks(one.check)}
    found: dict[str, dict[str, Fingerprint]] = {}
    fine: dict[str, list[str]] = {}
    answers: list[Wrong] = []
    for wrong, runs in tried:
        answers.append(wrong)
        for one in runs:
            if not _leaves_marks(one.check) or one.check.task != wrong.task:
                continue
            mark, other = mark_of(one), mark_of(right[one.check.name])
            if one.outcome.verdict is not Verdict.FAIL or mark is None:
                continue
            if other is None or not matches(mark, other):
                found.setdefault(one.check.name, {})[wrong.name] = mark
                so_far = fingerprint(call.outcome for call in right[one.check.name].calls[: len(one.calls)])
                if so_far is not None and matches(mark, so_far):
                    fine.setdefault(one.check.name, []).append(wrong.name)
    shown = named_at_home(found, answers, fine)
    said = {
        wrong.name: Saying(wrong.task, wrong.says, wrong.read) for wrong in answers if wrong.name in shown
    }
    return Released(fingerprints=found, fine=fine, wrong=said)


def _leaves_marks(check: Check) -> bool:
    """Say whether a check's calls give the same to everybody who runs it at home."""
    return check.visibility is Visibility.PUBLIC and not (check.drawn or check.measured)


def named_at_home(
    marks: dict[str, dict[str, Fingerprint]], answers: Iterable[Wrong], fine: dict[str, list[str]]
) -> set[str]:
    """Return the wrong answers that get their own sentence from their fingerprints, and no other."""
    named, says = set(), {wrong.name: wrong.says for wrong in answers}
    for name in {name for of_check in marks.values() for name in of_check}:
        own = {check: of_check[name] for check, of_check in marks.items() if name in of_check}
        if {says[found] for found in placed(marks, says, own, own, (), fine).values()} == {says[name]}:
            named.add(name)
    return named


def same_release(old: bytes, new: bytes) -> bool:
    """Say whether two `checks.json` differ in nothing but the last digits of fingerprints."""
    try:
        a, b = (msgspec.json.decode(content, type=Released) for content in (old, new))
    except msgspec.DecodeError:
        return False
    return a.hidden == b.hidden and same_marks(a, b)


def same_marks(a: Released, b: Released) -> bool:
    """Say whether two releases name the same mistakes by the same fingerprints, but for the last digits."""
    if (a.wrong, a.fine, a.fingerprints.keys()) != (b.wrong, b.fine, b.fingerprints.keys()):
        return False
    pairs = [(a.fingerprints[check], b.fingerprints[check]) for check in a.fingerprints]
    return all(x.keys() == y.keys() and all(matches(x[name], y[name]) for name in x) for x, y in pairs)


def _run(
    assignment: Assignment, session: Session, checks: list[Check], wrong: Wrong | None
) -> list[CheckRun]:
    package = load_package(assignment, variant_sources(assignment, wrong) if wrong else {})
    try:
        trial = InProcess(package, PRACTICE, assignment.package)
        return [run_check(session, check, trial) for check in checks]
    finally:
        unload_package(package)
