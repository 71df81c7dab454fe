"""Classes that are named in words: no picture of them is ever trained on."""

from jaxtyping import Bool, Float
from torch import Tensor

from .similarity import clip_logits, unit


def class_embeddings(
    text: Float[Tensor, "k p d"],  # of each of k classes the embeddings of p prompts
    mask: Bool[Tensor, "k p"] | None = None,  # False where a class has no such prompt; None: all are there
) -> Float[Tensor, "k d"]:
    """Return the unit vector in the mean direction of each class's prompts (Radford et al. 2021, Sec. 3.1.4).

    Raises ValueError for a class without any prompt.
    """
    raise NotImplementedError("TODO zero_shot: read task 4.1 in README.md")


def zero_shot(
    image: Float[Tensor, "n d"], classes: Float[Tensor, "k d"], log_scale: Float[Tensor, ""]
) -> Float[Tensor, "n k"]:
    """Return for each image the probability of each class."""
    raise NotImplementedError("TODO zero_shot: read task 4.1 in README.md")
