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
    # BEGIN SOLUTION
    prompts = unit(text)  # k p d
    if mask is not None:
        if not mask.any(dim=1).all():
            raise ValueError("a class without any prompt has no embedding")
        prompts = prompts.masked_fill(~mask[..., None], 0)
    return unit(prompts.sum(dim=1))  # the mean has the same direction
    # END SOLUTION


def zero_shot(
    image: Float[Tensor, "n d"], classes: Float[Tensor, "k d"], log_scale: Float[Tensor, ""]
) -> Float[Tensor, "n k"]:
    """Return for each image the probability of each class."""
    # BEGIN SOLUTION
    return clip_logits(image, classes, log_scale).softmax(dim=1)
    # END SOLUTION
