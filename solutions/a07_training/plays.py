"""What the checks run beside your code: calls of your functions, and what they leave behind.

Each play returns its evidence as data: results, gradients, weights, and the arguments as they are afterwards.
"""

from typing import Any

import torch
from torch import Tensor, nn


def returned(value: Any, function: str) -> Any:
    """Return what `function` returned; None would only be met later, and named by nobody."""
    if value is None:
        raise TypeError(f"{function} returned None. Is the `return` missing?")
    return value


class Once:
    """Things that can be gone through only once, as those of a generator."""

    def __init__(self, things: list[Any]) -> None:
        self._left = iter(things)

    def __iter__(self) -> "Once":
        return self

    def __next__(self) -> Any:
        return next(self._left)

    def __bool__(self) -> bool:
        return True


def parameters_with(gradients: list[Tensor | None]) -> list[nn.Parameter]:
    """Return a parameter of ones for each gradient; None: one of two values that has no gradient."""
    made: list[nn.Parameter] = []
    for g in gradients:
        made.append(nn.Parameter(torch.ones(2) if g is None else torch.ones_like(g)))
        made[-1].grad = g
    return made


# -------------------- 1.2 adamw
def adamw_steps(
    code: Any,
    theta: Tensor,
    gradients: list[Tensor],
    m: Tensor,
    v: Tensor,
    settings: dict[str, Any],
    first: int = 1,
) -> dict[str, Any]:
    """Return weight, m and v after each of some steps in a row, and the arguments afterwards."""
    at, seen = (theta, m, v), []
    for step, g in enumerate(gradients, start=first):
        before, weight, m_before, v_before = g.clone(), *at
        at = tuple(
            returned(code.optim.adamw_step(weight, g, m_before, v_before, step, **settings), "adamw_step")
        )
        seen.append({"theta": at[0], "m": at[1], "v": at[2], "g left alone": torch.equal(before, g)})
    return {"steps": seen, "arguments": [theta, m, v]}


class Mixed(nn.Module):
    """Weights of many kinds: one tied, one frozen, one without axes."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.norm = nn.LayerNorm(4)
        self.conv = nn.Conv2d(1, 2, 3)
        self.head = nn.Linear(4, 7)
        self.head.weight = self.embedding.weight
        self.frozen = nn.Linear(2, 2)
        self.frozen.weight.requires_grad_(False)
        self.gain = nn.Parameter(torch.ones(()))


def groups_of_mixed(code: Any, decay: float) -> dict[str, Any]:
    """Return the groups of a model of many kinds of weights, as places in `model.parameters()`."""
    return _groups(code, Mixed(), decay)


def groups_of_shapes(code: Any, shapes: list[list[int]], frozen: list[int], decay: float) -> dict[str, Any]:
    """Return the groups of parameters with these shapes, some of them frozen."""
    listed = nn.ParameterList([nn.Parameter(torch.zeros(shape)) for shape in shapes])
    for place in frozen:
        listed[place].requires_grad_(False)
    return _groups(code, listed, decay)


def _groups(code: Any, model: nn.Module, decay: float) -> dict[str, Any]:
    groups = returned(code.optim.decay_groups(model, decay), "decay_groups")
    places = {id(parameter): place for place, parameter in enumerate(model.parameters())}
    found = [[places.get(id(p), -1) for p in group["params"]] for group in groups]
    if any(found):  # torch refuses a parameter that is there twice
        torch.optim.AdamW([group for group in groups if group["params"]])
    return {"places": found, "decays": [float(group["weight_decay"]) for group in groups]}


# -------------------- 1.3 clip_by_norm
def clip(code: Any, gradients: list[Tensor | None], max_norm: float, lazy: bool = False) -> dict[str, Any]:
    """Return the norm and the gradients afterwards; with `lazy` the parameters come from an iterator."""
    parameters = parameters_with(gradients)
    norm = returned(
        code.clip.clip_by_norm(Once(parameters) if lazy else parameters, max_norm), "clip_by_norm"
    )
    return {"norm": norm, "gradients": [p.grad for p in parameters]}


# -------------------- 2.1 LossScaler
def unscale(code: Any, scale: float, gradients: list[Tensor]) -> dict[str, Any]:
    """Return the gradients without the scale, whether all are finite, and what came in, afterwards."""
    scaler = code.precision.LossScaler(scale)
    unscaled, finite = returned(scaler.unscale(gradients), "unscale")
    return {"unscaled": unscaled, "finite": finite, "scale": scaler.scale, "arguments": gradients}


def scales(code: Any, settings: dict[str, Any], flags: list[bool]) -> dict[str, Any]:
    """Return the scale and the count of good steps after each update."""
    scaler = code.precision.LossScaler(**settings)
    seen: list[tuple[float, int]] = []
    for finite in flags:
        scaler.update(finite)
        seen.append((float(scaler.scale), int(scaler.good)))
    return {"scales": [scale for scale, _ in seen], "good": [good for _, good in seen]}


def scaled_steps(
    code: Any,
    settings: dict[str, Any],
    gradients: list[list[Tensor]],
    max_norm: float,
    adam: bool = False,
    lazy: bool = False,
) -> dict[str, Any]:
    """Return weights, scale and verdict after each step; the gradients that come are scaled ones.

    A third parameter has no gradient. SGD has rate 1 and a momentum of 0.5, AdamW a rate of 0.1.
    """
    scaler = code.precision.LossScaler(**settings)
    weights = [nn.Parameter(torch.ones_like(g)) for g in gradients[0]] + [nn.Parameter(torch.ones(2))]
    sgd, adamw = torch.optim.SGD(weights, lr=1.0, momentum=0.5), torch.optim.AdamW(weights, lr=0.1)
    optimizer = adamw if adam else sgd
    seen: list[dict[str, Any]] = []
    for step in gradients:
        for weight, g in zip(weights, step, strict=False):
            weight.grad = g.clone()
        given = Once(list(weights)) if lazy else weights
        made = returned(scaler.scaled_step(optimizer, given, max_norm), "scaled_step")
        now = [weight.detach().clone() for weight in weights]
        moments = [
            value.clone() for one in optimizer.state.values() for value in one.values() if value is not None
        ]
        seen.append({"made": made, "weights": now, "scale": float(scaler.scale), "state": moments})
    return {"steps": seen}
