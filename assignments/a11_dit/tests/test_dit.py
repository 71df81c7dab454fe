"""Public checks of the whole transformer: what reaches what, on maps that are not square; and its sizes."""

import functools

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from autograder.checks import Seed, close, exactly, expect_dtype, raises, task

from .. import plays
from . import weights as drawn
from .near import LONG, SINGLE, near

SIZES = {"p": 2, "d": 8, "depth": 2, "heads": 2, "c_in": 2, "c_out": 2, "num_classes": 3, "waves": 4}
LABELS = torch.tensor([0, 2, 1])
T = exactly(0.1, 0.5, 0.9)
MACS = {"S/2": 6_055_673_856, "XL/2": 118_621_421_568, "XL/2, 64": 524_538_298_368}
norm = functools.partial(F.layer_norm, normalized_shape=(8,), eps=1e-6)


# -------------------- 4.1 dit
def shallow(seed: Seed) -> dict[str, torch.Tensor]:
    """Return weights of blocks whose attention is shut off and whose MLP is open, for a closed form."""
    gates = torch.cat([torch.zeros(40), torch.ones(8)]).double()
    weights = drawn.dit(seed, **SIZES)
    for number in range(SIZES["depth"]):
        weights = drawn.with_bias(weights, f"blocks.{number}.adaLN", gates)
    return weights


def expected(weights: dict[str, torch.Tensor], x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Return what that model makes of maps, when its condition has these rows of the table."""
    layer = functools.partial(apply, weights)
    h, w = x.shape[2] // 2, x.shape[3] // 2
    patches = F.unfold(x, 2, stride=2).mT.unflatten(2, (2, 4)).mT.flatten(2)  # b n 8, channel last
    row, column = torch.arange(h).repeat_interleave(w), torch.arange(w).repeat(h)
    angles = [place[:, None] * exactly(1, 0.01) for place in (column, row)]  # eight channels: 1 and 0.01
    waves = torch.cat([wave(angle) for angle in angles for wave in (torch.sin, torch.cos)], dim=1)
    tokens = layer("embed", patches) + waves
    for name in ("blocks.0", "blocks.1"):
        inner = F.gelu(layer(f"{name}.fc1", norm(tokens)), approximate="tanh")
        tokens = tokens + layer(f"{name}.fc2", inner)
    angles = T[:, None] * exactly(1000, 10)  # of the given clock with four waves
    told = F.silu(layer("clock.fc1", torch.cat([angles.cos(), angles.sin()], dim=1)))
    c = layer("clock.fc2", told) + table
    shift, scale = layer("final.adaLN", F.silu(c)).chunk(2, dim=1)
    out = layer("final.linear", norm(tokens) * (1 + scale[:, None]) + shift[:, None])
    channels = [F.fold(out[..., k::2].mT, x.shape[2:], 2, stride=2) for k in (0, 1)]
    return torch.cat(channels, dim=1)


def apply(weights: dict[str, torch.Tensor], name: str, x: torch.Tensor) -> torch.Tensor:
    """Return what a linear layer makes of x."""
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


@task("dit", weight=2)
def test_maps_of_three_by_two_patches(submission, seed):
    """Two channels, 3 x 2 patches, attention shut off: embedding, positions, blocks, condition, order"""
    weights, x = shallow(seed.fork("w")), seed.fork("x").normal(3, 2, 6, 4)
    came = submission.play(plays.dit, SIZES, weights, x, T, LABELS)
    hint = "embed(patches) + positions, blocks, final; c = clock(t) + table[label]; h and w of this map."
    near(came, expected(weights, x, weights["table.weight"][LABELS]), "the maps", hint, LONG)


@task("dit", weight=2)
def test_dropped_labels_do_not_matter(submission, seed):
    """A dropped sample has the last row of the table, whatever its label; the others have their own"""
    weights, x = shallow(seed.fork("w")), seed.fork("x").normal(3, 2, 4, 4)
    drop, table = torch.tensor([False, True, False]), weights["table.weight"]
    right = expected(weights, x, table[[0, 3, 1]])
    hint = "True is dropped, in training mode or not; the row of no class is number num_classes."
    for label, training in ((2, False), (1, True)):
        labels = torch.tensor([0, label, 1])
        came = submission.play(plays.dit, SIZES, weights, x, T, labels, drop, training)
        near(came, right, f"the maps, label {label} dropped", hint, LONG)
    right = expected(weights, x, table[LABELS])
    for given in (torch.zeros(3).bool(), None):
        came = submission.play(plays.dit, SIZES, weights, x, T, LABELS, given, True)
        near(came, right, "the maps when nothing is dropped", hint, LONG)


@task("dit")
def test_dtype_of_the_weights(submission, seed):
    """float64 weights and maps give float64, float32 ones float32, close to each other"""
    weights, x = shallow(seed.fork("w")), seed.fork("x").normal(3, 2, 4, 4)
    single = {name: value.float() for name, value in weights.items()}
    came = submission.play(plays.dit, SIZES, single, x.float(), T.float(), LABELS)
    expect_dtype(came, torch.float32, "Positions are float64: cast them to the tokens' dtype.")
    right = expected(weights, x, weights["table.weight"][LABELS])
    near(came, right, "the float32 maps", "", 100 * SINGLE)
    wide = submission.play(plays.dit, SIZES, weights, x, T, LABELS)
    expect_dtype(wide, torch.float64, "Positions are float64: cast them to the tokens' dtype.")


# -------------------- 4.2 sizes
@task("sizes", weight=2)
def test_weights_of_published_sizes(submission):
    """DiT-S/2 has 32,865,056 weights, XL/2 674,834,720 and XL/8 675,664,640"""
    hint = "18 d² + 15 d a block; the table has a row for no class; frozen positions are not learnt."
    for depth, d, p, expected in (
        (12, 384, 2, 32_865_056),
        (28, 1152, 2, 674_834_720),
        (28, 1152, 8, 675_664_640),
    ):
        came = submission.sizes.count_weights(depth, d, p)
        close(came, expected, rtol=0, what=f"the weights of depth {depth}, d {d}, p {p}", hint=hint)


@task("sizes", weight=2)
def test_products_of_published_sizes(submission):
    """DiT-S/2 multiplies 6,055,673,856 times, XL/2 118,621,421,568, on twice the side 524,538,298,368"""
    hint = "12 n d² for the four layers, 2 n² d for scores and mixing, 6 d² for adaLN, once for each block."
    for depth, d, p, side, expected in (
        (12, 384, 2, 32, MACS["S/2"]),
        (28, 1152, 2, 32, MACS["XL/2"]),
        (28, 1152, 2, 64, MACS["XL/2, 64"]),
    ):
        came = submission.sizes.count_macs(depth, d, p, side)
        close(
            came,
            expected,
            rtol=0,
            what=f"the multiplications of depth {depth}, d {d}, side {side}",
            hint=hint,
        )


@task("sizes")
def test_sizes_of_a_block_as_torch_counts_them(submission):
    """One more block has as many weights and products as torch counts in its layers: d = 24, 9 tokens"""
    d, n = 24, 9
    layers = [nn.Linear(*sides) for sides in ((d, 3 * d), (d, d), (d, 4 * d), (4 * d, d), (d, 6 * d))]
    weights = sum(p.numel() for layer in layers for p in layer.parameters())
    x = torch.zeros(1, n, d)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        q, k, v = layers[0](x).chunk(3, dim=2)
        y = layers[1]((q @ k.mT).softmax(dim=2) @ v)
        layers[3](layers[2](y)), layers[4](x[:, 0])
    products = counter.get_total_flops() // 2
    one = submission.sizes.count_weights(3, d, 2) - submission.sizes.count_weights(2, d, 2)
    close(one, weights, rtol=0, what="the weights of a block", hint="Biases are weights too.")
    one = submission.sizes.count_macs(3, d, 2, 6) - submission.sizes.count_macs(2, d, 2, 6)
    hint = "Scores and mixing take n² d each, whatever the heads; torch's FLOPs are two a multiplication."
    close(one, products, rtol=0, what="the multiplications of a block", hint=hint)


@task("sizes")
def test_sizes_of_other_options(submission):
    """Other channels, classes and clocks change what they should; patches that do not fit raise ValueError"""
    for more, expected in (
        ({}, 6_688),
        ({"c_in": 1}, 6_688 - 3 * 4 * 16),
        ({"c_out": 3}, 6_688 - 5 * 4 * 17),
        ({"classes": 9}, 6_688 + 6 * 16),
        ({"clock": 4}, 6_688 - 4 * 16),
    ):
        given = {"c_in": 4, "c_out": 8, "classes": 3, "clock": 8} | more
        close(
            submission.sizes.count_weights(1, 16, 2, **given), expected, rtol=0, what=f"weights for {given}"
        )
    for more, expected in (
        ({}, 39_584),
        ({"c_in": 1}, 39_584 - 9 * 3 * 4 * 16),
        ({"c_out": 3}, 39_584 - 9 * 5 * 4 * 16),
        ({"clock": 4}, 39_584 - 4 * 16),
    ):
        given = {"c_in": 4, "c_out": 8, "clock": 8} | more
        close(
            submission.sizes.count_macs(1, 16, 2, 6, **given), expected, rtol=0, what=f"products for {given}"
        )
    with raises(ValueError, hint="p must divide side."):
        submission.sizes.count_macs(1, 16, 4, 6)
