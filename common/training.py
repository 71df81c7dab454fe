"""A training loop that is a generator: it hands every step to the caller, who decides what else happens.

    for step in train(model, batches, loss, optimiser, steps=1000):
        losses.append(step.loss)                 # plot, stop early, sample, save: all of it is the caller's

The loop knows nothing about diffusion. `loss(model, batch)` draws its own noise and times; a moving average
of the weights, a learning-rate schedule or a log come in as `after_step`, functions called after each update.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from tqdm import tqdm  # type: ignore[import-untyped]  # its type stubs are a package of their own

Batch = TypeVar("Batch")
Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class Step:
    """One update of the weights."""

    step: int  # how many updates there have been, this one included: the first is 1
    loss: float  # of this batch, before the update
    gradient_norm: float  # of all parameters together, before clipping
    seconds: float  # since the loop began


def train(
    model: Model,
    batches: Iterable[Batch],
    loss: Callable[[Model, Batch], Tensor],
    optimiser: torch.optim.Optimizer,
    steps: int,
    *,
    start: int = 0,  # updates already done, when training continues from a checkpoint
    clip_norm: float = math.inf,  # gradients longer than this are shortened to it; inf: never
    after_step: Iterable[Callable[[Step], object]] = (),
    progress: bool = False,  # show a progress bar on stderr
) -> Iterator[Step]:
    """Train until there have been `steps` updates, those before `start` included; yield a record of each.

    Training happens only as the records are asked for: `list(train(...))` runs to the end. The model is put
    in training mode before each step, so the caller may use it in evaluation mode in between. A ValueError
    says when the batches have run out, a FloatingPointError when the loss is no longer finite; the weights
    are then those of the step before.
    """
    hooks, began, supply = tuple(after_step), time.perf_counter(), iter(batches)
    with tqdm(total=steps, initial=start, disable=not progress, desc="training", unit="step") as bar:
        for number in range(start + 1, steps + 1):
            batch = _next(supply, number, steps)
            model.train()
            value = loss(model, batch)
            gradient_norm = _update(optimiser, value, clip_norm, number)
            step = Step(number, value.item(), gradient_norm, time.perf_counter() - began)
            for hook in hooks:
                hook(step)
            bar.set_postfix(loss=f"{step.loss:.4f}", refresh=False)
            bar.update()
            yield step


def minibatches(*data: Tensor, size: int, seed: int = 0, start: int = 0) -> Iterator[tuple[Tensor, ...]]:
    """Yield shuffled batches of rows, the same rows of each tensor, for ever.

    Each epoch has its own order, given by the seed, and drops the last rows that fill no batch. The batch for
    step s depends on nothing that came before: with `start` = s the batches after s updates follow.
    """
    rows = len(data[0])
    if any(len(tensor) != rows for tensor in data) or not 0 < size <= rows:
        raise ValueError(
            f"cannot draw batches of {size} from tensors of {[len(tensor) for tensor in data]} rows"
        )
    epoch, first = divmod(start, rows // size)
    while True:
        order = torch.randperm(rows, generator=torch.Generator().manual_seed(1_000_003 * seed + epoch))
        for chosen in order[: rows // size * size].reshape(-1, size)[first:]:
            yield tuple(tensor[chosen.to(tensor.device)] for tensor in data)
        epoch, first = epoch + 1, 0


def _next(supply: Iterator[Batch], number: int, steps: int) -> Batch:
    try:
        return next(supply)
    except StopIteration:
        message = f"the batches ran out before step {number} of {steps}; `minibatches` gives them without end"
        raise ValueError(message) from None


def _update(optimiser: torch.optim.Optimizer, loss: Tensor, clip_norm: float, number: int) -> float:
    """Move the weights one step down the gradient and return its norm before clipping."""
    if not bool(loss.isfinite()):
        raise FloatingPointError(f"the loss of step {number} is {loss.item()}: try a smaller learning rate")
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    norm = nn.utils.clip_grad_norm_(weights, clip_norm)
    optimiser.step()
    return norm.item()
