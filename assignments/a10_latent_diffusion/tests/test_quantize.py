"""Public checks of vector quantisation: the search, the straight-through gradient, and averaged codebooks."""

import torch

from autograder.checks import close, exactly, expect, expect_dtype, task

from .. import plays
from .near import IN_PLACE, LONG, SINGLE, near

CODES = exactly(0, 0, 4, 0, 0, 3).reshape(3, 2)


# -------------------- 2.1 nearest_code
@task("nearest_code")
def test_nearest_of_three_codes(submission):
    """Among (0, 0), (4, 0) and (0, 3), (1, 1) finds the first, (3, 1) the second, (-1, 2) the third"""
    z = exactly(1, 1, 3, 1, -1, 2).reshape(3, 2)
    came = submission.quantize.nearest_code(z, CODES)
    hint = "|z - e|^2 = |z|^2 - 2 z.e + |e|^2, and |z|^2 is the same for all codes."
    close(came, torch.tensor([0, 1, 2]), what="the codes", hint=hint)


@task("nearest_code")
def test_length_of_codes_counts(submission):
    """A long code with the largest product with z is not the nearest"""
    codes = exactly(1, 0, 100, 0).reshape(2, 2)
    came = submission.quantize.nearest_code(exactly(2, 0).reshape(1, 2), codes)
    close(came, torch.tensor([0]), what="the code", hint="The term |e|^2 belongs to it.")
    came = submission.quantize.nearest_code(exactly(90, 0).reshape(1, 2), codes)
    close(came, torch.tensor([1]), what="the code of a long vector")


@task("nearest_code")
def test_codes_find_themselves(submission, seed):
    """Each code is its own nearest, also in reverse order"""
    codes = seed.normal(7, 4)
    came = submission.quantize.nearest_code(codes.flip(0), codes)
    close(
        came, torch.arange(7).flip(0), what="the codes", hint="One number for each row of z: over which axis?"
    )


@task("nearest_code", weight=2)
def test_no_code_is_nearer(submission, seed):
    """Among 20 codes of different length, none is nearer to any of 50 vectors than the one that was found"""
    codes = 3 * seed.fork("lengths").uniform(20, 1) * seed.fork("codes").normal(20, 3)
    z = seed.fork("z").normal(50, 3)
    every = torch.stack([(z - code).square().sum(1) for code in codes], 1)  # (n, k)
    came = submission.quantize.nearest_code(z, codes)
    hint = "Euclidean distance: not the product, not the angle, not the sum of absolute differences."
    found = every.gather(1, came.reshape(50, 1))[:, 0]
    near(found, every.min(1).values, "the squared distance", hint, within=LONG)


@task("nearest_code")
def test_search_takes_one_vector_and_one_code(submission):
    """One vector gives one number, and with one code it is 0; numbers are integers"""
    one = submission.quantize.nearest_code(exactly(0, 2.5).reshape(1, 2), CODES)
    close(one, torch.tensor([2]), what="the code")
    only = submission.quantize.nearest_code(exactly(1, 2, 3, 4).reshape(2, 2), CODES[:1])
    close(only, torch.tensor([0, 0]), what="the codes")
    expect_dtype(only, torch.int64)


# -------------------- 2.2 vector_quantizer
Z = exactly(1, 3, 1, 1).reshape(1, 2, 1, 2)  # one image with two positions, (1, 1) and (3, 1)


@task("vector_quantizer")
def test_codes_take_the_places_of_vectors(submission):
    """The vectors (1, 1) and (3, 1) of a 1 x 2 map become (0, 0) and (4, 0), with the numbers 0 and 1"""
    came = submission.play(plays.vector_quantizer, Z, CODES, 0.25)
    hint = "A vector is what all channels say at one position: the channels must become the last axis first."
    close(came["indices"], torch.tensor([[[0, 1]]]), what="the numbers", hint=hint)
    near(came["codes"], exactly(0, 4, 0, 0).reshape(1, 2, 1, 2), "the codes", hint)


@task("vector_quantizer")
def test_axes_of_a_map(submission, seed):
    """In a map of 2 images of 3 x 4 positions every position has its own nearest code"""
    codes, choice = seed.fork("codes").normal(6, 5), (6 * seed.fork("choice").uniform(2, 3, 4)).long()
    z = torch.stack(
        [torch.stack([codes[choice[b, i, j]] for i in range(3) for j in range(4)], 1) for b in range(2)]
    )
    came = submission.play(plays.vector_quantizer, z.reshape(2, 5, 3, 4), codes, 0.25)
    close(
        came["indices"],
        choice,
        what="the numbers",
        hint="reshape does not move axes; movedim and permute do.",
    )
    near(came["codes"], z.reshape(2, 5, 3, 4), "the codes")


@task("vector_quantizer", weight=2)
def test_gradient_goes_straight_through(submission, seed):
    """The gradient with respect to the codes reaches z unchanged, and none reaches the codebook that way"""
    weights = seed.normal(1, 2, 1, 2)
    came = submission.play(plays.vector_quantizer, Z, CODES, 0.25, weights)
    by_z, by_codebook = came["of codes"]
    hint = "Return z plus something whose gradient is cut off, and which turns the value into the code's."
    near(by_z, weights, "the gradient with respect to z", hint)
    close(by_codebook, torch.zeros(3, 2), what="the gradient with respect to the codebook", hint=hint)


@task("vector_quantizer", weight=2)
def test_loss_pulls_both_ways(submission):
    """With beta = 0.25 the mean squared distance of 1 counts 1.25: 1 pulls the codes, 0.25 the vectors"""
    came = submission.play(plays.vector_quantizer, Z, CODES, 0.25)  # squares 1, 1 and 1, 1: mean 1
    near(came["loss"], 1.25, "the loss", "Means over all values, and both terms.")
    by_z, by_codebook = came["of loss"]
    hint = "beta belongs to the commitment, which moves z; the other term moves the codes."
    expected = 0.25 * 2 / 4 * exactly(1, -1, 1, 1).reshape(1, 2, 1, 2)
    near(by_z, expected, "the gradient with respect to z", hint)
    expected = 2 / 4 * exactly(-1, -1, 1, -1, 0, 0).reshape(3, 2)
    what = "the gradient with respect to the codebook"
    near(by_codebook, expected, what, hint)


@task("vector_quantizer")
def test_perplexity_counts_codes(submission):
    """Four codes used equally often have perplexity 4, one code 1; one used 3 times, one once 1.755"""
    hint = "p is a code's share of all indices, of any shape. exp of -sum p log p, where 0 log 0 is 0."
    for numbers, expected in (([[0, 5], [2, 9]], 4.0), ([[7, 7]], 1.0), ([1, 1, 1, 0], 4 / 3**0.75)):
        came = submission.quantize.perplexity(torch.tensor(numbers))
        near(came, expected, "the perplexity", hint, within=SINGLE)


# -------------------- 2.3 ema_codebook
@task("ema_codebook", weight=2)
def test_averages_of_a_worked_example(submission):
    """With decay 0.75, counts 4 and 8 that meet 4 and 0 vectors become 4 and 6, and the sums follow"""
    z = exactly(1, 2, 3, 6).reshape(4, 1)
    counts, sums, codes = submission.quantize.ema_codebook(
        exactly(4, 8), exactly(20, 40).reshape(2, 1), z, torch.zeros(4, dtype=torch.long), 0.75, 0.0
    )
    hint = "decay is the share of the old average that stays, of every code, also of one that nobody chose."
    near(counts, exactly(4, 6), "the counts", hint)
    near(sums, exactly(18, 30).reshape(2, 1), "the sums", hint)
    hint = "A code is the mean of the vectors that choose it: sum over count."
    near(codes, exactly(4.5, 5).reshape(2, 1), "the codebook", hint)


@task("ema_codebook")
def test_smoothing_keeps_the_total(submission):
    """Counts 3 and 0 with eps = 1 are divided by as 2.4 and 0.6: a code without vectors stays finite"""
    counts, sums = exactly(3, 0), exactly(12, 0.6).reshape(2, 1)
    z = torch.zeros(1, 1).double()
    came = submission.quantize.ema_codebook(counts, sums, z, torch.tensor([0]), 1.0, 1.0)
    hint = (
        "(N_i + eps) / (total + k eps) * total, with total the sum of the new counts N_i; "
        "counts come back unsmoothed."
    )
    near(came[2], exactly(5, 1).reshape(2, 1), "the codebook", hint)
    near(came[0], counts, "the counts", hint)


@task("ema_codebook")
def test_averages_begin_at_zero(submission):
    """From counts and sums of 0, the code of four vectors is 4.5 at eps = 1, and one without vectors 0"""
    z, indices = exactly(1, 2, 3, 6).reshape(4, 1), torch.zeros(4, dtype=torch.long)
    came = submission.quantize.ema_codebook(exactly(0, 0), exactly(0, 0).reshape(2, 1), z, indices, 0.75, 1.0)
    hint = "Smooth the new counts, 1 and 0: their total is 1, so 3 and 0 are divided by 2/3 and 1/3."
    near(came[2], exactly(4.5, 0).reshape(2, 1), "the codebook", hint)
    near(came[0], exactly(1, 0), "the counts", hint)


@task("ema_codebook")
def test_averages_record_no_gradient(submission, seed):
    """Vectors with a gradient, as an encoder gives them, make averages and codes without one"""
    given = [exactly(0, 3), seed.fork("s").normal(2, 2), seed.fork("z").normal(3, 2), torch.tensor([1, 1, 0])]
    came = submission.play(plays.recorded_by_averages, *given, seed.fork("codes").normal(2, 2))
    hint = "z.detach() and candidates.detach(), or torch.no_grad(): averages would keep every batch's graph."
    for name, first in (("ema_codebook", 0), ("revive_dead_codes", 3)):
        tracked = any(came["tracked"][first : first + 3])
        expect(not tracked, f"a gradient is recorded in what {name} returns", hint)


@task("ema_codebook")
def test_each_code_gets_its_own_vectors(submission, seed):
    """With decay 0 and eps 0 each code becomes the mean of its vectors"""
    z, indices = seed.normal(5, 3), torch.tensor([2, 0, 1, 0, 2])
    counts, sums = torch.ones(3).double(), torch.ones(3, 3).double()
    came = submission.quantize.ema_codebook(counts, sums, z, indices, 0.0, 0.0)
    expected = torch.stack([(z[1] + z[3]) / 2, z[2], (z[0] + z[4]) / 2])
    near(came[2], expected, "the codebook", "A one-hot matrix, or index_add, sorts them.")


@task("ema_codebook", weight=2)
def test_dead_codes_are_replaced_in_order(submission):
    """Of the counts 5, 0.5, 1, 0 the second and fourth are dead: candidates 1 and 2 replace them"""
    counts, sums, codes = exactly(5, 0.5, 1, 0), torch.zeros(4, 2).double(), torch.ones(4, 2).double()
    candidates = exactly(2, 3, 4, 5, 6, 7).reshape(3, 2)
    new = submission.quantize.revive_dead_codes(counts, sums, codes, candidates)
    hint = "A count of exactly `least` lives."
    close(new[2], exactly(1, 1, 2, 3, 1, 1, 4, 5).reshape(4, 2), what="the codebook", hint=hint)
    hint = "With its old average a revived code would be dead again after the next update."
    close(new[0], exactly(5, 1, 1, 1), what="the counts", hint=hint)
    close(new[1], exactly(0, 0, 2, 3, 0, 0, 4, 5).reshape(4, 2), what="the sums", hint=hint)


@task("ema_codebook")
def test_too_few_candidates(submission):
    """With three dead codes and one candidate, the first dead code is revived and the others stay"""
    counts, codes = exactly(0, 9, 0, 0), exactly(1, 2, 3, 4).reshape(4, 1)
    new = submission.quantize.revive_dead_codes(counts, codes, codes, exactly(7).reshape(1, 1))
    close(new[2], exactly(7, 2, 3, 4).reshape(4, 1), what="the codebook")
    close(new[0], exactly(1, 9, 0, 0), what="the counts")


@task("ema_codebook")
def test_codebook_functions_leave_their_input_alone(submission, seed):
    """Counts, sums, vectors and codes are not changed"""
    given = [exactly(0, 3), seed.fork("s").normal(2, 2), seed.fork("z").normal(3, 2), torch.tensor([1, 1, 0])]
    given.append(seed.fork("codes").normal(2, 2))
    close(submission.play(plays.after_ema, *given), given, rtol=0, what="the arguments", hint=IN_PLACE)
