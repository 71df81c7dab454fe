"""GigaGAN: kernels that depend on the words, attention by distance, an adversary of many scales."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from .adversary import discriminator_loss, generator_loss


# -------------------- 5.1 adaptive_conv
def select_kernel(
    bank: Float[Tensor, "n o i k k"], logits: Float[Tensor, "b n"]
) -> Float[Tensor, "b o i k k"]:
    """Mix a bank of kernels for each sample, with the softmax of its logits (Kang et al. 2023)."""
    raise NotImplementedError("TODO adaptive_conv: read task 5.1 in README.md")


def adaptive_conv(
    x: Float[Tensor, "b i h w"],
    bank: Float[Tensor, "n o i k k"],
    logits: Float[Tensor, "b n"],
    style: Float[Tensor, "b i"],  # multiplies input channels; 1 changes nothing
    demodulate: bool = True,
    eps: float = 1e-8,
) -> Float[Tensor, "b o h w"]:
    """Convolve each sample with its own kernel: mixed, modulated by its style, each filter of length 1.

    Karras et al. 2020, Kang et al. 2023. `eps` is added to the sum of squares. k is odd.
    """
    raise NotImplementedError("TODO adaptive_conv: read task 5.1 in README.md")


# -------------------- 5.2 l2_attention
def l2_attention(
    q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], v: Float[Tensor, "b h m d"]
) -> Float[Tensor, "b h n d"]:
    """Return attention whose weights are the softmax of minus the squared distances over the root of d.

    Kim et al. 2021, Kang et al. 2023.
    """
    raise NotImplementedError("TODO l2_attention: read task 5.2 in README.md")


# -------------------- 5.3 gigagan_loss
def pyramid(x: Float[Tensor, "b c h w"], levels: int) -> list[Float[Tensor, "b c _ _"]]:
    """Return `levels` images, x first, each the 2 x 2 means of the one before.

    Raises ValueError where a side cannot be halved.
    """
    raise NotImplementedError("TODO gigagan_loss: read task 5.3 in README.md")


def wrong_texts(text: Float[Tensor, "b d"], shift: int = 1) -> Float[Tensor, "b d"]:
    """Give every sample another sample's text: sample i that of sample i - shift, counted in a circle.

    Raises ValueError where that is its own.
    """
    raise NotImplementedError("TODO gigagan_loss: read task 5.3 in README.md")


def multiscale_losses(
    real: list[Tensor],  #        logits of real images with their texts, of one level each, in any shape
    fake: list[Tensor],  #        of generated images with the texts that they were made for
    mismatched: list[Tensor],  #  of real images with others' texts
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Return what the adversary minimises and what the generator minimises, each the mean over levels.

    Kang et al. 2023, on the matching-aware loss. Raises ValueError without a level, and for different numbers
    of levels.
    """
    raise NotImplementedError("TODO gigagan_loss: read task 5.3 in README.md")
