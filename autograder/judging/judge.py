"""Runs the checks of one assignment on submissions, one after another.

The judge owns the checks, the reference, the seeds and the clock; the student's code runs in workers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial

import torch

from ..calls.bytecode import COMPILE, bytecode_in
from ..calls.undertest import Ask, signatures_of
from ..calls.wire import Request
from ..errors import Stop
from ..isolation.gpu import Gpu
from ..isolation.handle import Worker
from ..isolation.hugepages import join_pages
from ..isolation.limits import SandboxLimits
from ..isolation.sandbox import Sandbox
from ..records import Visibility
from ..seeds import Seed
from ..sources.given import libraries
from ..spec import Assignment
from .cores import on_one_core
from .inworkers import InWorkers, Setting
from .ontwin import with_twin
from .patience import Patience, time_of
from .session import Session
from .staging import open_staging
from .trial import CheckRun, in_order, run_checks, with_few_processes

LOOKED = "looked"  # the staged tree of a submission that is looked into
SETTLED = 2  # submissions after which more are expected, and worth some tenths of a second in advance


@dataclass
class Judge:
    """A warm session, a sandbox and the staged given files of one assignment; use as a context manager."""

    assignment: Assignment
    limits: SandboxLimits | None = None  # the assignment's when not given
    started: Sandbox | None = None  # one of its own when not given
    _names: Iterator[int] = field(default_factory=itertools.count)

    def __enter__(self) -> Judge:
        folder = self.assignment.folder
        limits = self.limits or SandboxLimits(self.assignment.limits)
        torch.set_num_threads(1)  # the checks' tensors are small: more threads only cost more
        with ExitStack() as stack:
            own = Sandbox(limits, libraries(self.assignment))
            self.sandbox = self.started or stack.enter_context(own)  # its imports run beside ours
            self.session = stack.enter_context(Session([folder / "tests", folder / "hidden"]))
            self.staging = stack.enter_context(open_staging(self.assignment))
            self._open = stack.pop_all()
        reference = self.assignment.package
        self.setting = Setting(
            session=self.session,
            sandbox=self.sandbox,
            reference=reference,
            package=self.staging.package,
            files={task.id: task.file for task in self.assignment.tasks},
            signatures=signatures_of(reference),
            yardstick=self.staging.stage("yardstick", {})[Visibility.HIDDEN],
            patience=Patience(partial(time_of, reference, self.session)),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.setting.peaks.close()
        self._open.close()

    def judge(
        self,
        files: dict[str, bytes],
        seed: Seed,
        only: frozenset[str] | None = None,
        *,
        gpu: Gpu | None = None,
        twin: bool = False,
    ) -> list[CheckRun]:
        """Run all checks (or those named in `only`) on one submission's files; with `gpu`, on that.

        With `twin`, some of their calls are made once more on a pretend GPU, when all verdicts are known.
        """
        known = [*self.session.checks, *self.session.gpu_checks] if gpu else self.session.checks
        checks = in_order(self.assignment, known, only)
        places = {check.name: place for place, check in enumerate(checks)}
        number = next(self._names)
        if number == SETTLED:
            self.sandbox.settle()
            join_pages()
        name = f"s{number}"
        coming = list(dict.fromkeys(check.visibility for check in checks))
        with nullcontext() if gpu else on_one_core():  # a driver has threads of its own
            paths = self.staging.stage(name, files)
            compiled = partial(self._compile, name, [*files])
            trial = InWorkers(replace(self.setting, gpu=gpu), paths, coming, seed, compiled)
            try:
                run = run_checks(self.session, self.assignment, with_few_processes(checks), trial)
                judged = sorted(run, key=lambda one: places[one.check.name])
                if twin:
                    judged = with_twin(judged, lambda visibility: self.setting.start(paths[visibility]))
                return judged
            finally:
                trial.close()
                self.staging.remove(name)

    @contextmanager
    def looking(self, files: dict[str, bytes], visibility: Visibility) -> Iterator[Ask]:
        """Start a worker that looks into calls of a submission; nothing of it counts."""
        try:
            worker = self.setting.start(self.staging.stage(LOOKED, files)[visibility])
            try:
                yield worker.ask
            finally:
                worker.kill()
        finally:
            self.staging.remove(LOOKED)

    def _compile(self, name: str, paths: list[str], worker: Worker) -> None:
        """Have the files handed in compiled for all workers by one in which none of them has run."""
        with suppress(Stop):  # whoever imports that file is told
            reply = worker.ask(Request(0, COMPILE, tuple(paths), {}))
            self.staging.add_bytecode(name, bytecode_in(reply.value, paths))
