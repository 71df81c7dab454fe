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
        self._workers: dict[socket.socket, set[int]] = {}
        self._dying: set[int] = set()  # workers that were killed and still have to be collected
        self._joined = False

    def serve(self) -> None:
        """Do what they ask for until nobody is left who could introduce one."""
        while True:
            for ready in select.select([self._way, *self._workers], [], [])[0]:
                if ready is not self._way:
                    with contextlib.suppress(ConnectionError):  # it is gone, which the next look tells
                        self._answer(ready)
                elif not self._admit():
                    return

    def _admit(self) -> bool:
        """Take a judge's connection; False when nobody holds the other end."""
        message, descriptors, _, _ = socket.recv_fds(self._way, MESSAGE_CAP, 1)
        if not message:
            return False
        judge = socket.socket(fileno=descriptors[0])
        self._workers[judge] = set()
        with contextlib.suppress(ConnectionError):
            judge.send(b"ready")
        return True

    def _answer(self, judge: socket.socket) -> None:
        message, descriptors, _, _ = socket.recv_fds(judge, MESSAGE_CAP, 2)
        match message[:5]:
            case b"":
                self._leave(judge)
            case b"exit ":
                self._workers[judge].discard(pid := int(message[5:]))
                _, status = os.waitpid(pid, 0)
                judge.send(b"%d" % os.waitstatus_to_exitcode(status))
            case b"join ":
                if not self._joined:  # once: it parts what workers share with the zygote
                    join_pages()
                self._joined = True
            case b"kill ":
                self._workers[judge].discard(pid := int(message[5:]))
                self._collect({pid})
            case _:
                self._fork(judge, message, descriptors)

    def _leave(self, judge: socket.socket) -> None:
        """End the workers of a judge that is gone."""
        judge.close()
        workers = self._workers.pop(judge)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        self._collect(workers)

    def _collect(self, killed: set[int]) -> None:
        self._dying = {pid for pid in self._dying | killed if os.waitpid(pid, os.WNOHANG)[0] == 0}

    def _fork(self, judge: socket.socket, message: bytes, descriptors: list[int]) -> None:
        """Fork one worker and send the judge a descriptor that stands for it; none where that fails."""
        order = msgspec.json.decode(message, type=Order)
        with contextlib.ExitStack() as stack:
            for descriptor in descriptors:
                stack.callback(os.close, descriptor)
            try:
                pid = os.fork()
            except OSError:  # no memory, or too many processes
                judge.send(b"none")
                return
            if pid == 0:
                for one in (self._way, *self._workers):
                    one.close()
                live(order, descriptors[0], descriptors[1], self._read)
            self._workers[judge].add(pid)
            stack.callback(os.close, pidfd := os.pidfd_open(pid))
            socket.send_fds(judge, [b"%d" % pid], [pidfd])
