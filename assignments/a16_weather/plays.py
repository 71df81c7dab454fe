"""What the checks run beside your code: networks with given weights, and models that remember."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Weights = dict[str, Tensor]


def calling(code: Any, file: str, function: str, args: list[Any]) -> dict[str, Any]:
    """Return what a function gives, and its arguments after that."""
    return {"value": getattr(getattr(code, file), function)(*args), "arguments": args}


# -------------------- 2 GraphCast
def interaction(code: Any, weights: Weights, args: list[Tensor]) -> dict[str, Any]:
    """Return both results of one round of messages with these weights."""
    network = code.graph.InteractionNetwork(args[1].shape[1]).to(args[1].dtype)
    network.load_state_dict(weights)
    nodes, edges = network(*args)
    return {"nodes": nodes.detach(), "edges": edges.detach(), "arguments": args}


def graphcast(
    code: Any, weights: Weights, sizes: list[int], globe: list[Tensor], previous: Tensor, now: Tensor,
    derived: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return the next state by a GraphCast with these weights, or also its derivative by each point now."""
    network = code.graph.GraphCast(*sizes, *globe).to(now.dtype)
    network.load_state_dict(weights)
    now.requires_grad_()
    after = network(previous, now)
    reach = torch.zeros(len(now), len(now), dtype=torch.float64)
    for i in range(len(now) if derived and after.requires_grad else 0):
        slope = torch.autograd.grad(after[i].sum(), now, retain_graph=True)[0]
        reach[i] = slope.abs().sum(dim=1)
    return {"after": after.detach(), "reach": reach, "arguments": [previous, now.detach()]}


# -------------------- 3 and 5 chains of models
class Adds:
    """Models that add a number to a state, or a multiple of it, and write down what they were given."""

    def __init__(self) -> None:
        self.calls: list[list[float]] = []

    def hourly(self, lead: int, number: float) -> Callable[[Tensor], Tensor]:
        """Return a model of one state: 2 x + number."""

        def model(x: Tensor) -> Tensor:
            self.calls.append([lead, x.flatten()[0].item()])
            return 2 * x + number

        return model

    def paired(self, which: int, slopes: list[float]) -> Callable[[Tensor, Tensor], Tensor]:
        """Return a model of two states: a before + b now + c."""

        def model(before: Tensor, now: Tensor) -> Tensor:
            self.calls.append([which, before.flatten()[0].item(), now.flatten()[0].item()])
            return slopes[0] * before + slopes[1] * now + slopes[2]

        return model


def hourly_forecasts(code: Any, x: Tensor, numbers: list[tuple[int, float]], hours: int) -> dict[str, Any]:
    """Return hourly forecasts by models that make 2 x + number, and (lead, given value) of each call."""
    record = Adds()
    models = {lead: record.hourly(lead, number) for lead, number in numbers}
    states = code.rollout.hourly_forecasts(x, models, hours)
    return {"states": list(states), "calls": record.calls, "arguments": [x]}


def cascade(
    code: Any, slopes: list[list[float]], steps: list[int], before: Tensor, now: Tensor
) -> dict[str, Any]:
    """Return a chain of models that make a before + b now + c, and what each call was given."""
    record = Adds()
    models = [record.paired(i, one) for i, one in enumerate(slopes)]
    states = code.rollout.cascade(models, steps, before, now)
    return {"states": list(states), "calls": record.calls, "arguments": [before, now]}


# -------------------- 4 NowcastNet
def with_gradients(
    code: Any, file: str, function: str, args: list[Any], of: list[int], weights: list[Tensor]
) -> dict[str, Any]:
    """Return a function's results, and the gradients of sum(weights * results) by some arguments."""
    given = [arg.clone().requires_grad_() if i in of else arg for i, arg in enumerate(args)]
    result = getattr(getattr(code, file), function)(*given)
    results = list(result) if isinstance(result, tuple) else [result]
    gradients: list[Tensor | None] = [None] * len(of)
    if any(one.requires_grad for one in results):
        total = sum((w * one).sum() for w, one in zip(weights, results, strict=True) if one.requires_grad)
        gradients = list(torch.autograd.grad(total, [given[i] for i in of], allow_unused=True))
    arguments = [one.detach() if isinstance(one, Tensor) else one for one in given]
    return {
        "results": [one.detach() for one in results],
        "gradients": [
            torch.zeros_like(args[i]) if g is None else g for i, g in zip(of, gradients, strict=True)
        ],
        "arguments": arguments,
    }


# -------------------- 6 GenCast
class Clean(nn.Module):
    """The exact denoiser of N(mean, std²), where mean is told from two states; it remembers its levels.

    mean = offset + a now + b before. With `curved`, tanh of the answer, which no linear step undoes.
    """

    def __init__(self, numbers: list[float], curved: bool = False) -> None:
        super().__init__()
        self.offset, self.a, self.b, self.std = numbers
        self.curved = curved
        self.levels: list[Tensor] = []

    def forward(self, y: Tensor, sigma: Tensor, before: Tensor, now: Tensor) -> Tensor:
        """Return the expected change."""
        if sigma.shape != y.shape[:1] or not bool((sigma > 0).all()):
            raise ValueError(f"the denoiser got noise levels {sigma.tolist()} for {len(y)} fields")
        self.levels.append(sigma.detach().clone())
        level = sigma.to(y.dtype)[:, None, None, None]
        mean = self.offset + self.a * now + self.b * before
        clean = mean + self.std**2 / (self.std**2 + level.square()) * (y - mean)
        return clean.tanh() if self.curved else clean


def gencast_loss(code: Any, numbers: list[float], args: list[Tensor], curved: bool = False) -> dict[str, Any]:
    """Return the loss of an exact denoiser on (before, now, after, sigma, noise, change_std, weights)."""
    denoiser = Clean(numbers, curved)
    loss = code.gencast.gencast_loss(denoiser, *args)
    return {"loss": loss, "levels": denoiser.levels, "arguments": args}


def sample_change(code: Any, numbers: list[float], args: list[Any], curved: bool = False) -> dict[str, Any]:
    """Sample with an exact denoiser of N(offset, std²); return the levels that it was asked at."""
    denoiser = Clean(numbers, curved)
    zero = torch.zeros_like(args[0])

    def clean(y: Tensor, sigma: Tensor) -> Tensor:
        return denoiser(y, sigma, zero, zero)

    change = code.gencast.sample_change(clean, *args)
    levels = torch.stack([one.double() for one in denoiser.levels])
    return {"change": change, "levels": levels, "arguments": args}


def ensemble_forecast(code: Any, numbers: list[float], args: list[Tensor]) -> dict[str, Any]:
    """Forecast with an exact denoiser that is told both states."""
    denoiser = Clean(numbers)
    states = code.gencast.ensemble_forecast(denoiser, *args)
    return {"states": states, "calls": len(denoiser.levels), "arguments": args}


# -------------------- what costs are compared with
def sorted_members(code: Any, ensemble: Tensor, truth: Tensor) -> Tensor:
    """Sort the members at each place."""
    return ensemble.double().sort(dim=0).values


def looked_up(code: Any, x: Tensor, motion: Tensor) -> Tensor:
    """Look a field up, bilinearly, at places that are moved a little."""
    places = motion.movedim(1, 3) / math.prod(x.shape[2:])
    return F.grid_sample(x, places, padding_mode="border", align_corners=True)
