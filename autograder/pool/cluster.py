"""Judges on the nodes of a dask cluster, used like a pool of this machine's.

Submissions travel as content, one at a time to each node; a node works from its own copy of the repository.
What a lost node or a restarted scheduler leaves unfinished is sent again, so nothing but time is lost.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any

from ..errors import UserError
from ..judging.grading import ungraded
from ..records import Result, Submission
from ..results.key import parts_of
from ..seeds import Seed
from ..spec import Assignment
from . import node as remote
from .pool import JudgeFailed

LEVELS = ("process-only", "partial", "full")  # nodes of "full+" count as "full" among others
GPU = "GPU"  # dask's name for what a job on a device takes and a node offers
PATIENCE_S = 30.0  # for a scheduler to answer at first
RETURN_S = 300.0  # for one that was there to come back
LOOK_S = 1.0  # between two looks at which nodes there are
VAIN_LOOKS = 5  # at nodes that were all refused, before the first is accepted
VAIN_LOOKS_LATER = 300  # after that
FETCH_S = 10.0  # for a result to arrive; a lost one is found out by the next look
TRIES = 5  # for a submission whose node was lost, or whose judge failed
FAILURES = 3  # submissions in a row on which a node's judge failed: then it is not used if there is another


@dataclass
class Node:
    """One dask worker, and what it is doing."""

    address: str
    doing: Any = None  # a dask future
    submission: Submission | None = None  # being judged; None while the node is examined
    level: str = ""  # "" until it is examined, or when it is refused
    failed: set[str] = field(default_factory=set)  # students on whom its judge failed since it last succeeded


class Cluster:
    """Judges one assignment wherever a dask scheduler has workers; use as a context manager."""

    def __init__(
        self, assignment: Assignment, address: str, tell: Callable[[str], object], device: str = ""
    ) -> None:
        self._assignment = assignment
        self._device = device
        self._address = address
        self._tell = tell
        self._parts = parts_of(assignment)
        self._nodes: dict[str, Node] = {}  # by address
        self._refused: set[str] = set()  # addresses
        self._lost: list[tuple[Submission, str]] = []  # to be sent again, and how the judge failed
        self._level = ""
        self._stirred = threading.Event()
        self._next_look = 0.0
        self._alone = False
        self._vain_looks = 0  # in a row, at refused nodes only

    def __enter__(self) -> Cluster:
        self._connect(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):  # a judge that stays open ends with its node
            from distributed import wait

            wait([self._send(one, remote.close) for one in self._nodes.values() if one.level], FETCH_S)
        self._hang_up()

    def level(self) -> str:
        """Return the strongest level of the nodes that are there; nodes with another are refused."""
        while not self._level:
            self._look()
            list(self._finished())
            found = [one.level for one in self._nodes.values()]
            self._level = max(found, key=LEVELS.index) if found and all(found) else ""
        for one in list(self._nodes.values()):
            self._check_level(one)
        return self._level

    def grade_all(self, submissions: list[Submission], seeds: dict[str, Seed]) -> Iterator[Result]:
        """Grade submissions and yield each result as it is done; withheld where no judge could finish."""
        waiting, losses = submissions[::-1], Counter[str]()
        while waiting or any(one.submission for one in self._nodes.values()):
            self._look()
            for one in self._nodes.values():
                if one.level and not one.doing and waiting:
                    one.submission = waiting.pop()
                    seed = seeds[one.submission.student]
                    self._send(one, remote.grade, self._assignment.name, one.submission, seed, self._device)
            yield from self._finished()
            for lost, why in self._lost:
                losses[lost.student] += 1
                if losses[lost.student] < TRIES:
                    waiting.insert(0, lost)  # last, so that the same node does not draw it again at once
                else:
                    why = why or f"{TRIES} nodes were lost over this submission"
                    yield ungraded(self._assignment, lost, seeds[lost.student], why)
            self._lost.clear()

    def _connect(self, patience_s: float) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise UserError("a cluster needs dask; run: pip install -e '.[staff]'") from None
        for name in ("distributed", "distributed.client"):  # what is lost is told here, without tracebacks
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            self._client = Client(self._address, timeout=patience_s, set_as_default=False)
            self._scheduler = self._identity()["id"]
        except (OSError, ValueError) as problem:
            raise UserError(
                f"no dask scheduler answers at {self._address} ({problem}); start one with `dask scheduler`"
            ) from None

    def _hang_up(self) -> None:
        with contextlib.suppress(Exception):  # a client whose scheduler is gone may fail to say goodbye
            self._client.close(FETCH_S)

    def _identity(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.sync(self._client.scheduler.identity, n_workers=-1)
        return found

    def _look(self) -> None:
        """See which nodes have come and which have gone."""
        if time.monotonic() < self._next_look:
            return
        try:
            found = self._identity()
        except (OSError, AttributeError):  # the latter from a client that has given up
            found = {"id": ""}
        if found["id"] != self._scheduler:
            self._tell(f"the scheduler at {self._address} was lost; waiting for it to come back")
            self._hang_up()
            self._connect(RETURN_S)
            found = self._identity()
            self._leave(set(self._nodes))
        workers = found["workers"]
        self._leave(set(self._nodes) - set(workers))
        for address in set(workers) - set(self._nodes) - self._refused:
            self._meet(address, workers[address]["nthreads"], workers[address].get("resources", {}))
        refused = self._refused & set(workers)
        self._vain_looks = self._vain_looks + 1 if refused and not self._nodes else 0
        if self._vain_looks > (VAIN_LOOKS_LATER if self._level else VAIN_LOOKS):
            raise UserError(f"no node at {self._address} can be used")
        if not self._nodes and not self._alone:
            self._tell(f"waiting for nodes to join {self._address}")
        self._alone = not self._nodes
        self._next_look = time.monotonic() + LOOK_S

    def _leave(self, gone: set[str]) -> None:
        for one in [self._nodes.pop(address) for address in gone]:
            if one.submission:
                self._lost.append((one.submission, ""))

    def _meet(self, address: str, threads: int, resources: dict[str, float]) -> None:
        one = self._nodes[address] = Node(address)
        if self._device and resources.get(GPU, 0) < 1:
            self._refuse(one, f"it offers no GPU; start it where one is, with `--resources {GPU}=1`")
        elif threads == 1:
            self._send(one, remote.examine, self._assignment.name, self._parts, self._device)
        else:
            self._refuse(one, f"it has {threads} threads; start it with `--nthreads 1 --nworkers {threads}`")

    def _refuse(self, one: Node, why: str) -> None:
        self._leave({one.address})
        self._refused.add(one.address)
        self._tell(f"node {one.address} is not used: {why}")

    def _send(self, one: Node, function: Callable[..., object], *arguments: object) -> Any:
        needs = {GPU: 1} if self._device else None  # one job at a time for each that a node offers
        where = {"workers": [one.address], "resources": needs}
        one.doing = self._client.submit(function, *arguments, **where, pure=False)
        one.doing.add_done_callback(lambda _: self._stirred.set())
        return one.doing

    def _finished(self) -> Iterator[Result]:
        """Wait for something to happen, and yield what was graded."""
        self._stirred.wait(LOOK_S)
        self._stirred.clear()
        for one in [one for one in self._nodes.values() if one.doing and one.doing.done()]:
            try:
                found = one.doing.result(FETCH_S)
            except (TimeoutError, CancelledError):
                self._leave({one.address})  # the next look meets it again if it is there
            except JudgeFailed as failed:
                self._failed(one, str(failed))
            except Exception as problem:
                self._refuse(one, f"{type(problem).__name__}: {problem}")
            else:
                submission, one.doing, one.submission = one.submission, None, None
                if not submission:
                    self._examined(one, *found)
                else:
                    one.failed.clear()
                    yield found

    def _failed(self, one: Node, why: str) -> None:
        """Have a submission judged again, elsewhere if there is a choice: the node may be what is wrong."""
        assert one.submission
        self._lost.append((one.submission, why))
        one.failed.add(one.submission.student)
        one.doing, one.submission = None, None
        if len(one.failed) >= FAILURES and any(o.level for o in self._nodes.values() if o is not one):
            self._refuse(one, f"its judge failed {FAILURES} times in a row: {why}")

    def _examined(self, one: Node, differing: list[str], level: str) -> None:
        one.level = level.removesuffix("+")
        if differing:
            self._refuse(
                one,
                f"{', '.join(differing)}: other than here; bring it to this commit and these versions",
            )
        else:
            self._check_level(one)

    def _check_level(self, one: Node) -> None:
        if self._level and one.level and one.level != self._level:
            self._refuse(one, f"its sandbox's level is '{one.level}', that of the others '{self._level}'")
