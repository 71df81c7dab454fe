"""What a student model is trained on that samples in one or a few steps: three targets, three samplers."""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def consistency_coefficients(
    sigma: float,
    sigma_min: float = 0.002,
    sigma_data: float = 0.5,  # deviation of the data
) -> tuple[float, float]:
    """Return c_skip and c_out of f(x, sigma) = c_skip x + c_out F(x, sigma) (Song et al. 2023, App. C).

    At sigma_min they are exactly 1 and 0: there f must return x itself.
    """
    raise NotImplementedError("TODO consistency: read task 6.1 in README.md")


def consistency_sample(
    f: Callable[[Tensor, float], Tensor],  # f(x, sigma): the image to which the flow leads x from sigma
    x: Float[Tensor, "b *dims"],  # on the level sigmas[0]
    sigmas: Float[Tensor, " n"],  # falling; one call of f on each
    noises: Sequence[Float[Tensor, "b *dims"]],  # one fewer than sigmas
    sigma_min: float = 0.002,
) -> Float[Tensor, "b *dims"]:
    """Return the image of multistep consistency sampling (Song et al. 2023, Alg. 1).

    Between two calls the image is given noise so that it is on the next level; f's images have sigma_min of
    it already. No gradient is recorded. Raises ValueError for another number of noises.
    """
    raise NotImplementedError("TODO consistency: read task 6.1 in README.md")


def progressive_target(
    x_t: Float[Tensor, "b *dims"],
    x_u: Float[Tensor, "b *dims"],
    a_t: float,
    a_u: float,
) -> Float[Tensor, "b *dims"]:
    """Return the image with which one step of DDIM, eta = 0, leads from x_t to x_u (Salimans and Ho 2022).

    x_u, on level a_u, is where two steps of the teacher ended. Raises ValueError unless a_u > a_t.
    """
    raise NotImplementedError("TODO progressive_target: read task 6.2 in README.md")


def reflow_pairs(
    velocity: Callable[[Tensor, float], Tensor],  # velocity(x, t): of x_t = (1 - t) x0 + t eps
    eps: Float[Tensor, "b *dims"],
    n: int,
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
    """Return the images that n equal Euler steps from t = 1 to 0 make of `eps`, and how bent the paths are.

    The images with their noises are the pairs on which the next flow is trained (Liu et al. 2023). The second
    value is 0 for a straight path: the mean over the steps of |v - mean v|^2, summed over an image's
    coordinates. No gradient is recorded. Raises ValueError when n < 1.
    """
    raise NotImplementedError("TODO reflow_pairs: read task 6.3 in README.md")
