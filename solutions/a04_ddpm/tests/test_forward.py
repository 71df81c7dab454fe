"""Public checks of the forward process and its posterior: worked examples and identities."""

import torch

from autograder.checks import close, exactly, expect, expect_dtype, task

from .. import plays
from .near import SINGLE, expect_all_digits, near
from .triangles import ALPHA_BAR, BY_IMAGE, CAST, NOISE, SHAPES, SIGNAL, T, every_step, expect_refusal, noised


# -------------------- 2.1 q_sample
@task("q_sample")
def test_q_sample_scales_image_and_noise(submission):
    """At alpha_bar = 0.36 an image of 10 and noise of 1 give 6.8, and one of -5 and 0.5 gives -2.6"""
    x_t = submission.forward.q_sample(exactly(10, -5), torch.tensor([3, 3]), exactly(1, 0.5), ALPHA_BAR)
    hint = "alpha_bar is a variance: by which deviations are image and noise multiplied?"
    near(x_t, exactly(6.8, -2.6), "x_t", hint)


@task("q_sample")
def test_q_sample_takes_each_image_at_its_own_step(submission, seed):
    """Each image of a batch is noised at its own step, whatever the shape of an image"""
    for dims in SHAPES:
        x0, t, eps = every_step(seed, *dims)
        x_t = submission.forward.q_sample(x0, t, eps, ALPHA_BAR)
        near(x_t, noised(x0, t, eps)[0], f"x_t{list(x0.shape)}", BY_IMAGE)


@task("q_sample")
def test_q_sample_keeps_unit_variance(submission):
    """The squares of the two coefficients add up to 1 at every step"""
    t, one, none = torch.arange(T), torch.ones_like(SIGNAL), torch.zeros_like(SIGNAL)
    signal = submission.forward.q_sample(one, t, none, ALPHA_BAR)
    noise = submission.forward.q_sample(none, t, one, ALPHA_BAR)
    near(signal**2 + noise**2, one, "the variance of x_t when x_0 has variance 1")


@task("q_sample")
def test_q_sample_composes(submission, seed):
    """Five draws of one step each scale the image as one draw of five steps does"""
    x0 = seed.normal(2, 1, 3, 3)
    none = torch.zeros_like(x0)
    kept = torch.cat([ALPHA_BAR[:1], ALPHA_BAR[1:] / ALPHA_BAR[:-1]])  # 1 - beta: what single steps keep
    x_t = x0
    for step in range(T):
        x_t = submission.forward.q_sample(x_t, torch.tensor([step, step]), none, kept)
    at_once = submission.forward.q_sample(x0, torch.tensor([T - 1, T - 1]), none, ALPHA_BAR)
    near(x_t, at_once, "x_t after five single steps")


@task("q_sample")
def test_q_sample_keeps_the_dtype(submission, seed):
    """Images keep their dtype, float32 or float64, and float64 keeps all its digits"""
    x0, t, eps = every_step(seed, 1, 4, 4)
    for dtype in (torch.float32, torch.float64):
        x_t = submission.forward.q_sample(x0.to(dtype), t, eps.to(dtype), ALPHA_BAR)
        expect_dtype(x_t, dtype, CAST)
        near(x_t, noised(x0, t, eps)[0], "x_t")
    expect_all_digits(x_t, noised(x0, t, eps)[0], "x_t")


@task("q_sample")
def test_q_sample_forms_coefficients_in_float64(submission):
    """The noise at alpha_bar = 0.9999 has deviation 0.01 to five digits, in float32 images too"""
    early = submission.forward.q_sample(torch.zeros(1), torch.tensor([0]), torch.ones(1), exactly(0.9999))
    hint = "Form 1 - alpha_bar in float64: float32 keeps only three digits of 1 - 0.9999."
    close(early, torch.tensor([0.01]), rtol=SINGLE, what="the noise at alpha_bar = 0.9999", hint=hint)


@task("q_sample")
def test_q_sample_refuses_impossible_steps(submission):
    """Steps -1 and T raise ValueError"""
    expect_refusal(lambda x0, eps, t, alpha_bar: submission.forward.q_sample(x0, t, eps, alpha_bar))


@task("q_sample")
def test_q_sample_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    x0, t, eps = every_step(seed, 1, 2, 2)
    after = submission.play(plays.after_q_sample, x0, t, eps, ALPHA_BAR)
    hint = "Methods that end in _ and assignments like x0 *= 2 write into the caller's tensor."
    close(after, [x0, t, eps, ALPHA_BAR], rtol=0, what="x0, t, eps, alpha_bar afterwards", hint=hint)


# -------------------- 2.4 q_posterior
@task("q_posterior")
def test_posterior_of_a_worked_example(submission):
    """From alpha_bar 0.36 back to 0.64, x_0 = 10 and x_t = 6.8 give mean 8.3375 and variance 0.24609375"""
    mean, variance, log_variance = submission.forward.q_posterior(
        exactly(10), exactly(6.8), torch.tensor([3]), ALPHA_BAR
    )
    hint = "Write down alpha, beta and both alpha_bars of this step, then Eq. 7 with numbers."
    near(mean, exactly(8.3375), "the mean", hint)
    near(variance, exactly(0.24609375), "the variance", hint)
    near(log_variance, exactly(0.24609375).log(), "the log-variance", hint)


@task("q_posterior")
def test_posterior_of_the_first_step_is_certain(submission, seed):
    """At step 0 the mean is x_0, whatever x_t is, and the variance is 0"""
    x0, x_t = seed.fork("x0").normal(2, 3), seed.fork("x_t").normal(2, 3)
    mean, variance, _ = submission.forward.q_posterior(x0, x_t, torch.tensor([0, 0]), ALPHA_BAR)
    hint = "Before step 0 the signal is 1: what is alpha_bar[t - 1] in Python when t is 0?"
    near(mean, x0, "the mean", hint)
    near(variance, torch.zeros(2, 1), "the variance", hint)


@task("q_posterior")
def test_posterior_log_variance_is_clipped(submission):
    """Steps 0 and 1 of the linear schedule share the log-variance log 5.45319e-5 = -9.816725"""
    alpha_bar = exactly(0.9999, 0.9999 * (1 - 1.199199199e-4))
    _, variance, log_variance = submission.forward.q_posterior(
        torch.ones(2), torch.ones(2), torch.tensor([0, 1]), alpha_bar
    )
    close(variance[1], exactly(5.45318766e-5)[0], rtol=SINGLE, what="the variance at step 1")
    hint = "The variance of step 0 is 0: its logarithm is taken from step 1, not from a small constant."
    close(log_variance, exactly(-9.816725, -9.816725), rtol=1e-6, what="the log-variance", hint=hint)


@task("q_posterior")
def test_posterior_averages_to_the_forward_process(submission):
    """With x_t drawn from q(x_t | x_0) it gives x_{t-1} the mean and variance of q(x_{t-1} | x_0)"""
    t, one, none = torch.arange(1, T), torch.ones(T - 1).double(), torch.zeros(T - 1).double()
    of_x0, variance, _ = submission.forward.q_posterior(one, none, t, ALPHA_BAR)
    of_x_t, _, _ = submission.forward.q_posterior(none, one, t, ALPHA_BAR)
    near(of_x0 + of_x_t * SIGNAL[1:], SIGNAL[:-1], "the mean of x_{t-1} for x_0 = 1")
    hint = "beta-tilde is not beta: knowing x_0 leaves less doubt."
    spread = of_x_t**2 * NOISE[1:] ** 2 + variance
    near(spread, NOISE[:-1] ** 2, "the variance of x_{t-1}", hint)


@task("q_posterior")
def test_posterior_mean_in_terms_of_noise(submission, seed):
    """The mean is (x_t - beta eps / sqrt(1 - alpha_bar)) / sqrt(alpha) for the noise eps in x_t (Eq. 11)"""
    x0, t, eps = every_step(seed)
    x_t, _ = noised(x0, t, eps)
    kept = torch.cat([SIGNAL[:1], SIGNAL[1:] / SIGNAL[:-1]])[t]  # sqrt(alpha)
    mean, _, _ = submission.forward.q_posterior(x0, x_t, t, ALPHA_BAR)
    near(mean, (x_t - (1 - kept**2) / NOISE[t] * eps) / kept, "the mean")


@task("q_posterior")
def test_posterior_keeps_shape_and_dtype(submission, seed):
    """Images in float32 stay float32, float64 keeps its digits, and variances have the shape (b, 1, 1, 1)"""
    x0, t, eps = every_step(seed, 1, 4, 4)
    mean, variance, log_variance = submission.forward.q_posterior(x0.float(), eps.float(), t, ALPHA_BAR)
    for value in (mean, variance, log_variance):
        expect_dtype(value, torch.float32, CAST)
    for value in (variance, log_variance):
        shape = tuple(value.shape)
        expect(shape == (T, 1, 1, 1), f"a variance has shape {shape}; expected (5, 1, 1, 1)", "See at_step.")
    mean, variance, log_variance = submission.forward.q_posterior(
        exactly(10), exactly(6.8), torch.tensor([3]), ALPHA_BAR
    )
    expect_all_digits(mean, exactly(8.3375), "the mean")
    expect_all_digits(variance, exactly(0.24609375), "the variance")
    expect_all_digits(log_variance, exactly(0.24609375).log(), "the log-variance")


@task("q_posterior")
def test_posterior_refuses_impossible_steps(submission):
    """Steps -1 and T raise ValueError"""
    expect_refusal(submission.forward.q_posterior)
