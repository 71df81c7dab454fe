"""Variational diffusion: a schedule that is learnt, and a loss that does not care about its shape.

gamma(t) is minus the log of the signal-to-noise ratio: sigma^2 = sigmoid(gamma), alpha^2 = sigmoid(-gamma).
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from .axes import sum_per_sample


class MonotoneGamma(nn.Module):
    """gamma(t) by a network that can only rise, with fixed ends (Kingma et al. 2021, App. H)."""

    def __init__(self, width: int = 64, gamma_0: float = -13.3, gamma_1: float = 5.0) -> None:
        super().__init__()
        self.w1, self.b1 = nn.Parameter(torch.ones(1)), nn.Parameter(torch.zeros(1))
        self.w2, self.b2 = nn.Parameter(torch.randn(width)), nn.Parameter(torch.randn(width))
        self.w3 = nn.Parameter(torch.randn(width))
        self.gamma_0, self.gamma_1 = gamma_0, gamma_1  # at t = 0 and t = 1, whatever the weights are

    def forward(self, t: Float[Tensor, " b"]) -> Float[Tensor, " b"]:
        """Return gamma at each time, in t's dtype, which is that of the weights."""
        # BEGIN SOLUTION
        w1, w2, w3 = F.softplus(self.w1), F.softplus(self.w2), F.softplus(self.w3)

        def raw(t: Tensor) -> Tensor:
            a = w1 * t[:, None] + self.b1  # (b, 1)
            hidden = torch.sigmoid(w2 * a + self.b2)  # (b, k)
            return a[:, 0] + (w3 * hidden).sum(dim=1)

        low, high = raw(torch.tensor([0.0, 1.0], dtype=t.dtype, device=t.device))
        return self.gamma_0 + (self.gamma_1 - self.gamma_0) * (raw(t) - low) / (high - low)
        # END SOLUTION


def fourier_features(
    x: Float[Tensor, "b c *dims"],
    n_min: int = 7,  # the lowest frequency is 2^n_min pi
    n_max: int = 8,  # the highest, included
) -> Float[Tensor, "b more *dims"]:
    """Return x followed by sin(2^n pi x) for all n, then cos(2^n pi x) for all n (Kingma et al. 2021).

    For each n all channels of x stand together.
    """
    # BEGIN SOLUTION
    angles = torch.cat([2**n * math.pi * x for n in range(n_min, n_max + 1)], dim=1)  # (b, k c, *dims)
    return torch.cat([x, angles.sin(), angles.cos()], dim=1)
    # END SOLUTION


def diffusion_loss(
    gamma: Callable[[Tensor], Tensor],  # called with times (b,), gives (b,)
    t: Float[Tensor, " b"],
    error: Float[Tensor, " b"],  # |eps - prediction|^2, summed over coordinates
    T: int | None = None,
) -> Float[Tensor, " b"]:
    """Return each sample's estimate of the diffusion loss, in nats (Kingma et al. 2021).

    In continuous time (T = None) gamma'(t) / 2 error, differentiable with respect to gamma's parameters; with
    T steps T / 2 (exp(gamma(t) - gamma(t - 1/T)) - 1) error, where t is one of 1/T, 2/T, ..., 1.
    """
    # BEGIN SOLUTION
    if T is not None:
        return T / 2 * torch.expm1(gamma(t) - gamma(t - 1 / T)) * error
    trains = torch.is_grad_enabled()
    with torch.enable_grad():
        t = t.detach().requires_grad_(True)
        (slope,) = torch.autograd.grad(gamma(t).sum(), t, create_graph=trains)
    return slope / 2 * error
    # END SOLUTION


def prior_kl(x: Float[Tensor, "b *dims"], gamma_1: Float[Tensor, ""]) -> Float[Tensor, " b"]:
    """Return the divergence of N(alpha_1 x, sigma_1^2) from N(0, 1), in nats, summed over coordinates."""
    # BEGIN SOLUTION
    signal, log_noise = torch.sigmoid(-gamma_1), F.logsigmoid(gamma_1)  # alpha_1^2 and log sigma_1^2
    return sum_per_sample(signal * x.square() - signal - log_noise) / 2
    # END SOLUTION


def spread_times(b: int, u: float) -> Float[Tensor, " b"]:
    """Return b times, 1/b apart, from one u of [0, 1): (u + i/b) mod 1 (Kingma et al. 2021). Float64."""
    # BEGIN SOLUTION
    return (u + torch.arange(b, dtype=torch.float64) / b) % 1
    # END SOLUTION
