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
    # BEGIN SOLUTION
    n = count_pairs((image, text))
    if chunk < 1:
        raise ValueError(f"chunk is {chunk}; a chunk has at least one image")
    image, text, scale = unit(image), unit(text), log_scale.exp()

    def compare(images: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        logits = scale * (images @ text.T)  # chunk n
        return logits.logsumexp(dim=1).sum(), torch.logaddexp(columns, logits.logsumexp(dim=0))

    # Rows are complete within a chunk; columns are added up from chunk to chunk.
    rows, columns = image.new_zeros(()), image.new_full((n,), -math.inf)
    for images in image.split(chunk):
        # Kept for the backward pass is what goes in; the similarities are worked out again.
        of_chunk, columns = checkpoint(compare, images, columns, use_reentrant=False)
        rows = rows + of_chunk
    return (rows + columns.sum()) / (2 * n) - scale * (image * text).sum() / n
    # END SOLUTION


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
    # BEGIN SOLUTION
    if chunk < 1:
        raise ValueError(f"chunk is {chunk}; a chunk has at least one input")
    sides = ((image_encoder, images.split(chunk)), (text_encoder, texts.split(chunk)))
    # Pass 1: all embeddings, without a graph, and the random state before each chunk.
    embeddings, states = [], []
    for encoder, parts in sides:
        found = []
        for part in parts:
            states.append(torch.get_rng_state())
            with torch.no_grad():
                found.append(encoder(part))
        embeddings.append(torch.cat(found).requires_grad_())  # n d, a leaf
    # The loss of the whole batch, back to the embeddings and the scale.
    loss = clip_loss(*embeddings, log_scale)
    loss.backward()
    # Pass 2: each chunk again, with the graph, and its embeddings' gradient back through it.
    for side, (encoder, parts) in enumerate(sides):
        gradients = embeddings[side].grad.split(chunk)
        for number, part in enumerate(parts):
            torch.set_rng_state(states.pop(0))
            encoder(part).backward(gradients[number])
    return loss.item()
    # END SOLUTION
