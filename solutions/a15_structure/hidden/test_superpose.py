"""Hidden checks of superposition and scores: fresh structures by scipy's alignment and by loops."""

import math

import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from autograder.checks import any_of, close, exactly, task
from autograder.nearness import near, near_single

from .fresh import expect_alike, not_the_input


def laid(x: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Lay one structure upon another, by scipy."""
    share = (weights / weights.sum())[:, None]
    a, b = x - (share * x).sum(dim=0), target - (share * target).sum(dim=0)
    turn, _ = Rotation.align_vectors(b.numpy(), a.numpy(), weights.numpy())
    return torch.from_numpy(turn.apply(a.numpy())) + (share * target).sum(dim=0)


def apart(x: Tensor, i: int, j: int) -> float:
    """Return a distance."""
    return math.dist(x[i].tolist(), x[j].tolist())


def scored(pred: Tensor, true: Tensor, cutoff: float) -> tuple[float, list[float]]:
    """Return the lDDT of a structure and of its residues, pair by pair."""
    rows = []
    for i in range(len(true)):
        near_ones = [j for j in range(len(true)) if j != i and apart(true, i, j) < cutoff]
        gaps = [abs(apart(pred, i, j) - apart(true, i, j)) for j in near_ones]
        rows.append((sum(gap < c for gap in gaps for c in (0.5, 1, 2, 4)) / 4, len(gaps)))
    whole = sum(count for _, count in rows)
    return sum(right for right, _ in rows) / whole, [right / count if count else 1.0 for right, count in rows]


def structures(seed, *b: int, n: int = 8, off: float = 1.0) -> tuple[Tensor, Tensor]:
    """Return structures and others that are like them."""
    x = 5 * seed.fork("x").normal(*b, n, 3)
    return x + off * seed.fork("off").normal(*b, n, 3), x


@task("superpose", gate=True)
def test_scores_are_an_answer_at_all(submission, seed):
    """Superposed structures, or one of the scores, go with fresh ones"""
    x, target = structures(seed, off=6.0)
    pairs = [structures(seed.fork(f"{i}"), n=20, off=0.3 + 0.5 * i) for i in range(6)]
    weights = torch.ones(20).double()
    tm = [(1 / (1 + (laid(a, b, weights) - b).square().sum(dim=1) / 0.3203998**2)).mean() for a, b in pairs]

    def moved() -> None:
        came = submission.superpose.weighted_rigid_align(x, target + 9, torch.ones(8).double())
        expect_alike(came, laid(x, target + 9, torch.ones(8).double()))
        not_the_input(came, x)

    any_of(
        moved,
        lambda: expect_alike(
            torch.stack([submission.superpose.tm_score(*one) for one in pairs]), torch.stack(tm)
        ),
        lambda: expect_alike(
            torch.stack([submission.superpose.lddt(*one) for one in pairs]),
            torch.tensor([scored(*one, 15.0)[0] for one in pairs]),
        ),
    )


@task("superpose", weight=2)
def test_fresh_superpositions(submission, seed):
    """Fresh pairs one by one, alike and not, with fresh weights of any sum and some of 0; float32 too

    The first structure is laid upon the target, in the target's place: weighted means and covariance, each
    weight once, and a proper rotation, never a mirror.
    """
    for off in (0.5, 6.0):
        x, target = structures(seed.fork(f"{off}"), 2, 3, off=off)
        weights = 3 * seed.fork("weights").uniform(2, 3, 8)
        weights[0, :, 2] = 0
        came = submission.superpose.weighted_rigid_align(x, target, weights)
        due = torch.stack(
            [
                torch.stack([laid(*one) for one in zip(*rows, strict=True)])
                for rows in zip(x, target, weights, strict=True)
            ]
        )
        near(came, due, "the superposed structures", within=1e-6)  # scipy stops there
        near_single(
            submission.superpose.weighted_rigid_align(*(one.float() for one in (x, target, weights))), due
        )


@task("superpose", weight=2)
def test_fresh_scores(submission, seed):
    """Fresh structures of 8 and 20 residues: TM scores, and lDDT pair by pair, by residue too

    TM superposes with equal weights and has d0 of the length; lDDT takes the pairs i != j whose TRUE distance
    is below the cutoff, with strict inequalities.
    """
    for n, d0, cutoff in ((8, 0.16837722, 15.0), (20, 1.24 * 5 ** (1 / 3) - 1.8, 9.0)):
        x, target = structures(seed.fork(f"{n}"), 2, n=n)
        for a, b, came in zip(x, target, submission.superpose.tm_score(x, target), strict=True):
            gaps = (laid(a, b, torch.ones(n).double()) - b).norm(dim=1)
            close(
                came, sum(1 / (1 + (gap / d0) ** 2) for gap in gaps.tolist()) / n, rtol=1e-6, what="tm_score"
            )
        rows = [scored(a, b, cutoff) for a, b in zip(x, target, strict=True)]
        came = submission.superpose.lddt(x, target, cutoff)
        near(came, exactly(*(whole for whole, _ in rows)), f"lddt with cutoff {cutoff:g}")
        near(submission.superpose.lddt(x[:, None], target[:, None], cutoff)[:, 0], came, "lddt of two axes")
        came = submission.superpose.lddt(x[:, None], target[:, None], cutoff, True)[:, 0]
        near(
            came,
            torch.stack([exactly(*each) for _, each in rows]),
            f"lddt of residues with cutoff {cutoff:g}",
            within=1e-6,
        )
