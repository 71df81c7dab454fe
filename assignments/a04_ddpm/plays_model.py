"""What the checks run beside your code where it needs a model: models that remember what they were asked.

Each play returns its evidence as data: results, weights, what the model was asked and in which mode.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from .plays import returned


class LinearModel(nn.Module):
    """A model whose prediction is slope[t] x + shift[t]; both tables, (T,), are its parameters.

    With the right tables it is the exact denoiser of Gaussian images.
    """

    def __init__(self, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)
        self.shift = nn.Parameter(shift)
        self.part = nn.Identity()
        self.asked: list[dict[str, Any]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict, and remember what was asked."""
        if not isinstance(t, Tensor) or t.shape != x.shape[:1]:
            came = f"shape {tuple(t.shape)}" if isinstance(t, Tensor) else f"{t!r:.40}"
            raise ValueError(
                f"the model got {len(x)} images, but t is {came}: one step for each image, please"
            )
        asked = {
            "x": x.detach().clone(),
            "t": t.clone(),
            "tracked": x.requires_grad,
            "training": self.training,
            "part training": self.part.training,
        }
        self.asked.append(asked)
        slope, shift = (table[t].reshape(-1, *[1] * (x.ndim - 1)) for table in (self.slope, self.shift))
        return (slope * x + shift).to(x.dtype)


class Once:
    """Noises that can only be gone through once, as those that a generator draws."""

    def __init__(self, noises: Tensor) -> None:
        self._left = iter(noises)

    def __iter__(self) -> Iterator[Tensor]:
        return self

    def __next__(self) -> Tensor:
        return next(self._left)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        raise TypeError("noises may be an iterator, as here: it has no len(); go through it once")

    def __getitem__(self, place: object) -> Tensor:
        raise TypeError("noises may be an iterator, as here: it has no [i]; go through it once")


class Statistics(nn.Module):
    """One weight and two buffers, a mean and a count, as a normalisation layer has them."""

    mean: Tensor
    count: Tensor

    def __init__(self, weight: Tensor, mean: Tensor, count: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.register_buffer("mean", mean)
        self.register_buffer("count", torch.tensor(count))

    def state(self) -> list[Tensor]:
        """Return weight, mean and count."""
        return [self.weight.detach(), self.mean, self.count]


# -------------------- 4 sampler
def sample(
    code: Any,
    slope: Tensor,
    shift: Tensor,
    x_T: Tensor,
    noises: Tensor,
    alpha_bar: Tensor,
    form: str = "eps",
    variance: str = "beta_tilde",
    clip: bool = False,
    training: bool = False,
    lazy: bool = False,
) -> dict[str, Any]:
    """Return the images with what the model was asked and what `progress` was told.

    `training` is the mode in which the model comes; with `lazy` the noises can be gone through only once.
    """
    model = LinearModel(slope, shift).train(training)
    told: list[tuple[int, Tensor]] = []

    def progress(t: int, x: Tensor) -> None:
        told.append((t, returned(x, "p_step").detach().clone()))

    supply = Once(noises) if lazy else list(noises)
    given = (model, x_T, supply, alpha_bar, form, variance, clip)
    result = returned(code.sampler.sample(*given, progress=progress), "sample")
    return {
        "result": result.detach(),
        "tracked": result.requires_grad,
        "asked": model.asked,
        "told": told,
        "training": model.training,
        "arguments": [x_T, noises, alpha_bar],
    }


class Forgetful(nn.Module):
    """A model whose prediction is slope[t] x + shift[t], and that remembers nothing."""

    def __init__(self, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.tables = slope, shift

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict, with one tensor of the size of x."""
        slope, shift = (table[t].reshape(-1, *[1] * (x.ndim - 1)) for table in self.tables)
        return (slope * x).add_(shift)


def sample_without_noise(code: Any, x_T: Tensor, slope: Tensor, shift: Tensor, alpha_bar: Tensor) -> Tensor:
    """Sample with a model that keeps nothing and with noises that are 0 (and take no memory)."""
    noises = (torch.zeros(()).expand(x_T.shape) for _ in alpha_bar)
    return code.sampler.sample(Forgetful(slope, shift), x_T, noises, alpha_bar)


def scale_in_steps(code: Any, x_T: Tensor, slope: Tensor, shift: Tensor, alpha_bar: Tensor) -> Tensor:
    """Scale x_T by 1 / sqrt(alpha_bar[T - 1]) in as many steps: what sampling takes at least."""
    factor = alpha_bar[-1] ** (-0.5 / len(alpha_bar))
    x = x_T
    for _ in alpha_bar:
        x = (x.double() * factor + torch.zeros_like(x)).to(x_T.dtype)
    return x


def sample_quietly(
    code: Any,
    slope: Tensor,
    shift: Tensor,
    x_T: Tensor,
    noises: Tensor,
    alpha_bar: Tensor,
    lazy: bool = False,
) -> Tensor:
    """Return the images when no progress is asked for and every setting is left as it is."""
    supply = Once(noises) if lazy else list(noises)
    return returned(code.sampler.sample(LinearModel(slope, shift), x_T, supply, alpha_bar), "sample")


# -------------------- 5 train
def train_step(
    code: Any,
    slope: Tensor,
    shift: Tensor,
    x0: Tensor,
    t: Tensor,
    eps: Tensor,
    alpha_bar: Tensor,
    form: str = "eps",
    weight: Tensor | None = None,
    lr: float = 0.1,
    steps: int = 1,
    adam: bool = False,
    left: float | None = None,
) -> dict[str, Any]:
    """Return the losses of equal steps with the weights afterwards; the model comes in evaluation mode.

    `left` is what each parameter holds as a gradient beforehand. Settings at their defaults are not given.
    """
    model = LinearModel(slope, shift).eval()
    kind = torch.optim.Adam if adam else torch.optim.SGD
    optimizer = kind(model.parameters(), lr=lr)
    for parameter in model.parameters():
        parameter.grad = None if left is None else torch.full_like(parameter, left)
    chosen = () if form == "eps" and weight is None else (form, weight)
    given = (model, optimizer, x0, t, eps, alpha_bar, *chosen)
    losses = [returned(code.train.train_step(*given), "train_step") for _ in range(steps)]
    return {
        "losses": losses,
        "weights": [model.slope.detach(), model.shift.detach()],
        "asked": model.asked,
        "arguments": [x0, t, eps, alpha_bar],
    }


def ema_update(
    code: Any, old: list[Tensor], new: list[Tensor], decay: float | None, times: int = 1, frozen: bool = False
) -> dict[str, Any]:
    """Return weight, mean and count of the average and of the model after some equal updates.

    A `decay` of None is not given; with `frozen` the average's weight requires no gradient.
    """
    average, model = (Statistics(weight, mean, int(count)) for weight, mean, count in (old, new))
    average.requires_grad_(not frozen)
    for _ in range(times):
        code.train.ema_update(average, model, *(() if decay is None else (decay,)))
    recorded = average.weight.grad_fn is not None
    return {"average": average.state(), "model": model.state(), "recorded": recorded}


def train(
    code: Any,
    slope: Tensor,
    shift: Tensor,
    batches: list[Tensor],
    alpha_bar: Tensor,
    seed: int,
    form: str = "eps",
    weight: Tensor | None = None,
    lr: float = 0.1,
    take: int = 1000,
    elsewhere: int = 0,
) -> dict[str, Any]:
    """Return the first records with what the model was asked; `elsewhere` seeds torch's own generator."""
    torch.manual_seed(elsewhere)
    model = LinearModel(slope, shift)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    chosen = () if form == "eps" and weight is None else (form, weight)
    given = (model, optimizer, batches, alpha_bar, generator, *chosen)
    loop = returned(code.train.train(*given), "train", "yield")
    early = len(model.asked)
    records = [_record(value) for value in islice(loop, take)]
    return {
        "early": early,
        "steps": [record.step for record in records],
        "losses": [record.loss for record in records],
        "asked": model.asked,
        "weights": [model.slope.detach(), model.shift.detach()],
        "drawn elsewhere": not torch.equal(torch.rand(1), _first_draw(elsewhere)),
    }


def _record(value: Any) -> Any:
    """Return what was yielded, if it is a record."""
    if not hasattr(value, "step"):
        raise TypeError(f"train yielded {type(value).__name__}; expected a Record")
    return value


def _first_draw(seed: int) -> Tensor:
    return torch.rand(1, generator=torch.Generator().manual_seed(seed))
