"""Images, and signal levels whose square roots are plain fractions, for the public checks.

At the first level the signal keeps 24/25 of its size and the noise has 7/25, then 15/17 and 8/17, and so on.
"""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close

SIDES = torch.tensor([[24, 7, 25], [15, 8, 17], [4, 3, 5], [3, 4, 5], [5, 12, 13]], dtype=torch.float64)
SIGNAL = SIDES[:, 0] / SIDES[:, 2]  # deviation that is left of the signal, at each level
NOISE = SIDES[:, 1] / SIDES[:, 2]  # deviation of the noise; the squares of both add up to 1
B = len(SIDES)  # images in a batch, one for each level

SHAPES = ((), (5,), (1, 4, 5))  # of one image; (5,) has as many columns as there are images
FORMS = ("eps", "x0", "v", "score")  # what a model may predict

EXACT = 1e-12  # tolerance: float64 rounds at 1e-16; a few operations stay far below this
SINGLE = 1e-5  # tolerance: float32 rounds at 6e-8, on values up to 30 and a few operations
HALF = 5e-3  # tolerance: float16 rounds at 5e-4, on values up to 5
QUADRATURE = 1e-5  # tolerance of the mean of a guided ODE: five digits, as task 5.2 asks

BY_IMAGE = "One number for each image must scale images, not columns: see per_image in axes.py."
CAST = "float64 times float32 is float64: cast the result to the dtype of what came in."
DIGITS = (
    "The first digits are right and the last are not: float32 arithmetic does that, and so does a small "
    "constant such as 1e-8. Work in the dtype that came in, or in float64."
)
IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."


def near(actual: Any, expected: Any, what: str, hint: str = "", tolerance: float = EXACT) -> None:
    """Expect the same values; where float32's digits are right and no more, say so instead of the hint."""
    close(actual, expected, rtol=max(SINGLE, tolerance), atol=max(SINGLE, tolerance), what=what, hint=hint)
    close(actual, expected, rtol=tolerance, atol=tolerance, what=what, hint=DIGITS)


def two_batches(seed: Seed, *dims: int) -> tuple[Tensor, Tensor]:
    """Return two batches of images or predictions."""
    return seed.fork("a").normal(B, *dims), seed.fork("b").normal(B, *dims)


def by_image(values: Tensor, images: Tensor) -> Tensor:
    """Return the images, each times its own value."""
    return torch.stack([value * image for value, image in zip(values, images, strict=True)])
