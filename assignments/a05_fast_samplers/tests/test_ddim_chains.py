"""Public checks of whole DDIM chains, down and up: what the model was told, and every coefficient."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from .near import LONG, ORDER, exactly, expect_dtype, expect_no_trace, expect_told, near, probed, probes

SIDES = exactly(24, 7, 25, 15, 8, 17, 4, 3, 5, 3, 4, 5, 5, 12, 13, 7, 24, 25).reshape(6, 3)
SIGNAL, NOISE = SIDES[:, 0] / SIDES[:, 2], SIDES[:, 1] / SIDES[:, 2]  # right triangles: plain fractions
ALPHA_BAR = SIGNAL * SIGNAL  # of T = 6 steps
VISITED = torch.tensor([5, 3, 2, 0])
SLOPE, SHIFT = exactly(0.5, 9, -0.25, 0.75, 9, 1.0), exactly(0.1, 9, 0.2, -0.3, 9, 0.4)  # 9: never asked


def down(x: Tensor, said: Tensor, noise: Tensor, t: int, s: int | None, eta: float) -> Tensor:
    """Return x after the step from t to s, when the model says `said` of the noise; s = None is clean."""
    image = (x - NOISE[t] * said) / SIGNAL[t]
    if s is None:
        return image
    kept = (SIGNAL[t] / SIGNAL[s]) ** 2
    fresh = eta * NOISE[s] / NOISE[t] * (1 - kept).sqrt()
    return SIGNAL[s] * image + (NOISE[s] ** 2 - fresh**2).sqrt() * said + fresh * noise


def chain(x: Tensor, noises: Tensor, eta: float) -> Tensor:
    """Return the images that the steps 5, 3, 2, 0 make of x."""
    for i, t in enumerate(VISITED.tolist()):
        s = VISITED[i + 1].item() if i < 3 else None
        x = down(x, SLOPE[t] * x + SHIFT[t], noises[i], t, s, eta)
    return x


def sampled(submission: Any, x_T: Tensor, noises: Tensor, *settings: Any, **more: Any) -> dict[str, Any]:
    """Return what ddim_sample makes of the steps 5, 3, 2, 0."""
    given = (SLOPE, SHIFT, x_T, noises, ALPHA_BAR, VISITED)
    return submission.play(plays.ddim_sample, *given, *settings, **more)


# -------------------- 2.2 ddim_sample
@task("ddim_sample")
def test_model_is_told_the_steps(submission, seed):
    """The model is called once for each of the steps 5, 3, 2, 0, and told that step, not its place"""
    came = sampled(submission, seed.fork("x").normal(3, 1, 2, 2), seed.fork("z").normal(4, 3, 1, 2, 2))
    expect_told(came["asked"], "t", [5, 3, 2, 0], "A model was trained on t, so t is what it must hear.")
    expect(len(came["asked"][0]["t"]) == 3, "t has one entry for each image of the batch")


@task("ddim_sample", weight=2)
def test_chain_without_noise(submission):
    """With eta = 0 slope and intercept of the chain 5, 3, 2, 0 are those of its four steps, worked out"""
    x_T, noises = probes(4)
    intercept, slope, of_noise = probed(sampled(submission, x_T, noises, 0.0)["result"])
    expected = probed(chain(x_T, noises, 0.0))
    hint = "Each step leads from the level of its entry to that of the next *entry*, the last one to 1."
    near(slope, expected[1], "the coefficient of x_T", hint, LONG)
    near(intercept, expected[0], "the result from zeros alone", hint, LONG)
    near(of_noise, exactly(0, 0, 0, 0), "the coefficient of noise", "eta = 0 uses no noise.", LONG)


@task("ddim_sample", weight=2)
def test_chain_with_noise(submission):
    """With eta = 1 and 0.5 the coefficient of each noise is right, and that of the last step is 0"""
    x_T, noises = probes(4)
    for eta in (1.0, 0.5):
        came = probed(sampled(submission, x_T, noises, eta)["result"])
        expected = probed(chain(x_T, noises, eta))
        hint = f"{ORDER} The last step leads to the image: no noise is added there."
        near(came[2], expected[2], f"at eta = {eta:g} the coefficient of noise", hint, LONG)
        near(came[1], expected[1], f"at eta = {eta:g} the coefficient of x_T", hint, LONG)


@task("ddim_sample")
def test_last_step_leads_to_the_image(submission):
    """A single step from t = 3 gives the image that the model sees in x, here (x - 0.8 eps) / 0.6"""
    given = (SLOPE, SHIFT, exactly(2, -1), torch.ones(1, 2).double(), ALPHA_BAR, torch.tensor([3]))
    came = submission.play(plays.ddim_sample, *given, 1.0)["result"]
    expected = (exactly(2, -1) - 0.8 * exactly(1.2, -1.05)) / 0.6
    hint = "After the last entry comes alpha_bar = 1, not alpha_bar[0]: no noise may be left in the image."
    near(came, expected, "the image", hint, LONG)


@task("ddim_sample")
def test_gaps_of_any_size(submission):
    """Of the entries 5 and 1 the first leads to the level of step 1, however far that is"""
    x_T, noises = exactly(2, -1), torch.ones(2, 2).double()
    given = (SLOPE, SHIFT, x_T, noises, ALPHA_BAR, torch.tensor([5, 1]))
    came = submission.play(plays.ddim_sample, *given, 1.0)
    x = down(x_T, SLOPE[5] * x_T + SHIFT[5], noises[0], 5, 1, 1.0)
    hint = "The next level is that of the next entry: neither t - 1, nor t minus a stride."
    near(came["asked"][1]["x"], x, "x after one step", hint, LONG)
    near(came["result"], down(x, SLOPE[1] * x + SHIFT[1], noises[1], 1, None, 1.0), "the images", hint, LONG)


@task("ddim_sample")
def test_a_clipped_image_changes_the_noise(submission):
    """A model that sees the image 3 ends at 1 with clip, and eps is taken anew from the clipped image"""
    x_T, noises = exactly(2, -1), torch.zeros(4, 2).double()
    for form, slope, shift in (  # of a prediction that always means the image 3
        ("eps", 1 / NOISE, -3 * SIGNAL / NOISE),
        ("x0", 0 * NOISE, 3 + 0 * NOISE),
        ("v", SIGNAL / NOISE, -3 / NOISE),
    ):
        came = submission.play(
            plays.ddim_sample, slope, shift, x_T, noises, ALPHA_BAR, VISITED, 0.0, form, True
        )
        second = came["asked"][1]["x"]  # on the level of step 3, after one step from 5
        eps = (x_T - SIGNAL[5]) / NOISE[5]  # with the image 1 in x_T, the rest is noise
        hint = "Clip x_0, then solve x = sqrt(a) x_0 + sqrt(1 - a) eps for eps again."
        near(second, SIGNAL[3] + NOISE[3] * eps, f"x after one step, form {form!r},", hint, LONG)
        near(came["result"], exactly(1, 1), f"the image, form {form!r},", hint, LONG)


@task("ddim_sample")
def test_forms_and_defaults(submission, seed):
    """Without settings eta is 0, the model predicts eps, and an image of 3 is not clipped"""
    x_T, noises = seed.fork("x").normal(2), seed.fork("z").normal(4, 2)
    given = (1 / NOISE, -3 * SIGNAL / NOISE, x_T, noises, ALPHA_BAR, VISITED)
    near(submission.play(plays.ddim_sample_by_default, *given), exactly(3, 3), "the image", "", LONG)
    given = (SLOPE, SHIFT, x_T, noises, ALPHA_BAR, VISITED)
    came = submission.play(plays.ddim_sample_by_default, *given)
    near(came, chain(x_T, noises, 0.0), "the image", "The defaults are eta = 0, 'eps' and no clipping.", LONG)


@task("ddim_sample")
def test_chain_from_pure_noise(submission):
    """At zero terminal SNR a model of v is sampled from alpha_bar = 0 on"""
    alpha_bar, T = exactly(0.64, 0.36, 0), 3
    x_T, noises = exactly(1, -2), torch.zeros(T, 2).double()
    slope, shift = exactly(0.6 / 0.8, 0.8 / 0.6, 0) * 0, exactly(0, 0, -0.5)
    came = submission.play(
        plays.ddim_sample, slope, shift, x_T, noises, alpha_bar, torch.tensor([2, 1, 0]), 0.0, "v"
    )
    hint = "x0_and_eps has x_0 = -v and eps = x at a = 0; nothing may be divided by sqrt(a)."
    near(came["asked"][1]["x"], 0.6 * 0.5 + 0.8 * x_T, "x after one step", hint, LONG)
    expect(came["result"].isfinite().all(), "the images are not finite", hint)


@task("ddim_sample")
def test_noises_may_be_an_iterator(submission):
    """Noises may come one by one from an iterator; one too few or too many raises ValueError"""
    x_T, noises = probes(4)
    kept, once = (sampled(submission, x_T, noises, 1.0, lazy=lazy)["result"] for lazy in (False, True))
    close(once, kept, rtol=0, what="the result", hint="An iterator can be gone through only once.")
    for n in (3, 5):
        with raises(ValueError, hint="zip stops at the shorter one without a word, unless it is strict."):
            sampled(submission, exactly(1), torch.zeros(n, 1).double(), 1.0)


@task("ddim_sample")
def test_chain_leaves_no_trace(submission, seed):
    """No gradient is recorded, float32 images stay float32, and nothing that came in is changed"""
    x_T, noises = seed.fork("x").normal(2, 3), seed.fork("z").normal(4, 2, 3)
    expect_no_trace(sampled(submission, x_T, noises, 1.0), x_T, noises, ALPHA_BAR, VISITED)
    came = sampled(submission, x_T.float(), noises.float(), 1.0)["result"]
    expect_dtype(came, torch.float32, "Coefficients are Python numbers: they leave the images' dtype alone.")


# -------------------- 2.3 ddim_invert
MEAN, STD = 0.3, 0.25  # of the data


def cosine(T: int) -> Tensor:
    """Return alpha_bar of the cosine schedule."""
    f = [math.cos((i / T + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(T + 1)]
    left, values = 1.0, []
    for i in range(T):
        left *= max(f[i + 1] / f[i], 0.001)
        values.append(left)
    return exactly(*values)


def exact_model(alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return slope and shift, step by step, of the noise in images of N(MEAN, STD^2)."""
    slope = (1 - alpha_bar).sqrt() / (alpha_bar * STD**2 + 1 - alpha_bar)
    return slope, -MEAN * alpha_bar.sqrt() * slope


def inverted(submission: Any, S: int, x0: Tensor) -> dict[str, Any]:
    """Return what ddim_invert makes of x0 with S trailing steps of 1000."""
    alpha_bar = cosine(1000)
    visited = torch.tensor([999 - i * 1000 // S for i in range(S)])
    return submission.play(plays.ddim_invert, *exact_model(alpha_bar), x0, alpha_bar, visited)


@task("ddim_invert")
def test_model_is_told_where_x_climbs_to(submission, seed):
    """Upwards the model is told 0, 2, 3, 5: the step that x climbs to, one call each"""
    given = (SLOPE, SHIFT, seed.normal(3, 2), ALPHA_BAR, VISITED)
    came = submission.play(plays.ddim_invert, *given)
    hint = (
        "Clean first: `timesteps` falls, so inversion goes through it from its end. The first step told is 0."
    )
    expect_told(came["asked"], "t", [0, 2, 3, 5], hint)
    expect_no_trace(came, given[2], ALPHA_BAR, VISITED)


@task("ddim_invert", weight=2)
def test_each_step_climbs_one_level(submission):
    """From the image x_0 = 2, x is 0.96 (2) + 0.28 eps after the first step, and so on up to step 5"""
    x = exactly(2, -1)
    came = submission.play(plays.ddim_invert, SLOPE, SHIFT, x, ALPHA_BAR, VISITED)
    signal, noise = 1.0, 0.0
    for i, t in enumerate((0, 2, 3, 5)):
        near(came["asked"][i]["x"], x, f"x before step {i + 1}", "x is still on the lower level then.", LONG)
        said = SLOPE[t] * x + SHIFT[t]
        x = SIGNAL[t] * (x - noise * said) / signal + NOISE[t] * said
        signal, noise = SIGNAL[t], NOISE[t]
    hint = "The image in x is that of the level where x is; with it x is put together on the next level."
    near(came["result"], x, "the noise", hint, LONG)


@task("ddim_invert", weight=2)
def test_latents_of_gaussian_images(submission):
    """The images 0, 1 have the latents -0.850971, 2.474161 in 10 steps, -1.005261, 2.655250 in 20"""
    for S, latents in ((10, (-0.850971, 2.474161)), (20, (-1.005261, 2.655250))):
        came = inverted(submission, S, exactly(0, 1))["result"]
        hint = "Print the levels that x visits: 1 first, then alpha_bar of the last entry, up to the first."
        close(came, exactly(*latents), rtol=1e-6, what=f"the latents of {S} steps", hint=hint)


@task("ddim_invert")
def test_error_of_a_round_trip_halves(submission):
    """Inverted and sampled again, images come back better with more steps: the error halves from 20 to 40"""
    errors = []
    for S in (20, 40):
        latent = inverted(submission, S, exactly(0, 1))["result"]
        alpha_bar = cosine(1000)
        slope, shift = exact_model(alpha_bar)
        steps = [999 - i * 1000 // S for i in range(S)]
        for t, s in zip(steps, [*steps[1:], -1], strict=True):
            a, b = alpha_bar[t], alpha_bar[s] if s >= 0 else exactly(1)[0]
            said = slope[t] * latent + shift[t]
            latent = b.sqrt() * (latent - (1 - a).sqrt() * said) / a.sqrt() + (1 - b).sqrt() * said
        errors.append(abs((latent[1] - latent[0]).item() - 1))
    hint = "20 steps leave 0.2038 of 1, and 40 leave 0.1074: inversion is of first order."
    close(exactly(*errors), exactly(0.2038, 0.1074), rtol=1e-3, what="the error of the round trip", hint=hint)


@task("ddim_invert")
def test_inversion_in_one_step(submission, seed):
    """With a single step x is sqrt(a) x_0 + sqrt(1 - a) eps, in the dtype of the image"""
    x0 = Seed(seed.n).normal(2, 1, 3, 2).float()
    came = submission.play(plays.ddim_invert, SLOPE, SHIFT, x0, ALPHA_BAR, torch.tensor([3]))["result"]
    expected = 0.6 * x0.double() + 0.8 * (0.75 * x0.double() - 0.3)
    close(
        came,
        expected,
        rtol=1e-5,
        atol=1e-5,
        what="the noise",
        hint="It begins on the clean level, where a is 1.",
    )
    expect_dtype(came, torch.float32, "Coefficients are Python numbers: they leave the images' dtype alone.")
