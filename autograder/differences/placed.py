"""Says what is wrong with a part of a student's code, of which the right value is known."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from ..sources.parts import Part
from ..text import one_line
from .describe import describe

CLOSE = 1e-5  # of the largest value: what differs by less is called right
FEW = 6  # parts of a tuple that are told
LETTERS, SHORT = 70, 12  # of a part that is quoted, and of one that is quoted with what it stands in
LATER = "Its first value is right: what makes the next one is not."
Pair = tuple[list[Any], list[Any]]  # a part's values in a call, and those that it should have


def quoted(part: Part) -> str:
    """Return a part as code, a short one with what it stands in."""
    text = ast.unparse(part.node)
    around = next(
        (
            node
            for node in ast.walk(part.function)
            if isinstance(node, ast.expr)
            and not isinstance(node, ast.Slice)
            and any(one is part.node for one in _inside(node))
        ),
        None,
    )
    if len(text) <= SHORT and around and len(whole := ast.unparse(around)) <= LETTERS:
        return f"`{text}` in `{one_line(whole)}`"
    return f"`{one_line(text if len(text) <= LETTERS else text[:LETTERS] + ' ...')}`"


def _inside(node: ast.expr) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield from _inside(child) if isinstance(child, ast.Slice) else [child]


def placed(pairs: Sequence[Pair]) -> str:
    """Return how a part's values differ from the right ones; "" where one of many numbers would be all."""
    several = [(a, b) for mine, right in pairs for a, b in zip(mine, right, strict=True)]
    tensors = [(a, b) for a, b in several if isinstance(a, Tensor) and isinstance(b, Tensor)]
    if tensors and (says := _of_dtype(tensors)):
        return says
    flat = [(_flat(got), _flat(want)) for got, want in several]
    numbers = [(a, b) for a, b in flat if a is not None and b is not None and a.numel()]
    wrong = [(a, b) for a, b in numbers if not _good(a, b).all()]
    if not wrong:
        return ""
    if all(_begins_right(mine, right) for mine, right in pairs):
        return LATER
    arrays = [(a, b) for a, b in several if isinstance(a, Tensor) and a.numel() > 1]
    relations = [_relation(a, b, good) for a, b in arrays if not (good := _good(a, b)).all()]
    alone = any(a.numel() == 1 for a, _ in wrong)
    if relations and relations[0] and len(set(relations)) == 1 and not alone:  # what holds in some is chance
        return relations[0]
    came, due = (torch.cat(one) for one in zip(*numbers, strict=True))
    plain = not any(isinstance(a, Tensor) for a, _ in several)
    says = _relation(came, due, _good(came, due))
    return ("" if arrays and "along" in says else says) or (_number(*wrong[0]) if plain else "")


def _begins_right(mine: Sequence[Any], right: Sequence[Any]) -> bool:
    """Say whether a part was read several times and was right at first, or always."""
    good = [
        a is not None and b is not None and a.shape == b.shape and bool(_good(a, b).all())
        for a, b in zip(map(_flat, mine), map(_flat, right), strict=True)
    ]
    return all(good) or (len(good) > 1 and good[0])


def _of_dtype(pairs: Sequence[tuple[Tensor, Tensor]]) -> str:
    """Tell another dtype where that is all."""
    got, want = next((pair for pair in pairs if pair[0].dtype != pair[1].dtype), pairs[0])
    names = [str(one.dtype).removeprefix("torch.") for one in (got, want)]
    if names[0] != names[1] and all(_good(a, b).all() for a, b in pairs):
        return f"It is {names[0]} where {names[1]} belongs."
    return ""


def _flat(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return None if value.is_complex() else value.flatten().double()
    if isinstance(value, int | float):
        return torch.tensor([value], dtype=torch.float64)
    return None


def _good(got: Tensor, want: Tensor) -> Tensor:
    wide = torch.complex128 if got.is_complex() or want.is_complex() else torch.float64
    a, b = got.to(wide), want.to(wide)
    finite = b[b.isfinite()].abs()
    scale = finite.max().item() if finite.numel() else 0.0
    return torch.isclose(a, b, rtol=CLOSE, atol=CLOSE * scale, equal_nan=True)


def _relation(got: Tensor, want: Tensor, good: Tensor) -> str:
    """Return what `describe` says; not what only an example shows, nor of one dimension among many."""
    says = describe(got, want, good)
    one_of_many = got.ndim > 2 and ("transposed" in says or "along dimension" in says)
    chance = says.startswith(("Perhaps", "Every value", "Only")) or one_of_many
    return "" if chance else says


def _number(got: Tensor, want: Tensor) -> str:
    return f"Once it is {got.item():.6g}, and {want.item():.6g} in a right answer."
