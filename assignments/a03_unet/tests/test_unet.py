"""Public checks of the U-Net: sizes, names, bridges, and what it is told."""

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect, task

from .. import plays_model
from .near import near
from .parts import expect_names, unet_shapes, weights

SMALL = {"in_channels": 2, "out_channels": 1, "widths": [4, 6], "emb_dim": 4, "groups": 2}
LABELLED = {**SMALL, "classes": 3}


# -------------------- 5.1 UNet
@task("UNet")
def test_unet_keeps_the_size(submission, seed):
    """The result has the size of the image, also when no side can be halved twice; a new U-Net gives zeros"""
    for H, W, channels in ((8, 8, 1), (7, 5, 1), (3, 6, 2)):
        settings = {**SMALL, "widths": [4, 6, 8], "out_channels": channels}
        came = submission.play(plays_model.fresh_unet, settings, seed.normal(2, 2, H, W), exactly(0, 3))
        hint = (
            "On the way up, ask for the size of the bridge that comes next. Nothing is added to the result."
        )
        close(came["result"], torch.zeros(2, channels, H, W), what=f"a new U-Net on {H} × {W}", hint=hint)


@task("UNet")
def test_unet_has_the_names_it_should(submission, seed):
    """up_blocks[i] takes twice widths[i] channels, and ups[i] works with widths[i]"""
    for settings in (SMALL, {**LABELLED, "widths": [4, 6, 8]}):
        came = submission.play(plays_model.fresh_unet, settings, seed.normal(1, 2, 4, 4), exactly(0))
        expect_names(came["shapes"], unet_shapes(settings))


@task("UNet", weight=2)
def test_bridges_carry_what_the_way_down_saw(submission, seed):
    """Behind what comes from below, up_blocks[i] gets what down_blocks[i] gave; norm, silu and last end it"""
    settings = {**SMALL, "widths": [4, 6, 8]}
    given, x = weights(seed, unet_shapes(settings)), seed.fork("x").normal(1, 2, 5, 6)
    came = submission.play(plays_model.bridges, settings, given, x, exactly(7))
    for i, width in enumerate(settings["widths"]):
        got = came["got"][i]
        expect(got.shape[1] == 2 * width, f"up_blocks[{i}] got {got.shape[1]} channels; expected {2 * width}")
        hint = "torch.cat([h, skip], dim=1): joined, not added, and the bridge comes second."
        near(got[:, width:], came["gave"][i], f"the second half of up_blocks[{i}]'s input", hint)
    hint = "At the lowest level: down_blocks, middle, attention, up_blocks, in this order."
    near(came["attention"], came["middle"], "what the attention gets", hint)
    h = F.silu(F.group_norm(came["up"], 2, given["norm.weight"], given["norm.bias"]))
    expected = F.conv2d(h, given["last.weight"], given["last.bias"], padding=1)
    near(came["result"], expected, "the result", "Behind up_blocks[0] come norm, silu and last.")


@task("UNet")
def test_every_part_takes_part(submission, seed):
    """Each weight has a part in the result"""
    given, x = weights(seed, unet_shapes(SMALL)), seed.fork("x").normal(1, 2, 4, 4)
    idle = submission.play(plays_model.idle, SMALL, given, x, exactly(5))
    expect(not idle, f"the result does not depend on {', '.join(idle[:3])}", "Which part is never called?")


@task("UNet")
def test_unet_is_told_time_and_context(submission, seed):
    """Other times and other contexts give other images; no time means 0"""
    given, x = weights(seed, unet_shapes(SMALL)), seed.fork("x").normal(2, 2, 4, 4)
    context = seed.fork("context").normal(2, 4)
    at_zero = submission.play(plays_model.unet, SMALL, given, x, exactly(0, 0))
    later = submission.play(plays_model.unet, SMALL, given, x, exactly(0, 40))
    told = submission.play(plays_model.unet, SMALL, given, x, exactly(0, 0), context)
    near(submission.play(plays_model.unet, SMALL, given, x), at_zero, "without a time")
    near(later[0], at_zero[0], "image 0, whose time stayed")
    expect(
        (later[1] - at_zero[1]).abs().max() > 1e-6, "the time changes nothing", "Is emb passed to all blocks?"
    )
    expect((told - at_zero).abs().max() > 1e-6, "the context changes nothing", "See the hint of task 5.1.")


@task("UNet")
def test_unet_keeps_the_dtype_of_its_weights(submission, seed):
    """A float32 model works in float32 and a float64 model in float64, at whole times and at others"""
    settings, x = {**SMALL, "widths": [4]}, seed.normal(1, 2, 2, 2)
    came = submission.play(plays_model.dtypes_of_unet, settings, x, [torch.tensor([3]), exactly(3.5)])
    hint = "Cast the waves to the dtype of the model's weights, and nothing else."
    for dtype, result in came.items():
        expect(set(result) == {dtype}, f"a {dtype} model gave {' and '.join(sorted(set(result)))}", hint)
    little = 1e-10  # beside 1 float32 loses it, float64 does not
    given, t = weights(seed, unet_shapes(settings)), exactly(0.3)
    before = submission.play(plays_model.unet, settings, given, x, t)
    for name, after in (
        ("x", submission.play(plays_model.unet, settings, given, x * (1 + little * x), t)),
        ("t", submission.play(plays_model.unet, settings, given, x, t + little)),
    ):
        change = (after - before).abs().max()
        expect(change > 0, f"a change of {name} by 1e-10 is lost: what is rounded to float32?", hint)


@task("UNet")
def test_unet_looks_labels_up(submission, seed):
    """A label is as good as its row of `labels` as a vector, and vectors of 0 are no context"""
    given, x, t = weights(seed, unet_shapes(LABELLED)), seed.fork("x").normal(3, 2, 4, 4), exactly(1, 2, 3)
    hint = "The context is added to the embedding of the time; labels are whole numbers, vectors are not."
    for labels in (torch.tensor([2, 0, 2]), torch.tensor([0, 0, 0])):
        rows = given["labels.weight"][labels]
        by_label = submission.play(plays_model.unet, LABELLED, given, x, t, labels)
        by_vector = submission.play(plays_model.unet, LABELLED, given, x, t, rows)
        near(by_label, by_vector, f"the result with labels {labels.tolist()}", hint)
    told, untold = (
        submission.play(plays_model.bridges, LABELLED, given, x, t, context)["emb"]
        for context in (rows, None)
    )
    hint = "It is added to what `time` makes of the waves, behind its last layer."
    near(told - untold, rows, "what the context adds to emb", hint)
    nothing = submission.play(plays_model.unet, LABELLED, given, x, t, torch.zeros(3, 4).double())
    without = submission.play(plays_model.unet, LABELLED, given, x, t)
    near(nothing, without, "the result with vectors of 0", hint)
