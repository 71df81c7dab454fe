"""Public checks of light, regularisers and words for the view: worked numbers."""

import math

import torch

from autograder.checks import exactly, expect, task
from autograder.nearness import near, unchanged

from .. import plays

UP = exactly(0, 0, 1)
NAMES = {
    "front": ((0, 0), (44.9, 0), (-44.9, 10), (350, 0), (720, -20), (764.5, 0), (0, 60)),
    "side": ((45, 0), (90, 0), (135, 0), (-90, 0), (270, 5), (-45, 0)),
    "back": ((135.1, 0), (180, 0), (-180, 0), (190, 0), (-540, 0), (855.5, 0)),
    "overhead": ((0, 60.1), (180, 90), (90, 75)),
}


# -------------------- 6.3 dreamfusion
@task("dreamfusion", weight=2)
def test_worked_shades(submission):
    """Light at 60 degrees, .9 and ambient .1 make .55, .275, .11 of albedo 1, .5, .2; behind, .1, .05, .02"""
    albedo, point = exactly(1, 0.5, 0.2).expand(2, -1), exactly(1, 2, 3).expand(2, -1)
    light = exactly(1 + 5 * math.sqrt(3), 2, 8)
    normal = torch.stack([UP, -UP])
    colours = (exactly(0.9, 0.9, 0.9), exactly(0.1, 0.1, 0.1))
    came = submission.dreamfusion.lambert(albedo, normal, point, light, *colours)
    hint = "The unit vector from the point to the light; no light from behind: max(0, n . l)."
    near(came, exactly(0.55, 0.275, 0.11, 0.1, 0.05, 0.02).reshape(2, 3), "colours", hint)


@task("dreamfusion")
def test_coloured_light(submission):
    """Red light and blue ambience colour each surface of a batch on their own"""
    albedo = exactly(1, 1, 1, 0.5, 1, 0).reshape(1, 2, 3)
    point = exactly(0, 0, 0, 0, 0, 2).reshape(1, 2, 3)
    came = submission.dreamfusion.lambert(
        albedo, UP.expand(1, 2, 3), point, exactly(0, 0, 1), exactly(0.8, 0, 0), exactly(0, 0.1, 0.2)
    )
    expected = exactly(0.8, 0.1, 0.2, 0, 0.1, 0).reshape(1, 2, 3)
    near(came, expected, "colours", "albedo times (light_colour times shade, plus ambient).")


@task("dreamfusion", weight=2)
def test_normals_that_look_away(submission):
    """n . d of .6 and -.8 with weights .5, .25 cost .18, .09 beside a free ray; weights have no gradient"""
    weights = exactly(0.5, 0.25, 0.4, 0.1).reshape(2, 2)
    normals = exactly(0.8, 0, 0.6, 0.6, 0, -0.8, 0, 0.6, 0.8, 1, 0, 0).reshape(2, 2, 3)
    directions = torch.stack([UP, -UP])
    args = [weights, normals, directions]
    came = submission.play(plays.with_gradients, "dreamfusion", "orientation_loss", args, [0, 1])
    hint = "d goes from the camera into the scene: only normals along it are punished."
    near(came["result"][0], exactly(0.09)[0], "the loss of two rays", hint)
    expected = torch.zeros(2, 2, 3).double()
    expected[0, 0, 2] = 0.3
    near(came["gradients"][1], expected, "the loss's gradient by the normals", hint)
    stopped = came["gradients"][0] is None or not bool(came["gradients"][0].any())
    hint = "Detach the weights, or the scene becomes transparent instead of turning."
    expect(stopped, "a gradient flows through the weights", hint)
    unchanged(came["arguments"], args)


@task("dreamfusion")
def test_worked_opacities(submission):
    """Opacities 0, .5, 1 cost .1, .5099020, 1.0049876; together the mean"""
    costs = exactly(0.1, math.sqrt(0.26), math.sqrt(1.01))
    for i, opacity in enumerate((0.0, 0.5, 1.0)):
        came = submission.dreamfusion.opacity_loss(exactly(opacity))
        near(came, costs[i], f"the cost of opacity {opacity:g}", "The root of opacity^2 + .01.")
    came = submission.dreamfusion.opacity_loss(exactly(0, 0.5, 1))
    near(came, costs.mean(), "the cost of three rays", "A root for each ray, then the mean.")


@task("dreamfusion", weight=2)
def test_names_of_views(submission):
    """22 places of a camera have the names of the handout, at 45 and 135 degrees and beyond a turn too"""
    for name, places in NAMES.items():
        for azimuth, elevation in places:
            came = submission.dreamfusion.view_name(float(azimuth), float(elevation))
            what = f"azimuth {azimuth:g}, elevation {elevation:g} is {came!r}; expected {name!r}"
            expect(came == name, what, "Wrap the azimuth to -180 .. 180, and look at its size.")
