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
    raise NotImplementedError("TODO prior: read task 4.1 in README.md")


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
    raise NotImplementedError("TODO prior: read task 4.1 in README.md")


def sample_prior(
    net: Callable[[Tensor, Tensor, Any], Tensor],
    cond: Any,
    noises: Float[Tensor, "T+1 b d"],  # noises[0] is z_T; step t = T-1..0 adds noises[T - t]
    betas: Float[Tensor, " T"],
) -> Float[Tensor, "b d"]:
    """Return embeddings drawn by ancestral sampling with the posterior's variance, divided by the root of d.

    Step 0 adds nothing. No gradients are recorded.
    """
    raise NotImplementedError("TODO prior: read task 4.1 in README.md")


def choose(candidates: Float[Tensor, "b k d"], z_text: Float[Tensor, "b d"]) -> Float[Tensor, "b d"]:
    """Return of each k candidates the one whose product with the text's embedding is largest, the first of
    equals.
    """
    raise NotImplementedError("TODO prior: read task 4.1 in README.md")


# -------------------- 4.2 embedding_edits
def slerp(
    a: Float[Tensor, "b d"],
    b: Float[Tensor, "b d"],
    t: float | Float[Tensor, " b"],  # 0 gives a, 1 gives b
) -> Float[Tensor, "b d"]:
    """Go from the direction of `a` to that of `b` on the sphere, at a constant rate of the angle.

    Results have length 1. Raises ValueError for opposite directions, between which there is no one way.
    """
    raise NotImplementedError("TODO embedding_edits: read task 4.2 in README.md")


def text_diff(
    z_image: Float[Tensor, "b d"],
    z_new: Float[Tensor, "b d"],  # embedding of the text that should hold
    z_old: Float[Tensor, "b d"],  # and of the text that holds
    theta: float,
) -> Float[Tensor, "b d"]:
    """Turn an image's embedding by the share `theta` towards the direction from one text to another.

    Ramesh et al. 2022, on text diffs. Raises ValueError where both texts are equal.
    """
    raise NotImplementedError("TODO embedding_edits: read task 4.2 in README.md")


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
        raise NotImplementedError("TODO embedding_edits: read task 4.2 in README.md")
