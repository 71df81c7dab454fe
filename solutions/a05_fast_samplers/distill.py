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
    # BEGIN SOLUTION
    above = sigma - sigma_min
    c_skip = sigma_data**2 / (above**2 + sigma_data**2)
    c_out = sigma_data * above / math.sqrt(sigma**2 + sigma_data**2)
    return c_skip, c_out
    # END SOLUTION


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
    # BEGIN SOLUTION
    first, *others = sigmas.tolist()
    with torch.no_grad():
        x = f(x, first)
        for sigma, noise in zip(others, noises, strict=True):
            x = f(x + math.sqrt(sigma**2 - sigma_min**2) * noise, sigma)
    return x
    # END SOLUTION


def progressive_target(
    x_t: Float[Tensor, "b *dims"],
    x_u: Float[Tensor, "b *dims"],
    a_t: float,
    a_u: float,
) -> Float[Tensor, "b *dims"]:
    """Return the image with which one step of DDIM, eta = 0, leads from x_t to x_u (Salimans and Ho 2022).

    x_u, on level a_u, is where two steps of the teacher ended. Raises ValueError unless a_u > a_t.
    """
    # BEGIN SOLUTION
    if a_u <= a_t:
        raise ValueError(f"a step leads to less noise, but alpha_bar goes from {a_t} to {a_u}")
    ratio = math.sqrt((1 - a_u) / (1 - a_t))
    return (x_u - ratio * x_t) / (math.sqrt(a_u) - ratio * math.sqrt(a_t))
    # END SOLUTION


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
    # BEGIN SOLUTION
    if n < 1:
        raise ValueError(f"at least one step is needed, but n is {n}")
    x, slopes = eps, []
    with torch.no_grad():
        for i in range(n):
            slopes.append(velocity(x, 1 - i / n))
            x = x - slopes[-1] / n
        path = torch.stack(slopes)  # n b *dims
        bend = (path - path.mean(0)).square().mean(0)
    return x, bend.reshape(len(bend), -1).sum(1)
    # END SOLUTION
