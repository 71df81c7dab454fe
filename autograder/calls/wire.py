"""The wire between judge and worker: a capped header and raw tensor bytes. Only data crosses; never pickle.

A frame is 16 bytes (magic, header length, body length), a msgpack header, and the tensors' bytes one after
another. Every size is checked before memory is allocated for it; anything unexpected raises WireError, which
costs the sender its worker. A value that may not cross arrives as `Opaque`, by the name of its type.
"""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
import torch
from torch import Tensor

from ..seeds import Seed
from ..text import readable

MAGIC = b"dag1"
PREFIX = struct.Struct("<4sIQ")
HEADER_CAP = 2 << 20  # bytes: room for NODE_CAP numbers; each may cost the reader seventy until counted
NODE_CAP = 200_000  # values in one message
DEPTH_CAP = 40
TENSOR_CAP = 20_000  # tensors in one message: each costs the reader twenty times what a number costs
RANK_CAP = 16  # axes of a tensor
NUMEL_CAP = 1 << 40  # also of tensors with an axis of length 0
NAME_CAP = 200  # characters of a name or a line of source
MESSAGE_CAP = 2_000  # characters of an exception's text
FRAMES_CAP = 6  # innermost lines of a traceback
BASES_CAP = 40  # classes of an exception

Name = Annotated[str, msgspec.Meta(max_length=NAME_CAP)]

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
        torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool,
    )
}  # fmt: skip
NAMES = {dtype: name for name, dtype in DTYPES.items()}
# What holds the same bits in numpy.
OF_NUMPY = {name: np.dtype("int16" if name == "bfloat16" else name) for name in DTYPES}
SMALL = 1 << 12  # bytes of a tensor: copied sooner than looked at
PLAIN = (bool, float, str)


class WireError(Exception):
    """A frame that breaks the protocol."""


@dataclass(frozen=True)
class Opaque:
    """A value that may not cross, by the name of its type."""

    type: str


class TraceLine(msgspec.Struct, frozen=True):
    """One line of a traceback inside the student's own files."""

    file: Name
    line: int
    function: Name
    text: Name


class Fault(msgspec.Struct, frozen=True):
    """An exception of the student's code, as text."""

    type: Name
    bases: Annotated[tuple[Name, ...], msgspec.Meta(max_length=BASES_CAP)]  # its classes, itself first
    message: Annotated[str, msgspec.Meta(max_length=MESSAGE_CAP)]
    frames: Annotated[tuple[TraceLine, ...], msgspec.Meta(max_length=FRAMES_CAP)] = ()


class Request(msgspec.Struct, frozen=True):
    """A call of a function ("forward.q_sample") or of a play ("plays.resblock") beside the student's code."""

    id: int
    target: str
    args: Any
    kwargs: Any
    play: bool = False


class Reply(msgspec.Struct, frozen=True):
    """The value that a call returned, or the fault that it raised."""

    id: int
    value: Any = None
    fault: Fault | None = None


Message = TypeVar("Message", Request, Reply)


# -------------------------------------------------------------------------------------------- values to bytes
def dump(message: Request | Reply) -> list[Any]:
    """Turn a message into buffers to be sent in order."""
    buffers: list[Any] = []
    names = ("args", "kwargs") if isinstance(message, Request) else ("value",)
    plain = {name: _flat(getattr(message, name), buffers, 0) for name in names}
    header = msgspec.msgpack.encode(msgspec.structs.replace(message, **plain))
    if len(header) > HEADER_CAP:
        raise WireError(f"a message of {len(header)} bytes without its tensors is too large")
    return [PREFIX.pack(MAGIC, len(header), sum(len(b) for b in buffers)), header, *buffers]


def digest(request: Request) -> bytes:
    """Hash what a request asks, its arguments' values included."""
    found = hashlib.blake2b(digest_size=16)
    for part in dump(msgspec.structs.replace(request, id=0)):
        found.update(part)
    return found.digest()


def _flat(value: Any, buffers: list[Any], depth: int) -> Any:
    if depth > DEPTH_CAP:
        return ["o", "a structure nested too deeply"]
    if isinstance(value, Tensor):
        return _flat_tensor(value, buffers)
    if value is None or type(value) in PLAIN:
        return readable(value) if type(value) is str else value
    if type(value) is int:
        return value if -(2**63) <= value < 2**64 else ["o", "an integer beyond 64 bits"]
    if isinstance(value, list | tuple):
        return ["l" if isinstance(value, list) else "t", [_flat(item, buffers, depth + 1) for item in value]]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return ["d", [[readable(key), _flat(item, buffers, depth + 1)] for key, item in value.items()]]
    if isinstance(value, Seed):
        return ["s", value.n]
    if isinstance(value, Opaque):
        return ["o", value.type]
    return ["o", f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")[:NAME_CAP]]


def _flat_tensor(tensor: Tensor, buffers: list[Any]) -> Any:
    if (
        tensor.layout != torch.strided
        or not (tensor.is_cpu or tensor.device.type == "cuda")
        or tensor.dtype not in NAMES
    ):
        return ["o", f"a {tensor.dtype} tensor ({tensor.layout}, on {tensor.device})"]
    plain = tensor if type(tensor) is Tensor else torch.Tensor.detach(tensor).as_subclass(Tensor)
    form = ["x", [NAMES[plain.dtype], *plain.shape]]
    if plain.numel():
        if plain.dtype is torch.bfloat16:
            plain = plain.detach().view(torch.int16)
        values = plain.numpy(force=True)
        if values.nbytes <= SMALL:
            buffers.append(values.tobytes())
        else:
            buffers.append(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
    return form


# -------------------------------------------------------------------------------------------- bytes to values
def sizes(prefix: bytes, body_cap: int) -> tuple[int, int]:
    """Read header and body length from a frame's first 16 bytes; raises WireError when they are too large."""
    magic, header, body = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise WireError("the frame does not begin as a frame does")
    if header > HEADER_CAP:
        raise WireError(f"a header of {header} bytes is more than {HEADER_CAP}")
    if body > body_cap:
        raise WireError(f"a body of {body} bytes is more than {body_cap}")
    return header, body


def load_request(header: bytes, body: bytearray) -> Request:
    """Rebuild a request; raises WireError when anything in it breaks the protocol."""
    request = _parse(header, Request)
    reader = _Reader(body)
    args, kwargs = reader.value(request.args), reader.value(request.kwargs)
    reader.finish()
    if not isinstance(args, list | tuple) or not isinstance(kwargs, dict):
        raise WireError("a request without arguments")
    return msgspec.structs.replace(request, args=args, kwargs=kwargs)


def load_reply(header: bytes, body: bytearray) -> Reply:
    """Rebuild a reply; raises WireError when anything in it breaks the protocol."""
    reply = _parse(header, Reply)
    reader = _Reader(body)
    value = reader.value(reply.value)
    reader.finish()
    return msgspec.structs.replace(reply, value=value)


def _parse(header: bytes, kind: type[Message]) -> Message:
    try:
        return msgspec.msgpack.decode(header, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise WireError(f"the header is no {kind.__name__.lower()}: {problem}") from None


class _Reader:
    """Rebuilds values, counting nodes and depth, and takes each tensor's bytes from the body in order."""

    def __init__(self, body: bytearray) -> None:
        self.body = body
        self.offset = 0
        self.nodes = 0
        self.tensors = 0

    def value(self, node: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if self.nodes > NODE_CAP or depth > DEPTH_CAP + 1:
            raise WireError("a value of too many parts")
        if node is None or type(node) in (bool, int, float, str):
            return node
        match node:
            case ["x", [str(dtype), *shape]]:
                return self.tensor(dtype, shape)
            case ["l", [*items]]:
                return [self.value(item, depth + 1) for item in items]
            case ["t", [*items]]:
                return tuple([self.value(item, depth + 1) for item in items])
            case ["d", [*pairs]]:
                return dict([self.pair(pair, depth + 1) for pair in pairs])
            case ["s", int(n)] if 0 <= n < 2**63:
                return Seed(n)
            case ["o", str(name)] if len(name) <= NAME_CAP:
                return Opaque(name)
        raise WireError("a value of unknown kind")

    def pair(self, pair: Any, depth: int) -> tuple[str, Any]:
        match pair:
            case [str(key), node]:
                return key, self.value(node, depth)
        raise WireError("a dictionary entry that is none")

    def tensor(self, dtype_name: str, shape: list[Any]) -> Tensor:
        self.tensors += 1
        if self.tensors > TENSOR_CAP:
            raise WireError("a value of too many tensors")
        dtype = DTYPES.get(dtype_name)
        if dtype is None or len(shape) > RANK_CAP or [n for n in shape if type(n) is not int or n < 0]:
            raise WireError("a tensor of unknown dtype or impossible shape")
        numel = math.prod(shape)
        if (numel or math.prod([n or 1 for n in shape])) > NUMEL_CAP:
            raise WireError("a tensor too large to be true")
        size = numel * dtype.itemsize
        if self.offset + size > len(self.body):
            raise WireError("a tensor longer than the body")
        if not numel:
            return torch.empty(shape, dtype=dtype)
        there = np.uint8 if dtype is torch.bool else OF_NUMPY[dtype_name]  # any byte but 0 is True
        values = np.ndarray(shape, there, self.body, self.offset).astype(OF_NUMPY[dtype_name])
        self.offset += size
        tensor = torch.from_numpy(values)
        return tensor.view(dtype) if dtype is torch.bfloat16 else tensor

    def finish(self) -> None:
        if self.offset != len(self.body):
            raise WireError("a body longer than its tensors")
