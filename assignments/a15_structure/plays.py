"""What the checks run beside your code: gradients, and networks whose answers are known and remembered."""

import math
from typing import Any

import torch
from torch import Tensor


def with_gradients(
    code: Any, file: str, function: str, args: list[Any], of: list[int], weights: Tensor | None = None
) -> dict[str, Any]:
    """Return a function's result, and the gradients of sum(weights * result) by some arguments.

    Without weights the result is summed. None: there is no gradient.
    """
    given = [arg.clone().requires_grad_() if i in of else arg for i, arg in enumerate(args)]
    result = getattr(getattr(code, file), function)(*given)
    gradients: list[Tensor | None] = [None] * len(of)
    if result.requires_grad:
        total = (result if weights is None else weights * result).sum()
        gradients = list(torch.autograd.grad(total, [given[i] for i in of], allow_unused=True))
    return {"result": result.detach(), "tracked": result.requires_grad, "gradients": gradients}


def called(code: Any, file: str, function: str, args: list[Any]) -> dict[str, Any]:
    """Return a function's result, and its arguments afterwards."""
    return {"result": getattr(getattr(code, file), function)(*args), "arguments": args}


# -------------------- 2 frames
def se3_chain(
    code: Any, R: Tensor, x: Tensor, w: Tensor, z: Tensor, t_min: float | None, pull: float, c: float
) -> dict[str, Any]:
    """Run the sampler with known scores: turned back by `pull` sin, and translations of deviation c.

    R, x and the noise may be given gradients; whether any is left is returned.
    """
    asked: list[list[Any]] = []
    x.requires_grad_()

    def scores(R: Tensor, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        asked.append([float(t), R.detach().clone(), x.detach().clone()])
        sines = (R - R.mT)[:, [2, 0, 1], [1, 2, 0]] / 2  # n 3: of a turn about one axis, its sine
        left = math.exp(-(0.1 * t + 9.95 * t * t))  # the signal's variance
        return -pull * sines, x / (-10 * (left * c * c + 1 - left))

    rest = () if t_min is None else (t_min,)
    R, x = code.se3.se3_sample(scores, R, x, w, z, *rest)
    tracked = R.requires_grad or x.requires_grad
    return {"R": R.detach(), "x": x.detach(), "asked": asked, "tracked": tracked and len(asked) > 0}


# -------------------- 4 AlphaFold 3
def denoise(code: Any, x: Tensor, sigma: Tensor, options: dict[str, float]) -> dict[str, Any]:
    """Denoise with a network that answers tanh(positions) plus its condition, and remembers both."""
    asked: list[list[Tensor]] = []

    def net(y: Tensor, condition: Tensor) -> Tensor:
        asked.append([y.clone(), condition.clone()])
        return torch.tanh(y) + condition[:, None, None]

    return {"result": code.af3.af3_denoise(net, x, sigma, **options), "asked": asked}


def af3_chain(
    code: Any,
    x: Tensor,
    levels: Tensor,
    rotations: Tensor,
    shifts: Tensor,
    noises: Tensor,
    s: float,
    options: dict[str, float],
) -> dict[str, Any]:
    """Sample with the best denoiser of positions whose deviation is s; return what it was told."""
    told: list[float] = []
    x.requires_grad_()

    def denoiser(x: Tensor, level: float) -> Tensor:
        told.append(float(level))
        return x / (1 + (level / s) ** 2)

    x = code.af3_sampler.af3_sample(denoiser, x, levels, rotations, shifts, noises, **options)
    return {"x": x.detach(), "told": told, "tracked": x.requires_grad}


# -------------------- 5 RFdiffusion
def guess(
    code: Any, theta: Tensor, noisier: list[Tensor], noisy: list[Tensor], t: int, coin: float
) -> dict[str, Any]:
    """Train a model that answers theta x plus its last guess; return what it saw and theta's gradient."""
    seen: list[list[Any]] = []
    theta.requires_grad_()

    def model(R: Tensor, x: Tensor, t: int, previous: Any) -> tuple[Tensor, Tensor]:
        seen.append([t, R.detach().clone(), x.detach().clone(), previous is not None])
        return R, theta * x + (0 if previous is None else previous[1])

    R, x = code.rfdiffusion.self_conditioned(model, tuple(noisier), tuple(noisy), t, coin)
    (slope,) = torch.autograd.grad(x.sum(), [theta])
    return {"R": R.detach(), "x": x.detach(), "seen": seen, "slope": slope}


def design(
    code: Any,
    R: Tensor,
    x: Tensor,
    mask: Tensor,
    w: Tensor,
    z: Tensor,
    T: int | None,
    turn: Tensor,
    slopes: Tensor,
    memory: float,
) -> dict[str, Any]:
    """Design with a model whose guess is R turn and slopes[t] turn x plus a share of its last guess.

    Returned is what came out, and what each call saw: step, rotations, positions and the last guess.
    """
    seen: list[list[Any]] = []
    x.requires_grad_()

    def model(R: Tensor, x: Tensor, t: int, previous: Any) -> tuple[Tensor, Tensor]:
        last = [] if previous is None else [one.detach().clone() for one in previous]
        seen.append([t, R.detach().clone(), x.detach().clone(), last])
        x0 = slopes[t].to(x.dtype) * x @ turn.mT
        return R @ turn, x0 + (0 if previous is None else memory * previous[1])

    rest = () if T is None else (T,)
    R, x = code.rfdiffusion.rf_sample(model, R, x, mask, w, z, *rest)
    return {"R": R.detach(), "x": x.detach(), "seen": seen, "tracked": x.requires_grad}


# -------------------- 6 ESMFold
def recycle(
    code: Any, s0: Tensor, z0: Tensor, atoms: Tensor, table: Tensor, factors: list[float], recycles: int
) -> dict[str, Any]:
    """Fold with a trunk that multiplies s, passes z on and moves residues apart by s; norms multiply, too.

    Returned are the results, what each pass was given, whether it recorded gradients, and those of s.
    """
    passes: list[list[Any]] = []
    s0, z0, table = s0.requires_grad_(), z0.requires_grad_(), table.requires_grad_()

    def trunk(s: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        passes.append([s.detach().clone(), z.detach().clone(), s.requires_grad])
        apart = torch.arange(len(atoms)).to(atoms)[:, None, None] * s.mean()
        return factors[0] * s, z, atoms + apart

    results = code.esmfold.fold(
        trunk,
        lambda s: factors[1] * s,
        lambda z: factors[2] * z,
        lambda bins: table[bins],
        s0,
        z0,
        recycles,
    )
    total = results[0].sum() + results[1].sum()
    gradients = list(torch.autograd.grad(total, [s0, z0, table], allow_unused=True))
    return {"results": [one.detach() for one in results], "passes": passes, "gradients": gradients}


# -------------------- what costs are compared with
def one_decomposition(code: Any, x: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Decompose one matrix of 3 by 3 for each pair."""
    shares = torch.einsum("bni,bnj->bij", x * weights[..., None], target)
    return torch.linalg.svd(shares)[0]


def products_by_channel(code: Any, a: Tensor, b: Tensor) -> Tensor:
    """Multiply the two matrices of each channel."""
    return torch.einsum("ikc,kjc->ijc", a, b)
