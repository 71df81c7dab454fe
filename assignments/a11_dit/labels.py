"""Given: whose label is not told in training."""

from jaxtyping import Bool, Float
from torch import Tensor


def dropped(uniforms: Float[Tensor, " b"], share: float) -> Bool[Tensor, " b"]:
    """Return True for those whose uniform number says that their label is dropped."""
    return uniforms < share
