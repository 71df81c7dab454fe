"""Hidden checks of CLIP guidance: curved models and encoders by differences, and a law known exactly."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task

from .. import plays as public
from ..tests.near import LONG, near
from ..tests.test_guidance import ALPHA_BAR as WORKED
from ..tests.test_guidance import STEPS, affine, by_hand, exact_noise, falling
from . import plays
from .fresh import expect_alike

ALPHA_BAR = exactly(0.95, 0.7, 0.4, 0.1)


def curved(seed: Seed, b: int) -> tuple[list[Tensor], Tensor, Tensor]:
    """Return the layers of a model and an encoder of images of 2 x 3, texts, and noisy images."""
    shapes = ((6, 6), (6, 5), (5, 3))
    layers = [seed.fork(f"layer {i}").normal(*shape) / 2 for i, shape in enumerate(shapes)]
    return layers, 2 * seed.fork("text").normal(b, 3), seed.fork("x_t").normal(b, 1, 2, 3)


def noise_of(layers: list[Tensor], x: Tensor, t: int) -> Tensor:
    """Return the curved model's noise of one image."""
    return torch.tanh(x.flatten() @ layers[0] + t / 4).reshape(x.shape)


def cosine_of(layers: list[Tensor], text: Tensor, x: Tensor, t: int, a: float) -> float:
    """Return the cosine of one denoised image's embedding and its text."""
    x0 = (x - math.sqrt(1 - a) * noise_of(layers, x, t)) / math.sqrt(a)
    embedding = torch.tanh(x0.flatten() @ layers[1]) @ layers[2]
    return (embedding @ text / embedding.norm() / text.norm()).item()


def slopes(layers: list[Tensor], text: Tensor, x: Tensor, t: int, a: float) -> Tensor:
    """Return the gradient of one cosine from differences."""
    h, found = 1e-5, []
    for unit in torch.eye(x.numel(), dtype=torch.float64).reshape(-1, *x.shape):
        up, down = (cosine_of(layers, text, x + sign * h * unit, t, a) for sign in (1, -1))
        found.append((up - down) / (2 * h))
    return exactly(*found).reshape(x.shape)


# -------------------- 7.1 clip_gradient
@task("clip_gradient", gate=True)
def test_clip_gradient_is_an_answer_at_all(submission, seed):
    """The gradient goes with fresh slopes, or eps with what the model answers"""
    noise, encoder, _, _ = affine(seed)
    text, x_t = seed.fork("texts").normal(5, 3), seed.fork("images").normal(5, 2, 2, 2)
    t = torch.tensor([2, 0, 3, 1, 1])
    came = submission.play(public.clip_gradient, noise, encoder, text, x_t, t, ALPHA_BAR)
    towards = torch.stack([(encoder[0].T @ words).reshape(2, 2, 2) for words in text])
    expect(came["gradient"].isfinite().all() and came["gradient"].norm() > 0, "there is no gradient")
    best = torch.cosine_similarity(came["gradient"].flatten(1).double(), towards.flatten(1), dim=1).abs()
    expect(best.max() > 0.3, "the gradient does not go with the text")


@task("clip_gradient", weight=3)
def test_clip_gradient_is_that_of_differences(submission, seed):
    """Through a curved model and encoder the gradient agrees with differences of the cosine

    The gradient goes through the model: x_t to x_0, to the encoder, to the cosine. Nothing in this chain is
    detached.
    """
    layers, text, x_t = curved(seed, 4)
    t = torch.tensor([3, 1, 0, 2])
    came = submission.play(plays.curved_gradient, layers, text, x_t, t, ALPHA_BAR)
    parts = zip(text, x_t, t.tolist(), strict=True)
    expected = [slopes(layers, words, x, step, ALPHA_BAR[step].item()) for words, x, step in parts]
    near(came["gradient"], torch.stack(expected), "the gradient", within=1e-7)  # h squared, and 1e-16 / h
    answers = [noise_of(layers, x, step) for x, step in zip(x_t, t.tolist(), strict=True)]
    near(came["eps"], torch.stack(answers), "eps")
    close(came["arguments"], [text, x_t, t, ALPHA_BAR], rtol=0, what="the arguments")


@task("clip_gradient", weight=2)
def test_clip_gradient_of_fresh_affine_parts(submission, seed):
    """Fresh affine parts by the chain rule, with no recording and nothing left behind

    For affine parts the chain rule gives the gradient by hand; x_t and all weights are left without
    gradients.
    """
    parts = affine(seed)
    came = submission.play(public.clip_gradient, *parts, STEPS, WORKED, recording=False)
    gradient, eps = by_hand(*parts)
    near(came["gradient"], gradient, "the gradient")
    near(came["eps"], eps, "eps")
    expect(not came["tracked"] and not came["of x_t"], "something is recorded, or left in x_t")
    expect(all(came["held"]) and all(came["required"]), "the parameters are not as they were")
    expect(came["calls"] == [1, 1], f"model and encoder were called {came['calls']} times")


# -------------------- 7.2 clip_guided_sample
def gaussian(submission: Any, seed: Seed, T: int, scale: float, x_T: Tensor) -> tuple[dict[str, Any], Tensor]:
    """Sample a fresh Gaussian under a fresh linear cosine; return what came, and where the chain ends."""
    mean, v = 0.6 * seed.fork("mean").uniform(1).item(), 0.03 + 0.1 * seed.fork("v").uniform(1).item()
    angle = seed.fork("angle").uniform(1) * math.pi
    pull = 0.04 * torch.cat([angle.cos(), angle.sin()])
    signal = falling(T)
    noise = exact_noise(mean, v, signal)
    text = exactly(2, 0).expand(len(x_T), 2)
    came = submission.play(public.clip_guided_sample, noise, pull, text, x_T, signal, scale)
    ends = []
    for x in x_T.tolist():
        for axis in (0, 1):
            y = x[axis]
            for t in reversed(range(T)):
                a, b = signal[t].item(), signal[t - 1].item() if t else 1.0
                n, slope = math.sqrt(1 - a), noise[0][t].item()
                through = (1 - n * slope) / math.sqrt(a)
                eps = slope * y + noise[1][t].item() - scale * n * pull[axis].item() * through
                y = math.sqrt(b) * (y - n * eps) / math.sqrt(a) + math.sqrt(1 - b) * eps
            ends.append(y)
    return came, exactly(*ends).reshape(-1, 2)


@task("clip_guided_sample", gate=True)
def test_guided_sample_is_an_answer_at_all(submission, seed):
    """Samples of a fresh Gaussian go with the noise that they began with"""
    x_T = seed.fork("x_T").normal(6, 2)
    came, expected = gaussian(submission, seed, 10, 0.5, x_T)
    expect_alike(came["result"], expected)
    expect(came["result"].std() < 0.8 * x_T.std(), "the noise has become no image")


@task("clip_guided_sample", weight=3)
def test_guided_sample_of_a_fresh_gaussian(submission, seed):
    """Fresh noise ends where the chain in plain numbers ends, for two scales and numbers of steps

    eps - scale sqrt(1 - alpha_bar) gradient, then the step with this eps. Follow one number by hand; try a
    scale of 0.
    """
    x_T = seed.fork("x_T").normal(3, 2)
    for T, scale in ((1, 20.0), (9, 30.0 * seed.fork("scale").uniform(1).item()), (5, -15.0)):
        came, expected = gaussian(submission, seed, T, scale, 6 * x_T)  # beyond [-1, 1] to the end
        near(came["result"], expected, f"the sample of {T} steps", within=LONG)
        expect(len(came["asked"]) == T == came["encoded"], "one call of model and encoder each step, please")
    expect(came["modes"] == [True, False] and not came["tracked"], "modes or recording are not as they were")


@task("clip_guided_sample", weight=2)
def test_guided_sample_of_curved_parts(submission, seed):
    """A chain of three steps through curved parts, with clip and without, by differences

    With clip the guided image is clipped, and the noise found again from x_t and the clipped image, before
    the step.
    """
    layers, text, x_T = curved(seed, 2)
    signal = exactly(0.9, 0.5, 0.05)
    for clip in (True, False):
        came = submission.play(plays.curved_sample, layers, text, 2 * x_T, signal, 3.0, clip)
        ends = []
        for words, x in zip(text, 2 * x_T, strict=True):
            y = x
            for t in (2, 1, 0):
                a, b = signal[t].item(), signal[t - 1].item() if t else 1.0
                n = math.sqrt(1 - a)
                eps = noise_of(layers, y, t) - 3.0 * n * slopes(layers, words, y, t, a)
                x0 = (y - n * eps) / math.sqrt(a)
                x0 = x0.clamp(-1, 1) if clip else x0
                y = math.sqrt(b) * x0 + math.sqrt(1 - b) * (y - math.sqrt(a) * x0) / n
            ends.append(y)
        near(came["result"], torch.stack(ends), "the sample", within=1e-6)
        close(came["arguments"], [text, 2 * x_T, signal], rtol=0, what="the arguments")
