"""Public checks of superposition and scores: motions found again, worked structures, what each score sees."""

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, expect_dtype, task
from autograder.nearness import WORKED, near, unchanged

from .. import plays
from .turns import turn, turns

A = exactly(0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 1, 3).reshape(4, 3)
B = (
    A @ turn(exactly(0.3, -0.8, 1.1)).mT
    + exactly(1, 2, 3)
    + exactly(0.1, 0, 0, 0, -0.2, 0, 0, 0, 0.3, -0.1, 0.1, 0).reshape(4, 3)
)
MIRROR = exactly(1, 1, -1)


def line(step: float, n: int = 20) -> Tensor:
    """Return points on the x axis."""
    points = torch.zeros(n, 3, dtype=torch.float64)
    points[:, 0] = step * torch.arange(n)
    return points


def bent() -> Tensor:
    """Return twenty points 3.8 Å apart, the last one moved 4 Å aside."""
    points = line(3.8)
    points[-1, 1] = 4
    return points


def rest(a: Tensor, b: Tensor) -> Tensor:
    """Return the root of the mean squared distance."""
    return (a - b).square().sum(dim=-1).mean(dim=-1).sqrt()


@task("superpose", weight=2)
def test_motions_are_found_again(submission, seed):
    """Structures that were turned and moved come back: many points, a plane, a single one, batches"""
    x, Q, move = seed.normal(2, 3, 6, 3), turns(seed.fork("Q"), 2, 3), seed.fork("move").normal(2, 3, 1, 3)
    weights = 0.1 + seed.fork("weights").uniform(2, 3, 6)
    for one, share in ((x, weights), (x * exactly(1, 1, 0), weights), (x[..., :1, :], weights[..., :1])):
        target = one @ Q.mT + move
        args = [one, target, share]
        called = submission.play(
            plays.called, "superpose", "weighted_rigid_align", [arg.clone() for arg in args]
        )
        unchanged(called["arguments"], args)
        came = called["result"]
        hint = "Centre both; svd of the weighted products; V D U^T, and then the target's mean, not x's."
        near(came, target, "x, laid upon the target", hint, 1e-9)


@task("superpose", weight=2)
def test_worked_superposition(submission):
    """Four points weighing 1, 2, 3, 4: row 0 is the handout's, the rest .1185179; points of weight 0"""
    weights = exactly(1, 2, 3, 4)
    for x, share in ((A, weights), (torch.cat([A, 9 * A]), torch.cat([weights, torch.zeros(4).double()]))):
        target = torch.cat([B, 7 - A])[: len(x)]
        came = submission.superpose.weighted_rigid_align(x, target, share)
        hint = (
            "Means are weighted, too; a weight of 0 means that a point is carried along. In the covariance a "
            "point of weight 2 must do what two points of weight 1 do: how often does its weight count?"
        )
        close(came[0], exactly(0.8933584, 1.9696602, 3.0031787), rtol=0, atol=WORKED, what="row 0", hint=hint)
    left = ((came[:4] - B).square().sum(dim=1) * weights).sum() / 10
    close(left.sqrt(), 0.1185179, rtol=0, atol=WORKED, what="the weighted root of mean squares", hint=hint)
    near(came[4], came[0], "where a point of weight 0 at the same place goes")


@task("superpose", weight=2)
def test_mirrors_are_not_turned_into(submission, seed):
    """A mirror image stays .66091 away: the rotation is a proper one, and the least bad of these"""
    came = submission.superpose.weighted_rigid_align(A * MIRROR, A, torch.ones(4).double())
    hint = "Where det(U Vh) is -1, turn the sign of the *smallest* singular value."
    close(rest(came, A), 0.66091, rtol=0, atol=5e-6, what="what is left", hint=hint)
    x = seed.normal(5, 7, 3)
    came = submission.superpose.weighted_rigid_align(x * MIRROR, x, torch.ones(5, 7).double())
    a, b = x * MIRROR - (x * MIRROR).mean(dim=1, keepdim=True), x - x.mean(dim=1, keepdim=True)
    values = torch.linalg.svdvals(a.mT @ b) * exactly(1, 1, -1)
    due = (a.square().sum(dim=(1, 2)) + b.square().sum(dim=(1, 2)) - 2 * values.sum(dim=1)) / 7
    near(rest(came, x), due.sqrt(), "what is left of five mirror images", hint, 1e-9)


@task("superpose", weight=2)
def test_worked_tm_scores(submission, seed):
    """The bent line has .5636570, turned and moved too; 5 points count as 19; the same structure has 1"""
    Q = turns(seed, 1)[0]
    moved = bent() @ Q.mT + exactly(3, 4, 5)
    hint = "Superpose first; the mean of 1 / (1 + (d / d0)²), d0 = 1.24 (n - 15)^(1/3) - 1.8."
    for x in (bent(), moved):
        close(
            submission.superpose.tm_score(x, line(3.8)),
            0.5636570,
            rtol=0,
            atol=WORKED,
            what="the score",
            hint=hint,
        )
    five = submission.superpose.tm_score(line(1, 5), line(1.1, 5))
    due = sum(1 / (1 + (0.1 * i / 0.16837722) ** 2) for i in (-2, -1, 0, 1, 2)) / 5
    close(five, due, rtol=0, atol=WORKED, what="the score of five points", hint="d0 is at least that of 19.")
    same = submission.superpose.tm_score(torch.stack([moved, bent()]), torch.stack([bent(), bent()]))
    near(same, torch.ones(2).double(), "the scores of the same structure", within=1e-9)


@task("superpose", weight=2)
def test_worked_lddt(submission):
    """The bent line has .9814815, its last residue 2/3, a stretched one .3783784; .5 is not below .5"""
    hint = "Of pairs whose *true* distance is below the cutoff: within .5, 1, 2, 4, each strictly."
    pair = torch.stack([bent(), line(3.8)]), torch.stack([line(3.8), line(5.2)])
    came = submission.superpose.lddt(*pair)
    close(came, exactly(0.9814815, 0.3783784), rtol=0, atol=WORKED, what="the scores", hint=hint)
    each = submission.superpose.lddt(*pair, per_residue=True)
    close(each[0, -1], exactly(2 / 3)[0], rtol=1e-12, what="the last residue's score", hint=hint)
    apart = exactly(0, 0, 0, 4, 0, 0).reshape(2, 3), exactly(0, 0, 0, 4.5, 0, 0).reshape(2, 3)
    close(submission.superpose.lddt(*apart), 0.75, rtol=1e-12, what="a distance .5 Å off", hint=hint)
    far = exactly(0, 0, 0, 9, 0, 0).reshape(2, 3), apart[1]
    close(submission.superpose.lddt(*far), 0.0, rtol=0, what="a distance 4.5 Å off", hint=hint)
    alone = submission.superpose.lddt(*apart, 4.5, True)
    near(alone, exactly(1, 1), "residues that have no pair", "The cutoff is strict; without a pair it is 1.")
    near(submission.superpose.lddt(*apart, 4.5), exactly(1)[0], "a structure without pairs")


@task("superpose")
def test_what_scores_see(submission, seed):
    """A mirror image has the lDDT 1 and a TM score below .5; no gradient; float32 stays float32"""
    x = 6 * seed.normal(25, 3)
    near(
        submission.superpose.lddt(x * MIRROR, x), exactly(1)[0], "the mirror's lDDT", "Distances, not places."
    )
    came = submission.superpose.tm_score(x * MIRROR, x)
    expect(came < 0.5, f"the mirror's TM score is {came.item():.3f}; expected less than .5")
    args = [x, x + 1, torch.ones(25).double()]
    tracked = submission.play(plays.with_gradients, "superpose", "weighted_rigid_align", args, [0, 1])
    near(tracked["result"], x + 1, "x, laid upon itself, moved", within=1e-9)
    expect(not tracked["tracked"], "the result carries gradients", "torch.no_grad(), or detach().")
    for function in (submission.superpose.tm_score, submission.superpose.lddt):
        expect_dtype(function(x.float(), x.float()), torch.float32)
