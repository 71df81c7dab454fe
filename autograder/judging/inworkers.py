"""One submission's checks against sandboxed workers, which the judge drives."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..calls.outcomes import Outcome
from ..calls.undertest import SignatureOf, UnderTest
from ..calls.wire import Reply, Request
from ..errors import MachineFault, Stop
from ..isolation.channel import Closed
from ..isolation.gpu import CUDA, Gpu
from ..isolation.handle import Worker
from ..isolation.sandbox import Sandbox
from ..records import Verdict, Visibility
from ..seeds import Seed
from .budget import limited_time
from .meters import Meter, Work
from .patience import Patience
from .plugin import Check
from .session import Session
from .speed import Kind
from .trial import CheckRun, InProcess, Trial, reference_for, run_check
from .workermeters import KnownPeaks, allocated_of, cpu_of, peak_of, wall_of

BROKEN = "CUDA error"  # begins what is raised where nothing more can be done on a device in this process
TIMEOUTS = 2  # of one task and visibility, after which its further checks are not run
MARGIN = 0.5  # of a call's limit: a reference that needs more shows a limit too low for this machine
EXACT_IS_SLOWER = 5  # times: memory given back at once is paged in again, which some kernels do slowly
AGAIN = 5  # times that a check of one submission is tried once more because the machine may have failed


@dataclass(frozen=True)
class Setting:
    """What checks in workers need of the judge that runs them."""

    session: Session
    sandbox: Sandbox
    reference: str  # the package of the solution, imported here
    package: str  # the name under which a worker imports the staged assignment
    files: Mapping[str, str]  # of each task: "q_sample" -> "forward.py"
    signatures: SignatureOf
    yardstick: tuple[str, ...]  # the staged tree of staff's own files
    patience: Patience  # with one submission, all its checks together
    peaks: KnownPeaks = field(default_factory=KnownPeaks)
    gpu: Gpu | None = None  # the device on which the code works, where it does on one

    def start(self, path: tuple[str, ...], exact_memory: bool = False) -> Worker:
        """Start a worker on a staged tree, beside the judge; in one with exact memory all takes longer."""
        limits = self.sandbox.limits
        if self.gpu:
            limits = limits.on(self.gpu)
        if exact_memory:
            slower_s = limits.calls.call_cpu_s * EXACT_IS_SLOWER
            limits = limits.changed(exact_memory=True, call_cpu_s=slower_s)
        worker = self.sandbox.start(self.package, path, limits)
        worker.pin(os.sched_getaffinity(0))
        return worker

    def start_yardstick(self, exact_memory: bool) -> Worker:
        """Start a worker on staff's own files."""
        return self.start(self.yardstick, exact_memory)


class InWorkers(Trial):
    """Judges a staged tree in sandboxed workers, one for the public checks and one for the hidden ones.

    A worker that dies is replaced for the next check. One for each task as well would cost a third of a
    second more for nine tasks, and protect nobody but the submission from itself.
    """

    def __init__(
        self,
        setting: Setting,
        paths: dict[Visibility, tuple[str, ...]],
        coming: list[Visibility],
        seed: Seed,
        at_first: Callable[[Worker], None] = lambda worker: None,
    ) -> None:
        self._at_first = at_first  # what to do with the first worker, of which nothing was asked
        self._setting = setting
        self._paths = paths
        self._coming = coming  # in order, without the visibility at hand
        self._seed = seed
        self._at: tuple[str, Visibility] | None = None  # task and visibility of the check at hand
        self._worker: Worker | None = None
        self._ahead: dict[Visibility, Worker] = {}
        self._yardstick: Worker | None = None  # on staff's own files, to measure speed and memory by
        self._timeouts = 0
        self._again = AGAIN
        self._spent_s = 0.0  # by the checks so far
        self._over: Stop | None = None  # what further checks end with once the submission's time is used up

    def submission(self, check: Check) -> UnderTest:
        """Return the code under test, behind the worker for checks of this visibility."""
        if self.code is None:
            self._enter(check.task, check.visibility)
            given_up = self._given_up()
            self.code = UnderTest(self._ask, self._setting.signatures, given_up, self._begin_anew)
        return self.code

    def reference(self, check: Check) -> UnderTest:
        """Return the reference, which runs in the judge."""
        return reference_for(check, self._setting.reference)

    def seed(self, check: Check) -> Seed:
        """Return the check's seed, derived from the student's."""
        return self._seed.fork(check.name)

    def meters(self, check: Check, kind: Kind) -> tuple[Meter, Meter]:
        """Return meters of the submission's worker and of the yardstick's."""
        code, setting = self.submission(check), self._setting
        if kind == "memory" and not self._on_cuda():
            known = partial(setting.peaks.measured, setting.start_yardstick)
            return peak_of(self._afresh, code), _trusted(known)
        meter = allocated_of if kind == "memory" else wall_of if setting.gpu else cpu_of
        one = self._yardstick_afresh()
        yardstick = UnderTest(one.ask, lambda target: None)
        return meter(self._at_work, code), _trusted(meter(lambda: one, yardstick))

    def _on_cuda(self) -> bool:
        """Say whether a device has an allocator that can be asked; the CPU in its place has none."""
        return self._setting.gpu is not None and self._setting.gpu.device == CUDA

    def bounded(self) -> AbstractContextManager[None]:
        """Bound the time that a check may take in this process, whatever a reply makes it do."""
        return limited_time()

    def final(self, judged: CheckRun) -> CheckRun:
        """Try what may be the machine's fault once more; call it ERROR when it is the grader's own."""
        if self._over:
            return judged
        self._spent_s += judged.seconds
        if judged.outcome.doubtful and self._again:
            self._again -= 1
            judged = run_check(self._setting.session, judged.check, self)
            self._spent_s += judged.seconds
        self._over = self._setting.patience.over(self._spent_s)
        if judged.check.measured:
            self._end_at_work()
        self._timeouts += judged.outcome.verdict is Verdict.TIMEOUT
        if message := self._our_fault(judged):
            return replace(judged, outcome=Outcome(Verdict.ERROR, message), error=message)
        return judged

    def _our_fault(self, judged: CheckRun) -> str:
        """Say why a FAIL or a TIMEOUT is the grader's fault, "" when it is not; the reference shows it.

        On a device whoever asks for all verdicts tries the reference there, too: `ondevice.on_device`.
        """
        if self._setting.gpu:
            return ""
        check, verdict = judged.check, judged.outcome.verdict
        late = verdict is Verdict.TIMEOUT and self._timeouts <= TIMEOUTS and not check.measured
        if verdict is not Verdict.FAIL and not late:
            return ""
        most_s = MARGIN * self._setting.sandbox.limits.calls.call_cpu_s if late else math.inf
        outcome, longest_s = self._on_reference(check)
        if longest_s > most_s:  # perhaps with its first imports
            outcome, longest_s = self._on_reference(check)
        if outcome.verdict is not Verdict.PASS:
            return f"the reference fails this check too: {outcome.message}"
        if longest_s > most_s:
            return f"the reference needs {longest_s:.2g} s for a call: raise call_cpu_s to twice that"
        return ""

    def _on_reference(self, check: Check) -> tuple[Outcome, float]:
        """Run a check on the reference, here; also return the CPU seconds of its longest call."""
        package, longest_s = self._setting.reference, 0.0
        trial = InProcess(package, self._seed, package)
        ask = trial.ask

        def timed(request: Request) -> Reply:
            nonlocal longest_s
            start = time.thread_time()
            reply = ask(request)
            longest_s = max(longest_s, time.thread_time() - start)
            return reply

        trial.ask = timed
        return run_check(self._setting.session, check, trial).outcome, longest_s

    def printed(self) -> str:
        """Return what the worker printed during the check."""
        return self._worker.take_output() if self._worker else ""

    def close(self) -> None:
        """End the workers."""
        self._end_at_work()
        for worker in self._ahead.values():
            worker.kill()

    def _end_at_work(self) -> None:
        for worker in (self._worker, self._yardstick):
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
        if self._over or self._timeouts < TIMEOUTS:
            return self._over
        return Stop(Verdict.TIMEOUT, f"not run: {TIMEOUTS} checks of this task already ran out of time")

    def _ask(self, request: Request) -> Reply:
        assert self._at
        worker = self._at_work()
        worker.import_first(self._setting.files[self._at[0]])
        reply = worker.ask(request)
        if self._setting.gpu and reply.fault and BROKEN in reply.fault.message:
            worker.kill()
        return reply

    def _at_work(self) -> Worker:
        if self._worker is None:
            self._worker = self._next()
            self._at_first(self._worker)
        if not self._worker.alive:
            self._worker = self._next()
        return self._worker

    def _next(self) -> Worker:
        """Return a fresh worker for the check at hand, and start those that come after it."""
        assert self._at
        worker = self._ahead.pop(self._at[1], None) or self._setting.start(self._paths[self._at[1]])
        for other in self._coming:
            if other not in self._ahead:
                self._ahead[other] = self._setting.start(self._paths[other])
        return worker

    def _begin_anew(self) -> None:
        if self._worker:
            self._worker.kill()

    def _afresh(self) -> Worker:
        assert self._at
        self._begin_anew()
        self._worker = self._setting.start(self._paths[self._at[1]], exact_memory=True)
        return self._worker

    def _yardstick_afresh(self) -> Worker:
        if self._yardstick:
            self._yardstick.kill()
        self._yardstick = self._setting.start_yardstick(exact_memory=False)
        return self._yardstick


def _trusted(meter: Meter) -> Meter:
    """Meter staff's own code: whatever goes wrong is the machine's fault."""

    def metered(call: Work) -> tuple[Any, float]:
        try:
            return meter(call)
        except (Stop, Closed) as problem:
            raise MachineFault(f"the yardstick failed: {problem}") from None

    return metered
