"""DALL-E's second stage: words and image codes as one stream of tokens, and what a model of it minimises.

Positions 0..length-1 of a stream are text, the rest is the image in raster order.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from .vocabulary import Vocabulary


def join(text: Int[Tensor, "b L"], codes: Int[Tensor, "b n"], vocab: Vocabulary) -> Int[Tensor, "b L+n"]:
    """Return streams of texts and codes (Ramesh et al. 2021, Sec. 2.2).

    Raises ValueError for words or codes that the vocabulary does not have, and texts of another length.
    """
    raise NotImplementedError("TODO stream: read task 3.1 in README.md")


def split_logits(logits: Float[Tensor, "b m V"], past: int, vocab: Vocabulary) -> Float[Tensor, "b m V"]:
    """Rule out what a position cannot hold: codes in the text, and words and paddings in the image: -inf.

    Row i of the logits predicts position past + i of the stream.
    """
    raise NotImplementedError("TODO stream: read task 3.1 in README.md")


def stream_loss(
    logits: Float[Tensor, "b n V"],  # row i predicts position i
    stream: Int[Tensor, "b n"],
    vocab: Vocabulary,
) -> Float[Tensor, ""]:
    """Return 1/8 of the mean cross-entropy of the text's positions plus 7/8 of that of the image's.

    Ramesh et al. 2021, Sec. 2.2. Logits are split first; paddings count.
    """
    raise NotImplementedError("TODO stream: read task 3.1 in README.md")
