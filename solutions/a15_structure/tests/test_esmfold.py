"""Public checks of ESMFold: worked mixtures and pairs, distances in bins, and passes that go round."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, raises, task
from autograder.nearness import near

from .. import plays
from ..geometry import place_backbone
from .turns import about_z

ONE = torch.eye(3, dtype=torch.float64)


# -------------------- 6.2 lm_to_pair
@task("lm_to_pair", weight=2)
def test_worked_mixture(submission, seed):
    """(0, 1), (2, 3), (4, 5) with logits 0, ln 2, ln 5 mix to (3, 4), and with equal logits to their mean"""
    states = torch.arange(6, dtype=torch.float64).reshape(3, 2, 1)
    hint = "Softmax over the layers, then the weighted mean of all of them."
    came = submission.esmfold.mix_layers(states, exactly(0, math.log(2), math.log(5)))
    near(came, exactly(3, 4)[:, None], "the mixture", hint)
    many = seed.normal(4, 2, 3, 5)
    near(
        submission.esmfold.mix_layers(many, exactly(7, 7, 7, 7)), many.mean(dim=0), "with equal logits", hint
    )


@task("lm_to_pair", weight=2)
def test_worked_pairs(submission, seed):
    """q = 1, 2, 3 and k = 10, 20, 40: entry (0, 2) is (30, -7), entry (2, 0) is (40, -39)"""
    q, k = exactly(1, 2, 3)[:, None], exactly(10, 20, 40)[:, None]
    came = submission.esmfold.sequence_to_pair(q, k)
    hint = "q of the column j with k of the row i: (q_j k_i, q_j - k_i)."
    near(came[0, 2], exactly(30, -7), "entry (0, 2)", hint)
    near(came[2, 0], exactly(40, -39), "entry (2, 0)", hint)
    q, k = seed.fork("q").normal(2, 4, 3), seed.fork("k").normal(2, 4, 3)
    came = submission.esmfold.sequence_to_pair(q, k)
    expect(came.shape == (2, 4, 4, 6), f"the shape is {tuple(came.shape)}; expected (2, 4, 4, 6)")
    near(
        came[1, 3, 0], torch.cat([q[1, 0] * k[1, 3], q[1, 0] - k[1, 3]]), "entry (3, 0) of structure 1", hint
    )


# -------------------- 6.3 recycle
def in_a_row(*x: float) -> Tensor:
    """Return the backbones of residues that stand at these places of the x axis, all turned alike."""
    places = torch.zeros(len(x), 3, dtype=torch.float64)
    places[:, 0] = exactly(*x)
    return place_backbone(ONE.expand(len(x), 3, 3), places)


@task("recycle", weight=2)
def test_worked_bins(submission):
    """Distances 3.37, 3.38, 4.75, 4.77, 21.37, 21.38 have the bins 0, 1, 1, 2, 13, 14; CB counts"""
    hint = "How many of 14 edges, 3.375 to 21.375, the distance of virtual CB exceeds."
    gaps = (0.0, 3.37, 3.38, 4.75, 4.77, 21.37, 21.38)
    came = submission.esmfold.recycle_bins(in_a_row(*gaps))
    expect(not came.is_floating_point(), f"the bins are {came.dtype}; expected whole numbers")
    close(came[0], torch.tensor([0, 0, 1, 1, 2, 13, 14]), rtol=0, what="the bins of residue 0", hint=hint)
    close(came, came.mT, rtol=0, what="the bins, transposed")
    facing = place_backbone(torch.stack([ONE, about_z(math.pi)]), exactly(0, 0, 0, 0, -7, 0).reshape(2, 3))
    apart = submission.esmfold.recycle_bins(facing)[0, 1]
    close(
        apart,
        torch.tensor(2),
        rtol=0,
        what="the bin of two residues that face each other",
        hint="virtual_cb.",
    )


@task("recycle", weight=3)
def test_passes_that_double(submission):
    """A trunk that doubles s makes 2, 6, 30 of 1 with 0, 1, 3 recycles, and always has the gradient 2"""
    atoms, table = in_a_row(0.0, 6.0, 12.0), torch.zeros(15, 1).double()
    for recycles, due in ((0, 2.0), (1, 6.0), (3, 30.0)):
        s0, z0 = torch.ones(3, 2).double(), torch.zeros(3, 3, 1).double()
        came = submission.play(plays.recycle, s0, z0, atoms, table, [2.0, 1.0, 1.0], recycles)
        hint = "recycles + 1 passes, each on s0 plus the norm of what the last one returned."
        near(came["results"][0], torch.full((3, 2), due).double(), f"s after {recycles} recycles", hint)
        near(
            came["gradients"][0],
            torch.full((3, 2), 2.0).double(),
            "the gradient by s0",
            "Only the last pass records.",
        )
        expect(len(came["passes"]) == recycles + 1, f"the trunk was called {len(came['passes'])} times", hint)
    with raises(ValueError):
        submission.play(plays.recycle, s0, z0, atoms, table, [2.0, 1.0, 1.0], -1)


@task("recycle")
def test_pairs_go_round(submission):
    """z is told the embedding of the distances that the last pass made, of bin 0 at first, and what z was"""
    atoms = in_a_row(0.0, 6.0, 12.0)
    table = torch.arange(15, dtype=torch.float64)[:, None] + 1
    s0, z0 = torch.zeros(3, 2).double(), torch.ones(3, 3, 1).double()
    came = submission.play(plays.recycle, s0, z0, atoms, table, [1.0, 1.0, -1.0], 2)
    bins = torch.tensor([[0, 2, 7], [2, 0, 2], [7, 2, 0]]).double()[..., None]
    first = torch.full((3, 3, 1), 2.0).double()  # 1 + the embedding of bin 0
    second = 1 - first + bins + 1
    third = 1 - second + bins + 1
    hint = "z0 + norm_z(z) + disto(bins), with zeros and bins 0 at first."
    for k, due in enumerate((first, second, third)):
        near(came["passes"][k][1], due, f"z in pass {k}", hint)
    near(came["results"][1], third, "z", "Return what the last pass returned.")
    near(came["results"][2], atoms, "the atoms", "Return what the last pass returned.")
    near(came["gradients"][1], torch.ones(3, 3, 1).double(), "the gradient by z0")
