"""Frames to break the wire with: valid ones, ways to damage them, and what reading one must come to."""

from __future__ import annotations

import select
from collections.abc import Iterator
from typing import Any

import torch

from autograder.calls import wire
from autograder.calls.wire import Fault, Opaque, Reply, Request, TraceLine, WireError
from autograder.isolation.channel import Channel, Closed
from autograder.seeds import Seed

PIECE = 48  # bytes that arrive at once
BODY_CAP = 1 << 16  # bytes: more than any of these frames has, so that a larger body must be refused
VALUES: tuple[Any, ...] = (
    None, True, -1, 2**63, 0.1, float("nan"), "a word", Seed(5), Opaque("numpy.ndarray"),
    [1, (2.0, "x"), {"k": None, "l": [[]]}], torch.eye(3), torch.tensor([True, False]), torch.zeros(2, 0, 3),
    {"loss": torch.ones(4, dtype=torch.bfloat16), "steps": (torch.arange(5), torch.tensor(1j))},
)  # fmt: skip
FAULT = Fault("ValueError", ("ValueError", "Exception"), "no", (TraceLine("noising.py", 3, "f", "raise"),))


def joined(message: Request | Reply) -> bytes:
    """Return a message as the bytes that are sent for it."""
    return b"".join(bytes(buffer) for buffer in wire.dump(message))


REPLIES = (*(joined(Reply(n, value)) for n, value in enumerate(VALUES)), joined(Reply(99, fault=FAULT)))
REQUESTS = tuple(joined(Request(n, "a.b", (value,), {"k": value})) for n, value in enumerate(VALUES))
VALID = REPLIES + REQUESTS


class Sent:
    """Stands for a socket whose other side has sent some bytes and is gone."""

    def __init__(self, data: bytes) -> None:
        self._rest = memoryview(data)

    def setblocking(self, blocking: bool) -> None:
        pass

    def recv(self, most: int) -> bytes:
        taken = bytes(self._rest[: min(most, PIECE)])
        self._rest = self._rest[len(taken) :]
        return taken

    def recv_into(self, space: memoryview) -> int:
        taken = self.recv(len(space))
        space[: len(taken)] = taken
        return len(taken)


def read(data: bytes) -> bool:
    """Read one frame as the judge reads a reply and as a worker reads a request; return whether one came.

    WireError and Closed are how a bad frame ends; anything else is raised. What comes is no more than what
    was sent, and is the same when it is sent again.
    """
    came = False
    for load in (wire.load_reply, wire.load_request):
        try:
            header, body = Channel(Sent(data), never).receive(BODY_CAP)  # type: ignore[arg-type]
            message = load(header, body)
        except (WireError, Closed):
            continue
        came = True
        value = message.value if isinstance(message, Reply) else [message.args, message.kwargs]
        assert size_of(value) == len(body) <= BODY_CAP
        again = joined(message)
        bodiless = len(again) - len(body)
        assert joined(load(again[16:bodiless], bytearray(again[bodiless:]))) == again
    return came


def never(event: int) -> None:
    """Nobody waits for bytes that are there."""
    raise AssertionError(f"waits for {'input' if event == select.POLLIN else 'output'}")


def size_of(value: Any) -> int:
    """Return the bytes of all tensors in a value; fails when it has more parts than a message may."""
    total, parts, waiting = 0, 0, [value]
    while waiting:
        one = waiting.pop()
        parts += 1
        if isinstance(one, torch.Tensor):
            total += one.numel() * one.element_size()
        elif isinstance(one, list | tuple):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
    assert parts <= wire.NODE_CAP
    return total


def damaged(frame: bytes, noise: bytes) -> Iterator[bytes]:
    """Yield the frame with one more damage for every three bytes of noise."""
    data = bytearray(frame)
    for how, where, what in zip(*[iter(noise)] * 3, strict=False):
        at = where * 256 // 255 % (len(data) + 1) if len(data) < 256 else (where * len(data)) >> 8
        match how % 8:
            case 0:
                data[at : at + 1] = bytes([what])
            case 1:
                data[at:at] = bytes([what])
            case 2:
                del data[at : at + 1 + what % 8]
            case 3:
                data[at : at + 1] = bytes([data[at] ^ (1 << what % 8)]) if at < len(data) else b""
            case 4:
                data[at:at] = data[at : at + what]
            case 5:
                data[4:8] = (len(data) - 16 - what % 4 * 8 & 0xFFFFFFFF).to_bytes(4, "little")
            case 6:
                data[8:16] = (what << what % 56).to_bytes(8, "little")
            case 7:
                other = VALID[what % len(VALID)]
                data[at:] = other[at:]
        yield bytes(data)
