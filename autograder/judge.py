"""Stage 2 of 4: judge. Runs the checks of one assignment on submissions, one after another.

The judge owns the checks, the reference, the seeds and the clock; the student's code runs in workers.
"""

from __future__ import annotations

import itertools
import resource
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from .codes import UnderTest, signatures_of
from .outcomes import MachineFault, Outcome, Stop
from .plugin import Check
from .records import Verdict, Visibility
from .sandbox import Cage, Sandbox, Worker
from .seeds import Seed
from .session import Session
from .spec import Assignment
from .stage import open_staging
from .trial import InProcess, Judged, Trial, in_order, reference_for, run_check, run_checks
from .wire import Reply, Request

TIMEOUTS = 2  # of one task and visibility, after which its further checks are not run
CHECK_WALL_S = 120.0  # for one check on the judge's side, whatever a reply makes it do
JUDGE_MEMORY = 6 << 30  # bytes the judge may map on top of what it has after the imports


class InWorkers(Trial):
    """Judges a staged tree in sandboxed workers, one for the public checks and one for the hidden ones.

    A worker that dies is replaced for the next check. One for each task as well would cost a third of a
    second more for nine tasks, and protect nobody but the submission from itself.
    """

    def __init__(self, judge: Judge, path: tuple[str, ...], coming: list[Visibility], seed: Seed) -> None:
        self._judge = judge
        self._path = path
        self._coming = coming  # in order, without the visibility at hand
        self._seed = seed
        self._at: tuple[str, Visibility] | None = None  # task and visibility of the check at hand
        self._worker: Worker | None = None
        self._ahead: Worker | None = None
        self._timeouts = 0

    def submission(self, check: Check) -> UnderTest:
        """Return the code under test, behind the worker for checks of this visibility."""
        if self.code is None:
            self._enter(check.task, check.visibility)
            self.code = UnderTest(self._ask, self._judge.signatures, self._given_up())
        return self.code

    def reference(self, check: Check) -> UnderTest:
        """Return the reference, which runs in the judge."""
        return reference_for(check, reference_package(self._judge.assignment))

    def seed(self, check: Check) -> Seed:
        """Return the check's seed, derived from the student's."""
        return self._seed.fork(check.name)

    def printed(self) -> str:
        """Return what the worker printed during the check."""
        return self._worker.take_output() if self._worker else ""

    def close(self) -> None:
        """End the workers."""
        for worker in (self._worker, self._ahead):
            if worker:
                worker.kill()

    def _enter(self, task: str, visibility: Visibility) -> None:
        if self._at == (task, visibility):
            return
        if self._worker and self._at and self._at[1] is not visibility:
            self._worker.kill()
        self._at, self._timeouts = (task, visibility), 0
        self._coming = [other for other in self._coming if other is not visibility]

    def _given_up(self) -> Stop | None:
        if self._timeouts < TIMEOUTS:
            return None
        return Stop(Verdict.TIMEOUT, f"not run: {TIMEOUTS} checks of this task already ran out of time")

    def _ask(self, request: Request) -> Reply:
        if self._worker is None or not self._worker.alive:
            self._worker, self._ahead = self._ahead or self._start(), None
            if self._coming:
                self._ahead = self._start()
        try:
            return self._worker.ask(request)
        except Stop as stop:
            self._timeouts += stop.verdict is Verdict.TIMEOUT
            raise

    def _start(self) -> Worker:
        return self._judge.sandbox.start(self._judge.staging.package, self._path)


@dataclass
class Judge:
    """A warm session, a sandbox and the staged given files of one assignment; use as a context manager."""

    assignment: Assignment
    cage: Cage
    _names: Iterator[int] = field(default_factory=itertools.count)

    def __enter__(self) -> Judge:
        folder = self.assignment.folder
        with ExitStack() as stack:
            self.sandbox = stack.enter_context(Sandbox(self.cage))  # its imports run beside ours
            self.session = stack.enter_context(Session([folder / "tests", folder / "hidden"]))
            self.staging = stack.enter_context(open_staging(self.assignment))
            self._open = stack.pop_all()
        self.signatures = signatures_of(self.assignment.package)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def judge(self, files: dict[str, bytes], seed: Seed, only: frozenset[str] | None = None) -> list[Judged]:
        """Run all checks (or those named in `only`) on one submission's files."""
        checks = in_order(self.assignment, self.session.checks, only)
        name = f"s{next(self._names)}"
        coming = list(dict.fromkeys(check.visibility for check in checks))
        trial = InWorkers(self, self.staging.stage(name, files), coming, seed)
        try:
            judged = [
                self._sure(one, trial) for one in run_checks(self.session, self.assignment, checks, trial)
            ]
        finally:
            trial.close()
            self.staging.remove(name)
        return judged

    def _sure(self, judged: Judged, trial: InWorkers) -> Judged:
        """Retry a fault of the machine once; call it ERROR when the reference fails the check too."""
        if judged.outcome.verdict is Verdict.ERROR:
            judged = run_check(self.session, judged.check, trial)
        if judged.outcome.verdict is not Verdict.FAIL:
            return judged
        package = reference_package(self.assignment)
        on_reference = run_check(self.session, judged.check, InProcess(package, trial.seed, package))
        if on_reference.outcome.verdict is Verdict.PASS:
            return judged
        message = f"the reference fails this check too: {on_reference.outcome.message}"
        return Judged(
            judged.check,
            Outcome(Verdict.ERROR, message),
            judged.seconds,
            judged.calls,
            judged.printed,
            message,
        )


def reference_package(assignment: Assignment) -> str:
    """Return the package of the reference solution, which runs in the judge."""
    return assignment.package


def limit_this_process() -> None:
    """Bound what a hostile reply can make the judge do: memory, and time for each check."""
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + JUDGE_MEMORY,) * 2)
    signal.signal(signal.SIGALRM, _too_long)


def _too_long(number: int, frame: FrameType | None) -> None:
    raise MachineFault(f"a check kept the judge busy for {CHECK_WALL_S:g} s")
