"""What the checks of many workers run beside your code: one rank, to which comes what the others sent before.

The judge is the network. It asks each rank in turn, and again from the beginning whenever something has come.
Each play returns its evidence as data: what the rank sent so far, and what it ends with.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .plays import Once, returned
from .ranks import Member


class Waiting(BaseException):
    """A rank waits for what has not come yet."""


class Rank:
    """A rank whose neighbours are elsewhere; it notes what it sends."""

    def __init__(self, rank: int, world: int, came: list[Tensor]) -> None:
        self.rank, self.world = rank, world
        self.sent: list[Tensor] = []
        self._came = iter(came)

    def shift(self, x: Tensor) -> Tensor:
        """Send x, and return what came."""
        self.sent.append(x.detach().clone())
        for one in self._came:
            return one
        raise Waiting


def ring(code: Any, x: Tensor, rank: int, world: int, came: list[Tensor]) -> dict[str, Any]:
    """Return the sum that this rank ends with, None while it waits, what it sent, and its x afterwards."""
    me = Rank(rank, world, came)
    try:
        total = returned(code.parallel.ring_all_reduce(x, me), "ring_all_reduce")
    except Waiting:
        total = None
    return {"ended": total is not None, "sum": total, "sent": me.sent, "x": x}


def average(
    code: Any,
    gradients: list[Tensor | None],
    count: int,
    shapes: list[list[int]],
    frozen: list[int],
    dtype: str,
    lazy: bool,
    rank: int,
    world: int,
    came: list[Tensor],
) -> dict[str, Any]:
    """Return this rank's gradients afterwards, and what it gave to `all_sum`; sums over all ranks come.

    Parameters with numbers in `frozen` need no gradient. `refused` tells whether ValueError was raised.
    """
    parameters = [nn.Parameter(torch.ones(shape, dtype=getattr(torch, dtype))) for shape in shapes]
    for place, (parameter, g) in enumerate(zip(parameters, gradients, strict=True)):
        parameter.requires_grad_(place not in frozen)
        parameter.grad = g
    me, ended, refused = Rank(rank, world, came), True, False

    def all_sum(flat: Tensor, _: Member) -> Tensor:
        return me.shift(flat)

    try:
        given = Once(list(parameters)) if lazy else parameters
        code.parallel.average_gradients(given, count, me, all_sum)
    except ValueError:
        refused = True
    except Waiting:
        ended = False
    held = [p.grad for place, p in enumerate(parameters) if place not in frozen]
    idle = [p.grad is None for place, p in enumerate(parameters) if place in frozen]
    end = {"gradients": held, "refused": refused, "frozen left alone": idle}
    return {"ended": ended, "sent": me.sent, **end}
