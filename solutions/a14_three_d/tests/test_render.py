"""Public checks of volume rendering: worked weights, fog and a blob in closed form, walls."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, task
from autograder.nearness import WORKED, near, unchanged

from .. import plays


def fog(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return density .8 in n bins of [2, 6], their edges and their middles."""
    edges = torch.linspace(2, 6, n + 1, dtype=torch.float64)
    return exactly(0.8).expand(1, n), edges, ((edges[1:] + edges[:-1]) / 2)[None]


def a_scene(seed: Seed, rays: int = 3, n: int = 5) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return densities, edges, colours and places of samples."""
    edges = 1 + seed.fork("edges").uniform(rays, n + 1).cumsum(dim=1)
    sigma, colour = 3 * seed.fork("sigma").uniform(rays, n), seed.fork("colour").uniform(rays, n, 3)
    t = edges[:, :-1] + edges.diff() * seed.fork("t").uniform(rays, n)
    return sigma, edges, colour, t


@task("volume_rendering", weight=2)
def test_worked_weights(submission):
    """Densities 1, 2, 3 between 0, 1, 2, 2.5 weigh .6321206, .3180924, .0386782; .0111090 comes through"""
    edges = exactly(0, 1, 2, 2.5)
    came = submission.render.ray_weights(exactly(1, 2, 3)[None], edges)
    hint = "exp(-what lies before the bin) times 1 - exp(-density times length)."
    expected = exactly(0.6321206, 0.3180924, 0.0386782)
    close(came[0], expected, rtol=0, atol=WORKED, what="weights", hint=hint)
    both = submission.render.ray_weights(exactly(1, 2, 3).expand(2, -1), torch.stack([edges, 2 * edges]))
    doubled = exactly(0.8646647, 0.1328565, 0.0023554)
    close(both, torch.stack([expected, doubled]), rtol=0, atol=WORKED, what="weights of two rays", hint=hint)


@task("volume_rendering", weight=2)
def test_fog_in_closed_form(submission):
    """Fog of density .8 over [2, 6] has the opacity .9592378 in any number of bins, and the distance 3.08"""
    for n, within in ((1, None), (8, 0.017), (64, 2.7e-4)):
        sigma, edges, t = fog(n)
        weights = submission.render.ray_weights(sigma, edges)
        _, distance, opacity = submission.render.composite(weights, torch.ones(1, n, 3).double(), t)
        hint = "Weights come from the bins' lengths: n of them, from n + 1 edges."
        near(opacity, exactly(1 - math.exp(-3.2)), f"the opacity in {n} bins", hint)
        if within:
            what = f"the distance in {n} bins"
            hint = "sum of w t, divided by the opacity: the mean over what was hit."
            close(distance, exactly(3.0800225), rtol=0, atol=within, what=what, hint=hint)


@task("volume_rendering")
def test_walls_and_thin_air(submission):
    """Behind infinite density nothing is seen, and float32 does not lose a depth of 2.5e-10"""
    sigma = exactly(0.5, torch.inf, 1, torch.inf, 0)[None]
    came = submission.render.ray_weights(sigma, torch.arange(6).double())
    hint = "Sum what lies before a bin without the bin itself; inf - inf is NaN."
    near(came[0], exactly(1 - math.exp(-0.5), math.exp(-0.5), 0, 0, 0), "weights with walls", hint)
    thin = submission.render.ray_weights(torch.full((1, 4), 1e-9), torch.linspace(0, 1, 5))
    expect_dtype(thin, torch.float32)
    hint = "1 - exp(-x) is 0 in float32 for small x: torch.expm1."
    close(thin, torch.full((1, 4), 2.5e-10), rtol=1e-5, what="weights of thin air", hint=hint)


@task("volume_rendering", weight=2)
def test_worked_pixel(submission):
    """Weights .5, .25 of red at 1, green at 3, before white, black or None: colour, distance, opacity"""
    weights, t = exactly(0.5, 0.25)[None], exactly(1, 3)[None]
    colour = exactly(1, 0, 0, 0, 1, 0).reshape(1, 2, 3)
    hint = "The background shows through where nothing stopped the light: 1 - opacity."
    for background, behind in ((exactly(1, 1, 1), 0.25), (exactly(0, 0, 0), 0), (None, 0)):
        came = submission.render.composite(weights, colour, t, background)
        expected = (exactly(0.5 + behind, 0.25 + behind, behind)[None], exactly(5 / 3), exactly(0.75))
        near(came, expected, "the pixel: colour, distance and opacity", hint)


@task("volume_rendering")
def test_pixels_that_hit_nothing(submission, seed):
    """A ray with weights 0 shows the background, at the distance of its last sample; no NaN anywhere"""
    args = [torch.zeros(2, 3).double(), seed.uniform(2, 3, 3), exactly(1, 2, 4).expand(2, -1)]
    args[0][1, 1] = 0.5
    args = [*args, exactly(0.2, 0.4, 0.6)]
    came = submission.play(plays.with_gradients, "render", "composite", args, [0, 1])
    rgb, distance, opacity = came["result"]
    near(distance, exactly(4, 2), "distances", "0/0 is NaN: where the opacity is 0 take the last t.")
    near(rgb[0], args[3], "the colour of an empty ray")
    near(opacity, exactly(0, 0.5), "the opacity")
    for one in came["gradients"]:
        expect(one is not None and bool(one.isfinite().all()), "gradients are not finite", "0/0 again.")
    unchanged(came["arguments"], args)


@task("volume_rendering")
def test_what_splitting_and_order_change(submission, seed):
    """A bin cut in two changes no pixel; bins in another order change the colour and not the opacity"""
    sigma, edges, colour, t = a_scene(seed)
    whole = submission.render.composite(submission.render.ray_weights(sigma, edges), colour, t)
    middle = (edges[:, 2:3] + edges[:, 3:4]) / 2
    finer = torch.cat([edges[:, :3], middle, edges[:, 3:]], dim=1)
    twice = [0, 1, 2, 2, 3, 4]
    weights = submission.render.ray_weights(sigma[:, twice], finer)
    near(submission.render.composite(weights, colour[:, twice], t[:, twice])[0], whole[0], "the colour")
    even = torch.arange(6).double()
    for order in ([0, 1, 2, 3, 4], [3, 0, 4, 1, 2]):
        weights = submission.render.ray_weights(sigma[:, order], even)
        near(weights.sum(dim=1), -torch.expm1(-sigma.sum(dim=1)), "the opacity")
