"""Numbers chosen to fit what came: another constant, a factor or a term that is too many.

A number that is told is a short one, as people write it: it is no witness of its own, but it is no chance.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..differences.relations import CONSTANTS
from ..differences.scope import Scope, number
from ..differences.values import is_value
from ..sources.edits import nodes_of
from ..sources.inplace import InPlace
from ..sources.markers import Region
from .evidence import same
from .trying import Trial

STEP = 1e-3  # of a number, to see what depends on it
STEPS = 6  # of a search for one
CLOSE = 1e-5  # of a number, within which a short one is tried in its place
SHORT = 3  # digits
Target = tuple[str, InPlace, Sequence[Region], Scope]


@dataclass(frozen=True)
class Form:
    """A part of a formula with a number in it: what is written, the number that is right, what is said."""

    node: ast.AST
    written: str  # with {} for the number
    right: float
    says: str  # with {} for the number


def fits(targets: Iterable[Target], trial: Trial, over: Callable[[], bool]) -> str:
    """Return what number stands where another belongs, so that all calls give what came; "" if none does."""
    if (due := flat(trial.by.outcome)) is None:
        return ""
    for name, function, found, scope in targets:
        for form in _forms(found, scope):
            if over():
                return ""
            value = _chosen(form, function, trial, due)
            if value is not None and _gives(form, function, trial, value):
                return f"{form.says.format(CONSTANTS.get(value, f'{value:g}'))}, in `{name}`."
    return ""


def _forms(found: Sequence[Region], scope: Scope) -> Iterator[Form]:
    several = [pair for region in found for pair in nodes_of(region)]
    for node, _ in several:
        if (value := number(node)) is not None:
            yield Form(node, "{}", value, f"{{}} stands where {value:g} belongs")
    for node, parent in sorted(several, key=lambda pair: getattr(pair[0], "id", "") not in scope.arguments):
        if is_value(node, parent, scope) and not isinstance(node, ast.Attribute):
            this, it = scope.this(node), ast.unparse(node).replace("{", "{{").replace("}", "}}")
            yield Form(node, f"({{}} * ({it}))", 1.0, f"{this} is multiplied by {{}}")
            yield Form(node, f"(({it}) + {{}})", 0.0, f"{{}} is added to {this}")


def _chosen(form: Form, function: InPlace, trial: Trial, due: Tensor) -> float | None:
    """Return the short number near that with which a call gives what came, by a few secant steps."""
    at, value = form.right, _values(form, function, trial, form.right)
    there = at + STEP * (abs(at) or 1.0)
    for _ in range(STEPS):
        moved = _values(form, function, trial, there)
        if value is None or moved is None or value.shape != due.shape or moved.shape != due.shape:
            return None
        slope = (moved - value) / (there - at)
        power = (slope * slope).sum().item()
        if not power or not math.isfinite(power):
            return None
        at, value = there, moved
        there = at + ((due - value) * slope).sum().item() / power
        if not math.isfinite(there) or there == at:
            return None
        near = min((float(f"{there:.{SHORT}g}"), *CONSTANTS), key=lambda one: abs(one - there))
        if abs(near - there) <= CLOSE * max(abs(there), abs(form.right)) and near != form.right:
            return near
    return None


def _values(form: Form, function: InPlace, trial: Trial, value: float) -> Tensor | None:
    with function.changed([(form.node, form.written.format(repr(value)))]) as possible:
        return flat(trial.again(trial.by)) if possible else None


def _gives(form: Form, function: InPlace, trial: Trial, value: float) -> bool:
    """Say whether a number gives what came in all calls, and numbers near it do not."""
    near = value * (1 + STEP)
    with function.changed([(form.node, form.written.format(repr(near)))]) as possible:
        if possible and same(trial.by.outcome, trial.again(trial.by)):
            return False
    written = repr(int(value)) if value == int(value) else repr(value)
    for text in dict.fromkeys([written, repr(value)]):
        with function.changed([(form.node, form.written.format(text))]) as possible:
            if possible and trial.gives():
                return True
    return False


def flat(value: Any) -> Tensor | None:
    """Return all numbers in what a call gave, in a row; None where there is none, or not all are finite."""
    parts = [one.flatten() for one in numbers_of(value)]
    whole = torch.cat(parts) if parts else None
    return whole if whole is not None and whole.isfinite().all() else None


def numbers_of(value: Any) -> Iterator[Tensor]:
    """Yield each tensor or number in what a call gave."""
    if isinstance(value, Tensor):
        plain = torch.view_as_real(value.resolve_conj()) if value.is_complex() else value
        yield plain.detach().double()
    elif isinstance(value, int | float):
        yield torch.tensor(float(value), dtype=torch.float64)
    elif isinstance(value, dict | tuple | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers_of(one)
