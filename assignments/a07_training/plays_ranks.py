"""What the checks of many workers run beside your code: ranks that are threads, and how much each one sends.

Each play returns its evidence as data: what every rank ends with, and how many values it sent in each shift.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .plays import Once, returned
from .ranks import Member, Thread, everywhere


def ring(code: Any, xs: list[Tensor]) -> dict[str, Any]:
    """Return the sum that each rank ends with, what every rank sent, and each rank's x afterwards."""
    sums, sent = everywhere(
        len(xs), lambda me: returned(code.parallel.ring_all_reduce(xs[me.rank], me), "ring_all_reduce")
    )
    return {"sums": sums, "sent": sent, "arguments": xs}


def averages(
    code: Any,
    gradients: list[list[Tensor | None]],
    counts: list[int],
    shapes: list[list[int]],
    frozen: list[int],
    lazy: bool = False,
) -> dict[str, Any]:
    """Return every rank's gradients afterwards, and how many values each gave to `all_sum`, call by call.

    Parameters with numbers in `frozen` need no gradient. When a rank raises ValueError, `refused` counts it.
    """
    dtype = next(g.dtype for rank in gradients for g in rank if g is not None)

    def work(me: Thread) -> dict[str, Any]:
        parameters = [nn.Parameter(torch.ones(shape, dtype=dtype)) for shape in shapes]
        for place, (parameter, g) in enumerate(zip(parameters, gradients[me.rank], strict=True)):
            parameter.requires_grad_(place not in frozen)
            parameter.grad = None if g is None else g.clone()
        given, given_to = [], Once(list(parameters)) if lazy else parameters

        def all_sum(flat: Tensor, me: Member) -> Tensor:
            given.append(flat.numel())
            return _sum(flat, me)

        refused = 0
        try:
            code.parallel.average_gradients(given_to, counts[me.rank], me, all_sum)
        except ValueError:
            refused = 1
        held = [p.grad for place, p in enumerate(parameters) if place not in frozen]
        idle = [p.grad is None for place, p in enumerate(parameters) if place in frozen]
        return {"gradients": held, "given": given, "refused": refused, "frozen left alone": idle}

    ranks, _ = everywhere(len(counts), work)
    return {name: [rank[name] for rank in ranks] for name in ranks[0]}


def _sum(x: Tensor, me: Member) -> Tensor:
    """Return the sum over all ranks, in their order, so that it is equal on all of them."""
    held = [x.clone()]
    for _ in range(me.world - 1):
        held.append(me.shift(held[-1]))
    in_order = [held[(me.rank - rank) % me.world] for rank in range(me.world)]
    total = in_order[0]
    for one in in_order[1:]:
        total = total + one
    return total
