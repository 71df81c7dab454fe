"""Public checks of the change of variables: linear maps, maps that act value by value, and a radial flow."""

import math

import torch
from torch import Tensor
from torch.distributions import LogNormal, MultivariateNormal

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from .near import IN_PLACE, SINGLE, exactly, expect_dtype, near

TURN = exactly([0, -1], [1, 0])  # by a right angle
FLIP = exactly([0, 2], [3, 0])  # determinant -6


# -------------------- 2.1 pushforward
@task("pushforward", weight=2)
def test_log_det_of_a_linear_map(submission, seed):
    """x -> A x + 1 has log |det A| everywhere: log 6 for [[0, 2], [3, 0]], whose determinant is negative"""
    x = seed.fork("x").normal(3, 2)
    log_det = submission.play(plays.log_det_of_linear, FLIP, exactly(1, 1), x)
    hint = "torch.linalg.slogdet gives the logarithm of the absolute value; log(det) of -6 is nan."
    near(log_det, exactly(*[math.log(6)] * 3), "log |det J|", hint)
    A = seed.fork("A").normal(4, 4)
    log_det = submission.play(plays.log_det_of_linear, A, 0 * A[0], seed.fork("y").normal(5, 4))
    expected = torch.linalg.slogdet(A).logabsdet.expand(5)
    near(log_det, expected, "log |det J|", "One Jacobian for each row, d x d; not that of the whole batch.")


@task("pushforward")
def test_log_det_of_a_rotation(submission, seed):
    """A rotation changes no volume: log |det J| = 0, though the diagonal of J is 0"""
    log_det = submission.play(plays.log_det_of_linear, TURN, exactly(1, 0), seed.normal(2, 2))
    near(log_det, exactly(0, 0), "log |det J|", "The determinant is more than the product of the diagonal.")


@task("pushforward")
def test_log_det_differs_from_row_to_row(submission, seed):
    """tanh has the log-determinant sum log(1 - tanh(x)^2) of its own in each row, also for d = 1"""
    for d in (3, 1):
        x = seed.normal(4, d)
        log_det = submission.play(plays.log_det_of_tanh, x)
        near(log_det, (1 - x.tanh() ** 2).log().sum(1), f"log |det J| for d = {d}", "Each row has its own J.")


@task("pushforward")
def test_log_det_of_a_singular_map(submission):
    """A map that flattens the plane has log |det J| = -inf, and no rows give shape (0,)"""
    flat = exactly([1, 1], [1, 1])
    log_det = submission.play(plays.log_det_of_linear, flat, exactly(0, 0), exactly([1, 2]))
    near(log_det, exactly(-math.inf), "log |det J|", "slogdet gives -inf; a small constant inside would not.")
    none = submission.play(plays.log_det_of_linear, FLIP, exactly(1, 1), torch.zeros(0, 2).double())
    expect(none.shape == (0,), f"for no rows the result has shape {tuple(none.shape)}; expected (0,)")


@task("pushforward", weight=2)
def test_pushforward_of_a_normal_is_a_gaussian(submission, seed):
    """x ~ N(0, I) under x -> A x + b becomes N(b, A A^T)"""
    A, b, x = exactly([2, 1, 0], [0, 3, 1], [1, 0, 1]), exactly(1, -1, 0.5), seed.normal(4, 3)  # det A is 7
    y, log_prob = submission.play(plays.push_linear, A, b, x)
    near(y, x @ A.T + b, "y", "The first result is f(x).")
    expected = MultivariateNormal(b, A @ A.T).log_prob(y)
    hint = "A map that stretches makes the density smaller: minus log |det J|, and log_prob at x, not at y."
    near(log_prob, expected, "log p(y)", hint)


@task("pushforward")
def test_pushforward_of_a_normal_by_exp_is_lognormal(submission, seed):
    """exp makes the log-normal law of a normal one"""
    x = seed.normal(5, 2)
    y, log_prob = submission.play(plays.push_exp, x)
    expected = LogNormal(exactly(0, 0), exactly(1, 1)).log_prob(x.exp()).sum(1)
    near(y, x.exp(), "y")
    near(log_prob, expected, "log p(y)", "The Jacobian depends on x: it is taken at x, not at y.")


@task("pushforward")
def test_jacobians_in_float32(submission, seed):
    """float32 points give float32 results"""
    x, W = seed.fork("x").normal(3, 2).float(), seed.fork("W").normal(2, 2).float()
    log_det = submission.play(plays.log_det_of_curved, W, x)
    expect_dtype(log_det, torch.float32)
    slopes = 1 - torch.tanh(x.double() @ W.double()) ** 2  # b d
    J = torch.eye(2) + slopes[:, :, None] * W.double().T
    close(log_det, torch.linalg.slogdet(J).logabsdet, rtol=1e-4, atol=1e-5, what="log |det J|")


@task("pushforward")
def test_pushforward_leaves_its_input_alone(submission, seed):
    """No argument is changed, nor made to require a gradient"""
    A, x = seed.fork("A").normal(3, 3), seed.fork("x").normal(2, 3)
    points, requires, no_grad = submission.play(plays.after_pushforward, A, x)
    close(points, x, rtol=0, what="x", hint=IN_PLACE)
    expect(
        not requires and no_grad, "x requires a gradient afterwards", "Differentiate at x.detach().clone()."
    )


# -------------------- 2.2 log_dets
@task("log_dets", weight=2)
def test_tanh_log_det_far_out(submission):
    """In float32 tanh's log-determinant is -38.6137 at 20 and -20, -198.6137 at 100, and 0 at 0"""
    x = torch.tensor([[20.0], [-20.0], [100.0], [0.0], [0.5]])
    log_det = submission.change.tanh_log_det(x)
    expect_dtype(log_det, torch.float32)
    far = 2 * math.log(2)
    expected = exactly(far - 40, far - 40, far - 200, 0, math.log(1 - math.tanh(0.5) ** 2))
    hint = (
        "1 - tanh(x)^2 = 4 e^(-2x) / (1 + e^(-2x))^2. Take the logarithm on paper; softplus is log(1 + e^x)."
    )
    close(log_det, expected, rtol=SINGLE, atol=1e-6, what="the log-determinant", hint=hint)


@task("log_dets")
def test_sigmoid_log_det_far_out(submission):
    """In float32 the sigmoid's log-determinant is -100 at 100 and -100, and -log 4 at 0"""
    log_det = submission.change.sigmoid_log_det(torch.tensor([[100.0], [-100.0], [0.0]]))
    expect_dtype(log_det, torch.float32)
    hint = "log s(x) = -softplus(-x), and 1 - s(x) = s(-x)."
    close(log_det, exactly(-100, -100, -math.log(4)), rtol=SINGLE, what="the log-determinant", hint=hint)


@task("log_dets")
def test_log_dets_add_up_the_last_axis(submission, seed):
    """Shape (2, 3, 4) gives (2, 3): the sum over the last axis, in float64 too"""
    x = 2 * seed.normal(2, 3, 4)
    tanh, sigmoid = submission.change.tanh_log_det(x), submission.change.sigmoid_log_det(x)
    near(tanh, (1 - x.tanh() ** 2).log().sum(2), "tanh's log-determinant", "A sum, not a mean.", rtol=1e-8)
    near(sigmoid, (x.sigmoid() * (1 - x.sigmoid())).log().sum(2), "the sigmoid's", "A sum, not a mean.")


@task("log_dets", weight=2)
def test_radial_of_a_worked_example(submission):
    """x = (3, 4), centre 0, alpha = 1, beta = 2: y = (4, 16/3) and log |det J| = log(4/3) + log(19/18)"""
    y, log_det = submission.change.radial(exactly([3, 4]), exactly(0, 0), 1.0, 2.0)
    near(y, exactly([4, 16 / 3]), "y", "r = 5, h = 1/6.")
    hint = "One factor 1 + beta h = 4/3 around the centre, one 1 + beta h - beta h^2 r = 19/18 outwards."
    near(log_det, exactly(math.log(4 / 3) + math.log(19 / 18)), "log |det J|", hint)


def radial_jacobians(x: Tensor, centre: Tensor, alpha: float, beta: float) -> Tensor:
    """Return the Jacobians of a radial flow, by automatic differentiation of its definition."""

    def flow(row: Tensor) -> Tensor:
        return row + beta * (row - centre) / (alpha + (row - centre).square().sum().sqrt())

    return torch.func.vmap(torch.func.jacrev(flow))(x)


@task("log_dets")
def test_radial_in_three_and_four_dimensions(submission, seed):
    """For d = 3 and 4, beta positive and negative, log |det J| is that of the map's own Jacobian"""
    for d, alpha, beta in ((3, 0.5, 2.0), (4, 1.5, -1.2), (4, 2.0, 1.0)):
        x, centre = seed.fork("x").normal(5, d), seed.fork("centre").normal(d)
        y, log_det = submission.change.radial(x, centre, alpha, beta)
        r = (x - centre).norm(dim=1, keepdim=True)
        near(y, x + beta * (x - centre) / (alpha + r), f"y for d = {d}")
        expected = torch.linalg.slogdet(radial_jacobians(x, centre, alpha, beta)).logabsdet
        near(
            log_det,
            expected,
            f"log |det J| for d = {d}",
            "d - 1 directions run around the centre.",
            rtol=1e-8,
        )


@task("log_dets")
def test_radial_at_its_centre(submission):
    """The centre stays where it is, with log |det J| = d log(1 + beta / alpha), and float32 stays float32"""
    centre = torch.tensor([1.0, -2.0, 0.5])
    y, log_det = submission.change.radial(centre[None], centre, 1.0, 2.0)
    expect_dtype(y, torch.float32)
    expect_dtype(log_det, torch.float32)
    close(y, centre[None].double(), rtol=SINGLE, what="y", hint="Do not divide by r, which is 0.")
    close(
        log_det, exactly(3 * math.log(3)), rtol=SINGLE, what="log |det J|", hint="h = 1/alpha at the centre."
    )


@task("log_dets")
def test_radial_refuses_maps_that_fold(submission):
    """ValueError for alpha = 0, alpha < 0 and beta <= -alpha; beta just above -alpha is a map"""
    x, centre = exactly([1, 2]), exactly(0, 0)
    y, _ = submission.change.radial(x, centre, 1.0, -0.5)
    near(y, x * (1 - 0.5 / (1 + math.sqrt(5))), "y for beta = -0.5")
    for alpha, beta in ((0.0, 1.0), (-1.0, 2.0), (1.0, -1.0), (1.0, -1.5)):
        with raises(ValueError, hint="alpha > 0 and beta > -alpha are both needed."):
            submission.change.radial(x, centre, alpha, beta)


@task("log_dets")
def test_log_dets_leave_their_input_alone(submission, seed: Seed):
    """No argument is changed"""
    x, centre = seed.fork("x").normal(2, 3), seed.fork("centre").normal(3)
    after = submission.play(plays.after_log_dets, x, centre)
    close(after, [x, centre], rtol=0, what="the arguments", hint=IN_PLACE)
