"""Public checks of noise for frames: worked numbers, ends of alpha, and correlations by unit impulses."""

import math

import torch
from torch import Tensor

from autograder.checks import exactly, task
from autograder.nearness import WORKED, near, near_single, unchanged

from .. import plays

# -------------------- 5.1 frame_noise
OWN = exactly(1, 2, -1, 0.5)[None, :, None]
MIXED = exactly(1.34164079, 1.78885438, 0.4472136, 1.11803399)[None, :, None]
PROGRESSIVE = exactly(1, 1.78885438, 1.1527864, 1.2546903)[None, :, None]


@task("frame_noise", weight=2)
def test_worked_frames(submission):
    """Noises 1, 2, -1, .5 at alpha 2: mixed with 1 they are 1.3416, ..., progressive 1, 1.7889, ..."""
    one = torch.ones(1, 1, 1).double()
    came = submission.play(plays.calling, "noise", "mixed_noise", [one, OWN, 2.0])
    near(came["value"], MIXED, "mixed noise", "Variances add: both parts over sqrt(1 + alpha²).", WORKED)
    unchanged(came["arguments"][:2], [one, OWN])
    came = submission.play(plays.calling, "noise", "progressive_noise", [OWN, 2.0])
    near(came["value"], PROGRESSIVE, "progressive noise", "The first frame keeps its own, undamped.", WORKED)
    unchanged(came["arguments"][0], OWN)


def impulses(f: int) -> Tensor:
    """Return a batch of f clips; in number i only frame i has noise, 1."""
    return torch.eye(f, dtype=torch.float64)[:, :, None]


@task("frame_noise", weight=2)
def test_correlations(submission):
    """alpha 1/2: frames correlate by 1/5 mixed and by (1/5)^(|i - j| / 2) progressive; variances are 1"""
    own, none = impulses(5), torch.zeros(5, 1, 1).double()
    shared = torch.cat([none, torch.ones(1, 1, 1).double()])
    mixed = submission.noise.mixed_noise(shared, torch.cat([own, 0 * own[:1]]), 0.5)[:, :, 0]
    expected = torch.full((5, 5), 0.2, dtype=torch.float64) + 0.8 * torch.eye(5, dtype=torch.float64)
    near(mixed.T @ mixed, expected, "covariances of mixed noise")
    came = submission.noise.progressive_noise(own, 0.5)[:, :, 0]
    apart = (torch.arange(5)[:, None] - torch.arange(5)).abs()
    near(came.T @ came, 0.2 ** (apart.double() / 2), "covariances of progressive noise")


@task("frame_noise", weight=2)
def test_ends_of_alpha(submission, seed):
    """alpha = 0 leaves each frame its own noise; alpha = inf makes all frames equal, and none NaN"""
    shared, own = seed.fork("s").normal(2, 1, 3, 2), seed.fork("o").normal(2, 4, 3, 2)
    hint = "inf / inf is NaN: with alpha = tan(angle) the weights are sine and cosine."
    near(submission.noise.mixed_noise(shared, own, 0.0), own, "mixed noise of alpha 0")
    near(submission.noise.progressive_noise(own, 0.0), own, "progressive noise of alpha 0")
    came = submission.noise.mixed_noise(shared, own, math.inf)
    near(came, shared.expand_as(own), "mixed noise of alpha inf", hint)
    came = submission.noise.progressive_noise(own, math.inf)
    near(came, own[:, :1].expand_as(own), "progressive noise of alpha inf", hint)


@task("frame_noise")
def test_noise_of_two_clips(submission, seed):
    """Two clips of images have noises of their own, and float32 stays float32"""
    shared, own = seed.fork("s").normal(2, 1, 2, 3), seed.fork("o").normal(2, 3, 2, 3)
    mixed = (3 * shared + own) / math.sqrt(10)
    near(submission.noise.mixed_noise(shared, own, 3.0), mixed, "mixed noise")
    near_single(submission.noise.mixed_noise(shared.float(), own.float(), 3.0), mixed)
    came = submission.noise.progressive_noise(own.float(), 3.0)
    second = (3 * own[:, 0] + own[:, 1]) / math.sqrt(10)
    near_single(came, torch.stack([own[:, 0], second, (3 * second + own[:, 2]) / math.sqrt(10)], dim=1))
