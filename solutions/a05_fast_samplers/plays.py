"""What the checks run beside your code: models that remember what they were asked, and what came of it.

Each play returns its evidence as data: results, what a model was told, the arguments as they are afterwards.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from .levels import Level


class StepModel(nn.Module):
    """A model whose prediction is slope[t] x + shift[t]; both tables, (T,), are its parameters.

    With the right tables it is the exact model of Gaussian images.
    """

    def __init__(self, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)
        self.shift = nn.Parameter(shift)
        self.asked: list[dict[str, Any]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict, and remember what was asked."""
        if not isinstance(t, Tensor) or t.shape != x.shape[:1] or t.dtype != torch.int64:
            came = f"{tuple(t.shape)} {t.dtype}" if isinstance(t, Tensor) else f"{t!r:.40}"
            raise ValueError(
                f"the model got {len(x)} images, but t is {came}: one int64 step for each image, please"
            )
        self.asked.append({"x": x.detach().clone(), "t": t.clone(), "tracked": x.requires_grad})
        slope, shift = (table[t].reshape(-1, *[1] * (x.ndim - 1)) for table in (self.slope, self.shift))
        return (slope * x + shift).to(x.dtype)


class PlaceModel(nn.Module):
    """A denoiser that is told its place i on a list of levels: slope[i] x + shift[i]."""

    def __init__(self, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)
        self.shift = nn.Parameter(shift)
        self.asked: list[dict[str, Any]] = []

    def forward(self, x: Tensor, i: int) -> Tensor:
        """Predict the image, and remember what was asked."""
        self.asked.append({"x": x.detach().clone(), "i": int(i), "tracked": x.requires_grad})
        return (self.slope[i] * x + self.shift[i]).to(x.dtype)


class LevelModel(nn.Module):
    """A denoiser that is told sigma: that of data N(mean, std^2), plus bend x^2."""

    def __init__(self, mean: float, std: float, bend: float) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.tensor(mean, dtype=torch.float64))
        self.std, self.bend = std, bend
        self.asked: list[dict[str, Any]] = []

    def forward(self, x: Tensor, sigma: float) -> Tensor:
        """Predict the image, and remember what was asked."""
        self.asked.append({"x": x.detach().clone(), "sigma": float(sigma), "tracked": x.requires_grad})
        gain = self.std**2 / (self.std**2 + sigma**2)
        return (self.mean + gain * (x - self.mean) + self.bend * x * x).to(x.dtype)


class Once:
    """Noises that can only be gone through once, as those that a generator draws."""

    def __init__(self, noises: Tensor) -> None:
        self._left = iter(noises)

    def __iter__(self) -> Iterator[Tensor]:
        return self

    def __next__(self) -> Tensor:
        return next(self._left)

    def __len__(self) -> int:
        raise TypeError("noises may be an iterator, as here: it has no len(); go through it once")

    def __getitem__(self, place: object) -> Tensor:
        raise TypeError("noises may be an iterator, as here: it has no [i]; go through it once")


def returned(value: Any, function: str) -> Any:
    """Return what `function` returned; None would only be met later, and named by nobody."""
    if value is None:
        raise TypeError(f"{function} returned None. Is the `return` missing?")
    return value


def _evidence(result: Any, function: str, asked: list[dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """Return a result with what the model was asked, and the arguments as they are now."""
    returned(result, function)
    tracked = result.requires_grad or any(call["tracked"] for call in asked)
    return {"result": result.detach(), "tracked": tracked, "asked": asked, "arguments": list(arguments)}


# -------------------- 1 grid


def after_sigma_to_t(code: Any, sigma: Tensor, alpha_bar: Tensor) -> list[Tensor]:
    """Return the arguments of sigma_to_t as it leaves them."""
    code.grid.sigma_to_t(sigma, alpha_bar)
    return [sigma, alpha_bar]


# -------------------- 2 ddim
def after_ddim_step(code: Any, x0: Tensor, eps: Tensor, noise: Tensor) -> list[Tensor]:
    """Return the arguments of ddim_step as it leaves them."""
    code.ddim.ddim_step(x0, eps, noise, 0.36, 0.64, 1.0)
    return [x0, eps, noise]


def ddim_sample(
    code: Any,
    slope: Tensor,
    shift: Tensor,
    x_T: Tensor,
    noises: Tensor,
    alpha_bar: Tensor,
    timesteps: Tensor,
    eta: float = 0.0,
    form: str = "eps",
    clip: bool = False,
    lazy: bool = False,
) -> dict[str, Any]:
    """Return the images with what the model was asked; with `lazy` the noises can be gone through once."""
    model = StepModel(slope, shift)
    supply = Once(noises) if lazy else list(noises)
    result = code.ddim.ddim_sample(model, x_T, supply, alpha_bar, timesteps, eta, form, clip)
    return _evidence(result, "ddim_sample", model.asked, x_T, noises, alpha_bar, timesteps)


def ddim_sample_by_default(
    code: Any,
    slope: Tensor,
    shift: Tensor,
    x_T: Tensor,
    noises: Tensor,
    alpha_bar: Tensor,
    timesteps: Tensor,
) -> Tensor:
    """Return the images when eta, form and clip are left as they are."""
    model = StepModel(slope, shift)
    return returned(code.ddim.ddim_sample(model, x_T, list(noises), alpha_bar, timesteps), "ddim_sample")


def ddim_invert(
    code: Any, slope: Tensor, shift: Tensor, x0: Tensor, alpha_bar: Tensor, timesteps: Tensor
) -> dict[str, Any]:
    """Return the noise with what the model was asked."""
    model = StepModel(slope, shift)
    result = code.ddim.ddim_invert(model, x0, alpha_bar, timesteps)
    return _evidence(result, "ddim_invert", model.asked, x0, alpha_bar, timesteps)


# -------------------- 3 dpm
def dpm_step(
    code: Any,
    x: Tensor,
    x0: Tensor,
    at: tuple[float, float],
    to: tuple[float, float],
    before: Tensor | None = None,
    r: float | None = None,
) -> Tensor:
    """Return one step between two levels, each given as alpha and sigma."""
    if before is None:
        return code.dpm.dpm_step(x, x0, Level(*at), Level(*to))
    return code.dpm.dpm_step(x, x0, Level(*at), Level(*to), before, r)


def after_dpm_step(code: Any, x: Tensor, x0: Tensor, before: Tensor) -> list[Tensor]:
    """Return the arguments of dpm_step as it leaves them."""
    code.dpm.dpm_step(x, x0, Level(0.6, 0.8), Level(0.8, 0.6), before, 0.5)
    return [x, x0, before]


def dpm_sample(
    code: Any,
    slope: Tensor,
    shift: Tensor,
    x: Tensor,
    alphas: list[float],
    sigmas: list[float],
    order: int | None = None,
) -> dict[str, Any]:
    """Return x on the last level with what the denoiser was asked; without `order` the default is used."""
    model = PlaceModel(slope, shift)
    levels = [Level(alpha, sigma) for alpha, sigma in zip(alphas, sigmas, strict=True)]
    chosen = () if order is None else (order,)
    result = code.dpm.dpm_sample(model, x, levels, *chosen)
    return _evidence(result, "dpm_sample", model.asked, x)


# -------------------- 4 edm
def heun_sample(
    code: Any,
    x: Tensor,
    sigmas: Tensor,
    mean: float = 0.0,
    std: float = 0.0,
    bend: float = 0.0,
    order: int | None = None,
) -> dict[str, Any]:
    """Return x on the last level with what the denoiser was asked; without `order` the default is used."""
    model = LevelModel(mean, std, bend)
    chosen = () if order is None else (order,)
    result = code.edm.heun_sample(model, x, sigmas, *chosen)
    return _evidence(result, "heun_sample", model.asked, x, sigmas)


def after_churn(code: Any, x: Tensor, noise: Tensor) -> list[Tensor]:
    """Return the arguments of churn as it leaves them."""
    code.edm.churn(x, 2.0, noise, 10, 3.0)
    return [x, noise]


def stochastic_sample(
    code: Any,
    x: Tensor,
    sigmas: Tensor,
    noises: Tensor,
    settings: dict[str, float],
    mean: float = 0.0,
    std: float = 0.0,
    lazy: bool = False,
) -> dict[str, Any]:
    """Return x on the last level with what the denoiser was asked; `settings` are S_churn and its kin."""
    model = LevelModel(mean, std, 0.0)
    supply = Once(noises) if lazy else list(noises)
    result = code.edm.stochastic_sample(model, x, sigmas, supply, **settings)
    return _evidence(result, "stochastic_sample", model.asked, x, sigmas, noises)


# -------------------- 6 distill
def consistency_sample(
    code: Any, x: Tensor, sigmas: Tensor, noises: Tensor, sigma_min: float | None = None
) -> dict[str, Any]:
    """Return the image when f(x, sigma) is (x + sigma) / (1 + sigma), with what f was asked."""
    weight = nn.Parameter(torch.ones((), dtype=torch.float64))
    asked: list[dict[str, Any]] = []

    def f(x: Tensor, sigma: float) -> Tensor:
        asked.append({"x": x.detach().clone(), "sigma": float(sigma), "tracked": x.requires_grad})
        return (weight * (x + sigma) / (1 + sigma)).to(x.dtype)

    chosen = () if sigma_min is None else (sigma_min,)
    result = code.distill.consistency_sample(f, x, sigmas, list(noises), *chosen)
    return _evidence(result, "consistency_sample", asked, x, sigmas, noises)


def after_progressive_target(code: Any, x_t: Tensor, x_u: Tensor) -> list[Tensor]:
    """Return the arguments of progressive_target as it leaves them."""
    code.distill.progressive_target(x_t, x_u, 0.1, 0.8)
    return [x_t, x_u]


def reflow_pairs(
    code: Any, eps: Tensor, n: int, slopes: tuple[float, float], constant: float = 0.0
) -> dict[str, Any]:
    """Return the pairs of the velocity (slopes[0] + slopes[1] t) x + constant, with what it was asked."""
    weight = nn.Parameter(torch.ones((), dtype=torch.float64))
    asked: list[dict[str, Any]] = []

    def velocity(x: Tensor, t: float) -> Tensor:
        asked.append({"x": x.detach().clone(), "t": float(t), "tracked": x.requires_grad})
        return (weight * ((slopes[0] + slopes[1] * t) * x + constant)).to(x.dtype)

    result = code.distill.reflow_pairs(velocity, eps, n)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError("reflow_pairs returns two tensors: the images, and how bent their paths are")
    evidence = _evidence(result[0], "reflow_pairs", asked, eps)
    return {**evidence, "straightness": result[1].detach()}


# -------------------- yardsticks of speed and memory


def find_places(code: Any, sigma: Tensor, alpha_bar: Tensor) -> Tensor:
    """Find between which steps each sigma lies: torch.searchsorted alone."""
    return torch.searchsorted(((1 - alpha_bar) / alpha_bar).sqrt(), sigma)


class BlackImage(nn.Module):
    """A denoiser that sees a black image in everything, though its one parameter is used: x times 0."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, i: int) -> Tensor:
        """Predict zeros."""
        return self.weight * x


def dpm_sample_of_black(code: Any, x: Tensor, sigmas: list[float]) -> Tensor:
    """Sample with a denoiser of black images, which shrinks x from the first sigma to the last."""
    return code.dpm.dpm_sample(BlackImage(), x, [Level(1.0, sigma) for sigma in sigmas])


def shrink_in_steps(code: Any, x: Tensor, sigmas: list[float]) -> Tensor:
    """Shrink x in as many steps: what sampling black images must give."""
    factor = (sigmas[-1] / sigmas[0]) ** (1 / (len(sigmas) - 1))
    for _ in sigmas[1:]:
        x = x * factor + torch.zeros_like(x)
    return x
