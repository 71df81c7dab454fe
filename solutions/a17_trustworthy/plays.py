"""What the checks run beside your code: generators, losses, bytes, and a look at what a call leaves."""

from typing import Any

import torch
from torch import Tensor


def kept(code: Any, file: str, function: str, *args: Any) -> dict[str, Any]:
    """Return a function's result, and its arguments as they are afterwards."""
    result = getattr(getattr(code, file), function)(*args)
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
NOTHING, FALSE, TRUE, OTHERWISE = -1, -2, -3, -4  # what `verify` reports besides an index


FIELDS = ("action", "content", "parent")


def letters(text: Any) -> Tensor:
    """Return a text as the numbers of its bytes; of nothing, none."""
    return torch.tensor(list(text.encode("utf-8") if isinstance(text, str) else b""), dtype=torch.uint8)


def spelled(chain: Any) -> list[Tensor]:
    """Return action, content, parent and signature of each entry of a chain, letter by letter."""
    texts = [[*(entry["claim"][name] for name in FIELDS), entry["signature"]] for entry in chain]
    return [letters(text) for entry in texts for text in entry]


def write(code: Any, value: dict[str, Any]) -> Tensor:
    """Return the one text of a value, letter by letter."""
    return letters(code.provenance.canonical(value))


def append(code: Any, chain: list[dict[str, Any]], action: str, content: str, key: str) -> dict[str, Any]:
    """Return a chain with one more entry, and the chain that was given; content and key are hexadecimal."""
    result = code.provenance.append_claim(chain, action, bytes.fromhex(content), bytes.fromhex(key))
    return {"result": spelled(result), "given": spelled(chain)}


def verify(code: Any, chain: list[dict[str, Any]], content: str, key: str) -> Tensor:
    """Return what is said of a chain; content and key are hexadecimal."""
    said = code.provenance.verify_chain(chain, bytes.fromhex(content), bytes.fromhex(key))
    if isinstance(said, bool):
        return torch.tensor(TRUE if said else FALSE)
    if said is None:
        return torch.tensor(NOTHING)
    return torch.tensor(said if isinstance(said, int) else OTHERWISE)


# -------------------- 5.2 erase_concept
def erased_noise(code: Any, eps_u: Tensor, eps_c: Tensor, *strength: float) -> dict[str, Any]:
    """Return the target that two predictions with gradients lead to, and whether one flows through it."""
    result = code.erasure.erased_noise(eps_u.requires_grad_(), eps_c.requires_grad_(), *strength)
    return {"result": result.detach(), "tracked": result.requires_grad}


# -------------------- what costs are compared with
def three_products(code: Any, x: Tensor, y: Tensor) -> Tensor:
    """Multiply each set by each, and add up."""
    return (x @ x.mT).sum() + (y @ y.mT).sum() + (x @ y.mT).sum()


def sorted_scores(code: Any, members: Tensor, others: Tensor) -> Tensor:
    """Sort all scores."""
    return torch.cat([members, others]).sort().values
