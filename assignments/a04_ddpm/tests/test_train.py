"""Public checks of training: one step worked out by hand, the average of weights, and the loop's records."""

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, mean_is, task, variance_is

from .. import plays_model
from .near import SINGLE, expect_all_digits, near
from .triangles import ALPHA_BAR, NOISE, SIGNAL, T

# A model that predicts slope[t] x + shift[t], and a batch of two images of two values at steps 3 and 1.
SLOPE, SHIFT = exactly(0.5, -0.25, 0.125, 0.75, 1.0), exactly(0.1, 0.2, -0.3, 0.4, -0.5)
X0, EPS, STEPS = (
    exactly(1, -1, 0.5, 0).reshape(2, 2),
    exactly(0.5, 2, -1, 1).reshape(2, 2),
    torch.tensor([3, 1]),
)
BEFORE = "The mean over the batch of the losses, as the model was when it predicted: before the update."


def worked_out(slope: Tensor, shift: Tensor, weight: Tensor | None = None) -> tuple[float, Tensor, Tensor]:
    """Return the loss when noise is predicted, and its gradients, worked out image by image."""
    total, by_slope, by_shift = 0.0, torch.zeros(T).double(), torch.zeros(T).double()
    for x0, eps, t in zip(X0, EPS, STEPS.tolist(), strict=True):
        x_t = SIGNAL[t] * x0 + NOISE[t] * eps
        off = slope[t] * x_t + shift[t] - eps
        share = (1.0 if weight is None else weight[t].item()) / (len(X0) * off.numel())
        total += share * (off @ off).item()
        by_slope[t] += 2 * share * (off @ x_t)
        by_shift[t] += 2 * share * off.sum()
    return total, by_slope, by_shift


# -------------------- 5.1 train_step
@task("train_step")
def test_step_trains_in_training_mode(submission):
    """The model is asked once a step, at the noised images and their steps, in training mode, and no more"""
    came = submission.play(plays_model.train_step, SLOPE, SHIFT, X0, STEPS, EPS, ALPHA_BAR)
    expect(len(came["asked"]) == 1, f"the model was asked {len(came['asked'])} times in one step; expected 1")
    asked = came["asked"][0]
    close(asked["t"], STEPS, what="the steps that the model was asked at")
    x_t = torch.stack([SIGNAL[t] * X0[i] + NOISE[t] * EPS[i] for i, t in enumerate(STEPS)])
    hint = "x_t is what q_sample makes of x0, t and the eps that came: no other noise."
    near(asked["x"], x_t, "what the model was asked", hint)
    hint = "Somebody may have sampled in between, in evaluation mode: see model.train()."
    expect(asked["training"], "the model was in evaluation mode", hint)
    expect(asked["part training"], "a part of the model was in evaluation mode", hint)
    hint = "Methods that end in _ and assignments like x0 *= 2 write into the caller's tensors."
    what = "x0, t, eps, alpha_bar afterwards"
    close(came["arguments"], [X0, STEPS, EPS, ALPHA_BAR], rtol=0, what=what, hint=hint)


@task("train_step", weight=2)
def test_step_goes_down_the_gradient(submission):
    """After one step of gradient descent the weights and the loss are those worked out by hand"""
    came = submission.play(plays_model.train_step, SLOPE, SHIFT, X0, STEPS, EPS, ALPHA_BAR, lr=0.1)
    loss, by_slope, by_shift = worked_out(SLOPE, SHIFT)
    near(came["losses"], [loss], "the loss", BEFORE)
    expected = [SLOPE - 0.1 * by_slope, SHIFT - 0.1 * by_shift]
    hint = "Noise the images, predict, mean of the losses, backward, step: in this order."
    close(came["weights"], expected, rtol=SINGLE, atol=1e-7, what="the weights", hint=hint)
    expect_all_digits(exactly(*came["losses"]), exactly(loss), "the loss")
    expect_all_digits(torch.stack(came["weights"]), torch.stack(expected), "the weights")


@task("train_step")
def test_steps_do_not_add_gradients_up(submission):
    """Two steps use two gradients, each once, and none that somebody left before the first"""
    given = (SLOPE, SHIFT, X0, STEPS, EPS, ALPHA_BAR)
    came = submission.play(plays_model.train_step, *given, lr=0.1, steps=2, left=1.0)
    slope, shift, losses = SLOPE, SHIFT, []
    for _ in range(2):
        loss, by_slope, by_shift = worked_out(slope, shift)
        losses.append(loss)
        slope, shift = slope - 0.1 * by_slope, shift - 0.1 * by_shift
    hint = "backward() adds to the gradients that are there: optimizer.zero_grad() comes before it."
    close(came["weights"], [slope, shift], rtol=SINGLE, atol=1e-7, what="the weights", hint=hint)
    near(came["losses"], losses, "the losses", BEFORE)


@task("train_step")
def test_first_step_of_adam(submission):
    """Adam's first step moves each weight that has a gradient by the learning rate, against its sign"""
    came = submission.play(plays_model.train_step, SLOPE, SHIFT, X0, STEPS, EPS, ALPHA_BAR, lr=0.1, adam=True)
    _, by_slope, by_shift = worked_out(SLOPE, SHIFT)
    expected = [SLOPE - 0.1 * by_slope.sign(), SHIFT - 0.1 * by_shift.sign()]
    hint = "The optimizer that came in makes the step: any other rule is not its own."
    close(came["weights"], expected, rtol=1e-5, atol=1e-6, what="the weights", hint=hint)


@task("train_step")
def test_step_uses_form_and_weight(submission):
    """The form reaches the loss, and each image's loss is multiplied by the weight of its step"""
    weight = exactly(1, 3, 1, 0.5, 1)
    came = submission.play(plays_model.train_step, SLOPE, SHIFT, X0, STEPS, EPS, ALPHA_BAR, weight=weight)
    hint = "weight[t] has one value for each image: times its loss, then the mean over the batch's b images."
    near(came["losses"], [worked_out(SLOPE, SHIFT, weight)[0]], "the weighted loss", hint)
    zero = torch.zeros(T).double()
    came = submission.play(plays_model.train_step, zero, zero, X0, STEPS, EPS, ALPHA_BAR, form="x0")
    hint = "A prediction of the image is compared with x0, so 0 costs the mean of x0 ** 2. See simple_loss."
    expected = [X0.square().mean().item()]
    near(came["losses"], expected, "the loss of 'x0' when 0 is predicted", hint)
    kinds = {type(loss).__name__ for loss in came["losses"]}
    hint = "A tensor would keep the whole graph alive in the caller's list: see .item()."
    expect(kinds == {"float"}, f"the loss is a {', '.join(kinds)}; expected a plain number", hint)


@task("train_step")
def test_ema_of_a_worked_example(submission):
    """With decay 0.75 a weight of 4 that meets one of 8 becomes 5, then 5.75; the default decay is 0.999"""
    old, new = [exactly(4), exactly(1), exactly(2)], [exactly(8), exactly(3), exactly(7)]
    for times, expected in ((1, 5), (2, 5.75)):
        came = submission.play(plays_model.ema_update, old, new, 0.75, times)
        hint = "decay is the share of the old average: 0.999 is usual, and 0.001 of the model comes in."
        near(came["average"][0], exactly(expected), "the average", hint)
        close(came["model"], [exactly(8), exactly(3), torch.tensor(7)], what="the model afterwards")
    for decay, expected in ((0.995, 0.995), (None, 0.999)):  # None: not given
        came = submission.play(plays_model.ema_update, [exactly(1), *old[1:]], [exactly(0), *new[1:]], decay)
        near(came["average"][0], exactly(expected), f"1 that meets 0 with decay {expected}", hint)


@task("train_step")
def test_ema_copies_buffers(submission):
    """Buffers, a mean of 3 and a count of 7, are copied; weights move whether or not they require grad"""
    old, new = [exactly(4), exactly(1), exactly(2)], [exactly(8), exactly(3), exactly(7)]
    came = submission.play(plays_model.ema_update, old, new, 0.75)
    hint = "model.buffers(): running statistics are averages already, and a count cannot be averaged."
    close(came["average"][1:], [exactly(3), torch.tensor(7)], what="the buffers of the average", hint=hint)
    hint = "An average is not part of any loss: see torch.no_grad."
    expect(not came["recorded"], "a gradient is recorded for the average", hint)
    came = submission.play(plays_model.ema_update, old, new, 0.75, frozen=True)
    hint = "The average's weights need no gradient, so they may come without requires_grad."
    near(came["average"][0], exactly(5), "the average, whose weights do not require grad,", hint)


@task("train_step")
def test_loop_yields_a_record_for_each_batch(submission, seed):
    """Records are numbered from 1, one for each batch, and nothing happens before the first is asked for"""
    batches = list(seed.normal(4, 3, 2))
    came = submission.play(plays_model.train, SLOPE, SHIFT, batches, ALPHA_BAR, 1)
    expect(came["steps"] == [1, 2, 3, 4], f"the records' steps are {came['steps']}; expected 1, 2, 3, 4")
    hint = "A function with `yield` in it runs when it is asked for its next record."
    expect(came["early"] == 0, "the model was asked before a record was asked for", hint)
    came = submission.play(plays_model.train, SLOPE, SHIFT, batches, ALPHA_BAR, 1, take=2)
    n = len(came["asked"])
    expect(n == 2, f"the model was asked {n} times for two records; expected 2", "Yield inside the loop.")


@task("train_step")
def test_loop_draws_a_step_for_each_image(submission):
    """Each image of a batch has its own step, and all steps from 0 to T - 1 occur"""
    came = submission.play(plays_model.train, SLOPE, SHIFT, [torch.zeros(300, 1).double()], ALPHA_BAR, 2)
    steps = set(came["asked"][0]["t"].tolist())
    hint = "One number for each image, 0 and T - 1 included: torch.randint(T, (b,)) leaves out T itself."
    expect(steps == set(range(T)), f"among 300 images the steps {sorted(steps)} occur; expected 0 to 4", hint)


@task("train_step")
def test_loop_hands_form_and_weight_on(submission, seed):
    """A model of the image that always says 0 costs the mean square of the images, times the weight"""
    batches, zero = list(seed.normal(2, 2, 2)), torch.zeros(T).double()
    for weight, factor in ((None, 1), (exactly(3, 3, 3, 3, 3), 3)):
        expected = [factor * x0.square().mean().item() for x0 in batches]
        given = (batches[0], STEPS, EPS, ALPHA_BAR, "x0", weight, 0.0)
        came = submission.play(plays_model.train_step, zero, zero, *given)
        what, hint = (
            f"the loss for form = 'x0', weight = {factor}",
            "See simple_loss, and the mean over b images.",
        )
        near(came["losses"], expected[:1], f"{what}, in train_step", hint)
        came = submission.play(plays_model.train, zero, zero, batches, ALPHA_BAR, 1, "x0", weight, 0.0)
        hint = "train hands form and weight on to train_step."
        near(came["losses"], expected, f"{what}, in train", hint)


@task("train_step", statistical=True)
def test_loop_draws_normal_noise_for_each_value(submission, seed):
    """Each value of each image in each batch has its own noise, of mean 0 and variance 1"""
    batches, zero = [torch.zeros(500, 2).double()] * 2, torch.zeros(T).double()
    came = submission.play(plays_model.train, zero, zero, batches, ALPHA_BAR, seed.fork("run").n, lr=0.0)
    noise = torch.stack([asked["x"] / NOISE[asked["t"]][:, None] for asked in came["asked"]])
    hint = "The noise has the shape of the batch, and is drawn anew for each."
    different = len(noise.mul(1e6).round().unique())  # hardly any of 2000 normal numbers agree in six places
    expect(different > 1800, f"there are {different} different numbers in the noise of 2000 values", hint)
    hint = "Standard normal: torch.randn, with an n at its end."
    mean_is(noise, 0.0, 1.0, what="the mean of the noise", hint=hint)
    variance_is(noise, 1.0, what="the variance of the noise", hint=hint)


@task("train_step")
def test_loop_repeats_itself(submission, seed):
    """One generator seed gives one run, whatever torch's own seed is; another gives another"""
    batches = list(seed.normal(2, 3, 2))
    one, same, other = (
        submission.play(plays_model.train, SLOPE, SHIFT, batches, ALPHA_BAR, n, elsewhere=elsewhere)
        for n, elsewhere in ((5, 1), (5, 2), (6, 1))
    )
    hint = "Both the steps and the noise come from `generator`."
    close(same["losses"], one["losses"], rtol=1e-12, what="the losses of the second run", hint=hint)
    expect(other["losses"] != one["losses"], "another seed of the generator changes nothing", hint)
    expect(not one["drawn elsewhere"], "random numbers were drawn from torch's own generator", hint)
