"""Public checks of Stable Diffusion's parts: contexts by loops, polynomials, tiles by pixels."""

from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task
from autograder.nearness import EXACT, LONG, near, near_single, unchanged

from .. import plays

# -------------------- 1.1 clip_context
NORM = exactly(1, 2, -0.5)  # scale of the norm


def a_text(seed: Seed, n: int = 5, layers: int = 3) -> tuple[Tensor, Tensor]:
    """Return matrices of layers, and two texts of embedded tokens."""
    return seed.fork("matrices").normal(layers, 3, 3), seed.fork("x").normal(2, n, 3)


def context(matrices: Tensor, x: Tensor, skip: int) -> Tensor:
    """Return the context of each text, row by row: a row looks at those up to it and at none after."""
    texts = []
    for rows in x:
        for matrix in matrices[: len(matrices) - skip]:
            found = []
            for i, row in enumerate(rows):
                before = rows[: i + 1]
                found.append(row + torch.tanh((before @ matrix.T @ row).softmax(dim=0) @ before))
            rows = torch.stack(found)  # n d
        texts.append(F.layer_norm(rows, (3,), NORM))
    return torch.stack(texts)


@task("clip_context", weight=2)
def test_context_row_by_row(submission, seed):
    """Each row has looked at itself and the rows before it, in all layers, and the norm comes last"""
    matrices, x = a_text(seed)
    came = submission.play(plays.clip_context, matrices, NORM, x)
    hint = "True = may look: a lower triangle with its diagonal."
    close(came, context(matrices, x, 0), rtol=EXACT, atol=EXACT, hint=hint, axes=("text", "row", "channel"))


@task("clip_context")
def test_context_of_padding(submission, seed):
    """Rows of padding are rows: zeros at the end are looked at and look, and rows before do not see them"""
    matrices, x = a_text(seed)
    x[:, 3:] = 0
    came = submission.play(plays.clip_context, matrices, NORM, x)
    hint = "CLIP knows no padding mask: the causal mask is the only one."
    axes = ("text", "row", "channel")
    close(came, context(matrices, x, 0), rtol=EXACT, atol=EXACT, hint=hint, axes=axes)
    noisy = torch.cat([x[:, :3], seed.fork("noise").normal(2, 2, 3)], dim=1)
    other = submission.play(plays.clip_context, matrices, NORM, noisy)
    close(other[:, :3], came[:, :3], rtol=EXACT, atol=EXACT, what="the rows before the padding", hint=hint)


@task("clip_context", weight=2)
def test_context_of_an_earlier_layer(submission, seed):
    """skip = 1 leaves out the last layer and skip = 2 the last two; the norm comes all the same"""
    matrices, x = a_text(seed)
    for skip in (1, 2):
        came = submission.play(plays.clip_context, matrices, NORM, x, skip)
        hint = "layers[: len(layers) - skip], then norm: also for skip > 0."
        near(came, context(matrices, x, skip), f"the context with skip = {skip}", hint)


@task("clip_context")
def test_context_needs_a_layer(submission, seed):
    """Of three layers neither 3, 4 nor -1 can be skipped: ValueError"""
    matrices, x = a_text(seed)
    for skip in (3, 4, -1):
        with raises(ValueError):
            submission.play(plays.clip_context, matrices, NORM, x, skip)


# -------------------- 1.2 plms
ROWS = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))


def even(S: int, top: float = 10.0) -> Tensor:
    """Return the signal at S + 1 rungs that are even in r, the noise's deviation over the signal's root."""
    r = torch.linspace(top, 0, S + 1, dtype=torch.float64)
    return 1 / (1 + r * r)


def scaled_linear(S: int) -> Tensor:
    """Return the signal at the rungs of Stable Diffusion's ladder of S steps."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alpha_bar = (1 - betas).cumprod(0)
    return torch.cat([alpha_bar[[999 - i * 1000 // S for i in range(S)]], exactly(1)])


def run(submission: Any, tables: Tensor, z: Tensor, signal: Tensor, times: int = 1) -> dict[str, Any]:
    """Run the sampler down a ladder whose step numbers are S - 1, ..., 0; tables go by that number."""
    S = len(signal) - 1
    return submission.play(plays.plms, tables, z, list(range(S - 1, -1, -1)), signal, times)


def chain(tables: Tensor, z: Tensor, signal: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Return where PLMS ends, worked out in u = z / signal.sqrt() over r, and what the model is asked."""
    S = len(signal) - 1
    root = signal.sqrt()
    r = (1 - signal).sqrt() / root
    asked: list[Tensor] = []

    def noise(u: Tensor, i: int) -> Tensor:
        at = root[i] * u
        asked.append(at)
        slope, shift, bend = tables[:, S - 1 - i]
        return slope * at + shift + bend * at**2

    u, history = z / root[0], []
    for i in range(S):
        h = r[i + 1] - r[i]
        history.insert(0, noise(u, i))
        if i == 0 and S > 1:
            u = u + h * (history[0] + noise(u + h * history[0], 1)) / 2
        else:
            row = ROWS[min(i, 3)]
            u = u + h * sum(c * e for c, e in zip(row, history, strict=False))
    return u, asked


@task("plms", weight=2)
def test_worked_combinations(submission):
    """1 after 2, 4, 8 and 16 extrapolates to 1, 1/2, 11/12, 13/24 and again 13/24 as the past grows"""
    old = [value * torch.ones(2, 1, 2, 3, dtype=torch.float64) for value in (2, 4, 8, 16)]
    for known, expected in enumerate((1, 1 / 2, 11 / 12, 13 / 24, 13 / 24)):
        came = submission.stable_diffusion.plms_noise(old[0] / 2, old[:known])
        hint = "The newest of `old` comes first; (3, -1)/2, (23, -16, 5)/12, (55, -59, 37, -9)/24."
        near(came, torch.full_like(old[0], expected), f"the noise with {known} earlier answers", hint)


@task("plms", weight=2)
def test_polynomials_on_an_even_ladder(submission):
    """In 8 steps from r = 10 to 0, noise r leads 0 to exactly -50, and noise r² to -332.03125"""
    S = 8
    r = torch.linspace(10, 0, S + 1, dtype=torch.float64)[:-1].flip(0)  # by step number
    for power, end in ((1, -50.0), (2, -332.03125)):
        tables = torch.stack([0 * r, r**power, 0 * r])
        came = run(submission, tables, torch.zeros(2, 1, 1, 2).double(), even(S))["result"]
        hint = "The first step looks ahead, the next ones back: at the model's own answers before this one."
        near(came, torch.full((2, 1, 1, 2), end).double(), f"the result for noise r^{power}", hint, LONG)


@task("plms")
def test_gaussian_on_stable_diffusions_ladder(submission):
    """N(0, 1/4) in 10 steps: latents of 1 end at .461526 (DDIM .385286); one step is DDIM's"""
    for S, end in ((10, 0.461526), (1, None)):
        signal = scaled_linear(S)
        slope = ((1 - signal).sqrt() / (signal / 4 + 1 - signal))[:-1].flip(0)
        tables = torch.stack([slope, 0 * slope, 0 * slope])
        z = torch.ones(2, 1, 2, 2).double()
        came = run(submission, tables, z, signal)["result"]
        if end:
            close(
                came, end * z, rtol=0, atol=1e-6, what="the result", hint="Step from z, not from the trial."
            )
        near(came, chain(tables, z, signal)[0], "the result", within=LONG)


@task("plms", weight=2)
def test_what_the_model_is_asked(submission, seed):
    """S steps ask S + 1 times: at rung 0, twice at rung 1, then once at each; one step asks once"""
    z, tables = seed.fork("z").normal(2, 2, 1, 2), seed.fork("tables").normal(3, 5) / 4
    came = run(submission, tables, z, even(5, 2.0))
    close(came["t"], torch.tensor([4, 3, 3, 2, 1, 0]), rtol=0, what="t", hint="model(z, ladder.t[i]).")
    result, asked = chain(tables, z, even(5, 2.0))
    hint = "The trial goes from z with the first answer; the step goes from z too, with the mean of both."
    near(torch.stack(came["z"]), torch.stack(asked), "z in a call", hint, LONG)
    near(came["result"], result, "the result", within=LONG)
    one = run(submission, tables[:, :1], z, even(1, 2.0))
    close(one["t"], torch.tensor([0]), rtol=0, what="t of a ladder of one step")
    expect(not came["tracked"], "the result is recorded (requires_grad)", "with torch.no_grad(): ...")
    unchanged(came["argument"], z)


@task("plms")
def test_runs_know_nothing_of_each_other(submission, seed):
    """A second run asks and ends as the first, and float32 latents stay float32"""
    z, tables = seed.fork("z").normal(2, 1, 1, 2), seed.fork("tables").normal(3, 4) / 4
    expected, _ = chain(tables, z, even(4, 2.0))
    came = run(submission, tables, z, even(4, 2.0), times=2)
    near(came["result"], expected, "the result of the second run", "A fresh list for each run.", LONG)
    near_single(run(submission, tables, z.float(), even(4, 2.0))["result"], expected)


# -------------------- 1.3 tiled_decode
ONES, UP = [1.0] * 6, [1 / 4, 1 / 2, 3 / 4]
FIRST, INNER, LAST = (  # weights of tiles of 4 with overlap 1 and factor 3, by their place
    exactly(1, 1, 1, *ONES, *UP[::-1]),
    exactly(*UP, *ONES, *UP[::-1]),
    exactly(*UP, *ONES, 1, 1, 1),
)
SLOPES = "(i + 1) / (k + 1) over k = overlap times factor pixels: 1 is reached only behind the slope."
Profiles = dict[int, Tensor]  # the weights of each tile along one axis, by where it starts


def blended(z: Tensor, rows: Profiles, columns: Profiles, tile: int, factor: int) -> Tensor:
    """Return what tiles make whose decoder paints each in the mean of its latents."""
    h, w = (factor * n for n in z.shape[2:])
    total, weights = torch.zeros(*z.shape[:2], h, w).double(), torch.zeros(h, w).double()
    for (top, down), (left, across) in product(rows.items(), columns.items()):
        mean = z[:, :, top : top + tile, left : left + tile].mean(dim=(2, 3))
        y, x = (F.pad(one, (factor * at, n - factor * at - len(one)))
                for one, at, n in ((down, top, h), (across, left, w)))  # fmt: skip
        total += torch.einsum("bc,y,x->bcyx", mean, y, x)
        weights += torch.outer(y, x)
    image = total / weights
    return torch.cat([image, 3 * image[:, :1]], dim=1)


@task("tiled_decode")
def test_where_tiles_start(submission):
    """(20, 8, 2), (21, 8, 2), (16, 8, 0), (8, 8, 7) and (5, 8, 2) start as the handout says"""
    for sizes, expected in (
        ((20, 8, 2), [0, 6, 12]),
        ((21, 8, 2), [0, 6, 12, 13]),
        ((16, 8, 0), [0, 8]),
        ((8, 8, 7), [0]),
        ((5, 8, 2), [0]),
    ):
        came = submission.stable_diffusion.tile_starts(*sizes)
        expect(list(came) == expected, f"tiles of {sizes} start at {list(came)}; expected {expected}")


@task("tiled_decode")
def test_tiles_refuse(submission):
    """An overlap as large as the tile, or below 0, raises ValueError"""
    for overlap in (8, 9, -1):
        with raises(ValueError):
            submission.stable_diffusion.tile_starts(20, 8, overlap)


@task("tiled_decode")
def test_slopes_of_tiles(submission):
    """Tiles of 4, overlap 1, factor 3 have 1/4, 1/2, 3/4 at ends where others follow, and 1 elsewhere"""
    for start, expected in ((0, FIRST), (3, INNER), (6, LAST)):
        came = submission.stable_diffusion.tile_weights(start, 10, 4, 1, 3)
        near(came, expected, f"the weights of the tile at {start} of 10", SLOPES)
    came = submission.stable_diffusion.tile_weights(0, 3, 4, 1, 2)
    near(came, exactly(1, 1, 1, 1, 1, 1), "the weights where one tile is all")
    came = submission.stable_diffusion.tile_weights(1, 5, 3, 2, 1)
    near(came, exactly(1 / 3, 4 / 9, 1 / 3), "the weights where both slopes meet", "They multiply.")


@task("tiled_decode", weight=2)
def test_decoder_that_works_pixel_by_pixel(submission, seed):
    """Such a decoder gives in tiles what it gives in one piece, for 13 x 7 latents and for 3 x 2"""
    for h, w, tiles in ((13, 7, 6), (3, 2, 1)):
        z = seed.fork(f"{h}").normal(2, 2, h, w)
        whole = plays.enlarged(torch.cat([z.square(), z[:, :1] - 2], dim=1), 3)
        came = submission.play(plays.tiled_decode, z, 5, 1, 3, "pixelwise")
        hint = "Rows times factor; divide by the sum of the weights; the last tile ends with the latents."
        near(came["result"], whole, f"the image of {h} x {w} latents", hint)
        sizes = [[min(5, h), min(5, w)]] * tiles
        expect(came["sizes"] == sizes, f"the decoder got tiles of {came['sizes']}; expected {sizes}")


@task("tiled_decode", weight=2)
def test_decoder_that_paints_its_tile(submission, seed):
    """A decoder that paints each tile in its mean shows the slopes: the weighted mean at every pixel"""
    z = seed.normal(2, 2, 8, 5)
    expected = blended(z, {0: FIRST, 3: INNER, 4: LAST}, {0: FIRST, 1: LAST}, 4, 3)
    came = submission.play(plays.tiled_decode, z, 4, 1, 3, "painted")
    hint = "Weights slope where another tile follows, and not at the border of the image."
    near(came["result"], expected, "the image", hint)
    expect(not came["recorded"], "the decoder was recorded", "with torch.no_grad(): ...")
    unchanged(came["argument"], z)
    single = submission.play(plays.tiled_decode, z.float(), 4, 1, 3, "painted")["result"]
    near_single(single, expected, "the image")
