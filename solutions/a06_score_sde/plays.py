"""What the checks run beside your code: the functions it is given, and what they saw.

Each play returns its evidence as data: results, gradients, what was asked, and the arguments afterwards.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .axes import per_sample
from .plays_known import Asked, Curve, Field, Known, Scores, Straight


def returned(value: Any, function: str) -> Any:
    """Return what `function` returned; None would only be met later, and named by nobody."""
    if value is None:
        raise TypeError(f"{function} returned None. Is the `return` missing?")
    return value


# -------------------- 1 score matching
class Gauss(nn.Module):
    """The score of N(mean, std^2) with noise of deviation sigma, in every coordinate; remembers the calls."""

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.mean, self.std = nn.Parameter(mean), nn.Parameter(std)
        self.asked: list[Asked] = []

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Return the score, in x's dtype."""
        self.asked.append(Asked.of(x, sigma))
        variance = self.std**2 + per_sample(sigma, x) ** 2
        return (-(x - self.mean) / variance).to(x.dtype)


def dsm_loss(
    code: Any, x0: Tensor, sigma: Tensor, noise: Tensor, mean: Tensor, std: Tensor
) -> dict[str, Any]:
    """Return the loss under a Gaussian score, its gradient, and what the score was asked."""
    score = Gauss(mean, std)
    loss = returned(code.score_matching.dsm_loss(score, x0, sigma, noise), "dsm_loss")
    gradient = torch.autograd.grad(loss.sum(), [score.mean, score.std], allow_unused=True)
    return {
        "loss": loss.detach(),
        "gradient": list(gradient),
        "asked": [asked.data() for asked in score.asked],
        "arguments": [x0, sigma, noise],
    }


def divergence(
    code: Any, kind: str, weight: Tensor, x: Tensor, probes: Tensor | None = None, recording: bool = True
) -> dict[str, Any]:
    """Return a field's divergence, by probes if there are any, and the gradient of its sum for the weight.

    `recording` is the gradient mode in which the function is called.
    """
    field = Field(kind, weight)
    with torch.set_grad_enabled(recording):
        if probes is None:
            value = code.score_matching.exact_divergence(field, x)
        else:
            value = code.score_matching.hutchinson_divergence(field, x, probes)
        mode = torch.is_grad_enabled()
    value = returned(value, "the divergence")
    gradient = None
    if recording and value.requires_grad:
        (gradient,) = torch.autograd.grad(value.sum(), field.weight, allow_unused=True)
    return {
        "value": value.detach(),
        "gradient": gradient,
        "mode": mode,
        "marked": x.requires_grad or x.grad is not None,
        "arguments": [x.detach(), weight] if probes is None else [x.detach(), weight, probes],
    }


def ssm_loss(code: Any, kind: str, weight: Tensor, x: Tensor, probes: Tensor) -> dict[str, Any]:
    """Return the loss of a field, and the gradient of its sum for the field's weight."""
    field = Field(kind, weight)
    loss = returned(code.score_matching.ssm_loss(field, x, probes), "ssm_loss")
    gradient = None
    if loss.requires_grad:
        (gradient,) = torch.autograd.grad(loss.sum(), field.weight, allow_unused=True)
    return {"loss": loss.detach(), "gradient": gradient, "arguments": [x, weight, probes]}


# -------------------- 2 Langevin
def after_langevin_step(code: Any, x: Tensor, score: Tensor, step: float, noise: Tensor) -> list[Tensor]:
    """Return the tensors as langevin_step leaves them."""
    code.langevin.langevin_step(x, score, step, noise)
    return [x, score, noise]


def annealed_langevin(
    code: Any, mean: float, std: float, x: Tensor, sigmas: Tensor, noises: Tensor, eps: float | None = None
) -> dict[str, Any]:
    """Return the chain's end under the score of N(mean, std^2), and what that score was asked."""
    score = Gauss(torch.tensor(mean, dtype=torch.float64), torch.tensor(std, dtype=torch.float64))
    given = (score, x, sigmas, noises)
    result = code.langevin.annealed_langevin(*given) if eps is None else None
    if eps is not None:
        result = code.langevin.annealed_langevin(*given, eps=eps)
    return _run(returned(result, "annealed_langevin"), score.asked, [x, sigmas, noises])


# -------------------- 3 SDEs
def sde(code: Any, name: str, t: Tensor, constants: list[float] | None = None) -> dict[str, Any]:
    """Return drift rate, diffusion and marginal of one of the SDEs at these times."""
    one = getattr(code.sde, name)(*(constants or []))
    alpha, sigma = returned(one.marginal(t), f"{name}.marginal")
    return {"f": one.drift_rate(t), "g": one.diffusion(t), "alpha": alpha, "sigma": sigma, "t": t}


# -------------------- 4 reverse, 5 ODE
def reverse_step(
    code: Any,
    sde: list[Tensor],
    x: Tensor,
    score: Tensor,
    t: Tensor,
    dt: float,
    noise: Tensor,
    eta: float | None = None,
) -> dict[str, Any]:
    """Return x after a step of a known SDE, and the arguments afterwards."""
    given = (Known(sde), x, score, t, dt, noise)
    stepped = code.reverse.reverse_step(*given) if eta is None else code.reverse.reverse_step(*given, eta)
    return {"x": returned(stepped, "reverse_step").detach(), "arguments": [x, score, t, noise]}


def reverse_steps(
    code: Any, sde: list[Tensor], x: Tensor, scores: Tensor, times: Tensor, noise: Tensor, eta: float
) -> Tensor:
    """Return what each single step, from times[i] to times[i + 1] with scores[i], makes of the same x."""
    known = Known(sde)
    steps = zip(scores, times[:-1], times[1:], strict=True)
    return torch.stack(
        [code.reverse.reverse_step(known, x, s, t, (t - u).item(), noise, eta) for s, t, u in steps]
    )


def pc_sample(
    code: Any,
    sde: list[Tensor],
    law: list[Tensor],
    x: Tensor,
    times: Tensor,
    noises: Tensor,
    corrector_noises: Tensor,
    snr: float | None = None,
) -> dict[str, Any]:
    """Return the samples under the exact score of a Gaussian in a known SDE, and what that was asked."""
    known = Known(sde)
    score = Scores(known, *law)
    given = (known, score, x, times, noises, corrector_noises)
    result = code.reverse.pc_sample(*given) if snr is None else code.reverse.pc_sample(*given, snr=snr)
    arguments = [x, times, noises, corrector_noises]
    return _run(returned(result, "pc_sample"), score.asked, arguments)


def prior_log_prob(code: Any, sde: list[Tensor], x: Tensor) -> Tensor:
    """Return log p of the prior of a known SDE."""
    return returned(code.ode.prior_log_prob(Known(sde), x), "prior_log_prob").detach()


def log_likelihood(
    code: Any,
    sde: list[Tensor],
    law: list[Tensor],
    x: Tensor,
    times: Tensor,
    probes: Tensor,
    share: float = 1.0,
) -> dict[str, Any]:
    """Return log p and x_1 under the exact score of a Gaussian, at which times and how often it was asked.

    The divergence adds z . J z over the probes z (k, b, *dims), times `share`: all of it for unit vectors
    with share 1.
    """
    known = Known(sde)
    score, divergence = Scores(known, *law), Straight(probes, share)
    result = code.ode.log_likelihood(known, score, x, times, divergence)
    log_prob, x_1 = returned(result, "log_likelihood")
    return {
        "log_prob": log_prob.detach(),
        "result": x_1.detach(),
        "tracked": log_prob.requires_grad or any(one.tracked for one in score.asked),
        "times": torch.stack([one.level for one in score.asked]),
        "calls": divergence.calls,
        "arguments": [x, times, probes],
    }


def _run(result: Tensor, asked: list[Asked], arguments: list[Tensor]) -> dict[str, Any]:
    """Return a sampler's result with what its score was asked."""
    return {
        "result": result.detach(),
        "tracked": result.requires_grad or any(one.tracked for one in asked),
        "asked": [one.data() for one in asked],
        "arguments": arguments,
    }


# -------------------- 6 VDM
def gamma(code: Any, weights: list[Tensor], t: Tensor, ends: list[float] | None = None) -> dict[str, Any]:
    """Return gamma at these times under the weights w1, b1, w2, b2, w3, and its sum's gradients for them."""
    net = code.vdm.MonotoneGamma(len(weights[2]), *(ends or []))
    for name, weight in zip(("w1", "b1", "w2", "b2", "w3"), weights, strict=True):
        setattr(net, name, nn.Parameter(weight))
    value = returned(net(t), "MonotoneGamma.forward")
    gradients: list[Any] = [None] * 5
    if value.requires_grad:
        parameters = [net.w1, net.b1, net.w2, net.b2, net.w3]
        gradients = list(torch.autograd.grad(value.sum(), parameters, allow_unused=True))
    return {"gamma": value.detach(), "gradients": gradients}


def diffusion_loss(
    code: Any,
    coefficients: Tensor,
    t: Tensor,
    error: Tensor,
    T: int | None = None,
    recording: bool = True,
) -> dict[str, Any]:
    """Return the loss for a gamma that is a polynomial, and the gradient of its sum for the coefficients."""
    gamma = Curve(coefficients)
    with torch.set_grad_enabled(recording):
        given = (gamma, t, error)
        loss = code.vdm.diffusion_loss(*given) if T is None else code.vdm.diffusion_loss(*given, T=T)
    loss = returned(loss, "diffusion_loss")
    gradient = None
    if recording and loss.requires_grad:
        (gradient,) = torch.autograd.grad(loss.sum(), gamma.coefficients, allow_unused=True)
    return {
        "loss": loss.detach(),
        "gradient": gradient,
        "marked": t.requires_grad,
        "arguments": [t.detach(), error],
    }


# -------------------- 7 EDM
class Linear(nn.Module):
    """A network of three numbers: slope x + of_noise c_noise + shift; remembers the calls."""

    def __init__(self, numbers: Tensor) -> None:
        super().__init__()
        self.numbers = nn.Parameter(numbers)
        self.asked: list[Asked] = []

    def forward(self, x: Tensor, c_noise: Tensor) -> Tensor:
        """Return what the network says, in x's dtype."""
        self.asked.append(Asked.of(x, c_noise))
        slope, of_noise, shift = self.numbers
        return (slope * x + of_noise * per_sample(c_noise, x) + shift).to(x.dtype)


def edm_loss(
    code: Any, numbers: Tensor, x0: Tensor, sigma: Tensor, noise: Tensor, sigma_data: float | None = None
) -> dict[str, Any]:
    """Return the loss of a small network, its gradient for the network's numbers, and what that was asked."""
    F = Linear(numbers)
    given = (F, x0, sigma, noise)
    loss = code.edm.edm_loss(*given) if sigma_data is None else code.edm.edm_loss(*given, sigma_data)
    loss = returned(loss, "edm_loss")
    gradient = None
    if loss.requires_grad:
        (gradient,) = torch.autograd.grad(loss.sum(), F.numbers, allow_unused=True)
    return {
        "loss": loss.detach(),
        "gradient": gradient,
        "asked": [one.data() for one in F.asked],
        "arguments": [x0, sigma, noise],
    }


# -------------------- 8 flow matching
def after_flow_matching(
    code: Any, x0: Tensor, eps: Tensor, t: Tensor, v: Tensor, score: Tensor
) -> list[Tensor]:
    """Return the arguments as the three functions about straight paths leave them."""
    code.flow_matching.fm_path(x0, eps, t)
    code.flow_matching.velocity_to_score(v, x0, t)
    code.flow_matching.score_to_velocity(score, x0, t)
    return [x0, eps, t, v, score]
