"""Public checks of the conversions between image, noise and velocity: worked examples and round trips."""

import torch

from autograder.checks import exactly, expect_dtype, task

from .near import expect_all_digits, near
from .triangles import ALPHA_BAR, BY_IMAGE, CAST, SHAPES, every_step, expect_refusal, noised


# -------------------- 2.2 eps_and_x0
@task("eps_and_x0")
def test_eps_and_x0_of_a_worked_example(submission):
    """At alpha_bar = 0.36, x_t = 6.8 consists of an image of 10 and noise of 1"""
    x_t, x0, eps, t = exactly(6.8), exactly(10), exactly(1), torch.tensor([3])
    hint = "Solve x_t = (signal) x_0 + (noise) eps by hand; both coefficients are square roots."
    near(submission.forward.eps_from_x0(x_t, x0, t, ALPHA_BAR), eps, "eps", hint)
    near(submission.forward.x0_from_eps(x_t, eps, t, ALPHA_BAR), x0, "x0", hint)


@task("eps_and_x0")
def test_eps_is_found_for_each_image(submission, seed):
    """eps_from_x0 finds the noise of each image at its own step, whatever the shape of an image"""
    for dims in SHAPES:
        x0, t, eps = every_step(seed, *dims)
        found = submission.forward.eps_from_x0(noised(x0, t, eps)[0], x0, t, ALPHA_BAR)
        near(found, eps, f"eps{list(x0.shape)}", BY_IMAGE)


@task("eps_and_x0")
def test_x0_is_found_for_each_image(submission, seed):
    """x0_from_eps finds the image behind each x_t at its own step, whatever the shape of an image"""
    for dims in SHAPES:
        x0, t, eps = every_step(seed, *dims)
        found = submission.forward.x0_from_eps(noised(x0, t, eps)[0], eps, t, ALPHA_BAR)
        near(found, x0, f"x0{list(x0.shape)}", BY_IMAGE)


@task("eps_and_x0")
def test_eps_and_x0_keep_the_dtype(submission, seed):
    """Images in float32 stay float32, and float64 keeps all its digits"""
    x0, t, eps = every_step(seed, 1, 4, 4)
    x_t = noised(x0, t, eps)[0].float()
    found = submission.forward.eps_from_x0(x_t, x0.float(), t, ALPHA_BAR)
    expect_dtype(found, torch.float32, CAST)
    near(found, eps, "eps")
    found = submission.forward.x0_from_eps(x_t, eps.float(), t, ALPHA_BAR)
    expect_dtype(found, torch.float32, CAST)
    near(found, x0, "x0")
    x_t = noised(x0, t, eps)[0]
    expect_all_digits(submission.forward.eps_from_x0(x_t, x0, t, ALPHA_BAR), eps, "eps")
    expect_all_digits(submission.forward.x0_from_eps(x_t, eps, t, ALPHA_BAR), x0, "x0")


@task("eps_and_x0")
def test_eps_and_x0_refuse_impossible_steps(submission):
    """Steps -1 and T raise ValueError in both functions"""
    expect_refusal(submission.forward.eps_from_x0)
    expect_refusal(submission.forward.x0_from_eps)


# -------------------- 2.3 v_prediction
@task("v_prediction")
def test_v_of_a_worked_example(submission):
    """At alpha_bar = 0.36 an image of 10 and noise of 1 have v = -7.4, and from it they come back"""
    x0, eps, x_t, v, t = exactly(10), exactly(1), exactly(6.8), exactly(-7.4), torch.tensor([3])
    hint = "v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0: noise first, image subtracted."
    near(submission.forward.v_from_x0_eps(x0, eps, t, ALPHA_BAR), v, "v", hint)
    hint = "Multiply x_t by one root and v by the other: their difference is x0; crosswise, their sum is eps."
    near(submission.forward.x0_from_v(x_t, v, t, ALPHA_BAR), x0, "x0", hint)
    near(submission.forward.eps_from_v(x_t, v, t, ALPHA_BAR), eps, "eps", hint)


@task("v_prediction")
def test_v_is_formed_for_each_image(submission, seed):
    """v_from_x0_eps takes each image at its own step, whatever the shape of an image"""
    for dims in SHAPES:
        x0, t, eps = every_step(seed, *dims)
        v = submission.forward.v_from_x0_eps(x0, eps, t, ALPHA_BAR)
        near(v, noised(x0, t, eps)[1], f"v{list(x0.shape)}", BY_IMAGE)


@task("v_prediction")
def test_v_gives_image_and_noise_back(submission, seed):
    """x0_from_v and eps_from_v undo it for each image, whatever the shape of an image"""
    for dims in SHAPES:
        x0, t, eps = every_step(seed, *dims)
        x_t, v = noised(x0, t, eps)
        found = submission.forward.x0_from_v(x_t, v, t, ALPHA_BAR)
        near(found, x0, f"x0{list(x0.shape)}", BY_IMAGE)
        found = submission.forward.eps_from_v(x_t, v, t, ALPHA_BAR)
        near(found, eps, f"eps{list(x0.shape)}", BY_IMAGE)


@task("v_prediction")
def test_v_works_without_any_signal(submission):
    """Where alpha_bar is 0, v is minus the image, and x_t is the noise"""
    x0, eps, t, nothing = exactly(2), exactly(3), torch.tensor([0]), exactly(0)
    hint = "Nothing needs to be divided: (x_t, v) is (x_0, eps) rotated."
    near(submission.forward.v_from_x0_eps(x0, eps, t, nothing), -x0, "v", hint)
    near(submission.forward.x0_from_v(eps, -x0, t, nothing), x0, "x0", hint)
    near(submission.forward.eps_from_v(eps, -x0, t, nothing), eps, "eps", hint)


@task("v_prediction")
def test_v_keeps_the_dtype(submission, seed):
    """Images in float32 stay float32 in all three functions, and float64 keeps all its digits"""
    x0, t, eps = every_step(seed, 1, 4, 4)
    x_t, v = noised(x0, t, eps)
    for function, a, b, expected, what in (
        (submission.forward.v_from_x0_eps, x0, eps, v, "v"),
        (submission.forward.x0_from_v, x_t, v, x0, "x0"),
        (submission.forward.eps_from_v, x_t, v, eps, "eps"),
    ):
        expect_dtype(function(a.float(), b.float(), t, ALPHA_BAR), torch.float32, CAST)
        expect_all_digits(function(a, b, t, ALPHA_BAR), expected, what)


@task("v_prediction")
def test_v_refuses_impossible_steps(submission):
    """Steps -1 and T raise ValueError in all three functions"""
    expect_refusal(submission.forward.v_from_x0_eps)
    expect_refusal(submission.forward.x0_from_v)
    expect_refusal(submission.forward.eps_from_v)
