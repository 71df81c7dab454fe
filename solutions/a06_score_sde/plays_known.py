"""What the plays give your code to work with: fields, SDEs, scores and divergences whose numbers are data.

The numbers come from the checks. Nothing here knows which SDE it is, or works for more than the checks' own
fields.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Asked:
    """What a function was asked: x, the level or time beside it, and whether gradients were recorded."""

    x: Tensor
    level: Tensor
    tracked: bool

    @classmethod
    def of(cls, x: Tensor, level: Any) -> "Asked":
        """Remember one call; refuse a level that is no tensor, with a sentence."""
        if not isinstance(level, Tensor):
            raise ValueError(f"sigma and t are tensors, but the function was given {level!r:.40}")
        tracked = x.requires_grad or torch.is_grad_enabled()
        return cls(x.detach().clone(), level.detach().clone(), tracked)

    def data(self) -> dict[str, Any]:
        """Return what may leave the play."""
        return {"x": self.x, "level": self.level}


class Field(nn.Module):
    """A function of x alone, sample by sample, whose Jacobian is known; `weight` is its parameter.

    "affine": -(x - 0.3) W^T over the flattened coordinates. "sine": w_i sin(x_i x_{i+1}), around the corner.
    "constant" and "bias" ignore x; the second has a parameter all the same.
    """

    def __init__(self, kind: str, weight: Tensor) -> None:
        super().__init__()
        self.kind, self.weight = kind, nn.Parameter(weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return the field at x, in its shape."""
        flat = x.reshape(x.shape[0], -1)
        if self.kind == "affine":
            return -((flat - 0.3) @ self.weight.T).reshape(x.shape)
        if self.kind == "sine":
            return (self.weight * torch.sin(flat * flat.roll(-1, dims=1))).reshape(x.shape)
        if self.kind == "constant":
            return torch.ones_like(x.detach())
        return self.weight.expand(flat.shape).reshape(x.shape)


def evaluate(terms: list[Any], t: Tensor) -> Tensor:
    """Return the sum over terms of P(t) exp(Q(t)); P and Q are parabolas, lowest power first."""

    def at(s: float) -> float:
        return sum((p[0] + s * (p[1] + s * p[2])) * math.exp(q[0] + s * (q[1] + s * q[2])) for p, q in terms)

    return torch.tensor([at(s) for s in t.flatten().tolist()], dtype=torch.float64).reshape(t.shape)


class Known:
    """An SDE of five tables: f, g^2, alpha, sigma^2, each as `evaluate` takes it, and prior_std."""

    def __init__(self, tables: list[Tensor]) -> None:
        self.tables = [table.tolist() for table in tables]

    def drift_rate(self, t: Tensor) -> Tensor:
        """Return f(t)."""
        return evaluate(self.tables[0], t)

    def diffusion(self, t: Tensor) -> Tensor:
        """Return g(t)."""
        return evaluate(self.tables[1], t).clamp(min=0).sqrt()

    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return alpha and sigma."""
        return evaluate(self.tables[2], t), evaluate(self.tables[3], t).clamp(min=0).sqrt()

    def prior_std(self) -> float:
        """Return the deviation of the prior."""
        return float(self.tables[4])


class Scores:
    """The exact score of Gaussian data N(mean, covariance) on its way through an SDE; remembers the calls."""

    def __init__(self, sde: Known, mean: Tensor, covariance: Tensor) -> None:
        self.sde, self.mean, self.covariance = sde, mean, covariance
        self.asked: list[Asked] = []
        self._last: tuple[float, Tensor, Tensor] | None = None  # time, alpha, inverse covariance then

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the score at x, in its shape and dtype."""
        self.asked.append(Asked.of(x, t))
        if t.ndim:
            raise ValueError(f"a sampler has one time for the whole batch, but t has shape {tuple(t.shape)}")
        alpha, inverse = self._law(t)
        off = x.reshape(len(x), -1).double() - alpha * self.mean  # (b, d)
        return -(off @ inverse).reshape(x.shape).to(x.dtype)

    def _law(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return alpha and the inverse covariance at a time, worked out once for calls in a row."""
        if self._last is None or self._last[0] != t.item():
            alpha, sigma = self.sde.marginal(t)
            noise = sigma**2 * torch.eye(len(self.mean), dtype=torch.float64)
            self._last = t.item(), alpha, torch.linalg.inv(alpha**2 * self.covariance + noise)
        return self._last[1:]


class Straight:
    """The divergence of a function that is affine in x: the sum of z . (f(x + z) - f(x)) over probes z."""

    def __init__(self, probes: Tensor, share: float) -> None:
        self.probes, self.share = probes, share
        self.calls = 0

    def __call__(self, f: Any, x: Tensor) -> Tensor:
        """Return one value for each sample."""
        self.calls += 1
        here = f(x)
        steps = [((f(x + z) - here) * z).reshape(len(x), -1).sum(dim=1) for z in self.probes]
        return torch.stack(steps).sum(dim=0) * self.share


class Curve(nn.Module):
    """A polynomial, lowest power first; its coefficients are its parameters."""

    def __init__(self, coefficients: Tensor) -> None:
        super().__init__()
        self.coefficients = nn.Parameter(coefficients)

    def forward(self, t: Tensor) -> Tensor:
        """Return the polynomial at each t."""
        powers = torch.stack([t**i for i in range(len(self.coefficients))], dim=-1)
        return powers @ self.coefficients.to(t.dtype)
