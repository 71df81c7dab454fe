"""Public checks of CLIP guidance: affine models and encoders, and a Gaussian whose guided law is known."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, task

from .. import plays
from .near import LONG, SINGLE, near

ALPHA_BAR = exactly(0.9216, 0.64, 0.36, 0.0784)  # signal 24/25, 4/5, 3/5, 7/25
STEPS = torch.tensor([2, 0, 3])
DIMS = (2, 2, 2)
F = exactly(0.6, 0.8)  # direction in which the cosine grows
TO = exactly(1, 0).expand(2, 2)  # embedding of the text, for two samples


# -------------------- 7.1 clip_gradient
def affine(seed: Seed) -> tuple[list[Tensor], list[Tensor], Tensor, Tensor]:
    """Return the tables of a noise model, layer and bias of an encoder, texts and noisy images."""
    noise = [seed.fork("slope").uniform(4), seed.fork("shift").normal(4)]
    encoder = [seed.fork("weight").normal(3, 8), seed.fork("bias").normal(3)]
    return noise, encoder, seed.fork("text").normal(3, 3), seed.fork("x_t").normal(3, *DIMS)


def by_hand(noise: list[Tensor], encoder: list[Tensor], text: Tensor, x_t: Tensor) -> tuple[Tensor, Tensor]:
    """Return gradient and noise of each image by the chain rule."""
    gradients, answers = [], []
    for x, t, words in zip(x_t, STEPS, text, strict=True):
        (slope, shift), a = (table[t] for table in noise), ALPHA_BAR[t]
        eps, r, n = slope * x + shift, a.sqrt(), (1 - a).sqrt()
        x0 = (x - n * eps) / r
        through = (1 - n * slope) / r  # how x0hat follows x_t
        embedding = encoder[0] @ x0.flatten() + encoder[1]
        u, v = embedding / embedding.norm(), words / words.norm()
        across = (v - (u @ v) * u) / embedding.norm()
        gradients.append(through * (encoder[0].T @ across).reshape(x.shape))
        answers.append(eps)
    return torch.stack(gradients), torch.stack(answers)


@task("clip_gradient", weight=3)
def test_gradient_of_affine_parts(submission, seed):
    """Through encoder, length, x0hat and model the chain rule gives the gradient, each image at its step"""
    parts = affine(seed)
    came = submission.play(plays.clip_gradient, *parts, STEPS, ALPHA_BAR)
    hint = (
        "Of the cosine itself, by x_t, through the model: x0hat depends on x_t twice. Texts have lengths too."
    )
    gradient, eps = by_hand(*parts)
    near(came["gradient"], gradient, "the gradient", hint)
    near(came["eps"], eps, "eps", "The model's own answer, for the caller's next step.")


@task("clip_gradient")
def test_gradient_of_one_image_alone(submission, seed):
    """An image has the same gradient alone as in a batch, and x0hat is not clipped"""
    noise, encoder, text, x_t = affine(seed)
    gradient, _ = by_hand(noise, encoder, text, 6 * x_t)
    for i in (0, 2):
        one = slice(i, i + 1)
        came = submission.play(
            plays.clip_gradient, noise, encoder, text[one], 6 * x_t[one], STEPS[one], ALPHA_BAR
        )
        hint = "Sum the cosines over the batch: a mean divides every gradient by the batch size."
        near(came["gradient"], gradient[one], f"the gradient of image {i}", hint)


@task("clip_gradient")
def test_clip_gradient_without_recording(submission, seed):
    """Samplers run under torch.no_grad: gradient and eps are the same there"""
    parts = affine(seed)
    came = submission.play(plays.clip_gradient, *parts, STEPS, ALPHA_BAR, recording=False)
    near(came["gradient"], by_hand(*parts)[0], "the gradient", "with torch.enable_grad(): around the lines.")
    near(came["eps"], by_hand(*parts)[1], "eps")


@task("clip_gradient", weight=2)
def test_clip_gradient_leaves_nothing_behind(submission, seed):
    """Both are constants, no .grad is written, and model and encoder are called once"""
    parts = affine(seed)
    came = submission.play(plays.clip_gradient, *parts, STEPS, ALPHA_BAR)
    hint = "torch.autograd.grad(..., x) gives this one gradient; backward() fills all others too."
    expect(not came["tracked"], "what is returned is recorded (requires_grad)", "eps.detach() is a constant.")
    expect(not came["of x_t"], "a gradient was left in x_t", "Work on x_t.detach(), which is yours.")
    expect(all(came["held"]), "a parameter's .grad is not what it was before the call", hint)
    expect(all(came["required"]), "a parameter does not require grad any more", hint)
    calls = came["calls"]
    expect(calls == [1, 1], f"model and encoder were called {calls} times; expected once each")
    near(came["gradient"], by_hand(*parts)[0], "the gradient")


@task("clip_gradient")
def test_clip_gradient_keeps_the_dtype(submission, seed):
    """float32 images give a float32 gradient and eps, with a float64 schedule and a model that answers so"""
    noise, encoder, text, x_t = parts = affine(seed)
    single = ([one.float() for one in encoder], text.float(), x_t.float())
    came = submission.play(plays.clip_gradient, noise, *single, STEPS, ALPHA_BAR)
    for name, expected in zip(("gradient", "eps"), by_hand(*parts), strict=True):
        expect_dtype(came[name], torch.float32, "Give the encoder images of x_t's dtype.")
        near(came[name], expected, name, within=10 * SINGLE)


# -------------------- 7.2 clip_guided_sample
def falling(T: int) -> Tensor:
    """Return the cosine schedule's signal variances; the last step keeps a thousandth of what is left."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    left = torch.cos((u + 0.008) / 1.008 * math.pi / 2).square()
    signal = left[1:] / left[0]
    signal[-1] = (signal[-2] if T > 1 else 1) / 1000
    return signal


def exact_noise(mean: float, variance: float, signal: Tensor) -> list[Tensor]:
    """Return the tables of the exact noise of images from N(mean, variance)."""
    slope = (1 - signal).sqrt() / (signal * variance + 1 - signal)
    return [slope, -slope * signal.sqrt() * mean]


def sample(submission: Any, T: int, x_T: Tensor, scale: float, clip: bool | None = None) -> dict[str, Any]:
    """Sample N(0.3, 0.0625) with a cosine that is 0.05 f.x; two samples in the plane."""
    signal = falling(T)
    noise = exact_noise(0.3, 0.0625, signal)
    return submission.play(plays.clip_guided_sample, noise, 0.05 * F, TO, x_T, signal, scale, clip)


def chain(T: int, x: Tensor, scale: float, clip: bool) -> Tensor:
    """Return where the chain of that Gaussian ends, with the gradient that its cosine has."""
    signal = falling(T)
    slope, shift = exact_noise(0.3, 0.0625, signal)
    for t in reversed(range(T)):
        r, n = signal[t].sqrt(), (1 - signal[t]).sqrt()
        pull = 0.05 * F * (1 - n * slope[t]) / r
        x0 = (x - n * (slope[t] * x + shift[t] - scale * n * pull)) / r
        x0 = x0.clamp(-1, 1) if clip else x0
        r_next, n_next = (signal[t - 1].sqrt(), (1 - signal[t - 1]).sqrt()) if t else (1.0, 0.0)
        x = r_next * x0 + n_next * (x - r * x0) / n
    return x


@task("clip_guided_sample", weight=3)
def test_guided_gaussian_in_20_steps(submission):
    """From x_T = 0 with scale 40 the chain of 20 steps ends at (0.374799208, 0.399785822)"""
    came = sample(submission, 20, torch.zeros(2, 2).double(), 40.0)["result"]
    hint = "eps - scale sqrt(1 - alpha_bar) gradient; x0 from this eps; the step with both."
    near(came, exactly(0.374799208, 0.399785822).expand(2, 2), "the sample", hint, LONG)


@task("clip_guided_sample")
def test_unguided_gaussian_in_20_steps(submission):
    """With scale 0 it is plain DDIM: from 0 it ends at 0.299839368, and from 1 at 0.517355"""
    x_T = exactly(0, 0, 1, 1).reshape(2, 2)
    came = sample(submission, 20, x_T, 0.0)["result"]
    expected = exactly(0.299839368, 0.299839368, 0.517355, 0.517355).reshape(2, 2)
    hint = "Before step 0 the signal is 1: the last step returns x0 itself."
    close(came, expected, rtol=0, atol=1e-6, what="the sample", hint=hint)


@task("clip_guided_sample", weight=2)
def test_clipping_keeps_the_range(submission):
    """With clip=True each x0 stays in [-1, 1], and eps follows it; the default is not to clip"""
    x_T = exactly(0, 0, 4, -3).reshape(2, 2)
    free = sample(submission, 6, x_T, 300.0)["result"]
    kept = sample(submission, 6, x_T, 300.0, True)["result"]
    near(free, chain(6, x_T, 300.0, False), "the sample without clip, which is the default", within=LONG)
    hint = "Clip x0 of the guided noise, then eps = (x_t - sqrt(alpha_bar) x0) / sqrt(1 - alpha_bar)."
    near(kept, chain(6, x_T, 300.0, True), "the sample with clip", hint, LONG)


@task("clip_guided_sample")
def test_what_model_and_encoder_are_asked(submission):
    """Steps T - 1 to 0, one call of each, all images at once, and nothing recorded from step to step"""
    x_T = exactly(0.5, -1, 2, 0.25).reshape(2, 2)
    came = sample(submission, 5, x_T, 10.0)
    calls = (len(came["asked"]), came["encoded"])
    expect(calls == (5, 5), f"model and encoder were called {calls} times; expected 5 each")
    told = torch.stack([call["t"] for call in came["asked"]])
    expected = torch.arange(4, -1, -1)[:, None].expand(5, 2)
    close(told, expected, rtol=0, what="t", hint="The last step has t = 0.", axes=("call", "image"))
    close(came["asked"][0]["x"], x_T, rtol=0, what="x in the first call")
    expect(not came["tracked"], "the images are recorded (requires_grad)", "x_T may require a gradient.")
    fresh = all(call["fresh"] for call in came["asked"])
    expect(fresh, "an image came to the model with the graph of the steps before", "Detach in each step.")


@task("clip_guided_sample")
def test_modes_are_put_back(submission):
    """Sampling is in evaluation mode; then the model is in training mode again, and the encoder is not"""
    x_T = exactly(0.5, -1, 2, 0.25).reshape(2, 2)
    came = sample(submission, 4, x_T, 40.0)
    expect(came["modes"] == [True, False], f"training is {came['modes']} afterwards; it was [True, False]")
    near(came["result"], chain(4, x_T, 40.0, False), "the sample", "model.eval() switches dropout off.", LONG)
    single = sample(submission, 4, x_T.float(), 40.0)["result"]
    expect_dtype(single, torch.float32, "alpha_bar[t] without axes leaves float32 as it is.")
