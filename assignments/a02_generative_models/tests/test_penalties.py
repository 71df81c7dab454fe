"""Public checks of penalties and of the spectral norm: critics whose slopes are known."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import close, expect, raises, task

from .. import plays_gan
from .numbers import IN_PLACE, exactly, near, number, rows

SLOPE = exactly(0.6, 0, 0.8)  # of length 1
RECORDED = (
    "create_graph=True keeps the gradient's own graph: without it the penalty is a constant to training."
)
WHOLE = "One norm for each image: flatten its gradient first."


def three_pairs(seed, *dims: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return three real and three generated images, and a share for each pair."""
    return seed.fork("real").normal(3, *dims), seed.fork("fake").normal(3, *dims), seed.fork("mix").uniform(3)


# -------------------- 2.3 penalties
@task("penalties")
def test_linear_critics_have_one_slope(submission, seed):
    """Slopes of 1, 3 and 1/2 cost 0, 40 and 2.5 everywhere; with weight 1 the last costs 0.25"""
    for factor, penalty in ((1.0, 0.0), (3.0, 40.0), (0.5, 2.5)):
        came = submission.play(plays_gan.gradient_penalty, [factor * SLOPE], *three_pairs(seed, 3))
        hint = "10 (slope - 1)^2: squared, two-sided, and 10 unless said otherwise."
        near(came["penalty"], number(penalty), f"the penalty of slope {factor:g}", hint)
    came = submission.play(plays_gan.gradient_penalty, [0.5 * SLOPE], *three_pairs(seed, 3), weight=1.0)
    near(came["penalty"], number(0.25), "the penalty of slope 1/2 with weight 1")


@task("penalties")
def test_penalty_is_asked_between_the_images(submission):
    """D = |x|^2 / 2 has slope |x|: with shares 1 and 1/4 of (3, 4) and (0, 0) the slopes are 5 and 1.25"""
    real, fake = rows((3, 4), (3, 4)), rows((0, 0), (0, 0))
    nothing = exactly(0, 0)
    came = submission.play(plays_gan.gradient_penalty, [nothing], real, fake, exactly(1, 0.25), bowl=1.0)
    hint = "mix real + (1 - mix) fake, one share for each image: mix = 1 is the real one."
    near(came["penalty"], number(10 * (16 + 0.0625) / 2), "the penalty", hint)


@task("penalties", weight=2)
def test_slopes_are_those_of_images(submission, seed):
    """For images of 2 x 2 x 3 values the slope is the length of all twelve, with a share for each image"""
    real, fake, mix = three_pairs(seed, 2, 2, 3)  # three images, and rows of three values
    came = submission.play(plays_gan.gradient_penalty, [torch.zeros(12).double()], real, fake, mix, bowl=1.0)
    between = torch.stack([mix[i] * real[i] + (1 - mix[i]) * fake[i] for i in range(3)])
    slopes = between.flatten(1).norm(dim=1)
    near(came["penalty"], 10 * (slopes - 1).square().mean(), "the penalty", WHOLE)
    r1 = submission.play(plays_gan.r1_penalty, [torch.zeros(12).double()], real, bowl=1.0)
    near(r1["penalty"], 5 * real.flatten(1).square().sum(1).mean(), "R1", WHOLE)


@task("penalties")
def test_r1_by_hand(submission):
    """R1 at (3, 4) and (0, 2) of D = |x|^2 / 2 is gamma / 2 times (25 + 4) / 2: 72.5, and 7.25 for gamma 1"""
    real = rows((3, 4), (0, 2))
    came = submission.play(plays_gan.r1_penalty, [exactly(0, 0)], real, bowl=1.0)
    near(
        came["penalty"],
        number(72.5),
        "R1",
        "gamma / 2, gamma 10 unless said otherwise, and the squared length.",
    )
    came = submission.play(plays_gan.r1_penalty, [exactly(0, 0)], real, bowl=1.0, gamma=1.0)
    near(came["penalty"], number(7.25), "R1 for gamma 1")


@task("penalties", weight=2)
def test_penalties_train_the_critic(submission, seed):
    """A linear critic a gets the gradients 20 (|a| - 1) a / |a| and gamma a; the images get none"""
    a = 3 * SLOPE
    real, fake, mix = three_pairs(seed, 3)
    came = submission.play(plays_gan.gradient_penalty, [a], real, fake, mix)
    expect(came["by weights"][0] is not None, "the critic's weights get no gradient", RECORDED)
    near(came["by weights"][0], 40 * SLOPE, "the gradient with respect to a", RECORDED)
    expect(
        came["grads"] == [None] * 3, "something was left in `.grad`", "torch.autograd.grad leaves nothing."
    )
    expect(came["tracked"] == [False, False], "real or fake requires a gradient afterwards", "Use a copy.")
    close(came["images"], [real, fake], rtol=0, what="the images afterwards", hint=IN_PLACE)
    r1 = submission.play(plays_gan.r1_penalty, [a], real)
    expect(r1["by weights"][0] is not None, "the critic's weights get no gradient of R1", RECORDED)
    near(r1["by weights"][0], 10 * a, "the gradient of R1 with respect to a", RECORDED)
    expect(r1["grads"] == [None] * 2 and r1["tracked"] == [False], "R1 left something behind", "Use a copy.")


@task("penalties")
def test_penalties_stop_at_the_images(submission, seed):
    """Images that come out of a generator get no gradient through a penalty"""
    came = submission.play(plays_gan.penalty_into_generator, [exactly(2, 1, 0)], *three_pairs(seed, 3))
    expect(came["reached"] == [None, None], "a penalty reaches the images", "detach() them before you mix.")
    near(came["penalties"][1], number(25), "R1 of slope sqrt(5)")


@task("penalties")
def test_flat_critic(submission, seed):
    """A critic with zero weights costs 10, and its weights get a finite gradient"""
    came = submission.play(plays_gan.gradient_penalty, [exactly(0, 0, 0)], *three_pairs(seed, 3))
    near(came["penalty"], number(10), "the penalty of a flat critic")
    hint = "The square root has an infinite slope at 0; torch.linalg.vector_norm takes care of it."
    by = came["by weights"][0]
    expect(by is not None and by.isfinite().all(), "the gradient of a flat critic is not finite", hint)


@task("penalties")
def test_answers_may_be_columns(submission, seed):
    """A critic that answers (b, 1) has the same penalties as one that answers (b,)"""
    real, fake, mix = three_pairs(seed, 3)
    weights = [seed.fork("first").normal(3, 4), seed.fork("last").normal(4)]
    flat = submission.play(plays_gan.gradient_penalty, weights, real, fake, mix)["penalty"]
    column = submission.play(plays_gan.gradient_penalty, weights, real, fake, mix, column=True)["penalty"]
    near(column, flat, "the penalty")
    flat = submission.play(plays_gan.r1_penalty, weights, real)["penalty"]
    near(submission.play(plays_gan.r1_penalty, weights, real, column=True)["penalty"], flat, "R1")


# -------------------- 2.4 spectral_norm
DIAGONAL = rows((3, 0), (0, 1))
START = exactly(1, 1) / math.sqrt(2)


@task("spectral_norm")
def test_power_iteration_by_hand(submission):
    """diag(3, 1) from u = (1, 1) / sqrt 2: 2.863564, 2.998173, 2.999999997 after 1, 2 and 5 iterations"""
    for iterations in (1, 2, 5):
        sigma, u, v = submission.penalties.spectral_norm(DIAGONAL, START, iterations)
        hint = "v = W^T u, then u = W v, both of length 1; sigma = u^T W v with the new ones."
        left, right = exactly(9**iterations, 1), exactly(3 * 9 ** (iterations - 1), 1)
        near(
            u,
            F.normalize(left, dim=0),
            f"u after {iterations}",
            "Each iteration multiplies u_1 / u_2 by 3^2.",
        )
        near(v, F.normalize(right, dim=0), f"v after {iterations}", hint)
        expected = (81**iterations + 1) / left.norm() / right.norm()
        near(sigma, expected, f"sigma after {iterations}", hint)
    sigma, _, _ = submission.penalties.spectral_norm(DIAGONAL, START)
    near(sigma, number(math.sqrt(8.2)), "sigma when nothing is said about iterations")


@task("spectral_norm")
def test_kernels_are_matrices_of_output_rows(submission, seed):
    """A kernel of 4 x 3 x 2 x 2, after 200 iterations, has the norm of its 4 x 12 matrix"""
    weight, u = seed.normal(4, 3, 2, 2), F.normalize(seed.fork("u").normal(4), dim=0)
    weight[0] *= 4  # so that one direction stands out
    sigma, u, v = submission.penalties.spectral_norm(weight, u, 200)
    matrix = weight.reshape(4, 12)
    near(sigma, torch.linalg.matrix_norm(matrix, 2), "sigma", "flatten all axes but the first.", rtol=1e-6)
    near(matrix.T @ u, sigma * v, "W^T u against sigma v", rtol=1e-4)


@task("spectral_norm")
def test_rank_one_takes_one_iteration(submission):
    """(1, 2, 2) times (3, 4) is exact after one iteration: sigma 15, with u and v its unit vectors"""
    weight = torch.outer(exactly(1, 2, 2), exactly(3, 4))
    sigma, u, v = submission.penalties.spectral_norm(weight, exactly(1, 0, 0))
    near(sigma, number(15), "sigma")
    near(u, exactly(1, 2, 2) / 3, "u")
    near(v, exactly(0.6, 0.8), "v", "Both vectors have length 1.")


@task("spectral_norm", weight=2)
def test_gradient_is_the_outer_product(submission, seed):
    """After one iteration the gradient of sigma is u v^T: u and v count as constants, the weight does not"""
    weight, u = seed.normal(3, 2, 2), F.normalize(seed.fork("u").normal(3), dim=0)
    came = submission.play(plays_gan.gradient_of_spectral_norm, weight, u, 1)
    hint = "Iterate under torch.no_grad(); u^T W v itself is recorded."
    expect(came["by weight"] is not None, "sigma has no gradient", hint)
    near(came["by weight"].flatten(1), torch.outer(came["u"], came["v"]), "the gradient of sigma", hint)
    given = (DIAGONAL[:, None], exactly(0.6, 0.8))  # v = (9, 4) / sqrt(97), u = (27, 4) / sqrt(745)
    came = submission.play(plays_gan.gradient_of_spectral_norm, *given, 1)
    expected = torch.outer(exactly(27, 4), exactly(9, 4)) / math.sqrt(745 * 97)
    near(came["by weight"].flatten(1), expected, "the gradient of sigma of diag(3, 1)", hint)


@task("spectral_norm")
def test_zero_weight_and_no_iteration(submission):
    """A weight of zeros has sigma 0 and no nan; less than one iteration raises ValueError"""
    came = submission.penalties.spectral_norm(torch.zeros(2, 3).double(), exactly(1, 0))
    near(
        list(came),
        [number(0), exactly(0, 0), exactly(0, 0, 0)],
        "sigma, u and v",
        "Divide by max(length, eps).",
    )
    for iterations in (0, -1):
        with raises(ValueError, hint="At least one iteration is needed."):
            submission.penalties.spectral_norm(DIAGONAL, START, iterations)


@task("spectral_norm")
def test_eps_is_the_least_divisor(submission):
    """With eps = 20, longer than W^T u = (6, 8), that is divided by 20, and so is W v"""
    weight = rows((6, 8), (0, 0))
    sigma, u, v = submission.penalties.spectral_norm(weight, exactly(1, 0), 1, 20.0)
    near(v, exactly(0.3, 0.4), "v", "Divide by the length, or by eps if that is larger.")
    near(u, exactly(0.25, 0), "u")
    near(sigma, number(1.25), "sigma")


@task("spectral_norm")
def test_spectral_norm_changes_nothing(submission, seed):
    """Neither the weight nor u is changed"""
    weight, u = seed.normal(3, 4), F.normalize(seed.fork("u").normal(3), dim=0)
    after = submission.play(plays_gan.after_spectral_norm, weight, u)
    close(after, [weight, u], rtol=0, what="the arguments afterwards", hint=IN_PLACE)
