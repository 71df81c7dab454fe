"""Hidden checks of light, regularisers and words: fresh surfaces, ray by ray."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import any_of, exactly, expect, task
from autograder.nearness import near, near_single

from .. import plays
from .fresh import expect_alike, not_the_input


def lit(
    albedo: Tensor, normal: Tensor, point: Tensor, light: Tensor, lamp: Tensor, ambient: Tensor
) -> Tensor:
    """Return the colours of surfaces (m, 3), one by one."""
    rows = []
    for a, n, p in zip(albedo.tolist(), normal.tolist(), point.tolist(), strict=True):
        way = [x - y for x, y in zip(light.tolist(), p, strict=True)]
        shade = max(0.0, sum(x * y for x, y in zip(n, way, strict=True)) / math.hypot(*way))
        rows.append([c * (q * shade + b) for c, q, b in zip(a, lamp.tolist(), ambient.tolist(), strict=True)])
    return torch.tensor(rows, dtype=torch.float64)


def named(azimuth: float, elevation: float) -> str:
    """Return a view's name from the cosine of its azimuth."""
    along = math.cos(math.radians(azimuth))
    if elevation > 60:
        return "overhead"
    return "front" if along > math.sqrt(0.5) else "back" if along < -math.sqrt(0.5) else "side"


def surfaces(seed, m: int) -> list[Tensor]:
    """Return albedo, normals, points, a light and its colours."""
    return [
        seed.fork("albedo").uniform(m, 3),
        F.normalize(seed.fork("normal").normal(m, 3), dim=1),
        seed.fork("point").normal(m, 3),
        3 * seed.fork("light").normal(3),
        seed.fork("lamp").uniform(3),
        0.3 * seed.fork("ambient").uniform(3),
    ]


@task("dreamfusion", gate=True)
def test_shading_is_an_answer_at_all(submission, seed):
    """Shades or costs go with fresh surfaces and opacities"""
    args = surfaces(seed, 20)
    opacities = [i * 0.1 for i in range(8)]

    def shades() -> None:
        came = submission.dreamfusion.lambert(*args)
        expect_alike(came, lit(*args))
        for one in args[:3]:
            not_the_input(came, one)

    def costs() -> None:
        came = [float(submission.dreamfusion.opacity_loss(exactly(one, one))) for one in opacities]
        expect_alike(exactly(*came), exactly(*opacities))

    any_of(shades, costs)


@task("dreamfusion", weight=2)
def test_fresh_surfaces(submission, seed):
    """Fresh surfaces one by one, in a batch of two axes, and alone; float32 too

    albedo (light_colour max(0, n . l) + ambient), with l the unit vector from the point to the lamp: try
    batches of two axes, and one point.
    """
    args = surfaces(seed, 6)
    expected = lit(*args)
    near(submission.dreamfusion.lambert(*args), expected, "colours")
    two = [one.reshape(2, 3, 3) for one in args[:3]]
    near(submission.dreamfusion.lambert(*two, *args[3:]), expected.reshape(2, 3, 3), "colours")
    near(submission.dreamfusion.lambert(*(one[0] for one in args[:3]), *args[3:]), expected[0], "the colour")
    near_single(submission.dreamfusion.lambert(*(one.float() for one in args)), expected, "colours")


@task("dreamfusion", weight=2)
def test_fresh_costs(submission, seed):
    """Fresh normals and opacities, ray by ray; gradients by the normals and by the opacity

    The weighted sum of max(0, n . d)^2 with detached weights, and the mean of sqrt(opacity^2 + .01): take
    gradients by normals and by opacity.
    """
    w, n, d = seed.fork("w").uniform(4, 3), seed.fork("n").normal(4, 3, 3), seed.fork("d").normal(4, 3)
    w, n, d = w, F.normalize(n, dim=2), F.normalize(d, dim=1)
    total, slope = 0.0, torch.zeros_like(n)
    for i in range(4):
        for k in range(3):
            along = sum(x * y for x, y in zip(n[i, k].tolist(), d[i].tolist(), strict=True))
            if along > 0:
                total += w[i, k].item() * along**2 / 4
                slope[i, k] = w[i, k] * along / 2 * d[i]
    came = submission.play(plays.with_gradients, "dreamfusion", "orientation_loss", [w, n, d], [0, 1])
    near(came["result"][0], exactly(total)[0], "the cost of normals")
    near(came["gradients"][1], slope, "its gradient by the normals")
    expect(
        came["gradients"][0] is None or not bool(came["gradients"][0].any()), "the weights have a gradient"
    )
    opacity = seed.fork("opacity").uniform(5)
    came = submission.play(plays.with_gradients, "dreamfusion", "opacity_loss", [opacity], [0])
    root = [math.hypot(one, 0.1) for one in opacity.tolist()]
    near(came["result"][0], exactly(sum(root) / 5)[0], "the cost of opacities")
    near(came["gradients"][0], opacity / exactly(*root) / 5, "its gradient")


@task("dreamfusion")
def test_fresh_views(submission, seed):
    """Fresh places of cameras, many turns away too

    Bring the azimuth to -180..180 first, many turns away too; above 60 degrees of elevation it is overhead
    from all sides.
    """
    places = [(720 * (2 * a - 1), 180 * b - 90) for a, b in seed.uniform(60, 2).tolist()]
    for azimuth, elevation in [*places, (-46.0, 0.0), (-136.0, 59.9), (314.0, 0.0), (1000.0, 0.0)]:
        came = submission.dreamfusion.view_name(azimuth, elevation)
        due = named(azimuth, elevation)
        expect(came == due, f"azimuth {azimuth:.1f}, elevation {elevation:.1f} is {came!r}; expected {due!r}")
