"""What the checks run beside your code: calls of your functions, and what they leave behind.

Each play returns its evidence as data: the arguments as they are afterwards, or gradients.
"""

from typing import Any

import torch
from torch import Tensor


def returned(value: Any, function: str, word: str = "return") -> Any:
    """Return what `function` returned; None would only be met later, and named by nobody."""
    if value is None:
        raise TypeError(f"{function} returned None. Is the `{word}` missing?")
    return value


# -------------------- 1 schedule, 2 forward


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


# -------------------- 3 loss, likelihood, learned variance
def after_simple_loss(
    code: Any, prediction: Tensor, x0: Tensor, eps: Tensor, t: Tensor, alpha_bar: Tensor
) -> list[Tensor]:
    """Return the arguments as the two functions about the loss leave them."""
    for form in ("eps", "x0", "v"):
        code.loss.simple_loss(prediction, x0, eps, t, alpha_bar, form)
        code.loss.min_snr_weight(alpha_bar, form)
    return [prediction, x0, eps, t, alpha_bar]


def gradient_of_simple_loss(
    code: Any, prediction: Tensor, x0: Tensor, eps: Tensor, t: Tensor, alpha_bar: Tensor, form: str
) -> Tensor:
    """Return the gradient of the summed loss with respect to the prediction."""
    prediction.requires_grad_()
    loss = returned(code.loss.simple_loss(prediction, x0, eps, t, alpha_bar, form), "simple_loss")
    return torch.autograd.grad(loss.sum(), prediction)[0]


def after_vlb_terms(
    code: Any, x0: Tensor, x_t: Tensor, t: Tensor, mean: Tensor, log_variance: Tensor, alpha_bar: Tensor
) -> list[Tensor]:
    """Return the arguments as the four functions about the bound leave them."""
    code.likelihood.normal_kl(mean, log_variance, x0, log_variance)
    code.likelihood.discretized_gaussian_log_likelihood(x0, mean, log_variance)
    code.likelihood.vlb_terms(x0, x_t, t, mean, log_variance, alpha_bar)
    code.likelihood.prior_term(x0, alpha_bar)
    return [x0, x_t, t, mean, log_variance, alpha_bar]


def gradients_of_likelihood(code: Any, x0: Tensor, mean: Tensor, log_variance: Tensor) -> list[Tensor | None]:
    """Return the gradients of the summed log-probability by mean and log-variance, or None."""
    inputs = [mean.requires_grad_(), log_variance.requires_grad_()]
    function = "discretized_gaussian_log_likelihood"
    nats = returned(code.likelihood.discretized_gaussian_log_likelihood(x0, mean, log_variance), function)
    if not nats.requires_grad:
        return [None, None]
    return list(torch.autograd.grad(nats.sum(), inputs, allow_unused=True))


def hybrid_loss(
    code: Any,
    eps_prediction: Tensor,
    v: Tensor,
    x0: Tensor,
    x_t: Tensor,
    eps: Tensor,
    t: Tensor,
    alpha_bar: Tensor,
    weight: float,
) -> dict[str, Any]:
    """Return the loss, its gradients with respect to both outputs, and the arguments afterwards."""
    inputs = [eps_prediction.requires_grad_(), v.requires_grad_()]
    given = (eps_prediction, v, x0, x_t, eps, t, alpha_bar, weight)
    loss = returned(code.learned_variance.hybrid_loss(*given), "hybrid_loss")
    by_eps, by_v = torch.autograd.grad(loss.sum(), inputs, allow_unused=True)
    arguments = [eps_prediction.detach(), v.detach(), x0, x_t, eps, t, alpha_bar]
    return {"loss": loss.detach(), "by eps_prediction": by_eps, "by v": by_v, "arguments": arguments}


# -------------------- 4 sampler
def after_p_step(
    code: Any, prediction: Tensor, x_t: Tensor, t: Tensor, noise: Tensor, alpha_bar: Tensor
) -> list[Tensor]:
    """Return the arguments as p_mean_variance and p_step leave them."""
    code.sampler.p_mean_variance(prediction, x_t, t, alpha_bar, "x0", "beta", True)
    code.sampler.p_step(prediction, x_t, t, noise, alpha_bar, "x0", "beta_tilde", True)
    return [prediction, x_t, t, noise, alpha_bar]


# -------------------- yardsticks of speed


def multiply_and_add(code: Any, x0: Tensor, t: Tensor, eps: Tensor, alpha_bar: Tensor) -> Tensor:
    """Weigh images and noise, all by the same two numbers: the work without the steps."""
    return (0.6 * x0.double() + 0.8 * eps.double()).to(x0.dtype)
