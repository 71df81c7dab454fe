"""What the checks run beside your code: each play calls functions and returns their arguments afterwards."""

from typing import Any

from torch import Tensor


def after_zero_terminal_snr(code: Any, betas: Tensor) -> Tensor:
    """Return `betas` as zero_terminal_snr leaves them."""
    code.schedule.zero_terminal_snr(betas)
    return betas


def after_q_sample(code: Any, x0: Tensor, t: Tensor, eps: Tensor, alpha_bar: Tensor) -> list[Tensor]:
    """Return the arguments of q_sample as it leaves them."""
    code.forward.q_sample(x0, t, eps, alpha_bar)
    return [x0, t, eps, alpha_bar]


def after_eps_and_x0(
    code: Any, x0: Tensor, eps: Tensor, x_t: Tensor, t: Tensor, alpha_bar: Tensor
) -> list[Tensor]:
    """Return the arguments as eps_from_x0 and x0_from_eps leave them."""
    code.forward.eps_from_x0(x_t, x0, t, alpha_bar)
    code.forward.x0_from_eps(x_t, eps, t, alpha_bar)
    return [x0, eps, x_t, t, alpha_bar]


def after_v_prediction(
    code: Any, x0: Tensor, eps: Tensor, x_t: Tensor, v: Tensor, t: Tensor, alpha_bar: Tensor
) -> list[Tensor]:
    """Return the arguments as the three functions about v leave them."""
    code.forward.v_from_x0_eps(x0, eps, t, alpha_bar)
    code.forward.x0_from_v(x_t, v, t, alpha_bar)
    code.forward.eps_from_v(x_t, v, t, alpha_bar)
    return [x0, eps, x_t, v, t, alpha_bar]


def after_q_posterior(code: Any, x0: Tensor, x_t: Tensor, t: Tensor, alpha_bar: Tensor) -> list[Tensor]:
    """Return the arguments of q_posterior as it leaves them."""
    code.forward.q_posterior(x0, x_t, t, alpha_bar)
    return [x0, x_t, t, alpha_bar]
