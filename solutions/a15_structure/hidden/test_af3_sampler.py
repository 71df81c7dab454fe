"""Hidden checks of AlphaFold 3's sampler: fresh levels, rotations and chains, structure by structure."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, exactly, expect, task
from autograder.nearness import LONG, near, near_single

from .. import plays
from ..tests.turns import turns
from .fresh import expect_alike

PLAIN = {"gamma0": 0.8, "gamma_min": 1.0, "noise_scale": 1.003, "step_scale": 1.5}


def levels_of(steps: int, data: float, high: float, low: float, rho: float) -> Tensor:
    """Return noise levels, one by one."""
    a, b = math.pow(high, 1 / rho), math.pow(low, 1 / rho)
    return exactly(*(data * math.pow(a - (a - b) * k / steps, rho) for k in range(steps + 1)))


def chained(
    x: Tensor, levels: Tensor, turn: Tensor, shift: Tensor, noise: Tensor, s: float, o: dict[str, float]
):
    """Run the chain of the play for one structure; return where it ends and what the denoiser is told."""
    told = []
    for k in range(len(noise)):
        before, after = levels[k].item(), levels[k + 1].item()
        middle = sum(x) / len(x)
        x = torch.stack([turn[k] @ (atom - middle) + shift[k] for atom in x])
        raised = before + (o["gamma0"] * before if after > o["gamma_min"] else 0)
        told.append(raised)
        x = x + o["noise_scale"] * math.sqrt(raised * raised - before * before) * noise[k]
        towards = (x - s * s / (s * s + raised * raised) * x) / raised
        x = x - o["step_scale"] * (raised - after) * towards
    return x, told


@task("af3_sample", gate=True)
def test_samples_are_an_answer_at_all(submission, seed):
    """Levels, rotations or samples go with what came in"""
    v0, v1 = seed.fork("v0").normal(6, 3), seed.fork("v1").normal(6, 3)
    levels = levels_of(6, 1.0, 10.0, 0.1, 3.0)
    x, R, shifts = seed.normal(2, 4, 3), turns(seed.fork("R"), 6, 2), seed.fork("shifts").normal(6, 2, 3)
    noises = seed.fork("noises").normal(6, 2, 4, 3)

    def samples() -> None:
        came = submission.play(plays.af3_chain, x, levels, R, shifts, noises, 3.0, {})["x"]
        due = [chained(x[i], levels, R[:, i], shifts[:, i], noises[:, i], 3.0, PLAIN)[0] for i in range(2)]
        expect_alike(came, torch.stack(due))

    any_of(
        samples,
        lambda: expect_alike(submission.af3_sampler.noise_levels(6, 1.0, 10.0, 0.1, 3.0), levels),
        lambda: expect_alike(
            submission.af3_sampler.uniform_rotation(v0, v1)[:, 0], v0 / v0.norm(dim=1, keepdim=True)
        ),
    )


@task("af3_sample", weight=2)
def test_fresh_levels_and_rotations(submission, seed):
    """Fresh numbers of steps and ranges; fresh vectors, by angles and products; float32 rotations

    Levels fall by the seventh root from largest to smallest; random rotations must be uniform: orthogonal,
    with determinant 1.
    """
    steps = seed.integer(3, 9)
    for options in ((steps,), (steps, 5.0, 20.0, 0.02, 3.0), (1, 1.0, 4.0, 2.0, 5.0)):
        rest = (16.0, 160.0, 4e-4, 7.0) if len(options) == 1 else options[1:]
        near(
            submission.af3_sampler.noise_levels(*options),
            levels_of(options[0], *rest),
            "the levels",
            within=1e-11,
        )
    v0, v1 = 3 * seed.fork("v0").normal(2, 3, 3), seed.fork("v1").normal(2, 3, 3)
    due = torch.empty(2, 3, 3, 3).double()
    for i in range(2):
        for j in range(3):
            a, b = v0[i, j], v1[i, j]
            c = torch.linalg.cross(a, b)
            rows = [a, torch.linalg.cross(c, a), c]
            due[i, j] = torch.stack(
                [row / math.sqrt(sum(value**2 for value in row.tolist())) for row in rows]
            )
    near(submission.af3_sampler.uniform_rotation(v0, v1), due, "the rotations", within=1e-10)
    near_single(submission.af3_sampler.uniform_rotation(v0.float(), v1.float()), due, "the rotations")


@task("af3_sample", weight=3)
def test_fresh_chains(submission, seed):
    """Fresh chains of three structures, plain and with every option changed; float32

    Centre and turn first, then raise the noise, then step from the raised level: does each option reach its
    place? No noise is raised below gamma's bound.
    """
    x, R = 20 * seed.normal(3, 5, 3), turns(seed.fork("R"), 7, 3)
    shifts, noises = seed.fork("shifts").normal(7, 3, 3), seed.fork("noises").normal(7, 3, 5, 3)
    levels = levels_of(7, 2.0, 10.0, 0.02, 3.0)
    others = {"gamma0": 0.3, "gamma_min": 3.5, "noise_scale": 0.9, "step_scale": 1.1}
    equal = {"gamma_min": levels[3].item()}  # not above it
    for options in ({}, equal, others, *({name: value} for name, value in others.items())):
        came = submission.play(plays.af3_chain, x, levels, R, shifts, noises, 5.0, options)
        for i in range(3):
            due, told = chained(x[i], levels, R[:, i], shifts[:, i], noises[:, i], 5.0, PLAIN | options)
            near(came["x"][i], due, f"structure {i} with {options or 'no options'}", within=1e-9)
        near(came["told"], told, "the levels that the denoiser is told", within=LONG)
        expect(not came["tracked"], "the result carries gradients")
    single = [one.float() for one in (x, levels, R, shifts, noises)]
    came = submission.play(plays.af3_chain, *single, 5.0, options)["x"]
    near_single(
        came,
        torch.stack(
            [
                chained(x[i], levels, R[:, i], shifts[:, i], noises[:, i], 5.0, PLAIN | options)[0]
                for i in range(3)
            ]
        ),
    )
