"""Calls, values and differences in words that fit on a page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..calls.undertest import Call
from ..calls.wire import Opaque
from ..differences.describe import describe
from ..text import one_line
from .running import Came
from .written import Function

FEW = 12  # values of an array that are written out
SHORT = 160  # characters of a value
DIGITS = 4
PLAIN = 1e-6  # by how much of itself a number may differ from the digits that stand for it
RELATIONS = ("Each value is", "It is", "Each value has", "It has")  # sentences that fit what was before, too


def arguments(call: Call, definition: Function) -> tuple[tuple[str, str], ...]:
    """Return a call's arguments by the names that the student's function gives them, and what they are."""
    names = [one.arg for one in (*definition.args.posonlyargs, *definition.args.args)]
    names += [f"argument {i + 1}" for i in range(len(names), len(call.args))]
    given = [*zip(names, call.args, strict=False), *call.kwargs.items()]
    return tuple((one_line(name, 60), value_text(value)) for name, value in given)


def call_text(call: Call, given: tuple[tuple[str, str], ...]) -> str:
    """Return "q_sample(x0, t, eps, alpha_bar)"."""
    return f"{call.target.rpartition('.')[2]}({', '.join(name for name, _ in given)})"


def came_text(came: Came, inside: bool = True) -> str:
    """Return what came: "[6.8, -2.6] (float64)", or "raises IndexError: ... (forward.py, line 12)"."""
    if not came.ended:
        return value_text(came.value)
    return f"{came.ended} ({came.place})" if came.place and inside else came.ended


def value_text(value: Any) -> str:
    """Return a value in a few words, its numbers with four digits."""
    match value:
        case Tensor():
            return _tensor_text(value)
        case bool() | int() | None:
            return one_line(str(value), SHORT)
        case float():
            return _number(value)
        case str():
            return one_line(repr(value), SHORT)
        case tuple() | list():
            inside = ", ".join(value_text(one) for one in value[:FEW]) + (", ..." if len(value) > FEW else "")
            comma = "," if len(value) == 1 else ""
            return one_line(f"[{inside}]" if isinstance(value, list) else f"({inside}{comma})", 3 * SHORT)
        case dict():
            inside = ", ".join(f"{key!r}: {value_text(one)}" for key, one in list(value.items())[:FEW])
            return one_line(f"{{{inside}}}", 3 * SHORT)
        case Opaque():
            return f"a {one_line(value.type, SHORT)}"
    return f"a {type(value).__name__}"


def is_plain(value: Any) -> bool:
    """Say whether a value is written out whole, its numbers exactly or to the last of four digits."""
    numbers = list(_numbers(value))
    return len(numbers) <= FEW and all(map(_fits_its_digits, numbers))


def is_small(value: Any) -> bool:
    """Say whether a value is written out whole."""
    return len(list(_numbers(value))) <= FEW


def how(before: Came, after: Came) -> str:
    """Say how a result changed, beside the two results themselves; "" when the two say it best."""
    a, b = before.value, after.value
    if before.ended or after.ended or not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return ""
    if a.shape != b.shape:
        return f"The shape changes from {tuple(a.shape)} to {tuple(b.shape)}."
    if a.dtype != b.dtype:
        return f"The dtype changes from {_dtype(a)} to {_dtype(b)}."
    good = torch.isclose(b.double(), a.double(), equal_nan=True) if not a.is_complex() else a == b
    said = describe(b, a, good)
    if said.startswith(RELATIONS):
        return said.replace("the expected one", "what it was")
    return f"{int((~good).sum())} of {good.numel()} values change." if not is_small(b) else ""


def _tensor_text(value: Tensor) -> str:
    if value.numel() > FEW:
        return f"a {_dtype(value)} tensor of shape {tuple(value.shape)}"
    return f"{_nested(value.tolist())} ({_dtype(value)})"


def _nested(values: Any) -> str:
    if isinstance(values, list):
        return f"[{', '.join(map(_nested, values))}]"
    return _number(values) if isinstance(values, float) else str(values)


def _number(value: float) -> str:
    text = f"{value:.{DIGITS}g}"
    return text if _fits_its_digits(value) else f"≈{text}"


def _fits_its_digits(value: float) -> bool:
    return not math.isfinite(value) or abs(float(f"{value:.{DIGITS}g}") - value) <= PLAIN * abs(value)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Tensor):
        yield from map(abs, value.flatten()[: FEW + 1].tolist())
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, dict):
        yield from _numbers(list(value.values()))
    elif isinstance(value, int | float):
        yield float(value)


def _dtype(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def indented(source: str) -> str:
    """Return lines of source without what they are all indented by."""
    lines = source.splitlines()
    least = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[least:] for line in lines)
