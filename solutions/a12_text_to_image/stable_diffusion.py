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
    # BEGIN SOLUTION
    if not 0 <= skip < len(layers):
        raise ValueError(f"{skip} of {len(layers)} layers cannot be skipped")
    n = x.shape[1]
    causal = torch.ones(n, n, dtype=torch.bool, device=x.device).tril()
    for layer in layers[: len(layers) - skip]:
        x = layer(x, causal)
    return norm(x)
    # END SOLUTION


# -------------------- 1.2 plms
def plms_noise(
    eps: Float[Tensor, "b *dims"],
    old: list[Float[Tensor, "b *dims"]],  # the model's earlier answers, newest first; the first three count
) -> Float[Tensor, "b *dims"]:
    """Extrapolate the noise over the next step from this answer and up to three earlier ones.

    Liu et al. 2022; the coefficients are those of Adams and Bashforth.
    """
    # BEGIN SOLUTION
    known = torch.stack([eps, *old[:3]])  # k+1 b ...
    rows = ((1,), (3, -1), (23, -16, 5), (55, -59, 37, -9))
    weights = eps.new_tensor(rows[len(known) - 1])
    return torch.tensordot(weights, known, 1) / weights.sum()
    # END SOLUTION


def plms(
    model: Callable[[Tensor, int], Tensor], z: Float[Tensor, "b *dims"], ladder: Ladder
) -> Float[Tensor, "b *dims"]:
    """Lead latents down a ladder by PLMS: one call of model(z, t) a step, and one more in the first.

    The default sampler of the first Stable Diffusion. The first step is Heun's, or for a ladder of one step
    DDIM's. No gradients are recorded.
    """
    # BEGIN SOLUTION
    old: list[Tensor] = []
    with torch.no_grad():
        for i, t in enumerate(ladder.t):
            eps = model(z, t)
            better = plms_noise(eps, old)
            if i == 0 and len(ladder) > 1:
                # Nothing is known of the past: look ahead instead, and step from z again.
                tried = ladder.step(z, eps, 0)
                better = (eps + model(tried, ladder.t[1])) / 2
            old = [eps, *old]
            z = ladder.step(z, better, i)
    return z
    # END SOLUTION


# -------------------- 1.3 tiled_decode
def tile_starts(n: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles begin that cover n rows, the last one flush with the end; one tile if n <= tile.

    Raises ValueError unless 0 <= overlap < tile.
    """
    # BEGIN SOLUTION
    if not 0 <= overlap < tile:
        raise ValueError(f"tiles of {tile} cannot overlap by {overlap}")
    return [*range(0, n - tile, tile - overlap), max(n - tile, 0)]
    # END SOLUTION


def tile_weights(start: int, n: int, tile: int, overlap: int, factor: int) -> Float[Tensor, " pixels"]:
    """Return the weights of a tile's pixels along one axis: 1, but sloping over k = overlap * factor pixels
    at each end where another tile follows: (i + 1) / (k + 1) for the i-th pixel from there. Float64.
    """
    # BEGIN SOLUTION
    size, k = min(tile, n) * factor, overlap * factor
    slope = (torch.arange(1, size + 1, dtype=torch.float64) / (k + 1)).clamp(max=1)
    weights = torch.ones(size, dtype=torch.float64)
    if start > 0:
        weights = weights * slope
    if start + tile < n:
        weights = weights * slope.flip(0)
    return weights
    # END SOLUTION


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
    # BEGIN SOLUTION
    b, _, h, w = z.shape
    total, weights = None, z.new_zeros(h * factor, w * factor)
    with torch.no_grad():
        for top in tile_starts(h, tile, overlap):
            rows = tile_weights(top, h, tile, overlap, factor)
            for left in tile_starts(w, tile, overlap):
                columns = tile_weights(left, w, tile, overlap, factor)
                image = decode(z[:, :, top : top + tile, left : left + tile])
                if total is None:  # the first tile tells how many channels there are
                    total = z.new_zeros(b, image.shape[1], h * factor, w * factor)
                # Add the tile where it belongs, and keep count of its weights.
                weight = (rows[:, None] * columns).to(z.device)  # pixels pixels
                y, x = top * factor, left * factor
                place = (..., slice(y, y + len(rows)), slice(x, x + len(columns)))
                total[place] += weight * image
                weights[place] += weight
    return total / weights
    # END SOLUTION
