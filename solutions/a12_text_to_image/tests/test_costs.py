"""Tasks 5.1 and 5.2: time and memory, in units of a yardstick. Bars show how far you are."""

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays


def a_layer(seed: Seed) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Four images of 24 channels and 32 x 32 pixels, and 12 kernels to 24 channels."""
    shapes = (("x", (4, 24, 32, 32)), ("bank", (12, 24, 24, 3, 3)), ("logits", (4, 12)), ("style", (4, 24)))
    return tuple(seed.fork(name).normal(*shape, dtype=torch.float32) for name, shape in shapes)


def all_pixels_are_right(came: Tensor, _: object, args: tuple[Tensor, ...]) -> None:
    """Convolve the styled image with the mixed kernel, and scale its maps."""
    x, bank, logits, style = args
    images = []
    for image, shares, factors in zip(x, logits.softmax(1), style, strict=True):
        kernel = torch.tensordot(shares, bank, 1)
        maps = F.conv2d((image * factors[:, None, None])[None], kernel, padding=1)[0]
        lengths = (kernel * factors[:, None, None]).flatten(1).norm(dim=1)
        images.append(maps / lengths[:, None, None])
    close(came, torch.stack(images), rtol=1e-3, atol=1e-3, what="the images")  # float32


@task("adaptive_conv")
def test_kernels_are_mixed_before_they_are_used(speed):
    """Four images cost about as much as one convolution of all of them with one kernel"""
    hint = "Mix the kernels, not the images: one grouped convolution then does all samples."
    speed("gigagan.adaptive_conv", plays.one_convolution, a_layer, all_pixels_are_right, hint)


def many_tokens(seed: Seed) -> tuple[Tensor, Tensor, Tensor]:
    """1,024 queries and keys of 32 numbers, in one head."""
    return tuple(seed.fork(name).normal(1, 1, 1024, 32, dtype=torch.float32) for name in "qkv")


def all_tokens_are_right(came: Tensor, _: object, args: tuple[Tensor, ...]) -> None:
    """Every query's row follows from the distances."""
    q, k, v = args
    weights = (-(torch.cdist(q.double(), k.double()) ** 2) / 32**0.5).softmax(dim=-1)
    close(came, weights @ v.double(), rtol=1e-3, atol=1e-3, what="the result")  # float32


@task("l2_attention")
def test_memory_of_a_table(memory):
    """1,024 queries and keys hold at most a few tables of 1,024 x 1,024, none of 1,024 x 1,024 x 32"""
    hint = "All differences at once are d times as large as all distances."
    memory("gigagan.l2_attention", plays.products_of_all, many_tokens, all_tokens_are_right, hint=hint)
