"""Which earlier tokens a layer of DALL-E's transformer looks at: all of the text, and a part of the image."""

import torch
from jaxtyping import Bool
from torch import Tensor


def sparse_mask(
    kind: str,  # "row", "column" or "conv"
    L: int,  #    text positions
    d: int,  #    rows and columns of the image's grid
    k: int = 11,  # of "conv": rows and columns of the window; odd
) -> Bool[Tensor, "n n"]:
    """Return which of the n = L + d * d tokens the token of each row may look at (True).

    Child et al. 2019; Ramesh et al. 2021, appendix B. Raises ValueError for any other kind.
    """
    # BEGIN SOLUTION
    token = torch.arange(L + d * d)
    apart = token[:, None] - token  # n n
    row, column = (token - L) // d, (token - L) % d
    if kind == "row":
        near = apart <= d
    elif kind == "column":
        near = apart % d == 0
    elif kind == "conv":
        rows, columns = ((place[:, None] - place).abs() for place in (row, column))
        near = torch.maximum(rows, columns) <= k // 2
    else:
        raise ValueError(f"there is no mask of the kind {kind!r}")
    return (apart >= 0) & ((token < L) | near)
    # END SOLUTION


def layer_kinds(layers: int) -> list[str]:
    """Return all layers' masks: row, column, row, row, and so on; the last is conv (Ramesh et al. 2021)."""
    # BEGIN SOLUTION
    kinds = ["column" if i % 4 == 1 else "row" for i in range(layers)]
    return [*kinds[:-1], "conv"]
    # END SOLUTION
