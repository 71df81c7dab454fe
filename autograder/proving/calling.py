"""How one function can be called with another one's arguments, and whether its result has the same form."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor, nn

from ..calls.answer import Code

Values = dict[str, Any]  # of a call's arguments, by the names of its parameters
Answer = Callable[[Values], Any]
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def ways(function: Callable[..., Any], values: Values, code: Code) -> Iterator[Answer]:
    """Yield how a function can be called with another one's arguments: in order, without self, by name.

    A play gets the code beside which it runs; what a method's name does not give, its object may.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a class of C's
        return
    first = [code] if parameters and parameters[0].name == "code" else []
    named = [one for one in parameters[len(first) :] if one.kind in NAMED]
    needed = [one.name for one in named if one.default is one.empty]
    placed = [one.name for one in named if one.kind is one.POSITIONAL_OR_KEYWORD]
    for left_out in range(1 + ("self" in values)):
        chosen = list(values)[left_out : left_out + len(placed)]
        if chosen and set(needed) <= set(placed[: len(chosen)]):
            yield lambda v, chosen=chosen: function(*first, *(v[name] for name in chosen))  # type: ignore[misc]
    known = [one.name for one in named if one.name in values]
    missing = [name for name in needed if name not in values]
    in_order = known == list(values)[: len(known)] and known == placed[: len(known)]
    if known and not in_order and all(hasattr(values.get("self"), name) for name in missing):
        yield lambda v: function(
            *first, **{n: v[n] for n in known}, **{n: getattr(v["self"], n) for n in missing}
        )


def copied(value: Any) -> Any:
    """Return a copy of a call's data that does not see what is later done to the original."""
    match value:
        case Tensor():
            return value.detach().clone().requires_grad_(value.requires_grad)
        case tuple() if type(value) is tuple:
            return tuple(map(copied, value))
        case list():
            return [copied(item) for item in value]
        case dict():
            return {key: copied(item) for key, item in value.items()}
        case nn.Module():
            return copy.deepcopy(value)
    return value


def fits(came: Any, expected: Any) -> bool:
    """Say whether something has the form of what the reference returned."""
    match expected:
        case Tensor():
            return isinstance(came, Tensor) and came.shape == expected.shape
        case bool() | int() | float():
            return isinstance(came, bool | int | float)
        case str() | None:
            return type(came) is type(expected)
        case tuple() | list():
            same = isinstance(came, tuple | list) and len(came) == len(expected)
            return same and all(map(fits, came, expected))
        case dict():
            same = isinstance(came, dict) and came.keys() == expected.keys()
            return same and all(fits(came[key], expected[key]) for key in expected)
    return {name for name in dir(expected) if name[0] != "_"} <= set(dir(came))
