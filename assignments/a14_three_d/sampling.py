"""Where along its ray a field is asked: once in each bin, then mostly where something was seen."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def stratified_samples(
    near: float,
    far: float,
    u: Float[Tensor, "r n"],  # in [0, 1): where in its bin each sample lies
) -> tuple[Float[Tensor, "r n"], Float[Tensor, " n+1"]]:
    """Return one sample in each of n equal bins of [near, far], and the bins' edges.

    Mildenhall et al. 2020, Eq. 2. Raises ValueError unless near < far.
    """
    raise NotImplementedError("TODO stratified_samples: read task 2.1 in README.md")


def importance_samples(
    edges: Float[Tensor, "r e"],  #   e = n + 1 of them
    weights: Float[Tensor, "r n"],  # mass of each bin, up to a factor
    u: Float[Tensor, "r m"],  #       in [0, 1)
) -> Float[Tensor, "r m"]:
    """Return samples of the law that is constant in each bin, by inverting its cumulative distribution.

    Mildenhall et al. 2020, Sec. 5.2. Rays without any weight have equally likely bins. No gradient flows
    through samples. Raises ValueError for negative weights.
    """
    raise NotImplementedError("TODO importance_samples: read task 2.2 in README.md")
