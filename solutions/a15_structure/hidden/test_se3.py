"""Hidden checks of SE(3) diffusion: fresh frames residue by residue, fresh chains by scipy's rotations."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, expect, task
from autograder.nearness import LONG, near, near_single

from .. import plays
from ..tests.test_se3 import signal
from ..tests.turns import turn, turns
from . import laws
from .fresh import expect_alike, not_the_input


def frames(seed, n: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return rotations, places, rotation vectors below a half turn, and noise."""
    v = 0.8 * seed.fork("v").normal(n, 3)
    v = v / v.norm(dim=1, keepdim=True).clamp(min=1) * 1.5
    return turns(seed, n), 10 * seed.fork("x").normal(n, 3) + 30, v, seed.fork("z").normal(n, 3)


def schedule(t: float, low: float = 0.1, high: float = 1.5) -> tuple[float, float]:
    """Return sigma and g², the latter by differences."""

    def sigma(t: float) -> float:
        return math.log(t * math.exp(high) + (1 - t) * math.exp(low))

    return sigma(t), (sigma(t + 1e-5) ** 2 - sigma(t - 1e-5) ** 2) / 2e-5


def centred(x: Tensor) -> Tensor:
    """Take the mean over residues away."""
    return x - torch.stack([x[:, i].sum() / len(x) for i in range(3)])


def stepped(R, x, turns_by, moves_by, t, dt, w, z, scale=0.1) -> tuple[Tensor, Tensor]:
    """Make one step, residue by residue."""
    _, g2 = schedule(t)
    beta = 0.1 + 19.9 * t
    R = torch.stack([R[i] @ turn(g2 * dt * turns_by[i] + math.sqrt(g2 * dt) * w[i]) for i in range(len(R))])
    y = scale * x
    y = y + dt * beta * y / 2 + dt * beta * moves_by + math.sqrt(dt * beta) * z
    return R, centred(y) / scale


# -------------------- 2.1 se3_noise
@task("se3_noise", gate=True)
def test_noise_is_an_answer_at_all(submission, seed):
    """Deviations, or noisy frames, go with fresh times and residues"""
    times = [0.1 * (i + 1) for i in range(8)]
    R, x, v, z = frames(seed, 8)

    def deviations() -> None:
        came = torch.tensor([submission.se3.so3_schedule(t)[0] for t in times])
        expect_alike(came, torch.tensor([schedule(t)[0] for t in times]))
        not_the_input(came, torch.tensor(times))

    def noisy() -> None:
        came = submission.se3.se3_noise(R, x, 0.4, v, z)[0]
        expect_alike(came, R @ turn(v))
        not_the_input(came, R)

    any_of(
        deviations,
        noisy,
    )


@task("se3_noise", weight=3)
def test_fresh_noise(submission, seed):
    """Fresh frames at fresh times and in other units: rotations, places and both scores; float32 too

    R_0 exp(v), the noise on the right; places and their noise lose their means, and the translations' score,
    -z / noise, is in scaled units.
    """
    R, x, v, z = frames(seed, 5)
    for t, scale in ((0.05 + 0.4 * seed.fork("t").uniform(1).item(), 0.1), (0.8, 0.25), (1.0, 1.0)):
        came = submission.se3.se3_noise(R, x, t, v, z, scale)
        sigma, g2 = schedule(t) if t < 1 else (1.5, None)
        left = signal(t)
        due = math.sqrt(left) * centred(x) + math.sqrt(1 - left) / scale * centred(z)
        near(came[0], torch.stack([R[i] @ turn(v[i]) for i in range(5)]), "R_t", within=1e-11)
        near(came[1], due, "x_t", within=1e-11)
        along = laws.score(v.norm(dim=1), sigma)[:, None] * v / v.norm(dim=1, keepdim=True)
        near(came[2], along, "the rotations' score", within=1e-6)
        near(came[3], centred(z) / -math.sqrt(1 - left), "the translations' score", within=1e-11)
        if g2:
            close(submission.se3.so3_schedule(t)[1], g2, rtol=1e-6, what="g²")
    single = submission.se3.se3_noise(*(one.float() for one in (R, x)), 0.8, v.float(), z.float(), 0.25)
    left = signal(0.8)
    near_single(single[0], R @ turn(v), "R_t")
    near_single(single[1], math.sqrt(left) * centred(x) + 4 * math.sqrt(1 - left) * centred(z), "x_t")


# -------------------- 2.2 se3_sample
@task("se3_sample", gate=True)
def test_steps_are_an_answer_at_all(submission, seed):
    """A step, or a chain, goes where fresh scores lead"""
    R, x, v, z = frames(seed, 8)
    w = seed.fork("w").normal(8, 3)
    due = stepped(R, x, -v, z, 0.7, 0.05, w, z)

    def step(which: int) -> None:
        came = submission.se3.se3_step(R, x, -v, z, 0.7, 0.05, w, z)[which]
        expect_alike(came, due[which])
        not_the_input(came, (R, x)[which])

    def chains() -> None:
        still = torch.zeros(2, 8, 3).double()
        came = submission.play(plays.se3_chain, R, x, 0.1 * w.expand(2, 8, 3), still, None, 0.3, 0.6)
        not_the_input(came["R"], R)
        expect_alike(came["R"], chained(R, x, 0.1 * w.expand(2, 8, 3), still, 0.01, 0.3, 0.6)[0])

    any_of(
        lambda: step(0),
        lambda: step(1),
        chains,
    )


@task("se3_sample", weight=3)
def test_fresh_steps(submission, seed):
    """Fresh steps with rotation and translation, in other units too, residue by residue; float32

    All of g^2 multiplies the score, drift and noise are one rotation vector on the right; places step in
    scaled units and are centred before they are brought back.
    """
    R, x, v, z = frames(seed, 5)
    w, push = seed.fork("w").normal(5, 3), seed.fork("push").normal(5, 3)
    for t, dt, scale in ((0.9, 0.01, 0.1), (0.3, 0.04, 0.1), (0.6, 0.02, 0.5)):
        came = submission.se3.se3_step(R, x, -3 * v, push, t, dt, w, z, scale)
        due = stepped(R, x, -3 * v, push, t, dt, w, z, scale)
        near(came[0], due[0], "R", within=1e-8)
        near(came[1], due[1], "x", within=1e-10)
    single = submission.se3.se3_step(
        *(one.float() for one in (R, x, -3 * v, push)), 0.6, 0.02, w.float(), z.float(), 0.5
    )
    near_single(single[0], due[0], "R")
    near_single(single[1], due[1], "x")


def chained(R, x, w, z, t_min, pull, c) -> tuple[Tensor, Tensor, list[float]]:
    """Run the chain of the play."""
    steps, times = len(w), []
    for k in range(steps):
        t = 1 - (1 - t_min) * k / steps
        times.append(t)
        sines = (
            torch.stack([R[:, 2, 1] - R[:, 1, 2], R[:, 0, 2] - R[:, 2, 0], R[:, 1, 0] - R[:, 0, 1]], dim=1)
            / 2
        )
        push = -0.1 * x / (signal(t) * c * c + 1 - signal(t))
        R, x = stepped(R, x, -pull * sines, push, t, (1 - t_min) / steps, w[k], z[k])
    return R, x, times


@task("se3_sample", weight=2)
def test_fresh_chains(submission, seed):
    """Fresh chains of four and six steps, one down to t_min = .2: where they end, and when they ask

    N equal steps of (1 - t_min) / N, coefficients and scores at each step's start; every step has noise, and
    nothing happens after the last.
    """
    R, x, _, _ = frames(seed, 4)
    for steps, t_min in ((6, None), (4, 0.2)):
        w, z = seed.fork(f"w{steps}").normal(steps, 4, 3), seed.fork(f"z{steps}").normal(steps, 4, 3)
        came = submission.play(plays.se3_chain, R, x, w, z, t_min, 0.4, 0.9)
        due_R, due_x, times = chained(R, x, w, z, t_min or 0.01, 0.4, 0.9)
        near(came["R"], due_R, "R", within=1e-6)
        near(came["x"], due_x, "x", within=LONG)
        near([one[0] for one in came["asked"]], times, "the times", within=LONG)
        expect(not came["tracked"], "the result carries gradients")
