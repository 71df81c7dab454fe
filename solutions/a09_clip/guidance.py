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
    # BEGIN SOLUTION
    a = per_image(alpha_bar[t], x_t)  # b 1 ... 1
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        eps = model(x, t)
        x0hat = (x - (1 - a).sqrt() * eps) / a.sqrt()
        embedding = image_encoder(x0hat.to(x_t.dtype))  # b e
        # An image's cosine depends on no other image, so the gradient of the sum is that of each.
        cosines = (unit(embedding) * unit(text)).sum()
        (gradient,) = torch.autograd.grad(cosines, x)
    return gradient, eps.detach().to(x_t.dtype)
    # END SOLUTION


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
    # BEGIN SOLUTION
    modes = [(one, one.training) for one in (model, image_encoder)]
    for one, _ in modes:
        one.eval()
    before = torch.cat([alpha_bar.new_ones(1), alpha_bar[:-1]])  # T: the signal after each step
    x = x_T.detach()
    for t in reversed(range(len(alpha_bar))):
        steps = torch.full((len(x),), t, device=x.device)
        gradient, eps = clip_gradient(model, image_encoder, text, x, steps, alpha_bar)
        # Guide the noise as a classifier would, and read off the image.
        signal, noise = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()
        eps = eps - scale * noise * gradient
        x0 = (x - noise * eps) / signal
        if clip:
            x0 = x0.clamp(-1, 1)
            eps = (x - signal * x0) / noise
        # Go down one step.
        x = before[t].sqrt() * x0 + (1 - before[t]).sqrt() * eps
    for one, mode in modes:
        one.train(mode)
    return x
    # END SOLUTION
