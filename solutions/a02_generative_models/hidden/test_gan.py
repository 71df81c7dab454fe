"""Hidden checks of the losses and the best critics: plain numbers, and minima searched for."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task

from .. import plays_gan
from .fresh import EXACT, exactly, expect_alike


def plus(x: float) -> float:
    """Return log(1 + exp(x)), right for any x."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


CRITIC = {  # the cost of a real answer, and of a generated one
    "non_saturating": (lambda r: plus(-r), plus),
    "hinge": (lambda r: max(0.0, 1 - r), lambda f: max(0.0, 1 + f)),
    "least_squares": (lambda r: (r - 1) ** 2 / 2, lambda f: f**2 / 2),
    "wasserstein": (lambda r: -r, lambda f: f),
}
GENERATOR = {
    "non_saturating": lambda f: plus(-f),
    "minimax": lambda f: -plus(f),
    "hinge": lambda f: -f,
    "least_squares": lambda f: (f - 1) ** 2 / 2,
    "wasserstein": lambda f: -f,
}


def average(cost, answers: Tensor) -> float:
    """Return the mean cost."""
    return sum(map(cost, answers.flatten().tolist())) / answers.numel()


# -------------------- 2.1 gan_losses
@task("gan_losses", gate=True)
def test_losses_are_answers_at_all(submission, seed):
    """The critic's non-saturating loss goes with the right one on fresh logits"""
    pairs = [(seed.fork(f"r{i}").normal(3) + i, seed.fork(f"f{i}").normal(3) + i / 2) for i in range(-4, 5)]
    came = [submission.gan.discriminator_loss(r, f, "non_saturating") for r, f in pairs]
    right, swapped = CRITIC["non_saturating"], CRITIC["non_saturating"][::-1]
    expected = [
        exactly(*(average(of_real, r) + average(of_fake, f) for r, f in pairs))
        for of_real, of_fake in (right, swapped)
    ]
    squares = exactly(*(average(lambda v: (v - 1) ** 2, r) + average(lambda v: v**2, f) for r, f in pairs))
    expect_alike(torch.stack(came), *expected, squares)


@task("gan_losses", weight=2)
@settings(max_examples=8)
@given(b=st.integers(1, 5), c=st.integers(1, 5), size=st.sampled_from((1, 5, 40)), n=st.integers(0, 10**6))
def test_losses_in_plain_numbers(submission, b, c, size, n):
    """All kinds, answer by answer in plain numbers, for batches of any two sizes

    Work each kind out answer by answer, for batches of two different sizes: each side has a mean of its own.
    """
    real, fake = size * Seed(n).fork("real").normal(b), size * Seed(n).fork("fake").normal(c)
    for kind, (of_real, of_fake) in CRITIC.items():
        came = submission.gan.discriminator_loss(real, fake, kind)
        expected = average(of_real, real) + average(of_fake, fake)
        close(came, expected, rtol=EXACT, atol=EXACT, what=f"the critic's loss {kind!r}")
    for kind, cost in GENERATOR.items():
        came = submission.gan.generator_loss(fake, kind)
        close(came, average(cost, fake), rtol=EXACT, atol=EXACT, what=f"the generator's loss {kind!r}")


@task("gan_losses")
def test_losses_have_gradients(submission, seed):
    """Gradients of every kind are those of plain numbers, by small differences

    Compare the gradients of every kind with small differences: softplus of which sign, for which player?
    """
    real, fake = 2 * seed.normal(3), 2 * seed.fork("fake").normal(4)
    h = 1e-6
    for kind, (of_real, of_fake) in CRITIC.items():
        came = submission.play(plays_gan.gradients_of_losses, real, fake, kind)
        for gradient, answers, cost in zip(
            came, (real, fake, fake), (of_real, of_fake, GENERATOR[kind]), strict=True
        ):
            slopes = [(cost(v + h) - cost(v - h)) / (2 * h) / len(answers) for v in answers.tolist()]
            close(gradient, exactly(*slopes), rtol=1e-6, atol=1e-8, what=f"a gradient of {kind!r}")


@task("gan_losses")
def test_losses_of_float32(submission, seed):
    """Float32 answers, also far from 0, have finite float32 losses

    Try float32 answers of 100 and -100: log(sigmoid) overflows where logsigmoid and softplus do not.
    """
    real, fake = (
        seed.normal(2, 3, dtype=torch.float32),
        200 * seed.fork("f").normal(2, 3, dtype=torch.float32),
    )
    for kind, (of_real, of_fake) in CRITIC.items():
        came = submission.gan.discriminator_loss(real, fake, kind)
        expect(came.dtype == torch.float32, f"the loss {kind!r} of float32 answers is {came.dtype}")
        close(came, average(of_real, real) + average(of_fake, fake), rtol=1e-5, atol=1e-5, what=f"{kind!r}")


# -------------------- 2.2 optimal_critic
def two_laws(seed: Seed, n: int, zeros: bool = False) -> tuple[Tensor, Tensor]:
    """Return two laws on n points; with `zeros` the first point has p = 0 and the last q = 0."""
    p, q = 0.05 + seed.fork("p").uniform(n), 0.05 + seed.fork("q").uniform(n)
    if zeros:
        p[0], q[-1] = 0, 0
    return p / p.sum(), q / q.sum()


def least(kind: str, p: float, q: float) -> tuple[float, float]:
    """Search for the answer that costs least at one point, within +-60, and for that cost."""
    of_real, of_fake = CRITIC[kind]
    low, high = -60.0, 60.0
    for _ in range(200):  # the costs are convex: of three parts, one outer part can go
        third = (high - low) / 3
        left, right = low + third, high - third
        if p * of_real(left) + q * of_fake(left) < p * of_real(right) + q * of_fake(right):
            high = right
        else:
            low = left
    best = (low + high) / 2
    return best, p * of_real(best) + q * of_fake(best)


@task("optimal_critic", gate=True)
def test_critics_are_answers_at_all(submission, seed):
    """The best logits go with the right ones on fresh laws"""
    p, q = two_laws(seed, 24)
    p = (p + 0.5) / (p + 0.5).sum()  # varies little, so that p itself does not go with any of these
    came = submission.gan.optimal_critic(p, q, "non_saturating")
    expect_alike(came, p.log() - q.log(), p / (p + q), p - q, p / q)


@task("optimal_critic", weight=2)
def test_critics_against_a_search(submission, seed):
    """Answers and values are those that a search finds, point by point

    The best answer at each point maximises the critic's objective there: search for it on a line of numbers
    and compare, and the value after it.
    """
    for n in (2, 5):
        p, q = two_laws(seed.fork(f"{n}"), n)
        for kind in ("non_saturating", "least_squares", "hinge"):
            found = [least(kind, *pair) for pair in zip(p.tolist(), q.tolist(), strict=True)]
            came = submission.gan.optimal_critic(p, q, kind)
            close(came, exactly(*(best for best, _ in found)), atol=1e-5, what=f"the critic {kind!r}")
            value = submission.gan.game_value(p, q, kind)
            close(value, sum(cost for _, cost in found), rtol=1e-9, what=f"the value {kind!r}")


@task("optimal_critic")
def test_critics_where_a_law_is_zero(submission, seed):
    """Where a law is 0 the logits are infinite, the others 0 or 1, -1 or 1, and values stay finite

    Try laws with zeros: answers become infinite or reach their ends, and 0 log 0 is 0 in the value.
    """
    p, q = two_laws(seed, 5, zeros=True)
    logits = submission.gan.optimal_critic(p, q, "non_saturating")
    close(logits[[0, -1]], exactly(-math.inf, math.inf), what="the logits at the ends")
    close(logits[1:-1], (p[1:-1] / q[1:-1]).log(), rtol=EXACT, atol=EXACT, what="the logits between them")
    close(submission.gan.optimal_critic(p, q, "least_squares")[[0, -1]], exactly(0, 1), what="least squares")
    close(submission.gan.optimal_critic(p, q, "hinge")[[0, -1]], exactly(-1, 1), what="hinge")
    expected = sum(
        least("non_saturating", *pair)[1] for pair in zip(p[1:-1].tolist(), q[1:-1].tolist(), strict=True)
    )
    close(submission.gan.game_value(p, q, "non_saturating"), expected, rtol=1e-9, what="the value")
    expected = (p * q / (p + q)).sum() / 2
    close(submission.gan.game_value(p, q, "least_squares"), expected, rtol=EXACT, what="that of squares")
    close(submission.gan.game_value(p, q, "hinge"), 1 - (p - q).abs().sum() / 2 + torch.minimum(p, q).sum(),
          rtol=EXACT, what="that of hinge")  # fmt: skip


@task("optimal_critic")
def test_values_are_symmetric(submission, seed):
    """Exchanging the laws changes no value; unknown games raise ValueError

    Exchange the two laws: no value changes. A game that does not exist raises ValueError.
    """
    p, q = two_laws(seed, 6, zeros=True)
    for kind in ("non_saturating", "least_squares", "hinge"):
        one, other = submission.gan.game_value(p, q, kind), submission.gan.game_value(q, p, kind)
        close(one, other, rtol=EXACT, what=f"the value {kind!r}")
    for kind in ("wasserstein", "minimax", "none"):
        with raises(ValueError):
            submission.gan.optimal_critic(p, q, kind)
        with raises(ValueError):
            submission.gan.game_value(p, q, kind)
