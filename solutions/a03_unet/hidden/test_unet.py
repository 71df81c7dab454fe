"""Hidden checks of the U-Net: fresh weights, against a recursive function of the same weights."""

from functools import partial

import torch

from autograder.checks import any_of, close, exactly, expect, task

from .. import plays_model
from ..tests.near import LONG, near
from ..tests.parts import unet_shapes
from . import functional
from .fresh import expect_in_step, sharp

DEEP = {"in_channels": 1, "out_channels": 2, "widths": [4, 6, 8], "emb_dim": 6, "heads": 2, "groups": 2}
FLAT = {"in_channels": 3, "out_channels": 3, "widths": [4], "emb_dim": 4, "groups": 4}
LABELLED = {**DEEP, "widths": [4, 4], "classes": 5}
JOINS = (  # ways of passing on what comes from below and the bridge: the first is the one that is asked for
    functional.joined,
    lambda h, skip: functional.joined(skip, h),
    lambda h, skip: functional.joined(h + skip, h + skip),
)


@task("UNet", gate=True)
def test_unet_is_an_answer_at_all(submission, seed):
    """The image goes with the right one, on fresh weights, however the bridges are joined"""
    given, x = sharp(seed, unet_shapes(DEEP)), seed.fork("x").normal(2, 1, 8, 8)
    t = 100 * seed.fork("t").uniform(2)
    came = submission.play(plays_model.unet, DEEP, given, x, t)
    expect(came.shape == (2, 2, 8, 8), f"shape {tuple(came.shape)}; expected (2, 2, 8, 8)")
    any_of(*(partial(expect_in_step, came, functional.unet(x, t, None, DEEP, given, join)) for join in JOINS))


@task("UNet", weight=3)
def test_unet_is_what_its_parts_make(submission, seed):
    """Three levels or one, odd sides, a time for each image: as the same weights in plain functions

    Try one level, three levels, odd sides, and a time for each image: every block is told the embedding, and
    bridges are joined, the way up first.
    """
    for settings, H, W in ((DEEP, 7, 5), (DEEP, 4, 8), (FLAT, 3, 2)):
        given, x = sharp(seed, unet_shapes(settings)), seed.fork("x").normal(3, settings["in_channels"], H, W)
        t = 100 * seed.fork("t").uniform(3)
        came = submission.play(plays_model.unet, settings, given, x, t)
        expected = functional.unet(x, t, None, settings, given)
        near(came, expected, f"{len(settings['widths'])} levels on {H} × {W}", within=LONG)


@task("UNet")
def test_unet_adds_its_context(submission, seed):
    """Vectors and labels are added to the embedding of the time

    Vectors, and labels through their table, are added to the embedding of the time, image by image.
    """
    given, x = sharp(seed, unet_shapes(LABELLED)), seed.fork("x").normal(3, 1, 4, 6)
    t, labels = 100 * seed.fork("t").uniform(3), torch.tensor([4, 0, 3])
    vectors = seed.fork("context").normal(3, 6)
    for context, added in ((vectors, vectors), (labels, given["labels.weight"][labels])):
        came = submission.play(plays_model.unet, LABELLED, given, x, t, context)
        expected = functional.unet(x, t, added, LABELLED, given)
        near(came, expected, "the image", within=LONG)


@task("UNet")
def test_unet_takes_whole_steps(submission, seed):
    """Whole steps work in a float64 model too, and no time is time 0

    Times may be int64, the model float64, and no time means 0: convert to the model's dtype.
    """
    given, x = sharp(seed, unet_shapes(DEEP)), seed.fork("x").normal(2, 1, 4, 5)
    t = torch.tensor([3, seed.integer(10, 99)])
    came = submission.play(plays_model.unet, DEEP, given, x, t)
    expected = functional.unet(x, t, None, DEEP, given)
    close(
        came, expected, rtol=1e-3, atol=1e-3, what="the image at whole steps"
    )  # float32 waves, steep blocks
    came = submission.play(plays_model.unet, DEEP, given, x)
    near(came, functional.unet(x, exactly(0, 0), None, DEEP, given), "without time", within=LONG)
