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
    # BEGIN SOLUTION
    return torch.einsum("bn,noikl->boikl", logits.softmax(dim=1), bank)
    # END SOLUTION


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
    # BEGIN SOLUTION
    b = len(x)
    kernel = select_kernel(bank, logits) * style[:, None, :, None, None]  # b o i k k
    if demodulate:
        kernel = kernel * (kernel.square().sum(dim=(2, 3, 4), keepdim=True) + eps).rsqrt()
    # One group of channels for each sample.
    wide = x.flatten(0, 1)[None]  # 1 b*i h w
    y = F.conv2d(wide, kernel.flatten(0, 1), padding=bank.shape[-1] // 2, groups=b)  # 1 b*o h w
    return y.squeeze(0).unflatten(0, (b, -1))
    # END SOLUTION


# -------------------- 5.2 l2_attention
def l2_attention(
    q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], v: Float[Tensor, "b h m d"]
) -> Float[Tensor, "b h n d"]:
    """Return attention whose weights are the softmax of minus the squared distances over the root of d.

    Kim et al. 2021, Kang et al. 2023.
    """
    # BEGIN SOLUTION
    # A query's own length is one number for all keys, so it drops out of the softmax.
    bias = -k.square().sum(dim=-1)[:, :, None] / k.shape[-1] ** 0.5  # b h 1 m
    return F.scaled_dot_product_attention(2 * q, k, v, attn_mask=bias)
    # END SOLUTION


# -------------------- 5.3 gigagan_loss
def pyramid(x: Float[Tensor, "b c h w"], levels: int) -> list[Float[Tensor, "b c _ _"]]:
    """Return `levels` images, x first, each the 2 x 2 means of the one before.

    Raises ValueError where a side cannot be halved.
    """
    # BEGIN SOLUTION
    images = [x]
    for _ in range(levels - 1):
        h, w = images[-1].shape[2:]
        if h % 2 or w % 2:
            raise ValueError(f"an image of {h} x {w} cannot be halved")
        images.append(F.avg_pool2d(images[-1], 2))
    return images
    # END SOLUTION


def wrong_texts(text: Float[Tensor, "b d"], shift: int = 1) -> Float[Tensor, "b d"]:
    """Give every sample another sample's text: sample i that of sample i - shift, counted in a circle.

    Raises ValueError where that is its own.
    """
    # BEGIN SOLUTION
    if shift % len(text) == 0:
        raise ValueError(f"a shift by {shift} gives each of {len(text)} samples its own text")
    return text.roll(shift, dims=0)
    # END SOLUTION


def multiscale_losses(
    real: list[Tensor],  #        logits of real images with their texts, of one level each, in any shape
    fake: list[Tensor],  #        of generated images with the texts that they were made for
    mismatched: list[Tensor],  #  of real images with others' texts
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Return what the adversary minimises and what the generator minimises, each the mean over levels.

    Kang et al. 2023, on the matching-aware loss. Raises ValueError without a level, and for different numbers
    of levels.
    """
    # BEGIN SOLUTION
    if not len(real) == len(fake) == len(mismatched) > 0:
        raise ValueError("the three lists need as many levels, and at least one")
    adversary = list(map(discriminator_loss, real, fake))
    matching = [F.softplus(m).mean() for m in mismatched]
    generator = list(map(generator_loss, fake))
    return torch.stack(adversary).mean() + torch.stack(matching).mean(), torch.stack(generator).mean()
    # END SOLUTION
