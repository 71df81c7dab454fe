"""Hidden checks of preconditioning: fresh levels and scales, and losses by another formula."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks import Seed, close, exactly, expect, task

from .. import plays
from .fresh import EXACT, SINGLE, expect_in_step, expect_unchanged, fresh_batch


# -------------------- 7.1 edm
@task("edm", gate=True)
def test_coefficients_are_answers_at_all(submission, seed):
    """A coefficient or the loss goes with the level as it must, on fresh input"""
    sigma = (2 * seed.fork("sigma").normal(40)).exp()
    c_skip, c_out, c_in, c_noise, _ = submission.edm.edm_coefficients(sigma)
    expect_in_step(c_skip, 0.25 / (0.25 + sigma**2))
    expect_in_step(c_in.clamp(min=1e-9).log(), (0.25 + sigma**2).log())
    expect_in_step(c_out.abs().clamp(min=1e-9).log(), (0.25 / (0.25 + sigma**2) * sigma**2).log())
    expect_in_step(c_noise, sigma.log())


@task("edm", weight=2)
@settings(max_examples=20)
@given(data=st.floats(0.05, 5), n=st.integers(0, 10**6))
def test_coefficients_of_fresh_scales(submission, data, n):
    """All five are exact for any levels and any deviation of the data

    Compare all five with the paper's table for another sigma_data: c_noise is a quarter of the logarithm.
    """
    sigma = (2 * Seed(n).normal(4)).exp()
    c_skip, c_out, c_in, c_noise, weight = submission.edm.edm_coefficients(sigma, data)
    snr = (data / sigma) ** 2
    close(c_skip, snr / (1 + snr), rtol=1e-9, what="c_skip")
    close(c_out**2, data**2 / (1 + snr), rtol=1e-9, what="c_out^2")
    expect((c_out > 0).all(), "c_out is negative somewhere")
    close(c_in**-2, sigma**2 + data**2, rtol=1e-9, what="c_in^-2")
    expect((c_in > 0).all(), "c_in is negative somewhere")
    close((4 * c_noise).exp(), sigma, rtol=1e-9, what="exp(4 c_noise)")
    close(weight, sigma**-2 + data**-2, rtol=1e-9, what="the weight")


@task("edm")
def test_coefficients_without_noise(submission):
    """At sigma = 0: 1, 0, 1 / sigma_data, -inf, inf; a float32 sigma counts as float64

    Try sigma = 0: only c_noise and the weight are infinite. A float32 sigma is made float64 first.
    """
    came = submission.edm.edm_coefficients(exactly(0), 0.4)
    expected = (exactly(1), exactly(0), exactly(2.5), exactly(-torch.inf), exactly(torch.inf))
    for name, value, right in zip(
        ("c_skip", "c_out", "c_in", "c_noise", "weight"), came, expected, strict=True
    ):
        close(value, right, rtol=EXACT, what=f"{name} at sigma = 0")
    for value in submission.edm.edm_coefficients(torch.tensor(0.5)):
        expect(
            value.dtype == torch.float64 and value.ndim == 0,
            f"a float32 sigma without axes gave {value.dtype}",
        )


@task("edm")
@settings(max_examples=15)
@given(
    b=st.integers(1, 4), dims=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    data=st.floats(0.2, 2), n=st.integers(0, 10**6),
)  # fmt: skip
def test_loss_is_that_of_the_target(submission, b, dims, data, n):
    """The loss is the squared distance of F from its target (x0 - c_skip x) / c_out, for any shape

    The network sees c_in x and c_noise; its target is (x0 - c_skip x) / c_out; one loss for each sample.
    """
    seed = Seed(n)
    x0, noise = fresh_batch(seed, b, *dims)
    sigma, numbers = seed.fork("sigma").normal(b).exp(), seed.fork("numbers").normal(3)
    came = submission.play(plays.edm_loss, numbers, x0, sigma, noise, data)
    for i in range(b):
        s = sigma[i].item()
        S = s * s + data * data
        x = x0[i] + s * noise[i]
        said = numbers[0] * x / S**0.5 + numbers[1] * sigma[i].log() / 4 + numbers[2]
        target = (x0[i] - data**2 / S * x) * S**0.5 / (s * data)
        close(came["loss"][i], (said - target).square().sum(), rtol=1e-7, atol=1e-9, what="the loss")


@task("edm")
def test_loss_in_float32(submission, seed):
    """Float32 samples have float32 losses; the network is asked once, in float32; nothing is changed

    The network is asked once, in the samples' dtype, and the loss comes back in it; nothing is changed.
    """
    x0, noise = fresh_batch(seed, 3, 1, 2, 4)
    sigma, numbers = exactly(0.05, 0.6, 9), seed.fork("numbers").normal(3)
    exact = submission.play(plays.edm_loss, numbers, x0, sigma, noise)
    expect_unchanged(exact["arguments"], [x0, sigma, noise])
    single = submission.play(plays.edm_loss, numbers.float(), x0.float(), sigma, noise.float())
    expect(single["loss"].dtype == torch.float32, f"the loss of float32 samples is {single['loss'].dtype}")
    close(single["loss"], exact["loss"], rtol=1e-3, what="the loss in float32")
    asked = single["asked"]
    expect(len(asked) == 1, f"the network was called {len(asked)} times; expected once")
    for key, shape in (("x", x0.shape), ("level", sigma.shape)):
        value = asked[0][key]
        expect(
            value.dtype == torch.float32 and value.shape == shape,
            f"F was given {value.dtype} of shape {tuple(value.shape)}",
        )
    close(asked[0]["level"], sigma.log() / 4, rtol=SINGLE, what="c_noise")
