"""What Stable Diffusion adds to latent diffusion: CLIP's words, a sampler of higher order, tiles.

Latents are (b, c, h, w). A ladder says which levels a sampler visits, and makes its step (`ladder.py`).
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .ladder import Ladder


# -------------------- 1.1 clip_context
def clip_context(
    layers: nn.ModuleList,
    norm: nn.Module,
    x: Float[Tensor, "b n d"],
    skip: int = 0,  # of the last layers: 1 is the "penultimate" layer of Stable Diffusion 2
) -> Float[Tensor, "b n d"]:
    """Return what cross-attention gets of embedded tokens: CLIP's layers but the last `skip`, then `norm`.

    A layer is called as layer(x, mask) with a mask (n, n), True = may look. Raises ValueError unless
    at least one layer is left.
    """
    raise NotImplementedError("TODO clip_context: read task 1.1 in README.md")


# -------------------- 1.2 plms
def plms_noise(
    eps: Float[Tensor, "b *dims"],
    old: list[Float[Tensor, "b *dims"]],  # the model's earlier answers, newest first; the first three count
) -> Float[Tensor, "b *dims"]:
    """Extrapolate the noise over the next step from this answer and up to three earlier ones.

    Liu et al. 2022; the coefficients are those of Adams and Bashforth.
    """
    raise NotImplementedError("TODO plms: read task 1.2 in README.md")


def plms(
    model: Callable[[Tensor, int], Tensor], z: Float[Tensor, "b *dims"], ladder: Ladder
) -> Float[Tensor, "b *dims"]:
    """Lead latents down a ladder by PLMS: one call of model(z, t) a step, and one more in the first.

    The default sampler of the first Stable Diffusion. The first step is Heun's, or for a ladder of one step
    DDIM's. No gradients are recorded.
    """
    raise NotImplementedError("TODO plms: read task 1.2 in README.md")


# -------------------- 1.3 tiled_decode
def tile_starts(n: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles begin that cover n rows, the last one flush with the end; one tile if n <= tile.

    Raises ValueError unless 0 <= overlap < tile.
    """
    raise NotImplementedError("TODO tiled_decode: read task 1.3 in README.md")


def tile_weights(start: int, n: int, tile: int, overlap: int, factor: int) -> Float[Tensor, " pixels"]:
    """Return the weights of a tile's pixels along one axis: 1, but sloping over k = overlap * factor pixels
    at each end where another tile follows: (i + 1) / (k + 1) for the i-th pixel from there. Float64.
    """
    raise NotImplementedError("TODO tiled_decode: read task 1.3 in README.md")


def tiled_decode(
    decode: Callable[[Tensor], Tensor],  # (b, c, h, w) to (b, C, h * factor, w * factor)
    z: Float[Tensor, "b c h w"],
    tile: int,  #    rows and columns of a tile of latents
    overlap: int,
    factor: int,
) -> Float[Tensor, "b C H W"]:
    """Decode latents tile by tile, one at a time, and return the weighted mean of the tiles at each pixel.

    The result has the dtype of `z`; no gradients are recorded. Raises ValueError as `tile_starts` does.
    """
    raise NotImplementedError("TODO tiled_decode: read task 1.3 in README.md")
