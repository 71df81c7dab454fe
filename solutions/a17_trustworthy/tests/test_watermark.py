"""Public checks of the mark in the noise: its rings, what it leaves alone, and p-values that are ones."""

import math

import torch

from autograder.checks import close, exactly, expect, expect_dtype, law_is, raises, task

from .. import plays
from .near import near, near_single, unchanged
from .planes import KEY, N, picture, plane, spectrum


# -------------------- 4.1 embed_rings
@task("embed_rings", weight=2)
def test_worked_rings(submission):
    """16 frequencies hold rings 0 to 4 with 1, 8, 12, 16 and 12 coefficients, as the table has them"""
    pattern, mask = plane()
    came_pattern, came_mask = submission.rings.ring_pattern(N, KEY)
    hint = (
        "Frequencies 0..7, -8..-1 in the order of fft2. The ring is the rounded radius, the root of the sum "
        "of both squares; the end is radius 4."
    )
    close(came_mask, mask, rtol=0, what="the mask", hint=hint)
    near(came_pattern, pattern, "the pattern", "The key's value of each ring, 0 outside.")
    expect_dtype(came_pattern, torch.float64)


@task("embed_rings")
def test_rings_from_the_second_on(submission):
    """inner = 2 leaves out rings 0 and 1; a key of 5 rings does not fit into 8 frequencies, nor inner = 5"""
    pattern, mask = plane()
    came_pattern, came_mask = submission.rings.ring_pattern(N, KEY, 2)
    hint = "inner is the smallest ring that is marked, itself included."
    within = picture_of_rings_0_and_1()
    close(came_mask, mask & ~within, rtol=0, what="the mask", hint=hint)
    near(came_pattern, pattern * ~within, "the pattern", hint)
    for size, inner in ((8, 0), (N, 5)):
        with raises(ValueError):
            submission.rings.ring_pattern(size, KEY, inner)
    expect(bool(submission.rings.ring_pattern(9, KEY, 4)[1].any()), "ring 4 is not marked")


def picture_of_rings_0_and_1() -> torch.Tensor:
    """Return where the frequencies are that are at most 1 down and 1 to the right."""
    near_zero = torch.zeros(N, N, dtype=torch.bool)
    for down in (-1, 0, 1):
        near_zero[down, [-1, 0, 1]] = True
    return near_zero


@task("embed_rings", weight=2)
def test_mark_is_there(submission, seed):
    """The orthonormal transform of marked noise is the pattern on the mask, and the noise's own outside"""
    pattern, mask = plane()
    z = seed.normal(2, 3, N, N)
    came = submission.play(plays.kept, "rings", "embed_rings", z, pattern, mask)
    real, imaginary = spectrum(came["result"])
    hint = "Set the coefficients, all of them, in the plane of fft2 with norm='ortho'."
    near(real[..., mask], pattern[mask].expand(2, 3, -1), "the real part on the mask", hint)
    near(imaginary[..., mask], torch.zeros(2, 3, 49).double(), "the imaginary part on the mask", hint)
    there = spectrum(z)
    hint = "Only what the mask marks changes."
    near(real[..., ~mask], there[0][..., ~mask], "the real part outside the mask", hint)
    near(imaginary[..., ~mask], there[1][..., ~mask], "the imaginary part outside the mask", hint)
    unchanged(came["arguments"], [z, pattern, mask])


@task("embed_rings")
def test_marks_of_float32_noise(submission, seed):
    """Marked noise is real and has the dtype of the noise; one image alone will do"""
    pattern, mask = plane()
    z = seed.normal(N, N, dtype=torch.float32)
    real, imaginary = spectrum(z.double())
    real[mask], imaginary[mask] = pattern[mask], 0
    due = spectrum(real)[0] + spectrum(imaginary)[1]
    near_single(submission.rings.embed_rings(z, pattern, mask), due, "the marked noise", "The real part.")


# -------------------- 4.2 detect_rings
@task("detect_rings", weight=2)
def test_worked_distance_test(submission):
    """A mark at 83.1803 % of its strength has p = 1.812438e-43, at 50 % 1.849528e-17, at 0 .0104937"""
    pattern, mask = plane()
    strengths = exactly(0.831803, 0.5, 0)
    z = strengths[:, None, None] * picture(pattern)
    p = submission.detection.ring_p_value(z, pattern, mask)
    hint = "P(X <= S) of a noncentral chi-squared X with as many degrees of freedom as the mask has places."
    close(
        p,
        exactly(1.8124377752e-43, 1.8495283551e-17, 0.0104936742),
        rtol=1e-6,
        what="the p-values",
        hint=hint,
    )
    expect_dtype(p, torch.float64)


@task("detect_rings", weight=2)
def test_worked_matched_filter(submission):
    """The mark itself has T = |w| = 10.3923 and p = 1.34e-25; none at all has 1/2, and minus the mark 1"""
    pattern, _ = plane()
    z = exactly(1, 0, -1, 1.5 / math.sqrt(108))[:, None, None] * picture(pattern)
    hint = (
        "T is the product with the mark's picture over |w|; p = 1 - Phi(T), with all digits: erfc, which has "
        "another scale than Phi. The last image has T = 1.5, and p must be .0668."
    )
    due = exactly(1.3438908973e-25, 0.5, 1.0, 0.0668072013)
    close(submission.detection.matched_p_value(z, pattern), due, rtol=1e-8, what="the p-values", hint=hint)


@task("detect_rings", weight=2, statistical=True)
def test_noise_without_mark(submission, seed):
    """On 400 images of noise without a mark the p-values of both tests are uniform"""
    pattern, mask = plane()
    z = seed.normal(400, N, N)
    hint = "z is real, so k and -k say the same: |mask| degrees of freedom. No variance is estimated."
    law_is(submission.detection.ring_p_value(z, pattern, mask), "uniform", hint, "the law of ring_p_value")
    hint = "The product with the mark's picture, over |w|, is standard normal."
    law_is(submission.detection.matched_p_value(z, pattern), "uniform", hint, "the law of matched_p_value")


@task("detect_rings")
def test_shrunk_noise(submission, seed):
    """Noise at 30 % of its strength, as blurry images give, worries the distance test and not the other"""
    pattern, mask = plane()
    z = 0.3 * seed.normal(2, 100, N, N, dtype=torch.float32)
    found = submission.detection.ring_p_value(z, pattern, mask)
    matched = submission.detection.matched_p_value(z, pattern)
    expect_dtype(found, torch.float64)
    expect_dtype(matched, torch.float64)
    alarms = (found < 0.05).double().mean().item(), (matched < 0.01).double().mean().item()
    expect(alarms[0] > 0.5, f"the distance test finds a mark in {alarms[0]:.0%}; expected nine in ten")
    expect(alarms[1] == 0, f"the matched filter finds a mark in {alarms[1]:.0%}; expected none")
