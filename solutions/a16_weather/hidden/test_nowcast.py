"""Hidden checks of rain that moves: fresh fields, neighbour by neighbour, and losses by loops."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, task
from autograder.nearness import LONG, near, near_single

from .. import plays
from ..tests.test_nowcast import a_story
from .fresh import expect_alike


def looked_up(x: Tensor, motion: Tensor, nearest: bool = False) -> Tensor:
    """Move fields pixel by pixel, from the four neighbours of where each value comes from."""
    b, _, h, w = x.shape
    rows = []
    for n in range(b):
        for i in range(h):
            for j in range(w):
                r = min(max(i - motion[n, 1, i, j].item(), 0), h - 1)
                c = min(max(j - motion[n, 0, i, j].item(), 0), w - 1)
                if nearest:
                    rows.append(x[n, :, math.floor(r + 0.5), math.floor(c + 0.5)])
                    continue
                up, left = min(int(r), max(h - 2, 0)), min(int(c), max(w - 2, 0))
                low, right = min(up + 1, h - 1), min(left + 1, w - 1)
                a, d = r - up, c - left
                top = (1 - d) * x[n, :, up, left] + d * x[n, :, up, right]
                rows.append((1 - a) * top + a * ((1 - d) * x[n, :, low, left] + d * x[n, :, low, right]))
    return torch.stack(rows).view(b, h, w, -1).permute(0, 3, 1, 2)


# -------------------- 4.1 advect
@task("advect", gate=True)
def test_moved_rain_is_an_answer_at_all(submission, seed):
    """Fresh fields go with where their motions take them"""
    smooth = torch.nn.functional.avg_pool2d(seed.normal(2, 1, 9, 11), 3, 1, 1)
    motion = 2 * torch.ones(2, 2, 9, 11).double()
    came = submission.nowcast.advect(smooth, motion)
    any_of(
        lambda: expect_alike(came, looked_up(smooth, motion)),
        lambda: expect_alike(came, looked_up(smooth, -motion)),
        lambda: expect_alike(submission.nowcast.advect(smooth, motion, "nearest"), looked_up(smooth, motion)),
    )


@task("advect", weight=2)
def test_fresh_motions(submission, seed):
    """Fresh fields and motions, pixel by pixel, far beyond the border, one row or one column; float32

    The value at p is what was at p - v: motion to the right and down, bilinear, and beyond the border its
    nearest value. Try fields that are not square, one row, one column, and float32.
    """
    for size in ((5, 6), (1, 7), (6, 1), (1, 1)):
        x, motion = seed.fork(f"x{size}").normal(2, 3, *size), 2 * seed.fork(f"m{size}").normal(2, 2, *size)
        near(submission.nowcast.advect(x, motion), looked_up(x, motion), f"{size}", within=LONG)
        near_single(submission.nowcast.advect(x.float(), motion.float()), looked_up(x, motion), f"{size}")
        motion += 0.02 * ((motion % 1 - 0.5).abs() < 0.01)
        came = submission.nowcast.advect(x, motion, "nearest")
        near(came, looked_up(x, motion, nearest=True), f"{size}, nearest", within=LONG)


@task("advect")
def test_gradients_of_motion(submission, seed):
    """A field that moves has the gradients that the slope between pixels says, by field and by motion

    Compare gradients by field and by motion with small differences: floor has none, the fractions do.
    """
    x, motion = seed.fork("x").normal(1, 2, 4, 5), 0.1 + 0.8 * seed.fork("motion").uniform(1, 2, 4, 5)
    weight = seed.fork("weight").normal(1, 2, 4, 5)
    came = submission.play(plays.with_gradients, "nowcast", "advect", [x, motion], [0, 1], [weight])
    near(came["results"][0], looked_up(x, motion), "the field", within=LONG)
    for k, step in ((0, (0, 0, 2, 3)), (1, (0, 0, 2, 2)), (1, (0, 1, 3, 4))):
        ends = []
        for sign in (1, -1):
            args = [x.clone(), motion.clone()]
            args[k][step] += sign * 1e-5
            ends.append((weight * looked_up(*args)).sum().item())
        slope = (ends[0] - ends[1]) / 2e-5
        close(came["gradients"][k][step], slope, rtol=1e-6, atol=1e-7, what="the gradient")


# -------------------- 4.2 evolution
@task("evolution", gate=True)
def test_evolution_is_an_answer_at_all(submission, seed):
    """Fresh fields that evolve, or fresh losses, go with what came in"""
    x0, motion, residual = a_story(seed)
    factors = [0.1, 0.5, 1.0, 2.0, 3.0, 5.0]
    error = seed.fork("error").normal(4, 5)
    truth = seed.fork("truth").uniform(4, 5)
    flow = seed.fork("flow").normal(1, 2, 4, 5)
    any_of(
        lambda: expect_alike(
            submission.nowcast.evolve(x0, motion / 50, residual)[1], x0[:, None] + residual.cumsum(1)
        ),
        lambda: expect_alike(
            torch.stack([submission.nowcast.weighted_distance(truth, truth + f * error) for f in factors]),
            torch.tensor(factors),
        ),
        lambda: expect_alike(
            torch.stack([submission.nowcast.motion_smoothness(f * flow, truth[None, None]) for f in factors]),
            torch.tensor(factors) ** 2,
        ),
    )


@task("evolution", weight=2)
def test_fresh_stories(submission, seed):
    """Fresh fields, motions and residuals, step by step; what each step learns from

    Each step detaches the state, moves it bilinearly (advected), and to the nearest pixel plus the residual
    (evolved), which is the next state.
    """
    for steps in (3, 1):
        args = a_story(seed.fork(f"{steps}"), 2, steps)
        x, advected, evolved = args[0], [], []
        for k in range(steps):
            advected.append(looked_up(x, args[1][:, k]))
            x = looked_up(x, args[1][:, k], nearest=True) + args[2][:, k]
            evolved.append(x)
        due = [torch.stack(advected, dim=1), torch.stack(evolved, dim=1)]
        a, b = (seed.fork(name).normal(*due[0].shape) for name in "ab")
        came = submission.play(plays.with_gradients, "nowcast", "evolve", args, [0, 1, 2], [a, b])
        near(came["results"], due, "results: advected and evolved", within=LONG)
        near(came["gradients"][2], b, "gradients by the residuals", within=LONG)
        near(came["gradients"][0], torch.zeros_like(args[0]), "gradients by the first field")
    for k, step in enumerate(((0, 0, 1, 2), (1, 0, 2, 3))):
        ends = []
        for sign in (1, -1):
            motion = args[1][:, 0].clone()
            motion[k][step[1:]] += sign * 1e-6
            ends.append((a[:, 0] * looked_up(args[0], motion)).sum().item())
        slope = (ends[0] - ends[1]) / 2e-6
        close(
            came["gradients"][1][k, 0][step[1:]], slope, rtol=1e-5, atol=1e-6, what="the gradient by a motion"
        )


@task("evolution", weight=2)
def test_fresh_losses(submission, seed):
    """Fresh distances and roughnesses, pixel by pixel, with rain that is lighter and heavier than 23 mm/h

    Weights are min(24, 1 + truth), and the mean is over pixels; the roughness has Sobel's slopes of both
    components in both directions, squared, with the border repeated.
    """
    truth, forecast = 30 * seed.fork("t").uniform(2, 1, 3, 5), 30 * seed.fork("f").uniform(2, 1, 3, 5)
    pairs = list(zip(truth.flatten().tolist(), forecast.flatten().tolist(), strict=True))
    due = sum(abs(t - f) * min(24, 1 + t) for t, f in pairs) / len(pairs)
    close(submission.nowcast.weighted_distance(truth, forecast), due, rtol=1e-12, what="the distance")
    flow, total = seed.fork("flow").normal(2, 2, 3, 5), 0.0
    for n in range(2):
        for component in flow[n]:
            at = [
                [component[min(max(i, 0), 2), min(max(j, 0), 4)].item() for j in range(-1, 6)]
                for i in range(-1, 4)
            ]
            for i in range(3):
                for j in range(5):
                    right = sum(w * (at[i + k][j + 2] - at[i + k][j]) for k, w in enumerate((1, 2, 1)))
                    down = sum(w * (at[i + 2][j + k] - at[i][j + k]) for k, w in enumerate((1, 2, 1)))
                    total += (right**2 + down**2) * min(24, 1 + truth[n, 0, i, j].item()) / 30
    close(submission.nowcast.motion_smoothness(flow, truth), total, rtol=1e-11, what="the roughness")
    near_single(
        submission.nowcast.motion_smoothness(flow.float(), truth.float()), torch.tensor(total), "in float32"
    )
