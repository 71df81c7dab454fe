"""Public checks of score distillation: a prior whose gradient is known, and what must not be recorded."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, task
from autograder.nearness import WORKED, near, near_single, unchanged

from .. import plays

ALPHA_BAR = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


def pictures(seed: Seed) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return slopes of a model, pictures, steps and noise."""
    slope = seed.fork("slope").normal(1000)
    t = torch.tensor([30, 400, 900])
    return slope, seed.fork("x").normal(3, 2, 4, 3), t, seed.fork("eps").normal(3, 2, 4, 3)


# -------------------- 6.1 score_distillation
@task("score_distillation")
def test_every_step_occurs(submission):
    """Of T = 1000 the steps are 20, 21, ..., 980, each for its share of u"""
    u = (torch.arange(961).double() + 0.5) / 961
    came = submission.sds.sds_steps(u, 1000)
    expect(not came.is_floating_point(), f"the steps are {came.dtype}; expected whole numbers")
    hint = "first + floor(u (last - first + 1)): both ends occur."
    close(came, torch.arange(20, 981), rtol=0, what="steps", hint=hint)
    ends = submission.sds.sds_steps(exactly(0, 1 - 2**-40), 1000)
    close(
        ends, torch.tensor([20, 980]), rtol=0, what="the steps for the smallest and the largest u", hint=hint
    )


@task("score_distillation")
def test_other_shares_of_the_steps(submission):
    """Shares .25 to .5 of 8 steps are 2, 3, 4; up to 1 is up to T - 1"""
    u = exactly(0, 0.3, 0.34, 0.66, 0.67, 0.999)
    came = submission.sds.sds_steps(u, 8, 0.25, 0.5)
    close(came, torch.tensor([2, 2, 3, 3, 4, 4]), rtol=0, what="steps")
    came = submission.sds.sds_steps(exactly(0, 0.2, 0.999), 5, 0.0, 1.0)
    close(came, torch.tensor([0, 1, 4]), rtol=0, what="steps", hint="The last step is T - 1 at most.")


@task("score_distillation", weight=2)
def test_worked_descent(submission):
    """Three steps down the gradients of a prior N(.3, .04) lead .8 to .7495766, .6880185, .6848405"""
    noises = [0.5, -1.0, 2.0]
    came = submission.play(plays.distil, exactly(0.8, 0.8)[:, None], [100, 500, 900], noises, ALPHA_BAR)
    expected = exactly(0.7495766, 0.6880185, 0.6848405)[:, None, None].expand(3, 2, 1)
    hint = "(1 - alpha_bar) (predicted noise - eps), at x_t = sqrt(alpha_bar) x + sqrt(1 - alpha_bar) eps."
    close(
        came,
        expected,
        rtol=0,
        atol=WORKED,
        what="where x goes",
        hint=hint,
        axes=("step", "picture", "number"),
    )


@task("score_distillation", weight=2)
def test_what_the_model_is_asked(submission, seed):
    """Three pictures at three steps: the model sees each at its own, once, and nothing is recorded"""
    slope, x, t, eps = pictures(seed)
    came = submission.play(plays.sds_gradient, slope, x, t, eps, ALPHA_BAR)
    signal = ALPHA_BAR[t].reshape(3, 1, 1, 1)
    x_t = torch.addcmul(signal.sqrt() * x, (1 - signal).sqrt(), eps)
    expect(len(came["asked"]) == 1, f"the model was asked {len(came['asked'])} times; expected once")
    near(came["asked"][0], x_t, "what the model saw", "alpha_bar[t], for each picture of the batch.")
    hint = "Call the model under torch.no_grad(): its own gradient is not part of this one."
    expect(not came["recorded"][0] and not came["tracked"], "a gradient is recorded through the model", hint)
    expected = (1 - signal) * (torch.tanh(slope[t].reshape(3, 1, 1, 1) * x_t) - eps)
    near(came["result"], expected, "the gradient", "Multiply by 1 - alpha_bar.")
    unchanged(came["arguments"], [x, t, eps, ALPHA_BAR])


@task("score_distillation", weight=2)
def test_the_loss_has_that_gradient(submission, seed):
    """The loss's gradient by x is the given one divided by the number of pictures, and reaches x alone"""
    x, gradient = seed.fork("x").normal(3, 2, 4, 3), seed.fork("gradient").normal(3, 2, 4, 3)
    came = submission.play(plays.with_gradients, "sds", "sds_loss", [x, gradient], [0, 1])
    expect(came["result"][0].ndim == 0, "the loss is not a single number")
    expect(came["gradients"][0] is not None, "nothing reaches the pictures", "Only the gradient is detached.")
    hint = "Which sum, linear in x, has this gradient? Divide it by b; what multiplies x is detached."
    near(came["gradients"][0], gradient / 3, "the loss's gradient by x", hint, 1e-11)
    other = came["gradients"][1]
    expect(other is None or not bool(other.any()), "a gradient flows through what is given", "Detach it.")


@task("score_distillation")
def test_single_precision(submission, seed):
    """float32 pictures have float32 gradients, and the model sees float32, beside float64 levels"""
    slope, x, t, eps = (one.float() if one.is_floating_point() else one for one in pictures(seed))
    came = submission.play(plays.sds_gradient, slope, x, t, eps, ALPHA_BAR)
    signal = ALPHA_BAR[t].reshape(3, 1, 1, 1)
    x_t = torch.addcmul(signal.sqrt() * x.double(), (1 - signal).sqrt(), eps.double())
    expect_dtype(came["asked"][0], torch.float32, "Cast what the model gets.")
    near_single(came["result"], (1 - signal) * (torch.tanh(slope[t].reshape(3, 1, 1, 1) * x_t) - eps))
