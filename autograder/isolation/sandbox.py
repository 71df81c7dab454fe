"""The judge's side of the sandbox: orders workers of a zygote."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from ..errors import MachineFault
from .limits import START_S, SandboxLimits
from .starting import Zygote, introduce
from .uids import BLOCK, claim_block

if TYPE_CHECKING:  # torch, which it imports, takes seconds: a zygote begins before
    from .handle import Worker


@dataclass
class Sandbox:
    """A judge's workers, and the zygote that forks them; use as a context manager."""

    limits: SandboxLimits = field(default_factory=SandboxLimits)
    libraries: tuple[str, ...] = ()  # modules that workers will import, beside those that most do
    way: socket.socket | None = None  # to a zygote of several judges; else it has one, with these libraries

    def __enter__(self) -> Sandbox:
        with contextlib.ExitStack() as stack:
            if (way := self.way) is None:
                self.zygote = stack.enter_context(Zygote(self.libraries))
                way = self.zygote.way
            self._control = stack.enter_context(introduce(way))
            self._control.settimeout(START_S)
            self._open = stack.pop_all()
        self._started = False
        self.usable = True  # until the zygote fails
        self._uids: Iterator[int] = iter(())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start(self, package: str, path: tuple[str, ...], limits: SandboxLimits | None = None) -> Worker:
        """Order a worker for a staged tree; it becomes ready while the judge goes on."""
        from .handle import Worker
        from .worker import Order

        self._await_zygote()
        limits = limits or self.limits
        order = Order(package, path, self._next_uid(), limits)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        output, printed = os.pipe()
        try:
            socket.send_fds(self._control, [msgspec.json.encode(order)], [theirs.fileno(), printed])
            message, descriptors, _, _ = socket.recv_fds(self._control, 64, 1)
            if not descriptors:
                raise OSError("it ended")
        except OSError as problem:
            ours.close()
            os.close(output)
            raise self._failed(f"the zygote does not answer: {problem}") from None
        finally:
            theirs.close()
            os.close(printed)
        return Worker(self, limits, int(message), descriptors[0], ours, output)

    def exit_code(self, pid: int) -> int:
        """Return how an ended worker ended (negative: the signal)."""
        try:
            self._control.send(b"exit %d" % pid)
            return int(self._control.recv(64))
        except (OSError, ValueError) as problem:
            raise self._failed(f"the zygote does not answer: {problem}") from None

    def forget(self, pid: int) -> None:
        """Let the zygote collect a killed worker when it is gone."""
        if not self.usable:  # an answer is outstanding, and may be about this worker
            return
        with contextlib.suppress(OSError):  # then it is gone with the zygote
            self._control.send(b"kill %d" % pid)

    def settle(self) -> None:
        """Let the zygote join its memory's pages, before it forks many more workers."""
        with contextlib.suppress(OSError):  # then it is gone, and the next order tells
            self._control.send(b"join ")

    def _await_zygote(self) -> None:
        if not self.usable:
            raise MachineFault("the zygote failed before")
        if self._started:
            return
        try:
            self._started = self._control.recv(16) == b"ready"
        except OSError as problem:
            raise self._failed(f"the zygote does not become ready: {problem}") from None
        if not self._started:
            raise self._failed("the zygote could not start; run `autograder doctor`")

    def _failed(self, why: str) -> MachineFault:
        """Use the zygote no more: a late answer would be taken for the next one."""
        self.usable = False
        return MachineFault(why)

    def _next_uid(self) -> int | None:
        if os.geteuid() != 0:
            return None
        if (uid := next(self._uids, None)) is None:
            claim, first = claim_block()
            self._open.enter_context(claim)
            self._uids = itertools.cycle(range(first, first + BLOCK))
            uid = next(self._uids)
        return uid
