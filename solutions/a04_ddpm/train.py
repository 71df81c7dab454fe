"""Training: one step, the average of the weights, and the loop, which is a generator.

The loop hands every step to its caller, who draws curves, averages weights or stops early.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .forward import q_sample
from .loss import simple_loss


@dataclass(frozen=True)
class Record:
    """What one training step tells its caller."""

    step: int  #    number of steps so far, this one included: the first is 1
    loss: float  #  of this step's batch, before its update


def train_step(
    model: nn.Module,  # called with (x_t, t), gives a prediction in the shape of x_t
    optimizer: torch.optim.Optimizer,
    x0: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    eps: Float[Tensor, "b *dims"],
    alpha_bar: Float[Tensor, " T"],
    form: str = "eps",  #                             what the model predicts
    weight: Float[Tensor, " T"] | None = None,  #  of each step's loss; None: 1
) -> float:
    """Move the model one step down the gradient of its weighted mean loss, and return that loss.

    Ho et al. 2020, Algorithm 1. The model is put into training mode, and left in it. Gradients that were
    there before do not count.
    """
    # BEGIN SOLUTION
    # The weighted mean of the losses of a batch.
    model.train()
    prediction = model(q_sample(x0, t, eps, alpha_bar), t)
    losses = simple_loss(prediction, x0, eps, t, alpha_bar, form)
    loss = losses.mean() if weight is None else (weight[t] * losses).mean()
    # One step down its gradient.
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    # END SOLUTION


def ema_update(average: nn.Module, model: nn.Module, decay: float = 0.999) -> None:
    """Move the weights of `average` towards those of `model`: decay times the old ones, plus the rest.

    Buffers (running statistics, counters) are copied. `model` is not changed, and no gradient is recorded.
    """
    # BEGIN SOLUTION
    weights, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    with torch.no_grad():
        for name, weight in average.named_parameters():
            weight.lerp_(weights[name], 1 - decay)
        for name, buffer in average.named_buffers():
            buffer.copy_(buffers[name])
    # END SOLUTION


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Iterable[Float[Tensor, "b *dims"]],  # clean images
    alpha_bar: Float[Tensor, " T"],
    generator: torch.Generator,  # where all steps and noise come from
    form: str = "eps",
    weight: Float[Tensor, " T"] | None = None,
) -> Iterator[Record]:
    """Train on one batch after another, and yield a record after each step.

    Each image gets its own step, each of 0..T-1 equally likely, and its own standard normal noise of its
    shape. `batches` is gone through once. Nothing happens before the next record is asked for.
    """
    # BEGIN SOLUTION
    for number, x0 in enumerate(batches, start=1):
        t = torch.randint(len(alpha_bar), (len(x0),), generator=generator, device=x0.device)
        eps = torch.randn(x0.shape, generator=generator, dtype=x0.dtype, device=x0.device)
        yield Record(number, train_step(model, optimizer, x0, t, eps, alpha_bar, form, weight))
    # END SOLUTION
