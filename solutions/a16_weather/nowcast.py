"""NowcastNet's evolution operator: rain that moves and grows, and what its motion is learnt from."""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def advect(
    x: Float[Tensor, "b c h w"],
    motion: Float[Tensor, "b 2 h w"],  # pixels a step: to the right, down
    mode: Literal["bilinear", "nearest"] = "bilinear",
) -> Float[Tensor, "b c h w"]:
    """Move a field by one step, backwards: the value at p is what was at p - motion(p).

    Values sit on the pixels; what comes from outside is the nearest value of the border.
    """
    # BEGIN SOLUTION
    H, W = x.shape[2:]
    columns = torch.arange(W, device=x.device) - motion[:, 0]  # b h w
    rows = torch.arange(H, device=x.device)[:, None] - motion[:, 1]
    # Pixels are 2 / W wide, and the first one's middle is half of that right of -1.
    places = torch.stack([(2 * columns + 1) / W, (2 * rows + 1) / H], dim=3) - 1  # b h w 2
    return F.grid_sample(x, places.to(x.dtype), mode=mode, padding_mode="border", align_corners=False)
    # END SOLUTION


def evolve(
    x0: Float[Tensor, "b 1 h w"],
    motion: Float[Tensor, "b T 2 h w"],
    residual: Float[Tensor, "b T 1 h w"],
) -> tuple[Float[Tensor, "b T 1 h w"], Float[Tensor, "b T 1 h w"]]:
    """Return (advected, evolved), T steps of each (Zhang et al. 2023).

    Each step begins with what was evolved last, detached. Advected: moved, bilinear. Evolved: moved to the
    nearest pixel, plus the residual.
    """
    # BEGIN SOLUTION
    advected, evolved, x = [], [], x0
    for way, growth in zip(motion.unbind(dim=1), residual.unbind(dim=1), strict=True):
        x = x.detach()
        advected.append(advect(x, way))
        x = advect(x, way, "nearest") + growth
        evolved.append(x)
    return torch.stack(advected, dim=1), torch.stack(evolved, dim=1)
    # END SOLUTION


def weighted_distance(truth: Float[Tensor, "*s"], forecast: Float[Tensor, "*s"]) -> Float[Tensor, ""]:
    """Return the mean of |truth - forecast| min(24, 1 + truth), rain in mm/h."""
    # BEGIN SOLUTION
    return ((truth - forecast).abs() * (1 + truth).clamp(max=24)).mean()
    # END SOLUTION


def motion_smoothness(
    motion: Float[Tensor, "b 2 h w"],
    truth: Float[Tensor, "b 1 h w"],
) -> Float[Tensor, ""]:
    """Return how rough a motion is where it rains.

    Sobel slopes (1, 2, 1 across, not normalised, border repeated) of both components in both directions,
    squared, times min(24, 1 + truth); the mean over batch and pixels, summed over the four.
    """
    # BEGIN SOLUTION
    across = torch.tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]).to(motion)
    kernels = torch.stack([across, across.T])[:, None]  # 2 1 3 3
    padded = F.pad(motion, (1, 1, 1, 1), mode="replicate").flatten(0, 1)[:, None]  # 2b 1 h+2 w+2
    slopes = F.conv2d(padded, kernels).unflatten(0, motion.shape[:2]).flatten(1, 2)  # b 4 h w
    weighted = slopes.square() * (1 + truth).clamp(max=24)
    return weighted.mean(dim=(0, 2, 3)).sum()
    # END SOLUTION
