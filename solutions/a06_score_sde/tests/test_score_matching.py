"""Public checks of score matching: closed forms, exact averages, and gradients that must arrive."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, task

from .. import plays
from .near import (
    BY_SAMPLE,
    DIGITS,
    EXACT,
    PER_SAMPLE,
    SINGLE,
    expect_dtype,
    expect_unchanged,
    probes_of,
    signs,
)

A = torch.tensor([[2, 0.6], [0.6, 1]], dtype=torch.float64)  # trace 3
MEAN, STD = exactly(0.3)[0], exactly(0.5)[0]
ANY = torch.tensor([[0.3, 0.8], [1, -1], [0, 3], [-2, 0.5], [4, 4]], dtype=torch.float64)
FOUR = ((1, 1), (1, -1), (-1, 1), (-1, -1))


def nodes() -> tuple[Tensor, Tensor]:
    """Return 12 points and weights with which an average over N(0, 1) is exact up to degree 23."""
    from numpy.polynomial.hermite_e import hermegauss

    points, weights = hermegauss(12)
    return torch.from_numpy(points), torch.from_numpy(weights) / weights.sum()


def sine_parts(weight: Tensor, x: Tensor, probe: Tensor) -> tuple[Tensor, Tensor]:
    """Return trace and z . J z of the field w_i sin(x_i x_{i+1}), from its two entries in each row."""
    flat, z = x.flatten(1), probe.flatten(1)
    after = flat.roll(-1, dims=1)
    slope = weight * torch.cos(flat * after)
    product = (slope * (after * z + flat * z.roll(-1, dims=1)) * z).sum(dim=1)
    return (slope * after).sum(dim=1), product


# -------------------- 1.1 dsm_loss
@task("dsm_loss")
def test_worked_example(submission):
    """For N(0.3, 0.5^2), x0 = 1, sigma = 0.5 and noise 2 the score at x = 2 is -3.4 and the loss is 0.045"""
    given = (exactly(1)[:, None], exactly(0.5), exactly(2)[:, None], MEAN, STD)
    loss = submission.play(plays.dsm_loss, *given)["loss"]
    hint = "0.5 (0.5 * (-3.4) + 2)^2: half a square, of sigma times the score plus the noise."
    close(loss, exactly(0.045), rtol=EXACT, what="the loss", hint=hint)
    given = (exactly(1, 1)[:, None], exactly(0, 0), exactly(2, -3)[:, None], MEAN, STD)
    loss = submission.play(plays.dsm_loss, *given)["loss"]
    close(loss, exactly(2, 4.5), rtol=EXACT, what="the loss at sigma = 0, half of the squared noise,")


@task("dsm_loss")
def test_loss_of_the_exact_score(submission):
    """The exact score of N(0.3, 0.5^2) has the mean loss 0.4807692, 0.25, 0.0294118 at sigma 0.1, 0.5, 2"""
    points, weights = nodes()
    a, b = (grid.reshape(-1, 1) for grid in torch.meshgrid(points, points, indexing="ij"))
    weight = (weights[:, None] * weights).flatten()
    for sigma in (0.1, 0.5, 2.0):
        levels = torch.full((len(a),), sigma, dtype=torch.float64)
        loss = submission.play(plays.dsm_loss, 0.3 + 0.5 * a, levels, b, MEAN, STD)["loss"]
        expected = exactly(0.25 / (2 * (0.25 + sigma**2)))[0]
        hint = "With the weight sigma^2 the loss is c^2 / (2 (c^2 + sigma^2)) on average, and not 0."
        close((weight * loss).sum(), expected, rtol=1e-8, what=f"the mean loss at sigma = {sigma}", hint=hint)


@task("dsm_loss")
def test_a_single_point_has_loss_0(submission, seed):
    """Where all data are one point, its score predicts the noise: loss 0; 0.04 / sigma^2 for 0.2 beside"""
    x0 = torch.full((3, 2), 0.3, dtype=torch.float64)
    noise = seed.normal(3, 2)
    loss = submission.play(plays.dsm_loss, x0, exactly(0.1, 1, 5), noise, MEAN, exactly(0)[0])["loss"]
    hint = "The score of N(m, sigma^2) at m + sigma z is -z / sigma: sigma times it, plus z, is 0."
    close(loss, exactly(0, 0, 0), atol=EXACT, what="the loss", hint=hint)
    given = (x0 + 0.2, exactly(0.1, 1, 5), noise, MEAN, exactly(0)[0])
    expected = exactly(4, 0.04, 0.0016)  # two coordinates
    close(
        submission.play(plays.dsm_loss, *given)["loss"],
        expected,
        rtol=1e-8,
        what="the loss 0.2 beside",
        hint=hint,
    )


@task("dsm_loss")
def test_each_sample_has_its_level(submission, seed):
    """Samples of any shape have levels of their own, and each loss is a sum over coordinates"""
    sigma = exactly(0.2, 1, 3)
    for dims in ((3,), (2, 3, 4)):
        x0, noise = seed.fork("x0").normal(3, *dims), seed.fork("noise").normal(3, *dims)
        expected = []
        for one, level, z in zip(x0, sigma, noise, strict=True):
            score = -(one + level * z - 0.3) / (0.25 + level**2)
            expected.append(0.5 * (level * score + z).square().sum())
        loss = submission.play(plays.dsm_loss, x0, sigma, noise, MEAN, STD)["loss"]
        what = f"the loss for samples {list(x0.shape)}"
        close(loss, torch.stack(expected), rtol=EXACT, what=what, hint=f"{BY_SAMPLE} {PER_SAMPLE}")


@task("dsm_loss")
def test_score_is_asked_once_at_the_noisy_sample(submission, seed):
    """The score is called once, with x0 + sigma noise and all of sigma"""
    x0, noise, sigma = seed.fork("x0").normal(2, 3), seed.fork("noise").normal(2, 3), exactly(0.5, 2)
    came = submission.play(plays.dsm_loss, x0, sigma, noise, MEAN, STD)
    asked = came["asked"]
    expect(len(asked) == 1, f"the score was called {len(asked)} times; expected once, for the whole batch")
    close(asked[0]["x"], x0 + sigma[:, None] * noise, rtol=EXACT, what="what the score was asked")
    close(asked[0]["level"], sigma, rtol=0, what="the sigma that the score was given")
    expect_unchanged(came["arguments"], [x0, sigma, noise])


@task("dsm_loss")
def test_gradient_reaches_the_score(submission, seed):
    """The loss trains the score: its gradient for the score's mean is that of the closed form"""
    x0, noise, sigma = seed.fork("x0").normal(2, 3), seed.fork("noise").normal(2, 3), exactly(0.5, 2)
    came = submission.play(plays.dsm_loss, x0, sigma, noise, MEAN, STD)
    level, variance = sigma[:, None], 0.25 + sigma[:, None] ** 2
    off = noise - level * (x0 + level * noise - 0.3) / variance
    close(came["gradient"][0], (off * level / variance).sum(), rtol=EXACT, what="the gradient")
    came = submission.play(plays.dsm_loss, x0.float(), sigma, noise.float(), MEAN, STD)
    expect_dtype(came["loss"], torch.float32, "the loss of float32 samples")
    expect_dtype(came["asked"][0]["x"], torch.float32, "the noisy sample")


# -------------------- 1.2 divergence
@task("divergence")
def test_divergence_of_an_affine_field(submission):
    """-A (x - m) of the handout has divergence -3; probes (1, 1), (1, -1), (1, 2) give -4.2, -1.8, -8.4"""
    value = submission.play(plays.divergence, "affine", A, ANY)["value"]
    hint = "The trace of the Jacobian, for each of the 5 samples."
    close(value, exactly(*[-3] * 5), rtol=EXACT, what="the divergence", hint=hint)
    for probe, expected in (((1, 1), -4.2), ((1, -1), -1.8), ((1, 2), -8.4)):
        value = submission.play(plays.divergence, "affine", A, ANY, probes_of(probe, b=5))["value"]
        hint = "z . J^T z: the probe stands on both sides, as it came."
        close(value, exactly(*[expected] * 5), rtol=EXACT, what=f"the estimate with {probe}", hint=hint)


@task("divergence")
def test_mean_over_all_sign_vectors_is_exact(submission):
    """The mean over (1, 1), (1, -1), (-1, 1), (-1, -1) is -3 for each of 5 samples"""
    value = submission.play(plays.divergence, "affine", A, ANY, probes_of(*FOUR, b=5))["value"]
    hint = "The mean over the k probes, not their sum; each has as many rows as there are samples."
    close(value, exactly(*[-3] * 5), rtol=EXACT, what="the mean over four probes", hint=hint)


@task("divergence")
def test_divergence_of_a_curved_field(submission, seed):
    """w_i sin(x_i x_{i+1}) has the divergence of its closed form, for samples of any shape"""
    for dims in ((3,), (2, 1, 2)):
        d = math.prod(dims)
        weight, x = seed.fork("weight").normal(d), seed.fork("x").normal(5, *dims)
        expected, _ = sine_parts(weight, x, x)
        value = submission.play(plays.divergence, "sine", weight, x)["value"]
        what = f"the divergence for samples {list(x.shape)}"
        close(value, expected, rtol=EXACT, atol=EXACT, what=what, hint=PER_SAMPLE)


@task("divergence")
def test_every_sample_has_its_own_probes(submission, seed):
    """Three probes that differ from sample to sample give the mean of z . J z, sample by sample"""
    for dims in ((3,), (2, 1, 2)):
        d = math.prod(dims)
        weight, x = seed.fork("weight").normal(d), seed.fork("x").normal(5, *dims)
        probes = seed.fork("probes").normal(3, 5, *dims)
        expected = torch.stack([sine_parts(weight, x, z)[1] for z in probes]).mean(dim=0)
        value = submission.play(plays.divergence, "sine", weight, x, probes)["value"]
        hint = (
            "probes[j, i] belongs to sample i, and is used as it is: no other length, no draws of your own."
        )
        close(value, expected, rtol=EXACT, atol=EXACT, what="the estimate", hint=hint)


@task("divergence")
def test_divergence_trains_the_field(submission, seed):
    """In gradient mode the result is differentiable: for -A (x - m) the gradients are -I and -z z^T"""
    came = submission.play(plays.divergence, "affine", A, ANY)
    hint = "autograd.grad records what it does only with create_graph=True."
    expected = -5 * torch.eye(2, dtype=torch.float64)
    expect(came["gradient"] is not None, "no gradient reaches the field's parameters", hint)
    close(came["gradient"], expected, rtol=EXACT, atol=EXACT, what="the gradient of the sum", hint=hint)
    probes = seed.normal(3, 5, 2)
    came = submission.play(plays.divergence, "affine", A, ANY, probes)
    expect(came["gradient"] is not None, "no gradient of the estimate reaches the field's parameters", hint)
    outer = -torch.einsum("kbi,kbj->ij", probes, probes) / 3
    close(came["gradient"], outer, rtol=EXACT, atol=EXACT, what="the estimate's gradient", hint=hint)


@task("divergence")
def test_fields_that_ignore_x(submission):
    """A field that does not depend on x has divergence 0, whether it has parameters or not"""
    for kind in ("constant", "bias"):
        for probes in (None, probes_of((1, 2), b=5)):
            value = submission.play(plays.divergence, kind, exactly(1, 2), ANY, probes)["value"]
            hint = "torch refuses, or gives None, where nothing depends on x: see materialize_grads."
            close(value, exactly(*[0] * 5), atol=EXACT, what=f"the divergence of a {kind}", hint=hint)


@task("divergence")
def test_divergence_inside_no_grad(submission):
    """Both work inside no_grad, leave the gradient mode as it was, and neither mark nor change x"""
    for probes, expected in ((None, -3), (probes_of((1, 2), b=5), -8.4)):
        for recording in (False, True):
            came = submission.play(plays.divergence, "affine", A, ANY, probes, recording)
            hint = (
                "`with torch.enable_grad():` around the inside; outside of it the mode is the caller's again."
            )
            close(came["value"], exactly(*[expected] * 5), rtol=EXACT, what="the value", hint=hint)
            expect(came["mode"] == recording, "the gradient mode was left changed", hint)
            hint = "x.detach() is a tensor of its own, which you may mark."
            expect(not came["marked"], "x requires a gradient afterwards, or has one", hint)
            before = [ANY, A] if probes is None else [ANY, A, probes]
            expect_unchanged(came["arguments"], before)


# -------------------- 1.3 ssm_loss
@task("ssm_loss")
def test_sliced_loss_of_an_affine_score(submission, seed):
    """For -A (x - m) each loss is -z . A z, averaged over the probes, plus half of |A (x - m)|^2"""
    for k in (1, 3):
        probes = seed.normal(k, 5, 2)
        loss = submission.play(plays.ssm_loss, "affine", A, ANY, probes)["loss"]
        trace = torch.einsum("kbi,ij,kbj->b", probes, A, probes) / k
        expected = -trace + 0.5 * ((ANY - 0.3) @ A.T).square().sum(dim=1)
        hint = f"The trace counts whole, |s|^2 half. {PER_SAMPLE}"
        close(loss, expected, rtol=EXACT, atol=EXACT, what=f"the loss with {k} probes", hint=hint)


@task("ssm_loss")
def test_sliced_loss_is_least_at_the_true_score(submission):
    """Data N(0.3, 0.5^2): the score -a (x - 0.3) has mean loss -a + a^2 / 8: -1.5, -2, -1.5 at a = 2, 4, 6"""
    x, probes = exactly(0.8, -0.2)[:, None], torch.ones(1, 2, 1).double()  # mean and variance of the data
    for a, expected in ((2, -1.5), (4, -2), (6, -1.5)):
        loss = submission.play(plays.ssm_loss, "affine", exactly(a)[:, None], x, probes)["loss"]
        hint = "It is least at a = 1 / 0.5^2 = 4, where it is -1 / (2 * 0.5^2). A negative loss is right."
        close(loss.mean(), exactly(expected)[0], rtol=EXACT, what=f"the mean loss for a = {a}", hint=hint)


@task("ssm_loss")
def test_sliced_loss_trains_through_both_terms(submission, seed):
    """The gradient for A is -z z^T of the trace plus A (x - m) (x - m)^T of the square"""
    probes = seed.normal(2, 5, 2)
    came = submission.play(plays.ssm_loss, "affine", A, ANY, probes)
    off = ANY - 0.3
    expected = -torch.einsum("kbi,kbj->ij", probes, probes) / 2 + A @ off.T @ off
    hint = "If only the square is trained, the score shrinks to 0: is the trace recorded?"
    expect(came["gradient"] is not None, "no gradient reaches the score's parameters", hint)
    close(came["gradient"], expected, rtol=EXACT, atol=EXACT, what="the gradient", hint=hint)


@task("ssm_loss")
def test_sliced_loss_of_images(submission, seed):
    """Samples of shape (2, 1, 2) have one loss each; float32 stays float32, and nothing is changed"""
    weight, x = seed.fork("weight").normal(4), seed.fork("x").normal(3, 2, 1, 2)
    probes = signs(seed.fork("probes"), 2, 3, 2, 1, 2)
    trace = torch.stack([sine_parts(weight, x, z)[1] for z in probes]).mean(dim=0)
    flat = x.flatten(1)
    field = weight * torch.sin(flat * flat.roll(-1, dims=1))
    expected = trace + 0.5 * field.square().sum(dim=1)
    came = submission.play(plays.ssm_loss, "sine", weight, x, probes)
    close(came["loss"], expected, rtol=EXACT, atol=EXACT, what="the loss", hint=f"{PER_SAMPLE} {DIGITS}")
    expect_unchanged(came["arguments"], [x, weight, probes])
    came = submission.play(plays.ssm_loss, "sine", weight.float(), x.float(), probes.float())
    expect_dtype(came["loss"], torch.float32, "the loss of float32 samples")
    close(came["loss"], expected, rtol=SINGLE, atol=SINGLE, what="the loss of float32 samples")
