"""Where score distillation goes when everything is Gaussian, and all of it can be written down.

A prior N(m, v) of x has x_t ~ N(sqrt(alpha_bar) m, alpha_bar v + 1 - alpha_bar).
"""

import torch
from jaxtyping import Float
from torch import Tensor


def sds_slope(v: float, alpha_bar: Float[Tensor, "*b"]) -> Float[Tensor, "*b"]:
    """Return the slope of the mean gradient: over the noise it is slope * (x - m) for a prior N(m, v)."""
    raise NotImplementedError("TODO distilled_gaussian: read task 6.2 in README.md")


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
    raise NotImplementedError("TODO distilled_gaussian: read task 6.2 in README.md")


def vsd_gradient(
    x: Float[Tensor, "*b"],
    m: float,  #   the prior, N(m, v)
    v: float,
    m_q: float,  # the law of the particles themselves, N(m_q, v_q)
    v_q: float,
    alpha_bar: float,
) -> Float[Tensor, "*b"]:
    """Return the mean gradient of variational score distillation (Wang et al. 2023) at particles x."""
    raise NotImplementedError("TODO distilled_gaussian: read task 6.2 in README.md")
