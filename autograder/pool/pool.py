"""Judge processes side by side. One that dies costs nobody a grade: its submissions go to a fresh process."""

from __future__ import annotations

import os
import platform
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import active_children, get_context
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

from ..calls.outcomes import MachineFault
from ..isolation.limits import Cage
from ..isolation.lockdown import die_with
from ..isolation.uids import MOST_JUDGES
from ..judging.budget import limit_memory, limited_time
from ..records import Submission, TaskResult
from ..seeds import Seed
from ..spec import load_assignment

if TYPE_CHECKING:  # torch, which they import, takes seconds: judge processes need it, this one may not
    from ..judging.judge import Judge
    from ..judging.trial import Judged

TRIES = 2  # for a submission whose judge process died


@dataclass(frozen=True)
class Heard:
    """One submission, judged and scored; `failure` says why the judge itself could not finish."""

    submission: Submission
    tasks: tuple[TaskResult, ...]
    judged: list[Judged]  # without their calls: what students' code returned stays in the judge's process
    seconds: float
    failure: str = ""
    machine: str = ""  # where it was judged


class Crew:
    """Up to `jobs` judge processes for one assignment; use as a context manager.

    Without `measured`, checks of speed and memory are left out.
    """

    def __init__(self, folder: Path, cage: Cage, jobs: int, measured: bool = True) -> None:
        self._measured = measured
        self._folder = folder
        self._cage = cage
        self._jobs = min(jobs, MOST_JUDGES) if os.geteuid() == 0 else jobs

    def __enter__(self) -> Crew:
        self._pool = self._fresh()
        return self

    def __exit__(self, problem: object = None, *_: object) -> None:
        if problem:  # Ctrl-C, or a full disk: nobody waits for what is being judged
            for judge in active_children():  # a process has one crew, and no other children
                judge.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._home.cleanup()

    def level(self) -> str:
        """Return the level that a worker of these judges reaches, each promise tried."""
        try:
            return self._pool.submit(_level, self._folder, self._cage).result()
        except (BrokenProcessPool, OSError) as problem:
            raise MachineFault(f"no judge could start: {problem}") from None

    def judge_all(self, submissions: list[Submission], seeds: dict[str, Seed]) -> Iterator[Heard]:
        """Judge submissions and yield each as it is done."""
        waiting = submissions[::-1]
        tries = dict.fromkeys((one.student for one in submissions), 0)
        running: dict[Future[Heard], Submission] = {}
        broken = False
        while waiting or running:
            if broken and not running:
                self._pool.shutdown()
                self._home.cleanup()
                self._pool, broken = self._fresh(), False
            while waiting and not broken and len(running) < self._room(waiting[-1], running, tries):
                one = waiting[-1]
                order = (self._folder, self._cage, one, seeds[one.student], self._measured)
                try:
                    running[self._pool.submit(_judge, *order)] = one
                except BrokenProcessPool:  # a judge died with nothing to do
                    broken = True
                else:
                    tries[waiting.pop().student] += 1
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                one = running.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    broken = True
                    if tries[one.student] < TRIES:
                        waiting.append(one)
                    else:
                        yield Heard(one, (), [], 0.0, "the judge's own process died twice on this submission")

    def _room(
        self, following: Submission, running: dict[Future[Heard], Submission], tries: dict[str, int]
    ) -> int:
        """Return how many may run at once: a submission that was there when a judge died is tried alone."""
        suspect = tries[following.student] or any(tries[one.student] > 1 for one in running.values())
        return 1 if suspect else self._jobs

    def _fresh(self) -> ProcessPoolExecutor:
        self._home = tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True)
        Path(self._home.name).chmod(0o711)  # a worker's own user may pass through, not list
        return ProcessPoolExecutor(self._jobs, get_context("spawn"), _begin, (self._home.name,))


_judges: dict[Path, Judge] = {}  # of this process: opened at the first submission, warm for the others


def _begin(home: str) -> None:
    """Leave Ctrl-C to the process that prints, end with it, and leave clearing up to it."""
    tempfile.tempdir = home
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(os.getppid())


def _warm(folder: Path, cage: Cage) -> Judge:
    from ..judging.judge import Judge

    if folder not in _judges:
        judge = Judge(load_assignment(folder), cage).__enter__()
        Finalize(judge, judge.__exit__, exitpriority=1)
        limit_memory()
        _judges[folder] = judge
    return _judges[folder]


def _level(folder: Path, cage: Cage) -> str:
    from ..isolation.doctor import probe

    return probe(_warm(folder, cage).sandbox).level


def _judge(folder: Path, cage: Cage, submission: Submission, seed: Seed, measured: bool) -> Heard:
    try:
        judge = _warm(folder, cage)
        heard = _heard(judge, submission, seed, measured)
        if not judge.sandbox.usable:
            os._exit(1)  # so that the submission goes to a fresh judge
        return heard
    except (Exception, MachineFault) as error:  # one submission's trouble may not end the others' grading
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        return Heard(submission, (), [], 0.0, f"the judge failed: {type(error).__name__}: {error} ({where})")


def _heard(judge: Judge, submission: Submission, seed: Seed, measured: bool) -> Heard:
    from ..judging.score import score

    start = time.perf_counter()
    chosen = frozenset(check.name for check in judge.session.checks if measured or not check.measured)
    judged = judge.judge(submission.files, seed, chosen)
    with limited_time():  # the diagnosis looks at replies
        tasks = score(judge.assignment, judged)
    judged = [replace(one, calls=()) for one in judged]
    machine = f"{platform.platform()}, Python {platform.python_version()}"
    return Heard(submission, tasks, judged, time.perf_counter() - start, machine=machine)
