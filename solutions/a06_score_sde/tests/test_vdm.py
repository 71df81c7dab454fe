"""Public checks of the variational model: a schedule that can only rise, and losses with known integrals."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task

from .. import plays
from .near import EXACT, PER_SAMPLE, SINGLE, expect_dtype, expect_unchanged

G0, G1 = -13.3, 5.0
INSTANT = torch.linspace(0, 1, 41, dtype=torch.float64)


def weights(seed: Seed, width: int = 5) -> list[Tensor]:
    """Return w1, b1, w2, b2, w3, as large as they come."""
    return [2 * seed.fork(f"{i}").normal(k) for i, k in enumerate((1, 1, width, width, width))]


# -------------------- 6.1 gamma
@task("gamma")
def test_gamma_rises_between_fixed_ends(submission, seed):
    """For any weights gamma runs from -13.3 to 5, rising all the way; for other ends between those"""
    for i in range(5):
        for ends in (None, [-4.0, 2.0]):
            value = submission.play(plays.gamma, weights(seed.fork(f"{i}")), INSTANT, ends)["gamma"]
            low, high = ends or (G0, G1)
            hint = "Subtract raw(0), divide by raw(1) - raw(0): then the ends are fixed for all weights."
            close(value[[0, -1]], exactly(low, high), rtol=EXACT, what="gamma(0) and gamma(1)", hint=hint)
            hint = "Softplus makes the three weights positive; a sum of rising functions rises."
            expect((value.diff() > 0).all(), "gamma does not rise everywhere", hint)


@task("gamma")
def test_gamma_of_simple_weights(submission):
    """If w3 is nearly 0 gamma is a straight line; with it, its formula at t = 0.25, 0.5, 0.75"""
    t = exactly(0, 0.25, 0.5, 0.75, 1)
    flat = [exactly(0.3), exactly(-1), exactly(1, 2), exactly(0, 1), exactly(-80, -80)]
    value = submission.play(plays.gamma, flat, t)["gamma"]
    close(
        value,
        G0 + (G1 - G0) * t,
        rtol=1e-9,
        what="gamma without hidden units",
        hint="raw(t) begins with a itself.",
    )
    curved = [exactly(3), exactly(-1.5), exactly(2, 4), exactly(0.5, -0.5), exactly(3, 5)]
    value = submission.play(plays.gamma, curved, t)["gamma"]
    w1, b1, w2, b2, w3 = curved
    a = t[:, None] * w1.exp().log1p() + b1
    raw = a[:, 0] + (w3.exp().log1p() / (1 + torch.exp(-(w2.exp().log1p() * a + b2)))).sum(dim=1)
    expected = G0 + (G1 - G0) * (raw - raw[0]) / (raw[-1] - raw[0])
    hint = (
        "a = w1+ t + b1 and raw = a + sum of w3+ sigmoid(w2+ a + b2), w+ = softplus(w), biases as they are."
    )
    close(value, expected, rtol=EXACT, what="gamma", hint=hint)


@task("gamma")
def test_gamma_learns_with_all_its_weights(submission, seed):
    """Each of the five parameters has a gradient, and the gradient of w3 is that of a small change"""
    given = [0.5 * weight for weight in weights(seed)]
    came = submission.play(plays.gamma, given, INSTANT)
    for name, gradient in zip(("w1", "b1", "w2", "b2", "w3"), came["gradients"], strict=True):
        what = f"no gradient of gamma reaches {name}"
        expect(gradient is not None and gradient.isfinite().all() and (gradient != 0).any(), what)
    moved = []
    for sign in (1, -1):
        changed = [*given[:4], given[4] + sign * 1e-5 * torch.eye(5, dtype=torch.float64)[0]]
        moved.append(submission.play(plays.gamma, changed, INSTANT)["gamma"].sum())
    expected = (moved[0] - moved[1]) / 2e-5
    close(came["gradients"][4][0], expected, rtol=1e-5, atol=1e-6, what="the gradient of w3[0]")
    single = submission.play(plays.gamma, [weight.float() for weight in given], INSTANT.float())
    expect_dtype(single["gamma"], torch.float32, "gamma of float32 times and weights")


@task("gamma")
def test_fourier_features_of_one_grey_level(submission):
    """x = 1/256 becomes 1/256, sin(pi/2) = 1, sin(pi) = 0, cos(pi/2) = 0, cos(pi) = -1"""
    features = submission.vdm.fourier_features(torch.full((1, 1, 2), 1 / 256, dtype=torch.float64))
    expected = exactly(1 / 256, 1, 0, 0, -1)[None, :, None].expand(1, 5, 2)
    hint = "2^7 pi / 256 = pi / 2. The published code has 2 pi 2^n with n = 6 and 7, which is the same."
    close(features, expected, rtol=EXACT, atol=1e-12, what="the features", hint=hint)


@task("gamma")
def test_order_of_the_channels(submission, seed):
    """Two channels and n = 1, 2, 3: the channels, six sines, six cosines, those of one n together"""
    x = seed.normal(2, 2, 3, 4)
    features = submission.vdm.fourier_features(x, 1, 3)
    angles = [2**n * math.pi * x[:, c] for n in (1, 2, 3) for c in (0, 1)]
    parts = [x[:, 0], x[:, 1], *(a.sin() for a in angles), *(a.cos() for a in angles)]
    hint = "n = n_min, ..., n_max, both included; along dim 1: x, all sines, all cosines."
    close(features, torch.stack(parts, dim=1), rtol=1e-9, atol=1e-9, what="the features", hint=hint)
    expect_dtype(submission.vdm.fourier_features(x.float(), 1, 3), torch.float32, "the tensor of features")


# -------------------- 6.2 vdm_loss
SHAPES: dict[str, Tensor] = {  # of the schedule, as polynomials from G0 to G1
    "straight": exactly(0, 1),
    "squared": exactly(0, 0, 1),
    "smooth": exactly(0, 0, 3, -2),
}


def schedule(shape: Tensor) -> Tensor:
    """Return a polynomial from G0 to G1."""
    return (G1 - G0) * shape + torch.nn.functional.pad(exactly(G0), (0, len(shape) - 1))


def values(shape: Tensor, t: Tensor) -> Tensor:
    """Return gamma at each t."""
    return sum(c * t**i for i, c in enumerate(schedule(shape)))


def error_of(variance: float) -> Callable[[Tensor], Tensor]:
    """Return the mean squared error of the exact model of N(m, variance) at each gamma."""
    return lambda gamma: variance * torch.exp(-gamma) / (1 + variance * torch.exp(-gamma))


def integral(variance: float) -> float:
    """Return the diffusion loss in continuous time, by substitution of gamma for t."""
    return (math.log1p(variance * math.exp(-G0)) - math.log1p(variance * math.exp(-G1))) / 2


@task("vdm_loss", weight=2)
def test_continuous_loss_does_not_see_the_shape(submission):
    """For the exact model of N(m, 1/4) the loss is 5.9560146, for N(m, 1) 6.6466432: with any schedule"""
    t = (torch.arange(4000, dtype=torch.float64) + 0.5) / 4000
    for name, shape in SHAPES.items():
        for variance in (0.25, 1.0):
            error = error_of(variance)(values(shape, t))
            loss = submission.play(plays.diffusion_loss, schedule(shape), t, error)["loss"]
            hint = "gamma'(t) / 2 times the error: the substitution gamma for t turns it into one integral."
            what = f"the mean loss of the {name} schedule, variance {variance}"
            close(loss.mean(), exactly(integral(variance))[0], rtol=2e-5, what=what, hint=hint)


@task("vdm_loss")
def test_discrete_loss_depends_on_the_steps(submission):
    """Three steps on a square, by hand; the straight schedule: 15.727564 with 10 steps, 6.485690 with 100"""
    hint = "T / 2 (exp(gamma(t) - gamma(t - 1/T)) - 1) error: a step further to the data, less noise."
    loss = submission.play(plays.diffusion_loss, exactly(0, 0, 9), exactly(1, 2, 3) / 3, exactly(2, 2, 2), 3)
    by_hand = 3 * exactly(math.e - 1, math.e**3 - 1, math.e**5 - 1)  # gamma is 0, 1, 4 and 9
    close(loss["loss"], by_hand, rtol=EXACT, what="the loss with gamma = 9 t^2 and 3 steps", hint=hint)
    for T, expected in ((10, 15.727564), (100, 6.485690)):
        t = torch.arange(1, T + 1, dtype=torch.float64) / T
        error = error_of(0.25)(values(SHAPES["straight"], t))
        loss = submission.play(plays.diffusion_loss, schedule(SHAPES["straight"]), t, error, T)["loss"]
        close(loss.mean(), exactly(expected)[0], rtol=1e-6, what=f"the mean loss of {T} steps", hint=hint)


@task("vdm_loss")
def test_loss_trains_the_schedule(submission, seed):
    """The slope keeps its graph: the gradients for gamma's coefficients are those of gamma'(t) error / 2"""
    t, error = seed.fork("t").uniform(6), seed.fork("error").uniform(6)
    came = submission.play(plays.diffusion_loss, exactly(-2, 3, 1, 0.5), t, error)
    slope = 3 + 2 * t + 1.5 * t**2
    close(came["loss"], slope * error / 2, rtol=EXACT, what="the loss")
    hint = "A learnt gamma is trained to make the loss vary less, through its slope: create_graph=True."
    expect(came["gradient"] is not None, "no gradient reaches gamma's parameters", hint)
    expected = torch.stack([0 * error, error, 2 * t * error, 3 * t**2 * error]).sum(dim=1) / 2
    close(came["gradient"], expected, rtol=EXACT, atol=EXACT, what="the gradient", hint=hint)


@task("vdm_loss")
def test_loss_without_gradient_mode(submission, seed):
    """Inside no_grad the loss is the same; t is neither marked nor changed"""
    t, error = seed.fork("t").uniform(6), seed.fork("error").uniform(6)
    came = submission.play(plays.diffusion_loss, exactly(-2, 3, 1), t, error, None, False)
    hint = "`with torch.enable_grad():` around the slope."
    close(came["loss"], (3 + 2 * t) * error / 2, rtol=EXACT, what="the loss inside no_grad", hint=hint)
    expect(not came["marked"], "t requires a gradient afterwards", "Mark t.detach() instead.")
    expect_unchanged(came["arguments"], [t, error])


@task("vdm_loss")
def test_prior_term(submission, seed):
    """At gamma_1 = 5 each coordinate with x^2 = 1 costs 0.0033576742 nats"""
    x = torch.tensor([[1.0, -1, 1], [1, 0, 0]], dtype=torch.float64)
    signal = 1 / (1 + math.exp(5))
    zero = (1 - signal - math.log(1 - signal) - 1) / 2
    kl = submission.vdm.prior_kl(x, exactly(5)[0])
    hint = f"sigma_1^2 = sigmoid(gamma_1), alpha_1^2 is the rest. {PER_SAMPLE}"
    close(kl, exactly(3 * 0.0033576742, 0.0033576742 + 2 * zero), rtol=1e-7, what="the prior term", hint=hint)
    x = 3 * seed.normal(2, 2, 3)
    sigma2 = 1 / (1 + math.exp(-1))
    terms = ((1 - sigma2) * x**2 + sigma2 - math.log(sigma2) - 1) / 2
    kl = submission.vdm.prior_kl(x, exactly(1)[0])
    close(kl, terms.sum(dim=(1, 2)), rtol=EXACT, what="the prior term of images at gamma_1 = 1", hint=hint)
    single = submission.vdm.prior_kl(x.float(), exactly(1)[0])
    expect_dtype(single, torch.float32, "the prior term of float32 images")
    close(single, terms.sum(dim=(1, 2)), rtol=SINGLE, what="the prior term in float32")


@task("vdm_loss")
def test_times_are_spread(submission):
    """u = 0.9 and b = 4 give 0.9, 0.15, 0.4, 0.65; one time is u itself"""
    hint = "(u + i/b) mod 1 for i = 0 to b - 1: one number, and gaps of 1/b."
    times = submission.vdm.spread_times(4, 0.9)
    close(times, exactly(0.9, 0.15, 0.4, 0.65), rtol=EXACT, what="the times", hint=hint)
    close(submission.vdm.spread_times(1, 0.3), exactly(0.3), rtol=EXACT, what="the only time")
    close(
        submission.vdm.spread_times(3, 0.0), exactly(0, 1 / 3, 2 / 3), rtol=EXACT, what="three times from 0"
    )
    expect_dtype(times, torch.float64, "the tensor of times")
