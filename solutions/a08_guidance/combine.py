"""Classifier-free guidance: two predictions become one, and what keeps the result inside the range of images.

The course writes guidance as uncond + w (cond - uncond): w = 0 is unconditional, w = 1 conditional, and more
than 1 is guided. Results have the dtype of the first tensor; a name that is not known raises ValueError.
"""

import math
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from .axes import per_image

Convention = Literal["course", "paper"]  # uncond + w (cond - uncond), or (1 + w) cond - w uncond
Form = Literal["eps", "x0", "v", "score"]  # what a model predicts


def cfg_combine(
    cond: Float[Tensor, "b *dims"],
    uncond: Float[Tensor, "b *dims"],
    w: float | Float[Tensor, " b"],  # one weight, or one for each image
) -> Float[Tensor, "b *dims"]:
    """Return uncond + w (cond - uncond) (Ho and Salimans 2022, Eq. 6, whose w is smaller by 1).

    The same for predictions of noise, image, velocity and score.
    """
    # BEGIN SOLUTION
    if isinstance(w, Tensor):
        w = per_image(w, cond)  # (b, 1, ..., 1)
    guided = uncond + w * (cond - uncond)
    return guided.to(cond.dtype)
    # END SOLUTION


def convert_weight(w: float, source: Convention, target: Convention) -> float:
    """Return the weight that means under `target` what `w` means under `source`."""
    # BEGIN SOLUTION
    conditional = {"course": 1, "paper": 0}  # the weight that switches guidance off
    for name in (source, target):
        if name not in conditional:
            raise ValueError(f"no convention {name!r}: there is 'course' and 'paper'")
    return w - conditional[source] + conditional[target]
    # END SOLUTION


def guided_x0(
    x_t: Float[Tensor, "b *dims"],
    cond: Float[Tensor, "b *dims"],
    uncond: Float[Tensor, "b *dims"],
    w: float | Float[Tensor, " b"],
    alpha_bar: Float[Tensor, " b"],  # signal variance left in each image
    form: Form,
) -> Float[Tensor, "b *dims"]:
    """Return the guided image that two predictions of the same form stand for.

    "v" and "x0" work at every signal level. Raises ValueError for "eps" and "score" where `alpha_bar` is 0,
    because pure noise does not tell its image.
    """
    # BEGIN SOLUTION
    a = per_image(alpha_bar, x_t)  # (b, 1, ..., 1)
    guided = cfg_combine(cond, uncond, w)
    if form in ("eps", "score") and (a == 0).any():
        raise ValueError(f"at alpha_bar = 0 no image follows from {form}; let the model predict v or x0")
    # Solve for x_0 what the form stands for, in x_t = sqrt(a) x_0 + sqrt(1 - a) eps.
    match form:
        case "x0":
            x0 = guided
        case "v":
            x0 = a.sqrt() * x_t - (1 - a).sqrt() * guided
        case "eps":
            x0 = (x_t - (1 - a).sqrt() * guided) / a.sqrt()
        case "score":
            x0 = (x_t + (1 - a) * guided) / a.sqrt()
        case _:
            raise ValueError(f"no form {form!r}: there is 'eps', 'x0', 'v' and 'score'")
    return x0.to(x_t.dtype)
    # END SOLUTION


def rescale_cfg(
    guided: Float[Tensor, "b *dims"],
    cond: Float[Tensor, "b *dims"],
    phi: float = 0.7,  # 0 changes nothing, 1 gives each image the deviation of its `cond`
) -> Float[Tensor, "b *dims"]:
    """Scale each guided prediction towards the deviation of the conditional one (Lin et al. 2023, Sec. 3.4).

    The standard deviation is that of all values of one image about their mean.
    """
    # BEGIN SOLUTION
    ratio = cond.flatten(1).std(dim=1) / guided.flatten(1).std(dim=1)  # (b,)
    factor = phi * ratio + (1 - phi)
    return per_image(factor, guided) * guided
    # END SOLUTION


def dynamic_threshold(
    x0: Float[Tensor, "b *dims"],
    percentile: float = 0.995,  # of the absolute values of one image, 0..1
) -> Float[Tensor, "b *dims"]:
    """Clip each image at its own percentile s, at least 1, and divide by s (Saharia et al. 2022, Sec. 2.3).

    Between two values the percentile is interpolated linearly, as torch.quantile and numpy do.
    """
    # BEGIN SOLUTION
    # Find the two values between which the percentile lies: sorting all would take longer.
    magnitude = x0.flatten(1).abs()  # (b, n)
    n = magnitude.shape[1]
    below = math.floor(percentile * (n - 1))  # values that are smaller than both
    largest = magnitude.topk(n - below, dim=1).values  # (b, n - below), falling
    low, high = largest[:, -1], largest[:, -2:][:, 0]  # (b,); the same where no value is above
    s = torch.lerp(low, high, percentile * (n - 1) - below).clamp(min=1)
    # Clip each image at its s, and scale it back into the range.
    s = per_image(s, x0)  # (b, 1, ..., 1)
    return x0.clamp(-s, s) / s
    # END SOLUTION
