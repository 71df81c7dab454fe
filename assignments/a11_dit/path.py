"""Given: the straight path from data, t = 0, to noise, t = 1."""

from jaxtyping import Float
from torch import Tensor


def path(
    x0: Float[Tensor, "b *dims"], eps: Float[Tensor, "b *dims"], t: Float[Tensor, " b"]
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, "b *dims"]]:
    """Return x_t and the velocity dx/dt, in the wider dtype of x0 and eps."""
    v = eps - x0
    return x0 + t.to(x0.dtype).reshape(-1, *[1] * (x0.ndim - 1)) * v, v
