"""Grades the graders: proves for one assignment that its checks accept what is right and nothing else.

A violation is a sentence that says where it is and what to do; a report without any is `ok`.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ..sources.variants import read_naive, read_naive_on_gpu, read_right, read_strays, read_wrong
from ..spec import Assignment, SpecError
from .verified import ProofReport, key_of, recall, remember

if TYPE_CHECKING:
    from .harness import Harness

SEEDS = 5  # on which the reference and right answers must pass


def verify(
    assignment: Assignment,
    *,
    seeds: int = SEEDS,
    use_cache: bool = True,
) -> ProofReport:
    """Return what was proven about an assignment; from memory when nothing that matters has changed."""
    key = key_of(assignment, seeds)
    known = recall(assignment, key) if use_cache else None
    if known is None:
        known = prove(assignment, seeds)
        remember(assignment, key, known)
    return known


def verify_all(assignments: Sequence[Assignment], use_cache: bool = True) -> list[ProofReport]:
    """Verify assignments side by side, each that is not remembered in a process of its own.

    One against which only a limit stands, as it was measured beside others, is verified again alone.
    """
    if use_cache:
        open_ = [one for one in assignments if recall(one, key_of(one, SEEDS)) is None]
    else:
        open_ = list(assignments)
    found: dict[str, ProofReport] = {}
    if len(open_) > 1:
        jobs = min(len(open_), os.cpu_count() or 1)
        longest_first = sorted(open_, key=_length, reverse=True)
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            reports = pool.map(partial(verify, use_cache=False), longest_first)
            found = {report.name: report for report in reports if not report.strained}
    return [found.get(one.name) or verify(one, use_cache=use_cache) for one in assignments]


def _length(assignment: Assignment) -> int:
    """Return how much is written about an assignment that takes time to prove: a guess, to fill all cores."""
    wrong = assignment.folder / "wrong.py"
    return wrong.stat().st_size if wrong.exists() else 0


def prove(assignment: Assignment, seeds: int = SEEDS, only: frozenset[str] = frozenset()) -> ProofReport:
    """Prove everything, part by part; what cannot even be read is the only problem then.

    With `only`, these tasks alone, whatever students have of them: for whoever writes one.
    """
    from ..judging.session import ChecksBroken  # with torch, which a remembered report does not need

    start = time.perf_counter()
    tasks = [task for task in assignment.tasks if not only or task.id in only]
    report = ProofReport(assignment.name, len(tasks), sum(task.points for task in tasks))
    try:
        report = _prove(assignment, report, seeds, only)
    except (ChecksBroken, SpecError) as broken:
        report = replace(report, problems=(str(broken),))
    return replace(report, seconds=round(time.perf_counter() - start, 2))


def _prove(assignment: Assignment, report: ProofReport, seeds: int, only: frozenset[str]) -> ProofReport:
    """Fill the report, all parts in one warm session and one sandbox; what is known early ends it early."""
    from ..judging.judge import Judge
    from . import bounds, degenerate, delegates, measured, modes, mutation, ondevice, proofs
    from .aside import aside
    from .harness import Harness
    from .lint import lint
    from .reachable import modules_beside

    # A slip in them is told before anything is run.
    for read in (read_wrong, read_naive, read_naive_on_gpu, read_strays, read_right):
        read(assignment)
    if not only and (stale := proofs.not_as_released(assignment)):
        return replace(report, problems=tuple(stale))
    with Judge(assignment) as judge, warnings.catch_warnings(action="ignore"):
        harness = Harness(assignment, judge.session, seeds, only)
        harness.problems += lint(assignment, judge.session.checks)
        report = replace(report, reference=proofs.reference_earns_everything(harness))
        if min(report.reference) == 100:  # else nothing that follows would mean anything
            answers = aside(harness, _try_answers)
            report = replace(
                report,
                degenerate=degenerate.degenerate_answers_earn_nothing(harness),
                delegates=delegates.delegates_answer_nothing(harness, modules_beside(judge)),
                mutants=(mutated := mutation.mutants_are_killed(harness))[0],
                described=mutated[1],
                speed=bounds.limits_hold(judge, harness),
                for_gpu=ondevice.gpu_checks_hold(judge, harness),
            )
            measured.measures_what_is_asked(harness)
            report = replace(report, **answers(), modes_agree=modes.modes_agree(judge, harness))
    return replace(report, problems=tuple(dict.fromkeys(harness.problems)), notes=tuple(harness.notes))


def _try_answers(harness: Harness) -> dict[str, Any]:
    """Try what people hand in, by the field of the report; no sandbox is needed."""
    from . import adversaries, ontwin, proofs, wrongs

    found = {
        "skeleton": proofs.skeleton_earns_nothing(harness),
        "right": proofs.right_answers_are_accepted(harness),
        "wrong": (tried := wrongs.wrong_answers_are_caught(harness))[0],
        "pairs": tried[1],
        "adversaries": adversaries.adversaries_earn_nothing(harness),
        "on_gpu": ontwin.answers_hold_on_a_gpu(harness),
    }
    if not harness.only:
        proofs.fingerprints_are_as_released(harness)
        proofs.mistakes_are_named_at_home(harness)
    return found
