"""Sends and receives whole frames over a socket; whoever waits may look around meanwhile."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from ..calls.wire import PREFIX, sizes

CHUNK = 1 << 20  # bytes asked from the kernel at once
AHEAD = 1 << 16  # and when the frame's size is not known yet: most frames are smaller, and come whole
Received = TypeVar("Received", bytes, int)


class Closed(Exception):
    """The other side is gone."""


class Channel:
    """One end of a frame connection.

    `wait` is called whenever the other side keeps us waiting, with what the connection must become ready for
    (select.POLLIN or POLLOUT); it returns when it is worth trying again, or raises. None: block.
    """

    def __init__(self, connection: socket.socket, wait: Callable[[int], None] | None = None) -> None:
        self._socket = connection
        self._wait = wait
        self._ahead = bytearray()  # received, but of no frame yet
        connection.setblocking(wait is None)

    def send(self, buffers: list[Any]) -> None:
        """Send a frame's buffers in order; joined, for each system call may wake the other side."""
        view = memoryview(b"".join(buffers))
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                self._pause(select.POLLOUT)
            except OSError as problem:
                raise Closed(str(problem)) from None

    def receive(self, body_cap: int) -> tuple[bytes, bytearray]:
        """Receive one frame's header and body; memory is taken only after the sizes have been checked."""
        while len(self._ahead) < PREFIX.size:
            self._ahead += self._some(lambda: self._socket.recv(AHEAD))
        header_size, body_size = sizes(bytes(self._ahead[: PREFIX.size]), body_cap)
        frame = bytearray(header_size + body_size)
        end = PREFIX.size + len(frame)
        there = self._ahead[PREFIX.size : end]
        frame[: len(there)] = there
        del self._ahead[:end]
        view = memoryview(frame)[len(there) :]
        while view:
            part = view[:CHUNK]
            view = view[self._some(lambda part=part: self._socket.recv_into(part)) :]  # type: ignore[misc]
        return bytes(frame[:header_size]), frame[header_size:]

    def _some(self, receive: Callable[[], Received]) -> Received:
        while True:
            try:
                received = receive()
            except BlockingIOError:
                self._pause(select.POLLIN)
            except OSError as problem:
                raise Closed(str(problem)) from None
            else:
                if not received:
                    raise Closed("the connection ended")
                return received

    def _pause(self, event: int) -> None:
        assert self._wait is not None  # else the socket blocks by itself
        self._wait(event)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
