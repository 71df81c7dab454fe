"""Runs the checks on mutants, each to its first failure, and tells of those that live."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ..calls.undertest import Ask
from ..calls.wire import Reply, Request
from ..errors import Stop
from ..judging.budget import mapped_bytes
from ..judging.trial import CheckRun, InProcess, run_check
from ..records import Verdict
from .described import count
from .harness import OFFICIAL, Harness, imported
from .mutants import EQUIVALENT, Mutant, difference, mutants_of, read_equivalent, thin_lines
from .verified import Described, Kills

TIMES = 10  # a mutant's calls in a check may take this many times the CPU time of the reference's check,
LEAST_S = 0.5  # and at least this
MEMORY = 4 << 30  # bytes that a mutant may take on top of what is mapped
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
    with _bounded_memory(), _clock() as clock:
        for mutant in mutants:
            if killer := killer_of(harness, mutant, clock):
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


def killer_of(harness: Harness, mutant: Mutant, clock: Clock) -> CheckRun | None:
    """Return the check that kills a mutant, if any does: own checks first, drawn ones last of them."""
    task = harness.assignment.task(mutant.task)
    checks = harness.noticing(task, {f"{Path(mutant.file).stem}.{mutant.function}"})
    with imported(harness.assignment, {mutant.file: mutant.source}) as package:
        trial = InProcess(package, OFFICIAL, harness.assignment.package)
        trial.ask = clock.in_time(trial.ask)
        for check in sorted(checks, key=lambda check: (check.task != task.id, check.drawn)):
            clock.left_s = max(LEAST_S, TIMES * harness.seconds[check.name])
            judged = run_check(harness.session, check, trial)
            if judged.outcome.verdict is not Verdict.PASS:
                return judged
    return None


def _survived(mutant: Mutant) -> str:
    return (
        f"{mutant.file}:{mutant.line}: no check of task {mutant.task!r} or of its dependents kills "
        f"{mutant.id}; make one that does, or mark it in {EQUIVALENT} with the reason\n{difference(mutant)}"
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


class Clock:
    """What is left of the CPU time of a mutant's calls in one check, and whether they ran out of it."""

    left_s = 0.0
    ran_out = False

    def in_time(self, ask: Ask) -> Ask:
        """End a call that takes all that is left."""

        def asked(request: Request) -> Reply:
            self.ran_out = False
            signal.setitimer(signal.ITIMER_PROF, max(self.left_s, 1e-3), 0.1)  # again, if the first is caught
            try:
                reply = ask(request)
            finally:
                self.left_s, _ = signal.setitimer(signal.ITIMER_PROF, 0)
            if self.ran_out:  # the exception itself may have become a fault of the code's
                raise Stop(Verdict.TIMEOUT, f"{request.target} did not end")
            return reply

        return asked

    def ring(self, number: int, frame: FrameType | None) -> None:
        """End the call at hand."""
        self.ran_out = True
        raise Stop(Verdict.TIMEOUT, f"the mutant took {TIMES} times the reference's time")


@contextmanager
def _clock() -> Iterator[Clock]:
    clock = Clock()
    before = signal.signal(signal.SIGPROF, clock.ring)
    try:
        yield clock
    finally:
        signal.signal(signal.SIGPROF, before)


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let a mutant that asks for far too much memory fail alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = mapped_bytes() + MEMORY
    resource.setrlimit(
        resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
