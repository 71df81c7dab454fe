"""Images, and signal levels whose square roots are plain fractions, for the public checks.

At the first level the signal keeps 24/25 of its size and the noise has 7/25, then 15/17 and 8/17, and so on.
"""

import torch
from torch import Tensor

from autograder.checks import Seed

SIDES = torch.tensor([[24, 7, 25], [15, 8, 17], [4, 3, 5], [3, 4, 5], [5, 12, 13]], dtype=torch.float64)
SIGNAL = SIDES[:, 0] / SIDES[:, 2]  # deviation that is left of the signal, at each level
NOISE = SIDES[:, 1] / SIDES[:, 2]  # deviation of the noise; the squares of both add up to 1
B = len(SIDES)  # images in a batch, one for each level

SHAPES = ((), (5,), (1, 4, 5))  # of one image; (5,) has as many columns as there are images
FORMS = ("eps", "x0", "v", "score")  # what a model may predict

BY_IMAGE = "One number for each image must scale images, not columns: see per_image in axes.py."
CAST = "float64 times float32 is float64: cast the result to the dtype of what came in."
IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."


def two_batches(seed: Seed, *dims: int) -> tuple[Tensor, Tensor]:
    """Return two batches of images or predictions."""
    return seed.fork("a").normal(B, *dims), seed.fork("b").normal(B, *dims)


def by_image(values: Tensor, images: Tensor) -> Tensor:
    """Return the images, each times its own value."""
    return torch.stack([value * image for value, image in zip(values, images, strict=True)])
