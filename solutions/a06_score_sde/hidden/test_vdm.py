"""Hidden checks of the variational model: fresh weights and schedules, and routes of their own."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task

from .. import plays
from .fresh import EXACT, SINGLE, expect_in_step, expect_unchanged


def positive(w: Tensor) -> Tensor:
    """Return log(1 + e^w)."""
    return torch.logaddexp(w, torch.zeros_like(w))


# -------------------- 6.1 gamma
@task("gamma", gate=True)
def test_gamma_is_an_answer_at_all(submission, seed):
    """gamma goes with time for mild weights, and reaches values far from 0"""
    t = seed.uniform(40)
    mild = [exactly(0.1), exactly(0.2), exactly(-0.3, 0.2), exactly(0.1, -0.1), exactly(-1, 0)]
    value = submission.play(plays.gamma, mild, t)["gamma"]
    expect_in_step(value, t)
    expect(value.abs().max() > 1.5, "gamma stays near 0, though it runs from -13.3 to 5")


@task("gamma")
@settings(max_examples=15)
@given(width=st.integers(1, 6), size=st.floats(0.1, 4), n=st.integers(0, 10**6))
def test_gamma_of_fresh_weights(submission, width, size, n):
    """gamma follows its formula for any weights, width and ends

    softplus makes the weights positive, biases stay as they are, and the last formula brings the ends exactly
    to gamma_0 and gamma_1, whatever the weights.
    """
    seed, t = Seed(n), Seed(n).fork("t").uniform(7)
    w1, b1, w2, b2, w3 = (
        size * seed.fork(f"{i}").normal(k) for i, k in enumerate((1, 1, width, width, width))
    )
    low, high = sorted((5 * seed.fork("ends").normal(2)).tolist())

    def raw(t: float) -> float:
        a = positive(w1) * t + b1
        return (a + (positive(w3) * torch.special.expit(positive(w2) * a + b2)).sum()).item()

    came = submission.play(plays.gamma, [w1, b1, w2, b2, w3], t, [low, high])["gamma"]
    share = [(raw(s) - raw(0.0)) / (raw(1.0) - raw(0.0)) for s in t.tolist()]
    close(came, exactly(*(low + (high - low) * s for s in share)), rtol=1e-7, atol=1e-8, what="gamma")


@task("gamma")
def test_gradients_of_gamma(submission, seed):
    """The gradients for all five parameters are those of small changes

    All five parameters have gradients, the two ends included: nothing becomes a number on the way.
    """
    weights = [0.7 * seed.fork(f"{i}").normal(k) for i, k in enumerate((1, 1, 3, 3, 3))]
    t = seed.fork("t").uniform(5)
    came = submission.play(plays.gamma, weights, t)["gradients"]
    for i, name in enumerate(("w1", "b1", "w2", "b2", "w3")):
        expect(came[i] is not None, f"no gradient reaches {name}")
        direction = seed.fork(name).normal(len(weights[i]))
        ends = []
        for sign in (1, -1):
            changed = [w + sign * 1e-5 * direction if j == i else w for j, w in enumerate(weights)]
            ends.append(submission.play(plays.gamma, changed, t)["gamma"].sum())
        expected = (ends[0] - ends[1]) / 2e-5
        close((came[i] * direction).sum(), expected, rtol=1e-4, atol=1e-5, what=f"the gradient for {name}")


@task("gamma")
@settings(max_examples=15)
@given(
    b=st.integers(1, 3), c=st.integers(1, 3), dims=st.lists(st.integers(1, 3), max_size=2),
    low=st.integers(0, 6), more=st.integers(0, 3), n=st.integers(0, 10**6),
)  # fmt: skip
def test_features_of_any_shape(submission, b, c, dims, low, more, n):
    """Features stand in their order for any channels, frequencies and axes; the defaults are 7 and 8

    x, then all sines, then all cosines of 2^n pi x, for each n the channels together. Leave n_min and n_max
    out, too.
    """
    x = Seed(n).normal(b, c, *dims)
    features = submission.vdm.fourier_features(x, low, low + more)
    k = more + 1
    expect(
        features.shape[1] == c * (1 + 2 * k), f"{features.shape[1]} channels came; expected {c * (1 + 2 * k)}"
    )
    waves = torch.polar(
        torch.ones_like(x)[:, None], torch.stack([x * math.pi * 2.0**i for i in range(low, low + k)], 1)
    )
    expected = torch.cat([x, waves.imag.flatten(1, 2), waves.real.flatten(1, 2)], dim=1)
    close(features, expected, rtol=1e-8, atol=1e-8, what="the features")
    usual = submission.vdm.fourier_features(x)
    expect(usual.shape[1] == 5 * c, f"{usual.shape[1]} channels by default; expected {5 * c}")
    close(usual[:, c : 2 * c], (128 * math.pi * x).sin(), rtol=1e-7, atol=1e-7, what="the first sines")
    close(usual[:, 4 * c :], (256 * math.pi * x).cos(), rtol=1e-7, atol=1e-7, what="the last cosines")


# -------------------- 6.2 vdm_loss
@task("vdm_loss", gate=True)
def test_losses_are_answers_at_all(submission, seed):
    """The loss goes with the error, or the prior term with the size of x, on fresh input"""
    error, t = seed.fork("error").uniform(40), seed.fork("t").uniform(40)
    loss = submission.play(plays.diffusion_loss, exactly(-3, 6), t, error)["loss"]
    expect_in_step(loss, error)
    x = seed.fork("x").normal(40, 3) * torch.linspace(0.2, 3, 40, dtype=torch.float64)[:, None]
    expect_in_step(submission.vdm.prior_kl(x, exactly(0)[0]), x.square().sum(1))
    expect_in_step(submission.vdm.spread_times(40, 0.0), torch.arange(40.0))


@task("vdm_loss")
@settings(max_examples=20)
@given(T=st.integers(1, 2000), degree=st.integers(2, 4), n=st.integers(0, 10**6))
def test_losses_of_fresh_schedules(submission, T, degree, n):
    """Both losses follow their formulas for fresh polynomials and errors, with any number of steps

    In steps the loss has exp(gamma(t) - gamma(t - 1/T)) - 1, in continuous time the slope: try a curved gamma
    and T = 1.
    """
    seed = Seed(n)
    c = seed.fork("c").normal(degree + 1)
    t, error = (1 + (T * seed.fork("t").uniform(5)).floor()) / T, 3 * seed.fork("e").uniform(5)
    slope = sum(i * c[i] * t ** (i - 1) for i in range(1, degree + 1))
    came = submission.play(plays.diffusion_loss, c, t, error)
    close(came["loss"], slope * error / 2, rtol=1e-8, atol=1e-9, what="the loss in continuous time")
    came = submission.play(plays.diffusion_loss, c, t, error, T)
    later, before = (sum(c[i] * s**i for i in range(degree + 1)) for s in (t, t - 1 / T))
    expected = T * (torch.exp(later - before) - 1) * error / 2
    close(came["loss"], expected, rtol=1e-6, atol=1e-8, what=f"the loss with {T} steps")
    gradient = torch.stack(
        [error * T / 2 * torch.exp(later - before) * (t**i - (t - 1 / T) ** i) for i in range(degree + 1)]
    )
    expect(came["gradient"] is not None, "no gradient reaches gamma's parameters")
    close(came["gradient"], gradient.sum(1), rtol=1e-6, atol=1e-8, what=f"the gradient with {T} steps")


@task("vdm_loss")
def test_slope_can_be_trained(submission, seed):
    """The gradient through the slope is exact; t keeps its mark and its values; no_grad changes nothing

    The slope keeps its graph (create_graph), t.detach() is what is marked, and no_grad around the call
    changes nothing.
    """
    c, t, error = seed.fork("c").normal(4), seed.fork("t").uniform(6), seed.fork("e").uniform(6)
    came = submission.play(plays.diffusion_loss, c, t, error)
    expect(came["gradient"] is not None, "no gradient reaches gamma's parameters through the slope")
    expected = torch.stack([i * t ** max(i - 1, 0) * error / 2 for i in range(4)]).sum(1)
    close(came["gradient"], expected, rtol=1e-9, atol=EXACT, what="the gradient")
    expect(not came["marked"], "t requires a gradient afterwards")
    expect_unchanged(came["arguments"], [t, error])
    quiet = submission.play(plays.diffusion_loss, c, t, error, None, False)["loss"]
    close(quiet, came["loss"], rtol=EXACT, what="the loss inside no_grad")


@task("vdm_loss")
def test_prior_term_by_torch(submission, seed):
    """The prior term is torch's divergence of two Gaussians, for samples of any shape and any gamma_1

    KL of N(alpha_1 x, sigma_1^2) from N(0, 1), summed over each sample: sigma_1^2 = sigmoid(gamma_1).
    """
    for dims in ((), (3,), (2, 1, 2)):
        for gamma_1 in (-2.0, 0.5, 9.0):
            x = 2 * seed.normal(3, *dims)
            noise = torch.tensor(gamma_1, dtype=torch.float64).sigmoid()
            law = torch.distributions.Normal((1 - noise).sqrt() * x, noise.sqrt())
            standard = torch.distributions.Normal(torch.zeros_like(x), torch.ones_like(x))
            expected = torch.distributions.kl_divergence(law, standard).reshape(3, -1).sum(1)
            kl = submission.vdm.prior_kl(x, exactly(gamma_1)[0])
            close(kl, expected, rtol=1e-7, atol=1e-12, what=f"the prior term at gamma_1 = {gamma_1}")
            single = submission.vdm.prior_kl(x.float(), exactly(gamma_1)[0])
            expect(single.dtype == torch.float32, f"the prior term of float32 images is {single.dtype}")
            close(single, expected, rtol=SINGLE, atol=1e-5, what="the prior term in float32")


@task("vdm_loss")
@settings(max_examples=20)
@given(b=st.integers(1, 40), u=st.floats(0, 0.999))
def test_times_of_any_number(submission, b, u):
    """Any number of times begins at u, in order, each 1/b after the one before, in [0, 1)

    (u + i / b) mod 1 for i = 0 to b - 1: in [0, 1), each 1 / b after the one before.
    """
    times = submission.vdm.spread_times(b, u)
    expect(times.dtype == torch.float64 and len(times) == b, f"{len(times)} times of {times.dtype} came")
    expect(((times >= 0) & (times < 1)).all(), "a time lies outside of [0, 1)")
    angle = 2 * math.pi * (times - u - torch.arange(b, dtype=torch.float64) / b)
    close(angle.cos(), torch.ones(b).double(), rtol=1e-9, what="the cosine of what is left, in turns")
