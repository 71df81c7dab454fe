"""Hidden checks of the change of variables: finite differences, composed maps, hyperbolic identities."""

import math
from collections.abc import Callable

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from . import plays as more
from .fresh import EXACT, LONG, SINGLE, answers, between, exactly, expect_alike


def log_det_by_differences(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return log |det J| of each row from central differences."""
    h = 1e-6
    columns = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in torch.eye(x.shape[1], dtype=torch.float64)]
    return torch.linalg.slogdet(torch.stack(columns, dim=2)).logabsdet


# -------------------- 2.1 pushforward
@task("pushforward", gate=True)
def test_log_det_is_an_answer_at_all(submission, seed):
    """Maps that stretch the line by more have larger log-determinants"""
    factors = between(seed, 0.2, 9, 14)

    def stretched(i: int) -> Tensor:
        return submission.play(plays.log_det_of_linear, factors[i].reshape(1, 1), exactly(0), exactly([1]))

    expect_alike(answers(14, stretched), factors.log(), factors)


@task("pushforward", weight=2)
@settings(max_examples=8)
@given(b=st.integers(1, 6), half=st.integers(1, 3), n=st.integers(0, 10**6))
def test_log_det_of_a_coupling(submission, b, half, n):
    """A coupling map has the sum of its log-scales, row by row

    Coordinates that pass unchanged add nothing, the others their log-scale; sum along each row alone.
    """
    W, x = Seed(n).fork("W").normal(half, half), Seed(n).fork("x").normal(b, 2 * half)
    log_det = submission.play(more.log_det_of_coupling, W, x)
    close(log_det, torch.tanh(x[:, :half] @ W).sum(1), rtol=EXACT, atol=EXACT, what="log |det J|")


@task("pushforward", weight=2)
def test_log_det_by_finite_differences(submission, seed):
    """For a map whose Jacobian is full the log-determinant is that of finite differences

    The Jacobian may be full: take the log of the absolute determinant of all of it, not of its diagonal.
    """
    for d in (2, 4):
        x, W = seed.fork("x").normal(5, d), seed.fork("W").normal(d, d)
        log_det = submission.play(plays.log_det_of_curved, W, x)
        expected = log_det_by_differences(lambda v, W=W: v + torch.tanh(v @ W), x)
        close(log_det, expected, rtol=1e-4, atol=1e-5, what="log |det J|")  # of the differences


@task("pushforward")
def test_log_dets_add_up(submission, seed):
    """The log-determinant of a composition is the sum of those of its parts

    Compose two maps: the second one's log-determinant is taken at the points that the first one gives.
    """
    A, B, x = seed.fork("A").normal(3, 3), seed.fork("B").normal(3, 3), 0.5 * seed.fork("x").normal(4, 3)
    log_det = submission.play(more.log_det_of_warp, A, B, x)
    parts = torch.linalg.slogdet(A).logabsdet + torch.linalg.slogdet(B).logabsdet
    expected = parts + torch.cosh(x @ A.T).log().sum(1)
    close(log_det, expected, rtol=LONG, atol=EXACT, what="log |det J|")


@task("pushforward")
def test_log_det_of_tiny_and_huge_maps(submission, seed):
    """A factor of 1e-8 or 1e8 in 50 dimensions: no float holds the determinant, one holds its logarithm

    In many dimensions the determinant leaves the range of floats; torch.linalg.slogdet does not.
    """
    x = seed.normal(2, 50)
    for factor in (1e-8, 1e8):
        A = factor * torch.eye(50, dtype=torch.float64)
        log_det = submission.play(plays.log_det_of_linear, A, 0 * A[0], x)
        close(log_det, exactly(*[50 * math.log(factor)] * 2), rtol=EXACT, what="log |det J|")


@task("pushforward", weight=2)
def test_pushforward_of_another_law(submission, seed):
    """The density of A x has that of x, over |det A|; it integrates to what it should

    The density at y is that of x = f^-1(y), less the log-determinant at this x. Try a law that is not
    standard normal, and a matrix of determinant below 0.
    """
    A, scale, x = seed.fork("A").normal(3, 3), between(seed, 0.5, 2, 3), seed.fork("x").normal(6, 3)
    y, log_prob = submission.play(more.push_laplace, A, scale, x)
    close(y, x @ A.T, rtol=EXACT, atol=EXACT, what="y")
    back = torch.linalg.solve(A, y.T).T
    density = (-back.abs() / scale).sum(1) - (2 * scale).log().sum() - torch.linalg.slogdet(A).logabsdet
    close(log_prob, density, rtol=LONG, what="log p(y)")
    y, log_prob = submission.play(plays.push_shape, A, scale, x)
    close(
        log_prob,
        -x.abs().sum(1) - x[:, 0].exp() - torch.linalg.slogdet(A).logabsdet,
        rtol=LONG,
        what="log p(y)",
    )


@task("pushforward")
def test_jacobian_of_one_point_and_of_none(submission, seed):
    """One row gives shape (1,), none (0,), also of the push-forward, and a flat map gives -inf

    Try one row, no rows, and a map that flattens everything: shapes (1,) and (0,), and a log-determinant of
    minus infinity.
    """
    A = seed.normal(3, 3)
    for b in (0, 1):
        x = seed.fork("x").normal(b, 3)
        y, log_prob = submission.play(plays.push_linear, A, 0 * A[0], x)
        expect(
            y.shape == (b, 3) and log_prob.shape == (b,),
            f"for {b} rows the shapes are not ({b}, 3) and ({b},)",
        )
    flat = torch.cat([A[:2], 0 * A[:1]])
    log_det = submission.play(plays.log_det_of_linear, flat, 0 * A[0], seed.normal(2, 3))
    close(log_det, exactly(-math.inf, -math.inf), what="log |det J|")


# -------------------- 2.2 log_dets
@task("log_dets", gate=True)
def test_tanh_is_an_answer_at_all(submission, seed):
    """tanh's log-determinant falls with the size of its arguments"""
    x = 2 * seed.normal(14, 3)
    log_dets = answers(14, lambda i: submission.change.tanh_log_det(x[i]))
    expect_alike(log_dets, x.abs().sum(1), x.square().sum(1))


@task("log_dets", weight=2)
@settings(max_examples=10)
@given(
    dims=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    reach=st.floats(0.1, 300),
    n=st.integers(0, 10**6),
)
def test_value_by_value_log_dets(submission, dims, reach, n):
    """For any shape and size of values: -2 log cosh for tanh, and what logaddexp gives for the sigmoid

    Try tensors of several shapes and values of both signs, large ones too: these log-determinants are value
    by value.
    """
    x = between(Seed(n), -reach, reach, *dims)
    log_2 = math.log(2)
    tanh = torch.from_numpy(np.asarray(2 * (log_2 - np.logaddexp(x.numpy(), -x.numpy())).sum(-1)))
    close(submission.change.tanh_log_det(x), tanh, rtol=EXACT, atol=1e-11 * (1 + reach), what="tanh's")
    sigmoid = -(np.logaddexp(0, x.numpy()) + np.logaddexp(0, -x.numpy())).sum(-1)
    came = submission.change.sigmoid_log_det(x)
    close(came, torch.from_numpy(np.asarray(sigmoid)), rtol=EXACT, what="the sigmoid's")


@task("log_dets")
def test_value_by_value_log_dets_in_single_precision(submission, seed):
    """In float32 from 1e-3 to 1e4, of both signs, the results keep float32's digits

    Try float32 from 1e-3 to 1e4 of both signs: 1 - tanh^2 rounds to 0 early, log cosh need not.
    """
    x = torch.tensor([1e-3, -0.3, 9.5, -15, 88, -104, 1e4])[:, None]
    big = x.double().numpy()[:, 0]
    for name, came, expected in (
        ("tanh's", submission.change.tanh_log_det(x), 2 * (math.log(2) - np.logaddexp(big, -big))),
        (
            "the sigmoid's",
            submission.change.sigmoid_log_det(x),
            -np.logaddexp(0, big) - np.logaddexp(0, -big),
        ),
    ):
        expect(came.dtype == torch.float32, f"{name} is {came.dtype}")
        close(came, torch.from_numpy(expected), rtol=SINGLE, atol=1e-6, what=f"{name} log-determinant")


@task("log_dets")
def test_sigmoid_and_tanh_are_one_map(submission, seed):
    """tanh(x) = 2 s(2x) - 1 changes volumes by 4 in each coordinate more than s does at 2x

    tanh(x) = 2 s(2x) - 1: the two log-determinants must agree but for the factors that this puts in.
    """
    x = 3 * seed.normal(5, 4)
    tanh, sigmoid = submission.change.tanh_log_det(x), submission.change.sigmoid_log_det(2 * x)
    close(tanh, sigmoid + 4 * math.log(4), rtol=LONG, atol=EXACT, what="tanh's log-determinant")


@task("log_dets", weight=2)
@settings(max_examples=10)
@given(d=st.integers(1, 6), alpha=st.floats(0.2, 4), share=st.floats(-0.9, 3), n=st.integers(0, 10**6))
def test_radial_in_any_dimension(submission, d, alpha, share, n):
    """The log-determinant is that of I (1 + beta h) - beta h^2 / r times the outer product of x - centre

    The map stretches along the ray by another factor than across it: d - 1 directions are across. Try 1, 2
    and 5 dimensions and a centre that is not 0.
    """
    seed, beta = Seed(n), share * alpha
    x, centre = 2 * seed.fork("x").normal(4, d), seed.fork("centre").normal(d)
    y, log_det = submission.change.radial(x, centre, alpha, beta)
    away = x - centre
    r = away.norm(dim=1)
    h = 1 / (alpha + r)
    outer = torch.einsum("bi,bj->bij", away, away)
    J = (1 + beta * h)[:, None, None] * torch.eye(d) - (beta * h**2 / r)[:, None, None] * outer
    close(y, x + beta * h[:, None] * away, rtol=EXACT, atol=EXACT, what="y")
    close(log_det, torch.linalg.slogdet(J).logabsdet, rtol=LONG, atol=1e-8, what="log |det J|")


@task("log_dets")
def test_radial_near_and_at_its_centre(submission, seed):
    """At the centre of four dimensions, and a hair beside it, nothing divides by 0

    Try x = centre and points a hair away: with h' and not a quotient by r nothing divides by 0.
    """
    centre = seed.normal(4)
    x = centre + exactly([0, 0, 0, 0], [1e-14, 0, 0, 0])
    for alpha, beta in ((0.5, 2.0), (2.0, -1.5)):
        y, log_det = submission.change.radial(x, centre, alpha, beta)
        expected = 4 * math.log1p(beta / alpha)
        close(log_det, exactly(expected, expected), rtol=LONG, what="log |det J|")
        close(y, x, atol=1e-12, rtol=0, what="y")


@task("log_dets")
def test_radial_refuses_what_folds(submission):
    """ValueError for every alpha <= 0 and every beta <= -alpha

    alpha must be above 0 and beta above -alpha: the bounds themselves are refused too.
    """
    x, centre = exactly([1, 2, 3]), exactly(0, 0, 0)
    for alpha, beta in ((0.0, 0.0), (-0.5, 3.0), (2.0, -2.0), (2.0, -7.0), (-1.0, -1.0)):
        with raises(ValueError):
            submission.change.radial(x, centre, alpha, beta)
    y, log_det = submission.change.radial(x, centre, 2.0, 0.0)
    close((y, log_det), (x, exactly(0)), rtol=EXACT, atol=1e-12, what="y and log |det J| for beta = 0")
