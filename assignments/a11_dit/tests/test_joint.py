"""Public checks of the joint block: one softmax over two streams is a mixture of two attentions."""

import torch
import torch.nn.functional as F

from autograder.checks import Seed, close, expect, task

from .. import plays
from . import weights as drawn
from .near import LONG, near

D, HEADS = 8, 2
GATE_1, GATE_2 = slice(2 * D, 3 * D), slice(5 * D, 6 * D)
Weights = dict[str, torch.Tensor]


def tokens(seed: Seed) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return five patches and three words of two samples, and their conditions."""
    return seed.fork("x").normal(2, 5, D), seed.fork("text").normal(2, 3, D), seed.fork("c").normal(2, D)


def shut(weights: Weights, gate: slice, *streams: str) -> Weights:
    """Return the weights with one of the gates at 0, whatever the condition."""
    found = dict(weights)
    for stream in streams:
        for kind in ("weight", "bias"):
            found[f"{stream}.adaLN.{kind}"] = found[f"{stream}.adaLN.{kind}"].clone()
            found[f"{stream}.adaLN.{kind}"][gate] = 0
    return found


def apply(weights: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    """Return what a linear layer makes of x."""
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def modulated(weights: Weights, stream: str, x: torch.Tensor, c: torch.Tensor, first: int) -> torch.Tensor:
    """Return the norm of tokens under two parts of a stream's adaLN: shift, and scale behind it."""
    rows = apply(weights, f"{stream}.adaLN", F.silu(c)).unflatten(1, (-1, D))
    return F.layer_norm(x, (D,), eps=1e-6) * (1 + rows[:, first + 1, None]) + rows[:, first, None]


def gate(weights: Weights, stream: str, c: torch.Tensor, number: int) -> torch.Tensor:
    """Return one part of a stream's adaLN, for all tokens."""
    return apply(weights, f"{stream}.adaLN", F.silu(c)).unflatten(1, (-1, D))[:, number, None]


def heads_of(weights: Weights, stream: str, y: torch.Tensor) -> list[torch.Tensor]:
    """Return normed queries and keys, and values, of a stream."""
    q, k, v = apply(weights, f"{stream}.qkv", y).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
    normed = [
        F.rms_norm(one, one.shape[3:], weights[f"{stream}.{name}_norm.weight"], eps=1e-6)
        for one, name in ((q, "q"), (k, "k"))
    ]
    return [*normed, v]


def mixed(own: list[torch.Tensor], other: list[torch.Tensor], keep: list[torch.Tensor]) -> torch.Tensor:
    """Return self- and cross-attention in shares that follow from their scores: what one softmax gives.

    `keep` says which of the own keys, and of the other stream's, may be seen, (b, 1, 1, keys).
    """
    query, size = own[0], own[0].shape[3] ** 0.5
    scores = [
        (query @ keys[1].mT / size).masked_fill(~seen, -torch.inf)
        for keys, seen in zip((own, other), keep, strict=True)
    ]
    sums = [one.logsumexp(dim=3, keepdim=True) for one in scores]
    share = torch.sigmoid(sums[0] - sums[1])
    means = [one.softmax(dim=3).nan_to_num() @ v for one, v in zip(scores, (own[2], other[2]), strict=True)]
    return (share * means[0] + (1 - share) * means[1]).transpose(1, 2).flatten(2)


def first_half(
    weights: Weights,
    x: torch.Tensor,
    text: torch.Tensor,
    c: torch.Tensor,
    mask: torch.Tensor,
    last: bool = False,
) -> list[torch.Tensor | None]:
    """Return both streams behind attention."""
    of_x = heads_of(weights, "x", modulated(weights, "x", x, c, 0))
    of_text = heads_of(weights, "text", modulated(weights, "text", text, c, 0))
    keep = [torch.ones(len(x), 1, 1, x.shape[1]).bool(), mask[:, None, None]]
    x = x + gate(weights, "x", c, 2) * apply(weights, "x.proj", mixed(of_x, of_text, keep))
    if last:
        return [x, None]
    out = apply(weights, "text.proj", mixed(of_text, of_x, keep[::-1]))
    return [x, text + gate(weights, "text", c, 2) * out]


HINT = "Each stream makes and norms its own queries and keys; join them, the text's first, and ask once."


# -------------------- 5.1 joint_block
@task("joint_block", weight=2)
def test_one_softmax_is_a_mixture(submission, seed):
    """Behind attention each stream has self- and cross-attention, in shares that follow from the scores"""
    (x, text, c), everybody = tokens(seed), torch.ones(2, 3).bool()
    weights = shut(drawn.joint(seed.fork("w"), D, HEADS), GATE_2, "x", "text")
    came = submission.play(plays.joint, HEADS, False, weights, x, text, c)
    right = first_half(weights, x, text, c, everybody)
    near(came["streams"], right, "the streams: patches and words", HINT, LONG)
    close(came["arguments"], [x, text, c], rtol=0, what="the arguments")


@task("joint_block", weight=2)
def test_nobody_looks_at_padding(submission, seed):
    """Only real words are seen, by patches and by words, also when all or none of a text is padding"""
    x, text, c = tokens(seed)
    weights = shut(drawn.joint(seed.fork("w"), D, HEADS), GATE_2, "x", "text")
    for rows in (((1, 0, 1), (0, 1, 1)), ((0, 0, 0), (1, 1, 1))):
        mask = torch.tensor(rows).bool()
        came = submission.play(plays.joint, HEADS, False, weights, x, text, c, mask)
        right = first_half(weights, x, text, c, mask)
        hint = "text_mask is True where a word is; patches are always seen, so nobody looks at nothing."
        near(came["streams"][0], right[0], "the patches", hint, LONG)
        near(came["streams"][1][mask], right[1][mask], "the words", hint, LONG)


@task("joint_block")
def test_each_stream_has_its_own_half(submission, seed):
    """With the gates of attention at 0 each stream goes through its own modulation, MLP and gate"""
    x, text, c = tokens(seed)
    weights = shut(drawn.joint(seed.fork("w"), D, HEADS), GATE_1, "x", "text")
    came = submission.play(plays.joint, HEADS, False, weights, x, text, c)
    right = []
    for stream, one in (("x", x), ("text", text)):
        inner = apply(weights, f"{stream}.fc1", modulated(weights, stream, one, c, 3))
        out = apply(weights, f"{stream}.fc2", F.gelu(inner, approximate="tanh"))
        right.append(one + gate(weights, stream, c, 5) * out)
    near(
        came["streams"],
        right,
        "the streams: patches and words",
        "Two streams share nothing but attention.",
        LONG,
    )


@task("joint_block")
def test_last_block_gives_patches_alone(submission, seed):
    """With last=True the text gives keys and values under shift and scale, and None comes back for it"""
    (x, text, c), everybody = tokens(seed), torch.ones(2, 3).bool()
    weights = shut(drawn.joint(seed.fork("w"), D, HEADS, last=True), GATE_2, "x")
    came = submission.play(plays.joint, HEADS, True, weights, x, text, c)
    expect(came["streams"][1] is None, "a value came for the text; expected None", "return x, None")
    right = first_half(weights, x, text, c, everybody, last=True)
    near(came["streams"][0], right[0], "the patches", HINT, LONG)
