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
    # BEGIN SOLUTION
    if dim % 4:
        raise ValueError(f"{dim} channels are not four groups of waves")
    m = dim // 4
    frequency = 10_000.0 ** (-torch.arange(m, dtype=torch.float64) / m)  # m
    token = torch.arange(h * w)
    column, row = ((place[:, None] * frequency) for place in (token % w, token // w))  # n m
    return torch.cat([column.sin(), column.cos(), row.sin(), row.cos()], dim=1)
    # END SOLUTION


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
    # BEGIN SOLUTION
    n, d = x.shape[-2:]
    if d % 4 or n != h * w:
        raise ValueError(f"{n} tokens of {d} channels are not {h} x {w} tokens of four groups")
    m = d // 4
    frequency = base ** (-torch.arange(m, dtype=torch.float64, device=x.device) / m)  # m
    token = torch.arange(n, device=x.device)
    angle = torch.cat([place[:, None] * frequency for place in (token // w, token % w)], dim=1)  # n d/2
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    u, v = x[..., ::2], x[..., 1::2]  # *batch n d/2
    return torch.stack([u * cos - v * sin, u * sin + v * cos], dim=-1).flatten(-2)
    # END SOLUTION
