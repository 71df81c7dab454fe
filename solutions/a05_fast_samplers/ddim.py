"""DDIM: from one noise level to any other, with as much fresh noise as one likes (Song et al. 2021)."""

import math
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .levels import x0_and_eps

Model = Callable[[Tensor, Tensor], Tensor]  # model(x, t) with t (b,) int64: a prediction, shaped like x


def ddim_sigma(a_t: float, a_s: float, eta: float) -> float:
    """Return the deviation of the fresh noise between the levels a_t and a_s (Song et al. 2021, Eq. 16).

    eta = 0: none, whichever way the step leads. eta = 1: ancestral sampling's between these two levels.
    Raises ValueError when eta > 0 and a_s < a_t: fresh noise is added on the way down only.
    """
    # BEGIN SOLUTION
    if eta == 0:
        return 0.0
    if a_s < a_t:
        raise ValueError(f"with eta > 0 a step leads to less noise, but alpha_bar goes from {a_t} to {a_s}")
    return eta * math.sqrt((1 - a_s) / (1 - a_t)) * math.sqrt(1 - a_t / a_s)
    # END SOLUTION


def ddim_step(
    x0: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    noise: Float[Tensor, "b *dims"],
    a_t: float,
    a_s: float,
    eta: float = 0.0,
) -> Float[Tensor, "b *dims"]:
    """Return x at level a_s, from the image and the noise in x at level a_t (Song et al. 2021, Eq. 12).

    `noise` is fresh, standard normal. a_s = 1 gives x0. Errors are those of ddim_sigma.
    """
    # BEGIN SOLUTION
    sigma = ddim_sigma(a_t, a_s, eta)
    direction = math.sqrt(max(1 - a_s - sigma**2, 0.0))  # rounding may leave less than nothing
    return math.sqrt(a_s) * x0 + direction * eps + sigma * noise
    # END SOLUTION


def ddim_sample(
    model: Model,
    x_T: Float[Tensor, "b *dims"],
    noises: Iterable[Float[Tensor, "b *dims"]],  # one for each step, in the order of use
    alpha_bar: Float[Tensor, " T"],
    timesteps: Int[Tensor, " steps"],  # falling, of 0..T-1
    eta: float = 0.0,
    form: str = "eps",  #   what the model predicts: "eps", "x0" or "v"
    clip: bool = False,  #  clip the predicted image to [-1, 1], and take the noise anew from it
) -> Float[Tensor, "b *dims"]:
    """Return the images that DDIM makes of `x_T`, one call of the model for each of `timesteps`.

    The level after the last step is 1: clean. No gradient is recorded. `noises` may be a list, or an iterator
    that can be gone through only once. Raises ValueError unless there are as many as steps.
    """
    # BEGIN SOLUTION
    a = [*alpha_bar[timesteps].tolist(), 1.0]
    x = x_T
    with torch.no_grad():
        for i, (t, noise) in enumerate(zip(timesteps.tolist(), noises, strict=True)):
            x0, eps = x0_and_eps(model(x, torch.full((len(x),), t, device=x.device)), x, a[i], form)
            if clip:
                x0, eps = x0_and_eps(x0.clamp(-1, 1), x, a[i], "x0")
            x = ddim_step(x0, eps, noise, a[i], a[i + 1], eta)
    return x
    # END SOLUTION


def ddim_invert(
    model: Model,  # predicts eps
    x0: Float[Tensor, "b *dims"],
    alpha_bar: Float[Tensor, " T"],
    timesteps: Int[Tensor, " steps"],  # as for ddim_sample: falling
) -> Float[Tensor, "b *dims"]:
    """Return the noise from which DDIM with eta = 0 makes about `x0`: its steps upwards, clean to noisy.

    In each step the model is told the step that x climbs to. One call for each of `timesteps`; no gradient is
    recorded.
    """
    # BEGIN SOLUTION
    a = [*alpha_bar[timesteps].tolist(), 1.0]
    x = x0
    with torch.no_grad():
        for i, t in reversed(list(enumerate(timesteps.tolist()))):
            image, eps = x0_and_eps(model(x, torch.full((len(x),), t, device=x.device)), x, a[i + 1], "eps")
            x = ddim_step(image, eps, torch.zeros_like(x), a[i + 1], a[i])
    return x
    # END SOLUTION
