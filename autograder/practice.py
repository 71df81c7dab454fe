"""A student's own run: public checks, in this process, no sandbox; the same on Linux, macOS and Windows."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from .athome import before_handing_in
from .calls.answer import IMPORTING
from .calls.intime import in_time
from .calls.outcomes import AT_IMPORT
from .calls.pretence import Pretence
from .calls.undertest import Ask
from .calls.wire import Request
from .errors import Stop, UserError
from .judging.fingerprint import Released, read_released
from .judging.meters import one_thread
from .judging.ontwin import on_gpu
from .judging.score import pictures_of, results_of
from .judging.session import Session
from .judging.trial import CheckRun, InProcess, in_order, run_checks
from .records import CheckResult, Measured, OnGpu, Picture, Verdict
from .seeds import PRACTICE
from .spec import Assignment, Task, load_assignment
from .text import did_you_mean


@dataclass(frozen=True)
class Practised:
    """How one task stands on the public checks."""

    task: Task
    checks: tuple[CheckResult, ...]
    hidden: int  # checks that are still to come when the work is handed in
    measured: tuple[Measured, ...] = ()  # time and memory, in units of a yardstick's
    pictures: dict[str, Picture] = field(default_factory=dict)  # of checks that failed
    on_gpu: OnGpu | None = None  # tried on a pretend one, where that was asked for
    for_gpu: tuple[str, ...] = ()  # titles of checks that need a GPU, and are not run here

    @property
    def passed(self) -> int:
        """Return how many public checks pass."""
        return sum(check.verdict is Verdict.PASS for check in self.checks)

    @property
    def problems(self) -> list[CheckResult]:
        """Return the checks that do not pass, the named first, the slow last; a skipped task's are one."""
        failing = [check for check in self.checks if check.verdict is not Verdict.PASS]
        failing.sort(key=lambda check: (check.verdict is Verdict.SLOW, not check.diagnosis))
        return failing[:1] if failing and failing[0].verdict is Verdict.SKIPPED else failing


class Practice:
    """One assignment's public checks, ready to run again after each change; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        sys.dont_write_bytecode = True  # two saves within a second would look the same to a .pyc file
        self.assignment: Assignment = load_assignment(folder)
        self._released: Released = read_released(folder)
        self.notices: list[str] = []  # what grading would do otherwise, as of the last run

    def __enter__(self) -> Practice:
        self._session = Session([self.assignment.folder / "tests"]).__enter__()
        self._pretence = Pretence(self.assignment.package)
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def run(
        self,
        tasks: set[str] | None = None,
        *,
        measure: bool = True,
        twin: bool = False,
        so_far: Callable[[list[Practised]], object] = lambda done: None,
    ) -> list[Practised]:
        """Run the public checks (of these tasks and those that they need) on the files as they are now.

        With `twin`, what passes is run once more on a pretend GPU. `so_far` is told after each task.
        """
        self._forget()
        wanted = self._with_needs(tasks)
        chosen = [task for task in self.assignment.tasks if tasks is None or task.id in tasks]
        checks = [
            check
            for check in in_order(self.assignment, self._session.checks)
            if check.task in wanted and (measure or not check.measured)
        ]
        trial = InProcess(self.assignment.package, PRACTICE)
        trial.ask = in_time(trial.ask)
        self._pretence.uncompiled.clear()
        with self._pretence.holding(), one_thread():
            slow = list(self._slow_to_import(trial.ask, wanted))
            judged: list[CheckRun] = []
            for _, one in groupby(run_checks(self._session, self.assignment, checks, trial), _task_of):
                judged += one
                done = {_task_of(run) for run in judged}
                so_far([self._practised(task, judged, None) for task in chosen if task.id in done])
            tried = self._on_twin(judged) if twin else {}
        self.notices = [*before_handing_in(self.assignment), *slow, *self._pretence.notes()]
        return [self._practised(task, judged, tried.get(task.id)) for task in chosen]

    def find(self, query: str) -> str:
        """Return the id of the task that an id, a number ("1.2") or the name of a function means."""
        for task in self.assignment.tasks:
            if query in (task.id, task.number, *task.functions):
                return task.id
        known = [task.id for task in self.assignment.tasks]
        raise UserError(f"{self.assignment.name} has no task {query!r}; {did_you_mean(query, known)}")

    def concerned(self, changed: set[str]) -> set[str]:
        """Return the tasks that changed files concern: those written there, and those that need them."""
        tasks = self.assignment.tasks
        known = {task.file for task in tasks}
        if not changed <= known:  # a helper module may serve any task
            return {task.id for task in tasks}
        concerned: set[str] = set()
        for task in tasks:  # in their order: what a task needs comes before it
            concerned |= {task.id} if task.file in changed or concerned & set(task.needs) else set()
        return concerned

    def _slow_to_import(self, ask: Ask, wanted: set[str]) -> Iterator[str]:
        """Import the files; yield a sentence for each that computes for so long that grading may end it.

        What takes long is imported once more: libraries, which a worker has at hand, then cost nothing.
        """
        limit_s = self.assignment.limits.call_cpu_s
        for file in dict.fromkeys(task.file for task in self.assignment.tasks if task.id in wanted):
            for again in (False, True):
                if again:
                    self._forget()
                start = time.process_time()
                with suppress(Stop):  # a call tells
                    ask(Request(0, IMPORTING + file, (), {}))
                took_s = time.process_time() - start
                if took_s < limit_s / 2:
                    break
            else:
                yield f"{file}: importing it takes {took_s:.2g} s; graded, {limit_s:g} s end it. {AT_IMPORT}"

    def _with_needs(self, tasks: set[str] | None) -> set[str]:
        if tasks is None:
            return {task.id for task in self.assignment.tasks}
        wanted = set(tasks)
        for task in reversed(self.assignment.tasks):
            wanted |= set(task.needs) if task.id in wanted else set()
        return wanted

    def _on_twin(self, judged: list[CheckRun]) -> dict[str, OnGpu]:
        """Run the checks that pass on a pretend GPU, on the files as imported there."""
        self._forget()
        passed = [
            one.check for one in judged if one.outcome.verdict is Verdict.PASS and not one.check.measured
        ]
        found = on_gpu(self._session, passed, self.assignment.package, PRACTICE, around=in_time)
        self._forget()  # what was imported there
        return found

    def _practised(self, task: Task, judged: list[CheckRun], on_gpu: OnGpu | None) -> Practised:
        own = [one for one in judged if one.check.task == task.id]
        checks = results_of(own, self._released.diagnose(own))
        measured = tuple(one.measured for one in own if one.measured)
        hidden = self._released.hidden.get(task.id, 0)
        theirs = tuple(check.title for check in self._session.gpu_checks if check.task == task.id)
        return Practised(task, checks, hidden, measured, pictures_of(own), on_gpu, theirs)

    def _forget(self) -> None:
        """Drop the student's modules, so that the next check imports the files as they are now."""
        importlib.invalidate_caches()
        for name in list(_own_modules(self.assignment.package)):
            del sys.modules[name]


def _task_of(judged: CheckRun) -> str:
    return judged.check.task


def _own_modules(package: str) -> Iterator[str]:
    """Yield the names of the student's modules: `import schedule` gives one a second name."""
    for known, module in sys.modules.items():
        name = getattr(module, "__name__", known)
        inside = name.removeprefix(f"{package}.")
        if inside != name and inside.split(".")[0] not in ("tests", "plays"):
            yield known
