"""A filter for what must not be shown: cosines to forbidden concepts, each with its threshold."""

import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from .samples import sample


def concept_margins(
    image: Float[Tensor, "n d"],  #    embeddings of any length, as are those of concepts
    concepts: Float[Tensor, "c d"],
    thresholds: Float[Tensor, " c"],
    special: Float[Tensor, "s d"],  #  concepts that make the filter stricter for an image that shows one
    special_thresholds: Float[Tensor, " s"],
    adjustment: float = 0.01,
) -> Float[Tensor, "n c"]:
    """Return cosine - threshold for each image and concept, `adjustment` added for images that are special.

    An image is special where its margin to any special concept is above 0; zeros have cosine 0. Raises
    ValueError for images that are not finite.
    """
    raise NotImplementedError("TODO concept_filter: read task 5.1 in README.md")


def is_unsafe(margins: Float[Tensor, "n c"]) -> Bool[Tensor, " n"]:
    """Return which images have a margin above 0 to any concept."""
    raise NotImplementedError("TODO concept_filter: read task 5.1 in README.md")
