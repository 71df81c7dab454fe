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
    # BEGIN SOLUTION
    if text.shape[1] != vocab.length:
        raise ValueError(f"texts have {text.shape[1]} positions; expected {vocab.length}")
    for ids, size in ((text, vocab.text), (codes, vocab.image)):
        if ((ids < 0) | (ids >= size)).any():
            raise ValueError(f"there are ids outside 0..{size - 1}")
    paddings = torch.arange(vocab.text, vocab.first_code, device=text.device)
    words = torch.where(text == 0, paddings, text)  # b L
    return torch.cat([words, codes + vocab.first_code], dim=1)
    # END SOLUTION


def split_logits(logits: Float[Tensor, "b m V"], past: int, vocab: Vocabulary) -> Float[Tensor, "b m V"]:
    """Rule out what a position cannot hold: codes in the text, and words and paddings in the image: -inf.

    Row i of the logits predicts position past + i of the stream.
    """
    # BEGIN SOLUTION
    m, V = logits.shape[1:]
    in_text = torch.arange(past, past + m, device=logits.device) < vocab.length  # m
    is_text = torch.arange(V, device=logits.device) < vocab.first_code  # V
    return logits.masked_fill(in_text[:, None] != is_text, -math.inf)
    # END SOLUTION


def stream_loss(
    logits: Float[Tensor, "b n V"],  # row i predicts position i
    stream: Int[Tensor, "b n"],
    vocab: Vocabulary,
) -> Float[Tensor, ""]:
    """Return 1/8 of the mean cross-entropy of the text's positions plus 7/8 of that of the image's.

    Ramesh et al. 2021, Sec. 2.2. Logits are split first; paddings count.
    """
    # BEGIN SOLUTION
    split = split_logits(logits, 0, vocab).mT  # b V n
    losses = F.cross_entropy(split, stream, reduction="none")  # b n
    return losses[:, : vocab.length].mean() / 8 + 7 * losses[:, vocab.length :].mean() / 8
    # END SOLUTION
