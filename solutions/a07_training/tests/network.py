"""The network between ranks, which is the judge: no rank sees what another one holds."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.checks import expect

from .. import plays_ranks

Ask = Callable[[int, list[Tensor]], dict[str, Any]]  # what a rank does when these tensors have come to it
MOST = 4  # calls for each rank of the world, after which a ring is given up


def everywhere(
    ask: Ask, world: int, deliver: Callable[[list[Tensor]], list[Tensor]]
) -> tuple[list[dict[str, Any]], list[list[Tensor]]]:
    """Return what each rank ends with, and what came to it; `deliver` says what comes when all have sent."""
    came: list[list[Tensor]] = [[] for _ in range(world)]
    for number in range(MOST * world):
        ends = [ask(rank, came[rank]) for rank in range(world)]
        waiting = [rank for rank, end in enumerate(ends) if not end["ended"]]
        if not waiting:
            return ends, came
        text = f"in call number {number + 1} only ranks {waiting} wait: the others have ended"
        expect(len(waiting) == world, text, "All ranks send equally often.")
        for rank, one in enumerate(deliver([end["sent"][-1] for end in ends])):
            came[rank].append(one)
    expect(False, f"{world} ranks still wait after {MOST * world} calls")
    raise AssertionError


def ring(submission: Any, xs: list[Tensor], anew: bool = False) -> list[dict[str, Any]]:
    """Return what each rank of a ring ends with; `anew`: in a process that has seen no other rank."""
    world = len(xs)

    def ask(rank: int, came: list[Tensor]) -> dict[str, Any]:
        return submission.play(plays_ranks.ring, xs[rank], rank, world, [*came])

    ends, came = everywhere(ask, world, lambda sent: [sent[-1], *sent[:-1]])
    if anew:
        for rank in range(world):
            submission.begin_anew()
            ends[rank] = ask(rank, came[rank])
    return ends


def averages(
    submission: Any,
    gradients: list[list[Tensor | None]],
    counts: list[int],
    shapes: list[list[int]],
    frozen: list[int],
    lazy: bool = False,
) -> dict[str, list[Any]]:
    """Return what each rank ends with, and under "given" how many values it gave to each `all_sum`."""
    dtype = next(g.dtype for rank in gradients for g in rank if g is not None)
    settings = (shapes, frozen, str(dtype).removeprefix("torch."), lazy)

    def ask(rank: int, came: list[Tensor]) -> dict[str, Any]:
        mine = (gradients[rank], counts[rank])
        return submission.play(plays_ranks.average, *mine, *settings, rank, len(counts), [*came])

    ends, _ = everywhere(ask, len(counts), _summed)
    found = {name: [end[name] for end in ends] for name in ends[0]}
    return {**found, "given": [[flat.numel() for flat in sent] for sent in found["sent"]]}


def _summed(flats: list[Tensor]) -> list[Tensor]:
    """Return the sum of what all ranks gave, for each of them."""
    sizes = [flat.numel() for flat in flats]
    text = f"all_sum was given {sizes} values, rank by rank; expected equally many"
    expect(len(set(sizes)) == 1, text, "What has no gradient on this rank takes part as zeros.")
    return [torch.stack(flats).sum(dim=0)] * len(flats)
