"""Judge processes side by side. One that dies costs nobody a grade: its submissions go to a fresh process."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import traceback
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from multiprocessing import active_children, get_context
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MachineFault
from ..isolation.gpu import Gpu
from ..isolation.limits import SandboxLimits
from ..isolation.lockdown import die_with
from ..isolation.sandbox import Sandbox
from ..isolation.starting import Zygote
from ..isolation.uids import MOST_JUDGES
from ..judging.budget import limit_memory
from ..judging.grading import grade, ungraded
from ..loading import loading
from ..records import Result, Submission
from ..seeds import Seed
from ..sources.given import libraries
from ..spec import Assignment

if TYPE_CHECKING:  # torch, which it imports, takes seconds: judge processes need it, this one may not
    from ..judging.judge import Judge

TRIES = 2  # for a submission whose judge process died


class JudgeFailed(Exception):
    """The judge itself could not finish a submission; the message says why."""


class Pool:
    """Up to `jobs` judge processes for one assignment; use as a context manager.

    Without `measured`, checks of speed and memory are left out; with `gpus`, what passes is run on one, too.
    """

    def __init__(
        self, assignment: Assignment, jobs: int, measured: bool = True, gpus: tuple[Gpu, ...] = ()
    ) -> None:
        self._measured = measured
        self._gpus = gpus
        self._assignment = assignment
        self._jobs = min(jobs, MOST_JUDGES) if os.geteuid() == 0 else jobs

    def __enter__(self) -> Pool:
        self._pool = self._fresh()
        return self

    def __exit__(self, problem: object = None, *_: object) -> None:
        if problem:  # Ctrl-C, or a full disk: nobody waits for what is being judged
            for judge in active_children():  # a process has one pool, and no other children
                judge.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._open.close()

    def level(self) -> str:
        """Return the level that a worker of these judges reaches, each promise tried."""
        try:
            return self._pool.submit(_level, self._assignment).result()
        except (BrokenProcessPool, OSError) as problem:
            raise MachineFault(f"no judge could start: {problem}") from None

    def grade_all(self, submissions: list[Submission], seeds: dict[str, Seed]) -> Iterator[Result]:
        """Grade submissions and yield each result as it is done; withheld where the judge failed."""
        for one, outcome in self.outcomes(submissions, seeds):
            if isinstance(outcome, Result):
                yield outcome
            else:
                yield ungraded(self._assignment, one, seeds[one.student], str(outcome))

    def outcomes(
        self, submissions: list[Submission], seeds: dict[str, Seed]
    ) -> Iterator[tuple[Submission, Result | JudgeFailed]]:
        """Grade submissions and yield what became of each, in the order in which they are done."""
        waiting = submissions[::-1]
        tries = dict.fromkeys((one.student for one in submissions), 0)
        running: dict[Future[Result], Submission] = {}
        broken = False
        while waiting or running:
            if broken and not running:
                self._pool.shutdown()
                self._open.close()
                self._pool, broken = self._fresh(), False
            while waiting and not broken and len(running) < self._room(waiting[-1], running, tries):
                one = waiting[-1]
                first = not tries[one.student]
                order = (self._assignment, one, seeds[one.student], self._measured, first, self._gpus)
                try:
                    running[self._pool.submit(_grade, *order)] = one
                except BrokenProcessPool:  # a judge died with nothing to do
                    broken = True
                else:
                    tries[waiting.pop().student] += 1
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                one = running.pop(future)
                try:
                    yield one, future.result()
                except JudgeFailed as failed:
                    yield one, failed
                except BrokenProcessPool:
                    broken = True
                    if tries[one.student] < TRIES:
                        waiting.append(one)
                    else:
                        yield one, JudgeFailed("the judge's own process died twice on this submission")

    def _room(
        self, following: Submission, running: dict[Future[Result], Submission], tries: dict[str, int]
    ) -> int:
        """Return how many may run at once: a submission that was there when a judge died is tried alone."""
        suspect = tries[following.student] or any(tries[one.student] > 1 for one in running.values())
        return 1 if suspect else self._jobs

    def _fresh(self) -> ProcessPoolExecutor:
        with ExitStack() as stack:
            self._home = tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True)
            stack.callback(self._home.cleanup)
            Path(self._home.name).chmod(0o711)  # a worker's own user may pass through, not list
            way = stack.enter_context(Zygote(libraries(self._assignment))).way
            given = (os.getpid(), self._home.name, way)
            executor = ProcessPoolExecutor(self._jobs, get_context("spawn"), _begin, given)
            self._open = stack.pop_all()
        return executor


_way: list[socket.socket] = []  # of this process, to the zygote of all judges
_judges: dict[Path, Judge] = {}  # of this process: opened at the first submission, warm for the others


def _begin(parent: int, home: str, way: socket.socket) -> None:
    """Leave Ctrl-C to the process that prints, end with it, and leave clearing up to it."""
    _way.append(way)
    tempfile.tempdir = home
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)


def _warm(assignment: Assignment) -> Judge:
    if assignment.folder not in _judges:
        with ExitStack() as stack:
            limits = SandboxLimits(assignment.limits)
            try:
                sandbox = stack.enter_context(Sandbox(limits, way=_way[0]))
            except ConnectionError:  # the zygote is gone; fresh judges have a fresh one
                os._exit(1)
            with loading():
                from ..judging.judge import Judge  # torch, which the zygote imports meanwhile

            judge = stack.enter_context(Judge(assignment, started=sandbox))
            Finalize(judge, stack.pop_all().close, exitpriority=1)
        limit_memory()
        _judges[assignment.folder] = judge
    return _judges[assignment.folder]


def _level(assignment: Assignment) -> str:
    judge = _warm(assignment)
    from ..isolation.doctor import probe  # torch: after the zygote has begun

    return probe(judge.sandbox).level


def _grade(
    assignment: Assignment,
    submission: Submission,
    seed: Seed,
    measured: bool,
    named: bool,
    gpus: tuple[Gpu, ...] = (),
) -> Result:
    try:
        judge = _warm(assignment)
        result = grade(judge, submission, seed, measured, named, gpus)
        if not judge.sandbox.usable:
            os._exit(1)  # so that the submission goes to a fresh judge
        return result
    except (Exception, MachineFault) as error:  # one submission's trouble may not end the others' grading
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        raise JudgeFailed(f"the judge failed: {type(error).__name__}: {error} ({where})") from None
