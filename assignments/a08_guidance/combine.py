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
    raise NotImplementedError("TODO cfg_combine: read task 2.1 in README.md")


def convert_weight(w: float, source: Convention, target: Convention) -> float:
    """Return the weight that means under `target` what `w` means under `source`."""
    raise NotImplementedError("TODO cfg_combine: read task 2.1 in README.md")


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
    raise NotImplementedError("TODO guided_x0: read task 2.2 in README.md")


def rescale_cfg(
    guided: Float[Tensor, "b *dims"],
    cond: Float[Tensor, "b *dims"],
    phi: float = 0.7,  # 0 changes nothing, 1 gives each image the deviation of its `cond`
) -> Float[Tensor, "b *dims"]:
    """Scale each guided prediction towards the deviation of the conditional one (Lin et al. 2023, Sec. 3.4).

    The standard deviation is that of all values of one image about their mean.
    """
    raise NotImplementedError("TODO rescale_cfg: read task 2.3 in README.md")


def dynamic_threshold(
    x0: Float[Tensor, "b *dims"],
    percentile: float = 0.995,  # of the absolute values of one image, 0..1
) -> Float[Tensor, "b *dims"]:
    """Clip each image at its own percentile s, at least 1, and divide by s (Saharia et al. 2022, Sec. 2.3).

    Between two values the percentile is interpolated linearly, as torch.quantile and numpy do.
    """
    raise NotImplementedError("TODO dynamic_threshold: read task 2.4 in README.md")
