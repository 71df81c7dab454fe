"""Hidden checks of RFdiffusion: fresh steps in the world's axes, fresh designs by scipy's rotations."""

import math

import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from autograder.checks import any_of, close, exactly, expect, task
from autograder.nearness import near, near_single

from .. import plays
from ..tests.test_rfdiffusion import a_design, signals
from ..tests.turns import turn, turns
from . import laws
from .fresh import expect_alike


def vector(R: Tensor) -> Tensor:
    """Return rotation vectors, by scipy."""
    return torch.from_numpy(Rotation.from_matrix(R.numpy()).as_rotvec())


def stepped(R, x, R0, x0, t: int, T: int, mask, w, z) -> tuple[Tensor, Tensor]:
    """Make one step, rotations by multiplying on the left in the world's axes."""
    left = signals(T)
    before, after = left[t - 1], left[t]
    beta = 1 - after / before
    u = (t + 1) / T
    sigma = 0.02 + 1.5 * u + 0.5 * u * u
    g2 = 2 * sigma * (1.5 + u) / T
    world = vector(R @ R0.mT)
    angle = world.norm(dim=1)
    along = (laws.score(angle, sigma) / angle)[:, None] * world
    noise = torch.einsum("nij,nj->ni", R, w)
    new = turn(g2 * along + math.sqrt(g2) * noise) @ R
    mean = (math.sqrt(before) * beta * x0 + math.sqrt(1 - beta) * (1 - before) * x) / (1 - after)
    places = mean + 4 * math.sqrt((1 - before) / (1 - after) * beta) * z
    stays = [bool(one) for one in mask]
    return (
        torch.stack([a if stay else b for a, b, stay in zip(R, new, stays, strict=True)]),
        torch.stack([a if stay else b for a, b, stay in zip(x, places, stays, strict=True)]),
    )


def onto(R0: Tensor, x0: Tensor, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Lay a prediction upon the motif's places, by scipy."""
    here, there = x0[mask].mean(dim=0), x[mask].mean(dim=0)
    Q, _ = Rotation.align_vectors((x[mask] - there).numpy(), (x0[mask] - here).numpy())
    Q = torch.from_numpy(Q.as_matrix())
    return Q @ R0, (x0 - here) @ Q.mT + there


def designed(R, x, mask, w, z, T: int, by: Tensor, slope: Tensor, memory: float) -> tuple[Tensor, Tensor]:
    """Run the chain of the play."""
    previous = None
    for k, t in enumerate(range(T - 1, -1, -1)):
        R0, x0 = R @ by, slope[t] * x @ by.mT + (memory * previous if previous is not None else 0)
        previous = x0
        if t == 0:
            return R0, x0
        if mask.any():
            R0, x0 = onto(R0, x0, x, mask)
        R, x = stepped(R, x, R0, x0, t, T, mask, w[k], z[k])
    raise AssertionError


@task("design", gate=True)
def test_designs_are_an_answer_at_all(submission, seed):
    """A step, a design, or a self-conditioned guess goes with what it should be"""
    R, x, R0, x0 = (
        turns(seed, 8),
        5 * seed.fork("x").normal(8, 3),
        turns(seed.fork("R0"), 8),
        seed.fork("x0").normal(8, 3),
    )
    w, z = seed.fork("w").normal(8, 3), seed.fork("z").normal(8, 3)
    free = torch.zeros(8, dtype=torch.bool)
    due = stepped(R, x, R0, x0, 9, 20, free, w, z)
    args = a_design(seed)

    def guessed() -> None:
        came = submission.play(plays.guess, exactly(3)[0], [R, x], [R, x0], 5, 0.1)["x"]
        expect_alike(came, 3 * x + 3 * x0)

    any_of(
        lambda: expect_alike(submission.rfdiffusion.rf_step(R, x, R0, x0, 9, 20, free, w, z)[0], due[0]),
        lambda: expect_alike(submission.rfdiffusion.rf_step(R, x, R0, x0, 9, 20, free, w, z)[1], due[1]),
        lambda: expect_alike(submission.play(plays.design, *args)["x"], designed(*args)[1]),
        guessed,
    )


@task("design", weight=3)
def test_fresh_steps(submission, seed):
    """Fresh steps from t = 1 to T - 1 for three T, in the world's axes, with and without a motif; float32

    The betas belong to 200 steps: scale them by 200 / T. Rotations step in the residue's own axes, on the
    right; what the mask fixes stays.
    """
    R, x, R0, x0 = (
        turns(seed, 5),
        9 * seed.fork("x").normal(5, 3),
        turns(seed.fork("R0"), 5),
        seed.fork("x0").normal(5, 3),
    )
    w, z = seed.fork("w").normal(5, 3), seed.fork("z").normal(5, 3)
    motif = torch.tensor([True, False, False, True, False])
    for t, T, mask in (
        (1, 15, motif),
        (14, 15, ~motif),
        (seed.integer(3, 40), 50, motif & False),
        (150, 200, motif),
    ):
        came_R, came_x = submission.rfdiffusion.rf_step(R, x, R0, x0, t, T, mask, w, z)
        due_R, due_x = stepped(R, x, R0, x0, t, T, mask, w, z)
        near(came_R, due_R, f"R at step {t} of {T}", within=1e-8)
        near(came_x, due_x, f"x at step {t} of {T}", within=1e-10)
    single = submission.rfdiffusion.rf_step(
        *(one.float() for one in (R, x, R0, x0)), t, T, mask, w.float(), z.float()
    )
    near_single(single[0], due_R, "R")
    near_single(single[1], due_x, "x")


@task("design", weight=2)
def test_fresh_designs(submission, seed):
    """Fresh designs in 15 steps, with a motif and without: rotations and places at the end

    A call at each t from T - 1 to 0, a step after each but the last, whose prediction comes back as it came;
    before a step the prediction is laid upon the motif.
    """
    for free in (False, True):
        args = a_design(seed.fork(f"{free}"))
        args[2] = args[2] & (not free)
        came = submission.play(plays.design, *args)
        due_R, due_x = designed(*args)
        near(came["R"], due_R, "the rotations", within=1e-6)
        near(came["x"], due_x, "the places", within=1e-6)
        expect(not came["tracked"], "the result carries gradients")


@task("design")
def test_fresh_guesses(submission, seed):
    """Fresh structures at a fresh step, and coins on both sides of 1/2: answers, steps and the slope

    For a coin below 1/2 the model is first asked about t + 1 without a guess, and its answer, without a
    gradient, goes along with the structure at t.
    """
    x, y, t = seed.fork("x").normal(4, 3), seed.fork("y").normal(4, 3), seed.integer(3, 30)
    R = turns(seed, 2, 4)
    for coin in (0.0, 0.499, 0.501, 0.999):
        came = submission.play(plays.guess, exactly(1.5)[0], [R[0], x], [R[1], y], t, coin)
        told = coin < 0.5
        near(came["x"], 1.5 * y + (1.5 * x if told else 0), f"the answer for the coin {coin:g}")
        near(came["R"], R[1], "the rotations")
        close(came["slope"], y.sum(), rtol=1e-10, what="theta's gradient")
        near(came["seen"][0][0], t + 1.0 if told else float(t), "the first call's step")
        near(came["seen"][0][2], x if told else y, "the first call's places")
