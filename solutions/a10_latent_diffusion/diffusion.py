"""Diffusion of latents: the schedule, the clock, and a training step in which some prompts are lost."""

from collections.abc import Callable
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

Encoder = Callable[[Tensor], tuple[Tensor, Tensor]]  # encoder(tokens): context (b, m, d) and mask (b, m)


def scaled_linear_betas(
    T: int,
    beta_start: float = 0.00085,  # variance added by the first step
    beta_end: float = 0.012,  #    variance added by the last step
) -> Float[Tensor, " T"]:
    """Return betas whose square roots grow evenly, both ends included, as Stable Diffusion's. Float64."""
    # BEGIN SOLUTION
    return torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64).square()
    # END SOLUTION


def timestep_embedding(
    t: Int[Tensor, " b"],
    dim: int,
    form: Literal["stable_diffusion", "ddpm"] = "stable_diffusion",
    max_period: float = 10_000.0,
) -> Float[Tensor, "b dim"]:
    """Return cosines and sines of t at dim / 2 frequencies that fall geometrically from 1. Float64.

    "stable_diffusion": cosines first, and the frequencies stop one step before 1 / max_period. "ddpm": sines
    first, and the last frequency is 1 / max_period. Raises ValueError for another form, and unless `dim` is
    even and at least 4.
    """
    # BEGIN SOLUTION
    half = dim // 2
    if form not in ("stable_diffusion", "ddpm") or dim != 2 * half or half < 2:
        raise ValueError(f"no embedding of form {form!r} with {dim} values")
    # Frequencies fall from 1; the forms differ in where they end, and in which half comes first.
    gaps = half if form == "stable_diffusion" else half - 1
    exponent = torch.arange(half, dtype=torch.float64, device=t.device) / gaps
    angle = t[:, None] * max_period**-exponent  # (b, half)
    halves = [angle.cos(), angle.sin()] if form == "stable_diffusion" else [angle.sin(), angle.cos()]
    return torch.cat(halves, dim=1)
    # END SOLUTION


def latent_train_step(
    model: nn.Module,  # called with (z_t, t, context, mask), predicts the noise
    encoder: Encoder,
    optimizer: torch.optim.Optimizer,
    z: Float[Tensor, "b c h w"],  #          scaled latents
    tokens: Int[Tensor, "b length"],
    null_tokens: Int[Tensor, " length"],  #  those of the empty prompt
    keep: Bool[Tensor, " b"],  #             False where a sample loses its prompt
    t: Int[Tensor, " b"],
    eps: Float[Tensor, "b c h w"],
    alpha_bar: Float[Tensor, " T"],
) -> float:
    """Move the model, and the encoder if the optimizer has its weights, one step; return the loss before it.

    The loss is the mean square error of the noise (Rombach et al. 2022, Eq. 3). The model gets latents in the
    dtype of `z`.
    """
    # BEGIN SOLUTION
    # The model gets noised latents, and of some samples the empty prompt.
    context, mask = encoder(torch.where(keep[:, None], tokens, null_tokens))
    signal = alpha_bar[t][:, None, None, None]  # (b, 1, 1, 1)
    z_t = signal.sqrt() * z + (1 - signal).sqrt() * eps
    loss = (model(z_t.to(z.dtype), t, context, mask) - eps).square().mean()
    # One step down the gradient.
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    # END SOLUTION
