"""Pictures cut into tokens and put together again.

Tokens are counted row by row. Inside a token the order is (row of the patch, column, channel): channel last.
"""

from einops import rearrange
from jaxtyping import Float, Num
from torch import Tensor


def patchify(x: Num[Tensor, "b c H W"], p: int) -> Num[Tensor, "b n k"]:
    """Return the patches of p times p pixels, each as a token of k = p * p * c numbers.

    As the output layer of DiT has them (Peebles and Xie 2023). Raises ValueError unless p divides H and W.
    """
    raise NotImplementedError("TODO patchify: read task 1.1 in README.md")


def unpatchify(tokens: Num[Tensor, "b n k"], p: int, h: int, w: int) -> Num[Tensor, "b c H W"]:
    """Put h rows of w tokens together: the inverse of `patchify`.

    Raises ValueError unless n = h * w and p * p divides k.
    """
    raise NotImplementedError("TODO patchify: read task 1.1 in README.md")


def linear_of_conv(weight: Float[Tensor, "d c p q"]) -> Float[Tensor, "d k"]:
    """Return the matrix W for which `patchify(x, p) @ W.T` is a convolution with this weight and stride p."""
    raise NotImplementedError("TODO patchify: read task 1.1 in README.md")
