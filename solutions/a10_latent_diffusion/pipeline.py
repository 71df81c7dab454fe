"""From a prompt to an image, from an image to another, and a new part in an old image.

A model is called as model(z, t, context, mask) and predicts the noise; `decode` makes images of latents.
The three samplers record no gradients.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from .diffusion import Encoder
from .ladder import Ladder

Model = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Decode = Callable[[Tensor], Tensor]


def encode_prompts(
    encoder: Encoder, tokens: Int[Tensor, "b length"], null_tokens: Int[Tensor, " length"]
) -> tuple[Float[Tensor, "two_b length d"], Bool[Tensor, "two_b length"]]:
    """Return context and mask of all prompts, and after them of as many empty ones."""
    # BEGIN SOLUTION
    return encoder(torch.cat([tokens, null_tokens.expand_as(tokens)]))
    # END SOLUTION


def guided_noise(
    model: Model,
    z: Float[Tensor, "b c h w"],
    t: int,
    context: Float[Tensor, "two_b length d"],  # of encode_prompts
    mask: Bool[Tensor, "two_b length"],
    w: float,  #                                 1 is plain conditional
) -> Float[Tensor, "b c h w"]:
    """Return eps_u + w (eps_c - eps_u), with one call of the model."""
    # BEGIN SOLUTION
    steps = torch.full((len(context),), t, device=z.device)  # (two_b,)
    conditional, unconditional = model(torch.cat([z, z]), steps, context, mask).chunk(2)
    return torch.lerp(unconditional, conditional, w)
    # END SOLUTION


def text_to_image(
    model: Model,
    encoder: Encoder,
    decode: Decode,
    tokens: Int[Tensor, "b length"],
    null_tokens: Int[Tensor, " length"],
    noise: Float[Tensor, "b c h w"],
    ladder: Ladder,
    w: float = 7.5,
) -> Float[Tensor, "b *image"]:
    """Return an image for each prompt: encode the texts once, make every step of the ladder, decode once."""
    # BEGIN SOLUTION
    with torch.no_grad():
        context, mask = encode_prompts(encoder, tokens, null_tokens)
        z = noise
        for i, t in enumerate(ladder.t):
            z = ladder.step(z, guided_noise(model, z, t, context, mask, w), i)
        return decode(z)
    # END SOLUTION


def noised(
    z0: Float[Tensor, "b c h w"], noise: Float[Tensor, "b c h w"], signal: Float[Tensor, ""]
) -> Float[Tensor, "b c h w"]:
    """Return latents of which a share `signal` of the variance is left (Ho et al. 2020, Eq. 4)."""
    # BEGIN SOLUTION
    return signal.sqrt() * z0 + (1 - signal).sqrt() * noise
    # END SOLUTION


def img2img(
    model: Model,
    encoder: Encoder,
    decode: Decode,
    z0: Float[Tensor, "b c h w"],  # scaled latents of the image to begin with
    tokens: Int[Tensor, "b length"],
    null_tokens: Int[Tensor, " length"],
    noise: Float[Tensor, "b c h w"],
    ladder: Ladder,
    strength: float,  #              share of the steps that are made, 0..1
    w: float = 7.5,
) -> Float[Tensor, "b *image"]:
    """Return images that begin with `z0`, noised just as much as the steps still to be made can remove.

    The number of these steps is the whole number nearest to strength times all. Raises ValueError for a
    strength outside 0..1 (Meng et al. 2022).
    """
    # BEGIN SOLUTION
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must lie in 0..1, but is {strength}")
    # Begin on the rung below which this share of the steps lies.
    start = len(ladder) - round(strength * len(ladder))
    with torch.no_grad():
        context, mask = encode_prompts(encoder, tokens, null_tokens)
        z = noised(z0, noise, ladder.signal[start])
        for i in range(start, len(ladder)):
            z = ladder.step(z, guided_noise(model, z, ladder.t[i], context, mask, w), i)
        return decode(z)
    # END SOLUTION


def latent_mask(mask: Float[Tensor, "b 1 h w"], factor: int) -> Float[Tensor, "b 1 h_small w_small"]:
    """Return the mask of latents: 1 where any of the factor x factor pixels behind a latent is 1."""
    # BEGIN SOLUTION
    return F.max_pool2d(mask, factor)
    # END SOLUTION


def inpaint(
    model: Model,
    encoder: Encoder,
    decode: Decode,
    z0: Float[Tensor, "b c h w"],
    mask: Float[Tensor, "b 1 h w"],  # of latents: 1 where something new is wanted, 0 where z0 stays
    tokens: Int[Tensor, "b length"],
    null_tokens: Int[Tensor, " length"],
    noise: Float[Tensor, "b c h w"],
    ladder: Ladder,
    w: float = 7.5,
) -> Float[Tensor, "b *image"]:
    """Return images in which only the masked part is new (Lugmayr et al. 2022, without their jumps back).

    Begin with `noise`. Before each step, and after the last, the part to keep is put back: `z0` with the same
    `noise`, at the level of that rung.
    """
    # BEGIN SOLUTION
    with torch.no_grad():
        context, mask_of_words = encode_prompts(encoder, tokens, null_tokens)
        z = noise
        for i, t in enumerate(ladder.t):
            # Put back what is kept, with the noise of this rung, before the step.
            z = torch.where(mask > 0, z, noised(z0, noise, ladder.signal[i]))
            z = ladder.step(z, guided_noise(model, z, t, context, mask_of_words, w), i)
        return decode(torch.where(mask > 0, z, z0))
    # END SOLUTION
