"""Batches that do not fit: the same loss and the same gradients, a chunk at a time."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .batch import count_pairs
from .loss import clip_loss
from .similarity import unit


def chunked_clip_loss(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "n d"],
    log_scale: Float[Tensor, ""],
    chunk: int,  # images that are compared with all texts at a time; the last chunk may be smaller
) -> Float[Tensor, ""]:
    """Return `clip_loss` with its gradients, holding (chunk, n) similarities at a time, backward too.

    Raises ValueError for chunk < 1, and for what `count_pairs` refuses.
    """
    raise NotImplementedError("TODO chunked_clip_loss: read task 2.4 in README.md")


def cached_step(
    image_encoder: nn.Module,
    text_encoder: nn.Module,
    images: Tensor,
    texts: Tensor,
    log_scale: nn.Parameter,
    chunk: int,
) -> float:
    """Add the gradients of `clip_loss` of the whole batch to `.grad`, encoding `chunk` inputs at a time.

    Gao et al. 2021 (GradCache). Returns the loss. All images are encoded first, then all texts; what is drawn
    on the way (dropout) is drawn once, and the second pass repeats it. Raises ValueError for chunk < 1.
    """
    raise NotImplementedError("TODO cached_step: read task 2.5 in README.md")
