"""Fresh weights for parts whose names and shapes are known, and what several checks say."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, expect

Shapes = dict[str, list[int]]


def conv(name: str, c_in: int, c_out: int, k: int) -> Shapes:
    """Return the shapes of a convolution's weights."""
    return {f"{name}.weight": [c_out, c_in, k, k], f"{name}.bias": [c_out]}


def linear(name: str, n: int, m: int) -> Shapes:
    """Return the shapes of a linear layer's weights."""
    return {f"{name}.weight": [m, n], f"{name}.bias": [m]}


def norm(name: str, channels: int) -> Shapes:
    """Return the shapes of a norm's weights."""
    return {f"{name}.weight": [channels], f"{name}.bias": [channels]}


def res_block(c_in: int, c_out: int, emb_dim: int) -> Shapes:
    """Return the shapes of a ResBlock's weights."""
    shapes = norm("norm1", c_in) | conv("conv1", c_in, c_out, 3) | linear("emb", emb_dim, c_out)
    shapes |= norm("norm2", c_out) | conv("conv2", c_out, c_out, 3)
    return shapes | (conv("skip", c_in, c_out, 1) if c_in != c_out else {})


def attention_block(channels: int) -> Shapes:
    """Return the shapes of a SelfAttention2d's weights."""
    return (
        norm("norm", channels) | conv("qkv", channels, 3 * channels, 1) | conv("proj", channels, channels, 1)
    )


def inside(part: str, shapes: Shapes) -> Shapes:
    """Return the shapes of a part of something larger."""
    return {f"{part}.{name}": shape for name, shape in shapes.items()}


def unet_shapes(settings: dict[str, Any]) -> Shapes:
    """Return the shapes of a UNet's weights."""
    widths, n = settings["widths"], settings["emb_dim"]
    above = [widths[0], *widths[:-1]]
    shapes = inside("time", linear("0", n, n) | linear("2", n, n))
    if settings.get("classes"):
        shapes["labels.weight"] = [settings["classes"], n]
    shapes |= conv("first", settings["in_channels"], widths[0], 3)
    for i, (before, width) in enumerate(zip(above, widths, strict=True)):
        shapes |= inside(f"down_blocks.{i}", res_block(before, width, n))
        shapes |= inside(f"up_blocks.{i}", res_block(2 * width, before, n))
        if i < len(widths) - 1:
            shapes |= conv(f"downs.{i}.conv", width, width, 3) | conv(f"ups.{i}.conv", width, width, 3)
    shapes |= inside("middle", res_block(widths[-1], widths[-1], n))
    shapes |= inside("attention", attention_block(widths[-1]))
    return shapes | norm("norm", widths[0]) | conv("last", widths[0], settings["out_channels"], 3)


def weights(seed: Seed, shapes: Shapes) -> dict[str, Tensor]:
    """Return fresh weights that keep the size of what they are applied to."""
    drawn = {}
    for name, shape in shapes.items():
        fan_in = max(1, int(torch.tensor(shape[1:]).prod())) if len(shape) > 1 else 1
        values = seed.fork(name).normal(*shape) / fan_in**0.5
        one_dimensional = len(shape) == 1
        scale_of_a_norm = one_dimensional and "norm" in name and name.endswith("weight")
        drawn[name] = 1 + 0.3 * values if scale_of_a_norm else 0.5 * values if one_dimensional else values
    return drawn


def expect_names(came: Shapes, expected: Shapes) -> None:
    """Expect the weights to have the names and shapes that the handout says."""
    hint = "The names of the parts are in the docstring of the class; weights are loaded by name."
    missing, other = sorted(expected.keys() - came.keys()), sorted(came.keys() - expected.keys())
    expect(not missing, f"there is no {', '.join(missing[:3])}", hint)
    expect(not other, f"there is a {', '.join(other[:3])}, which nobody has weights for", hint)
    for name, shape in expected.items():
        expect(came[name] == shape, f"{name} has shape {came[name]}; expected {shape}", hint)
