"""Public checks of LoRA and of eight-bit weights: two by two worked out, rows with scales of their own."""

import torch

from autograder.checks import close, exactly, expect, expect_dtype, task

from .. import plays_after
from .near import near

WEIGHT = torch.sin(torch.arange(1, 13, dtype=torch.float64)).reshape(3, 4)
BIAS, X = exactly(0.5, -1, 2), torch.cos(torch.arange(20, dtype=torch.float64)).reshape(5, 4)
A, B = torch.sin(3 * X[:2]), torch.cos(2 * WEIGHT[:, :2])
ROWS = torch.tensor([[1.27, -0.5, 0.004], [0, 0, 0], [-254, 127, 1]])
Q = torch.tensor([[127, -50, 0], [0, 0, 0], [-127, 64, 0]], dtype=torch.int8)


# -------------------- 7.1 LoRALinear
@task("lora_and_int8")
def test_two_by_two(submission):
    """The identity with A = (1, 2), B = (3, -1), alpha 2 and r 1 makes (19, -5) of (1, 1)"""
    given = (torch.eye(2).double(), None, 1, 2.0, exactly(1, 2)[None], exactly(3, -1)[:, None])
    came = submission.play(plays_after.lora, *given, exactly(1, 1)[None])
    hint = "base(x) + scale (x A^T) B^T: x has shape (b, in), A (r, in), B (out, r)."
    near(came["y"], exactly(19, -5)[None], "what the layer makes of (1, 1)", hint)


@task("lora_and_int8")
def test_change_of_rank_two(submission):
    """With alpha = 8 and r = 2 the layer adds 4 times the change, and A and B have their gradients"""
    came = submission.play(plays_after.lora, WEIGHT, BIAS, 2, 8.0, A, B, X)
    y = X @ (WEIGHT + 4 * B @ A).T + BIAS
    near(came["y"], y, "what the layer makes of x", "self.scale is alpha / r, here 4. The bias comes once.")
    near(came["by B"], 4 * (2 * y).T @ (X @ A.T), "the gradient of B", "Nothing in forward is detached.")
    near(came["by A"], 4 * B.T @ (2 * y).T @ X, "the gradient of A", "Nothing in forward is detached.")
    expect(came["base without gradient"], "the base has a gradient, though it is frozen")


@task("lora_and_int8")
def test_merged_twice(submission):
    """The identity merges to (7 12; -2 -3), and a layer of rank 2 can be merged twice"""
    given = (torch.eye(2).double(), None, 1, 2.0, exactly(1, 2)[None], exactly(3, -1)[:, None])
    came = submission.play(plays_after.merged, *given, exactly(1, 1)[None])
    hint = "The merged weight is base.weight + scale B A."
    near(came["weight"], exactly(7, 12, -2, -3).reshape(2, 2), "the merged weight", hint)
    came = submission.play(plays_after.merged, WEIGHT, BIAS, 2, 8.0, A, B, X)
    y = X @ (WEIGHT + 4 * B @ A).T + BIAS
    near(came["of x"], y, "what the merged layer makes of x", f"{hint} The base's bias stays in it.")
    hint = "Merge into a copy: otherwise the change is in the base too, and is added once more each time."
    near(came["second of x"], y, "what a second merged layer makes of x", hint)
    near(came["base afterwards"], WEIGHT, "the base's weight afterwards", hint)


@task("lora_and_int8")
def test_nothing_at_first(submission):
    """At first B is 0: the layer does what the base does, and only B has a gradient that is not 0"""
    came = submission.play(plays_after.lora, WEIGHT, BIAS, 3, 6.0, None, None, X)
    y = X @ WEIGHT.T + BIAS
    near(came["y"], y, "what the layer makes of x", "Use self.A and self.B as they are.")
    near(came["by A"], torch.zeros(3, 4).double(), "the gradient of A", "Through B = 0 nothing comes back.")
    expected = 2 * (2 * y).T @ X @ came["A"].T
    close(came["by B"], expected, rtol=1e-9, atol=1e-9, what="the gradient of B", hint="scale (x A^T) B^T")


# -------------------- 7.1 quantize_int8
@task("lora_and_int8", weight=2)
def test_rows_of_the_page(submission):
    """The rows (1.27, -0.5, 0.004), zeros and (-254, 127, 1) have the scales 0.01, 1 and 2"""
    q, scale = submission.small.quantize_int8(ROWS)
    hint = "One scale for each row: its largest absolute value / 127. For a row of zeros it is 1."
    near(scale.double(), exactly(0.01, 1, 2), "the scales", hint, 1e-6)
    expect_dtype(q, torch.int8)
    hint = "weight / scale, rounded to the nearest whole number: -0.5 / 0.01 is -50, 1 / 2 is 0."
    close(q, Q, rtol=0, what="q", hint=hint)


@task("lora_and_int8")
def test_outlier_stays_in_its_row(submission):
    """A weight of 100 spoils its own row only: everywhere w and q scale differ by at most half a scale"""
    weight = torch.sin(torch.arange(240, dtype=torch.float64)).reshape(6, 40)
    weight[2, 3] = 100.0
    q, scale = submission.small.quantize_int8(weight)
    near(scale, weight.abs().amax(1) / 127, "the scales", "Largest absolute values along dim 1, row by row.")
    off = (weight - q * scale[:, None]).abs() / scale[:, None]
    hint = "Round to the nearest: cutting off is wrong by up to a whole scale."
    expect(bool((off <= 0.5 + 1e-9).all()), f"a weight is off by {off.max():.3f} of its row's scale", hint)


# -------------------- 7.1 int8_linear
@task("lora_and_int8")
def test_eight_bit_layer(submission):
    """x times the rows of the page, with a bias and without, in the dtype of x"""
    x = torch.tensor([[1.0, 2, 4], [-1, 0.5, 0]])
    scale = exactly(0.01, 1, 2).float()
    wide = x.double() @ (Q * exactly(0.01, 1, 2)[:, None]).T
    hint = "x (q * scale)^T: the scales belong to rows of q, so to columns of the result."
    for bias, due in ((None, wide), (exactly(0.5, -1, 3).float(), wide + exactly(0.5, -1, 3))):
        came = submission.small.int8_linear(x, Q, scale, bias)
        near(came.double(), due, f"the result {'without' if bias is None else 'with'} a bias", hint, 1e-5)
        expect_dtype(came, torch.float32)


@task("lora_and_int8")
def test_long_sums_in_half(submission):
    """4,096 products of 8 and 127 are 4,161,536: more than float16 holds, but not so times 0.005"""
    x, q = torch.full((2, 4096), 8.0).half(), torch.full((1, 4096), 127, dtype=torch.int8)
    came = submission.small.int8_linear(x, q, torch.tensor([0.005]), torch.tensor([-8.0]).half())
    hint = "Multiply and add in the widest dtype that came in (the scales are float32), and cast at the end."
    close(came.double(), torch.full((2, 1), 20799.68).double(), rtol=1e-3, what="the result", hint=hint)
    expect_dtype(came, torch.float16)
