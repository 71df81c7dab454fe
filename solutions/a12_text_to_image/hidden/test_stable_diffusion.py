"""Hidden checks of Stable Diffusion's parts: fresh texts, ladders and sizes, by other routes."""

import numpy as np
import torch
from torch import Tensor

from autograder.checks import any_of, close, exactly, expect, raises, task
from autograder.nearness import EXACT, LONG, near, near_single, unchanged

from .. import plays
from ..tests.test_stable_diffusion import a_text, blended, chain, context, even, run
from .fresh import expect_alike, not_the_input

# -------------------- 1.1 clip_context
NORM = exactly(0.5, 1.5, -2)


@task("clip_context", gate=True)
def test_context_is_an_answer_at_all(submission, seed):
    """Contexts of fresh texts go with their tokens"""
    matrices, x = a_text(seed, 6, 2)
    came = submission.play(plays.clip_context, matrices / 3, NORM, x)
    not_the_input(came, x)
    expect_alike(came, context(matrices / 3, x, 0))


@task("clip_context", weight=3)
def test_context_of_fresh_texts(submission, seed):
    """Fresh texts and layers, all numbers of skipped layers, row by row

    All layers but the last `skip`, each with the causal mask, then the norm, whatever skip is; skip of as
    many as there are raises ValueError.
    """
    for layers in (4, 2, 1):
        matrices, x = a_text(seed.fork(f"{layers}"), 4, layers)
        for skip in range(layers):
            came = submission.play(plays.clip_context, matrices, NORM, x, skip)
            close(came, context(matrices, x, skip) * NORM / exactly(1, 2, -0.5), rtol=EXACT, atol=EXACT)
        for skip in (layers, -1, -layers):
            with raises(ValueError):
                submission.play(plays.clip_context, matrices, NORM, x, skip)


# -------------------- 1.2 plms
def vandermonde(k: int) -> Tensor:
    """Return weights of values at 0, -1, ..., -k that integrate every polynomial of degree k over [0, 1]."""
    powers = np.arange(k + 1)
    points = -np.arange(k + 1.0)
    return torch.from_numpy(np.linalg.solve(points[None] ** powers[:, None], 1 / (powers + 1)))


@task("plms", gate=True)
def test_plms_is_an_answer_at_all(submission, seed):
    """Extrapolations go with what is extrapolated, or latents end where PLMS or DDIM ends"""
    eps, *old = (seed.fork(f"{i}").normal(2, 3, 4, 4) for i in range(4))
    tables, z = seed.fork("tables").normal(3, 6) / 8, seed.fork("z").normal(4, 3, 2, 2)

    def noises() -> None:
        came = submission.stable_diffusion.plms_noise(eps, old[:1])
        not_the_input(came, eps)
        expect_alike(came, 3 * eps - old[0])

    def chains() -> None:
        came = run(submission, tables, z, even(6, 2.0))["result"]
        not_the_input(came, z)
        expect_alike(came, chain(tables, z, even(6, 2.0))[0])

    any_of(noises, chains)


@task("plms", weight=2)
def test_weights_of_fresh_answers(submission, seed):
    """Weights of 0 to 3 earlier answers are those that integrate polynomials exactly; a fourth has none

    The weights of the newest and of up to three earlier answers are Adams-Bashforth's, newest first; a fourth
    is not used.
    """
    known = [seed.fork(f"{i}").normal(2, 1, 3, 2) for i in range(5)]
    for k in range(5):
        weights = vandermonde(min(k, 3))
        expected = sum(w * one for w, one in zip(weights, known, strict=False))
        came = submission.stable_diffusion.plms_noise(known[0], known[1 : k + 1])
        near(came, expected, f"the noise with {k} earlier answers")
        single = submission.stable_diffusion.plms_noise(
            known[0].float(), [one.float() for one in known[1 : k + 1]]
        )
        near_single(single, expected)


@task("plms", weight=3)
def test_fresh_ladders(submission, seed):
    """Fresh uneven ladders of 1 to 6 steps and curved models, in plain numbers, and what is asked

    The first step asks twice, and its second answer is not kept as an earlier one; nor is a step's answer
    before it is used. Follow uneven ladders of 1 to 6 steps by hand.
    """
    for S in (1, 2, 3, 6):
        inner = (0.02 + 0.9 * seed.fork(f"{S}").uniform(S)).sort().values
        signal = torch.cat([inner, exactly(1)])
        tables, z = seed.fork("tables").normal(3, S) / 4, seed.fork("z").normal(3, 2, 1, 2)
        came = run(submission, tables, z, signal)
        result, asked = chain(tables, z, signal)
        near(came["result"], result, f"the result of {S} steps", within=LONG)
        expect(len(came["z"]) == len(asked), f"{S} steps asked {len(came['z'])} times; expected {len(asked)}")
        near(torch.stack(came["z"]), torch.stack(asked), "z in a call", within=LONG)
        unchanged(came["argument"], z)


# -------------------- 1.3 tiled_decode
def profile(start: int, n: int, tile: int, overlap: int, factor: int) -> Tensor:
    """Return the weights of a tile's pixels along one axis, pixel by pixel."""
    size, k = min(tile, n) * factor, overlap * factor
    weights = []
    for i in range(size):
        weight = 1.0
        if start > 0 and i < k:
            weight *= (i + 1) / (k + 1)
        if start + tile < n and size - 1 - i < k:
            weight *= (size - i) / (k + 1)
        weights.append(weight)
    return exactly(*weights)


def starts(n: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles begin, one after the other."""
    found = [0]
    while found[-1] + tile < n:
        found.append(min(found[-1] + tile - overlap, n - tile))
    return found


def profiles(n: int, tile: int, overlap: int, factor: int) -> dict[int, Tensor]:
    """Return the weights of each tile along an axis."""
    return {at: profile(at, n, tile, overlap, factor) for at in starts(n, tile, overlap)}


@task("tiled_decode", gate=True)
def test_tiles_are_an_answer_at_all(submission, seed):
    """Fresh tiles go with what is decoded, or begin in order, or weigh between 0 and 1"""
    z = seed.normal(2, 2, 9, 7)
    whole = plays.enlarged(torch.cat([z.square(), z[:, :1] - 2], dim=1), 2)

    def begins() -> None:
        came = [submission.stable_diffusion.tile_starts(n, 6, 2) for n in (14, 22)]
        expect([list(one)[:3] for one in came] == [[0, 4, 8]] * 2, "tiles do not begin where they could")

    any_of(
        lambda: expect_alike(submission.play(plays.tiled_decode, z, 4, 1, 2, "pixelwise")["result"], whole),
        begins,
        lambda: expect_alike(
            submission.stable_diffusion.tile_weights(4, 20, 6, 2, 3), profile(4, 20, 6, 2, 3)
        ),
    )


@task("tiled_decode", weight=2)
def test_fresh_starts_and_weights(submission, seed):
    """Tiles of fresh sizes begin a stride apart, the last one flush, and slope where others follow

    A slope of k = overlap times factor pixels is (i + 1) / (k + 1): it reaches 1 only behind its k pixels.
    Where both slopes meet they multiply; the last tile is flush.
    """
    for i in range(6):
        draw = seed.fork(f"{i}")
        tile = draw.fork("tile").integer(2, 7)
        overlap, n = draw.fork("overlap").integer(0, tile - 1), draw.fork("n").integer(1, 30)
        factor = draw.fork("factor").integer(2, 4)
        came = list(submission.stable_diffusion.tile_starts(n, tile, overlap))
        expected = starts(n, tile, overlap)
        sizes = (n, tile, overlap)
        expect(came == expected, f"tiles of {sizes} start at {came}; expected {expected}")
        for start in expected:
            weights = submission.stable_diffusion.tile_weights(start, *sizes, factor)
            near(weights, profile(start, *sizes, factor), f"the weights of {sizes} at {start}")
    for tile, overlap in ((3, 3), (3, -1), (1, 2)):
        with raises(ValueError):
            submission.stable_diffusion.tile_starts(9, tile, overlap)


@task("tiled_decode", weight=3)
def test_fresh_sizes(submission, seed):
    """Fresh sizes painted tile by tile and pixel by pixel, wide and tall

    Sum weight times tile, and weights, and divide at the end: try wide, tall and small images, with overlap 0
    and large.
    """
    for h, w, tile, overlap, factor in ((9, 4, 5, 1, 3), (7, 10, 4, 2, 1), (2, 6, 3, 0, 2)):
        z = seed.fork(f"{h}").normal(2, 1, h, w)
        came = submission.play(plays.tiled_decode, z, tile, overlap, factor, "painted")
        rows, columns = (profiles(n, tile, overlap, factor) for n in (h, w))
        near(came["result"], blended(z, rows, columns, tile, factor), f"the image of {h} x {w} latents")
        expect(not came["recorded"], "the decoder was recorded")
        whole = plays.enlarged(torch.cat([z.square(), z - 2], dim=1), factor)
        came = submission.play(plays.tiled_decode, z, tile, overlap, factor, "pixelwise")
        near(came["result"], whole, f"the image of {h} x {w} latents")
        unchanged(came["argument"], z)
        with raises(ValueError):
            submission.play(plays.tiled_decode, z, tile, tile, factor, "pixelwise")
