"""Public checks of SE(3) diffusion: a worked state, a worked step, and chains in closed form."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task
from autograder.nearness import LONG, WORKED, near

from .. import plays
from .turns import about_z, turn, turns

R0 = torch.stack([torch.eye(3).double(), about_z(math.pi / 2)])
X0 = exactly(0, 0, 0, 4, 2, 0).reshape(2, 3)
V, Z = exactly(0.3, -0.4, 0.5, 0, 0, 1).reshape(2, 3), exactly(1, 0, 0, 0, 2, -1).reshape(2, 3)


def signal(t: float) -> float:
    """Return the signal's variance in translations at time t."""
    return math.exp(-0.1 * t - 9.95 * t * t)


# -------------------- 2.1 se3_noise
@task("se3_noise", weight=2)
def test_worked_schedule(submission):
    """sigma at .01, .25, .5, 1 is .1300946, .6674706, 1.0272702, 1.5; g² is the slope of sigma²"""
    hint = "sigma = ln(t exp(sigma_max) + (1 - t) exp(sigma_min)); g² = 2 sigma times its derivative."
    for t, due in ((0.01, 0.1300946), (0.25, 0.6674706), (0.5, 1.0272702), (1.0, 1.5)):
        came = submission.se3.so3_schedule(t)
        close(came[0], due, rtol=0, atol=WORKED, what=f"sigma({t:g})", hint=hint)
    for t, rest in ((0.5, ()), (0.3, (0.2, 1.1)), (1.0, (0.5, 3.0))):
        low, high = rest or (0.1, 1.5)
        rate = math.exp(high) - math.exp(low)
        due = math.log(math.exp(low) + t * rate)
        near(
            submission.se3.so3_schedule(t, *rest), (due, 2 * due * rate / math.exp(due)), "sigma and g²", hint
        )
    for t in (0.0, -0.1, 1.01):
        with raises(ValueError):
            submission.se3.so3_schedule(t)


@task("se3_noise", weight=3)
def test_worked_noise(submission):
    """Two residues at t = .5 with the handout's noise: rotations, places in Å, and both scores"""
    R, x, of_rotations, of_places = submission.se3.se3_noise(R0, X0, 0.5, V, Z)
    far = exactly(4.23590525, -9.87772490, 4.79827101)
    close(
        x,
        torch.stack([far, -far]),
        rtol=0,
        atol=WORKED,
        what="x_t",
        hint="Centre data and noise; scale by .1.",
    )
    near(R, R0 @ turn(V), "R_t", "R0 exp(v): the noise turns in each residue's own axes.")
    due = exactly(-0.25906539, 0.34542051, -0.43177564, 0, 0, -0.86278298).reshape(2, 3)
    hint = "The score of IGSO(3) at v, with sigma(t)."
    close(of_rotations, due, rtol=0, atol=WORKED, what="the rotations' score", hint=hint)
    due = exactly(-0.52102101, 1.04204202, -0.52102101)
    hint = "Minus the centred noise over its deviation s, in scaled units."
    close(of_places, torch.stack([due, -due]), rtol=0, atol=WORKED, what="the translations' score", hint=hint)


@task("se3_noise")
def test_noise_of_a_turned_protein(submission, seed):
    """A protein that is turned and moved, with turned z and the same v, has turned R_t and x_t"""
    R, x, v, z = (
        turns(seed, 4),
        9 * seed.fork("x").normal(4, 3),
        seed.fork("v").normal(4, 3),
        seed.fork("z").normal(4, 3),
    )
    Q = turns(seed.fork("Q"), 1)[0]
    one = submission.se3.se3_noise(R, x, 0.3, v, z, 0.2)
    other = submission.se3.se3_noise(Q @ R, x @ Q.mT + exactly(5, 6, 7), 0.3, v, z @ Q.mT, 0.2)
    near(other[0], Q @ one[0], "R_t", "Noise stands on the right: in the residue's own axes.", 1e-11)
    near(other[1], one[1] @ Q.mT, "x_t", within=1e-11)
    near(one[1].mean(dim=0), torch.zeros(3).double(), "the middle of x_t", "Centre x_0 and z.", 1e-11)
    spread = (
        one[1].norm()
        / (
            math.sqrt(signal(0.3)) * (x - x.mean(dim=0))
            + 5 * math.sqrt(1 - signal(0.3)) * (z - z.mean(dim=0))
        ).norm()
    )
    close(spread, 1.0, rtol=1e-9, what="the size of x_t over what it should be", hint="1 / scale, in Å.")
    near(other[2], one[2], "the rotations' score", within=1e-11)


# -------------------- 2.2 se3_sample
@task("se3_sample", weight=3)
def test_worked_step(submission):
    """From the worked state at t = .5 with dt = .01 the handout's noise leads to its places and turns"""
    x = exactly(4.23590525, -9.87772490, 4.79827101)
    rotations = exactly(-0.25906539, 0.34542051, -0.43177564, 0, 0, -0.86278298).reshape(2, 3)
    places = exactly(-0.52102101, 1.04204202, -0.52102101)
    w, z = exactly(0.1, 0.2, -0.3, 1, 0, 0).reshape(2, 3), exactly(0, 1, 0, -1, 0, 1).reshape(2, 3)
    R = R0 @ turn(V)
    args = (R, torch.stack([x, -x]), rotations, torch.stack([places, -places]), 0.5, 0.01, w, z)
    came_R, came_x = submission.se3.se3_step(*args)
    due = exactly(5.51022012, -7.74174160, 2.93067127)
    hint = (
        "beta / 2 y + beta score, all times dt, plus sqrt(beta dt) z, in scaled units; centre, and back to Å."
    )
    close(came_x, torch.stack([due, -due]), rtol=0, atol=WORKED, what="the places", hint=hint)
    hint = "R exp(g² dt score + g sqrt(dt) w): one rotation vector, on the right."
    due = exactly(0.84318317, -0.47171546, -0.25792763)
    close(came_R[0, 0], due, rtol=0, atol=WORKED, what="the first row of R", hint=hint)
    near(came_R.mT @ came_R, torch.eye(3).double().expand(2, 3, 3), "R^T R", within=1e-11)


def about_one_axis(angle: float, steps: int, t_min: float, pull: float, noise: Tensor) -> float:
    """Return the angle about z where a chain ends whose score is -pull sin(angle) about z."""
    dt = (1 - t_min) / steps
    for k in range(steps):
        t = 1 - k * dt
        sigma = math.log(t * math.exp(1.5) + (1 - t) * math.exp(0.1))
        g2 = 2 * sigma * (math.exp(1.5) - math.exp(0.1)) * math.exp(-sigma)
        angle += -g2 * dt * pull * math.sin(angle) + math.sqrt(g2 * dt) * noise[k].item()
    return angle


def chain(seed: Seed, steps: int, t_min: float | None, pull: float, start: float) -> list[object]:
    """Return the arguments of a chain of three residues that only turn about z, and do not move."""
    R = torch.stack([about_z(start), about_z(0.5 * start), torch.eye(3).double()])
    x = exactly(1, 2, 3, -1, 0, 4, 0, -2, -7).reshape(3, 3)
    w = torch.zeros(steps, 3, 3).double()
    w[..., 2] = 0.3 * seed.normal(steps, 3)
    return [R, x, w, torch.zeros(steps, 3, 3).double(), t_min, pull, 0.6]


@task("se3_sample", weight=2)
def test_slopes_of_the_chain(submission, seed):
    """For data of deviation 6 Å, 10, 50 and 100 steps leave the handout's shares of the start"""
    for steps, due in ((10, 7.8983e-7), (50, 1.37295308e-3), (100, 1.83241600e-3)):
        came = submission.play(plays.se3_chain, *chain(seed, steps, None, 0.5, 1.0))
        ratio = came["x"][0] / exactly(1, 2, 3)
        hint = "N steps of (1 - t_min) / N, the first at t = 1; coefficients at each step's start."
        close(
            ratio,
            exactly(due).expand(3),
            rtol=1e-4 if steps == 10 else 1e-7,
            what=f"{steps} steps' slope",
            hint=hint,
        )


@task("se3_sample", weight=2)
def test_turns_about_one_axis(submission, seed):
    """Residues that turn about z only end at the angles that a recursion of one number gives, with noise"""
    args = chain(seed, 8, None, 0.7, 2.0)
    came = submission.play(plays.se3_chain, *args)
    ends = [about_one_axis(a, 8, 0.01, 0.7, args[2][:, i, 2]) for i, a in enumerate((2.0, 1.0, 0.0))]
    hint = "exp of g² dt score + g sqrt(dt) w, with g² at the step's start."
    near(came["R"], torch.stack([about_z(angle) for angle in ends]), "the rotations", hint, LONG)
    times = [1 - 0.99 * k / 8 for k in range(8)]
    near(
        [one[0] for one in came["asked"]],
        times,
        "the times at which scores are asked",
        "Nothing after the last.",
    )
    expect(not came["tracked"], "the result carries gradients", "torch.no_grad().")


@task("se3_sample")
def test_no_steps(submission, seed):
    """Without steps R and x come back as they are"""
    args = chain(seed, 0, None, 1.0, 2.0)
    came = submission.play(plays.se3_chain, *args)
    near(came["R"], args[0], "R")
    near(came["x"], exactly(1, 2, 3, -1, 0, 4, 0, -2, -7).reshape(3, 3), "x")
