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
    raise NotImplementedError("TODO geometry: read task 6.1 in README.md")


def uniformity(x: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """Return ln of the mean over all pairs of different rows of exp(-2 |x_i - x_j|^2) (Wang and Isola 2020).

    0 when all are the same, and the more negative the better they spread. Raises ValueError for n < 2.
    """
    raise NotImplementedError("TODO geometry: read task 6.1 in README.md")


def modality_gap(image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, ""]:
    """Return the distance between the mean of the images and the mean of the texts (Liang et al. 2022).

    Raises ValueError when there is no image or no text.
    """
    raise NotImplementedError("TODO geometry: read task 6.1 in README.md")
