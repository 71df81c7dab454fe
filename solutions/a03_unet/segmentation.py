"""Losses for masks, a measure, and one training step.

`logits` are what a model says, before the logistic function; `target` has the same shape and dtype and is 1
inside the object and 0 outside.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def dice_loss(
    logits: Float[Tensor, "b *dims"],
    target: Float[Tensor, "b *dims"],
    smooth: float = 1.0,  # added above and below, so that two empty masks have loss 0
) -> Float[Tensor, " b"]:
    """Return 1 minus the soft Dice coefficient of each image (Milletari et al. 2016, without squares)."""
    # BEGIN SOLUTION
    p, y = torch.sigmoid(logits).flatten(1), target.flatten(1)  # b n
    shared, together = (p * y).sum(dim=1), (p + y).sum(dim=1)
    return 1 - (2 * shared + smooth) / (together + smooth)
    # END SOLUTION


def focal_loss(
    logits: Float[Tensor, "b *dims"],
    target: Float[Tensor, "b *dims"],
    gamma: float = 2.0,  #         how much less a pixel counts the surer the model is of the truth
    alpha: float | None = 0.25,  # weight of pixels inside; outside 1 - alpha. None: weight 1 for all
) -> Float[Tensor, " b"]:
    """Return each image's mean of -weight (1 - p_true)^gamma ln(p_true) (Lin et al. 2017, Eq. 5).

    Finite, with a finite gradient, for logits of any size when gamma is 0 or at least 1.
    """
    # BEGIN SOLUTION
    margin = torch.where(target > 0, logits, -logits)  # positive where the model is right
    loss = -(torch.sigmoid(-margin) ** gamma) * F.logsigmoid(margin)
    if alpha is not None:
        loss = loss * (alpha * target + (1 - alpha) * (1 - target))
    return loss.flatten(1).mean(dim=1)
    # END SOLUTION


def iou(
    logits: Float[Tensor, "b *dims"],
    target: Float[Tensor, "b *dims"],
    threshold: float = 0.5,  # a pixel is predicted where its probability is larger
) -> Float[Tensor, " b"]:
    """Return intersection over union of predicted and true mask for each image; 1 where both are empty."""
    # BEGIN SOLUTION
    said, true = (torch.sigmoid(logits) > threshold).flatten(1), (target > 0).flatten(1)  # b n
    shared, either = (said & true).sum(dim=1), (said | true).sum(dim=1)
    ratio = shared.to(logits.dtype) / either
    return torch.where(either > 0, ratio, 1.0)
    # END SOLUTION


def train_step(
    model: nn.Module,  # called with x, gives logits in the shape of target
    optimizer: torch.optim.Optimizer,
    x: Float[Tensor, "b c h w"],
    target: Float[Tensor, "b 1 h w"],
    max_norm: float = 1.0,  # of the gradient, all parameters taken as one vector
) -> tuple[float, float]:
    """Train on one batch; return the loss before the update and the norm of its gradient before clipping.

    The loss is the batch's mean of dice_loss plus focal_loss. The model is put into training mode.
    """
    # BEGIN SOLUTION
    # The loss of a batch.
    model.train()
    logits = model(x)
    loss = (dice_loss(logits, target) + focal_loss(logits, target)).mean()
    # One step down its gradient, which is clipped.
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item(), norm.item()
    # END SOLUTION
