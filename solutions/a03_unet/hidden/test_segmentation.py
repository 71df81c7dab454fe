"""Hidden checks of the losses for masks, the measure and the training step: fresh masks, sets, loops.

Weights and counts may be rounded to float32 on the way (6e-8), so values are compared to 1e-6.
"""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect, expect_dtype, task

from .. import plays, plays_model
from .fresh import expect_in_step


def masks(seed: Seed, *shape: int) -> tuple[Tensor, Tensor]:
    """Return fresh logits and a mask that they partly agree with."""
    target = (seed.fork("target").uniform(*shape) < 0.4).double()
    return 2 * seed.fork("logits").normal(*shape) + 2 * target - 1, target


def dice(logits: Tensor, target: Tensor, smooth: float = 1.0) -> Tensor:
    """Return each image's Dice loss, by distances: |p| + |y| - 2 |py| over |p| + |y| + smooth."""
    p = 1 / (1 + torch.exp(-logits))
    rows = [
        ((a * (1 - y) + y * (1 - a)).sum(), (a + y).sum() + smooth) for a, y in zip(p, target, strict=True)
    ]
    return torch.stack([apart / whole for apart, whole in rows])


def focal(logits: Tensor, target: Tensor, gamma: float = 2.0, alpha: float | None = 0.25) -> Tensor:
    """Return each image's focal loss, inside and outside apart."""
    p = 1 / (1 + torch.exp(-logits))
    inside = -((1 - p) ** gamma) * torch.log(p) * (1 if alpha is None else alpha)
    outside = -(p**gamma) * torch.log1p(-p) * (1 if alpha is None else 1 - alpha)
    both = inside * target + outside * (1 - target)
    return torch.stack([image.mean() for image in both])


# -------------------- 6.1 dice_loss, focal_loss, iou
@task("losses", gate=True)
def test_losses_are_an_answer_at_all(submission, seed):
    """Of eight fresh masks, those that fit worse have the larger loss of one kind"""
    target = (seed.fork("target").uniform(8, 30) < 0.5).double()
    logits = torch.linspace(-3, 3, 8, dtype=torch.float64)[:, None] * (2 * target - 1)
    logits = logits[torch.randperm(8, generator=seed.fork("order").generator())]
    code = submission.segmentation
    any_of(
        lambda: expect_in_step(code.dice_loss(logits, target), dice(logits, target)),
        lambda: expect_in_step(code.focal_loss(logits, target), focal(logits, target)),
    )


@task("losses", weight=2)
def test_losses_are_exact(submission, seed):
    """Fresh masks of any shape, other settings: Dice and focal loss of each image

    Both losses are of each image, over all its pixels: other smoothing, gamma and alpha, masks of any shape.
    """
    for shape in ((3, 7), (2, 1, 4, 5), (4, 1)):
        logits, target = masks(seed, *shape)
        for smooth in (1.0, 0.1):
            came = submission.segmentation.dice_loss(logits, target, smooth)
            close(came, dice(logits, target, smooth), rtol=1e-6, what=f"Dice of {shape}")
        for gamma, alpha in ((2.0, 0.25), (0.0, 0.4), (1.5, None), (3.0, 0.9), (2.0, 0.0)):
            came = submission.segmentation.focal_loss(logits, target, gamma, alpha)
            expected = focal(logits, target, gamma, alpha)
            close(came, expected, rtol=1e-6, what=f"focal loss, gamma = {gamma}, alpha = {alpha}")


@task("losses")
def test_slope_of_the_focal_loss(submission, seed):
    """Fresh masks: the gradient of the focal loss with respect to the logits

    Both factors depend on the logits: (1 - p)^gamma is no constant weight, so nothing is detached.
    """
    logits, target = masks(seed, 3, 8)
    for gamma, alpha in ((2.0, 0.25), (1.0, None)):
        came = submission.play(plays.gradient_of_focal_loss, logits, target, gamma, alpha)
        leaf = logits.clone().requires_grad_(True)
        (due,) = torch.autograd.grad(focal(leaf, target, gamma, alpha).sum(), leaf)
        close(came, due, rtol=1e-6, what=f"its gradient, gamma = {gamma}, alpha = {alpha}")


@task("losses")
def test_iou_is_exact(submission, seed):
    """Fresh masks: members of both sets over members of either, counted one by one

    Members of both sets over members of either, by counting. What do two empty masks give?
    """
    logits, target = masks(seed, 4, 1, 5, 3)
    target[2:], logits[2:] = 0.0, -1.0
    logits[3, 0, 2, 1] = 2.0  # one pixel that is not there
    for threshold in (0.5, 0.3):
        cut = math.log(threshold / (1 - threshold))
        expected = []
        for image, mask in zip(logits.flatten(1).tolist(), target.flatten(1).tolist(), strict=True):
            said = {i for i, value in enumerate(image) if value > cut}
            true = {i for i, value in enumerate(mask) if value == 1}
            expected.append(len(said & true) / len(said | true) if said | true else 1.0)
        came = submission.segmentation.iou(logits, target, threshold)
        close(came, exactly(*expected), rtol=1e-6, what=f"IoU at {threshold}")
    for dtype in (torch.float32, torch.float64):
        came = submission.segmentation.iou(logits.to(dtype), target.to(dtype))
        expect_dtype(came, dtype)


@task("losses", weight=2)
def test_losses_of_huge_logits(submission, seed):
    """Logits of 1000 give finite losses, with finite gradients; wrong and sure costs its margin

    Try logits of 1000 and their gradients: logsigmoid, not log(sigmoid).
    """
    signs = (2 * (seed.uniform(2, 6) < 0.5).double() - 1).float()
    target = torch.ones(2, 6)
    for alpha in (None, 0.25):
        came = submission.segmentation.focal_loss(1000 * signs, target, 2.0, alpha)
        expected = (signs < 0).double().mean(1) * 1000 * (1 if alpha is None else alpha)
        close(came, expected, rtol=1e-5, atol=1e-6, what="the focal loss")
        slope = submission.play(plays.gradient_of_focal_loss, 1000 * signs, target, 2.0, alpha)
        expected = -(signs < 0).double() / 6 * (1 if alpha is None else alpha)
        close(slope, expected, rtol=1e-5, atol=1e-6, what="its gradient")
    slope = submission.play(plays.gradient_of_dice_loss, 1000 * signs, target)
    close(slope, torch.zeros(2, 6), atol=1e-6, what="the gradient of the Dice loss")


@task("losses")
def test_losses_leave_their_input_alone(submission, seed):
    """No argument is changed

    Methods that end in _ and assignments into a tensor change what the caller gave.
    """
    logits, target = masks(seed, 2, 1, 3, 3)
    after = submission.play(plays.after_losses, logits, target)
    close(after, [logits, target], rtol=0, what="the arguments afterwards")


# -------------------- 6.2 train_step
def worked_out(
    weight: Tensor, bias: Tensor, bend: Tensor, x: Tensor, target: Tensor
) -> tuple[float, float, list[Tensor]]:
    """Return loss, norm of the gradient, and gradient of a model that looks at one pixel at a time."""
    weight, bias, bend = (one.clone().requires_grad_() for one in (weight, bias, bend))
    logits = (x * weight[:, None, None]).sum(1, keepdim=True) + bias + bend * x[:, :1].square()
    loss = (dice(logits, target) + focal(logits, target)).mean()
    gradient = list(torch.autograd.grad(loss, [weight, bias, bend]))
    return loss.item(), torch.cat(gradient).norm().item(), gradient


def scene(seed: Seed) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return weight and bias of a pixel model, images of three channels, and masks."""
    x = seed.fork("x").normal(3, 3, 4, 5)
    target = (x[:, :1] + seed.fork("noise").normal(3, 1, 4, 5) > 0.3).double()
    return seed.fork("weight").normal(3), seed.fork("bias").normal(1), x, target


@task("train_step", gate=True)
def test_train_step_is_an_answer_at_all(submission, seed):
    """The weights move against the gradient, and the loss is of the right size, on fresh input"""
    weight, bias, x, target = scene(seed)
    zero = torch.zeros_like(bias)
    loss, _, gradient = worked_out(weight, bias, zero, x, target)
    came = submission.play(plays_model.train_step, weight, bias, x, target)
    expect(loss / 100 < float(came["losses"][0]) < 100 * loss, "the loss is of another size altogether")
    moved = torch.cat(came["weights"]) - torch.cat([weight, bias, zero])
    along = -(moved @ torch.cat(gradient)) / (moved.norm() * torch.cat(gradient).norm())
    expect(along > 0.3, "the weights do not move against the gradient")


@task("train_step", weight=2)
def test_train_step_is_exact(submission, seed):
    """Loss, norm and weights after one step, clipped and not, are exact on fresh input

    Loss, gradient, norm before clipping, clip, step: in this order, with clipping and without.
    """
    weight, bias, x, target = scene(seed)
    zero = torch.zeros_like(bias)
    for size, share in ((1, 10.0), (1, 0.3), (40, None)):  # None: max_norm is not given, and is 1
        loss, norm, gradient = worked_out(weight / size, bias, zero, size * x, target)
        expect(share is not None or norm > 1, f"a norm of {norm} is not clipped at 1")
        max_norm = 1.0 if share is None else share * norm
        given = (weight / size, bias, size * x, target, None if share is None else max_norm, 0.5)
        came = submission.play(plays_model.train_step, *given)
        close(came["losses"], [loss], rtol=1e-8, what="the loss")
        close(came["norms"], [norm], rtol=1e-8, what="the norm of the gradient")
        step = 0.5 * min(1.0, max_norm / norm)
        before = (weight / size, bias, zero)
        expected = [old - step * by for old, by in zip(before, gradient, strict=True)]
        close(
            came["weights"], expected, rtol=1e-4, atol=1e-5, what="the weights"
        )  # torch adds 1e-6 to the norm


@task("train_step")
def test_train_step_again_and_again(submission, seed):
    """Three steps with momentum are three single steps, one after the other, whatever gradients were left

    Take several steps with an optimizer that has momentum, with old gradients left: only the new ones count.
    """
    weight, bias, x, target = scene(seed)
    given = (weight, bias, x, target, 100.0, 0.5, 3, 0.75)
    came = submission.play(plays_model.train_step, *given, left=2.0)
    weights = [weight, bias, torch.zeros_like(bias)]
    moving = [torch.zeros_like(one) for one in weights]
    for step in range(3):
        loss, norm, gradient = worked_out(*weights, x, target)
        close(came["losses"][step], loss, rtol=1e-8, what=f"the loss of step {step + 1}")
        close(came["norms"][step], norm, rtol=1e-8, what=f"the norm of step {step + 1}")
        moving = [0.75 * old + by for old, by in zip(moving, gradient, strict=True)]
        weights = [old - 0.5 * by for old, by in zip(weights, moving, strict=True)]
    close(came["weights"], weights, rtol=1e-8, what="the weights after three steps")
