"""Where a token stands: waves that are added to it, and angles by which its channels turn.

Token number r * w + c of h rows of w stands in row r and column c, both counted from 0.
"""

import torch
from jaxtyping import Float, Float64
from torch import Tensor


def sincos_2d(h: int, w: int, dim: int) -> Float64[Tensor, "n dim"]:
    """Return sin(c f), cos(c f), sin(r f), cos(r f) of each token, with dim / 4 frequencies f.

    f_j = 10000^(-j / (dim / 4)), j from 0: the layout of MAE and DiT. Raises ValueError unless 4 divides dim.
    """
    raise NotImplementedError("TODO sincos_2d: read task 2.1 in README.md")


def rope_2d(
    x: Float[Tensor, "*batch n d"],
    h: int,
    w: int,
    base: float = 100.0,  # ratio of the fastest frequency to the one that would come after the slowest
) -> Float[Tensor, "*batch n d"]:
    """Turn pairs of channels by angles that grow with the position (Su et al. 2021, on two axes).

    Channels 2i and 2i + 1 are a pair. The first half turns by row * base^(-i / (d / 4)), i from 0, the second
    half by the column in the same way. Raises ValueError unless 4 divides d and n = h * w.
    """
    raise NotImplementedError("TODO rope_2d: read task 2.2 in README.md")
