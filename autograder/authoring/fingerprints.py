"""Fingerprints of the wrong answers on the public checks, so that a local run can name a mistake.

A fingerprint is a few seeded random projections of everything that a check's calls returned, compared with a
tolerance: a hash of rounded values would miss the same answer whenever a value lies near a rounding edge.
Released are these numbers and the sentences of the wrong answers, never their code.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import msgspec

from ..judging.fingerprint import Fingerprint, Released, Saying, mark_of, matches, placed
from ..judging.plugin import Check
from ..judging.session import Session
from ..judging.trial import CheckRun, InProcess, run_check
from ..records import Verdict
from ..seeds import PRACTICE
from ..sources.variants import Wrong, load_package, read_wrong, unload_package, variant_sources
from ..spec import Assignment


def released_fingerprints(
    assignment: Assignment,
) -> tuple[dict[str, dict[str, Fingerprint]], dict[str, Saying]]:
    """Return the fingerprints by check, and the sentences of those wrong answers that have one."""
    marks, answers = assignment_fingerprints(assignment), read_wrong(assignment)
    shown = named_at_home(marks, answers)
    return marks, {w.name: Saying(w.task, w.says, w.read) for w in answers if w.name in shown}


def named_at_home(marks: dict[str, dict[str, Fingerprint]], answers: Iterable[Wrong]) -> set[str]:
    """Return the wrong answers that get their own sentence from their fingerprints, and no other."""
    named, says = set(), {wrong.name: wrong.says for wrong in answers}
    for name in {name for of_check in marks.values() for name in of_check}:
        own = {check: of_check[name] for check, of_check in marks.items() if name in of_check}
        if {says[found] for found in placed(marks, says, own, own, ()).values()} == {says[name]}:
            named.add(name)
    return named


def assignment_fingerprints(assignment: Assignment) -> dict[str, dict[str, Fingerprint]]:
    """Run each wrong answer on its task's public checks, as a student's local run does.

    Returns check -> wrong answer -> fingerprint. Left out are checks that draw their cases or measure, wrong
    answers that a check does not notice, and those whose returned values are the reference's.
    """
    wrong_answers = read_wrong(assignment)
    if not wrong_answers:
        return {}
    with Session([assignment.folder / "tests"]) as session, warnings.catch_warnings(action="ignore"):
        checks = [check for check in session.checks if not (check.drawn or check.measured)]
        reference = {judged.check.name: mark_of(judged) for judged in _run(assignment, session, checks, None)}
        found: dict[str, dict[str, Fingerprint]] = {check.name: {} for check in checks}
        for wrong in wrong_answers:
            own = [check for check in checks if check.task == wrong.task]
            for judged in _run(assignment, session, own, wrong):
                name, mark = judged.check.name, mark_of(judged)
                right = reference[name]
                if judged.outcome.verdict is not Verdict.FAIL or mark is None:
                    continue
                if right is None or not matches(mark, right):
                    found[name][wrong.name] = mark
    return {name: marks for name, marks in found.items() if marks}


def same_release(old: bytes, new: bytes) -> bool:
    """Say whether two `checks.json` differ in nothing but the last digits of fingerprints."""
    try:
        a, b = (msgspec.json.decode(content, type=Released) for content in (old, new))
    except msgspec.DecodeError:
        return False
    if (a.hidden, a.wrong, a.fingerprints.keys()) != (b.hidden, b.wrong, b.fingerprints.keys()):
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
