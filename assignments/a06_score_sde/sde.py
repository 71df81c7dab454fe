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
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

    def diffusion(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return g(t), a deviation per root of time."""
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

    def marginal(self, t: Float[Tensor, "*b"]) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b"]]:
        """Return alpha and sigma: x_t is alpha x_0 plus noise of deviation sigma."""
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

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
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

    def diffusion(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return g(t), a deviation per root of time."""
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

    def marginal(self, t: Float[Tensor, "*b"]) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b"]]:
        """Return alpha and sigma: x_t is alpha x_0 plus noise of deviation sigma."""
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

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
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

    def diffusion(self, t: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
        """Return g(t), a deviation per root of time."""
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

    def marginal(self, t: Float[Tensor, "*b"]) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b"]]:
        """Return alpha and sigma: x_t is alpha x_0 plus noise of deviation sigma."""
        raise NotImplementedError("TODO sdes: read task 3.1 in README.md")

    def prior_std(self) -> float:
        """Return the deviation of the noise from which sampling begins."""
        return self.sigma_max
