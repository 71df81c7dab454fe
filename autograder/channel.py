"""Sends and receives whole frames over a socket; whoever waits is asked now and then whether to go on."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from .wire import PREFIX, sizes

CHUNK = 1 << 20  # bytes asked from the kernel at once


class Closed(Exception):
    """The other side is gone."""


class Channel:
    """One end of a frame connection. `wait` runs while the other side keeps us waiting, and may raise."""

    def __init__(
        self, connection: socket.socket, wait: Callable[[], None] | None = None, tick_s: float = 0.02
    ) -> None:
        self._socket = connection
        self._wait = wait
        connection.settimeout(tick_s if wait else None)

    def send(self, buffers: list[Any]) -> None:
        """Send a frame's buffers in order."""
        for buffer in buffers:
            view = memoryview(buffer).cast("B")
            while view:
                try:
                    view = view[self._socket.send(view) :]
                except TimeoutError:
                    self._pause()
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
            except TimeoutError:
                self._pause()
                continue
            except OSError as problem:
                raise Closed(str(problem)) from None
            if not received:
                raise Closed("the connection ended")
            view = view[received:]
        return buffer

    def _pause(self) -> None:
        if self._wait:
            self._wait()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
