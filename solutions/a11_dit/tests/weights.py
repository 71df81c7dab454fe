"""Weights for the modules, drawn by the judge, under the names that the modules give them."""

import torch
from torch import Tensor

from autograder.checks import Seed

Weights = dict[str, Tensor]


def linear(seed: Seed, name: str, rows: int, columns: int) -> Weights:
    """Return a weight that keeps sizes about as they are, and a bias."""
    weight = seed.fork(f"{name} w").normal(rows, columns) / columns**0.5
    return {f"{name}.weight": weight, f"{name}.bias": 0.5 * seed.fork(f"{name} b").normal(rows)}


def inside(name: str, weights: Weights) -> Weights:
    """Return the weights of a part under their names in the whole."""
    return {f"{name}.{inner}": value for inner, value in weights.items()}


def attention(seed: Seed, d: int, norm_of: int = 0) -> Weights:
    """Return the weights of a SelfAttention; `norm_of` is the number of channels of a head that is normed."""
    found = linear(seed, "qkv", 3 * d, d) | linear(seed, "proj", d, d)
    if norm_of:
        for name in ("q_norm", "k_norm"):
            found[f"{name}.weight"] = 0.5 + 2 * seed.fork(name).uniform(norm_of)
    return found


def block(seed: Seed, d: int) -> Weights:
    """Return the weights of a DiTBlock."""
    parts = linear(seed, "adaLN", 6 * d, d) | linear(seed, "fc1", 4 * d, d) | linear(seed, "fc2", d, 4 * d)
    return inside("attn", attention(seed, d)) | parts


def final(seed: Seed, d: int, k: int) -> Weights:
    """Return the weights of a FinalLayer."""
    return linear(seed, "adaLN", 2 * d, d) | linear(seed, "linear", k, d)


def dit(
    seed: Seed,
    p: int,
    d: int,
    depth: int,
    heads: int,
    c_in: int,
    c_out: int,
    num_classes: int,
    waves: int,
) -> Weights:
    """Return the weights of a DiT of these sizes."""
    found = linear(seed, "embed", d, p * p * c_in)
    clock = linear(seed, "fc1", d, waves) | linear(seed, "fc2", d, d)
    found |= inside("clock", clock) | {"table.weight": seed.fork("table").normal(num_classes + 1, d)}
    for number in range(depth):
        found |= inside(f"blocks.{number}", block(seed.fork(f"{number}"), d))
    return found | inside("final", final(seed.fork("final"), d, p * p * c_out))


def stream(seed: Seed, d: int, heads: int, last: bool = False) -> Weights:
    """Return the weights of one stream of a JointBlock."""
    found = attention(seed, d, d // heads) | linear(seed, "adaLN", (2 if last else 6) * d, d)
    if last:
        return {name: value for name, value in found.items() if not name.startswith("proj")}
    return found | linear(seed, "fc1", 4 * d, d) | linear(seed, "fc2", d, 4 * d)


def joint(seed: Seed, d: int, heads: int, last: bool = False) -> Weights:
    """Return the weights of a JointBlock."""
    parts = {"x": stream(seed.fork("x"), d, heads), "text": stream(seed.fork("text"), d, heads, last)}
    return inside("x", parts["x"]) | inside("text", parts["text"])


def silenced(weights: Weights, *names: str) -> Weights:
    """Return the weights with those of the named layers all 0."""
    zero = [f"{name}.{kind}" for name in names for kind in ("weight", "bias")]
    return {name: torch.zeros_like(value) if name in zero else value for name, value in weights.items()}


def with_bias(weights: Weights, name: str, bias: Tensor) -> Weights:
    """Return the weights with one layer that gives `bias` whatever comes in."""
    return silenced(weights, name) | {f"{name}.bias": bias}
