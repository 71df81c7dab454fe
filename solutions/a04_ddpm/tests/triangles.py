"""A schedule made of right triangles, so that both square roots are plain fractions.

After step 0 the signal keeps 24/25 of its size and the noise has 7/25, then 15/17 and 8/17, and so on.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, raises

SIDES = torch.tensor([[24, 7, 25], [15, 8, 17], [4, 3, 5], [3, 4, 5], [5, 12, 13]], dtype=torch.float64)
SIGNAL, NOISE = SIDES[:, 0] / SIDES[:, 2], SIDES[:, 1] / SIDES[:, 2]  # deviations: squares add up to 1
ALPHA_BAR = SIGNAL * SIGNAL
T = len(ALPHA_BAR)
BETA, BETA_TILDE = 0.4375, 0.24609375  # of step 3: 1 - 0.36 / 0.64, and 0.36 / 0.64 of it

SHAPES = ((), (5,), (1, 4, 5))  # of one image; (5,) has as many columns as there are images
CAST = "float64 times float32 is float64: cast the result to the dtype of the images."
RANGE = "Indexing takes step -1 for the last one without a word; at_step raises ValueError for you."
BY_IMAGE = "alpha_bar[t] has shape (b,): it must scale images, not columns. See at_step."


def every_step(seed: Seed, *dims: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return x_0, t and eps of one image for each step, in mixed order."""
    t = torch.tensor([3, 0, 4, 2, 1])
    return seed.fork("x0").normal(T, *dims), t, seed.fork("eps").normal(T, *dims)


def noised(x0: Tensor, t: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    """Return x_t and v, image by image, from the triangles."""
    x_t = [SIGNAL[step] * image + NOISE[step] * noise for image, step, noise in zip(x0, t, eps, strict=True)]
    v = [SIGNAL[step] * noise - NOISE[step] * image for image, step, noise in zip(x0, t, eps, strict=True)]
    return torch.stack(x_t), torch.stack(v)


def expect_refusal(function: Callable[..., Any]) -> None:
    """Expect ValueError for steps outside 0..T-1, also when only one image of a batch has such a step."""
    for step in (-1, T):
        with raises(ValueError, hint=RANGE):
            function(torch.ones(2), torch.ones(2), torch.tensor([0, step]), ALPHA_BAR)
