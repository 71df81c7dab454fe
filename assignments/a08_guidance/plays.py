"""What the checks run beside your code: models that remember what they were asked, and what came of it."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from .axes import per_image
from .steps import affine_step


class Chain(NamedTuple):
    """The tables of a LinearModel and of its affine steps; a play gets them as a plain tuple."""

    slope: Tensor  # (labels, T)
    shift: Tensor  # (labels, T)
    keep: Tensor  # (T,)
    move: Tensor  # (T,)


class LinearModel(nn.Module):
    """A model whose prediction is slope[label, t] x + shift[label, t]; both tables are its parameters.

    With the right tables it is the exact denoiser of Gaussian images, one Gaussian for each label.
    """

    def __init__(self, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)  # (labels, T)
        self.shift = nn.Parameter(shift)
        self.asked: list[dict[str, Any]] = []

    def forward(self, x: Tensor, t: Tensor, context: Tensor) -> Tensor:
        """Predict, and remember what was asked."""
        _refuse_unequal(x, t, context)
        self.asked.append({"x": x.detach().clone(), "t": t, "context": context, "tracked": x.requires_grad})
        scaled = per_image(self.slope[context, t], x) * x
        return (scaled + per_image(self.shift[context, t], x)).to(x.dtype)


class TokenModel(nn.Module):
    """A model of contexts of any shape: x times the mean of the context, plus t."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    def forward(self, x: Tensor, t: Tensor, context: Tensor) -> Tensor:
        """Predict, and remember what was asked."""
        _refuse_unequal(x, t, context)
        self.asked.append({"x": x, "t": t, "context": context})
        return per_image(context.flatten(1).mean(1), x) * x + per_image(t, x)


class LinearClassifier(nn.Module):
    """A classifier whose logits are slope[t] x + bias[t]: the exact one of equally wide Gaussian classes."""

    def __init__(self, slope: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)  # (T, k, values of an image)
        self.bias = nn.Parameter(bias)  # (T, k)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the logits, (b, k)."""
        return torch.einsum("bkd,bd->bk", self.slope[t], x.double().flatten(1)) + self.bias[t]


def hold_gradients(module: nn.Module) -> None:
    """Give each parameter a gradient of 1, as somebody's half-made training step leaves it."""
    for parameter in module.parameters():
        parameter.grad = torch.ones_like(parameter)


def held(module: nn.Module) -> list[list[bool]]:
    """Return of each parameter whether it has a gradient, that is still 1, and whether it requires one."""
    return [
        [one.grad is not None, one.grad is not None and bool((one.grad == 1).all()), one.requires_grad]
        for one in module.parameters()
    ]


def _refuse_unequal(x: Tensor, t: Tensor, context: Tensor) -> None:
    """Refuse what a network could not take either: one step and one context for each image."""
    for name, value in (("t", t), ("the context", context)):
        if not isinstance(value, Tensor) or value.shape[:1] != x.shape[:1]:
            came = f"of shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"{value!r:.40}"
            raise ValueError(
                f"the model got {len(x)} images, but {name} is {came}; it needs one for each image"
            )


# -------------------- 1 masks
def gradients_of_drop_context(
    code: Any, context: Tensor, keep: Tensor, null: Tensor, weights: Tensor
) -> dict[str, Tensor | None]:
    """Return the contexts, and the gradients of sum(weights * contexts); None where there is none."""
    inputs = [context.requires_grad_(), null.requires_grad_()]
    result = code.masks.drop_context(context, keep, null)
    of_context, of_null = None, None
    if result.requires_grad:
        of_context, of_null = torch.autograd.grad((weights * result).sum(), inputs, allow_unused=True)
    return {"result": result, "of context": of_context, "of null": of_null}


def after_drops(
    code: Any, labels: Tensor, one_hot: Tensor, context: Tensor, keep: Tensor, null: Tensor
) -> list[Tensor]:
    """Return the arguments of the three functions as they leave them."""
    code.masks.drop_labels(labels, keep, one_hot.shape[1])
    code.masks.drop_one_hot(one_hot, keep)
    code.masks.drop_context(context, keep, null)
    return [labels, one_hot, context, keep, null]


# -------------------- 2 combine
def after_cfg_combine(code: Any, cond: Tensor, uncond: Tensor, w: Tensor) -> list[Tensor]:
    """Return the arguments of cfg_combine as it leaves them."""
    code.combine.cfg_combine(cond, uncond, w)
    return [cond, uncond, w]


def after_guided_x0(
    code: Any, x_t: Tensor, cond: Tensor, uncond: Tensor, alpha_bar: Tensor, form: str
) -> list[Tensor]:
    """Return the arguments of guided_x0 as it leaves them."""
    code.combine.guided_x0(x_t, cond, uncond, 2.0, alpha_bar, form)
    return [x_t, cond, uncond, alpha_bar]


def after_rescale_cfg(code: Any, guided: Tensor, cond: Tensor) -> list[Tensor]:
    """Return the arguments of rescale_cfg as it leaves them."""
    code.combine.rescale_cfg(guided, cond)
    return [guided, cond]


def after_dynamic_threshold(code: Any, x0: Tensor) -> Tensor:
    """Return `x0` as dynamic_threshold leaves it."""
    code.combine.dynamic_threshold(x0)
    return x0


# -------------------- 3 classifier
def classifier_gradient(
    code: Any, slope: Tensor, bias: Tensor, x_t: Tensor, t: Tensor, labels: Tensor, recording: bool = True
) -> dict[str, Any]:
    """Return the gradient with what it left behind; with `recording` off, it is asked under torch.no_grad."""
    classifier = LinearClassifier(slope, bias)
    hold_gradients(classifier)
    with torch.set_grad_enabled(recording):
        gradient = code.classifier.classifier_gradient(classifier, x_t, t, labels)
    return {
        "gradient": gradient,
        "tracked": gradient.requires_grad,
        "x_t tracked": x_t.requires_grad,
        "of x_t": x_t.grad,
        "held": held(classifier),
    }


def classifier_guidance(
    code: Any,
    slope: Tensor,
    bias: Tensor,
    eps: Tensor,
    x_t: Tensor,
    t: Tensor,
    labels: Tensor,
    alpha_bar: Tensor,
    scale: float | None = None,
) -> dict[str, Any]:
    """Return the guided noise when x_t came out of a model that is still being recorded.

    A `scale` of None is not given.
    """
    model = nn.Parameter(torch.ones((), dtype=torch.float64))
    recorded = (x_t * model).to(x_t.dtype)
    classifier = LinearClassifier(slope, bias)
    hold_gradients(classifier)
    given = (classifier, eps, recorded, t, labels, alpha_bar, *(() if scale is None else (scale,)))
    guided = code.classifier.classifier_guidance(*given)
    tracked = guided.requires_grad
    return {"guided": guided, "tracked": tracked, "of x_t": model.grad, "held": held(classifier)}


# -------------------- 4 sampler
def guided_step(
    code: Any,
    chain: Chain,
    x_t: Tensor,
    t: int,
    context: Tensor,
    negative: Tensor,
    w: float,
    limit: float = math.inf,
) -> dict[str, Any]:
    """Return x_{t-1}, which the step clips to [-limit, limit], with what the model was asked."""
    slope, shift, keep, move = chain
    model, affine = LinearModel(slope, shift), affine_step(keep, move)

    def step(x: Tensor, prediction: Tensor, t: int) -> Tensor:
        return affine(x, prediction, t).clamp(-limit, limit)

    result = code.sampler.guided_step(model, x_t, t, context, negative, w, step)
    return {"result": result, "asked": model.asked, "arguments": [x_t, context, negative]}


def guided_step_with_tokens(
    code: Any, keep: Tensor, move: Tensor, x_t: Tensor, t: int, context: Tensor, negative: Tensor, w: float
) -> dict[str, Any]:
    """Return x_{t-1} with what the model was asked, for contexts that are sequences of vectors."""
    model = TokenModel()
    result = code.sampler.guided_step(model, x_t, t, context, negative, w, affine_step(keep, move))
    return {"result": result, "asked": model.asked}


def guided_sample(
    code: Any, chain: Chain, x_T: Tensor, context: Tensor, negative: Tensor, weights: Tensor
) -> dict[str, Any]:
    """Return the images with what the model was asked, and say whether a gradient is recorded for them."""
    slope, shift, keep, move = chain
    model = LinearModel(slope, shift)
    hold_gradients(model)
    step = affine_step(keep, move)
    result = code.sampler.guided_sample(model, x_T, context, negative, weights, step)
    return {
        "result": result,
        "tracked": result.requires_grad,
        "asked": model.asked,
        "held": held(model),
        "arguments": [x_T, context, negative, weights],
    }


# -------------------- yardsticks of speed
def weigh_contexts(code: Any, context: Tensor, keep: Tensor, null: Tensor) -> Tensor:
    """Weigh all contexts against `null` forty times, in place: once costs little more than to copy them."""
    weighed = context.clone()
    for _ in range(40):
        weighed.lerp_(null, 0.5)
    return weighed


def clip_four_times(code: Any, x0: Tensor) -> Tensor:
    """Clip and scale all images four times, in place, at limits that are known beforehand."""
    clipped = x0.clone()
    for limit in (4.0, 3.0, 2.0, 1.0):
        clipped.clamp_(-limit, limit).div_(limit)
    return clipped
