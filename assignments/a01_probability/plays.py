"""What the checks run beside your code: maps, functions and scores handed to it, and what came of them."""

import math
from typing import Any

import torch
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)


# -------------------- 1 gaussian
def after_gaussian(code: Any, x: Tensor, mean: Tensor, cov: Tensor) -> list[Tensor]:
    """Return the arguments of task 1.1's functions as they leave them."""
    code.gaussian.gaussian_log_prob(x, mean, cov)
    code.gaussian.gaussian_sample(mean, cov, x)
    return [x, mean, cov]


def after_gaussian_kl(
    code: Any, mean_q: Tensor, cov_q: Tensor, mean_p: Tensor, cov_p: Tensor
) -> list[Tensor]:
    """Return the arguments of task 1.2's functions as they leave them."""
    code.gaussian.gaussian_entropy(cov_q)
    code.gaussian.gaussian_kl(mean_q, cov_q, mean_p, cov_p)
    return [mean_q, cov_q, mean_p, cov_p]


def after_condition(code: Any, mean: Tensor, cov: Tensor, known: Tensor, value: Tensor) -> list[Tensor]:
    """Return the arguments of `condition` as it leaves them."""
    code.gaussian.condition(mean, cov, known, value)
    return [mean, cov, known, value]


def after_linear_posterior(
    code: Any, mean: Tensor, cov: Tensor, A: Tensor, b: Tensor, noise_cov: Tensor, y: Tensor
) -> list[Tensor]:
    """Return the arguments of `linear_posterior` as it leaves them."""
    code.gaussian.linear_posterior(mean, cov, A, b, noise_cov, y)
    return [mean, cov, A, b, noise_cov, y]


# -------------------- 2 change
def normal_log_prob(x: Tensor) -> Tensor:
    """Return log N(x; 0, I) of each row."""
    return -0.5 * (x.square() + LOG_2PI).sum(-1)


def shape_log_prob(x: Tensor) -> Tensor:
    """Return a density of no known name: rows far from 0 and rows with a large first value are unlikely."""
    return -x.abs().sum(-1) - x[:, 0].exp()


def log_det_of_linear(code: Any, A: Tensor, shift: Tensor, x: Tensor) -> Tensor:
    """Return log |det J| of x -> A x + shift."""
    return code.change.log_abs_det_jacobian(lambda v: v @ A.T + shift, x)


def log_det_of_curved(code: Any, W: Tensor, x: Tensor) -> Tensor:
    """Return log |det J| of x -> x + tanh(x W)."""
    return code.change.log_abs_det_jacobian(lambda v: v + torch.tanh(v @ W), x)


def log_det_of_tanh(code: Any, x: Tensor) -> Tensor:
    """Return log |det J| of tanh, value by value."""
    return code.change.log_abs_det_jacobian(torch.tanh, x)


def push_linear(code: Any, A: Tensor, shift: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return where standard normal points go under x -> A x + shift, and their log-density there."""
    return code.change.pushforward_log_prob(lambda v: v @ A.T + shift, x, normal_log_prob)


def push_exp(code: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return where standard normal points go under exp, and their log-density there."""
    return code.change.pushforward_log_prob(torch.exp, x, normal_log_prob)


def push_shape(code: Any, A: Tensor, shift: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return where points of another law go under x -> A x + shift, and their log-density there."""
    return code.change.pushforward_log_prob(lambda v: v @ A.T + shift, x, shape_log_prob)


def after_pushforward(code: Any, A: Tensor, x: Tensor) -> list[Any]:
    """Return the points as task 2.1's functions leave them, and whether they then require a gradient."""
    code.change.log_abs_det_jacobian(lambda v: v @ A.T, x)
    code.change.pushforward_log_prob(lambda v: v @ A.T, x, normal_log_prob)
    return [x, x.requires_grad, x.grad is None]


def after_log_dets(code: Any, x: Tensor, centre: Tensor) -> list[Tensor]:
    """Return the arguments of task 2.2's functions as they leave them."""
    code.change.tanh_log_det(x)
    code.change.sigmoid_log_det(x)
    code.change.radial(x, centre, 1.0, 2.0)
    return [x, centre]


# -------------------- 3 montecarlo
def after_estimates(code: Any, values: Tensor, control: Tensor) -> list[Tensor]:
    """Return the arguments of task 3.1's functions as they leave them."""
    code.montecarlo.mc_mean(values)
    code.montecarlo.control_variate(values, control, 0.25)
    return [values, control]


def after_importance(code: Any, log_p: Tensor, log_q: Tensor, values: Tensor) -> list[Tensor]:
    """Return the arguments of `importance` as it leaves them."""
    code.montecarlo.importance(log_p, log_q, values)
    return [log_p, log_q, values]


def polynomial(x: Tensor, coefficients: Tensor) -> Tensor:
    """Return c_0 + c_1 x + c_2 x^2 + ..., value by value."""
    total = 0 * x
    for power, coefficient in enumerate(coefficients.tolist()):
        total = total + coefficient * x**power
    return total


def score_function_terms(
    code: Any, coefficients: Tensor, mean: float, std: float, eps: Tensor, baseline: float
) -> Tensor:
    """Return the score-function terms of a polynomial."""
    return code.montecarlo.score_function_terms(
        lambda x: polynomial(x, coefficients), mean, std, eps, baseline
    )


def score_function_terms_by_default(
    code: Any, coefficients: Tensor, mean: float, std: float, eps: Tensor
) -> Tensor:
    """Return the score-function terms of a polynomial, without naming a baseline."""
    return code.montecarlo.score_function_terms(lambda x: polynomial(x, coefficients), mean, std, eps)


def score_function_terms_of_a_step(code: Any, mean: float, std: float, eps: Tensor) -> Tensor:
    """Return the score-function terms of f(x) = 1 where x > 1, else 0, which has no useful derivative."""
    return code.montecarlo.score_function_terms(lambda x: (x > 1).double(), mean, std, eps)


def pathwise_terms(code: Any, coefficients: Tensor, mean: float, std: float, eps: Tensor) -> Tensor:
    """Return the pathwise terms of a polynomial."""
    return code.montecarlo.pathwise_terms(lambda x: polynomial(x, coefficients), mean, std, eps)


def pathwise_terms_of_sine(code: Any, mean: float, std: float, eps: Tensor) -> Tensor:
    """Return the pathwise terms of the sine."""
    return code.montecarlo.pathwise_terms(torch.sin, mean, std, eps)


def after_gradients(code: Any, eps: Tensor) -> list[Any]:
    """Return the noise as task 3.3's functions leave it, and whether it then requires a gradient."""
    code.montecarlo.score_function_terms(torch.sin, 0.5, 2.0, eps)
    code.montecarlo.pathwise_terms(torch.sin, 0.5, 2.0, eps)
    return [eps, eps.requires_grad]


# -------------------- 4 mixture
def after_mixture(code: Any, x: Tensor, log_weights: Tensor, means: Tensor, stds: Tensor) -> list[Tensor]:
    """Return the arguments of task 4.1's functions as they leave them."""
    code.mixture.component_log_joint(x, log_weights, means, stds)
    code.mixture.mixture_log_prob(x, log_weights, means, stds)
    code.mixture.responsibilities(x, log_weights, means, stds)
    return [x, log_weights, means, stds]


def after_tweedie(code: Any, x: Tensor, log_weights: Tensor, means: Tensor, stds: Tensor) -> list[Tensor]:
    """Return the arguments of task 4.2's functions as they leave them."""
    code.mixture.mixture_score(x, log_weights, means, stds)
    code.mixture.tweedie_mean(x, 0.5, log_weights, means, stds)
    code.mixture.tweedie_covariance(x, 0.5, log_weights, means, stds)
    return [x, log_weights, means, stds]


# -------------------- 5 markov
def langevin_step(
    code: Any, slope: Tensor, shift: Tensor, x: Tensor, step: float, noise: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Return where a step with the score shift + slope x (value by value) leads, and what was asked."""
    asked: list[Tensor] = []

    def score(v: Tensor) -> Tensor:
        asked.append(v.detach().clone())
        return (shift + slope * v).to(v.dtype)

    return code.markov.langevin_step(x, score, step, noise), asked


def langevin_chain(code: Any, precision: Tensor, x: Tensor, step: float, noises: Tensor) -> Tensor:
    """Return where a chain on N(0, precision^-1) ends that takes one step with each of the noises."""
    for noise in noises:
        x = code.markov.langevin_step(x, lambda v: -v @ precision, step, noise)
    return x


def after_langevin(code: Any, x: Tensor, noise: Tensor) -> list[Tensor]:
    """Return the arguments of task 5.1's functions as they leave them."""
    code.markov.langevin_step(x, lambda v: -v, 0.1, noise)
    code.markov.ou_transition(x, 0.5, 1.2, 2.0)
    return [x, noise]


# -------------------- 6 divergence
def after_fits(
    code: Any, log_weights: Tensor, means: Tensor, stds: Tensor, nodes: Tensor, quadrature: Tensor
) -> list[Tensor]:
    """Return the arguments of task 6.1's functions as they leave them."""
    code.divergence.forward_fit(log_weights, means, stds)
    code.divergence.reverse_kl(means[0], stds[0], log_weights, means, stds, nodes, quadrature)
    return [log_weights, means, stds, nodes, quadrature]


def reverse_kl_with_slopes(
    code: Any,
    mean: Tensor,
    std: Tensor,
    log_weights: Tensor,
    means: Tensor,
    stds: Tensor,
    nodes: Tensor,
    quadrature: Tensor,
) -> dict[str, Tensor | None]:
    """Return the reverse KL, and its derivatives by mean and std; None where no gradient passes."""
    mean.requires_grad_()
    std.requires_grad_()
    kl = code.divergence.reverse_kl(mean, std, log_weights, means, stds, nodes, quadrature)
    slopes: tuple[Tensor | None, ...] = (None, None)
    if kl.requires_grad:
        slopes = torch.autograd.grad(kl, [mean, std], allow_unused=True)
    return {"kl": kl, "by mean": slopes[0], "by std": slopes[1]}


def after_distances(
    code: Any, p: Tensor, q: Tensor, mean_a: Tensor, cov_a: Tensor, mean_b: Tensor, cov_b: Tensor
) -> list[Tensor]:
    """Return the arguments of task 6.2's functions as they leave them."""
    code.divergence.js_divergence(p, q)
    code.divergence.gaussian_w2_squared(mean_a, cov_a, mean_b, cov_b)
    return [p, q, mean_a, cov_a, mean_b, cov_b]


# -------------------- yardsticks of speed and memory
def factors(code: Any, x: Tensor, mean: Tensor, cov: Tensor) -> Tensor:
    """Return the sums of all Cholesky factors: torch.linalg.cholesky of the whole batch."""
    return torch.linalg.cholesky(cov).sum((1, 2))


def curved_eight_times(code: Any, W: Tensor, x: Tensor) -> Tensor:
    """Return the map x -> x + tanh(x W) of all rows, worked out eight times."""
    return torch.stack([x + torch.tanh(x @ W) for _ in range(8)])


def distances(code: Any, x: Tensor, log_weights: Tensor, means: Tensor, stds: Tensor) -> Tensor:
    """Return the distance of every point to every mean: torch.cdist."""
    return torch.cdist(x, means)
