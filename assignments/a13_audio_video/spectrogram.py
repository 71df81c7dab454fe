"""A model made for short spectrograms, used on a long one: the mean of overlapping windows."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .starts import window_starts


# -------------------- 3.1 windows
def windowed_prediction(
    model: Callable[[Tensor, Tensor], Tensor],  # (m, c, mels, window) and steps (m,) to the same shape
    x_t: Float[Tensor, "b c mels frames"],
    t: Int[Tensor, " b"],
    window: int,
    hop: int,
) -> Float[Tensor, "b c mels frames"]:
    """Predict for a longer spectrogram than the model was made for, with one call of the model.

    Each frame gets the mean of the predictions of all windows that cover it (Bar-Tal et al. 2023, for
    pictures). Raises ValueError as `window_starts` does.
    """
    raise NotImplementedError("TODO windows: read task 3.1 in README.md")
