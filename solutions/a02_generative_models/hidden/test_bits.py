"""Hidden checks of grey levels, logits and bits: Jacobians by autograd, and entropies."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.functional import jacobian

from autograder.checks import Seed, close, expect, task

from .. import plays
from .fresh import EXACT, between, exactly, expect_alike


# -------------------- 3.5 dequantize
@task("dequantize", gate=True)
def test_dequantize_is_an_answer_at_all(submission, seed):
    """The values go with the levels that came in"""
    k = (seed.uniform(4, 5) * 16).long()
    v = submission.bits.dequantize(k, seed.fork("u").uniform(4, 5), 16)
    expect((v - k).abs().max() > 1e-6, "k comes back unchanged")
    expect_alike(v, k.double())


@task("dequantize", weight=2)
@settings(max_examples=8)
@given(levels=st.integers(2, 1024), b=st.integers(1, 3), n=st.integers(0, 10**6))
def test_any_number_of_levels(submission, levels, b, n):
    """Each level fills its cell of width 1 / levels, and comes back from anywhere inside it

    Each level fills a cell of width 1 / levels, and comes back from anywhere inside it: try 2, 5 and 256
    levels.
    """
    seed = Seed(n)
    k = (seed.fork("k").uniform(b, 2, 3) * levels).long()
    u = between(seed.fork("u"), 0.01, 0.99, b, 2, 3)  # at the cell's very ends floats round
    v = submission.bits.dequantize(k, u, levels)
    close(v * levels - k, u, rtol=1e-7, atol=1e-9, what="v levels - k")
    close(submission.bits.quantize(v, levels), k, rtol=0, what="k")
    outside = submission.bits.quantize(torch.stack([v - 2, v + 2]).flatten(1), levels)
    ends = torch.tensor([0, levels - 1])[:, None].expand_as(outside)
    close(outside, ends, rtol=0, what="k of values outside of [0, 1)")


@task("dequantize", weight=2)
def test_logits_by_their_jacobian(submission, seed):
    """Values and both log-determinants are those of logit and sigmoid, by autograd, for any alpha

    Compare both log-determinants with autograd's Jacobian, for other alpha: the factor 1 - 2 alpha is part of
    them.
    """
    v = seed.uniform(3, 4)
    for alpha in (0.05, 1e-3, 0.3):

        def squash(row, alpha=alpha):
            return torch.logit(alpha + (1 - 2 * alpha) * row)

        y, log_det = submission.bits.to_logits(v, alpha)
        close(y, torch.stack([squash(row) for row in v]), rtol=EXACT, atol=EXACT, what="y")
        matrices = torch.stack([jacobian(squash, row) for row in v])
        expected = torch.linalg.slogdet(matrices)[1]
        close(log_det, expected, rtol=EXACT, atol=EXACT, what="log_det of to_logits")
        back, log_det = submission.bits.from_logits(y, alpha)
        close(back, v, rtol=EXACT, atol=EXACT, what="v of y")
        close(log_det, -expected, rtol=EXACT, atol=EXACT, what="log_det of from_logits")


@task("dequantize")
def test_logits_of_any_size(submission):
    """from_logits of +-100 is an end of the stretched range, with a finite log-determinant near -100

    Try logits of 100 and -100: logsigmoid keeps what log(sigmoid) loses.
    """
    v, log_det = submission.bits.from_logits(exactly(100, -100)[:, None])
    close(v[:, 0], exactly(0.95, -0.05) / 0.9, rtol=EXACT, what="v")
    close(log_det, exactly(-100, -100) - math.log(0.9), rtol=EXACT, what="log_det")
    shaped, log_det = submission.bits.from_logits(torch.full((2, 1, 2, 2), 800.0))
    close(log_det, exactly(-3200, -3200), rtol=1e-3, what="log_det of float32 images at 800")
    expect(shaped.isfinite().all(), "v of 800 is not finite")


@task("dequantize")
def test_logits_have_gradients(submission, seed):
    """Both log-determinants have the right gradients

    Take gradients of both log-determinants: nothing is detached, nothing turned into a number.
    """
    v, y = between(seed, 0.1, 0.9, 2, 3), seed.fork("y").normal(2, 3)
    came = submission.play(plays.gradients_of_bits, v, y)
    s = 0.05 + 0.9 * v
    expected = [0.9 * (1 / (1 - s) - 1 / s), 1 - 2 * y.sigmoid()]
    close(came, expected, rtol=EXACT, atol=EXACT, what="gradients to v and y")


@task("dequantize")
def test_bits_average_to_an_entropy(submission, seed):
    """A density that is constant in every cell of 2-D images costs their entropy, per dimension, in bits

    Bits are per dimension: divide by the number of values of one image and by ln 2, for images of any shape.
    """
    levels = seed.integer(3, 9)
    p = seed.uniform(levels**2) + 0.1
    p = p / p.sum()
    came = submission.bits.bits_per_dim((p * levels**2).log(), 2, levels)
    close((p * came).sum(), -(p * p.log2()).sum() / 2, rtol=EXACT, what="the mean bits")
    close(came, -p.log2() / 2, rtol=EXACT, what="the bits of each image")


@task("dequantize")
def test_bits_of_chosen_noise(submission, seed):
    """log_q adds its bits, as a number and as one for each image

    log_q of the noise is subtracted from log p, and so adds bits: as a number and as one for each image.
    """
    log_density, log_q = 20 * seed.normal(4), seed.fork("q").normal(4)
    came = submission.bits.bits_per_dim(log_density, 7, 17, log_q)
    expected = [(q - d) / math.log(2) / 7 + math.log2(17) for d, q in zip(log_density, log_q, strict=True)]
    close(came, torch.stack(expected), rtol=EXACT, atol=EXACT, what="the bits, with log_q for each image")
    came = submission.bits.bits_per_dim(log_density, 7, 17, 2.5)
    even = submission.bits.bits_per_dim(log_density, 7, 17)
    close(came - even, torch.full((4,), 2.5 / math.log(2) / 7), rtol=1e-6, what="what log_q = 2.5 adds")
