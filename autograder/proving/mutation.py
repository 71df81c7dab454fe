"""Runs the checks on mutants, each to its first failure, and tells of those that live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..judging.trial import CheckRun, InProcess, run_check
from ..records import Verdict
from ..sources.edits import difference
from .bounded import Clock, bounded_memory, clock
from .described import count
from .harness import FIRST, Harness, imported
from .mutants import EQUIVALENT, Mutant, mutants_of, read_equivalent, thin_lines
from .verified import Described, Kills

TIMES = 10  # a mutant's calls in a check may take this many times the CPU time of the reference's check,
LEAST_S = 0.5  # and at least this
KILLED = 0.98  # of the mutants that are not equivalent
EQUIVALENTS = 0.05  # of all mutants, at most


def mutants_are_killed(harness: Harness) -> tuple[Kills, Described]:
    """Judge every mutant; a survivor that is not marked equivalent is a problem, and so is a stale mark.

    Also count how often the check that kills one says what the difference looks like.
    """
    everything = mutants_of(harness.assignment)
    equivalent, wrong_marks = read_equivalent(harness.assignment, everything)
    mutants = harness.among(everything)
    killers: dict[str, CheckRun] = {}
    with bounded_memory(), clock() as timer:
        for mutant in mutants:
            if killer := killer_of(harness, mutant, timer):
                killers[mutant.id] = killer
    harness.problems += wrong_marks
    harness.problems += [
        f"{EQUIVALENT}: {id!r} is killed by {killers[id].check.name}; remove it"
        for id in equivalent
        if id in killers
    ]
    alive = [mutant for mutant in mutants if mutant.id not in killers]
    harness.problems += [_survived(mutant) for mutant in alive if mutant.id not in equivalent]
    harness.notes += [] if harness.only else thin_lines(harness.assignment, everything)
    kills = Kills(len(mutants), len(killers), sum(mutant.id in equivalent for mutant in alive))
    harness.problems += shortfalls(kills)
    looks = ((mutant, killers[mutant.id].outcome.looks) for mutant in mutants if mutant.id in killers)
    return kills, count(looks)


def killer_of(harness: Harness, mutant: Mutant, timer: Clock) -> CheckRun | None:
    """Return the check that kills a mutant, if any does: own checks first, drawn ones last of them."""
    task = harness.assignment.task(mutant.task)
    checks = harness.noticing(task, {f"{Path(mutant.file).stem}.{mutant.function}"})
    with imported(harness.assignment, {mutant.file: mutant.source}) as package:
        trial = InProcess(package, FIRST, harness.assignment.package)
        trial.ask = timer.in_time(trial.ask)
        for check in sorted(checks, key=lambda check: (check.task != task.id, check.drawn)):
            timer.left_s = max(LEAST_S, TIMES * harness.seconds[check.name])
            judged = run_check(harness.session, check, trial)
            if judged.outcome.verdict is not Verdict.PASS:
                return judged
    return None


def _survived(mutant: Mutant) -> str:
    return (
        f"{mutant.file}:{mutant.line}: no check of task {mutant.task!r} or of its dependents kills "
        f"{mutant.id}; make one that does, or mark it in {EQUIVALENT} with the reason\n"
        f"{difference(mutant.before, mutant.after)}"
    )


def shortfalls(kills: Kills) -> Iterator[str]:
    """Yield what the numbers as a whole lack."""
    different = kills.total - kills.equivalent
    if kills.killed < KILLED * different:
        yield f"{kills.killed} of {different} mutants are killed; {KILLED:.0%} are the least"
    if kills.equivalent > EQUIVALENTS * kills.total:
        yield (
            f"{EQUIVALENT}: {kills.equivalent} of {kills.total} mutants are marked; {EQUIVALENTS:.0%} are "
            "the most: write the reference so that fewer of its lines can be changed without effect"
        )
