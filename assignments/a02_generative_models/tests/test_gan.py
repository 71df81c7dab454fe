"""Public checks of the losses and of the best critics: numbers by hand, and what a slope says."""

import math

import torch
import torch.nn.functional as F

from autograder.checks import close, raises, task

from .. import plays_gan
from .numbers import IN_PLACE, exactly, expect_dtype, near, number

LN2 = math.log(2)
REAL, FAKE = exactly(2, -1), exactly(0.5, -3)
P, Q = exactly(0.5, 0.3, 0.2, 0), exactly(0.1, 0.3, 0.2, 0.4)
KINDS = ("non_saturating", "least_squares", "wasserstein", "hinge")


# -------------------- 2.1 gan_losses
@task("gan_losses")
def test_non_saturating_by_hand(submission):
    """Real (2, -1) and generated (0.5, -3): 1.231427 for the critic, 1.761332 for the generator"""
    loss = submission.gan.discriminator_loss(REAL, FAKE, "non_saturating")
    hint = "-log sigmoid(real) and -log(1 - sigmoid(fake)) are softplus(-real) and softplus(fake)."
    expected = F.binary_cross_entropy_with_logits(REAL, exactly(1, 1))
    expected += F.binary_cross_entropy_with_logits(FAKE, exactly(0, 0))
    near(loss, expected, "the critic's loss", hint)
    expected = F.binary_cross_entropy_with_logits(FAKE, exactly(1, 1))
    near(submission.gan.generator_loss(FAKE, "non_saturating"), expected, "the generator's loss")


@task("gan_losses")
def test_least_squares_by_hand(submission):
    """Least squares: 3.5625 and 4.0625, on the answers as they are, each square halved"""
    loss = submission.gan.discriminator_loss(REAL, FAKE, "least_squares")
    hint = "Targets are 1 for real and 0 for generated images; the generator wants 1. No sigmoid here."
    near(loss, number((1 + 4) / 4 + (0.25 + 9) / 4), "the critic's loss", hint)
    hint = "((0.5 - 1)^2 + (-3 - 1)^2) / 2 is their mean; half of it is the loss."
    near(submission.gan.generator_loss(FAKE, "least_squares"), number(4.0625), "the generator's loss", hint)


@task("gan_losses")
def test_wasserstein_by_hand(submission):
    """Wasserstein: -1.75 and 1.25, differences of means that the critic makes as small as it can"""
    loss = submission.gan.discriminator_loss(REAL, FAKE, "wasserstein")
    near(loss, number(-1.75), "the critic's loss", "The critic's answers are to be large on real images.")
    near(submission.gan.generator_loss(FAKE, "wasserstein"), number(1.25), "the generator's loss")


@task("gan_losses")
def test_minimax_of_generators_only(submission):
    """Minimax: -0.511332 for the generator, log(1 - sigmoid); the critic has no loss of that name"""
    loss = submission.gan.generator_loss(FAKE, "minimax")
    near(loss, torch.log(1 - FAKE.sigmoid()).mean(), "the generator's loss")
    with raises(ValueError, hint='The critic\'s side of both games is called "non_saturating".'):
        submission.gan.discriminator_loss(REAL, FAKE, "minimax")
    for kind in ("", "Hinge", "wgan"):
        with raises(ValueError, hint=f"{kind!r} is no kind."):
            submission.gan.discriminator_loss(REAL, FAKE, kind)
        with raises(ValueError, hint=f"{kind!r} is no kind."):
            submission.gan.generator_loss(FAKE, kind)


@task("gan_losses")
def test_losses_are_sums_of_two_means(submission, seed):
    """Two real and five generated images: each side has its own mean, and all axes belong to the batch"""
    real, fake = seed.normal(2), seed.fork("fake").normal(5)
    logistic = F.softplus(-real).mean() + F.softplus(fake).mean()
    expected = {
        "non_saturating": logistic,
        "least_squares": (real - 1).square().mean() / 2 + fake.square().mean() / 2,
        "wasserstein": fake.mean() - real.mean(),
        "hinge": F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
    }
    for kind in KINDS:
        hint = "The mean over real images plus the mean over generated ones, not one mean over both."
        near(submission.gan.discriminator_loss(real, fake, kind), expected[kind], f"the loss {kind!r}", hint)
    column = submission.gan.discriminator_loss(real[:, None], fake[:, None], "non_saturating")
    near(column, logistic, "the loss of answers of shape (b, 1)")


@task("gan_losses")
def test_losses_of_logits_that_are_far_off(submission):
    """Logits of 10 000 on the wrong side cost 20 000, and 10 000; none is infinite"""
    loss = submission.gan.discriminator_loss(exactly(-1e4), exactly(1e4), "non_saturating")
    hint = "log(sigmoid(-10000)) is log(0). softplus never forms the probability."
    near(loss, number(2e4), "the critic's loss", hint)
    near(submission.gan.generator_loss(exactly(-1e4), "non_saturating"), number(1e4), "to generate", hint)
    near(submission.gan.generator_loss(exactly(1e4), "minimax"), number(-1e4), "minimax", hint)


@task("gan_losses")
def test_who_saturates(submission):
    """At the logit -10 minimax has the slope -0.0000454, non_saturating -0.99995: and reversed at 10"""
    slopes = {
        kind: submission.play(plays_gan.gradient_of_generator_loss, exactly(-10, 10), kind)
        for kind in ("minimax", "non_saturating")
    }
    s = exactly(-10, 10).sigmoid() / 2  # the mean over two answers
    near(slopes["minimax"], -s, "the slopes of minimax", "Both losses fall where the critic is convinced.")
    near(slopes["non_saturating"], s - 0.5, "the slopes of non_saturating")


# -------------------- 2.2 optimal_critic
@task("optimal_critic")
def test_best_critics_of_four_points(submission):
    """p = (.5, .3, .2, 0), q = (.1, .3, .2, .4): (ln 5, 0, 0, -inf), (5/6, 1/2, 1/2, 0), (1, 0, 0, -1)"""
    logits = submission.gan.optimal_critic(P, Q, "non_saturating")
    hint = "sigmoid(logit) = p / (p + q), so the logit is log p - log q."
    near(logits, exactly(math.log(5), 0, 0, -math.inf), "the logits", hint)
    squares = submission.gan.optimal_critic(P, Q, "least_squares")
    near(
        squares,
        exactly(5 / 6, 0.5, 0.5, 0),
        "the least-squares critic",
        "Set the derivative to 0, point by point.",
    )
    signs = submission.gan.optimal_critic(P, Q, "hinge")
    near(
        signs,
        exactly(1, 0, 0, -1),
        "the hinge critic",
        "Only the sign of p - q matters, and 0 where they are equal.",
    )


@task("optimal_critic", weight=2)
def test_values_of_four_points(submission):
    """The games' values are 0.963484 = 2 ln 2 - 2 JS, 1/6, and 1.2 = 2 (1 - TV)"""
    m = (P + Q) / 2
    js = (torch.special.xlogy(P, P / m) + torch.special.xlogy(Q, Q / m)).sum() / 2
    hint = "The critic's loss, which it minimises: positive. 0 log 0 is 0, not nan."
    near(submission.gan.game_value(P, Q, "non_saturating"), 2 * LN2 - 2 * js, "the value", hint)
    near(submission.gan.game_value(P, Q, "least_squares"), number(1 / 6), "the value of least squares")
    near(submission.gan.game_value(P, Q, "hinge"), number(1.2), "the value of hinge", "2 sum min(p, q).")


@task("optimal_critic")
def test_values_at_the_ends(submission):
    """Equal laws have the values 2 ln 2, 1/4 and 2; laws that share no point have 0"""
    for kind, equal in (("non_saturating", 2 * LN2), ("least_squares", 0.25), ("hinge", 2.0)):
        near(submission.gan.game_value(P, P, kind), number(equal), f"the value {kind!r} of equal laws")
        apart = submission.gan.game_value(exactly(0.4, 0.6, 0), exactly(0, 0, 1), kind)
        near(apart, number(0), f"the value {kind!r} of laws apart")


@task("optimal_critic")
def test_value_is_the_loss_of_the_best_critic(submission, seed):
    """At the best critic the loss is the value, and any other critic has more"""
    p, q = (seed.fork(name).uniform(5) for name in "pq")
    p, q = p / p.sum(), q / q.sum()
    losses = {
        "non_saturating": lambda d: p @ F.softplus(-d) + q @ F.softplus(d),
        "least_squares": lambda d: p @ (d - 1) ** 2 / 2 + q @ d**2 / 2,
        "hinge": lambda d: p @ F.relu(1 - d) + q @ F.relu(1 + d),
    }
    for kind, loss in losses.items():
        best = submission.gan.optimal_critic(p, q, kind)
        value = submission.gan.game_value(p, q, kind)
        near(value, loss(best), f"the value {kind!r}, against the loss of your critic")
        other = loss(best + 0.1 * seed.fork("other").normal(5))
        close(torch.maximum(value, other), other, rtol=1e-12, what=f"the loss {kind!r} of another critic")


@task("optimal_critic")
def test_points_that_nobody_visits(submission):
    """Where p = q = 0 least squares says 1/2 and hinge 0; no value becomes nan; other kinds raise"""
    p, q = exactly(0.5, 0, 0.5), exactly(0.25, 0, 0.75)
    close(submission.gan.optimal_critic(p, q, "least_squares")[1], number(0.5), what="least squares at 0 / 0")
    near(submission.gan.optimal_critic(p, q, "hinge"), exactly(1, 0, -1), "hinge")
    expected = 0.5 * math.log(1.5) + 0.25 * math.log(3) + 0.5 * math.log(2.5) + 0.75 * math.log(5 / 3)
    near(submission.gan.game_value(p, q, "non_saturating"), number(expected), "the value of logits")
    near(submission.gan.game_value(p, q, "least_squares"), number(0.5 * (1 / 6 + 0.3)), "that of squares")
    for kind in ("wasserstein", "minimax"):
        with raises(ValueError, hint=f"The game {kind!r} has no best critic without a constraint."):
            submission.gan.optimal_critic(p, q, kind)
        with raises(ValueError, hint=f"The game {kind!r} has no best critic without a constraint."):
            submission.gan.game_value(p, q, kind)


@task("optimal_critic")
def test_critics_keep_dtype_and_arguments(submission):
    """Float32 stays float32, and neither law is changed"""
    for kind in ("non_saturating", "least_squares", "hinge"):
        expect_dtype(submission.gan.optimal_critic(P.float(), Q.float(), kind), torch.float32)
        expect_dtype(submission.gan.game_value(P.float(), Q.float(), kind), torch.float32)
    after = submission.play(plays_gan.after_gan, P, Q)
    close(after, [P, Q], rtol=0, what="the arguments afterwards", hint=IN_PLACE)
