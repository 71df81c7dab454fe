"""What the two clouds of embeddings look like on the sphere. Every row is brought to unit length first."""

import torch
from jaxtyping import Float
from torch import Tensor

from .batch import count_pairs
from .similarity import unit


def alignment(image: Float[Tensor, "n d"], text: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Return the mean squared distance of the two embeddings of a pair (Wang and Isola 2020).

    0 for equal directions, 2 for orthogonal ones. Raises ValueError for what `count_pairs` refuses.
    """
    # BEGIN SOLUTION
    count_pairs((image, text))
    return (unit(image) - unit(text)).square().sum(dim=1).mean()
    # END SOLUTION


def uniformity(x: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Return ln of the mean over all pairs of different rows of exp(-2 |x_i - x_j|^2) (Wang and Isola 2020).

    0 when all are the same, and the more negative the better they spread. Raises ValueError for n < 2.
    """
    # BEGIN SOLUTION
    if len(x) < 2:
        raise ValueError(f"{len(x)} rows have no pair of different ones")
    distance = torch.pdist(unit(x))  # n (n - 1) / 2
    return (-2 * distance.square()).exp().mean().log()
    # END SOLUTION


def modality_gap(image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, ""]:
    """Return the distance between the mean of the images and the mean of the texts (Liang et al. 2022).

    Raises ValueError when there is no image or no text.
    """
    # BEGIN SOLUTION
    if len(image) == 0 or len(text) == 0:
        raise ValueError("without rows there is no mean")
    return (unit(image).mean(dim=0) - unit(text).mean(dim=0)).norm()
    # END SOLUTION
