"""Hidden checks of score matching: fresh fields, by routes of their own."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task

from .. import plays
from .fresh import EXACT, SINGLE, expect_in_step, expect_unchanged, fresh_batch


def sine(weight: Tensor, x: Tensor) -> Tensor:
    """The field of the plays, for one sample."""
    flat = x.flatten()
    return weight * torch.sin(flat * flat.roll(-1))


def jacobians(weight: Tensor, x: Tensor) -> Tensor:
    """Return each sample's Jacobian (b, d, d): row i has entries at i and at i + 1, around the corner."""
    flat = x.flatten(1)
    after, (b, d) = flat.roll(-1, dims=1), flat.shape
    slope = weight * torch.cos(flat * after)
    J = torch.zeros(b, d, d).double()
    for i in range(d):
        J[:, i, i] += slope[:, i] * after[:, i]
        J[:, i, (i + 1) % d] += slope[:, i] * flat[:, i]
    return J


# -------------------- 1.1 dsm_loss
@task("dsm_loss", gate=True)
def test_loss_is_an_answer_at_all(submission, seed):
    """The loss grows with the distance of the sample from where the score points, on fresh input"""
    x0, noise = fresh_batch(seed, 12, 6)
    x0 = x0 * torch.linspace(0.3, 12, 12, dtype=torch.float64)[:, None]
    law = exactly(0)[0], exactly(0.5)[0]
    loss = [  # sample by sample, so that a mean over the batch is an answer, too
        submission.play(plays.dsm_loss, x0[i : i + 1], exactly(1), noise[i : i + 1], *law)["loss"]
        for i in range(12)
    ]
    expected = (noise - (x0 + noise) / 1.25).square().sum(1)
    expect_in_step(torch.cat(loss).clamp(min=1e-9).log(), expected.log())


@task("dsm_loss")
@settings(max_examples=15)
@given(b=st.integers(1, 4), dims=st.lists(st.integers(1, 4), min_size=1, max_size=3), n=st.integers(0, 10**6))
def test_loss_is_that_of_a_denoiser(submission, b, dims, n):
    """The loss is |D - x0|^2 / (2 sigma^2) of the denoiser that the score means, for any shape

    sigma^2 / 2 times the squared distance of the score from -(x - x0) / sigma^2, summed over each sample: one
    sigma for each.
    """
    x0, noise = fresh_batch(Seed(n), b, *dims)
    sigma = (3 * Seed(n).fork("sigma").normal(b)).clamp(-4, 4).exp()
    mean, std = Seed(n).fork("law").normal(2)
    loss = submission.play(plays.dsm_loss, x0, sigma, noise, mean, std)["loss"]
    for i in range(b):
        kept = std**2 / (std**2 + sigma[i] ** 2)
        denoised = mean + kept * (x0[i] + sigma[i] * noise[i] - mean)
        expected = (denoised - x0[i]).square().sum() / (2 * sigma[i] ** 2)
        close(loss[i], expected, rtol=1e-7, atol=1e-9, what=f"the loss at sigma = {sigma[i]:.3g}")


@task("dsm_loss")
def test_gradient_of_the_mean_and_the_deviation(submission, seed):
    """The gradients for both parameters of the score are those of the closed form

    The loss has to be differentiable in the score's parameters: the noised sample is a constant, the score is
    not.
    """
    x0, noise = fresh_batch(seed, 3, 2, 2)
    sigma = 0.1 + 3 * seed.fork("sigma").uniform(3)
    came = submission.play(plays.dsm_loss, x0, sigma, noise, exactly(0.2)[0], exactly(0.7)[0])
    s = sigma[:, None, None]
    variance, off = 0.49 + s**2, x0 + s * noise - 0.2
    error = noise - s * off / variance
    expected = [(error * s / variance).sum(), (error * s * off * 1.4 / variance**2).sum()]
    close(came["gradient"], expected, rtol=1e-8, what="the gradients for mean and deviation")


@task("dsm_loss")
def test_losses_in_float32(submission, seed):
    """Float32 samples have float32 losses near the exact ones, sigma stays float64, and nothing is changed

    Float32 samples have float32 losses, sigma keeps its dtype, and nothing is changed.
    """
    x0, noise = fresh_batch(seed, 3, 1, 4, 5)
    sigma = exactly(0.03, 0.4, 7)
    given = (exactly(0)[0], exactly(0.5)[0])
    exact = submission.play(plays.dsm_loss, x0, sigma, noise, *given)
    single = submission.play(plays.dsm_loss, x0.float(), sigma, noise.float(), *given)
    expect(single["loss"].dtype == torch.float32, f"the loss of float32 samples is {single['loss'].dtype}")
    close(single["loss"], exact["loss"], rtol=SINGLE, what="the loss of float32 samples")
    close(single["asked"][0]["level"], sigma, rtol=0, what="the sigma that the score was given")
    expect_unchanged(exact["arguments"], [x0, sigma, noise])


# -------------------- 1.2 divergence
@task("divergence", gate=True)
def test_divergence_is_an_answer_at_all(submission, seed):
    """The exact divergence goes with that of a fresh field"""
    weight, x = seed.fork("weight").normal(3), seed.fork("x").normal(40, 3)
    trace = jacobians(weight, x).diagonal(dim1=1, dim2=2).sum(1)
    expect_in_step(submission.play(plays.divergence, "sine", weight, x)["value"], trace)


@task("divergence")
@settings(max_examples=15)
@given(
    b=st.integers(1, 4),
    dims=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    k=st.integers(1, 4),
    n=st.integers(0, 10**6),
)
def test_divergence_of_any_shape(submission, b, dims, k, n):
    """Both agree with Jacobians written out for samples of any shape and any number of probes

    The exact one is the trace of each sample's own Jacobian; the estimate is the mean of z . J z over the
    probes.
    """
    weight, x = Seed(n).fork("weight").normal(math.prod(dims)), Seed(n).fork("x").normal(b, *dims)
    J = jacobians(weight, x)
    value = submission.play(plays.divergence, "sine", weight, x)["value"]
    close(value, J.diagonal(dim1=1, dim2=2).sum(1), rtol=1e-8, atol=EXACT, what="the divergence")
    probes = Seed(n).fork("probes").normal(k, b, *dims)
    z = probes.flatten(2)
    value = submission.play(plays.divergence, "sine", weight, x, probes)["value"]
    expected = torch.einsum("kbi,bij,kbj->b", z, J, z) / k
    close(value, expected, rtol=1e-8, atol=EXACT, what=f"the estimate with {k} probes")


@task("divergence")
def test_divergence_of_a_skewed_field(submission, seed):
    """A matrix without symmetry, two samples, four coordinates: trace and z . W z

    Try a linear field whose matrix has no symmetry: trace and z . W z.
    """
    W, x = seed.fork("W").normal(4, 4), seed.fork("x").normal(2, 2, 2)
    value = submission.play(plays.divergence, "affine", W, x)["value"]
    close(value, -W.trace().expand(2), rtol=1e-9, atol=EXACT, what="the divergence")
    probes = seed.fork("probes").normal(5, 2, 2, 2)
    z = probes.flatten(2)
    value = submission.play(plays.divergence, "affine", W, x, probes)["value"]
    expected = -torch.einsum("kbi,ij,kbj->b", z, W, z) / 5
    close(value, expected, rtol=1e-9, atol=EXACT, what="the estimate with five probes")


@task("divergence")
def test_gradients_of_a_curved_field(submission, seed):
    """In gradient mode the weights of a curved field get the gradient of the trace, and of the estimate

    In gradient mode the divergence is differentiable by the field's weights: create_graph=True.
    """
    weight, x, probes = (
        seed.fork("weight").normal(3),
        seed.fork("x").normal(4, 3),
        seed.fork("z").normal(2, 4, 3),
    )
    after = x.roll(-1, dims=1)
    slope = torch.cos(x * after)
    came = submission.play(plays.divergence, "sine", weight, x)
    expect(came["gradient"] is not None, "no gradient of the divergence reaches the weights")
    close(came["gradient"], (slope * after).sum(0), rtol=1e-8, atol=EXACT, what="the gradient")
    came = submission.play(plays.divergence, "sine", weight, x, probes)
    expect(came["gradient"] is not None, "no gradient of the estimate reaches the weights")
    expected = (slope * (after * probes + x * probes.roll(-1, dims=2)) * probes).sum((0, 1)) / 2
    close(came["gradient"], expected, rtol=1e-8, atol=EXACT, what="the gradient of the estimate")


@task("divergence")
def test_divergence_in_float32(submission, seed):
    """Float32 stays float32, also for fields that ignore x; the mode is restored, nothing is changed

    Try a field that ignores x: its divergence is 0 and no error. The mode is restored, and x is not marked.
    """
    weight, x, probes = (
        seed.fork("weight").normal(3),
        seed.fork("x").normal(4, 3),
        seed.fork("z").normal(2, 4, 3),
    )
    for kind in ("sine", "bias", "constant"):
        for z in (None, probes):
            exact = submission.play(plays.divergence, kind, weight, x, z)
            given = (kind, weight.float(), x.float(), None if z is None else z.float(), False)
            came = submission.play(plays.divergence, *given)
            expect(came["value"].dtype == torch.float32, f"float32 samples gave {came['value'].dtype}")
            close(came["value"], exact["value"], rtol=SINGLE, atol=SINGLE, what="the value in float32")
            expect(not came["mode"] and not came["marked"], "the gradient mode or x is left changed")
            expect(exact["mode"] and not exact["marked"], "the gradient mode or x is left changed")
            expect_unchanged(exact["arguments"], [x, weight] if z is None else [x, weight, z])


# -------------------- 1.3 ssm_loss
@task("ssm_loss", gate=True)
def test_sliced_loss_is_an_answer_at_all(submission, seed):
    """The loss goes with that of a fresh affine score"""
    W = 2 * torch.eye(3).double() + 0.3 * seed.fork("W").normal(3, 3)
    x = 0.3 + seed.fork("x").normal(12, 3) * torch.linspace(0.2, 3, 12, dtype=torch.float64)[:, None]
    probes = seed.fork("z").normal(1, 12, 3)
    loss = [  # sample by sample, so that a mean over the batch is an answer, too
        submission.play(plays.ssm_loss, "affine", W, x[i : i + 1], probes[:, i : i + 1])["loss"]
        for i in range(12)
    ]
    square = ((x - 0.3) @ W.T).square().sum(1) / 2
    expect_in_step(torch.cat(loss), square - torch.einsum("bi,ij,bj->b", probes[0], W, probes[0]))


@task("ssm_loss")
@settings(max_examples=15)
@given(
    b=st.integers(1, 4),
    dims=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    k=st.integers(1, 4),
    n=st.integers(0, 10**6),
)
def test_sliced_loss_of_any_shape(submission, b, dims, k, n):
    """The loss agrees with Jacobians written out, for any shape and any number of probes

    The mean over probes of z . J z, plus |s|^2 / 2 summed over each sample, and not (z . s)^2 / 2. Try any
    shape and several probes.
    """
    weight, x = Seed(n).fork("weight").normal(math.prod(dims)), Seed(n).fork("x").normal(b, *dims)
    probes = Seed(n).fork("z").normal(k, b, *dims)
    z, J = probes.flatten(2), jacobians(weight, x)
    trace = torch.einsum("kbi,bij,kbj->b", z, J, z) / k
    square = torch.stack([sine(weight, one).square().sum() for one in x]) / 2
    loss = submission.play(plays.ssm_loss, "sine", weight, x, probes)["loss"]
    close(loss, trace + square, rtol=1e-8, atol=EXACT, what="the loss")


@task("ssm_loss")
def test_sliced_loss_at_the_true_score(submission, seed):
    """Data of covariance A^-1 and all sign vectors: the mean loss of the true score is -trace(A) / 2

    At the true score of a Gaussian the mean loss is known, -trace(A) / 2: look at signs and the factor 1/2.
    """
    L = torch.eye(2).double() + 0.4 * seed.normal(2, 2).tril()
    A = L @ L.T
    root = torch.linalg.inv(L).T  # its columns, of both signs and times sqrt(2), have covariance A^-1
    x = 0.3 + math.sqrt(2) * torch.cat([root.T, -root.T])
    signs = torch.tensor([[1, 1], [1, -1]]).double()[:, None].repeat(1, 4, 1)
    loss = submission.play(plays.ssm_loss, "affine", A, x, signs)["loss"]
    close(loss.mean(), -A.trace() / 2, rtol=1e-8, what="the mean loss")


@task("ssm_loss")
def test_sliced_loss_trains_a_curved_score(submission, seed):
    """The gradient for the weights is that of trace and square; float32 stays so, and nothing is changed

    The gradient goes through both terms: create_graph=True for the first. float32 stays.
    """
    weight, x, probes = (
        seed.fork("weight").normal(3),
        seed.fork("x").normal(4, 3),
        seed.fork("z").normal(2, 4, 3),
    )
    after, came = x.roll(-1, dims=1), submission.play(plays.ssm_loss, "sine", weight, x, probes)
    slope, wave = torch.cos(x * after), torch.sin(x * after)
    trace = (slope * (after * probes + x * probes.roll(-1, dims=2)) * probes).sum((0, 1)) / 2
    expect(came["gradient"] is not None, "no gradient reaches the weights")
    close(came["gradient"], trace + weight * wave.square().sum(0), rtol=1e-8, atol=EXACT, what="the gradient")
    expect_unchanged(came["arguments"], [x, weight, probes])
    single = submission.play(plays.ssm_loss, "sine", weight.float(), x.float(), probes.float())["loss"]
    expect(single.dtype == torch.float32, f"the loss of float32 samples is {single.dtype}")
