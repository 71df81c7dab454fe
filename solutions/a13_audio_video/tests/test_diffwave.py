"""Public checks of DiffWave: the embedding's numbers, one block by hand, and the network by its weights."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, task
from autograder.nearness import EXACT, LONG, WORKED, near, near_single

from .. import plays

Weights = dict[str, Tensor]


# -------------------- 2.1 step_embedding
def embedding(t: Tensor, half: int) -> Tensor:
    """Return the embedding number by number, between whole steps on the straight line."""
    rows = []
    for step in t.tolist():
        low, high = math.floor(step), math.ceil(step)
        rates = [10 ** (4 * j / (half - 1)) for j in range(half)]
        ends = [[wave(at * rate) for wave in (math.sin, math.cos) for rate in rates] for at in (low, high)]
        rows.append([a + (step - low) * (b - a) for a, b in zip(*ends, strict=True)])
    return torch.tensor(rows, dtype=torch.float64)


@task("step_embedding", weight=2)
def test_numbers_of_step_1(submission):
    """Step 1, entries 0, 1, 63, 64, 127: .84147098, .91577092, -.30561439, .54030231, -.95215537"""
    came = submission.diffwave.step_embedding(torch.tensor([1, 0]))
    expected = exactly(0.84147098, 0.91577092, -0.30561439, 0.54030231, -0.95215537)
    hint = "10^(4j / (half - 1)): frequencies rise from 1 to 10,000. First all sines, then all cosines."
    close(came[0, [0, 1, 63, 64, 127]], expected, rtol=0, atol=5 * WORKED, what="the entries", hint=hint)
    close(came[1], torch.tensor([0.0, 1.0]).repeat_interleave(64), rtol=0, atol=WORKED, what="step 0")


@task("step_embedding", weight=2)
def test_step_999_keeps_its_digits(submission):
    """Steps 49 and 999 are right to the seventh digit in float32, as t itself may be, for int and float t"""
    for t in (torch.tensor([49, 999]), torch.tensor([49.0, 999.0])):
        came = submission.diffwave.step_embedding(t)
        expect_dtype(came, torch.float32)
        hint = "10^4 t has no digits left in float32: work out angle and sine in float64, then cast."
        close(came, embedding(t, 64), rtol=0, atol=5 * WORKED, what="the embedding", hint=hint)


@task("step_embedding", weight=2)
def test_between_steps(submission):
    """Step 10.5 is the mean of steps 10 and 11 (squared norm 32.4848), 10.25 a quarter of the way; b = 3"""
    t = exactly(10.5, 10.25, 7)
    came = submission.diffwave.step_embedding(t)
    expect_dtype(came, torch.float64)
    hint = "Embed floor and ceil, and interpolate between the two rows: the share is (b, 1)."
    near(came, embedding(t, 64), "the embedding", hint, LONG)
    close(came[0].square().sum(), exactly(32.4848)[0], rtol=0, atol=5e-5, what="the squared norm")


@task("step_embedding")
def test_other_halves(submission):
    """half = 5 has five sines and five cosines; no steps at all give (0, 10)"""
    t = exactly(3, 0.75)
    near(submission.diffwave.step_embedding(t, 5), embedding(t, 5), "the embedding", within=LONG)
    expect(
        submission.diffwave.step_embedding(t[:0], 5).shape == (0, 10), "no steps have no embedding (0, 10)"
    )


# -------------------- 2.2 diffwave
def drawn(seed: Seed, shapes: dict[str, tuple[int, ...]]) -> Weights:
    """Return weights and biases of these shapes."""
    return {name: seed.fork(name).normal(*shape) / 2 for name, shape in shapes.items()}


def layer(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a layer's weight and bias."""
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def of_block(c: int, s: int, m: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a block with c channels, steps of s numbers and m mels."""
    told = layer("mel_proj", 2 * c, m, 1) if m else {}
    return (
        layer("step_proj", c, s) | layer("dilated_conv", 2 * c, c, 3) | told | layer("out_proj", 2 * c, c, 1)
    )


def of_network(c: int, layers: int, half: int, s: int, m: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a whole network."""
    blocks = [(f"blocks.{i}.{k}", v) for i in range(layers) for k, v in of_block(c, s, m).items()]
    ends = layer("enter", c, 1, 1) | layer("step.0", s, 2 * half) | layer("step.2", s, s)
    return ends | dict(blocks) | layer("middle", c, c, 1) | layer("leave", 1, c, 1)


def block(w: Weights, dilation: int, x: Tensor, step: Tensor, mel: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return both results of a block, tap by tap."""
    c, n = x.shape[1:]
    told = x + (step @ w["step_proj.weight"].T + w["step_proj.bias"])[..., None]
    wide = F.pad(told, (dilation, dilation))
    taps = [wide[..., i * dilation : i * dilation + n] for i in range(3)]
    y = sum(torch.einsum("oc,bcn->bon", w["dilated_conv.weight"][..., i], taps[i]) for i in range(3))
    y = y + w["dilated_conv.bias"][:, None]
    if mel is not None:
        y = y + torch.einsum("om,bmn->bon", w["mel_proj.weight"][..., 0], mel) + w["mel_proj.bias"][:, None]
    z = torch.tanh(y[:, c:]) / (1 + torch.exp(-y[:, :c]))
    out = torch.einsum("oc,bcn->bon", w["out_proj.weight"][..., 0], z) + w["out_proj.bias"][:, None]
    return (x + out[:, :c]) / 2**0.5, out[:, c:]


def network(w: Weights, sizes: list[int], wave: Tensor, t: Tensor, mel: Tensor | None) -> Tensor:
    """Return what a network with these weights predicts, block by block."""
    _, layers, cycle, hop, half, _ = sizes
    step = embedding(t, half)
    for i in (0, 2):
        step = F.silu(step @ w[f"step.{i}.weight"].T + w[f"step.{i}.bias"])
    x = F.relu(w["enter.weight"][:, 0] * wave[:, None] + w["enter.bias"][:, None])
    long = None
    if mel is not None:
        long = mel[:, :, torch.arange(wave.shape[1]) // hop]
    total = torch.zeros_like(x)
    for i in range(layers):
        own = {k.split(".", 2)[2]: v for k, v in w.items() if k.startswith(f"blocks.{i}.")}
        x, skip = block(own, 2 ** (i % cycle), x, step, long)
        total = total + skip / layers**0.5
    y = F.relu(torch.einsum("oc,bcn->bon", w["middle.weight"][..., 0], total) + w["middle.bias"][:, None])
    return torch.einsum("oc,bcn->bn", w["leave.weight"][..., 0], y) + w["leave.bias"]


@task("diffwave")
def test_receptive_fields(submission):
    """30 layers in cycles of 10 see 6,139 samples, one cycle 2,047, and with a kernel of 2 3,070"""
    dilations = [2 ** (i % 10) for i in range(30)]
    for args, expected in (
        ((dilations,), 6139),
        ((dilations[:10],), 2047),
        ((dilations, 2), 3070),
        (([1, 2, 4, 8],), 31),
        (([],), 1),
    ):
        came = submission.diffwave.receptive_field(*args)
        expect(came == expected, f"{len(args[0])} layers see {came} samples; expected {expected}")


@task("diffwave", weight=2)
def test_block_tap_by_tap(submission, seed):
    """A block of 2 channels and dilation 2: the gate is the first half, the step is added before"""
    w = drawn(seed, of_block(2, 3, 0))
    x, step = seed.fork("x").normal(3, 2, 7), seed.fork("step").normal(3, 3)
    came = submission.play(plays.residual_block, w, 2, x, step)
    hint = "sigmoid(first half) * tanh(second half); then (x + first half) / sqrt(2), and the skip."
    near(came, list(block(w, 2, x, step, None)), "the results: next and skip", hint)


@task("diffwave", weight=2)
def test_block_with_a_mel(submission, seed):
    """With a mel image its projection is added after the dilated convolution, also if it is all zeros"""
    w = drawn(seed, of_block(2, 3, 4))
    x, step = seed.fork("x").normal(2, 2, 5), seed.fork("step").normal(2, 3)
    for scale in (1, 0):
        mel = scale * seed.fork("mel").normal(2, 4, 5)
        came = submission.play(plays.residual_block, w, 1, x, step, mel)
        hint = "`if mel is not None`; the projection is added to what the dilated convolution gives."
        near(came, list(block(w, 1, x, step, mel)), "the results: next and skip", hint)


SIZES = [3, 4, 2, 4, 5, 6]  # channels, layers, cycle, hop, half, width of the step


@task("diffwave", weight=2)
def test_network_block_by_block(submission, seed):
    """A network of 4 layers in cycles of 2 with a mel image, for steps 3 and 10.5, and without one"""
    wave, t = seed.fork("wave").normal(2, 11), exactly(3, 10.5)
    mel = seed.fork("mel").normal(2, 2, 3)
    for given in (mel, None):
        w = drawn(seed, of_network(3, 4, 5, 6, 0 if given is None else 2))
        came = submission.play(plays.diffwave, w, SIZES, wave, t, given)
        hint = (
            "The sum of all skips over sqrt(4) goes on, not the last x; the mel is stretched first. Then "
            "count the ReLUs of the page's list: values below 0 show one too many or too few."
        )
        near(came, network(w, SIZES, wave, t, given), "the noise", hint, LONG)


@task("diffwave")
def test_new_network(submission, seed):
    """A new network answers with zeros in float32, for waves of 1 and of 9 samples and whole steps"""
    for n in (1, 9):
        wave = seed.fork(f"{n}").normal(2, n, dtype=torch.float32)
        came = submission.play(plays.diffwave, None, SIZES, wave, torch.tensor([0, 7]))
        expect_dtype(came, torch.float32)
        near(came, torch.zeros(2, n), "the noise", "The last convolution begins with zeros.", EXACT)


@task("diffwave")
def test_network_in_float32(submission, seed):
    """Weights and waves of float32 with int steps give float32, as near as that allows"""
    wave, t, w = seed.fork("wave").normal(2, 8), torch.tensor([4, 9]), drawn(seed, of_network(3, 3, 5, 6, 0))
    single = {name: value.float() for name, value in w.items()}
    sizes = [3, 3, 3, 4, 5, 6]
    came = submission.play(plays.diffwave, single, sizes, wave.float(), t)
    hint = "As in float64, block by block: where do skips and activations go?"
    near_single(came, network(w, sizes, wave, t, None), "the noise", hint)
    wide = submission.play(plays.diffwave, w, sizes, wave, t)
    hint = "The embedding of int steps is float32: cast it to the wave's dtype."
    near(wide, network(w, sizes, wave, t, None), "the noise in float64", hint, 1e-5)
