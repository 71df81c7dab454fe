"""Public checks of AlphaFold 3's sampler: worked levels and rotations, one step, single noises."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, task
from autograder.nearness import LONG, WORKED, near

from .. import plays
from .turns import turns

ACROSS = exactly(1, 0, 2, -3, 1, 0, 2, -1, -2).reshape(3, 3)  # of three atoms, with the middle 0


def level(share: float) -> float:
    """Return the level after a share of the steps."""
    return 16 * (160 ** (1 / 7) + share * (4e-4 ** (1 / 7) - 160 ** (1 / 7))) ** 7


@task("af3_sample", weight=2)
def test_worked_levels(submission):
    """200 steps have 201 levels: 2560, 2485.5364, ..., 55.974793, ..., .0064, and no 0; other ranges"""
    came = submission.af3_sampler.noise_levels(200)
    expect(came.shape == (201,), f"there are {tuple(came.shape)} levels; expected 201")
    hint = "sigma_data (smax^(1/7) + k / steps (smin^(1/7) - smax^(1/7)))^7, k = 0 .. steps."
    due = exactly(2560, 2485.536358, 55.974793, 0.0064)
    close(came[[0, 1, 100, 200]], due, rtol=1e-8, what="the levels 0, 1, 100, 200", hint=hint)
    for options in ((4, 1.0, 10.0, 0.1, 1.0), (4, 2.0, 10.0, 0.1, 2.0)):
        came = submission.af3_sampler.noise_levels(*options)
        _, data, high, low, rho = options
        due = [data * ((1 - k / 4) * high ** (1 / rho) + k / 4 * low ** (1 / rho)) ** rho for k in range(5)]
        near(came, exactly(*due), f"levels with rho {rho:g}", hint)


@task("af3_sample")
def test_worked_rotations(submission, seed):
    """(1, 1, 0) and (0, 1, 0) make the rows (.7071068, .7071068, 0), (-.7071068, .7071068, 0), (0, 0, 1)"""
    root = math.sqrt(0.5)
    came = submission.af3_sampler.uniform_rotation(exactly(1, 1, 0), exactly(0, 1, 0))
    due = exactly(root, root, 0, -root, root, 0, 0, 0, 1).reshape(3, 3)
    near(
        came,
        due,
        "the rotation",
        "Rows: v0, what v1 has besides it, and their cross product, each of length 1.",
    )
    v0, v1 = seed.fork("v0").normal(2, 4, 3), seed.fork("v1").normal(2, 4, 3)
    came = submission.af3_sampler.uniform_rotation(v0, v1)
    near(came @ came.mT, torch.eye(3).double().expand(2, 4, 3, 3), "R R^T", within=1e-10)
    near(torch.linalg.det(came), torch.ones(2, 4).double(), "the determinants", within=1e-10)
    near(
        (came @ v0[..., None])[..., 1:, 0], torch.zeros(2, 4, 2).double(), "v0 in rows 1 and 2", within=1e-10
    )


@task("af3_sample", weight=2)
def test_one_step_of_two_structures(submission, seed):
    """Two structures off the middle, each turned and shifted its own way, from level 4 to 2"""
    x, rotations = 5 + seed.normal(2, 3, 3), turns(seed.fork("R"), 1, 2)
    shifts, noises = seed.fork("shifts").normal(1, 2, 3), seed.fork("noises").normal(1, 2, 3, 3)
    came = submission.play(plays.af3_chain, x, exactly(4, 2), rotations, shifts, noises, 4.0, {})
    raised = 4 * 1.8
    rows = []
    for i in range(2):
        turned = (x[i] - x[i].mean(dim=0)) @ rotations[0, i].mT + shifts[0, i]
        noisy = turned + 1.003 * math.sqrt(raised**2 - 16) * noises[0, i]
        rows.append(noisy + 1.5 * (2 - raised) * (noisy - 16 / (16 + raised**2) * noisy) / raised)
    hint = (
        "Centre, turn, shift; noise up to 1.8 levels, however few steps there are; the direction is that "
        "*after* the noise."
    )
    near(came["x"], torch.stack(rows), "the structures", hint, 1e-10)
    near(came["told"], [raised], "the level that the denoiser is told", "It is told the raised level.")


def impulses(steps: int, at: list[int]) -> list[Tensor]:
    """Return start, rotations, shifts and noises of structures, each with a noise at one step only."""
    b = len(at)
    noises = torch.zeros(steps, b, 3, 3).double()
    for i, k in enumerate(at):
        noises[k, i] = ACROSS
    rotations = torch.eye(3).double().expand(steps, b, 3, 3)
    return [torch.zeros(b, 3, 3).double(), rotations, torch.zeros(steps, b, 3).double(), noises]


@task("af3_sample", weight=3)
def test_single_noises_at_the_end(submission):
    """Of the noises 100, 150, 159, 160 of 200 steps 1.9507339e-13, 2.7122562, 1.6455842 and 0 arrive"""
    x, *rest = impulses(200, [100, 150, 159, 160])
    levels = exactly(*(level(k / 200) for k in range(201)))
    came = submission.play(plays.af3_chain, x, levels, *rest, 16.0, {})
    shares = (came["x"] * ACROSS).sum(dim=(1, 2)) / ACROSS.square().sum()
    due = exactly(1.9507339e-13, 2.7122562, 1.6455842, 0)
    hint = (
        "Noise is added where the *next* level is above gamma_min: in the first 160 steps, and in each of "
        "them up to 1 + gamma0 levels."
    )
    close(shares, due, rtol=1e-7, what="the shares", hint=hint)


@task("af3_sample", weight=2)
def test_chain_of_twenty_steps(submission, seed):
    """20 steps keep 1.9049478e-21 of the start for s = 4; the denoiser is asked once a step; no gradients"""
    _, rotations, shifts, noises = impulses(20, [15])
    levels = exactly(*(level(k / 20) for k in range(21)))
    came = submission.play(
        plays.af3_chain, ACROSS[None].clone(), levels, rotations, shifts, 0 * noises, 4.0, {}
    )
    near(
        came["x"] * 1e21,
        1.9049478 * ACROSS[None],
        "10^21 times the end",
        "(x - D(x)) at the raised level: print level and raised level side by side, and their ratio.",
        WORKED,
    )
    told = [level(k / 20) * (1.8 if level((k + 1) / 20) > 1 else 1) for k in range(20)]
    near(came["told"], told, "the levels that the denoiser is told", within=LONG)
    expect(not came["tracked"], "the result carries gradients", "torch.no_grad().")
