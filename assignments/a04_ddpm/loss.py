"""What a model is trained on: the squared error of its prediction, and how much each step counts.

A model predicts the noise ("eps"), the image ("x0") or the velocity ("v"); which one is called its form.
Any other form raises ValueError. Losses are one number for each image, so that the caller can weight and
average them.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .forward import v_from_x0_eps


def simple_loss(
    prediction: Float[Tensor, "b *dims"],
    x0: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
    form: str = "eps",  # what the model predicts: "eps", "x0" or "v"
) -> Float[Tensor, " b"]:
    """Return the mean squared error of each image's prediction (Ho et al. 2020, Eq. 14).

    The prediction was made for the x_t that `eps` made of `x0` at step `t`. Returned in the prediction's
    dtype.
    """
    raise NotImplementedError("TODO simple_loss: read task 3.1 in README.md")


def min_snr_weight(
    alpha_bar: Float[Tensor, " T"],
    form: str = "eps",  #   what the model predicts: "eps", "x0" or "v"
    gamma: float = 5.0,  #  signal-to-noise ratio above which steps count equally
) -> Float[Tensor, " T"]:
    """Return by what to multiply each step's simple loss (min-SNR-gamma, Hang et al. 2023).

    In every form the squared error of x_0 then counts min(SNR, gamma). Finite at every signal level, 0 and 1
    included. Float64.
    """
    raise NotImplementedError("TODO simple_loss: read task 3.1 in README.md")
