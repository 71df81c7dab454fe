"""Hidden checks of the network: rebuilt from its weights, with fresh ones."""

import torch
from torch import Tensor

from autograder.checks import any_of, task
from autograder.nearness import near

from .. import plays
from ..tests.test_nerf import SIZES, nothing, places, some
from .fresh import expect_alike


def encoded(p: Tensor, L: int) -> Tensor:
    """Return an encoding, frequency by frequency."""
    parts = [p]
    for k in range(L):
        parts += [torch.sin(2**k * p), torch.cos(2**k * p)]
    return torch.cat(parts, dim=-1)


def rebuilt(weights: list[Tensor], points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Return density and colour from the matrices alone."""
    layer = [(weights[i], weights[i + 1]) for i in range(0, len(weights), 2)]

    def through(h: Tensor, i: int) -> Tensor:
        return h @ layer[i][0].mT + layer[i][1]

    x = encoded(points, 2)
    h = through(through(x, 0).clamp(min=0), 1).clamp(min=0)
    h = through(torch.cat([x, h], dim=-1), 2).clamp(min=0)
    h = through(h, 3).clamp(min=0)
    view = torch.cat([through(h, 5), encoded(directions, 1)], dim=-1)
    colour = 1 / (1 + (-through(through(view, 6).clamp(min=0), 7)).exp())
    return through(h, 4).clamp(min=0)[..., 0], colour


@task("nerf", gate=True)
def test_fields_are_an_answer_at_all(submission, seed):
    """Density or colour of a fresh network go with its weights"""
    weights, (points, directions) = some(seed), places(seed)
    weights[9] += 3
    came = submission.play(plays.nerf, SIZES, weights, points, directions)
    sigma, colour = rebuilt(weights, points, directions)

    def biases() -> None:
        alone = nothing()
        alone[15] = 3 * seed.fork("bias").normal(3)
        seen = submission.play(plays.nerf, SIZES, alone, points, directions)["colour"]
        expect_alike(seen, alone[15].sigmoid().expand(2, 4, 3))

    any_of(
        biases,
        lambda: expect_alike(came["colour"], colour),
        lambda: expect_alike(came["sigma"], sigma),
    )


@task("nerf", weight=3)
def test_fresh_networks(submission, seed):
    """Fresh networks, rebuilt from their matrices: values, and gradients by points and directions

    Rebuild the network: [encoded position, hidden] after layer `skip`, `feature` without activation, then
    [feature, encoded direction]; the density does not see the direction.
    """
    for number in range(3):
        fresh = seed.fork(f"{number}")
        weights, (points, directions) = some(fresh), places(fresh)
        came = submission.play(plays.nerf, SIZES, weights, points[number:], directions[number:])
        points, directions = (one[number:].requires_grad_() for one in (points, directions))
        sigma, colour = rebuilt(weights, points, directions)
        near(came["sigma"], sigma, "the density")
        near(came["colour"], colour, "the colour")
        expected = torch.autograd.grad(sigma.sum() + colour.sum(), [points, directions])
        near(came["gradients"], list(expected), "gradients: by points and by directions", within=1e-10)
