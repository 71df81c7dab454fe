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
    raise NotImplementedError("TODO sparse_masks: read task 3.2 in README.md")


def layer_kinds(layers: int) -> list[str]:
    """Return all layers' masks: row, column, row, row, and so on; the last is conv (Ramesh et al. 2021)."""
    raise NotImplementedError("TODO sparse_masks: read task 3.2 in README.md")
