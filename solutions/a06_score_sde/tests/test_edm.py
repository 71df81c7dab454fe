"""Public checks of preconditioning: a table, three moments that explain it, and what the network is given."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, task

from .. import plays
from .near import BY_SAMPLE, EXACT, PER_SAMPLE, SINGLE, expect_dtype, expect_unchanged

NAMES = ("c_skip", "c_out", "c_in", "c_noise", "weight")
NOTHING = exactly(0, 0, 0)  # the numbers of a network that says 0


def nodes() -> tuple[Tensor, Tensor, Tensor]:
    """Return pairs of standard normal points and weights with which averages of squares are exact."""
    root = math.sqrt(3)
    points, weights = exactly(-root, 0, root), exactly(1 / 6, 2 / 3, 1 / 6)
    a, b = torch.meshgrid(points, points, indexing="ij")
    return a.flatten(), b.flatten(), (weights[:, None] * weights).flatten()


# -------------------- 7.1 edm
@task("edm")
def test_table_of_coefficients(submission):
    """sigma = 0.5: 0.5, 0.3535534, 1.4142136, -0.1732868, weight 8; and those of sigma = 80"""
    came = submission.edm.edm_coefficients(exactly(0.5, 80))
    expected = (
        exactly(0.5, 3.9060974e-5), exactly(0.125, 0.24999023475).sqrt(), exactly(2, 1 / 6400.25).sqrt(),
        exactly(math.log(0.5) / 4, math.log(80) / 4), exactly(8, 4.00015625),
    )  # fmt: skip
    for name, value, right in zip(NAMES, came, expected, strict=True):
        hint = "With S = sigma^2 + sigma_data^2: read the table again, line by line."
        close(value, right, rtol=1e-7, what=name, hint=hint)
        expect_dtype(value, torch.float64, name)


@task("edm")
def test_scale_of_the_data(submission):
    """sigma_data = 2, sigma = 1.5 (S = 6.25): 0.64, 1.2, 0.4, ln(1.5) / 4 and 6.25 / 9"""
    expected = (0.64, 1.2, 0.4, math.log(1.5) / 4, 6.25 / 9)
    for sigma in (exactly(1.5), exactly(1.5)[0], torch.tensor([1.5, 1.5])):
        came = submission.edm.edm_coefficients(sigma, 2.0)
        for name, value, right in zip(NAMES, came, expected, strict=True):
            close(
                value,
                torch.full_like(sigma, right).double() * 0 + right,
                rtol=EXACT,
                what=f"{name} for sigma_data = 2",
            )


@task("edm")
def test_input_and_target_have_variance_1(submission):
    """For data of mean 0: c_in x and the network's target have variance 1, and are uncorrelated"""
    a, b, weights = nodes()
    for sigma_data in (0.5, 0.75):
        for sigma in (0.02, 0.5, 10):
            c_skip, c_out, c_in, _, weight = (
                c[0] for c in submission.edm.edm_coefficients(exactly(sigma), sigma_data)
            )
            x0 = sigma_data * a
            x = x0 + sigma * b
            target = (x0 - c_skip * x) / c_out
            hint = "c_in makes the input, c_out the target of variance 1; c_skip makes them uncorrelated."
            what = f"at sigma = {sigma}, sigma_data = {sigma_data}"
            close(
                (weights * (c_in * x) ** 2).sum(),
                exactly(1)[0],
                rtol=EXACT,
                what=f"the variance of c_in x {what}",
                hint=hint,
            )
            close(
                (weights * target**2).sum(),
                exactly(1)[0],
                rtol=1e-8,
                what=f"the variance of the target {what}",
                hint=hint,
            )
            close(
                (weights * target * x).sum(),
                exactly(0)[0],
                atol=1e-8,
                what=f"the covariance of target and x {what}",
                hint=hint,
            )
            hint = "The weight is 1 / c_out^2, so that every level counts the same at the beginning."
            close(
                weight * c_out**2, exactly(1)[0], rtol=EXACT, what=f"weight times c_out^2 {what}", hint=hint
            )


@task("edm")
def test_a_network_that_says_nothing_has_loss_d(submission):
    """With F = 0 the mean loss of data of deviation sigma_data is 1 a coordinate, at every level"""
    a, b, weights = nodes()
    for sigma in (0.02, 0.5, 10):
        x0, noise = 0.5 * a[:, None].expand(9, 3), b[:, None].expand(9, 3)
        levels = torch.full((9,), sigma, dtype=torch.float64)
        loss = submission.play(plays.edm_loss, NOTHING, x0, levels, noise)["loss"]
        hint = f"weight |c_skip x - x0|^2, with x = x0 + sigma noise. {PER_SAMPLE}"
        close(
            (weights * loss).sum(),
            exactly(3)[0],
            rtol=1e-8,
            what=f"the mean loss over 3 coordinates at sigma = {sigma}",
            hint=hint,
        )


@task("edm")
def test_network_is_given_scaled_input(submission, seed):
    """F is called once, with c_in x and with c_noise of shape (b,), both in the dtype of x0"""
    x0, noise, sigma = (
        seed.fork("x0").normal(2, 1, 3, 4),
        seed.fork("noise").normal(2, 1, 3, 4),
        exactly(0.5, 3),
    )
    came = submission.play(plays.edm_loss, NOTHING, x0, sigma, noise, 0.75)
    expect(len(came["asked"]) == 1, f"the network was called {len(came['asked'])} times; expected once")
    scale = (sigma**2 + 0.5625).rsqrt()[:, None, None, None]
    x = x0 + sigma[:, None, None, None] * noise
    hint = "The network sees c_in x, and ln(sigma) / 4 in the place of sigma."
    close(came["asked"][0]["x"], scale * x, rtol=EXACT, what="the input of F", hint=f"{hint} {BY_SAMPLE}")
    close(came["asked"][0]["level"], sigma.log() / 4, rtol=EXACT, what="c_noise", hint=hint)
    expect_unchanged(came["arguments"], [x0, sigma, noise])
    single = submission.play(plays.edm_loss, NOTHING.float(), x0.float(), sigma, noise.float(), 0.75)
    for key in ("x", "level"):
        expect_dtype(single["asked"][0][key], torch.float32, f"what F is given ({key})")
    expect_dtype(single["loss"], torch.float32, "the loss of float32 samples")


@task("edm")
def test_loss_of_a_linear_network(submission, seed):
    """For F = 2 x + 3 c_noise - 1 each sample has the loss of its own level, and the gradient is right"""
    x0, noise = seed.fork("x0").normal(3, 2, 2), seed.fork("noise").normal(3, 2, 2)
    sigma, expected, gradient = exactly(0.2, 0.5, 3), [], exactly(0, 0, 0)
    for one, s, z in zip(x0, sigma, noise, strict=True):
        S = s**2 + 0.25
        x, c_noise = one + s * z, s.log() / 4
        c_out = s / 2 / S.sqrt()
        off = 0.25 / S * x + c_out * (2 * x / S.sqrt() + 3 * c_noise - 1) - one
        expected.append(off.square().sum() / c_out**2)
        inputs = (x / S.sqrt(), c_noise.expand_as(x), torch.ones_like(x))
        gradient = gradient + torch.stack([(2 * off / c_out * part).sum() for part in inputs])
    came = submission.play(plays.edm_loss, exactly(2, 3, -1), x0, sigma, noise)
    hint = f"D = c_skip x + c_out F, and the loss is weight |D - x0|^2. {PER_SAMPLE}"
    close(came["loss"], torch.stack(expected), rtol=EXACT, what="the loss", hint=hint)
    expect(came["gradient"] is not None, "no gradient of the loss reaches the network")
    close(came["gradient"], gradient, rtol=1e-8, what="the gradient", hint=hint)
    single = submission.play(plays.edm_loss, exactly(2, 3, -1).float(), x0.float(), sigma, noise.float())
    close(single["loss"], torch.stack(expected), rtol=10 * SINGLE, what="the loss in float32")
