"""DALL-E 2: a diffusion prior makes CLIP's image embedding of a text, and a decoder draws what it says.

Embeddings are (b, d). The prior works in scaled coordinates: unit vectors times the root of d.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


# -------------------- 4.1 prior
def prior_tokens(
    text: Float[Tensor, "b m d"],  #    the text encoder's rows
    z_text: Float[Tensor, "b d"],  #    the text's embedding
    clock: Float[Tensor, "b d"],  #     the embedded step
    z_t: Float[Tensor, "b d"],  #       the noised image embedding
    query: Float[Tensor, " d"],  #      learnt; the answer is what the transformer makes of it
) -> Float[Tensor, "b m+4 d"]:
    """Return the prior's tokens in the order of the arguments (Ramesh et al. 2022, Sec. 2.2)."""
    # BEGIN SOLUTION
    last = torch.stack([z_text, clock, z_t, query.expand_as(z_t)], dim=1)  # b 4 d
    return torch.cat([text, last], dim=1)
    # END SOLUTION


def prior_loss(
    net: Callable[[Tensor, Tensor, Any], Tensor],
    z_image: Float[Tensor, "b d"],
    cond: Any,
    noise: Float[Tensor, "b d"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, ""]:
    """Return the mean squared error of net(z_t, t, cond) to the *clean* embedding, in scaled coordinates.

    Ramesh et al. 2022, Eq. 2. `z_image` may have any length.
    """
    # BEGIN SOLUTION
    z = math.sqrt(z_image.shape[1]) * F.normalize(z_image, dim=1)
    a = alpha_bar[t][:, None].to(z.dtype)  # b 1
    z_t = a.sqrt() * z + (1 - a).sqrt() * noise
    return (net(z_t, t, cond) - z).square().mean()
    # END SOLUTION


def sample_prior(
    net: Callable[[Tensor, Tensor, Any], Tensor],
    cond: Any,
    noises: Float[Tensor, "T+1 b d"],  # noises[0] is z_T; step t = T-1..0 adds noises[T - t]
    betas: Float[Tensor, " T"],
) -> Float[Tensor, "b d"]:
    """Return embeddings drawn by ancestral sampling with the posterior's variance, divided by the root of d.

    Step 0 adds nothing. No gradients are recorded.
    """
    # BEGIN SOLUTION
    T, (b, d) = len(betas), noises.shape[1:]
    alpha_bar = (1 - betas).cumprod(dim=0)
    before = torch.cat([betas.new_ones(1), alpha_bar[:-1]])  # T: alpha_bar of the step before
    z = noises[0]
    with torch.no_grad():
        for t in reversed(range(T)):
            clean = net(z, torch.full((b,), t, device=z.device), cond)
            # Mean and variance of z before this step, given z and the clean embedding.
            to_clean = before[t].sqrt() * betas[t] / (1 - alpha_bar[t])
            to_noisy = (1 - betas[t]).sqrt() * (1 - before[t]) / (1 - alpha_bar[t])
            variance = betas[t] * (1 - before[t]) / (1 - alpha_bar[t])
            z = to_clean * clean + to_noisy * z + variance.sqrt() * noises[T - t]
    return z / math.sqrt(d)
    # END SOLUTION


def choose(candidates: Float[Tensor, "b k d"], z_text: Float[Tensor, "b d"]) -> Float[Tensor, "b d"]:
    """Return of each k candidates the one whose product with the text's embedding is largest, the first of
    equals.
    """
    # BEGIN SOLUTION
    products = (candidates * z_text[:, None]).sum(dim=2)  # b k
    return candidates[torch.arange(len(candidates)), products.argmax(dim=1)]
    # END SOLUTION


# -------------------- 4.2 embedding_edits
def slerp(
    a: Float[Tensor, "b d"],
    b: Float[Tensor, "b d"],
    t: float | Float[Tensor, " b"],  # 0 gives a, 1 gives b
) -> Float[Tensor, "b d"]:
    """Go from the direction of `a` to that of `b` on the sphere, at a constant rate of the angle.

    Results have length 1. Raises ValueError for opposite directions, between which there is no one way.
    """
    # BEGIN SOLUTION
    u, v = (F.normalize(side.double(), dim=1) for side in (a, b))
    angle = 2 * torch.atan2((u - v).norm(dim=1), (u + v).norm(dim=1))[:, None]  # b 1
    if (angle > math.pi - 1e-4).any():
        raise ValueError("there is no shortest way between opposite directions")
    t = torch.as_tensor(t, dtype=torch.float64, device=a.device).reshape(-1, 1)  # b 1, or 1 1
    curved = ((1 - t) * angle).sin() * u + (t * angle).sin() * v
    straight = (1 - t) * u + t * v  # the same in the limit of small angles, whose sines vanish
    return F.normalize(torch.where(angle < 1e-4, straight, curved), dim=1).to(a.dtype)
    # END SOLUTION


def text_diff(
    z_image: Float[Tensor, "b d"],
    z_new: Float[Tensor, "b d"],  # embedding of the text that should hold
    z_old: Float[Tensor, "b d"],  # and of the text that holds
    theta: float,
) -> Float[Tensor, "b d"]:
    """Turn an image's embedding by the share `theta` towards the direction from one text to another.

    Ramesh et al. 2022, on text diffs. Raises ValueError where both texts are equal.
    """
    # BEGIN SOLUTION
    difference = z_new - z_old
    if (difference == 0).all(dim=1).any():
        raise ValueError("equal texts have no difference to go along")
    return slerp(z_image, difference, theta)
    # END SOLUTION


class DecoderCondition(nn.Module):
    """How an image embedding reaches the decoder: added to the clock, and as four more rows of text."""

    def __init__(self, embedding: int, clock: int, width: int) -> None:
        super().__init__()
        self.to_time = nn.Linear(embedding, clock)
        self.to_tokens = nn.Linear(embedding, 4 * width)  # row by row

    def forward(
        self,
        z_image: Float[Tensor, "b e"],
        clock: Float[Tensor, "b c"],
        text: Float[Tensor, "b m w"],
        drop: Bool[Tensor, " b"] | None = None,  # True: this sample's embedding is replaced by zeros
    ) -> tuple[Float[Tensor, "b c"], Float[Tensor, "b m+4 w"]]:
        """Return the clock and the rows for cross-attention (Ramesh et al. 2022, Sec. 2.1)."""
        # BEGIN SOLUTION
        if drop is not None:
            z_image = z_image.masked_fill(drop[:, None], 0)
        tokens = self.to_tokens(z_image).unflatten(1, (4, -1))  # b 4 w
        return clock + self.to_time(z_image), torch.cat([text, tokens], dim=1)
        # END SOLUTION
