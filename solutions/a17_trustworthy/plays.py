"""What the checks run beside your code: generators, losses, bytes, and a look at what a call leaves."""

from typing import Any

import torch
from torch import Tensor


def kept(code: Any, file: str, function: str, *args: Any) -> dict[str, Any]:
    """Return a function's result, and its arguments as they are afterwards."""
    result = getattr(getattr(code, file), function)(*args)
    if isinstance(result, Tensor):
        return {"result": result.detach(), "tracked": result.requires_grad, "arguments": list(args)}
    return {"result": result, "arguments": list(args)}


# -------------------- 1.1 frechet
def moments(code: Any, batches: list[Tensor]) -> dict[str, Any]:
    """Return mean and covariance of batches that come one by one, and once."""
    return code.frechet.mean_and_covariance(one for one in batches)


def frechet(code: Any, real: list[Tensor], fake: list[Tensor]) -> float:
    """Return the distance of two sets whose batches come one by one, and once."""
    return code.frechet.frechet_distance((one for one in real), (one for one in fake))


# -------------------- 3.1 private_gradient
def straight(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Return half the squared error of slope . x + offset, of one sample."""
    return (parameters["slope"] @ x + parameters["offset"] - y).square() / 2


def bent(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Return half the squared error of tanh(W x + c), of one sample."""
    return (torch.tanh(parameters["W"] @ x + parameters["c"]) - y).square().sum() / 2


def per_sample(code: Any, of: str, parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> dict[str, Any]:
    """Return each sample's gradients, and the parameters afterwards."""
    loss = {"straight": straight, "bent": bent}[of]
    result = code.privacy.per_sample_gradients(loss, parameters, x, y)
    return {"result": {name: one.detach() for name, one in result.items()}, "parameters": parameters}


# -------------------- 4.3 manifest
def append(code: Any, chain: list[dict[str, Any]], action: str, content: str, key: str) -> dict[str, Any]:
    """Return a chain with one more entry, and the chain that was given; content and key are hexadecimal."""
    result = code.provenance.append_claim(chain, action, bytes.fromhex(content), bytes.fromhex(key))
    return {"result": result, "given": chain}


def verify(code: Any, chain: list[dict[str, Any]], content: str, key: str) -> int | None:
    """Return what is said of a chain; content and key are hexadecimal."""
    return code.provenance.verify_chain(chain, bytes.fromhex(content), bytes.fromhex(key))


# -------------------- what costs are compared with
def three_products(code: Any, x: Tensor, y: Tensor) -> Tensor:
    """Multiply each set by each, and add up."""
    return (x @ x.mT).sum() + (y @ y.mT).sum() + (x @ y.mT).sum()


def sorted_scores(code: Any, members: Tensor, others: Tensor) -> Tensor:
    """Sort all scores."""
    return torch.cat([members, others]).sort().values
