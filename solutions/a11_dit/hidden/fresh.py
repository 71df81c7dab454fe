"""The judge's own transformer, in loops and plain products, and the coarse comparison of gates."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, expect

Weights = dict[str, Tensor]
LEAST = 0.5  # correlation that an honest attempt reaches; noise, zeros and copies stay below it


def expect_alike(actual: Tensor, expected: Tensor, least: float = LEAST) -> None:
    """Expect a correlation that an honest attempt has with what is right."""
    pair = torch.stack([actual.flatten().double(), expected.flatten().double()])
    value = torch.corrcoef(pair)[0, 1].item()
    expect(math.isfinite(value) and abs(value) > least, "the values do not go with what came in")


def pieces(x: Tensor, p: int) -> Tensor:
    """Return the tokens of a map: every p-th pixel at a time is the same place in all tokens."""
    places = [x[:, :, i::p, j::p].flatten(2).mT for i in range(p) for j in range(p)]  # each b n c
    return torch.cat(places, dim=2)


def waves(h: int, w: int, dim: int) -> Tensor:
    """Return positions of tokens, by plain numbers."""
    rows = []
    speeds = [10_000 ** (-4 * j / dim) for j in range(dim // 4)]
    for r in range(h):
        for c in range(w):
            rows.append(
                [wave(place * s) for place in (c, r) for wave in (math.sin, math.cos) for s in speeds]
            )
    return torch.tensor(rows, dtype=torch.float64)


def turned(x: Tensor, h: int, w: int, base: float) -> Tensor:
    """Return channels turned by row and column, pair by pair."""
    d, found, token = x.shape[-1], x.clone(), torch.arange(h * w).double()
    for pair in range(d // 2):
        half, number = divmod(pair, d // 4)
        angle = (token % w if half else token.div(w, rounding_mode="floor")) * base ** (-number / (d / 4))
        u, v = x[..., 2 * pair], x[..., 2 * pair + 1]
        found[..., 2 * pair] = u * angle.cos() - v * angle.sin()
        found[..., 2 * pair + 1] = u * angle.sin() + v * angle.cos()
    return found


def apply(weights: Weights, name: str, x: Tensor) -> Tensor:
    """Return what a linear layer makes of x."""
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def standard(x: Tensor) -> Tensor:
    """Return tokens of mean 0 and variance 1."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()


def silu(x: Tensor) -> Tensor:
    """Return x by its sigmoid."""
    return x / (1 + (-x).exp())


def gelu(x: Tensor) -> Tensor:
    """Return GELU in its tanh form."""
    return x / 2 * (1 + (math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)).tanh())


def of_part(weights: Weights, name: str) -> Weights:
    """Return the weights of a part, under their names in it."""
    return {key[len(name) + 1 :]: value for key, value in weights.items() if key.startswith(f"{name}.")}


def rms(x: Tensor, weight: Tensor) -> Tensor:
    """Return x at root mean square 1, times weight."""
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * weight


def attention(weights: Weights, x: Tensor, heads: int, turns: Tensor | None = None) -> Tensor:
    """Return what SelfAttention gives, head by head."""
    b, n, d = x.shape
    c, out = d // heads, torch.zeros(b, n, d, dtype=x.dtype)
    rows = apply(weights, "qkv", x)
    for head in range(heads):
        q, k, v = (rows[..., part * d + head * c :][..., :c] for part in range(3))
        if "q_norm.weight" in weights:
            q, k = rms(q, weights["q_norm.weight"]), rms(k, weights["k_norm.weight"])
        if turns is not None:
            q, k = ((one[..., None, :] @ turns)[..., 0, :] for one in (q, k))
        score = (q @ k.mT / math.sqrt(c)).exp()
        out[..., head * c : (head + 1) * c] = score / score.sum(-1, keepdim=True) @ v
    return apply(weights, "proj", out)


def block(weights: Weights, x: Tensor, c: Tensor, heads: int) -> Tensor:
    """Return what a DiTBlock gives, sample by sample."""
    found = []
    for tokens, condition in zip(x, c, strict=True):
        part = apply(weights, "adaLN", silu(condition)).reshape(6, -1)
        y = standard(tokens) * (1 + part[1]) + part[0]
        tokens = tokens + part[2] * attention(of_part(weights, "attn"), y[None], heads)[0]
        y = standard(tokens) * (1 + part[4]) + part[3]
        found.append(tokens + part[5] * apply(weights, "fc2", gelu(apply(weights, "fc1", y))))
    return torch.stack(found)


def final(weights: Weights, x: Tensor, c: Tensor) -> Tensor:
    """Return what a FinalLayer gives."""
    part = apply(weights, "adaLN", silu(c)).unflatten(1, (2, 1, -1))
    return apply(weights, "linear", standard(x) * (1 + part[:, 1]) + part[:, 0])


def dit(weights: Weights, sizes: dict[str, int], x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
    """Return what a DiT gives; `labels` are rows of its table."""
    p, d, half = sizes["p"], sizes["d"], sizes["waves"] // 2
    h, w = x.shape[2] // p, x.shape[3] // p
    tokens = apply(weights, "embed", pieces(x, p)) + waves(h, w, d)
    angles = [[1000 * time * 10_000 ** (-j / half) for j in range(half)] for time in t.tolist()]
    told = [[wave(a) for wave in (math.cos, math.sin) for a in row] for row in angles]
    clock = of_part(weights, "clock")
    c = apply(clock, "fc2", silu(apply(clock, "fc1", torch.tensor(told, dtype=torch.float64))))
    c = c + weights["table.weight"][labels]
    for number in range(sizes["depth"]):
        tokens = block(of_part(weights, f"blocks.{number}"), tokens, c, sizes["heads"])
    out = final(of_part(weights, "final"), tokens, c)
    found = torch.zeros(len(x), sizes["c_out"], *x.shape[2:], dtype=x.dtype)
    for place, part in enumerate(out.split(sizes["c_out"], dim=2)):
        found[:, :, place // p :: p, place % p :: p] = part.mT.unflatten(2, (h, w))
    return found


def joint(weights: Weights, x: Tensor, text: Tensor, c: Tensor, mask: Tensor, heads: int) -> list[Tensor]:
    """Return both streams behind a JointBlock, sample by sample, from tables that hold words alone.

    Rows of the text that are no words come out as NaN; the text's stream does so wholly in a last block.
    """
    streams: list[list[Tensor]] = [[], []]
    for tokens, words, condition, keep in zip(x, text, c, mask, strict=True):
        sides, parts, seen = (tokens, words[keep]), [], []
        for name, side in zip(("x", "text"), sides, strict=True):
            own = of_part(weights, name)
            part = apply(own, "adaLN", silu(condition)).reshape(-1, x.shape[2])
            rows = apply(own, "qkv", standard(side) * (1 + part[1]) + part[0]).unflatten(1, (3, heads, -1))
            q, k = rms(rows[:, 0], own["q_norm.weight"]), rms(rows[:, 1], own["k_norm.weight"])
            parts.append(part), seen.append((q, k, rows[:, 2]))
        q, k, v = (torch.cat(both) for both in zip(*seen, strict=True))  # tokens heads channels
        score = torch.einsum("ihc,jhc->hij", q, k).div(math.sqrt(q.shape[2])).exp()
        mixed = torch.einsum("hij,jhc->ihc", score / score.sum(2, keepdim=True), v).flatten(1)
        outs = mixed.split([len(side) for side in sides])
        for i, (name, side, part, out) in enumerate(zip(("x", "text"), sides, parts, outs, strict=True)):
            own = of_part(weights, name)
            if len(part) == 6:
                side = side + part[2] * apply(own, "proj", out)
                y = standard(side) * (1 + part[4]) + part[3]
                side = side + part[5] * apply(own, "fc2", gelu(apply(own, "fc1", y)))
            whole = torch.full((x if i == 0 else text).shape[1:], math.nan, dtype=x.dtype)
            whole[keep if i else slice(None)] = side
            streams[i].append(whole)
    return [torch.stack(one) for one in streams]


def between(seed: Seed, low: float, high: float) -> float:
    """Return a fresh number from low to high."""
    return low + (high - low) * seed.uniform(1).item()
