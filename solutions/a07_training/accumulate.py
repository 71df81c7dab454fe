"""Gradients of a batch that is too large for the memory: part by part, and the same to the last digits."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from torch import Tensor, nn

Batch = TypeVar("Batch")


def accumulate(
    model: nn.Module,
    loss: Callable[[nn.Module, Batch], tuple[Tensor, int]],  # sum of the losses, and how many they are
    batches: Iterable[Batch],
) -> float:
    """Leave in `.grad` the gradient of the mean loss over all batches together, and return that mean.

    The mean is (sum of all sums) / (sum of all counts). `batches` is gone through once, and the graph of one
    batch is gone before the next begins. Gradients from before do not count. A batch whose count is 0 adds
    nothing, and its sum may have no graph. Raises ValueError when all counts are 0.
    """
    # BEGIN SOLUTION
    model.zero_grad()
    total, count = 0.0, 0
    for batch in batches:
        losses, n = loss(model, batch)
        if n:
            losses.backward()
        total += losses.item()
        count += n
    if not count:
        raise ValueError("no loss in any batch")
    # Only now is it known by how much to divide.
    for p in model.parameters():
        if p.grad is not None:
            p.grad.div_(count)
    return total / count
    # END SOLUTION
