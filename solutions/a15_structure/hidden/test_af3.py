"""Hidden checks of AlphaFold 3's loss: fresh structures pair by pair, gradients by differences."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, exactly, task
from autograder.nearness import near, near_single

from .. import plays
from .fresh import expect_alike, not_the_input
from .test_superpose import apart, laid, structures


def smooth(pred: Tensor, true: Tensor, cutoff: float = 15.0) -> float:
    """Return the smooth lDDT loss, pair by pair."""
    total, count = 0.0, 0
    for i in range(len(true)):
        for j in range(len(true)):
            if i != j and apart(true, i, j) < cutoff:
                gap = abs(apart(pred, i, j) - apart(true, i, j))
                total += sum(1 / (1 + math.exp(gap - c)) for c in (0.5, 1, 2, 4)) / 4
                count += 1
    return 1 - total / max(count, 1)


def loss(x: Tensor, true: Tensor, sigma: float, weights: Tensor, sigma_data: float = 16.0) -> float:
    """Return the loss of one structure."""
    aligned = laid(true, x, weights)
    squares = sum(
        w * math.dist(a, b) ** 2
        for w, a, b in zip(weights.tolist(), x.tolist(), aligned.tolist(), strict=True)
    )
    return squares / len(x) / 3 * (1 / sigma**2 + 1 / sigma_data**2) + smooth(x, true)


@task("af3_loss", gate=True)
def test_losses_are_an_answer_at_all(submission, seed):
    """Denoised structures, or losses, go with fresh ones"""
    pairs = [structures(seed.fork(f"{i}"), off=0.2 + 0.6 * i) for i in range(6)]
    x, true = (torch.stack(one) for one in zip(*pairs, strict=True))
    weights = 0.5 + seed.fork("weights").uniform(6, 8)
    sigma = torch.full((6,), 8.0).double()

    def denoised() -> None:
        came = submission.play(plays.denoise, x, sigma, {})["result"]
        expect_alike(came, 0.8 * x + 16 / math.sqrt(5) * torch.tanh(x / math.sqrt(320)))
        not_the_input(came, x)

    any_of(
        denoised,
        lambda: expect_alike(
            submission.af3.smooth_lddt_loss(x, true), torch.tensor([smooth(*one) for one in pairs])
        ),
        lambda: expect_alike(
            submission.af3.diffusion_loss(x, true, sigma, weights),
            torch.tensor([loss(*one, 8.0, w) for one, w in zip(pairs, weights, strict=True)]),
        ),
    )


@task("af3_loss", weight=2)
def test_fresh_denoising(submission, seed):
    """Fresh levels from .01 to 1000, another sigma_data: what the network is told, what comes out; float32

    The network sees scaled noise and a quarter of the logarithm of the level; skip and out follow from
    sigma_data. Try levels from very small to very large.
    """
    sigma = 10 ** (5 * seed.fork("sigma").uniform(5) - 2)
    x = 16 * seed.normal(5, 3, 3)
    for options in ({}, {"sigma_data": 3.0}):
        s = options.get("sigma_data", 16.0)
        came = submission.play(plays.denoise, x, sigma, options)
        (y, condition) = came["asked"][0]
        rows = []
        for i, level in enumerate(sigma.tolist()):
            length = math.hypot(level, s)
            near(y[i], x[i] / length, "the positions that are asked for")
            near(condition[i], exactly(math.log(level / s) / 4)[0], "the condition")
            answer = torch.tanh(x[i] / length) + math.log(level / s) / 4
            rows.append((s / length) ** 2 * x[i] + level * s / length * answer)
        near(came["result"], torch.stack(rows), "the denoised positions", within=1e-11)
    single = submission.play(plays.denoise, x.float(), sigma.float(), {"sigma_data": 3.0})["result"]
    near_single(single, torch.stack(rows), "the denoised positions")


@task("af3_loss", weight=3)
def test_fresh_losses(submission, seed):
    """Fresh structures, weights and levels, pair by pair, other cutoffs and sigma_data; gradients

    Align the true structure to the predicted one, with the weights; then the weighted squared distance, the
    smooth lDDT over pairs within the cutoff, and the level's factor. Take gradients.
    """
    x, true = structures(seed, 3, n=6, off=1.5)
    weights, sigma = 0.5 + 5 * seed.fork("weights").uniform(3, 6), exactly(0.3, 5, 90)
    for cutoff in (15.0, 8.0):
        due = exactly(*(smooth(a, b, cutoff) for a, b in zip(x, true, strict=True)))
        near(submission.af3.smooth_lddt_loss(x, true, cutoff), due, "the smooth losses")
    for options in ((), (4.0,)):
        came = submission.af3.diffusion_loss(x, true, sigma, weights, *options)
        rows = zip(x, true, sigma.tolist(), weights, strict=True)
        due = exactly(*(loss(*row, *options) for row in rows))
        close(came, due, rtol=1e-6, what="the losses")
    near_single(
        submission.af3.diffusion_loss(*(one.float() for one in (x, true, sigma, weights)), 4.0), due, "losses"
    )
    args = [x, true, sigma, weights]
    came = submission.play(plays.with_gradients, "af3", "diffusion_loss", args, [0])["gradients"][0]
    for i, j, axis in ((0, 2, 1), (1, 5, 0), (2, 0, 2)):
        step = torch.zeros(6, 3).double()
        step[j, axis] = 1e-4
        ends = [loss(x[i] + sign * step, true[i], sigma[i].item(), weights[i]) for sign in (1, -1)]
        close(came[i, j, axis], (ends[0] - ends[1]) / 2e-4, rtol=1e-4, atol=1e-6, what="the gradient")
