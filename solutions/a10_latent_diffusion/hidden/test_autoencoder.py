"""Hidden checks of the autoencoder: fresh laws against torch.distributions, and blocks from their weights."""

import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence

from autograder.checks import any_of, exactly, expect, expect_dtype, task

from .. import plays
from ..tests.near import EXACT, LONG, SINGLE, near
from ..tests.weights import drawn, residual_block
from .gates import expect_alike, expect_within


# -------------------- 1.1 diagonal_gaussian
@task("diagonal_gaussian", gate=True)
def test_law_is_an_answer_at_all(submission, seed):
    """Sample, mode and divergence go with fresh moments"""
    mean, noise = 3 * seed.fork("m").normal(1, 2, 6, 6), seed.fork("n").normal(1, 2, 6, 6)
    came = submission.play(
        plays.gaussian, torch.cat([mean, 0.1 * seed.fork("l").normal(1, 2, 6, 6)], 1), noise
    )
    expect_alike(came["mode"], mean)
    expect_alike(came["sample"], mean)
    expect_within(came["kl"].double().mean().item(), mean.square().sum().item() / 2, 1000)


@task("diagonal_gaussian", weight=2)
def test_law_agrees_with_torch_distributions(submission, seed):
    """Sample and divergence are those of torch's own normal law, for odd shapes and in float32

    Compare with torch.distributions: the second half of the channels is a log-variance, and is clamped as the
    page says.
    """
    for shape, dtype, rtol in (((3, 1, 5, 2), torch.float64, EXACT), ((2, 3, 1, 4), torch.float32, SINGLE)):
        mean, log_var = seed.fork("m").normal(*shape).to(dtype), 3 * seed.fork("l").normal(*shape).to(dtype)
        noise = seed.fork("n").normal(*shape).to(dtype)
        came = submission.play(plays.gaussian, torch.cat([mean, log_var], 1), noise)
        law = Normal(mean.double(), log_var.double().exp().sqrt())
        kl = kl_divergence(law, Normal(exactly(0)[0], exactly(1)[0])).sum((1, 2, 3))
        near(came["kl"], kl, "the divergence", within=rtol)
        near(came["sample"], law.loc + law.scale * noise.double(), "the sample", within=rtol)
        expect_dtype(came["sample"], dtype)


@task("diagonal_gaussian")
def test_gradients_reach_the_moments(submission, seed):
    """The sample's gradients are 1 and noise sigma / 2; the divergence's are mean and (variance - 1) / 2

    The sample is mean + exp(log_var / 2) noise, the divergence a sum over each image: look at the factor 1/2.
    """
    mean, log_var, noise = (seed.fork(name).normal(2, 3, 2, 2) for name in ("m", "l", "n"))
    came = submission.play(plays.gradients_of_gaussian, torch.cat([mean, log_var], 1), noise)
    by_sample = torch.cat([torch.ones_like(mean), noise * (log_var / 2).exp() / 2], 1)
    near(came["of sample"], by_sample, "the gradient of the sample")
    by_kl = torch.cat([mean, (log_var.exp() - 1) / 2], 1)
    near(came["of kl"], by_kl, "the gradient of the divergence")


# -------------------- 1.2 blocks
@task("blocks", gate=True)
def test_blocks_are_an_answer_at_all(submission, seed):
    """Doubling repeats pixels, or a residual block passes on what came, and adds something"""
    x = seed.normal(1, 1, 16, 16)
    mean = torch.full((1, 1, 3, 3), 1 / 9, dtype=torch.float64)

    def residual() -> None:
        x = 20 * seed.fork("x").normal(1, 4, 8, 8)
        came = submission.play(plays.residual_block, 4, 4, 2, x, drawn(seed.fork("w"), residual_block(4, 4)))
        expect_alike(came, x)
        expect((came - x).abs().max() > 1e-6, "the residual block does nothing")

    def doubled() -> None:
        double = submission.play(plays.upsample, mean, exactly(0), x)
        expect_alike(double, x.repeat_interleave(2, 2).repeat_interleave(2, 3), 0.3)

    any_of(residual, doubled)


@task("blocks", weight=2)
def test_residual_block_is_exact(submission, seed):
    """With fresh weights and any widths the block is norm, silu, convolution, twice, plus the skip

    Norm, silu, convolution, twice, plus x, which is convolved only where widths differ.
    """
    for c_in, c_out, groups, h, w in ((4, 4, 2, 3, 5), (6, 4, 2, 4, 1), (3, 9, 3, 2, 2)):
        x = 1 + 2 * seed.fork(f"{c_in}").normal(2, c_in, h, w)
        w = drawn(seed.fork("w"), residual_block(c_in, c_out))
        came = submission.play(plays.residual_block, c_in, c_out, groups, x, w)
        y = x
        for i in "12":
            y = F.group_norm(y, groups, w[f"norm{i}.weight"], w[f"norm{i}.bias"], 1e-6)
            y = F.conv2d(y * y.sigmoid(), w[f"conv{i}.weight"], w[f"conv{i}.bias"], padding=1)
        skip = x if c_in == c_out else F.conv2d(x, w["skip.weight"], w["skip.bias"])
        near(came, skip + y, within=LONG)


@task("blocks", weight=2)
def test_resampling_is_exact(submission, seed):
    """Fresh kernels on maps of even, odd and tiny sizes

    Down pads right and below alone, up repeats pixels and then convolves: try odd sides.
    """
    weight, bias = seed.fork("w").normal(3, 3, 3, 3), seed.fork("b").normal(3)
    for h, w in ((6, 4), (5, 7), (2, 2), (3, 8)):
        x = seed.fork(f"{h}").normal(2, 3, h, w)
        wider = torch.cat([torch.cat([x, torch.zeros(2, 3, h, 1)], 3), torch.zeros(2, 3, 1, w + 1)], 2)
        half = submission.play(plays.downsample, weight, bias, x)
        near(half, F.conv2d(wider, weight, bias, stride=2), f"half of {h} x {w}", within=LONG)
        double = submission.play(plays.upsample, weight, bias, x)
        repeated = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
        near(double, F.conv2d(repeated, weight, bias, padding=1), f"{h} x {w} doubled", within=LONG)
