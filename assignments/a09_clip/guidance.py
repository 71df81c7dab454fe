"""Pictures that answer to words: CLIP's opinion of the denoised image steers a model that knows no words.

A model is called as model(x_t, t), t of shape (b,), and answers with the noise that it sees in x_t.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .batch import per_image
from .similarity import unit


def clip_gradient(
    model: Callable[[Tensor, Tensor], Tensor],
    image_encoder: Callable[[Tensor], Tensor],  # embeddings (b, e) of images
    text: Float[Tensor, "b e"],  #                 embedding of what each image should show
    x_t: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, "b *dims"]]:
    """Return the gradient of cos(image_encoder(x0hat), text) with respect to x_t, and the noise eps.

    x0hat is the image that the model's noise leaves of x_t; the gradient goes through the model. Both are
    constants in x_t's dtype, also under torch.no_grad, and no gradient is left anywhere.
    """
    raise NotImplementedError("TODO clip_gradient: read task 7.1 in README.md")


def clip_guided_sample(
    model: nn.Module,
    image_encoder: nn.Module,
    text: Float[Tensor, "b e"],
    x_T: Float[Tensor, "b *dims"],
    alpha_bar: Float[Tensor, " T"],
    scale: float,  # 0 is no guidance
    clip: bool = False,  # keep each x0 within [-1, 1]
) -> Float[Tensor, "b *dims"]:
    """Return the images that T steps of DDIM (eta = 0) make of `x_T`, each pushed towards its text.

    One call of model and encoder for each step; no gradient is recorded for the result. Both are put into
    evaluation mode, and afterwards back into the mode that they came in.
    """
    raise NotImplementedError("TODO clip_guided_sample: read task 7.2 in README.md")
