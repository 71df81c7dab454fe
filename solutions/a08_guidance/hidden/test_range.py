"""Hidden checks of what keeps guided images in range: fresh images, any shape, an independent percentile."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks import Seed, exactly, expect, expect_dtype, task

from ..tests.images import CAST
from ..tests.near import HALF, LONG, SINGLE, near
from .fresh import between, expect_alike


# -------------------- 2.3 rescale_cfg
@task("rescale_cfg", gate=True)
def test_rescale_is_an_answer_at_all(submission, seed):
    """The result goes with the two predictions, and is not the guided one"""
    cond = seed.fork("cond").normal(4, 3, 8, 8)
    guided = 6 * seed.fork("guided").normal(4, 3, 8, 8)
    rescaled = submission.combine.rescale_cfg(guided, cond)
    expect_alike(rescaled, guided, 0.7 * guided / 6 + 0.3 * cond, cond)
    factor = (rescaled.std() / guided.std()).item()
    expect(abs(factor - 1) > 1e-3, "the guided prediction came back unchanged")


@task("rescale_cfg", weight=2)
@settings(max_examples=8)
@given(
    b=st.integers(1, 4),
    dims=st.lists(st.integers(2, 5), min_size=1, max_size=4),
    phi=st.floats(0, 1),
    n=st.integers(0, 10**6),
)
def test_rescale_follows_its_definition(submission, b, dims, phi, n):
    """The factor of each image is phi times the ratio of deviations plus 1 - phi, for any shape

    Deviations are those of each image over all its values; phi mixes the rescaled prediction with the guided
    one.
    """
    guided = 4 * Seed(n).fork("guided").normal(b, *dims) + 1
    cond = Seed(n).fork("cond").normal(b, *dims) - 2
    ratios = [np.std(c.numpy()) / np.std(g.numpy()) for c, g in zip(cond, guided, strict=True)]
    expected = torch.stack([(phi * r + 1 - phi) * g for r, g in zip(ratios, guided, strict=True)])
    rescaled = submission.combine.rescale_cfg(guided, cond, phi)
    near(rescaled, expected, "the rescaled prediction", within=LONG)


@task("rescale_cfg")
def test_rescale_takes_the_size_from_cond_alone(submission, seed):
    """At phi = 1 a guided prediction ten times as large gives the same result

    At phi = 1 the size of the guided prediction does not matter: divide by its own deviation.
    """
    guided, cond = seed.fork("guided").normal(3, 2, 5), seed.fork("cond").normal(3, 2, 5)
    once = submission.combine.rescale_cfg(guided, cond, 1.0)
    near(submission.combine.rescale_cfg(10 * guided, cond, 1.0), once, "the result", within=LONG)
    near(submission.combine.rescale_cfg(cond, cond, 0.7), cond, "cond, rescaled by itself", within=LONG)


@task("rescale_cfg")
def test_rescale_in_half_precision(submission, seed):
    """Predictions in float16 stay float16

    float16 predictions stay float16; form deviations in something wider.
    """
    guided, cond = 3 * seed.fork("guided").normal(2, 30), seed.fork("cond").normal(2, 30)
    rescaled = submission.combine.rescale_cfg(guided.half(), cond.half(), 1.0)
    expect_dtype(rescaled, torch.float16, CAST)
    ratio = cond.std(dim=1) / guided.std(dim=1)
    expected = torch.stack([ratio[i] * guided[i] for i in range(2)])
    near(rescaled, expected, "the result", within=2 * HALF)


# -------------------- 2.4 dynamic_threshold
@task("dynamic_threshold", gate=True)
def test_threshold_is_an_answer_at_all(submission, seed):
    """A bright image goes with what came in, and is not what came in"""
    x0 = 5 * between(seed.fork("x0"), -1, 1, 2, 3, 16, 16)
    thresholded = submission.combine.dynamic_threshold(x0, 0.9)
    expect_alike(thresholded, x0, x0.clamp(-1, 1))
    expect((thresholded - x0).abs().max() > 1e-3, "the image came back unchanged")


@task("dynamic_threshold", weight=2)
@settings(max_examples=8)
@given(
    b=st.integers(1, 4),
    dims=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    percentile=st.floats(0, 1),
    n=st.integers(0, 10**6),
)
def test_threshold_follows_numpy(submission, b, dims, percentile, n):
    """s is numpy's percentile of the absolute values, at least 1, for any shape and any percentile

    Compare with np.percentile of the absolute values of each image, at least 1: position p (n - 1) of the
    sorted ones, linear between two. Clip to it, then divide by it.
    """
    x0 = 3 * Seed(n).normal(b, *dims)
    expected = []
    for image in x0.numpy():
        s = max(np.percentile(np.abs(image), 100 * percentile), 1.0)
        expected.append(torch.from_numpy(np.clip(image, -s, s) / s))
    thresholded = submission.combine.dynamic_threshold(x0, percentile)
    near(thresholded, torch.stack(expected), "x0", within=LONG)


@task("dynamic_threshold")
def test_threshold_of_mixed_batches(submission, seed):
    """Dark images stay and bright ones do not, whatever else is in the batch

    Each image has its own s: dark ones keep s = 1, whatever else is in the batch.
    """
    dark = between(seed.fork("dark"), -0.9, 0.9, 1, 2, 8, 8)
    bright = 7 * seed.fork("bright").normal(1, 2, 8, 8)
    thresholded = submission.combine.dynamic_threshold(torch.cat([dark, bright, dark]), 0.9)
    near(thresholded[[0, 2]], torch.cat([dark, dark]), "the dark images")
    s = np.percentile(bright.abs().numpy(), 90)
    near(thresholded[1], (bright[0] / s).clamp(-1, 1), "the bright image", within=LONG)


@task("dynamic_threshold")
def test_threshold_does_nothing_twice(submission, seed):
    """What is in range stays as it is: a second time changes nothing

    What is in range stays as it is: s is never below 1.
    """
    once = submission.combine.dynamic_threshold(6 * seed.fork("x0").normal(3, 40), 0.8)
    twice = submission.combine.dynamic_threshold(once, 0.8)
    near(twice, once, "after the second time")
    expect(once.abs().max() <= 1, "a value is outside [-1, 1]")


@task("dynamic_threshold")
def test_threshold_of_many_pixels(submission, seed):
    """An image of 3 x 128 x 128 at the default percentile, in float32

    torch.quantile refuses large inputs, and float32 positions round: try 3 x 128 x 128.
    """
    x0 = 2 * seed.fork("x0").normal(1, 3, 128, 128, dtype=torch.float32)
    thresholded = submission.combine.dynamic_threshold(x0)
    expect_dtype(thresholded, torch.float32, CAST)
    s = np.percentile(x0.abs().double().numpy(), 99.5)
    share = (thresholded.abs() == 1).double().mean().item()
    expect(abs(share - 0.005) < 1e-4, f"{share:.4%} of the values are at the limit; expected 0.5 %")
    near(thresholded, (x0 / s).clamp(-1, 1), "x0", within=SINGLE)


@task("dynamic_threshold")
def test_threshold_of_one_value(submission):
    """Images of one value are theirs to clip: 5 becomes 1 and -0.5 stays

    Try images of a single value.
    """
    thresholded = submission.combine.dynamic_threshold(exactly(5, -0.5, -3)[:, None], 0.3)
    near(thresholded, exactly(1, -0.5, -1)[:, None], "x0")
