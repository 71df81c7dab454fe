"""Hidden checks of ESMFold: fresh states, pairs one by one, fresh backbones and passes."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, expect, task
from autograder.nearness import near, near_single

from .. import plays
from ..geometry import place_backbone
from ..tests.turns import turns
from .fresh import expect_alike, not_the_input


# -------------------- 6.2 lm_to_pair
def mixed(states: Tensor, logits: Tensor) -> Tensor:
    """Return the weighted mean of layers, one after the other."""
    weights = [math.exp(one) for one in logits.tolist()]
    return sum(w * one for w, one in zip(weights, states, strict=True)) / sum(weights)


def paired(q: Tensor, k: Tensor) -> Tensor:
    """Return the pairs of one structure, one by one."""
    rows = [
        [[*(q[j] * k[i]).tolist(), *(q[j] - k[i]).tolist()] for j in range(len(q))] for i in range(len(q))
    ]
    return torch.tensor(rows, dtype=torch.float64)


@task("lm_to_pair", gate=True)
def test_pairs_are_an_answer_at_all(submission, seed):
    """Mixtures, or pairs, go with fresh states"""
    states, logits = seed.normal(3, 6, 4), 2 * seed.fork("logits").normal(3)
    q, k = seed.fork("q").normal(5, 3), seed.fork("k").normal(5, 3)
    any_of(
        lambda: expect_alike(submission.esmfold.mix_layers(states, logits), mixed(states, logits)),
        lambda: expect_alike(submission.esmfold.sequence_to_pair(q, k), paired(q, k)),
    )


@task("lm_to_pair", weight=2)
def test_fresh_pairs(submission, seed):
    """Fresh layers in batches and fresh pairs one by one; float32 too

    For (i, j) the products q_j k_i, then the differences q_j - k_i: q belongs to the column. Layers are mixed
    by the softmax of the logits.
    """
    for layers, shape in ((5, (2, 4, 3)), (3, (6, 2)), (2, (4,))):
        states = seed.fork(f"{layers}").normal(layers, *shape)
        logits = 2 * seed.fork(f"logits{layers}").normal(layers)
        near(submission.esmfold.mix_layers(states, logits), mixed(states, logits), "the mixture")
    near_single(
        submission.esmfold.mix_layers(states.float(), logits.float()), mixed(states, logits), "the mixture"
    )
    q, k = seed.fork("q").normal(2, 3, 4, 2), seed.fork("k").normal(2, 3, 4, 2)
    due = torch.stack(
        [torch.stack([paired(*one) for one in zip(*rows, strict=True)]) for rows in zip(q, k, strict=True)]
    )
    near(submission.esmfold.sequence_to_pair(q, k), due, "the pairs")
    near_single(submission.esmfold.sequence_to_pair(q.float(), k.float()), due, "the pairs")


# -------------------- 6.3 recycle
def binned(atoms: Tensor) -> Tensor:
    """Return the bins of distances, pair by pair."""
    places = []
    for n, ca, c in atoms:
        b, d = ca - n, c - ca
        places.append(
            (-0.58273431 * torch.linalg.cross(b, d) + 0.56802827 * b - 0.54067466 * d + ca).tolist()
        )
    edges = [3.375 + 18 * i / 13 for i in range(14)]
    return torch.tensor([[sum(math.dist(p, q) > edge for edge in edges) for q in places] for p in places])


def passes(s0, z0, atoms, table, factors, recycles) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
    """Run the passes of the play."""
    s, z, bins = torch.zeros_like(s0), torch.zeros_like(z0), torch.zeros(z0.shape[:2], dtype=torch.long)
    told = []
    for _ in range(recycles + 1):
        told.append(s0 + factors[1] * s)
        s, z = factors[0] * (s0 + factors[1] * s), z0 + factors[2] * z + table[bins]
        moved = atoms + torch.arange(len(atoms)).double()[:, None, None] * (s / factors[0]).mean()
        bins = binned(moved)
    return s, z, moved, told


def backbones(seed, n: int) -> Tensor:
    """Return residues at random."""
    return place_backbone(turns(seed, n), 7 * seed.fork("t").normal(n, 3))


@task("recycle", gate=True)
def test_passes_are_an_answer_at_all(submission, seed):
    """Bins, or what goes round, go with fresh backbones"""
    atoms = backbones(seed, 7)
    args = [
        seed.fork("s").normal(7, 2),
        seed.fork("z").normal(7, 7, 2),
        atoms,
        seed.fork("table").normal(15, 2),
    ]

    def round_and_round() -> None:
        came = submission.play(plays.recycle, *args, [1.5, 0.5, -1.0], 2)["results"][0]
        expect_alike(came, passes(*args, [1.5, 0.5, -1.0], 2)[0])
        not_the_input(came, args[0])

    any_of(lambda: expect_alike(submission.esmfold.recycle_bins(atoms), binned(atoms)), round_and_round)


@task("recycle", weight=3)
def test_fresh_passes(submission, seed):
    """Fresh backbones' bins, float32 too; fresh passes: how often, on what, and their gradients

    recycles + 1 passes, each from the same s_0 and z_0 plus what was normed of the pass before, without a
    gradient; zeros at first.
    """
    for n in (2, 8):
        atoms = backbones(seed.fork(f"{n}"), n)
        close(submission.esmfold.recycle_bins(atoms), binned(atoms), rtol=0, what="the bins")
        close(
            submission.esmfold.recycle_bins(atoms.float()), binned(atoms), rtol=0, what="the bins of float32"
        )
    args = [
        seed.fork("s").normal(8, 2),
        seed.fork("z").normal(8, 8, 2),
        atoms,
        seed.fork("table").normal(15, 2),
    ]
    for recycles in (0, 1, 3):
        factors = [1.5, 0.5 + recycles, -1.0]
        came = submission.play(plays.recycle, *args, factors, recycles)
        s, z, moved, told = passes(*args, factors, recycles)
        near(came["results"], [s, z, moved], "what came out: s, z and the atoms", within=1e-10)
        near([one[0] for one in came["passes"]], told, "s in the passes", within=1e-10)
        recorded = [one[2] for one in came["passes"]]
        expect(recorded == [False] * recycles + [True], f"passes record gradients: {recorded}")
        near(came["gradients"][0], torch.full((8, 2), 1.5).double(), "the gradient by s0")
        near(came["gradients"][1], torch.ones(8, 8, 2).double(), "the gradient by z0")
        expect(
            math.isclose(came["gradients"][2].sum().item(), 128),
            "the table's gradient does not count 8 x 8 pairs twice",
        )
