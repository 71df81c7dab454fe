"""Hidden checks of the conversions between image, noise and velocity: fresh inputs, identities."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, task

from .. import plays
from ..tests.near import EXACT, LONG, near
from .fresh import expect_mixture, fresh_batch, halfway, mixed


# -------------------- 2.2 eps_and_x0
@task("eps_and_x0", gate=True)
def test_eps_and_x0_are_answers_at_all(submission, seed):
    """Both results are made of both inputs, on fresh input"""
    x_t, other, t, alpha_bar = halfway(seed)
    expect_mixture(submission.forward.eps_from_x0(x_t, other, t, alpha_bar), x_t, other)
    expect_mixture(submission.forward.x0_from_eps(x_t, other, t, alpha_bar), x_t, other)


@task("eps_and_x0")
def test_eps_and_x0_are_exact_on_fresh_input(submission, seed):
    """The noise and the image are found exactly at mixed steps of a fresh schedule

    Solve x_t = sqrt(alpha_bar) x_0 + sqrt(1 - alpha_bar) eps for one of the two, each image at its own step.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 5, 2, 3, 5)
    x_t = mixed(alpha_bar.sqrt(), x0, (1 - alpha_bar).sqrt(), eps, t)
    near(submission.forward.eps_from_x0(x_t, x0, t, alpha_bar), eps, "eps", within=LONG)
    near(submission.forward.x0_from_eps(x_t, eps, t, alpha_bar), x0, "x0", within=LONG)


@task("eps_and_x0")
@settings(max_examples=15)
@given(b=st.integers(1, 5), dims=st.lists(st.integers(1, 4), max_size=4), n=st.integers(0, 10**6))
def test_eps_and_x0_undo_each_other(submission, b, dims, n):
    """The image of the noise of an image is that image, for any x_t of any shape

    Go from an image to its noise and back, for tensors of any number of axes: coefficients need shape (b, 1,
    ..., 1).
    """
    x_t, x0, t, alpha_bar = fresh_batch(Seed(n), b, *dims)
    eps = submission.forward.eps_from_x0(x_t, x0, t, alpha_bar)
    near(eps[0], (x_t - alpha_bar[t[0]].sqrt() * x0)[0] / (1 - alpha_bar[t[0]]).sqrt(), within=LONG)
    near(submission.forward.x0_from_eps(x_t, eps, t, alpha_bar), x0, "x0", within=LONG)


@task("eps_and_x0")
def test_eps_and_x0_at_the_ends_of_a_long_schedule(submission, reference):
    """The noise is found after the first of 1000 linear steps and the image after the last

    After one of 1000 steps 1 - alpha_bar is 1e-4, after all alpha_bar is 4e-5: form coefficients in float64.
    """
    alpha_bar = reference.schedule.alpha_bars(reference.schedule.linear_betas(1000))
    first, last, one = torch.tensor([0]), torch.tensor([999]), exactly(1)
    eps = submission.forward.eps_from_x0(one, exactly(0.9), first, alpha_bar)
    near(eps, exactly((1 - 0.9 * math.sqrt(0.9999)) / 0.01), "eps at step 0", within=LONG)
    x0 = submission.forward.x0_from_eps(one, exactly(0.99), last, alpha_bar)
    left = alpha_bar[-1].item()
    near(x0, exactly((1 - 0.99 * math.sqrt(1 - left)) / math.sqrt(left)), "x0 at step 999", within=LONG)


@task("eps_and_x0")
def test_eps_and_x0_leave_their_input_alone(submission, seed):
    """No argument of either function is changed

    Methods that end in _ and assignments into x_t change what the caller gave.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 2, 1, 3, 3)
    after = submission.play(plays.after_eps_and_x0, x0, eps, x0 + eps, t, alpha_bar)
    close(after, [x0, eps, x0 + eps, t, alpha_bar], rtol=0, what="the arguments afterwards")


# -------------------- 2.3 v_prediction
@task("v_prediction", gate=True)
def test_v_is_an_answer_at_all(submission, seed):
    """All three results are made of both inputs, on fresh input"""
    a, b, t, alpha_bar = halfway(seed)
    expect_mixture(submission.forward.v_from_x0_eps(a, b, t, alpha_bar), a, b)
    expect_mixture(submission.forward.x0_from_v(a, b, t, alpha_bar), a, b)
    expect_mixture(submission.forward.eps_from_v(a, b, t, alpha_bar), a, b)


@task("v_prediction")
def test_v_is_exact_on_fresh_input(submission, seed):
    """v, the image and the noise are exact at mixed steps of a fresh schedule

    v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0; turn the equations for x_t and v back, each image at
    its own step.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 5, 2, 3, 5)
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    x_t, v = mixed(signal, x0, noise, eps, t), mixed(signal, eps, -noise, x0, t)
    near(submission.forward.v_from_x0_eps(x0, eps, t, alpha_bar), v, "v", within=EXACT)
    near(submission.forward.x0_from_v(x_t, v, t, alpha_bar), x0, "x0", within=EXACT)
    near(submission.forward.eps_from_v(x_t, v, t, alpha_bar), eps, "eps", within=EXACT)


@task("v_prediction")
@settings(max_examples=15)
@given(b=st.integers(1, 5), dims=st.lists(st.integers(1, 4), max_size=4), n=st.integers(0, 10**6))
def test_v_conversions_are_rotations(submission, b, dims, n):
    """(x_0, eps) from (x_t, v) has the same length and turns back to v, for any shape

    (x_t, v) is (x_0, eps) turned by an angle: lengths stay, and the way back is the turn with the other sign.
    """
    x_t, v, t, alpha_bar = fresh_batch(Seed(n), b, *dims)
    x0 = submission.forward.x0_from_v(x_t, v, t, alpha_bar)
    eps = submission.forward.eps_from_v(x_t, v, t, alpha_bar)
    near(x0**2 + eps**2, x_t**2 + v**2, "x0 ** 2 + eps ** 2", within=LONG)
    again = submission.forward.v_from_x0_eps(x0, eps, t, alpha_bar)
    near(again, v, "v from x0 and eps from v", within=LONG)


@task("v_prediction")
def test_v_is_the_velocity_of_x_t(submission, seed):
    """v is the derivative of x_t with respect to the angle whose squared cosine is alpha_bar

    v is the derivative of x_t by the angle phi, with alpha_bar = cos^2 phi: that fixes its sign.
    """
    x0, eps, t = seed.fork("x0").normal(1, 4), seed.fork("eps").normal(1, 4), torch.tensor([0])
    angle, h = 0.2 + seed.fork("angle").uniform(1).item(), 1e-5

    def x_at(phi: float) -> Tensor:
        return math.cos(phi) * x0 + math.sin(phi) * eps

    v = submission.forward.v_from_x0_eps(x0, eps, t, exactly(math.cos(angle) ** 2))
    slope = (x_at(angle + h) - x_at(angle - h)) / (2 * h)
    close(v, slope, rtol=1e-8, atol=1e-8, what="v")  # h squared, and 1e-16 / h


@task("v_prediction")
def test_v_leaves_its_input_alone(submission, seed):
    """No argument of the three functions is changed

    Methods that end in _ and assignments into a tensor change what the caller gave.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 2, 1, 3, 3)
    after = submission.play(plays.after_v_prediction, x0, eps, x0 + eps, x0 - eps, t, alpha_bar)
    close(after, [x0, eps, x0 + eps, x0 - eps, t, alpha_bar], rtol=0, what="the arguments afterwards")
