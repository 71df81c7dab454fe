"""Public checks of the losses for masks, the measure and the training step: numbers worked out by hand."""

import math

import torch

from autograder.checks import close, exactly, expect, expect_dtype, task

from .. import plays, plays_model
from .near import SINGLE, near

SURE = 50.0  # a logit whose probability is 1 to twenty digits


def logits_of(*probabilities: float) -> torch.Tensor:
    """Return the logits of these probabilities."""
    return torch.logit(exactly(*probabilities))


# -------------------- 6.1 dice_loss, focal_loss, iou
@task("losses")
def test_dice_of_four_pixels(submission):
    """Probabilities .8 .6 .4 .2 over a mask of the first two: 1 - (2 * 1.4 + 1) / (2 + 2 + 1) = 0.24"""
    logits, target = logits_of(0.8, 0.6, 0.4, 0.2).expand(2, 4).clone(), torch.zeros(2, 4).double()
    target[0, :2] = 1.0  # the mask of the second image is empty: 1 - 1 / (2 + 0 + 1)
    hint = "Sums over all pixels of an image, of probabilities and not of logits; smooth above and below."
    came = submission.segmentation.dice_loss(logits, target)
    near(came, exactly(0.24, 2 / 3), "the loss", hint)
    came = submission.segmentation.dice_loss(logits, target, 0.0)
    near(came, exactly(0.3, 1), "the loss with smooth = 0")


@task("losses")
def test_losses_of_sure_answers(submission):
    """Right and sure: Dice and focal loss 0, IoU 1, also of an empty mask; all wrong: Dice near 1, IoU 0"""
    target = exactly(1, 0, 1, 1, 0, 0, 0, 0).reshape(2, 1, 2, 2)
    right, wrong = SURE * (2 * target - 1), SURE * (1 - 2 * target)
    for name in ("dice_loss", "focal_loss", "iou"):
        function = {
            "dice_loss": submission.segmentation.dice_loss,
            "focal_loss": submission.segmentation.focal_loss,
            "iou": submission.segmentation.iou,
        }[name]
        expected = exactly(1, 1) if name == "iou" else exactly(0, 0)
        near(function(right, target), expected, f"{name} of the truth")
    near(submission.segmentation.dice_loss(wrong, target), exactly(0.8, 0.8), "Dice, all wrong")
    near(submission.segmentation.iou(wrong, target), exactly(0, 0), "IoU, all wrong")


@task("losses")
def test_focal_contains_cross_entropy(submission):
    """With gamma = 0 and alpha = None it is the mean of -ln(p of the truth)"""
    logits, target = logits_of(0.5, 0.9, 0.2, 0.75).reshape(2, 2), exactly(1, 1, 0, 0).reshape(2, 2)
    came = submission.segmentation.focal_loss(logits, target, 0.0, None)
    expected = exactly((math.log(2) - math.log(0.9)) / 2, (-math.log(0.8) + math.log(4)) / 2)
    near(came, expected, "the loss of each image", "p of the truth is 1 - p outside.")


@task("losses")
def test_focal_forgets_easy_pixels(submission):
    """At p = 1/2 outside it is 3/4 * 1/4 * ln 2, at p = 9/10 inside 1/4 * 1/100 * -ln 0.9"""
    logits, target = logits_of(0.5, 0.9).reshape(2, 1), exactly(0, 1).reshape(2, 1)
    came = submission.segmentation.focal_loss(logits, target)
    hint = "(1 - p of the truth)^gamma; alpha weighs pixels inside, 1 - alpha those outside."
    expected = exactly(0.75 * 0.25 * math.log(2), -0.25 * 0.01 * math.log(0.9))
    close(came, expected, rtol=SINGLE, what="the loss of each image", hint=hint)
    came = submission.segmentation.focal_loss(logits, target, 2.0, 0.0)
    hint = "alpha = 0 is a weight as others are: pixels inside count 0, those outside 1. Only None is none."
    near(came, exactly(0.25 * math.log(2), 0), "the loss of each image for alpha = 0", hint)


@task("losses")
def test_losses_of_logits_of_a_thousand(submission):
    """In float32 a pixel that is wrong at a logit of 1000 costs 1000 times its weight; no gradient is NaN"""
    logits, target = torch.tensor([[-1e3, -1e3], [1e3, 1e3]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    came = submission.segmentation.focal_loss(logits, target)
    hint = "Take the logarithm before anything is rounded to 0: F.logsigmoid, on the logit of the truth."
    near(came, torch.tensor([125.0, 375.0]), "the focal loss", hint)
    came = submission.play(plays.gradient_of_focal_loss, logits, target, 2.0, 0.25)
    expected = torch.tensor([[-0.125, 0.0], [0.0, 0.375]])
    near(came, expected, "its gradient", hint)
    came = submission.play(plays.gradient_of_dice_loss, logits, target)
    near(came, torch.zeros(2, 2), "the gradient of the Dice loss")


@task("losses")
def test_iou_counts_pixels(submission):
    """Two of four pixels in the union agree: 1/2, in float64; p equal to the threshold is not enough"""
    target = exactly(1, 1, 1, 0, 0).expand(3, 5).clone()
    logits = exactly(3, 2, -1, 1, -1).expand(3, 5).clone()
    logits[1] = exactly(0, 1, 1, -1, 0)  # p = 1/2 in the first pixel
    logits[2, 3] = -1.0
    came = submission.segmentation.iou(logits, target)
    near(came, exactly(2 / 4, 2 / 3, 2 / 3), "the IoU of each image")
    came = submission.segmentation.iou(logits, target, 0.9)  # p(2) = 0.88, p(3) = 0.95
    near(came, exactly(1 / 3, 0, 1 / 3), "the IoU at threshold 0.9", "p > threshold.")
    expect_dtype(came, torch.float64, "int64 over int64 is float32: counts must get the dtype of the logits.")


# -------------------- 6.2 train_step
X = exactly(2, 0, -1, 2, 1, 0, 1, 1).reshape(2, 1, 2, 2)
TARGET = exactly(1, 0, 0, 1, 1, 0, 1, 0).reshape(2, 1, 2, 2)


def norm_when_unsure(x: torch.Tensor) -> float:
    """Return the norm of the gradient of a model that says 1/2 everywhere, by weight, bias and bend."""
    of_dice = torch.where(TARGET > 0, -7 / 100, 3 / 100)  # (3 - 2 * 5 y) / 5 ** 2, times p (1 - p)
    of_focal = torch.where(TARGET > 0, -1, 3) * (math.log(2) / 4 + 1 / 8) / 16  # weight 1/4 and 3/4, 4 pixels
    by_logit = (of_dice + of_focal) / len(x)
    return torch.stack([(by_logit * x).sum(), by_logit.sum(), (by_logit * x**2).sum()]).norm().item()


@task("train_step")
def test_step_tells_the_loss(submission):
    """A model that says 1/2 everywhere has loss 0.4 + 1/8 ln 2, told as a plain number, as the norm is"""
    came = submission.play(plays_model.train_step, exactly(0), exactly(0), X, TARGET)
    # Dice: 1 - (2 * 1 + 1) / (2 + 2 + 1); focal: the mean of 1/4 and 3/4, times 1/4 ln 2.
    hint = "The mean over the batch of dice_loss + focal_loss, before the update."
    near(came["losses"], [0.4 + 0.5 * 0.25 * math.log(2)], "the loss", hint)
    hint = "loss.item() is a float; a tensor would keep the graph of its batch alive."
    expect(came["kinds"] == ["float"], f"{' and '.join(came['kinds'])} came back; expected two floats", hint)


@task("train_step", weight=2)
def test_step_is_as_long_as_its_gradient(submission):
    """The step is lr times the gradient, whose norm is told; one above max_norm, 1 by default, is clipped"""
    for max_norm, x in ((100.0, X), (0.01, X), (None, 10 * X)):
        came = submission.play(plays_model.train_step, exactly(0), exactly(0), x, TARGET, max_norm)
        told = came["norms"][0]
        moved = torch.cat(came["weights"]).norm().item()
        hint = "Clip between backward and step, all parameters as one vector: torch.nn.utils.clip_grad_norm_."
        longest = 1.0 if max_norm is None else max_norm
        close(moved, min(told, longest), rtol=1e-4, what=f"the step for max_norm = {longest}", hint=hint)
        near(told, norm_when_unsure(x), "the norm that was told, that of the whole gradient,", hint)


@task("train_step")
def test_steps_do_not_add_gradients_up(submission):
    """With lr = 0 nothing moves, so two steps tell the same loss and the same norm"""
    came = submission.play(plays_model.train_step, exactly(0), exactly(0), X, TARGET, 9.0, lr=0.0, steps=2)
    hint = "backward() adds to the gradients that are there: see optimizer.zero_grad()."
    near(came["norms"], [norm_when_unsure(X)] * 2, "the two norms", hint)
    near(came["losses"][1], came["losses"][0], "the second loss")


@task("train_step")
def test_step_forgets_gradients_of_before(submission):
    """Gradients that were there before the call, of somebody else's loss, do not count"""
    given = (exactly(0), exactly(0), X, TARGET, 9.0)
    clean = submission.play(plays_model.train_step, *given)
    came = submission.play(plays_model.train_step, *given, left=1.0)
    hint = "Set them to zero before backward(). At the end of a step is too late for what others have left."
    near(came["norms"], [norm_when_unsure(X)], "the norm", hint)
    near(came["weights"], clean["weights"], "the weights", hint)


@task("train_step")
def test_step_trains(submission):
    """Thirty steps bring the loss down, in training mode, and the batch stays as it was"""
    came = submission.play(plays_model.train_step, exactly(0), exactly(0), X, TARGET, steps=30)
    expect(came["losses"][-1] < came["losses"][0], "the loss did not fall", "Is the step taken at all?")
    hint = "The model comes in evaluation mode, and all its parts: see model.train()."
    expect(all(came["modes"]), "the model, or a part of it, was in evaluation mode", hint)
    close(came["arguments"], [X, TARGET], rtol=0, what="the batch afterwards")
