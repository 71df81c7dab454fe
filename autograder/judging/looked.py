"""One side of a comparison part by part: what the parts of a file's functions are in a call."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ..calls import wire
from ..calls.probed import PROBED
from ..calls.undertest import Ask, Call
from ..calls.wire import Request
from ..sources.parts import Part, parts_of

Values = dict[int, list[Any]]  # of parts by their places: each time that they were read; [] is not told


@dataclass
class Looked:
    """A file whose functions answer calls, and what was seen of them."""

    ask: Ask  # looks into a call
    file: str
    source: str
    _known: dict[int, Values] = field(default_factory=dict)

    @cached_property
    def parts(self) -> list[Part]:
        """Return the parts of the file's functions."""
        return parts_of(self.source)

    def values(self, call: Call) -> Values:
        """Return what the parts are in a call, in the order in which they are first read."""
        if id(call) not in self._known:
            told = self._asked(call, [])
            self._known[id(call)] = dict(self._read(told)) if isinstance(told, list) else {}
        return self._known[id(call)]

    def tried(self, call: Call, places: Sequence[int], several: Sequence[list[Any]]) -> list[Any]:
        """Return what a call gives with each of several values in some places; None where it raises."""
        told = self._asked(call, [[[place, values] for place in places] for values in several])
        whole = isinstance(told, list) and len(told) == len(several)
        return [one[0] if isinstance(one, list) and len(one) == 1 else None for one in told] if whole else []

    def _asked(self, call: Call, puts: list[Any]) -> Any:
        args = (self.file, self.source, puts, call.args)
        return self.ask(
            Request(secrets.randbits(62), PROBED + call.target, args, call.kwargs, call.play)
        ).value

    def _read(self, told: list[Any]) -> Iterator[tuple[int, list[Any]]]:
        for one in told:
            match one:
                case [int(place), [*values]] if 0 <= place < len(self.parts):
                    yield place, values


def grouped(values: Values) -> list[tuple[list[Any], list[int]]]:
    """Return the different values of parts, each with the places that have it."""
    found: dict[bytes, tuple[list[Any], list[int]]] = {}
    for place, several in values.items():
        if several:
            key = wire.digest(Request(0, "", (several,), {}))
            found.setdefault(key, (several, []))[1].append(place)
    return list(found.values())


def fitting(right: list[Any], mine: list[Any]) -> list[Any] | None:
    """Return right values as they can stand where `mine` do; None where they are of another kind or shape."""
    if len(mine) != len(right):
        return None
    values = [_shaped(one, as_) for one, as_ in zip(right, mine, strict=True)]
    pairs = list(zip(values, mine, strict=True))
    alike = all(_kind(one) == _kind(as_) and _shape(one) == _shape(as_) for one, as_ in pairs)
    return values if alike else None


def _shaped(value: Any, as_: Any) -> Any:
    """Return a value with the other's dimensions of length 1, or as a number where that is one."""
    if not isinstance(value, Tensor):
        return value
    if not isinstance(as_, Tensor):
        return value.item() if isinstance(as_, int | float) and value.numel() == 1 else value
    plain = [[n for n in one.shape if n != 1] for one in (value, as_)]
    return value.reshape(as_.shape) if plain[0] == plain[1] else value


def _shape(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_shape(one) for one in value]
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return "mask" if value.dtype == torch.bool else "tensor"
    if isinstance(value, int | float):
        return "truth" if isinstance(value, bool) else "number"
    return "several" if isinstance(value, tuple | list) else "other"


def apart(right: list[Any], mine: list[Any]) -> float:
    """Return how unlike values are, from 0 to 1: those of most mistakes are like the right ones."""
    a, b = _numbers(right), _numbers(mine)
    if a is None or b is None or a.shape != b.shape:
        return 1.0
    if len(a) == 1:
        return float((a - b).abs() / (a.abs() + b.abs()))
    return float(1 - (a @ b).abs() / (a.norm() * b.norm()))


def _numbers(values: list[Any]) -> Tensor | None:
    whole = [torch.as_tensor(one) for one in values if isinstance(one, Tensor | int | float)]
    if not whole or len(whole) < len(values) or any(one.is_complex() for one in whole):
        return None
    return torch.cat([one.double().flatten() for one in whole]).nan_to_num(0.0, 0.0, 0.0)
