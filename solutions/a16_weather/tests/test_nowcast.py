"""Public checks of rain that moves: rows of numbers, whole steps, and losses worked out by hand."""

import torch
from torch import Tensor

from autograder.checks import Seed, exactly, expect, expect_dtype, task
from autograder.nearness import LONG, near, near_single, unchanged

from .. import plays

ROW = exactly(0, 1, 2, 3, 4).view(1, 1, 1, 5)


def even(right: float, down: float, h: int, w: int) -> Tensor:
    """Return a motion that is the same everywhere."""
    return exactly(right, down).view(1, 2, 1, 1).repeat(1, 1, h, w)


# -------------------- 4.1 advect
@task("advect", weight=2)
def test_a_row_of_numbers(submission):
    """0 1 2 3 4 moved by 1, .5, -1, 1.25: 0 0 1 2 3, 0 .5 1.5 2.5 3.5, 1 2 3 4 4, 0 0 .75 1.75 2.75"""
    for right, due in (
        (1.0, (0, 0, 1, 2, 3)),
        (0.5, (0, 0.5, 1.5, 2.5, 3.5)),
        (-1.0, (1, 2, 3, 4, 4)),
        (1.25, (0, 0, 0.75, 1.75, 2.75)),
        (0.0, (0, 1, 2, 3, 4)),
    ):
        came = submission.nowcast.advect(ROW, even(right, 0, 1, 5))
        hint = "The value at p comes from p - motion; values sit on pixels; outside is the border's."
        near(came.flatten(), exactly(*due), f"the row, moved by {right}", hint)
        down = submission.nowcast.advect(ROW.mT, even(0, right, 5, 1))
        hint = (
            "motion[:, 0] goes to the right, motion[:, 1] down. Where the row above is right, look at what "
            "each coordinate is divided by: here the height is 5 and the width 1."
        )
        near(down.flatten(), exactly(*due), f"the column, moved down by {right}", hint)


@task("advect")
def test_right_and_down(submission, seed):
    """A field of 4 x 7 moves by 2 to the right and 1 down where its motion says so; channels move together"""
    x = seed.normal(2, 3, 4, 7)
    motion = torch.cat([even(2, 1, 4, 7), even(0, 0, 4, 7)])
    came = submission.play(plays.calling, "nowcast", "advect", [x, motion])
    unchanged(came["arguments"], [x, motion])
    hint = (
        "Rows and columns: motion[:, 0] is along columns, to the right. Height and width differ: which of "
        "them belongs to which coordinate?"
    )
    near(came["value"][0, :, 1:, 2:], x[0, :, :-1, :-2], "the field that moves", hint, LONG)
    near(came["value"][1], x[1], "the field that stays", within=LONG)
    near(came["value"][0, :, 0, 2:], x[0, :, 0, :-2], "its first row", within=LONG)


@task("advect")
def test_planes_and_constants(submission, seed):
    """A constant stays whatever moves it; a plane 2 row - 3 column moved by (.3, -.4) gains 1.7 inside"""
    wild = 3 * seed.normal(2, 2, 5, 6)
    for mode in ("bilinear", "nearest"):
        came = submission.nowcast.advect(torch.full((2, 1, 5, 6), 7.0, dtype=torch.float64), wild, mode)
        near(came, torch.full((2, 1, 5, 6), 7.0, dtype=torch.float64), f"a constant, {mode}", within=LONG)
    plane = 2 * torch.arange(5).double()[:, None] - 3 * torch.arange(6).double()
    came = submission.nowcast.advect(plane[None, None], even(0.3, -0.4, 5, 6))
    inside = (came - plane)[0, 0, 1:-1, 1:-1]
    near(
        inside,
        torch.full((3, 4), 1.7, dtype=torch.float64),
        "what a plane gains",
        "It is linear between pixels, and a motion of 1 is one pixel along either axis.",
        LONG,
    )
    single = submission.nowcast.advect(plane[None, None].float(), even(0.3, -0.4, 5, 6))
    near_single(single, came, "the float32 plane")


@task("advect")
def test_nearest_pixels(submission):
    """Moved to the nearest pixel, a row stays for .4, and moves by one for .6 and by two for 1.7"""
    for right, due in ((0.4, (0, 1, 2, 3, 4)), (0.6, (0, 0, 1, 2, 3)), (-1.7, (2, 3, 4, 4, 4))):
        came = submission.nowcast.advect(ROW, even(right, 0, 1, 5), mode="nearest")
        hint = "The place p - v is rounded to the nearest pixel, not down."
        near(came.flatten(), exactly(*due), f"the row, moved by {right}", hint, within=0)


# -------------------- 4.2 evolution
@task("evolution", weight=2)
def test_three_steps(submission):
    """Moved to the right three times with .1 more each time, the last column is column 1 and .3"""
    x0 = torch.arange(20).double().view(1, 1, 4, 5) ** 2 / 8
    motion, growth = (
        even(1, 0, 4, 5)[:, None].repeat(1, 3, 1, 1, 1),
        torch.full((1, 3, 1, 4, 5), 0.1, dtype=torch.float64),
    )
    came = submission.play(plays.calling, "nowcast", "evolve", [x0, motion, growth])
    unchanged(came["arguments"], [x0, motion, growth])
    advected, evolved = came["value"]
    hint = "First move, then add; the next step begins with what was evolved."
    near(evolved[0, 2, 0, :, 4], x0[0, 0, :, 1] + 0.3, "the last column, evolved", hint)
    near(advected[0, 2, 0, :, 4], x0[0, 0, :, 1] + 0.2, "the last column, advected", hint)
    near(evolved[0, 0, 0, :, 0], x0[0, 0, :, 0] + 0.1, "the first column after one step", hint)
    # By .6: half of the neighbours in what is advected, whole pixels in what is evolved.
    advected, evolved = submission.nowcast.evolve(x0, 0.6 * motion[:, :1], growth[:, :1])
    hint = "advected is bilinear, evolved is moved to the nearest pixel."
    near(advected[0, 0, 0, :, 1:], 0.4 * x0[0, 0, :, 1:] + 0.6 * x0[0, 0, :, :-1], "advected", hint)
    near(evolved[0, 0, 0, :, 1:], x0[0, 0, :, :-1] + 0.1, "evolved", hint)


def a_story(seed: Seed, b: int = 2, steps: int = 3) -> list[Tensor]:
    """Return a first field, motions and residuals."""
    motion = 1.5 * seed.fork("motion").normal(b, steps, 2, 4, 5)
    motion += 0.02 * ((motion % 1 - 0.5).abs() < 0.01)  # not half-way between two pixels
    return [seed.fork("x0").normal(b, 1, 4, 5), motion, seed.fork("residual").normal(b, steps, 1, 4, 5)]


@task("evolution", weight=2)
def test_each_step_learns_for_itself(submission, seed):
    """What comes out of the last step has gradients by its own motion and residual, and by no earlier ones"""
    args = a_story(seed)
    last = torch.zeros(2, 3, 1, 4, 5).double()
    last[:, 2] = 1
    came = submission.play(plays.with_gradients, "nowcast", "evolve", args, [1, 2], [last, last])
    motion, residual = (one.abs().sum(dim=(0, 2, 3, 4)) for one in came["gradients"])
    hint = "x.detach() before each step; advected is moved by the motion of its step, bilinearly."
    expect(
        bool(motion[2] > 0) and not bool(motion[:2].any()),
        f"by motions, steps 1 to 3: {motion.tolist()}",
        hint,
    )
    near(residual, exactly(0, 0, 40), "by residuals, steps 1 to 3", hint)


@task("evolution")
def test_distance_by_hand(submission):
    """0, 1, 30 mm/h have the weights 1, 2, 24: errors of 1, 2, 10 cost 81.6666667 on average"""
    truth, forecast = exactly(0, 1, 30), exactly(1, 3, 20)
    hint = (
        "min(24, 1 + truth), of the truth. The mean is over pixels: an error of 1 under a weight of 24 costs "
        "24, so that heavy rain counts more, and not the same."
    )
    near(submission.nowcast.weighted_distance(truth, forecast), exactly(245 / 3)[0], "the distance", hint)
    near(submission.nowcast.weighted_distance(truth + 23, truth), exactly(552)[0], "the distance", hint)
    args = [truth.view(1, 1, 3), forecast.view(1, 1, 3)]
    came = submission.play(plays.calling, "nowcast", "weighted_distance", args)
    expect(came["value"].ndim == 0, "the distance is not a single number")
    unchanged(came["arguments"], args)
    expect_dtype(submission.nowcast.weighted_distance(truth.float(), forecast.float()), torch.float32)


@task("evolution", weight=2)
def test_smoothness_by_hand(submission):
    """A motion that is the same everywhere costs 0; u = column on 4 x 5 pixels costs 44.8 where it is dry"""
    dry = torch.zeros(1, 1, 4, 5).double()
    hint = "Repeat the border, so that an even motion is even there too."
    near(submission.nowcast.motion_smoothness(even(2, -1, 4, 5), dry), exactly(0)[0], "an even motion", hint)
    ramp, zero = torch.arange(5).double().expand(4, 5), torch.zeros(4, 5).double()
    sizes = []
    for parts in ((ramp, zero), (zero, ramp)):
        motion = torch.stack(parts)[None]
        hint = (
            "Sobel: 1 2 1 across, differences of 2 pixels, so 8 inside: squared, averaged over pixels, added."
        )
        near(submission.nowcast.motion_smoothness(motion, dry), exactly(44.8)[0], "a ramp", hint)
        sizes.append(submission.nowcast.motion_smoothness(motion, dry + 1).item())
    near(
        torch.tensor(sizes),
        torch.tensor([89.6, 89.6]),
        "a ramp in rain of 1 mm/h",
        "Times min(24, 1 + truth).",
        1e-6,
    )
    down = torch.arange(4).double()[:, None].expand(4, 5)
    for parts in ((down, zero), (zero, down)):
        came = submission.nowcast.motion_smoothness(torch.stack(parts)[None], dry + 40)
        hint = "Both components in both directions; weights up to 24."
        near(came, exactly(24 * 40)[0], "a motion that grows downwards in heavy rain", hint)
