"""Small changes of a large layer (LoRA), and layers whose weights are stored in eight bits."""

import copy
import math

import torch
from jaxtyping import Float, Int8
from torch import Tensor, nn


class LoRALinear(nn.Module):
    """A linear layer that is frozen, and a change of low rank that is trained (Hu et al. 2022, Sec. 4.1).

    Its weight is base.weight + scale B A, with `A` of shape (r, in), `B` of shape (out, r), and `scale` =
    alpha / r. B begins at zero, so at first the layer does what `base` does.
    """

    def __init__(self, base: nn.Linear, r: int, alpha: float) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.A = nn.Parameter(base.weight.new_empty(r, base.in_features))
        self.B = nn.Parameter(base.weight.new_zeros(base.out_features, r))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.scale = alpha / r

    def forward(self, x: Float[Tensor, "*b d_in"]) -> Float[Tensor, "*b d_out"]:
        """Return what the changed layer makes of x, without forming its weight."""
        # BEGIN SOLUTION
        change = (x @ self.A.T) @ self.B.T  # first r numbers, then d_out of them
        return self.base(x) + self.scale * change
        # END SOLUTION

    def merged(self) -> nn.Linear:
        """Return a new layer that gives the same, an ordinary nn.Linear; this one is not changed."""
        # BEGIN SOLUTION
        merged = copy.deepcopy(self.base)
        with torch.no_grad():
            merged.weight += self.scale * (self.B @ self.A)
        return merged
        # END SOLUTION


def quantize_int8(
    weight: Float[Tensor, "d_out d_in"],
) -> tuple[Int8[Tensor, "d_out d_in"], Float[Tensor, " d_out"]]:
    """Return whole numbers q and one scale for each row, so that weight is nearly q * scale.

    The scale is the row's largest absolute value / 127, and 1 for a row of zeros; q = weight / scale, rounded
    to the nearest, is in -127..127. The scales have the dtype of the weight, float32 or float64.
    """
    # BEGIN SOLUTION
    top = weight.abs().amax(dim=1)
    scale = torch.where(top > 0, top / 127, 1.0)
    q = (weight / scale[:, None]).round()
    return q.to(torch.int8), scale
    # END SOLUTION


def int8_linear(
    x: Float[Tensor, "*b d_in"],
    q: Int8[Tensor, "d_out d_in"],
    scale: Float[Tensor, " d_out"],
    bias: Float[Tensor, " d_out"] | None = None,
) -> Float[Tensor, "*b d_out"]:
    """Return x (q * scale)^T + bias in the dtype of x.

    Products and sums are in the widest of the floating dtypes that came in: in float16 a long sum overflows.
    """
    # BEGIN SOLUTION
    wide = torch.promote_types(x.dtype, scale.dtype)
    y = (x.to(wide) @ q.to(wide).T) * scale
    if bias is not None:
        y = y + bias
    return y.to(x.dtype)
    # END SOLUTION
