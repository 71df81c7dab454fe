"""Hidden checks of vector quantisation: fresh codebooks, gradients, and averages over many batches."""

import math
from collections import Counter

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect, task

from .. import plays
from ..tests.near import SINGLE, near
from .gates import expect_alike, expect_within


def distances(z: Tensor, codes: Tensor) -> Tensor:
    """Return all Euclidean distances, (n, k), code by code."""
    return torch.stack([(z.double() - code.double()).norm(dim=1) for code in codes], 1)


# -------------------- 2.1 nearest_code
@task("nearest_code", gate=True)
def test_search_is_an_answer_at_all(submission, seed):
    """Vectors near fresh codes find mostly these codes"""
    codes = seed.fork("codes").normal(8, 6)
    chosen = (8 * seed.fork("chosen").uniform(60)).long()
    chosen[0], chosen[1] = 1, 5
    z = codes[chosen] + 0.01 * seed.fork("off").normal(60, 6)
    came = submission.quantize.nearest_code(z, codes)
    expect(came.shape == (60,), "the result has another shape")
    found = (came == chosen).double().mean()
    expect(found > 0.6 and came.double().std() > 0, f"{60 * found:.0f} of 60 vectors find their codes")


@task("nearest_code", weight=2)
def test_search_finds_the_least_distance(submission, seed):
    """No other code is nearer, for codes of very different length, in float64 and float32

    Codes of very different lengths: the largest product is not the least distance, |c|^2 counts. In float32
    too.
    """
    for dtype, tolerance in ((torch.float64, 1e-9), (torch.float32, 1e-3)):
        lengths = 3 * seed.fork("lengths").uniform(17, 1)
        codes, z = (
            (lengths * seed.fork("codes").normal(17, 5)).to(dtype),
            (2 * seed.fork("z").normal(33, 5)).to(dtype),
        )
        came = submission.quantize.nearest_code(z, codes)
        expect(came.dtype == torch.int64 and came.shape == (33,), "one int64 for each vector is expected")
        every = distances(z, codes)
        off = (every[torch.arange(33), came] - every.min(1).values).max().item()
        # float32 may take the other of two codes whose distances agree to three digits
        expect(off <= tolerance, f"another code is nearer by {off:.2g}")


@task("nearest_code")
def test_search_in_one_dimension(submission, seed):
    """Numbers are rounded to the nearest of a grid, which lies in any order

    Try codes of one number in any order.
    """
    order = seed.fork("order").uniform(9).argsort()
    grid = torch.arange(-4, 5).double()[order, None]
    z = 4 * seed.fork("z").uniform(40, 1)
    z = z + (z.frac() - 0.5).sign() * 1e-3  # no number lies halfway
    came = submission.quantize.nearest_code(z, grid)
    close(grid[came], z.round().clamp(-4, 4), rtol=0, what="the rounded numbers")


# -------------------- 2.2 vector_quantizer
def a_map(seed: Seed, b: int, d: int, h: int, w: int, k: int) -> tuple[Tensor, Tensor]:
    """Return a fresh map and codebook."""
    return seed.fork("z").normal(b, d, h, w), seed.fork("codes").normal(k, d)


def chosen_by(z: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Return the nearest codes of a map, position by position, and their numbers."""
    best, numbers = torch.empty_like(z), torch.empty(len(z), *z.shape[2:], dtype=torch.long)
    for b in range(len(z)):
        for i in range(z.shape[2]):
            for j in range(z.shape[3]):
                number = distances(z[b, :, i, j][None], codes)[0].argmin()
                best[b, :, i, j], numbers[b, i, j] = codes[number], number
    return best, numbers


@task("vector_quantizer", gate=True)
def test_quantizer_is_an_answer_at_all(submission, seed):
    """Codes near the vectors, a positive loss, and a perplexity between 1 and the number of codes"""
    z, codes = a_map(seed, 1, 2, 6, 6, 12)
    came = submission.play(plays.vector_quantizer, 3 * z, 3 * codes, 0.25)
    best, _ = chosen_by(3 * z, 3 * codes)
    expect_alike(came["codes"], best)
    expect((came["codes"] - 3 * z).abs().max() > 1e-6, "the vectors came back unchanged")
    expect_within(float(came["loss"]), (best - 3 * z).square().mean().item(), 100)
    numbers = (7 * seed.fork("numbers").uniform(300)).long()
    perplexity = submission.quantize.perplexity(numbers)
    expect(
        1.5 < float(perplexity) < 8, "the perplexity is out of range"
    )  # uniform over 7; 2 if to the wrong base


@task("vector_quantizer", weight=2)
def test_quantizer_is_exact(submission, seed):
    """Codes, numbers, loss and all four gradients are exact for maps of any shape

    Channels go last before the search and back after it; codebook and commitment losses detach opposite
    sides; the result passes gradients straight through.
    """
    for b, d, h, w, k, beta in ((2, 3, 4, 2, 5, 0.25), (1, 4, 1, 3, 7, 2.0), (3, 1, 2, 1, 1, 0.0)):
        z, codes = a_map(seed.fork(f"{d}"), b, d, h, w, k)
        weights = seed.fork("weights").normal(b, d, h, w)
        came = submission.play(plays.vector_quantizer, z, codes, beta, weights)
        best, numbers = chosen_by(z, codes)
        close(came["indices"], numbers, what="the numbers")
        near(came["codes"], best, "the codes")
        off = best - z
        near(came["loss"], (1 + beta) * off.square().mean(), "the loss")
        near(came["of codes"], [weights, torch.zeros(k, d)], "the gradients of the codes")
        by_codes = torch.zeros(k, d).double()
        rows = off.permute(0, 2, 3, 1).reshape(-1, d)
        by_codes.index_add_(0, numbers.flatten(), 2 / off.numel() * rows)
        expected = [-2 * beta / off.numel() * off, by_codes]
        near(came["of loss"], expected, "the gradients of the loss")


@task("vector_quantizer")
def test_perplexity_is_exact(submission, seed):
    """Fresh numbers in any shape, worked out code by code; the shape does not matter

    exp of the entropy of the shares, where 0 log 0 is 0, for indices of any shape.
    """
    numbers = (30 * seed.uniform(200) ** 2).long()
    shares = [count / 200 for count in Counter(numbers.tolist()).values()]
    expected = math.exp(-sum(share * math.log(share) for share in shares))
    for shape in ((200,), (2, 5, 20)):
        came = submission.quantize.perplexity(numbers.reshape(shape))
        expect(type(came) is float, f"the perplexity is a {type(came).__name__}; expected float")
        near(came, expected, "the perplexity", within=SINGLE)


# -------------------- 2.3 ema_codebook
@task("ema_codebook", gate=True)
def test_averages_are_an_answer_at_all(submission, seed):
    """Codes become about the means of their vectors, or dead codes about the candidates"""
    centres = 3 * seed.fork("centres").normal(6, 4)
    indices = torch.arange(60) % 6
    z = centres[indices] + 0.01 * seed.fork("off").normal(60, 4)
    counts, sums = torch.full((6,), 0.01).double(), torch.zeros(6, 4).double()
    candidates, old = seed.fork("candidates").normal(4, 5), seed.fork("old").normal(4, 5)
    zeros = torch.zeros(4).double()
    any_of(
        lambda: expect_alike(submission.quantize.ema_codebook(counts, sums, z, indices, 0.5)[2], centres),
        lambda: expect_alike(
            submission.quantize.revive_dead_codes(zeros, old, old, candidates)[2], candidates
        ),
    )


@task("ema_codebook", weight=2)
def test_averages_are_exact(submission, seed):
    """Counts, sums and codes are exact for fresh vectors, codes that nobody chose among them

    Counts and sums decay, also of codes that nobody chose; the smoothing adds to counts and keeps their
    total.
    """
    z, indices = seed.fork("z").normal(9, 3), (5 * seed.fork("i").uniform(9)).long()
    counts, sums = 5 * seed.fork("c").uniform(7), seed.fork("s").normal(7, 3)
    decay, eps = 0.5 + 0.4 * seed.fork("d").uniform(1).item(), 0.3
    came = submission.quantize.ema_codebook(counts, sums, z, indices, decay, eps)
    met, total = torch.zeros(7).double(), torch.zeros(7, 3).double()
    for vector, i in zip(z, indices, strict=True):
        met[i] += 1
        total[i] += vector
    counts, sums = decay * counts + (1 - decay) * met, decay * sums + (1 - decay) * total
    smoothed = (counts + eps) / (counts.sum() + 7 * eps) * counts.sum()
    near(came, (counts, sums, sums / smoothed[:, None]), "the averages")


@task("ema_codebook")
def test_averages_converge_to_the_mean(submission, seed):
    """After 60 equal batches with decay 0.8 each code is the mean of its vectors; float32 stays float32

    Feed the same batch many times: each code becomes the mean of its vectors.
    """
    z, indices = seed.fork("z").normal(6, 2).float(), torch.tensor([0, 0, 1, 1, 1, 2])
    counts, sums = torch.ones(3), torch.zeros(3, 2)
    for _ in range(60):
        counts, sums, codes = submission.quantize.ema_codebook(counts, sums, z, indices, 0.8)
    expected = torch.stack([z[:2].mean(0), z[2:5].mean(0), z[5]])
    close(codes, expected, rtol=1e-3, atol=1e-3, what="the codes")  # 0.8^60 is 2e-6; smoothing 1e-5
    expect(codes.dtype == counts.dtype == torch.float32, "the dtype of the vectors is not kept")


@task("ema_codebook", weight=2)
def test_dead_codes_are_exact(submission, seed):
    """Fresh counts against a fresh threshold, with enough candidates, too few and none

    A count of exactly the threshold lives; dead codes take candidates in order, with the count 1 and the
    candidate as sum. Try too few candidates, and none.
    """
    counts, sums, codes = (
        4 * seed.fork("c").uniform(8),
        seed.fork("s").normal(8, 3),
        seed.fork("codes").normal(8, 3),
    )
    counts[2], counts[5] = 0.25, 2.0
    for least, m in ((2.0, 8), (2.0, 1), (3.0, 0), (0.1, 3)):
        candidates = seed.fork(f"{m}").normal(m, 3)
        came = submission.quantize.revive_dead_codes(counts, sums, codes, candidates, least)
        expected = [counts.clone(), sums.clone(), codes.clone()]
        left = list(candidates)
        for i in range(8):
            if counts[i] < least and left:
                one = left.pop(0)
                expected[0][i], expected[1][i], expected[2][i] = 1.0, one, one
        near(came, tuple(expected), f"the codebook for {m} candidates")
    came = submission.quantize.revive_dead_codes(exactly(1, 0.999), sums[:2], codes[:2], codes[4:6])
    near(came[2], torch.stack([codes[0], codes[4]]), "the codebook by default")
