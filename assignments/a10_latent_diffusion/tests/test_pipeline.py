"""Public checks of the pipeline: text to image, image to image, and inpainting."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task

from .. import plays_pipeline as plays
from .chains import (
    EMPTY,
    MEANS,
    NULL,
    SIGNAL,
    TOKENS,
    WORDS,
    T,
    doubled,
    expect_asked,
    expect_one_encoding,
    led,
    noisy,
    tables_of,
)
from .near import IN_PLACE, LONG, NO_GRADIENT, SINGLE, near

TEXTS, LADDER = [TOKENS, NULL], (T, SIGNAL)
BOTH = torch.cat([TOKENS, NULL.expand(2, 3)])  # the prompts, and as many empty ones


def a_model(seed: Seed, rows: int = 1, columns: int = 2) -> tuple[list[Tensor], Tensor]:
    """Return the tables of a fresh affine model, and two fresh latents of two channels."""
    return tables_of(seed), seed.fork("z").normal(2, 2, rows, columns)


def an_edit(seed: Seed, columns: int = 2) -> tuple[list[Tensor], Tensor, Tensor]:
    """Return the tables of a fresh affine model, the latents of two images, and noise for both."""
    z0, noise = (seed.fork(name).normal(2, 2, 1, columns) for name in ("z0", "noise"))
    return tables_of(seed), z0, noise


# -------------------- 7.1 text_to_image
@task("text_to_image")
def test_prompts_stand_before_the_empty_ones(submission):
    """Context and mask have the prompts first, and then as many empty ones"""
    came = submission.play(plays.encode_prompts, WORDS, TOKENS, NULL)
    near(came["context"], WORDS[BOTH], "the context", "One batch of 2 b texts.")
    close(
        came["mask"], BOTH > 0, what="the mask", hint="The mask comes from the encoder, beside the context."
    )


@task("text_to_image", weight=2)
def test_noise_is_guided(submission, seed):
    """At w = 0, 1 and 3 the noise is eps_u + w (eps_c - eps_u), from one call of the model"""
    tables, z = a_model(seed)
    for w in (0.0, 1.0, 3.0):
        came = submission.play(plays.guided_noise, tables, z, 5, WORDS[BOTH], BOTH > 0, w)
        words = (w * MEANS + (1 - w) * EMPTY)[:, :, None, None]
        hint = "The halves come back in the order in which they went in: prompts first."
        near(came["eps"], tables[0][5] * z + tables[1][5] * words, "eps", hint, within=LONG)
        expect_asked(came["asked"], (5,))


@task("text_to_image", weight=2)
def test_images_of_the_whole_chain(submission, seed):
    """Four guided steps down the ladder and one decoding give the images worked out by hand"""
    tables, z = a_model(seed, 2, 3)
    came = submission.play(plays.text_to_image, tables, TEXTS, z, *LADDER, 3.0)
    for i in range(4):
        z = led(tables, z, i, 3.0)
    hint = "Rung by rung: the model is told ladder.t[i], and ladder.step gets i."
    near(came["images"], doubled(z), "the images", hint, within=LONG)
    expect(came["decoded"] == 1, f"the decoder was called {came['decoded']} times; expected once")


@task("text_to_image", weight=2)
def test_texts_are_encoded_once(submission, seed):
    """The encoder sees each text once for all steps, and the model each step once"""
    tables, z = a_model(seed)
    came = submission.play(plays.text_to_image, tables, TEXTS, z, *LADDER, 2.0)
    expect_one_encoding(came["texts"])
    expect_asked(came["asked"], T)


@task("text_to_image")
def test_no_gradient_is_recorded(submission, seed):
    """Neither the images nor what the model gets in between requires grad"""
    tables, z = a_model(seed)
    came = submission.play(plays.text_to_image, tables, TEXTS, z, *LADDER, 2.0)
    tracked = came["tracked"] or any(call["tracked"] for call in came["asked"])
    expect(not tracked, "a gradient is recorded", NO_GRADIENT)


# -------------------- 7.2 editing
@task("editing")
def test_noised_latents(submission):
    """With a signal of 0.36, latents of 5 and noise of 10 become 3 + 8"""
    came = submission.pipeline.noised(
        torch.full((1, 1, 1, 1), 5.0), torch.full((1, 1, 1, 1), 10.0), exactly(0.36)[0]
    )
    hint = "The signal is a variance: take the roots of it and of 1 minus it."
    near(came.flatten(), exactly(11), "the noised latent", hint, within=SINGLE)  # float32
    expect_dtype(came, torch.float32)


@task("editing", weight=2)
def test_strength_chooses_the_rung(submission, seed):
    """At strength 0.5 the last two of four steps are made, from latents noised to rung 2"""
    tables, z0, noise = an_edit(seed)
    came = submission.play(plays.img2img, tables, TEXTS, z0, noise, *LADDER, 0.5, 3.0)
    z = noisy(z0, noise, 2)
    expect_asked(came["asked"], T[2:])
    near(came["asked"][0]["z"][:2], z, "the latents at the start", "signal[start].", within=LONG)
    z = led(tables, led(tables, z, 2, 3.0), 3, 3.0)
    near(came["images"], doubled(z), "the images", "From `start` to the end.", within=LONG)
    expect_one_encoding(came["texts"])


@task("editing")
def test_strength_0_and_1(submission, seed):
    """Strength 0 decodes z0 as it is, 1 makes all steps but still begins with z0 in the noise"""
    tables, z0, noise = an_edit(seed)
    same = submission.play(plays.img2img, tables, TEXTS, z0, noise, *LADDER, 0.0, 3.0)
    near(same["images"], doubled(z0), "the images at strength 0", "No step, no noise.")
    every = submission.play(plays.img2img, tables, TEXTS, z0, noise, *LADDER, 1.0, 3.0)
    expect_asked(every["asked"], T)
    near(every["asked"][0]["z"][:2], noisy(z0, noise, 0), "the latents at the start", within=LONG)
    for strength in (-0.5, 1.5):
        with raises(ValueError, hint="A strength is a share: 0..1."):
            submission.play(plays.img2img, tables, TEXTS, z0, noise, *LADDER, strength, 3.0)


@task("editing")
def test_number_of_steps_is_rounded(submission, seed):
    """0.29 of 100 steps are 29, though 0.29 * 100 is 28.999999999999996, and 0.303 of them are 30"""
    tables, z0 = tables_of(seed), seed.fork("z0").normal(2, 2, 1, 1)
    t, signal = (0,) * 100, torch.linspace(0.5, 1, 101, dtype=torch.float64)
    for strength, expected in ((0.29, 29), (0.303, 30)):
        came = submission.play(plays.img2img, tables, TEXTS, z0, z0, t, signal, strength, 1.0)
        steps = len(came["asked"])
        hint = "Steps are counted, no levels of noise: int() cuts off, ceil() rounds up, round() is nearest."
        expect(steps == expected, f"{steps} steps were made; expected {expected}", hint)


@task("editing")
def test_latent_mask_takes_thin_strokes(submission):
    """A stroke one pixel wide makes every latent new that it touches"""
    mask = torch.zeros(1, 1, 4, 6)
    mask[0, 0, 1, :3] = mask[0, 0, 2, 4] = 1.0
    mask[0, 0, 2:, :2] = exactly(0, 1, 1, 1).reshape(2, 2)
    came = submission.pipeline.latent_mask(mask, 2)
    hint = "The largest value of each square: picking one pixel or rounding a mean loses thin strokes."
    close(came, torch.tensor([[[[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]]]), what="the mask", hint=hint)
    dot = torch.zeros(1, 1, 8, 8)
    dot[0, 0, 5, 2] = 1.0
    came = submission.pipeline.latent_mask(dot, 8)
    close(came, torch.ones(1, 1, 1, 1), what="the mask of one pixel of 64", hint=hint)


@task("editing", weight=2)
def test_inpainting_is_exact(submission, seed):
    """The part to keep is put back at each rung's level of noise, and at the end as it was"""
    tables, z0, noise = an_edit(seed, columns=3)
    mask = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]).reshape(2, 1, 1, 3)
    came = submission.play(plays.inpaint, tables, TEXTS, z0, mask, noise, *LADDER, 3.0)
    z = noise
    for i in range(4):
        z = mask * z + (1 - mask) * noisy(z0, noise, i)
        hint = "1 in the mask means new. What is kept has the noise of rung i when step i begins."
        near(came["asked"][i]["z"][:2], z, f"the latents before step {i}", hint, within=LONG)
        z = led(tables, z, i, 3.0)
    z = mask * z + (1 - mask) * z0
    near(came["images"], doubled(z), "the images", "After the last step put z0 back.", within=LONG)
    expect_one_encoding(came["texts"])


@task("editing")
def test_editing_leaves_no_trace(submission, seed):
    """No gradient is recorded, one decoding is made, and latents, mask and noise are not changed"""
    tables, z0, noise = an_edit(seed)
    mask = torch.tensor([[1.0, 0.0]]).reshape(1, 1, 1, 2).expand(2, 1, 1, 2)
    came = submission.play(plays.inpaint, tables, TEXTS, z0, mask, noise, *LADDER, 2.0)
    other = submission.play(plays.img2img, tables, TEXTS, z0, noise, *LADDER, 0.5, 2.0)
    close(came["arguments"], [z0, mask, noise], rtol=0, what="the arguments of inpaint", hint=IN_PLACE)
    close(other["arguments"], [z0, noise], rtol=0, what="the arguments of img2img", hint=IN_PLACE)
    tracked = any(call["tracked"] for call in came["asked"] + other["asked"])
    expect(
        not tracked and not came["tracked"] and not other["tracked"], "a gradient is recorded", NO_GRADIENT
    )
    decoded = came["decoded"], other["decoded"]
    expect(decoded == (1, 1), f"the decoder was called {decoded} times; expected once each")
