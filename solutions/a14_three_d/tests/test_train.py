"""Public checks of rendering by two looks and of a training step: fields without change in space."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, expect, task
from autograder.nearness import LONG, WORKED, near, unchanged

from .. import plays

NEAR, FAR = 1.0, 3.0


def even_fields(seed: Seed) -> list[Tensor]:
    """Return tables of a coarse and a fine field that are the same everywhere and from everywhere."""
    tables = []
    for name in ("coarse", "fine"):
        table = torch.zeros(7, 4, dtype=torch.float64)
        table[:4, 3] = seed.fork(name).normal(4)
        tables.append(table)
    return tables


def bundle(seed: Seed, r: int = 3, n: int = 4, m: int = 5) -> list:
    """Return rays, the interval, uniform numbers for both looks, and a background."""
    o, d = seed.fork("o").normal(r, 3), F.normalize(seed.fork("d").normal(r, 3), dim=1)
    u, u_fine = seed.fork("u").uniform(r, n), seed.fork("u_fine").uniform(r, m)
    return [o, d, NEAR, FAR, u, u_fine, seed.fork("background").uniform(3)]


def even_pixel(offsets: Tensor, background: Tensor) -> tuple[Tensor, Tensor]:
    """Return colour and opacity through an even field, in closed form."""
    opacity = -torch.expm1(-F.softplus(offsets[0]) * (FAR - NEAR))
    return opacity * offsets[1:].sigmoid() + (1 - opacity) * background, opacity


# -------------------- 3.2 train_step
@task("train_step", weight=2)
def test_even_fields_in_closed_form(submission, seed):
    """Through fields that are the same everywhere each look has its closed form, whatever is drawn"""
    tables = even_fields(seed)
    for m in (5, 0):
        args = bundle(seed, m=m)
        came = submission.play(plays.render, tables, args)
        rgb_coarse, rgb_fine, _, opacity = came["results"]
        for name, rgb, table in (("coarse", rgb_coarse, tables[0]), ("fine", rgb_fine, tables[1])):
            hint = "The coarse colours come from the coarse field, the fine ones from the fine field."
            expected, through = even_pixel(table[:4, 3], args[6])
            near(rgb, expected.expand(3, 3), f"the colours of the {name} look, m = {m}", hint)
        near(opacity, through.expand(3), f"the opacity, m = {m}", "Distance and opacity are the fine look's.")
        unchanged(came["arguments"], args)


@task("train_step", weight=2)
def test_where_the_fields_are_asked(submission, seed):
    """The coarse field is asked at o + t d; the fine one at the middles of n + m bins that are sorted"""
    tables, args = even_fields(seed), bundle(seed)
    o, d, u, u_fine = args[0], args[1], args[4], args[5]
    came = submission.play(plays.render, tables, args)
    t = NEAR + (FAR - NEAR) * (torch.arange(4) + u) / 4
    points, directions = came["coarse"][0]
    near(points, o[:, None] + t[..., None] * d[:, None], "the points that the coarse field got", within=LONG)
    near(directions, d[:, None].expand(-1, 4, -1), "the directions that the coarse field got")
    # The weights of an even field, and the samples that they lead to.
    sigma = F.softplus(tables[0][0, 3]).item()
    edges = torch.linspace(NEAR, FAR, 5, dtype=torch.float64)
    through = torch.exp(-sigma * (edges - NEAR))
    rows = []
    for row in u_fine.tolist():
        samples = []
        for share in row:
            level = 1 - share * (1 - through[-1].item())
            k = int((through[1:] >= level).sum())
            samples.append(edges[k] + 0.5 * (through[k] - level) / (through[k] - through[k + 1]))
        rows.append(torch.cat([edges, torch.stack(samples)]).sort().values)
    cuts = torch.stack(rows)  # 3 10
    middles = (cuts[:, 1:] + cuts[:, :-1]) / 2
    points, directions = came["fine"][0]
    hint = "Sort the coarse edges and the samples together; ask in the middles of the n + m bins."
    near(
        points, o[:, None] + middles[..., None] * d[:, None], "the points that the fine field got", hint, LONG
    )
    near(directions, d[:, None].expand(-1, 9, -1), "the directions that the fine field got")


@task("train_step")
def test_decibels(submission):
    """A mean square of .01 is 20 dB and of .001 30 dB; equal pictures have infinitely many"""
    a = torch.zeros(4, 5).double()
    for square, expected in ((0.01, 20.0), (0.001, 30.0), (4.0, -6.0205999)):
        came = submission.train.psnr(a, a + math.sqrt(square))
        close(
            came,
            expected,
            rtol=0,
            atol=WORKED,
            what=f"psnr of {square}",
            hint="-10 log10 of the mean square.",
        )
    came = submission.train.psnr(a, a.clone())
    expect(float(came) == math.inf, f"psnr of equal pictures is {float(came)}; expected inf")


@task("train_step", weight=2)
def test_two_steps_of_even_fields(submission, seed):
    """Two steps with momentum lead even fields where the closed form's gradients lead them"""
    tables = even_fields(seed)
    steps = []
    for k in range(2):
        o, d, near_, far, u, u_fine, background = bundle(seed.fork(f"{k}"))
        colour = seed.fork(f"colour {k}").uniform(3, 3)
        steps.append([o, d, colour, near_, far, u, u_fine, background])
    came = submission.play(plays.train, tables, steps, True)
    offsets = [table[:4, 3].clone() for table in tables]
    speed = [torch.zeros(4).double() for _ in tables]
    for k, args in enumerate(steps):
        leaves = [one.clone().requires_grad_() for one in offsets]
        errors = [(even_pixel(leaf, args[7])[0] - args[2]).square().mean() for leaf in leaves]
        gradients = torch.autograd.grad(errors[0] + errors[1], leaves)
        speed = [0.9 * v + g for v, g in zip(speed, gradients, strict=True)]
        offsets = [one - 0.5 * v for one, v in zip(offsets, speed, strict=True)]
        hint = "Mean square of the coarse look plus mean square of the fine one, before the step."
        near(came["losses"][k], (errors[0] + errors[1]).item(), f"the loss of step {k}", hint, LONG)
        hint = "Clear old gradients, go back through both looks, one step of the optimizer."
        near(came["weights"][k], offsets, f"after step {k}: coarse and fine", hint, LONG)
