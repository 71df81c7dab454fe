"""Hidden checks of LoRA and of eight-bit weights: fresh layers, and torch's own quantisation."""

import torch

from autograder.checks import Seed, any_of, close, expect, expect_dtype, task

from .. import plays_after
from ..tests.near import LONG, near


@task("lora_and_int8", gate=True)
def test_some_of_it_is_right(submission, seed):
    """The layer's result, the whole numbers or the eight-bit result goes with the right one"""
    weight, x = seed.fork("weight").normal(6, 8), seed.fork("x").normal(7, 8)
    q = (40 * seed.fork("q").normal(6, 8)).clamp(-127, 127).round()

    def layer() -> None:
        A, B = seed.fork("A").normal(2, 8), 0.3 * seed.fork("B").normal(6, 2)
        came = submission.play(plays_after.lora, weight, None, 2, 2.0, A, B, x)
        expect(_goes_with(came["y"], x @ (weight + B @ A).T), "the result is not like the right one")

    def rounds() -> None:
        expect(_goes_with(submission.small.quantize_int8(weight)[0], weight), "q is not like the weight")

    def product() -> None:
        came = submission.small.int8_linear(x, q.to(torch.int8), torch.ones(6).double())
        expect(_goes_with(came, x @ q.T), "the result is not like the right one")

    any_of(layer, rounds, product)


def _goes_with(came: torch.Tensor, due: torch.Tensor) -> bool:
    return bool(torch.nn.functional.cosine_similarity(came.double().flatten(), due.flatten(), dim=0) > 0.8)


@task("lora_and_int8")
def test_fresh_layers(submission, seed):
    """Fresh layers of fresh rank and alpha, with bias and without, on x of three axes, and their gradients

    x W^T + b + (alpha / rank) x A^T B^T: try x of three axes, with and without bias, and look at which
    weights have gradients.
    """
    for i in range(2):
        weight, bias, r, alpha, A, B, x = fresh_layer(seed.fork(str(i)), i == 1)
        came = submission.play(plays_after.lora, weight, bias, r, alpha, A, B, x)
        y = x @ (weight + alpha / r * B @ A).T + (0 if bias is None else bias)
        near(came["y"], y, "what the layer makes of x", within=LONG)
        rows, by_y = x.flatten(0, 1), 2 * y.flatten(0, 1)
        near(came["by B"], alpha / r * by_y.T @ rows @ A.T, "the gradient of B", within=LONG)
        near(came["by A"], alpha / r * B.T @ by_y.T @ rows, "the gradient of A", within=LONG)
        expect(came["base without gradient"], "the base has a gradient, though it is frozen")


@task("lora_and_int8")
def test_fresh_layers_merged(submission, seed):
    """Fresh layers merge, and merge again, to one weight, and keep their own

    Merging adds alpha / rank B A to a copy: the layer keeps its own weight, and a second merge is the same.
    """
    for i in range(2):
        weight, bias, *rest, x = fresh_layer(seed.fork(str(i)), i == 1)
        came = submission.play(plays_after.merged, weight, bias, *rest, x)
        r, alpha, A, B = rest
        due = weight + alpha / r * B @ A
        near(came["weight"], due, "the merged weight", within=LONG)
        y = x @ due.T + (0 if bias is None else bias)
        near([came["of x"], came["second of x"]], [y, y], "what merged layers make of x", within=LONG)
        near(came["base afterwards"], weight, "the base's weight afterwards")


def fresh_layer(seed: Seed, biased: bool) -> tuple:
    """Return weight, bias, r, alpha, A and B of a layer, and x."""
    r, alpha = seed.fork("r").integer(2, 4), seed.fork("alpha").integer(5, 30) / 2
    weight, bias = seed.fork("weight").normal(5, 6), seed.fork("bias").normal(5) if biased else None
    A, B = seed.fork("A").normal(r, 6), seed.fork("B").normal(5, r)
    return weight, bias, r, alpha, A, B, seed.fork("x").normal(2, 3, 6)


@task("lora_and_int8", weight=2)
def test_fresh_weights_as_torch(submission, seed):
    """Fresh weights of several sizes, with a row of zeros, as torch.quantize_per_channel has them

    One scale for each row, its largest absolute value over 127; round half to even, never to -128; a row of
    zeros has scale 1.
    """
    weight = seed.fork("weight").normal(9, 30, dtype=torch.float32)
    weight *= 10 ** (6 * seed.fork("sizes").uniform(9, 1, dtype=torch.float32) - 3)
    weight[seed.integer(0, 8)] = 0
    q, scale = submission.small.quantize_int8(weight)
    top = weight.abs().amax(1)
    expected = torch.where(top > 0, top.double() / 127, 1.0)
    close(scale.double(), expected, rtol=1e-6, what="the scales")
    zero = torch.zeros(9, dtype=torch.int64)
    due = torch.quantize_per_channel(weight, expected, zero, 0, torch.qint8).int_repr()
    off = (q.int() - due.int()).abs()
    # Where weight / scale is half-way between two numbers, the last digit decides.
    expect(
        int(off.max()) <= 1 and int((off > 0).sum()) <= 1,
        "more than one number differs from torch's",
    )
    expect(q.dtype == torch.int8 and int(q.int().abs().max()) <= 127, "q is not int8 within -127..127")
    wide = submission.small.quantize_int8(weight.double())
    expect_dtype(wide[1], torch.float64)
    close(wide[1], expected, rtol=1e-12, what="the scales in float64")


@task("lora_and_int8")
def test_fresh_products(submission, seed):
    """Fresh x of three axes in float32, float64 and float16, scales of another dtype among them

    Products and sums are formed in the widest dtype that came in, and x itself is not rounded to eight bits.
    Try float16, and x of three axes.
    """
    q = (254 * seed.fork("q").uniform(5, 20) - 127).round()
    scale, bias = 0.01 + seed.fork("scale").uniform(5), 10 * seed.fork("bias").normal(5)
    for kind, of_scale, within in (
        (torch.float64, torch.float64, 1e-12),
        (torch.float64, torch.float32, 1e-12),
        (torch.float32, torch.float64, 1e-6),
        (torch.float16, torch.float32, 2e-3),
    ):
        x, s, b = seed.fork(f"{kind}").normal(2, 3, 20).to(kind), scale.to(of_scale), bias.to(kind)
        due = x.double() @ (q * s.double()[:, None]).T
        size = due.abs().max()
        what = f"the result for x in {kind}, over its largest value"
        came = submission.small.int8_linear(x, q.to(torch.int8), s)
        expect_dtype(came, kind)
        near(came.double() / size, due / size, what, within=within)
        came = submission.small.int8_linear(x, q.to(torch.int8), s, bias=b)
        near(came.double() / size, (due + b.double()) / size, f"{what}, with a bias", within=within)
