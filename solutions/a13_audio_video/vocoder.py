"""Six steps instead of hundreds: DiffWave's fast sampling, by a short schedule and fractional steps."""

import math
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float, Float64
from torch import Tensor


# -------------------- 2.3 fast_sampling
def aligned_steps(betas: Float64[Tensor, " S"], alpha_bar: Float64[Tensor, " T"]) -> Float64[Tensor, " S"]:
    """Return the step, counted from 0, at which training had the noise level of each short step.

    `betas` is the short schedule, `alpha_bar` that of training. Fractions are linear in sqrt(alpha_bar)
    (Kong et al. 2021, appendix on fast sampling). Raises ValueError if a level lies outside of training's.
    """
    # BEGIN SOLUTION
    level = (1 - betas).cumprod(dim=0)
    if (level > alpha_bar[0] + 1e-12).any() or (level < alpha_bar[-1] - 1e-12).any():
        raise ValueError("the short schedule has a level that training never saw")
    root, wanted = alpha_bar.sqrt(), level.sqrt()
    last = len(root) - 2
    low = (torch.searchsorted(-root, -wanted) - 1).clamp(0, last)  # root[low] >= wanted
    return low + (root[low] - wanted) / (root[low] - root[low + 1])
    # END SOLUTION


def fast_sample(
    model: Callable[[Tensor, Tensor, Tensor | None], Tensor],
    mel: Float[Tensor, "b m frames"] | None,
    x_T: Float[Tensor, "b n"],
    noises: Iterable[Float[Tensor, "b n"]],  # S - 1 of them, for the noisiest step first
    betas: Float64[Tensor, " S"],  #          the short schedule
    alpha_bar: Float64[Tensor, " T"],  #      that of training
    clip: bool = False,  #                    to [-1, 1], after every step
) -> Float[Tensor, "b n"]:
    """Sample by the short schedule; the model is asked as model(x, t, mel), t (b,) in the dtype of x_T.

    The variance is that of q(x_{s-1} | x_s, x_0), and the last step adds no noise. No gradients are recorded.
    Raises ValueError as `aligned_steps` does.
    """
    # BEGIN SOLUTION
    steps = aligned_steps(betas, alpha_bar)
    level = (1 - betas).cumprod(dim=0).tolist()
    x, fresh = x_T, iter(noises)
    with torch.no_grad():
        for s in reversed(range(len(betas))):
            beta = betas[s].item()
            eps = model(x, steps[s].to(x.dtype).expand(len(x)), mel)
            x = (x - beta / math.sqrt(1 - level[s]) * eps) / math.sqrt(1 - beta)
            if s > 0:
                variance = (1 - level[s - 1]) / (1 - level[s]) * beta
                x = x + math.sqrt(variance) * next(fresh)
            if clip:
                x = x.clamp(-1, 1)
    return x
    # END SOLUTION
