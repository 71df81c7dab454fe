"""What the checks run beside your functions: gradients that go through them, and what calls leave behind.

Each play returns its evidence as data: results, the arguments as they are afterwards, or gradients.
"""

from typing import Any

import torch
from torch import Tensor


# -------------------- 1 transposed_conv
def gradients_of_conv_transpose2d(
    code: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int, factor: Tensor
) -> list[Tensor]:
    """Return the gradients of sum(factor * result) with respect to x, weight and bias."""
    inputs = [x.requires_grad_(), weight.requires_grad_(), bias.requires_grad_()]
    result = code.transposed_conv.conv_transpose2d(x, weight, bias, stride, padding)
    return list(torch.autograd.grad((factor * result).sum(), inputs))


def after_transposed_conv(code: Any, x: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    """Return the arguments as conv_transpose2d leaves them."""
    code.transposed_conv.conv_transpose2d(x, weight, bias, 2, 1)
    return [x, weight, bias]


# -------------------- 2 norms, activations
def after_norms(code: Any, x: Tensor, weight: Tensor, bias: Tensor, mask: Tensor) -> list[Tensor]:
    """Return the arguments as the functions of task 2.1 leave them."""
    code.norms.standardize(x, (1,), 1e-5, mask)
    code.norms.layer_norm(x, weight, bias, 1e-5, mask)
    code.norms.instance_norm(x, weight, bias, 1e-5, mask)
    code.norms.group_norm(x, 1, weight, bias, 1e-5, mask)
    return [x, weight, bias, mask]


def batch_norm(
    code: Any,
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    mean: Tensor,
    variance: Tensor,
    mask: Tensor | None = None,
) -> dict[str, Any]:
    """Return what batch_norm gives in training, what its results depend on, and the arguments."""
    x.requires_grad_()
    y, new_mean, new_variance = code.norms.batch_norm(x, weight, bias, mean, variance, True, mask=mask)
    by_x = torch.autograd.grad(y.square().sum(), x)[0]
    return {
        "y": y.detach(),
        "mean": new_mean.detach(),
        "variance": new_variance.detach(),
        "by x": by_x,
        "tracked": new_mean.requires_grad or new_variance.requires_grad,
        "arguments": [x.detach(), weight, bias, mean, variance],
    }


def gradients_of_activations(code: Any, x: Tensor, mean: float = 0.0, std: float = 1.0) -> list[Tensor]:
    """Return what autograd finds for GELU of this law, for its approximation, and for SiLU."""
    x.requires_grad_()
    gelu = code.activations.gelu
    values = [gelu(x, "none", mean, std), gelu(x, "tanh", mean, std), code.activations.silu(x)]
    return [torch.autograd.grad(value.sum(), x)[0] for value in values]


# -------------------- 6 segmentation
def gradient_of_focal_loss(
    code: Any, logits: Tensor, target: Tensor, gamma: float, alpha: float | None
) -> Tensor:
    """Return the gradient of the summed focal loss with respect to the logits."""
    logits.requires_grad_()
    loss = code.segmentation.focal_loss(logits, target, gamma, alpha)
    return torch.autograd.grad(loss.sum(), logits)[0]


def gradient_of_dice_loss(code: Any, logits: Tensor, target: Tensor) -> Tensor:
    """Return the gradient of the summed Dice loss with respect to the logits."""
    logits.requires_grad_()
    loss = code.segmentation.dice_loss(logits, target)
    return torch.autograd.grad(loss.sum(), logits)[0]


def after_losses(code: Any, logits: Tensor, target: Tensor) -> list[Tensor]:
    """Return the arguments as the functions of task 6.1 leave them."""
    code.segmentation.dice_loss(logits, target)
    code.segmentation.focal_loss(logits, target)
    code.segmentation.iou(logits, target)
    return [logits, target]


# -------------------- yardsticks of speed and memory
def torchs_transposed(
    code: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int
) -> Tensor:
    """Return the result of torch's own transposed convolution."""
    return torch.nn.functional.conv_transpose2d(x, weight, bias, stride, padding)


def torchs_attention(code: Any, q: Tensor, k: Tensor, v: Tensor, chunk: int) -> Tensor:
    """Return the result of torch's fused attention, which keeps no weights at all."""
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)
