"""Finds the short expression that stands where another value belongs.

What a part of the reference must be so that it gives what came is solved for in a few calls; then it is
looked for among the expressions of all that is at hand there; and what is found must give what came in
every call of the task.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..calls.undertest import Call
from ..differences.made import Array, Made, Part, made, scaled
from ..differences.scope import Scope
from ..differences.steps import Puts
from ..differences.values import is_value
from ..differences.worded import in_words, instead
from ..sources.edits import nodes_of
from ..sources.inplace import InPlace
from ..sources.markers import Region
from .rivals import Slip, agree
from .solved import LARGE, solved, telling
from .trying import Trial

PLACES = 12  # of a value, in which expressions are compared
FEW = 4  # places, with which another call is solved, too
RIVALS = 5  # expressions that must be the same as the one that is told
CALLS = 3  # in which a value is solved for, at most
SURE, EACH = 4.0, 3.0  # digits that must differ, and more for each part of an expression
NAMELESS = re.compile(r"^\W*$| [-+*/] [(-]*\.\.\.|\.\.\.\)* [-+*/] |\.\.\.\)*\.")  # says too little
Target = tuple[str, InPlace, Sequence[Region], Scope]
Seen = list[tuple[ast.expr, Any]]  # parts of an answer, and what they are in a call


def replaced(targets: Sequence[Target], trial: Trial, over: Callable[[], bool]) -> str:
    """Return which short expression stands where another value belongs; "" if none gives what came.

    Raises Doubt where several do that are not the same.
    """
    calls = [trial.by, *(one for one in trial.calls if one is not trial.by and one.target == trial.by.target)]
    places = [(call, place) for call in calls[:8] if (place := telling(trial, call)) is not None][:CALLS]
    longest = (trial.digits - SURE) / EACH
    for name, function, found, scope in targets:
        seen = [_seen(function, found, scope, trial, call) for call, _ in places]
        fitting: list[tuple[int, int, str, Slip]] = []
        for node, _ in seen[0] if seen else []:
            if over():
                break
            if _again(node, function.node, seen[0]):
                continue
            for weight, code, says in _made(node, seen, places, function, scope, trial):
                if weight > min([longest, *(one[0] + 1 for one in fitting)]):
                    break
                puts: Puts = [(node, code)]
                with function.changed(puts) as possible:
                    if possible and trial.gives():
                        fitting.append((weight, len(ast.unparse(node)), says, (function, puts)))
                        break
        if fitting:
            best, *rivals = sorted(fitting, key=lambda one: one[:2])
            for one in rivals[:RIVALS]:
                agree(best[3], one[3], trial)
            return f"{best[2]}, in `{name}`."
    return ""


def _seen(function: InPlace, found: Sequence[Region], scope: Scope, trial: Trial, call: Call) -> Seen:
    """Return the numbers that the parts of the answers are in one call, of those that are computed once."""
    nodes = [
        node
        for region in found
        for node, parent in nodes_of(region)
        if is_value(node, parent, scope) and isinstance(node, ast.expr)
    ]
    values: dict[int, list[Any]] = {}

    def see(place: int, value: Any) -> Any:
        values.setdefault(place, []).append(value.detach().clone() if isinstance(value, Tensor) else value)
        return value

    function.names["_see"], function.names["_made"] = see, Made()
    puts = [
        (node, ast.Call(ast.Name("_see", ast.Load()), [ast.Constant(place), node], []))
        for place, node in enumerate(nodes)
    ]
    with function.changed(puts) as possible:
        if possible:
            trial.again(call)
    return [
        (nodes[at], several[0]) for at, several in values.items() if several[1:] == [] and _counts(several[0])
    ]


def _again(node: ast.expr, function: ast.AST, seen: Seen) -> bool:
    """Say whether a part is a name that is read once: the value that it stands for is looked at already."""
    names = [one for one in ast.walk(function) if isinstance(one, ast.Name)]
    if not isinstance(node, ast.Name) or sum(one.id == node.id for one in names) != 2:
        return False
    stored = (one for one in ast.walk(function) if isinstance(one, ast.Assign))
    made = [one.value for one in stored if ast.unparse(one.targets[0]) == node.id]
    return any(one is value for one, _ in seen for value in made)


def _counts(value: Any) -> bool:
    if isinstance(value, Tensor):
        if torch._C._functorch.is_functorch_wrapped_tensor(value):  # what vmap or grad shows a function
            return False
        return value.dtype.is_floating_point and 0 < value.numel() <= LARGE
    return isinstance(value, int | float) and not isinstance(value, bool)


def _made(
    node: ast.expr,
    seen: Sequence[Seen],
    places: Sequence[tuple[Call, int]],
    function: InPlace,
    scope: Scope,
    trial: Trial,
) -> Iterator[tuple[int, str, str]]:
    """Yield what a part may be made of, by one call, or by several where one tells little.

    Each is the weight of an expression, its code and its sentence, light ones first.
    """
    wanted: list[Array] = []
    was: list[Array] = []
    several: list[dict[str, Part]] = []
    for (call, place), known in zip(places, seen, strict=True):
        value = next((value for one, value in known if one is node), None)
        want = None if value is None else solved(node, value, function, trial, call, place)
        if want is not None:
            others = [
                (one, value)
                for one, value in known
                if not (one is not node and any(it is node for it in ast.walk(one)))
            ]
            at, parts = _in_places(want, others, scope, function.node)
            wanted.append(at)
            was.append(_in_places(want, [(node, value)], scope, function.node)[1][ast.unparse(node)].at)
            several.append(parts)
        if not wanted or len({f"{x:.6g}" for one in wanted for x in one}) > FEW:
            break
    if not wanted:
        return
    due, code = np.concatenate(wanted), ast.unparse(node)
    for form, says in scaled(due, np.concatenate(was)):
        this = scope.this(node)
        yield 1 if this.startswith("`") else 2, form.format(code), says.format(this)
    joined = [
        Part(part.code, part.words, np.concatenate([parts[code].at for parts in several]), part.size)
        for code, part in several[0].items()
        if all(code in parts for parts in several)
    ]
    for part in made(due, joined):
        if "..." not in part.words or not NAMELESS.search(part.words):
            yield part.size + part.words.count("..."), part.code, instead(part.words, node, scope)


def _in_places(want: Tensor, others: Seen, scope: Scope, function: ast.AST) -> tuple[Array, dict[str, Part]]:
    """Return what is wanted in a few places, and what other values are there."""
    chosen = sorted(random.Random(0).sample(range(want.numel()), min(want.numel(), PLACES)))
    parts: dict[str, Part] = {}
    for node, value in others:
        code, words = ast.unparse(node), in_words(node, function, scope)
        for form, size, it in _shapes(torch.as_tensor(value, dtype=torch.float64)):
            try:
                at = it.expand(want.shape).reshape(-1)[chosen].numpy()
            except RuntimeError:
                continue
            parts.setdefault(form.format(code), Part(form.format(code), form.format(words), at, size))
    return want.reshape(-1)[chosen].numpy(), parts


def _shapes(value: Tensor) -> Iterator[tuple[str, int, Tensor]]:
    """Yield a value, and what is made of it with other dimensions; each with the parts that it counts for."""
    yield "{}", 1, value
    if value.ndim:
        yield "({})[:, None]", 1, value[:, None]
        yield "({}).mean()", 3, value.mean()
        yield "({}).sum()", 3, value.sum()
        yield "({}).mean(0)", 3, value.mean(0)
        yield "({}).mean(-1, keepdim=True)", 3, value.mean(-1, keepdim=True)
        yield "({}).sum(-1, keepdim=True)", 3, value.sum(-1, keepdim=True)
        yield "({}).flip(0)", 2, value.flip(0)
    if value.ndim > 1:
        yield "({}).mT", 2, value.mT
        yield "({}).diagonal(0, -2, -1)", 2, value.diagonal(0, -2, -1)
