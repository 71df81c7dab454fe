"""What a part of a function must be so that a call gives what came, by Newton's method."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ..calls.undertest import Call
from ..sources.inplace import InPlace
from .fitted import numbers_of
from .trying import Trial

LARGE = 2000  # values of a part that is solved for
DENSE = 12  # values of one that need not act each on its own place
ROUNDS = 7
STEP = 1e-4  # by which a value is moved to see what follows
SOLVED, EXACT = 1e-7, 1e-12  # of the largest result: what may be left, and what leaves nothing to do
TOLD, FINE = 1e-5, 2e6  # of it, and of what is left, that a value must account for
Gives = Callable[[Tensor], Tensor | None]


def telling(trial: Trial, call: Call) -> int | None:
    """Return which part of what a call gives is to be explained: the first that is not the reference's."""
    came, due = (list(numbers_of(one)) for one in (call.outcome, trial.again(call)))
    for place, (a, b) in enumerate(zip(came, due, strict=False)):
        if a.shape == b.shape and a.isfinite().all() and not torch.allclose(a, b, rtol=1e-6, atol=0):
            return place
    return None


def solved(
    node: ast.expr, value: Any, function: InPlace, trial: Trial, call: Call, place: int
) -> Tensor | None:
    """Return what a part must be so that one thing that the call gives is as it came; None: nothing."""
    start = torch.as_tensor(value, dtype=torch.float64).contiguous()
    now, due = [start], list(numbers_of(call.outcome))[place]

    def stand_in(given: Any) -> Any:
        if not isinstance(given, Tensor):
            return now[0].item()
        there = now[0].to(given).reshape(given.shape)
        return given + (there - given).detach() if given.requires_grad else there.clone()

    def gives(x: Tensor) -> Tensor | None:
        now[0] = x
        several = list(numbers_of(trial.again(call)))
        result = several[place] if place < len(several) else None
        return (
            result if result is not None and result.shape == due.shape and result.isfinite().all() else None
        )

    function.names["_stand_in"] = stand_in
    with function.changed([(node, ast.Call(ast.Name("_stand_in", ast.Load()), [node], []))]) as possible:
        return _newton(gives, start, due) if possible else None


def _newton(gives: Gives, x: Tensor, due: Tensor) -> Tensor | None:
    """Return what gives what is due, NaN where that says too little of it."""
    scale, left = due.abs().max().item() or 1.0, math.inf
    best: Tensor | None = None
    for _ in range(ROUNDS):
        if (result := gives(x)) is None:
            return best
        was, left = left, (due - result).abs().max().item()
        if left > 0.5 * was or (found := _step(gives, x, result, due - result)) is None:
            return best
        step, slope = found
        if left <= SOLVED * scale:
            told = slope * x.abs() > max(TOLD * scale, left * FINE)
            best = torch.where(told, x, torch.nan)
            if left <= EXACT * scale:
                return best
        x = x + step
    return best


def _step(gives: Gives, x: Tensor, result: Tensor, apart: Tensor) -> tuple[Tensor, Tensor] | None:
    """Return by how much to move a value, and how steeply results follow it; None where many would do."""
    if x.numel() > result.numel():
        return None
    move = STEP * (x.abs() + (0.1 * x.abs().max().item() or 1.0))
    if x.numel() > DENSE:
        return _apart(gives, x, move, result, apart)
    slopes = []
    for place in range(x.numel()):
        moved = x.clone()
        moved.view(-1)[place] += move.view(-1)[place]
        if (there := gives(moved)) is None or (x.numel() == 1 and torch.equal(there, result)):
            return None
        slopes.append((there - result).flatten() / move.view(-1)[place])
    all_of = torch.stack(slopes, 1)
    found: Tensor = torch.linalg.lstsq(all_of, apart.flatten(), driver="gelsd").solution
    return found.reshape(x.shape), all_of.abs().amax(0).reshape(x.shape)


def _apart(
    gives: Gives, x: Tensor, move: Tensor, result: Tensor, apart: Tensor
) -> tuple[Tensor, Tensor] | None:
    """Return a step for values of which each acts on results of its own, as many for each."""
    n = x.numel()
    if result.numel() % n or (there := gives(x + move)) is None or torch.equal(there, result):
        return None

    def step(wide: Sequence[int], narrow: Sequence[int]) -> tuple[Tensor, Tensor]:
        slope = (there - result).reshape(wide) / move.reshape(narrow)
        power = (slope * slope).sum_to_size(narrow)
        best = (slope * apart.reshape(wide)).sum_to_size(narrow) / power
        return best.nan_to_num(0.0, 0.0, 0.0).reshape(x.shape), power.sqrt().reshape(x.shape)

    def remains(one: tuple[Tensor, Tensor]) -> float:
        after = gives(x + one[0])
        return math.inf if after is None else (after - result - apart).abs().max().item()

    # results of one value stand where it is broadcast to, or together, or one in each part
    forms: list[tuple[Sequence[int], Sequence[int]]] = (
        [(result.shape, x.shape)] if _spreads(x.shape, result.shape) else []
    )
    if result.numel() > n:
        forms += [((n, -1), (n, 1)), ((-1, n), (1, n))]
    steps = [step(*form) for form in forms]
    return min(steps, key=remains) if steps[1:] else steps[0] if steps else None


def _spreads(narrow: Sequence[int], wide: Sequence[int]) -> bool:
    pairs = zip(reversed(narrow), reversed(wide), strict=False)
    return len(narrow) <= len(wide) and all(a in (1, b) for a, b in pairs)
