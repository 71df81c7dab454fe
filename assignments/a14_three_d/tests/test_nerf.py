"""Public checks of the network: weights set by hand, so that each of its ways can be followed alone."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, exactly, expect, task
from autograder.nearness import near

from .. import plays

SIZES = {"width": 6, "layers": 4, "skip": 1, "L_position": 2, "L_direction": 1}
P, D = 15, 9  # widths of the encodings
SHAPES = [(6, P), (6,), (6, 6), (6,), (6, 6 + P), (6,), (6, 6), (6,)]  # the trunk
SHAPES += [(1, 6), (1,), (6, 6), (6,), (3, 6 + D), (3,), (3, 3), (3,)]  # density, feature, view, colour
LATE = (
    4  # the layer behind the joint; then 6 the last of the trunk, 8 density, 10 feature, 12 view, 14 colour
)
JOINTS = "Which layers expect more than `width`? What is joined goes into these (Hint 1 of task 3.1)."


def nothing() -> list[Tensor]:
    """Return weights of zero."""
    return [torch.zeros(shape, dtype=torch.float64) for shape in SHAPES]


def some(seed: Seed) -> list[Tensor]:
    """Return random weights."""
    return [0.6 * seed.fork(f"{i}").normal(*shape) for i, shape in enumerate(SHAPES)]


def places(seed: Seed) -> tuple[Tensor, Tensor]:
    """Return points on some rays, and directions."""
    return seed.fork("points").normal(2, 4, 3), seed.fork("directions").normal(2, 4, 3)


def field(submission: Any, weights: list[Tensor], points: Tensor, directions: Tensor) -> dict[str, Tensor]:
    """Return density and colour of a network with these weights."""
    came = submission.play(plays.nerf, SIZES, weights, points, directions)
    sizes = tuple(came["sigma"].shape), tuple(came["colour"].shape)
    due = tuple(points.shape[:-1]), tuple(points.shape)
    expect(sizes == due, f"density and colour have the shapes {sizes}; expected {due}", JOINTS)
    return came


@task("nerf", weight=2)
def test_density_knows_no_direction(submission, seed):
    """Seen from elsewhere a point has the density that its place has, and another colour"""
    weights, (points, directions) = nothing(), places(seed)
    weights[0][0, 0] = weights[0][1, 1] = weights[2][0, 0] = weights[2][1, 1] = 1  # x and y, rectified
    weights[LATE][0, P], weights[LATE][1, P + 1], weights[6][0, 0], weights[6][1, 1] = 1, 1, 1, 1
    weights[8][0, :2], weights[9][0] = exactly(1, 0.5), 0.25
    weights[10:] = some(seed)[10:]
    density = points[..., 0].clamp(min=0) + points[..., 1].clamp(min=0) / 2 + 0.25
    colours = []
    for way in (directions, -directions):
        came = field(submission, weights, points, way)
        hint = (
            "The density is made of what the last layer of the trunk gives: neither the direction nor what "
            "the colour alone goes through comes before it, or geometry can cheat."
        )
        near(came["sigma"], density, "the density", hint)
        colours.append(came["colour"])
    expect((colours[0] - colours[1]).abs().max() > 1e-6, "the colour does not see the direction")


@task("nerf")
def test_densities_and_colours(submission, seed):
    """Density is the rectified output, colour the sigmoid; weights 0 give the bias alone"""
    for bias in (0.75, -0.5):
        weights = nothing()
        weights[9] += bias
        weights[15] += exactly(0, 1, -2)
        came = field(submission, weights, *places(seed))
        near(came["sigma"], torch.full((2, 4), max(bias, 0)).double(), "the density", "ReLU, no sigmoid.")
        expected = exactly(0.5, 0.7310585786300049, 0.11920292202211755).expand(2, 4, 3)
        near(came["colour"], expected, "the colour")


@task("nerf", weight=2)
def test_position_comes_in_again(submission, seed):
    """Weights that only let the position through that is joined late make the density x + 2"""
    weights, (points, directions) = nothing(), places(seed)
    weights[LATE][0, 0] = 1  # the first number that is joined is x itself
    weights[LATE + 1] += 2
    weights[6][0, 0] = weights[8][0, 0] = 1
    came = field(submission, weights, points, directions)
    hint = (
        "After layer self.skip: the encoded position first, then what the layers made of it. If all is 0, "
        "the density is read behind a matrix that it does not go through."
    )
    near(came["sigma"], (points[..., 0] + 2).clamp(min=0), "the density", hint)


@task("nerf")
def test_features_and_directions_are_joined(submission, seed):
    """Weights that only let a feature and a direction through: the feature may be negative and comes first"""
    weights, (points, directions) = nothing(), places(seed)
    weights[11] -= 0.5  # the feature's bias
    weights[12][0, 0], weights[12][1, 6], weights[13][1] = -1, 1, 3  # feature 0; the direction's x, and 3
    weights[14][0, 0] = weights[14][1, 1] = 1
    came = field(submission, weights, points, directions)
    x = (directions[..., 0] + 3).clamp(min=0)
    expected = torch.stack([torch.full_like(x, 0.5), x, torch.zeros_like(x)], dim=-1).sigmoid()
    hint = "The feature layer has no activation; then [feature, encoded direction], one layer, ReLU."
    near(came["colour"], expected, "the colour", hint)
