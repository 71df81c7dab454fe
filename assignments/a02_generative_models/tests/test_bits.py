"""Public checks of grey levels, logits and bits: numbers by hand, and the map there and back."""

import math

import torch

from autograder.checks import close, expect, task

from .. import plays
from .numbers import AN_IMAGE, IN_PLACE, exactly, expect_dtype, near, rows

LN2 = math.log(2)


# -------------------- 3.5 dequantize
@task("dequantize")
def test_levels_become_cells(submission):
    """Of 4 levels, 3 with u = 0.5 becomes 0.875 and 0 with u = 0 stays 0: each cell is 1/4 wide"""
    v = submission.bits.dequantize(torch.tensor([[3, 0]]), rows((0.5, 0)), 4)
    near(v, rows((0.875, 0)), "v", "(k + u) / levels: with levels - 1 the last cell would lie beyond 1.")


@task("dequantize")
def test_quantize_by_hand(submission):
    """Of 4 levels, 0.875, 0.25, 0.2499 are 3, 1, 0; what is outside of [0, 1) gets the nearest level"""
    k = submission.bits.quantize(rows((0.875, 0.25, 0.2499), (1.0, -0.1, 7)), 4)
    hint = "floor(v levels), between 0 and levels - 1: a cell begins at its level and is not centred on it."
    close(k, torch.tensor([[3, 1, 0], [3, 0, 3]]), rtol=0, what="k", hint=hint)
    expect(k.dtype == torch.int64, f"k is {k.dtype}; expected torch.int64")


@task("dequantize")
def test_levels_there_and_back(submission, seed):
    """Every level of 2, 17 and 256 comes back from near both ends of its cell, in float32 and float64"""
    for levels in (2, 17, 256):
        k = torch.arange(levels).expand(3, levels)
        for dtype in (torch.float32, torch.float64):
            u = seed.uniform(3, levels, dtype=dtype).clamp(max=1 - 2.0**-12)
            u[0], u[1] = 0 if levels != 17 else 2.0**-12, 1 - 2.0**-12  # k * (1 / 17) may round down
            v = submission.bits.dequantize(k, u, levels)
            expect_dtype(v, dtype)
            expect((v >= 0).all() and (v < 1).all(), "v leaves [0, 1)")
            came = submission.bits.quantize(v, levels)
            close(came, k, rtol=0, what=f"k of {levels} levels in {dtype}")


@task("dequantize")
def test_logits_by_hand(submission):
    """v = 0, 1/2, 1 have the logits -ln 19, 0, ln 19, and log-determinants 2.941665, 1.280934, 2.941665"""
    ends = math.log(0.9 / (0.05 * 0.95))
    y, log_det = submission.bits.to_logits(rows((0, 0.5, 1)))
    near(
        y,
        rows((-math.log(19), 0, math.log(19))),
        "y",
        "alpha + (1 - 2 alpha) v lies between alpha and 1 - alpha.",
    )
    hint = "The slope is (1 - 2 alpha) / (s (1 - s)): do not forget 1 - 2 alpha."
    near(log_det, exactly(2 * ends + math.log(3.6)), "log_det", hint)
    _, log_det = submission.bits.to_logits(rows((0,), (0.5,), (1,)))
    near(log_det, exactly(ends, math.log(3.6), ends), "log_det of one value each", hint)


@task("dequantize")
def test_logits_backwards(submission, seed):
    """from_logits undoes to_logits, with the log-determinant of its direction; alpha is 0.05 unless given"""
    v = seed.uniform(3, 2, 4)
    for settings in ({}, {"alpha": 0.01}, {"alpha": 0.2}):
        y, log_det = submission.bits.to_logits(v, **settings)
        back, log_det_back = submission.bits.from_logits(y, **settings)
        near(back, v, "v, there and back")
        near(log_det_back, -log_det, "log_det of the way back", "The slope of the inverse is the reciprocal.")
    v, log_det = submission.bits.from_logits(rows((0,), (math.log(19),)))
    near(v, rows((0.5,), (1,)), "v of the logits 0 and ln 19")
    near(
        log_det[:1],
        exactly(-math.log(3.6)),
        "log_det of from_logits at 0",
        "log sigmoid'(y) - log(1 - 2 alpha).",
    )


@task("dequantize")
def test_log_dets_of_images(submission, seed):
    """Two images of 3 x 2 values have two log-determinants, each the sum over its values"""
    v = seed.uniform(2, 3, 2)
    s = 0.05 + 0.9 * v
    y, log_det = submission.bits.to_logits(v)
    near(y, torch.logit(s), "y")
    near(log_det, (0.9 / (s * (1 - s))).log().sum((1, 2)), "log_det", AN_IMAGE)


@task("dequantize")
def test_bits_of_an_even_density(submission):
    """The density 1 costs log2 of the levels: 4.087463 bits for 17, 8 for 256, whatever the image's size"""
    for levels, bits in ((17, math.log2(17)), (256, 8.0)):
        for dims in (1, 64):
            came = submission.bits.bits_per_dim(exactly(0, 0), dims, levels)
            hint = "A cell is 1 / levels wide in each dimension: its probability is density / levels^dims."
            near(came, exactly(bits, bits), f"the bits of {levels} levels", hint)


@task("dequantize", weight=2)
def test_bits_of_a_density_that_fits(submission):
    """A density that is constant in each of 4 cells gives -log2 of their probabilities: 1, 2, 3, 3 bits"""
    p = exactly(0.5, 0.25, 0.125, 0.125)
    came = submission.bits.bits_per_dim((4 * p).log(), 1, 4)
    near(came, exactly(1, 2, 3, 3), "the bits", "In bits, so divide by ln 2; and log2(levels) is added.")
    came = submission.bits.bits_per_dim(exactly(10 * LN2, -4 * LN2), 2, 16)
    near(came, exactly(-1, 6), "the bits of two values an image", "Per dimension: dims values in each image.")


@task("dequantize")
def test_chosen_noise_makes_the_bound_tight(submission):
    """Density 2v, 4 levels: with the posterior as q(u | k) level 0 costs exactly 4 bits at every u"""
    u = exactly(0.1, 0.5, 0.9)
    log_q = (2 * u).log()  # p(u | k = 0) is 2u, and p(k = 0) is 1/16
    came = submission.bits.bits_per_dim((2 * u / 4).log(), 1, 4, log_q)
    near(came, exactly(4, 4, 4), "the bits", "log_q is what the noise cost: it is added to the bits.")
    even = submission.bits.bits_per_dim((2 * u / 4).log(), 1, 4)
    near(even, 2 - (u / 2).log2(), "the bits with even noise")


@task("dequantize")
def test_bits_change_no_argument(submission, seed):
    """Float32 comes back as float32, and no argument of the five functions is changed"""
    k, u, y = torch.tensor([[0, 3, 1], [2, 2, 3]]), seed.uniform(2, 3), seed.fork("y").normal(2, 3)
    for value in (*submission.bits.to_logits(u.float()), *submission.bits.from_logits(y.float())):
        expect_dtype(value, torch.float32)
    expect_dtype(submission.bits.bits_per_dim(y[:, 0].float(), 3, 4), torch.float32)
    after = submission.play(plays.after_bits, k, u, y)
    close(after, [k, u, y], rtol=0, what="the arguments afterwards", hint=IN_PLACE)
