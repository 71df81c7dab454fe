"""Three ways to turn data into noise in continuous time: dx = f(t) x dt + g(t) dw.

t = 0 is data and t = 1 is noise. f is a rate and g a deviation per root of time; in the end
x_t = alpha x_0 + sigma eps. Times are tensors of shape (b,) or (); results are float64 in their shape.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class VP:
    """The variance-preserving SDE, with a beta that grows evenly (Song et al. 2021)."""

    beta_0: float = 0.1  #   beta at t = 0
    beta_1: float = 20.0  #  beta at t = 1

    def drift_rate(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return f(t), the factor of x in the drift."""
        # BEGIN SOLUTION
        t = t.double()
        return -0.5 * (self.beta_0 + (self.beta_1 - self.beta_0) * t)
        # END SOLUTION

    def diffusion(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return g(t), a deviation per root of time."""
        # BEGIN SOLUTION
        t = t.double()
        return (self.beta_0 + (self.beta_1 - self.beta_0) * t).sqrt()
        # END SOLUTION

    def marginal(self, t: Float[Tensor, "*b"]) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b"]]:
        """Return alpha and sigma: x_t is alpha x_0 plus noise of deviation sigma."""
        # BEGIN SOLUTION
        t = t.double()
        integral = self.beta_0 * t + 0.5 * (self.beta_1 - self.beta_0) * t**2
        return torch.exp(-0.5 * integral), (-torch.expm1(-integral)).sqrt()
        # END SOLUTION

    def prior_std(self) -> float:
        """Return the deviation of the noise from which sampling begins."""
        return 1.0


@dataclass(frozen=True)
class SubVP:
    """The sub-VP SDE: the drift of VP, with less noise on the way (Song et al. 2021)."""

    beta_0: float = 0.1  #   beta at t = 0
    beta_1: float = 20.0  #  beta at t = 1

    def drift_rate(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return f(t), the factor of x in the drift."""
        # BEGIN SOLUTION
        return VP(self.beta_0, self.beta_1).drift_rate(t)
        # END SOLUTION

    def diffusion(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return g(t), a deviation per root of time."""
        # BEGIN SOLUTION
        _, sigma = VP(self.beta_0, self.beta_1).marginal(t)
        gone = sigma**2  # 1 - exp(-I), where I is the integral of beta
        return VP(self.beta_0, self.beta_1).diffusion(t) * (gone * (2 - gone)).sqrt()
        # END SOLUTION

    def marginal(self, t: Float[Tensor, "*b"]) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b"]]:
        """Return alpha and sigma: x_t is alpha x_0 plus noise of deviation sigma."""
        # BEGIN SOLUTION
        alpha, sigma = VP(self.beta_0, self.beta_1).marginal(t)
        return alpha, sigma**2
        # END SOLUTION

    def prior_std(self) -> float:
        """Return the deviation of the noise from which sampling begins."""
        return 1.0


@dataclass(frozen=True)
class VE:
    """The variance-exploding SDE: no drift, and noise that grows geometrically (Song et al. 2021)."""

    sigma_min: float = 0.01  #  sigma at t = 0
    sigma_max: float = 50.0  #  sigma at t = 1

    def drift_rate(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return f(t), the factor of x in the drift."""
        # BEGIN SOLUTION
        return torch.zeros_like(t, dtype=torch.float64)
        # END SOLUTION

    def diffusion(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return g(t), a deviation per root of time."""
        # BEGIN SOLUTION
        _, sigma = self.marginal(t)
        return sigma * math.sqrt(2 * math.log(self.sigma_max / self.sigma_min))
        # END SOLUTION

    def marginal(self, t: Float[Tensor, "*b"]) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b"]]:
        """Return alpha and sigma: x_t is alpha x_0 plus noise of deviation sigma."""
        # BEGIN SOLUTION
        t = t.double()
        return torch.ones_like(t), self.sigma_min * (self.sigma_max / self.sigma_min) ** t
        # END SOLUTION

    def prior_std(self) -> float:
        """Return the deviation of the noise from which sampling begins."""
        return self.sigma_max
