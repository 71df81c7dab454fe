"""Hidden checks of the pipeline: fresh chains and their exact law on Gaussian latents."""

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, expect, expect_dtype, raises, task

from .. import plays_pipeline as plays
from ..tests.near import EXACT, LONG, near
from .gates import between, expect_alike

NULL = torch.tensor([1, 0, 0, 0])


def a_pipeline(seed: Seed, b: int = 3, steps: int = 5):
    """Return tables of an affine model of 12 levels, texts, the words' means, and a ladder."""
    tables = [
        0.3 * seed.fork("slope").normal(12),
        0.3 * seed.fork("shift").normal(12),
        seed.fork("w").normal(9, 2),
    ]
    tokens = 2 + (7 * seed.fork("tokens").uniform(b, 4)).long()
    tokens[:, 0], tokens[1:, 3] = 1, 0
    means = torch.stack([tables[2][row[row > 0]].mean(0) for row in tokens])
    empty = tables[2][1].expand(b, 2)
    t = tuple(sorted(range(1, 12), key=lambda i: seed.fork(f"t{i}").uniform(1).item())[:steps])
    signal = torch.cat([between(seed.fork("signal"), 0.05, 0.95, steps).sort().values, torch.ones(1)])
    return tables, [tokens, NULL], (means, empty), (t, signal.double())


def chain(tables, words, ladder, z: Tensor, w: float, first: int = 0) -> Tensor:
    """Lead latents from rung `first` to the end, in plain sums."""
    for i in range(first, len(ladder[0])):
        z = rung(tables, words, ladder, z, w, i)
    return z


def rung(tables, words, ladder, z: Tensor, w: float, i: int) -> Tensor:
    """Lead latents one rung further."""
    (means, empty), (t, signal) = words, ladder
    pulled = empty + w * (means - empty)
    eps = tables[0][t[i]] * z + tables[1][t[i]] * pulled[:, :, None, None]
    x0 = (z - (1 - signal[i]).sqrt() * eps) / signal[i].sqrt()
    return signal[i + 1].sqrt() * x0 + (1 - signal[i + 1]).sqrt() * eps


def small(images: Tensor) -> Tensor:
    """Return the latents that the checks' decoder made these images of."""
    expect(images.shape[2] % 2 == 0 and images.shape[3] % 2 == 0, "the images are not decoded")
    return images[:, :, ::2, ::2]


# -------------------- 7.1 text_to_image
@task("text_to_image", gate=True)
def test_pipeline_is_an_answer_at_all(submission, seed):
    """Images go with those worked out, or the noise is guided"""
    tables, texts, words, ladder = a_pipeline(seed)
    noise = seed.fork("noise").normal(3, 2, 4, 4)

    def images() -> None:
        came = submission.play(plays.text_to_image, tables, texts, noise, *ladder, 2.0)
        expect_alike(small(came["images"]), chain(tables, words, ladder, noise, 2.0), 0.3)
        expect(not torch.equal(small(came["images"]), noise), "the noise came back unchanged")

    def guided() -> None:
        both = torch.cat([texts[0], NULL.expand(3, 4)])
        given = [tables[0], torch.full((12,), 5.0).double(), tables[2]]
        came = submission.play(plays.guided_noise, given, noise, 3, tables[2][both], both > 0, 2.0)["eps"]
        bent = tables[0][3] * noise + 5 * (2 * words[0] - words[1])[:, :, None, None]
        expect_alike(came, bent, 0.3)

    any_of(images, guided)


@task("text_to_image", weight=2)
def test_chain_is_exact(submission, seed):
    """Fresh ladders, prompts and weights: images, calls and texts are exact, for one step too

    Follow the ladder rung by rung to the clean latent: both halves in one call, the guided noise, and a
    ladder of one rung.
    """
    for b, steps, w in ((3, 5, 7.5), (1, 1, 0.0), (2, 3, -1.0)):
        tables, texts, words, ladder = a_pipeline(seed.fork(f"{b}"), b, steps)
        noise = seed.fork("noise").normal(b, 2, 3, 2)
        came = submission.play(plays.text_to_image, tables, texts, noise, *ladder, w)
        near(small(came["images"]), chain(tables, words, ladder, noise, w), "the images", within=LONG)
        expect(
            [int(call["t"][0]) for call in came["asked"]] == list(ladder[0]), "the model was told other steps"
        )
        expect(all(len(call["z"]) == 2 * b for call in came["asked"]), "a call had another number of latents")
        encoded = sum(len(batch) for batch in came["texts"])
        expect(b < encoded <= 2 * b, f"{encoded} texts were encoded; expected {2 * b}, once for all steps")
        tracked = came["tracked"] or any(call["tracked"] for call in came["asked"])
        expect(not tracked and came["decoded"] == 1, "a gradient is recorded, or decoded more than once")


@task("text_to_image")
def test_pipeline_samples_the_gaussian_of_its_prompt(submission, seed):
    """Exact models of N(m, 0.25) with m from the prompt: 100 rungs end at mean and deviation, within 2 %

    With an exact model of a Gaussian the samples have its mean and deviation: is the scale undone before
    decoding?
    """
    m, steps = between(seed, -1, 1, 1).item(), 100
    angle = torch.linspace(
        1.55, 0, steps + 1, dtype=torch.float64
    )  # signal cos^2; almost pure noise at first
    signal, noise = angle.cos().square(), angle.sin()
    spread = 0.25 * signal + 1 - signal
    slope = (noise / spread)[:-1]
    shift = -slope * signal[:-1].sqrt() * 4  # the mean over four words of which one holds m
    table = torch.tensor([[9.0], [0.0], [m]], dtype=torch.float64)
    z = torch.tensor([[0.0, 1.0]], dtype=torch.float64).reshape(1, 1, 1, 2)
    tokens = torch.tensor([[1, 1, 2, 1]])
    tables, texts = [slope, shift, table], [tokens, torch.tensor([1, 1, 1, 1])]
    came = submission.play(plays.text_to_image, tables, texts, z, tuple(range(steps)), signal, 1.0)
    at_zero, at_one = small(came["images"])[0, 0, 0].tolist()
    close(at_zero, m, rtol=0.02, atol=0.02, what="the mean")
    close(at_one - at_zero, 0.5, rtol=0.02, what="the deviation")


@task("text_to_image", weight=2)
def test_halves_are_exact(submission, seed):
    """Contexts, masks and guided noise for fresh texts, in float32 too

    Contexts and masks of both halves belong together, in the order in which the result is split.
    """
    tables, texts, words, _ = a_pipeline(seed)
    came = submission.play(plays.encode_prompts, tables[2], *texts)
    both = torch.cat([texts[0], NULL.expand(3, 4)])
    near(came["context"], tables[2][both], "the context")
    close(came["mask"], both > 0, what="the mask")
    for w, dtype, rtol in ((4.5, torch.float64, LONG), (1.5, torch.float32, 1e-4)):
        z = seed.fork("z").normal(3, 2, 2, 2).to(dtype)
        came = submission.play(plays.guided_noise, tables, z, 7, tables[2][both], both > 0, w)
        pulled = (words[1] + w * (words[0] - words[1]))[:, :, None, None]
        near(came["eps"], tables[0][7] * z + tables[1][7] * pulled, "the noise", within=rtol)
        expect(came["eps"].dtype == dtype and len(came["asked"]) == 1, "another dtype, or more than one call")


# -------------------- 7.2 editing
@task("editing", gate=True)
def test_editing_is_an_answer_at_all(submission, seed):
    """Edited images go with those worked out, or noised latents with both parts"""
    tables, texts, words, ladder = a_pipeline(seed)
    z0, noise = seed.fork("z0").normal(3, 2, 4, 4), seed.fork("noise").normal(3, 2, 4, 4)
    signal = ladder[1]

    def edited() -> None:
        came = submission.play(plays.img2img, tables, texts, z0, noise, *ladder, 0.6, 2.0)["images"]
        start = signal[2].sqrt() * z0 + (1 - signal[2]).sqrt() * noise
        expect_alike(small(came), chain(tables, words, ladder, start, 2.0, 2), 0.2)
        expect(not torch.equal(small(came), z0), "the latents came back unchanged")

    def noised() -> None:
        came = submission.pipeline.noised(z0, noise, signal.new_tensor(0.5))
        expect_alike(came, z0 + noise)
        expect_alike(came - z0, noise, 0.3)

    any_of(noised, edited)


@task("editing", weight=2)
def test_img2img_is_exact(submission, seed):
    """Fresh latents and strengths, those at the ends among them; texts once, no gradient, nothing changed

    The last n steps are made, n being the whole number nearest to strength times S: int(0.29 * 100) is 28.
    The latents begin with z0, noised to the level of the first of these rungs.
    """
    tables, texts, words, ladder = a_pipeline(seed)
    z0, noise, signal = seed.fork("z0").normal(3, 2, 2, 3), seed.fork("noise").normal(3, 2, 2, 3), ladder[1]
    for strength, made in ((0.0, 0), (0.15, 1), (0.41, 2), (0.58, 3), (0.75, 4), (1.0, 5)):
        first = 5 - made
        came = submission.play(plays.img2img, tables, texts, z0, noise, *ladder, strength, 3.0)
        start = signal[first].sqrt() * z0 + (1 - signal[first]).sqrt() * noise
        expected = chain(tables, words, ladder, start, 3.0, first)
        near(small(came["images"]), expected, f"the images at strength {strength}", within=LONG)
        steps = [int(call["t"][0]) for call in came["asked"]]
        expect(steps == list(ladder[0][first:]), f"at strength {strength} the steps were {steps}")
        close(came["arguments"], [z0, noise], rtol=0, what="the arguments afterwards")
        expect(
            not came["tracked"] and came["decoded"] == 1, "a gradient is recorded, or decoded more than once"
        )
        expect(sum(map(len, came["texts"])) <= 6, "texts were encoded more than once")
    for strength in (-1e-3, 1.001):
        with raises(ValueError):
            submission.play(plays.img2img, tables, texts, z0, noise, *ladder, strength, 3.0)


@task("editing", weight=2)
def test_inpainting_is_exact(submission, seed):
    """Fresh masks, one per image; what is kept comes back to the last digit

    Before step i what is kept is noised, with the same noise, to the level of rung i; at the end z0 itself is
    put back. Each image has its own mask.
    """
    tables, texts, words, ladder = a_pipeline(seed)
    z0, noise, signal = seed.fork("z0").normal(3, 2, 4, 3), seed.fork("noise").normal(3, 2, 4, 3), ladder[1]
    new = seed.fork("mask").uniform(3, 1, 4, 3) < 0.5
    new[0, 0, 0, 0], new[0, 0, 0, 1] = True, False
    came = submission.play(plays.inpaint, tables, texts, z0, new.double(), noise, *ladder, 4.0)
    z = noise
    for i in range(5):
        kept = signal[i].sqrt() * z0 + (1 - signal[i]).sqrt() * noise
        z = torch.where(new, z, kept)
        near(came["asked"][i]["z"][:3], z, f"the latents before step {i}", within=LONG)
        z = rung(tables, words, ladder, z, 4.0, i)
    images = small(came["images"])
    near(images, torch.where(new, z, z0), "the images", within=LONG)
    kept = ~new.expand_as(z0)
    close(images[kept], z0[kept], rtol=0, what="what is kept")
    expect(sum(map(len, came["texts"])) <= 6, "texts were encoded more than once")
    expect(not came["tracked"] and came["decoded"] == 1, "a gradient is recorded, or decoded more than once")


@task("editing")
def test_inpainting_everything_and_nothing(submission, seed):
    """A mask of ones is text to image, a mask of zeros gives z0 back; float32 stays float32

    Try a mask of ones, which is text to image, and one of zeros, which gives z0 back.
    """
    tables, texts, words, ladder = a_pipeline(seed)
    z0, noise = seed.fork("z0").normal(3, 2, 2, 2), seed.fork("noise").normal(3, 2, 2, 2)
    every, none = torch.ones(3, 1, 2, 2), torch.zeros(3, 1, 2, 2)
    came = submission.play(plays.inpaint, tables, texts, z0, every, noise, *ladder, 2.0)["images"]
    near(small(came), chain(tables, words, ladder, noise, 2.0), "all new", within=LONG)
    came = submission.play(plays.inpaint, tables, texts, z0.float(), none, noise.float(), *ladder, 2.0)[
        "images"
    ]
    close(small(came), z0.float(), rtol=0, what="nothing new")
    expect_dtype(came, torch.float32)


@task("editing", weight=2)
def test_noise_and_masks_are_exact(submission, seed):
    """Noised latents at fresh levels, 0 and 1 among them, in three dtypes; masks for factors 1, 2 and 4

    Noised: roots of signal and of 1 - signal. A latent is new where ANY pixel behind it is, for factors 1, 2
    and 4.
    """
    z0, noise = seed.fork("z0").normal(2, 3, 2, 2), seed.fork("noise").normal(2, 3, 2, 2)
    for value in (0.0, seed.fork("signal").uniform(1).item(), 1.0):
        for dtype, rtol in ((torch.float64, EXACT), (torch.float32, 1e-5)):
            came = submission.pipeline.noised(z0.to(dtype), noise.to(dtype), z0.new_tensor(value))
            near(came, value**0.5 * z0 + (1 - value) ** 0.5 * noise, "the noised latents", within=rtol)
            expect_dtype(came, dtype)
    mask = (seed.fork("mask").uniform(2, 1, 8, 4) < 0.3).float()
    for factor in (1, 2, 4):
        came = submission.pipeline.latent_mask(mask, factor)
        expected = torch.zeros(2, 1, 8 // factor, 4 // factor)
        for b, _, i, j in mask.nonzero().tolist():
            expected[b, 0, i // factor, j // factor] = 1.0
        close(came, expected, rtol=0, what=f"the mask for factor {factor}")
