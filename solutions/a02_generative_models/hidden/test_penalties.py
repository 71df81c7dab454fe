"""Hidden checks of penalties and the spectral norm: slopes written out, and singular values."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, any_of, close, expect, raises, task

from .. import plays_gan
from .fresh import EXACT, expect_alike


def network(seed: Seed, values: int) -> list[Tensor]:
    """Return the weights of a critic with one hidden layer."""
    return [seed.fork("A").normal(values, 5) / 2, seed.fork("B").normal(5)]


def slopes(weights: list[Tensor], x: Tensor) -> Tensor:
    """Return the gradients of tanh(x A) B at the images x, written out, (b, values)."""
    A, B = weights
    return ((1 - (x.flatten(1) @ A).tanh() ** 2) * B) @ A.T


def pairs(seed: Seed, b: int, *dims: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return real and generated images, and a share for each pair."""
    return seed.fork("real").normal(b, *dims), seed.fork("fake").normal(b, *dims), seed.fork("mix").uniform(b)


def mixed(real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Return the images between, one after the other."""
    return torch.stack([m * r + (1 - m) * f for r, f, m in zip(real, fake, mix, strict=True)])


# -------------------- 2.3 penalties
@task("penalties", gate=True)
def test_penalty_is_an_answer_at_all(submission, seed):
    """One of the two penalties of linear critics goes with their slope"""
    real, fake, mix = pairs(seed, 4, 3)
    a = F.normalize(seed.fork("a").normal(3), dim=0)
    sizes = torch.linspace(0.2, 4, 8, dtype=torch.float64)
    right = (sizes - 1).square()

    def alike(play: Callable[..., Any], *images: Tensor) -> None:
        came = torch.stack([submission.play(play, [size * a], *images)["penalty"] for size in sizes])
        expect_alike(came, right, sizes.square(), sizes, right.sqrt())

    any_of(
        lambda: alike(plays_gan.gradient_penalty, real, fake, mix),
        lambda: alike(plays_gan.r1_penalty, real),
    )


@task("penalties", weight=2)
@settings(max_examples=6)
@given(b=st.integers(1, 4), dims=st.lists(st.integers(1, 3), min_size=1, max_size=3), n=st.integers(0, 10**6))
def test_penalties_written_out(submission, b, dims, n):
    """Both penalties of a critic with a hidden layer, from its gradient written out, for any shape

    Write a small critic's gradient out: the norm is over all values of one image, GP squares its distance
    from 1, R1 the norm itself.
    """
    seed = Seed(n)
    real, fake, mix = pairs(seed, b, *dims)
    weights, factor = network(seed, math.prod(dims)), 0.5 + 3 * seed.fork("w").uniform(1).item()
    came = submission.play(plays_gan.gradient_penalty, weights, real, fake, mix, weight=factor)
    lengths = slopes(weights, mixed(real, fake, mix)).square().sum(1).sqrt()
    close(came["penalty"], factor * (lengths - 1).square().mean(), rtol=EXACT, what="the gradient penalty")
    came = submission.play(plays_gan.r1_penalty, weights, real, gamma=factor, column=True)
    expected = factor / 2 * slopes(weights, real).square().sum(1).mean()
    close(came["penalty"], expected, rtol=EXACT, what="R1")


@task("penalties", weight=2)
def test_penalties_have_the_right_gradients(submission, seed):
    """The gradients of both penalties with respect to all weights are those of the formula written out

    The penalty is differentiated once more: create_graph=True, and no detach of the gradient.
    """
    real, fake, mix = pairs(seed, 3, 2, 2)
    weights = network(seed, 4)
    tracked = [weight.clone().requires_grad_() for weight in weights]
    lengths = slopes(tracked, mixed(real, fake, mix)).square().sum(1).sqrt()
    expected = torch.autograd.grad(10 * (lengths - 1).square().mean(), tracked)
    came = submission.play(plays_gan.gradient_penalty, weights, real, fake, mix)
    expect(None not in came["by weights"], "a weight gets no gradient")
    close(came["by weights"], list(expected), rtol=1e-8, atol=EXACT, what="the gradients of the penalty")
    expected = torch.autograd.grad(5 * slopes(tracked, real).square().sum(1).mean(), tracked)
    came = submission.play(plays_gan.r1_penalty, weights, real)
    expect(None not in came["by weights"], "a weight gets no gradient of R1")
    close(came["by weights"], list(expected), rtol=1e-8, atol=EXACT, what="the gradients of R1")


@task("penalties")
def test_penalties_do_not_mix_images(submission, seed):
    """As many pairs as an image has rows and columns: each share belongs to its pair

    Try as many pairs as an image has rows: one share for each pair, of shape (b, 1, 1, 1).
    """
    real, fake, mix = pairs(seed, 3, 3, 3)
    nothing = torch.zeros(9, dtype=torch.float64)
    came = submission.play(plays_gan.gradient_penalty, [nothing], real, fake, mix, bowl=2.0)
    lengths = 2 * mixed(real, fake, mix).flatten(1).norm(dim=1)
    close(came["penalty"], 10 * (lengths - 1).square().mean(), rtol=EXACT, what="the penalty")
    single = submission.play(
        plays_gan.gradient_penalty, [nothing.float()], real.float(), fake.float(), mix.float(), bowl=2.0
    )
    expect(single["penalty"].dtype == torch.float32, f"the penalty of float32 is {single['penalty'].dtype}")


# -------------------- 2.4 spectral_norm
@task("spectral_norm", gate=True)
def test_spectral_norm_is_an_answer_at_all(submission, seed):
    """The values go with the sizes of fresh weights"""
    sizes = torch.linspace(0.5, 5, 8, dtype=torch.float64)
    weights = [size * seed.fork(f"{i}").normal(4, 3) for i, size in enumerate(sizes)]
    u = F.normalize(seed.fork("u").normal(4), dim=0)
    came = torch.stack([submission.penalties.spectral_norm(weight, u, 2)[0] for weight in weights])
    norms = torch.stack([torch.linalg.matrix_norm(weight, 2) for weight in weights])
    expect_alike(came, norms, norms.square(), sizes)


@task("spectral_norm", weight=2)
@settings(max_examples=8)
@given(
    c=st.integers(1, 5),
    rest=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    iterations=st.integers(1, 4),
    n=st.integers(0, 10**6),
)
def test_iterations_written_out(submission, c, rest, iterations, n):
    """After n iterations u is (W W^T)^n u0, and v W^T (W W^T)^(n - 1) u0, normalised: no more, no less

    Each iteration is v from W^T u, then u from W v, both normalised: exactly n of them, and reshape the
    weight to rows first.
    """
    weight, u0 = Seed(n).normal(c, *rest), F.normalize(Seed(n).fork("u").normal(c), dim=0)
    W = weight.reshape(c, -1)
    sigma, u, v = submission.penalties.spectral_norm(weight, u0, iterations)
    before = torch.linalg.matrix_power(W @ W.T, iterations - 1) @ u0
    right = W.T @ before
    left = W @ right
    close(v, right / right.norm(), rtol=1e-8, atol=EXACT, what="v")
    close(u, left / left.norm(), rtol=1e-8, atol=EXACT, what="u")
    close(sigma, left.norm() / right.norm(), rtol=1e-8, what="sigma")


@task("spectral_norm")
def test_many_iterations_find_the_largest(submission, seed):
    """After 300 iterations the value is the largest singular value, with a gradient u v^T

    After many iterations the value is the largest singular value, with the gradient u v^T.
    """
    weight = seed.normal(5, 2, 3)
    weight[0] *= 3
    u = F.normalize(seed.fork("u").normal(5), dim=0)
    came = submission.play(plays_gan.gradient_of_spectral_norm, weight, u, 300)
    close(came["sigma"], torch.linalg.svdvals(weight.flatten(1))[0], rtol=1e-8, what="sigma")
    left, _, right = torch.linalg.svd(weight.flatten(1), full_matrices=False)
    close(came["by weight"].flatten(1), torch.outer(left[:, 0], right[0]), atol=1e-4, what="the gradient")


@task("spectral_norm", weight=2)
def test_gradient_before_convergence(submission, seed):
    """After two iterations the gradient is u v^T all the same, in the weight's shape

    u and v count as constants: the gradient of u^T W v is u v^T, whatever the iterations have reached.
    """
    for iterations in (1, 2):
        weight, u = seed.normal(4, 3, 2), F.normalize(seed.fork("u").normal(4), dim=0)
        came = submission.play(plays_gan.gradient_of_spectral_norm, weight, u, iterations)
        W = weight.flatten(1)
        left = torch.linalg.matrix_power(W @ W.T, iterations) @ u
        right = W.T @ (torch.linalg.matrix_power(W @ W.T, iterations - 1) @ u)
        expected = torch.outer(left / left.norm(), right / right.norm()).reshape(4, 3, 2)
        expect(came["by weight"] is not None, "sigma has no gradient")
        close(came["by weight"], expected, rtol=1e-8, atol=EXACT, what="the gradient")


@task("spectral_norm")
def test_tiny_and_zero_weights(submission, seed):
    """A weight of size 1e-9 keeps its digits, one of zeros gives 0, and float32 stays float32

    Try weights of 1e-9 and of zeros: a normalisation must neither add a large eps nor divide by 0.
    """
    weight, u = 1e-9 * seed.normal(3, 4), F.normalize(seed.fork("u").normal(3), dim=0)
    sigma, _, _ = submission.penalties.spectral_norm(weight, u, 200)
    close(sigma, torch.linalg.matrix_norm(weight, 2), rtol=1e-6, what="sigma of a tiny weight")
    for value in submission.penalties.spectral_norm(torch.zeros(3, 4), u.float(), 2):
        expect(
            value.dtype == torch.float32 and bool((value == 0).all()), "zeros do not give zeros in float32"
        )
    for iterations in (0, -3):
        with raises(ValueError):
            submission.penalties.spectral_norm(weight, u, iterations)
