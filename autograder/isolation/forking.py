"""What a zygote does once all is imported: it forks the workers that judges order, and collects them."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket

import msgspec

from .hugepages import join_pages
from .worker import Order, live

MESSAGE_CAP = 1 << 16  # bytes of one order


class Judges:
    """Those who may order workers, each with the workers that it has."""

    def __init__(self, way: socket.socket, read: tuple[str, ...]) -> None:
        self._way = way  # by which they are introduced
        self._read = read
        self._of: dict[socket.socket, set[int]] = {}
        self._dying: set[int] = set()  # workers that were killed and still have to be collected

    def serve(self) -> None:
        """Do what they ask for until nobody is left who could introduce one."""
        while True:
            for asking in select.select([self._way, *self._of], [], [])[0]:
                if asking is not self._way:
                    with contextlib.suppress(ConnectionError):  # it is gone, which the next look tells
                        self._answer(asking)
                elif not self._admit():
                    return

    def _admit(self) -> bool:
        """Take a judge's connection; False when nobody holds the other end."""
        message, descriptors, _, _ = socket.recv_fds(self._way, MESSAGE_CAP, 1)
        if not message:
            return False
        judge = socket.socket(fileno=descriptors[0])
        self._of[judge] = set()
        with contextlib.suppress(ConnectionError):
            judge.send(b"ready")
        return True

    def _answer(self, judge: socket.socket) -> None:
        message, descriptors, _, _ = socket.recv_fds(judge, MESSAGE_CAP, 2)
        match message[:5]:
            case b"":
                self._leave(judge)
            case b"exit ":
                self._of[judge].discard(pid := int(message[5:]))
                _, status = os.waitpid(pid, 0)
                judge.send(b"%d" % os.waitstatus_to_exitcode(status))
            case b"join ":
                join_pages()
            case b"kill ":
                self._of[judge].discard(pid := int(message[5:]))
                self._collect({pid})
            case _:
                self._fork(judge, message, descriptors)

    def _leave(self, judge: socket.socket) -> None:
        """End the workers of a judge that is gone."""
        judge.close()
        workers = self._of.pop(judge)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        self._collect(workers)

    def _collect(self, killed: set[int]) -> None:
        self._dying = {pid for pid in self._dying | killed if os.waitpid(pid, os.WNOHANG)[0] == 0}

    def _fork(self, judge: socket.socket, message: bytes, descriptors: list[int]) -> None:
        """Fork one worker and send the judge a descriptor that stands for it."""
        order = msgspec.json.decode(message, type=Order)
        pid = os.fork()
        if pid == 0:
            for one in (self._way, *self._of):
                one.close()
            live(order, descriptors[0], descriptors[1], self._read)
        self._of[judge].add(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        pidfd = os.pidfd_open(pid)
        try:
            socket.send_fds(judge, [str(pid).encode()], [pidfd])
        finally:
            os.close(pidfd)
