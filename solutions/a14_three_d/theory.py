"""Where score distillation goes when everything is Gaussian, and all of it can be written down.

A prior N(m, v) of x has x_t ~ N(sqrt(alpha_bar) m, alpha_bar v + 1 - alpha_bar).
"""

import torch
from jaxtyping import Float
from torch import Tensor


def sds_slope(v: float, alpha_bar: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
    """Return the slope of the mean gradient: over the noise it is slope * (x - m) for a prior N(m, v)."""
    # BEGIN SOLUTION
    return (1 - alpha_bar) ** 1.5 * torch.sqrt(alpha_bar) / (alpha_bar * v + 1 - alpha_bar)
    # END SOLUTION


def guided_fixed_point(
    m_c: float,  # the prior with the condition, N(m_c, v_c)
    v_c: float,
    m_u: float,  # the prior without, N(m_u, v_u)
    v_u: float,
    w: float,  #   guidance: eps_u + w (eps_c - eps_u)
    alpha_bar: float,
) -> float:
    """Return where the mean gradient of guided distillation is 0.

    Raises ValueError where that point repels, or there is none.
    """
    # BEGIN SOLUTION
    k_c, k_u = (1 / (alpha_bar * v + 1 - alpha_bar) for v in (v_c, v_u))
    pull = w * k_c + (1 - w) * k_u
    if pull <= 0:
        raise ValueError(f"distillation pulls with {pull:.3g} there, so nothing stays")
    return (w * k_c * m_c + (1 - w) * k_u * m_u) / pull
    # END SOLUTION


def vsd_gradient(
    x: Float[Tensor, "*b"],
    m: float,  #   the prior, N(m, v)
    v: float,
    m_q: float,  # the law of the particles themselves, N(m_q, v_q)
    v_q: float,
    alpha_bar: float,
) -> Float[Tensor, "*b"]:
    """Return the mean gradient of variational score distillation (Wang et al. 2023) at particles x."""
    # BEGIN SOLUTION
    of_prior = (x - m) / (alpha_bar * v + 1 - alpha_bar)
    of_particles = (x - m_q) / (alpha_bar * v_q + 1 - alpha_bar)
    return (1 - alpha_bar) ** 1.5 * alpha_bar**0.5 * (of_prior - of_particles)
    # END SOLUTION
