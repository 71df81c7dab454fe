"""Given: the lab's schedule, its sampler, and the mark that the lab uses."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

SIZE, T = 8, 100
INNER, KEY = 1, (0.0, 1.0, -1.0, 1.0)


def alpha_bars() -> Float[Tensor, " T"]:
    """Return the signal variance of each step, by the cosine schedule of assignment 4."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    signal = torch.cos((u + 0.008) / 1.008 * torch.pi / 2) ** 2
    return torch.cumprod((signal[1:] / signal[:-1]).clamp(min=0.001), dim=0)


def level(t: Int[Tensor, " b"]) -> Float[Tensor, "b 1 1 1"]:
    """Return the signal variance of each image's step."""
    return alpha_bars().to(t.device)[t].float()[:, None, None, None]


def noisy(x: Tensor, eps: Tensor, a: Tensor) -> Tensor:
    """Return images under noise, at these levels."""
    return torch.addcmul(eps * (1 - a).sqrt(), x, a.sqrt())


def to_v(x: Tensor, eps: Tensor, a: Tensor) -> Tensor:
    """Return v of an image and its noise at these levels."""
    return eps * a.sqrt() - x * (1 - a).sqrt()


def noise_model(network: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the noise that a network which predicts v finds in x_t."""

    def predict(x_t: Tensor, t: Tensor) -> Tensor:
        a = level(t)
        return network(x_t, t) * a.sqrt() + x_t * (1 - a).sqrt()

    return predict


@torch.no_grad()
def draw(network: nn.Module, z: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
    """Return the images that DDIM makes of noise in all T steps, without fresh noise."""
    predict, x = noise_model(network), z
    for t in reversed(range(T)):
        steps = torch.full((len(x),), t, device=x.device)
        eps, a = predict(x, steps), level(steps)
        before = level(steps - 1) if t else torch.ones_like(a)
        image = (x - eps * (1 - a).sqrt()) / a.sqrt()
        x = image * before.sqrt() + eps * (1 - before).sqrt()
    return x
