"""What the checks run beside your functions: calls without torch's own, and what calls leave behind.

Each play returns its evidence as data: results, the arguments as they are afterwards, or gradients.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


@contextmanager
def refused(*names: str) -> Iterator[None]:
    """Let torch's own functions of these names fail for a while: here they are what is to be built."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"{' and '.join(names)} of torch cannot be used here: they are what you build")

    homes = (torch.__dict__, torch.nn.functional.__dict__)
    kept = [(home, name, home[name]) for home in homes for name in names if name in home]
    try:
        for home, name, _ in kept:
            home[name] = refuse
        yield
    finally:
        for home, name, function in kept:
            home[name] = function


# -------------------- 1 transposed_conv
def conv_transpose2d_alone(code: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    """Return the result when torch's own transposed convolutions are not there."""
    with refused("conv_transpose2d", "conv_transpose1d", "conv_transpose3d"):
        return code.transposed_conv.conv_transpose2d(x, weight, bias, stride)


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
def norms_alone(code: Any, x: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    """Return the results of the four functions of task 2.1 when torch's own norms are not there."""
    with refused("layer_norm", "instance_norm", "group_norm", "batch_norm"):
        return [
            code.norms.standardize(x, (1,)),
            code.norms.layer_norm(x, weight, bias),
            code.norms.instance_norm(x, weight, bias),
            code.norms.group_norm(x, 2, weight, bias),
        ]


def after_norms(code: Any, x: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    """Return the arguments as the functions of task 2.1 leave them."""
    code.norms.standardize(x, (1,))
    code.norms.layer_norm(x, weight, bias)
    code.norms.instance_norm(x, weight, bias)
    code.norms.group_norm(x, 1, weight, bias)
    return [x, weight, bias]


def batch_norm(
    code: Any, x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, training: bool
) -> dict[str, Any]:
    """Return what batch_norm gives without torch's own, what its results depend on, and the arguments."""
    with refused("batch_norm", "native_batch_norm", "group_norm", "instance_norm"):
        x.requires_grad_()
        y, new_mean, new_variance = code.norms.batch_norm(x, weight, bias, mean, variance, training)
    by_x = torch.autograd.grad(y.square().sum(), x)[0]
    return {
        "y": y.detach(),
        "mean": new_mean.detach(),
        "variance": new_variance.detach(),
        "by x": by_x,
        "tracked": new_mean.requires_grad or new_variance.requires_grad,
        "arguments": [x.detach(), weight, bias, mean, variance],
    }


def activations_alone(code: Any, x: Tensor) -> list[Tensor]:
    """Return the values of the four functions of task 2.3 when torch's own GELU and SiLU are not there."""
    with refused("gelu", "silu"):
        return [
            code.activations.gelu(x).detach(),
            code.activations.gelu_grad(x).detach(),
            code.activations.silu(x).detach(),
            code.activations.silu_grad(x).detach(),
        ]


def gradients_of_activations(code: Any, x: Tensor) -> list[Tensor]:
    """Return what autograd finds for GELU, for its approximation, and for SiLU."""
    x.requires_grad_()
    values = [code.activations.gelu(x), code.activations.gelu(x, "tanh"), code.activations.silu(x)]
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


# -------------------- yardsticks of speed and memory, and what is measured
def attention_by_32(code: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return the result of attention, 32 queries at a time."""
    return code.blocks.attention(q, k, v, 32)


def torchs_transposed(
    code: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int
) -> Tensor:
    """Return the result of torch's own transposed convolution."""
    return torch.nn.functional.conv_transpose2d(x, weight, bias, stride, padding)


def torchs_attention(code: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return the result of torch's fused attention, which keeps no weights at all."""
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)
