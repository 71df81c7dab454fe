"""Many workers, called ranks, train one model: who sees which sample, and how their gradients become one."""

import math
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from .ranks import Member


def shard_indices(
    n: int,  #      samples
    rank: int,  #   of this worker, from 0
    world: int,  #  number of workers
    epoch: int,
    seed: int = 0,
    start: int = 0,  # of this worker's samples in this epoch, those that it has already used
) -> Int64[Tensor, " k"]:
    """Return the samples of one worker in one epoch, in the order in which it uses them.

    One order for all: torch.randperm(n) from a generator of its own, seeded with seed + epoch, and repeated
    from its beginning until every worker gets equally many, ceil(n / world). Workers take turns: the first
    index goes to rank 0, the next to rank 1. n = 0 gives none. Raises ValueError for a rank outside
    0 ... world - 1.
    """
    # BEGIN SOLUTION
    if not 0 <= rank < world:
        raise ValueError(f"rank {rank} of {world}")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed + epoch))
    total = math.ceil(n / world) * world
    return order.repeat(world)[:total][rank::world][start:]
    # END SOLUTION


def ring_all_reduce(x: Float[Tensor, "*dims"], me: Member) -> Float[Tensor, "*dims"]:
    """Return the sum of all ranks' x, equal to the bit on all of them (Patarasu and Yuan 2009).

    2 (world - 1) calls of `me.shift`, each with at most ceil(n / world) of the n values: first sums of parts
    travel round the ring, until each rank has one part complete, then the complete parts do. x is left alone.
    """
    # BEGIN SOLUTION
    world, rank = me.world, me.rank
    parts = list(x.flatten().tensor_split(world))
    # Sums travel: in round k this rank passes part rank - k on, and adds its own part to what comes.
    for k in range(world - 1):
        came = me.shift(parts[(rank - k) % world])
        at = (rank - k - 1) % world
        parts[at] = parts[at] + came
    # Complete parts travel: this rank begins with the one that it has just completed.
    for k in range(world - 1):
        parts[(rank - k) % world] = me.shift(parts[(rank - k + 1) % world])
    return torch.cat(parts).reshape(x.shape)
    # END SOLUTION


def average_gradients(
    parameters: Iterable[nn.Parameter],  # all of one dtype, on every rank the same ones in the same order
    count: int,  # samples over which this rank's gradient is a mean
    me: Member,
    all_sum: Callable[[Tensor, Member], Tensor],  # returns the sum over all ranks
) -> None:
    """Put into each `.grad` the gradient of the mean loss over all samples of all ranks.

    One call of `all_sum`, with one flat tensor that holds the count too. A parameter that has no gradient
    here counts as zeros, so all ranks send equally much; frozen ones take no part. A count of 0 is allowed
    (there are no gradients then). When all counts are 0, every rank raises ValueError, after the call.
    """
    # BEGIN SOLUTION
    trained = [p for p in parameters if p.requires_grad]
    sums = [torch.zeros_like(p) if p.grad is None else count * p.grad for p in trained]
    number = torch.tensor([count], device=next((s.device for s in sums), None))
    flat = torch.cat([*(s.flatten() for s in sums), number])  # in the dtype of the sums
    flat = all_sum(flat, me)
    *gradients, total = flat.split([*(p.numel() for p in trained), 1])
    if total == 0:
        raise ValueError("no rank has a sample")
    for i, p in enumerate(trained):
        p.grad = (gradients[i] / total).view_as(p)
    # END SOLUTION
