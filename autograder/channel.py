"""Sends and receives whole frames over a socket; whoever waits may look around meanwhile."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Any

from .wire import PREFIX, sizes

CHUNK = 1 << 20  # bytes asked from the kernel at once


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
        connection.setblocking(wait is None)

    def send(self, buffers: list[Any]) -> None:
        """Send a frame's buffers in order."""
        for buffer in buffers:
            view = memoryview(buffer).cast("B")
            while view:
                try:
                    view = view[self._socket.send(view) :]
                except BlockingIOError:
                    self._pause(select.POLLOUT)
                except OSError as problem:
                    raise Closed(str(problem)) from None

    def receive(self, body_cap: int) -> tuple[bytes, bytearray]:
        """Receive one frame's header and body; memory is taken only after the sizes have been checked."""
        header_size, body_size = sizes(bytes(self._exactly(PREFIX.size)), body_cap)
        return bytes(self._exactly(header_size)), self._exactly(body_size)

    def _exactly(self, size: int) -> bytearray:
        buffer = bytearray(size)
        view = memoryview(buffer)
        while view:
            try:
                received = self._socket.recv_into(view[:CHUNK])
            except BlockingIOError:
                self._pause(select.POLLIN)
                continue
            except OSError as problem:
                raise Closed(str(problem)) from None
            if not received:
                raise Closed("the connection ended")
            view = view[received:]
        return buffer

    def _pause(self, event: int) -> None:
        assert self._wait is not None  # else the socket blocks by itself
        self._wait(event)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
