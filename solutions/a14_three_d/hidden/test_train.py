"""Hidden checks of rendering and training: an own renderer, ray by ray, with fresh fields."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, any_of, close, task
from autograder.nearness import LONG, near

from .. import plays
from ..tests.test_train import bundle
from .fresh import expect_alike
from .test_sampling import by_hand


def fields(seed: Seed) -> list[Tensor]:
    """Return tables of a coarse and a fine field that differ from place to place."""
    return [seed.fork(name).normal(7, 4) for name in ("coarse", "fine")]


def shaded(table: Tensor, points: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
    """Return density and colour of a field at points of one ray."""
    sigma = F.softplus(points @ table[0, :3] + table[0, 3])
    return sigma, (points @ table[1:4, :3].mT + d @ table[4:, :3].mT + table[1:4, 3]).sigmoid()


def along(
    table: Tensor, o: Tensor, d: Tensor, t: Tensor, edges: Tensor, background: Tensor
) -> tuple[Tensor, ...]:
    """Follow one ray through a field: weights, colour, distance, opacity."""
    sigma, colour = shaded(table, o + t[:, None] * d, d)
    through = torch.ones((), dtype=t.dtype)
    weights, pixel, far = [], torch.zeros(3, dtype=t.dtype), torch.zeros((), dtype=t.dtype)
    for k in range(len(t)):
        after = through * torch.exp(-sigma[k] * (edges[k + 1] - edges[k]))
        weights.append(through - after)
        pixel, far = pixel + weights[-1] * colour[k], far + weights[-1] * t[k]
        through = after
    return torch.stack(weights), pixel + through * background, far / (1 - through), 1 - through


def looked(tables: list[Tensor], args: list) -> tuple[Tensor, ...]:
    """Render ray by ray: colours of both looks, distances, opacities."""
    o, d, near_, far, u, u_fine, background = args
    background = torch.zeros(3, dtype=o.dtype) if background is None else background
    n, rows = u.shape[1], []
    for r in range(len(o)):
        edges = torch.linspace(near_, far, n + 1, dtype=o.dtype)
        t = edges[:-1] + u[r] * (far - near_) / n
        weights, first, _, _ = along(tables[0], o[r], d[r], t, edges, background)
        samples = by_hand(edges[None], weights.detach()[None], u_fine[r : r + 1])[0]
        edges = torch.tensor(sorted(edges.tolist() + samples.tolist()), dtype=o.dtype)
        rows.append(
            (first, *along(tables[1], o[r], d[r], (edges[1:] + edges[:-1]) / 2, edges, background)[1:])
        )
    return tuple(torch.stack(one) for one in zip(*rows, strict=True))


@task("train_step", gate=True)
def test_training_is_an_answer_at_all(submission, seed):
    """Rendered rays, or decibels, go with fresh fields and pictures"""
    tables, args = fields(seed), bundle(seed, r=5)

    def decibels() -> None:
        a = seed.uniform(7, 9, 3)
        factors = [0.3, 0.1, 0.02, 0.5]
        came = [float(submission.train.psnr(a, a + f)) for f in factors]
        expect_alike(torch.tensor(came), torch.tensor([-20 * math.log10(f) for f in factors]))

    any_of(
        lambda: expect_alike(
            submission.play(plays.render, tables, args)["results"][1], looked(tables, args)[1]
        ),
        decibels,
    )


@task("train_step", weight=3)
def test_fresh_rays(submission, seed):
    """Fresh fields, ray by ray, with and without background and fine samples; one coarse bin, too

    Coarse samples first, then fine ones from their weights without a gradient, sorted together, with or
    without background. One coarse bin too.
    """
    names = "colours of the coarse look, colours of the fine look, distance and opacity"
    for n, m, dark in ((4, 6, False), (1, 3, True), (5, 0, False)):
        fresh = seed.fork(f"{n}")
        tables, args = fields(fresh), bundle(fresh, 3, n, m)
        args[6] = None if dark else args[6]
        came = submission.play(plays.render, tables, args)
        near(tuple(came["results"]), looked(tables, args), f"n = {n}, m = {m}: {names}", within=LONG)


@task("train_step", weight=2)
def test_fresh_steps(submission, seed):
    """Steps with momentum down the gradients of an own renderer; decibels of fresh pictures

    Both renderings are compared with the pixels: clear, backward, one step. Decibels are -10 log10 of the
    mean squared error.
    """
    tables, steps = fields(seed), []
    for k in range(2):
        args = bundle(seed.fork(f"{k}"), 2, 3, 4)
        steps.append([*args[:2], seed.fork(f"colour {k}").uniform(2, 3), *args[2:]])
    came = submission.play(plays.train, tables, steps, False)
    weights = [table.clone() for table in tables]
    speed = [torch.zeros(7, 4).double() for _ in tables]
    for k, step in enumerate(steps):
        leaves = [one.clone().requires_grad_() for one in weights]
        first, second, _, _ = looked(leaves, [*step[:2], *step[3:]])
        loss = (first - step[2]).square().mean() + (second - step[2]).square().mean()
        gradients = torch.autograd.grad(loss, leaves)
        speed = [0.9 * v + g for v, g in zip(speed, gradients, strict=True)]
        weights = [one - 0.5 * v for one, v in zip(weights, speed, strict=True)]
        near(came["losses"][k], loss.item(), f"the loss of step {k}", within=LONG)
        due = [part for one in weights for part in (one[:, :3], one[:4, 3])]
        near(came["weights"][k], due, f"weights after step {k}", within=LONG)
    a, b = seed.fork("a").uniform(3, 4, 3), seed.fork("b").uniform(3, 4, 3)
    squares = [(x - y) ** 2 for x, y in zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)]
    expected = -10 * math.log10(sum(squares) / 36)
    close(submission.train.psnr(a, b), expected, rtol=1e-12, what="psnr")
