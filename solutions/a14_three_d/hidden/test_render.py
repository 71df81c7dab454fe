"""Hidden checks of volume rendering: light followed bin by bin, and a blob by its error function."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, exactly, task
from autograder.nearness import near, near_single

from .. import plays
from ..tests.test_render import a_scene
from .fresh import expect_alike


def followed(
    sigma: Tensor, edges: Tensor, colour: Tensor, t: Tensor, background: list[float]
) -> tuple[Tensor, ...]:
    """Follow the light of each ray from the front to the back: weights, colours, distances, opacities."""
    all_weights, rgb, distance, opacity = [], [], [], []
    for r in range(len(sigma)):
        through, weights = 1.0, []
        for k in range(sigma.shape[1]):
            after = through * math.exp(-sigma[r, k].item() * (edges[r, k + 1] - edges[r, k]).item())
            weights.append(through - after)
            through = after
        seen = 1 - through
        pixel = [sum(w * colour[r, k, c].item() for k, w in enumerate(weights)) for c in range(3)]
        rgb.append([value + through * b for value, b in zip(pixel, background, strict=True)])
        distance.append(sum(w * t[r, k].item() for k, w in enumerate(weights)) / seen)
        all_weights.append(weights)
        opacity.append(seen)
    return tuple(torch.tensor(one, dtype=torch.float64) for one in (all_weights, rgb, distance, opacity))


@task("volume_rendering", gate=True)
def test_rendering_is_an_answer_at_all(submission, seed):
    """Weights or pixels of a fresh scene go with what they should be"""
    sigma, edges, colour, t = a_scene(seed, 6, 4)
    weights, rgb, _, _ = followed(sigma, edges, colour, t, [0, 0, 0])
    any_of(
        lambda: expect_alike(submission.render.ray_weights(sigma, edges), weights),
        lambda: expect_alike(submission.render.composite(weights, colour, t)[0], rgb),
    )


@task("volume_rendering", weight=3)
def test_fresh_scenes(submission, seed):
    """Fresh rays with bins of their own, followed bin by bin, before a coloured background; float32 too

    Weights are transmittance times 1 - exp(-sigma delta), and transmittance does not include the bin itself.
    What is left over shows the background.
    """
    for n in (1, 6):
        scene = a_scene(seed.fork(f"{n}"), 4, n)
        sigma, edges, colour, t = scene
        background = seed.fork("background").uniform(3)
        weights, *expected = followed(*scene, background.tolist())
        near(submission.render.ray_weights(sigma, edges), weights, "weights")
        near(submission.render.ray_weights(sigma[:1], edges[0]), weights[:1], "weights")
        came = submission.render.composite(weights, colour, t, background)
        near(came, tuple(expected), "the pixels: colour, distance and opacity")
        near_single(submission.render.ray_weights(sigma.float(), edges.float()), weights, "weights")
        single = submission.render.composite(*(one.float() for one in (weights, colour, t, background)))
        for one, due in zip(single, expected, strict=True):
            near_single(one, due)
        near(submission.render.composite(weights, colour, t)[0], followed(*scene, [0, 0, 0])[1], "the colour")


@task("volume_rendering", weight=2)
def test_blob_by_its_error_function(submission, seed):
    """A blob's opacity and its gradient by the density are exact; nothing is seen behind a fresh wall

    With many bins opacity is 1 - exp(-integral of the density), and so is its gradient; behind a wall nothing
    is seen. Sum logarithms, no products.
    """
    A, s = 6.0, 0.3
    b = seed.uniform(3)
    edges = torch.linspace(2, 6, 65, dtype=torch.float64)
    middle = (edges[1:] + edges[:-1]) / 2
    sigma = A * torch.exp(-((middle - 4) ** 2 + b[:, None] ** 2) / (2 * s**2))  # 3 64
    came = submission.play(plays.with_gradients, "render", "ray_weights", [sigma, edges], [0])
    depth = (
        A * torch.exp(-(b**2) / (2 * s**2)) * s * math.sqrt(2 * math.pi) * math.erf(2 / (s * math.sqrt(2)))
    )
    near(came["result"][0].sum(dim=1), -torch.expm1(-depth), "the opacity", within=1e-9)
    slope = (-depth).exp()[:, None].expand(3, 64) / 16
    near(came["gradients"][0], slope, "the opacity's gradient by the densities", within=1e-9)
    wall = seed.fork("wall").integer(1, 6)
    sigma, edges = torch.ones(1, 8).double(), torch.arange(9).double()
    sigma[0, [wall, 7]] = torch.inf
    expected = torch.exp(-torch.arange(8).double()) * -math.expm1(-1)
    expected[wall], expected[wall + 1 :] = math.exp(-wall), 0
    close(submission.render.ray_weights(sigma, edges)[0], expected, rtol=1e-12, what="weights around a wall")
    empty = submission.render.composite(
        torch.zeros(1, 2).double(), torch.ones(1, 2, 3).double(), exactly(3, 7)[None]
    )
    near(
        empty,
        (torch.zeros(1, 3).double(), exactly(7), exactly(0)),
        "an empty pixel: colour, distance and opacity",
    )
