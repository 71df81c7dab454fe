"""Hidden checks of noise for frames: fresh noise by the matrices of both maps."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, task
from autograder.nearness import near, near_single, unchanged

from .. import plays
from .fresh import expect_alike, not_the_input


# -------------------- 5.1 frame_noise
def progressive(f: int, alpha: float) -> Tensor:
    """Return the matrix from own noises to those of the frames."""
    p, q = math.sqrt(1 - 1 / (1 + alpha**2)), 1 / math.sqrt(1 + alpha**2)
    rows = [[(1 if j == 0 else q) * p ** (i - j) if j <= i else 0.0 for j in range(f)] for i in range(f)]
    return torch.tensor(rows, dtype=torch.float64)


@task("frame_noise", gate=True)
def test_frame_noise_is_an_answer_at_all(submission, seed):
    """Noise of fresh frames goes with what they share"""
    shared, own = seed.fork("s").normal(2, 1, 6), seed.fork("o").normal(2, 5, 6)

    def mixed() -> None:
        came = submission.noise.mixed_noise(shared, own, 1.0)
        not_the_input(came, own)
        expect_alike(came, shared + own)

    def goes_on() -> None:
        came = submission.noise.progressive_noise(own, 2.0)
        not_the_input(came, own)
        expect_alike(came, torch.einsum("ij,bj...->bi...", progressive(5, 2.0), own))

    any_of(mixed, goes_on)


@task("frame_noise", weight=3)
def test_fresh_noise(submission, seed):
    """Fresh alphas, numbers of frames and shapes, in both dtypes

    (alpha shared + own) / sqrt(1 + alpha^2); in the other function each frame goes on from the one before,
    and the first is not damped.
    """
    for f, shape in ((1, (2,)), (4, (3, 2)), (6, ())):
        alpha = 3 * seed.fork(f"{f}").uniform(1).item()
        shared, own = seed.fork(f"s{f}").normal(3, 1, *shape), seed.fork(f"o{f}").normal(3, f, *shape)
        q = 1 / math.sqrt(1 + alpha**2)
        mixed, after = (
            q * alpha * shared + q * own,
            torch.einsum("ij,bj...->bi...", progressive(f, alpha), own),
        )
        came = submission.play(plays.calling, "noise", "mixed_noise", [shared, own, alpha])
        near(came["value"], mixed, f"mixed noise of alpha {alpha:.3f}")
        unchanged(came["arguments"][:2], [shared, own])
        came = submission.play(plays.calling, "noise", "progressive_noise", [own, alpha])
        near(came["value"], after, f"progressive noise of alpha {alpha:.3f}")
        unchanged(came["arguments"][0], own)
        near_single(submission.noise.progressive_noise(own.float(), alpha), after)
        near_single(submission.noise.mixed_noise(shared.float(), own.float(), alpha), mixed)


@task("frame_noise")
def test_fresh_ends(submission, seed):
    """alpha = inf and 0 on fresh noise

    Try alpha = 0 and alpha = inf: inf / inf is NaN.
    """
    shared, own = seed.fork("s").normal(2, 1, 3), seed.fork("o").normal(2, 3, 3)
    near(submission.noise.mixed_noise(shared, own, math.inf), shared.repeat(1, 3, 1), "mixed noise")
    near(submission.noise.progressive_noise(own, math.inf), own[:, :1].repeat(1, 3, 1), "progressive noise")
    near(submission.noise.mixed_noise(shared, own, 0), own, "mixed noise of alpha 0")
