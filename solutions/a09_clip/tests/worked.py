"""The handout's three pairs, and batches of pairs for the public checks."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, exactly

IMAGES = exactly(1, 0, 0.6, 0.8, 0, 1).reshape(3, 2)
TEXTS = exactly(0.8, 0.6, 0, 1, -0.6, 0.8).reshape(3, 2)
LOG_TWO = torch.tensor(math.log(2), dtype=torch.float64)  # scale 2
LOGITS = exactly(1.6, 0, -1.2, 1.92, 1.6, 0.56, 1.2, 2, 1.6).reshape(3, 3)  # of the three pairs at scale 2


def log_of(scale: float, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return the parameter that stands for a scale."""
    return torch.tensor(math.log(scale), dtype=dtype)


def pairs(seed: Seed, n: int, d: int, noise: float = 0.7) -> tuple[Tensor, Tensor]:
    """Return images, none of unit length, and texts that go with them but for noise."""
    image = seed.fork("image").normal(n, d)
    sizes = 0.5 + 2 * seed.fork("sizes").uniform(n, 1)
    return image, sizes * (image + noise * seed.fork("text").normal(n, d))


def through_cosines(of_logits: Tensor, image: Tensor, text: Tensor, scale: float) -> dict[str, Tensor]:
    """Return the gradients of images, texts and log-scale that follow from one of the logits, by hand."""
    cosines = F.cosine_similarity(image[:, None], text[None], dim=2)  # n m
    lengths, others = image.norm(dim=1, keepdim=True), text.norm(dim=1, keepdim=True)
    u, v = image / lengths, text / others
    weighted = scale * of_logits
    of_image = (weighted @ v - (weighted * cosines).sum(1, keepdim=True) * u) / lengths
    of_text = (weighted.T @ u - (weighted * cosines).sum(0)[:, None] * v) / others
    return {"image": of_image, "text": of_text, "log_scale": (weighted * cosines).sum()}
