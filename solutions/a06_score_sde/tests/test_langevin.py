"""Public checks of Langevin dynamics: worked steps, and chains whose every coefficient is known."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .near import CHAIN, EXACT, RECORDED, expect_dtype, expect_unchanged

TEN = exactly(*(10 ** (-2 * i / 9) for i in range(10)))  # from 1 down to 0.01


# -------------------- 2.1 langevin_step
@task("langevin_step")
def test_worked_step(submission):
    """At x = 1 with score -2, step 0.01 and noise 3: 1 - 0.01 + 0.3 = 1.29"""
    given = (exactly(1)[:, None], exactly(-2)[:, None], 0.01, exactly(3)[:, None])
    x = submission.langevin.langevin_step(*given)
    hint = (
        "Half of the step for the score, its root for the noise. x + step s + sqrt(2 step) z is another step."
    )
    close(x, exactly(1.29)[:, None], rtol=EXACT, what="x after the step", hint=hint)


@task("langevin_step")
def test_long_chains_settle_near_the_data(submission):
    """On N(0, 0.5^2) the variance settles at c^2 / (1 - step / (4 c^2)): 0.277778 for 0.1 and 0.5 for 0.5"""
    for step, expected in ((0.1, 0.25 / 0.9), (0.5, 0.5)):
        one, zero = exactly(1)[:, None], exactly(0)[:, None]
        slope = submission.langevin.langevin_step(one, -4 * one, step, zero).item()
        noise = submission.langevin.langevin_step(zero, zero, step, one).item()
        variance = 0.0
        for _ in range(20_000):
            variance = slope**2 * variance + noise**2
        hint = "Steps of finite length leave a bias, and it is a known one."
        close(variance, expected, rtol=1e-8, what=f"the variance after 20,000 steps of {step}", hint=hint)


@task("langevin_step")
def test_step_keeps_shape_and_dtype(submission, seed):
    """Images in float32 stay so, and no argument is changed"""
    x, score, noise = (seed.fork(name).normal(2, 1, 3, 4) for name in ("x", "score", "noise"))
    expected = x + 0.04 * score + math.sqrt(0.08) * noise
    close(submission.langevin.langevin_step(x, score, 0.08, noise), expected, rtol=EXACT, atol=EXACT)
    single = submission.langevin.langevin_step(x.float(), score.float(), 0.08, noise.float())
    expect_dtype(single, torch.float32)
    after = submission.play(plays.after_langevin_step, x, score, 0.08, noise)
    expect_unchanged(after, [x, score, noise])


@task("langevin_step")
def test_ten_levels_of_noise(submission):
    """The usual levels fall from 1 to 0.01 by an equal factor, 1.6681005"""
    levels = submission.langevin.ncsn_sigmas()
    hint = "Ten levels have nine gaps; the factor of one gap is 0.01 to the power 1/9."
    close(levels, TEN, rtol=EXACT, what="the levels", hint=hint)
    expect_dtype(levels, torch.float64, "the tensor of levels")


@task("langevin_step")
def test_other_levels_of_noise(submission):
    """Levels from 8 to 0.5 are 8, 4, 2, 1, 0.5 if there are five of them; a single one is the largest"""
    levels = submission.langevin.ncsn_sigmas(8.0, 0.5, 5)
    close(levels, exactly(8, 4, 2, 1, 0.5), rtol=EXACT, what="five levels")
    close(submission.langevin.ncsn_sigmas(8.0, 0.5, 2), exactly(8, 0.5), rtol=EXACT, what="two levels")
    close(submission.langevin.ncsn_sigmas(levels=1), exactly(1), rtol=EXACT, what="the only level")
    close(submission.langevin.ncsn_sigmas(3.0, levels=1), exactly(3), rtol=EXACT, what="the only level")


# -------------------- 2.2 annealed_langevin
def coefficients(std: float, sigmas: Tensor, K: int, eps: float = 2e-5) -> Tensor:
    """Return slope and noise coefficients of the chain on N(0, std^2), in the order of use."""
    slope, of_noise = 1.0, []
    for sigma in sigmas.tolist():
        step = eps * (sigma / sigmas[-1].item()) ** 2
        factor = 1 - step / (2 * (std**2 + sigma**2))
        for _ in range(K):
            slope, of_noise = factor * slope, [factor * c for c in of_noise] + [math.sqrt(step)]
    return exactly(slope, *of_noise)


def probing(L: int, K: int) -> tuple[Tensor, Tensor]:
    """Return x and noises of a batch in which each sample has one of them: x itself, or one noise."""
    x, noises = torch.zeros(L * K + 1, 1).double(), torch.zeros(L, K, L * K + 1, 1).double()
    x[0] = 1
    for i in range(L * K):
        noises[i // K, i % K, i + 1] = 1
    return x, noises


@task("annealed_langevin", weight=2)
def test_every_coefficient_of_the_chain(submission):
    """On N(0, 0.5^2), two steps a level: slope 0.6642592, noises from 0.3228975 to 0.0044721"""
    x, noises = probing(10, 2)
    result = submission.play(plays.annealed_langevin, 0.0, 0.5, x, TEN, noises)["result"]
    expected = coefficients(0.5, TEN, 2)
    hint = "step_i = eps (sigma_i / sigma_L)^2, with the last level below: the first steps are longest."
    close(result[0, 0], expected[0], rtol=CHAIN, what="the slope of x", hint=hint)
    hint = "noises[i, j] is the noise of step j at level i, each used once, the last one too."
    close(result[1:, 0], expected[1:], rtol=CHAIN, what="the coefficients of the noises", hint=hint)


@task("annealed_langevin")
def test_score_is_told_the_level(submission, seed):
    """The score is asked K times at each level, from the largest to the smallest, at the x of that moment"""
    sigmas, x = exactly(2, 1, 0.5), seed.fork("x").normal(2, 3)
    noises = seed.fork("noises").normal(3, 2, 2, 3)
    came = submission.play(plays.annealed_langevin, 0.3, 0.5, x, sigmas, noises, 0.01)
    levels = [call["level"].item() for call in came["asked"]]
    hint = "All steps of one level before the next; sigma as a tensor without axes."
    expected = [2, 2, 1, 1, 0.5, 0.5]
    expect(levels == expected, f"the score was asked at sigma {levels}; expected {expected}", hint)
    expect(came["asked"][0]["level"].ndim == 0, "sigma has axes; expected one number for the batch", hint)
    close(came["asked"][0]["x"], x, rtol=0, what="what the score is asked first")
    for i, sigma in enumerate(expected):
        step = 0.01 * (sigma / 0.5) ** 2
        x = x - step / 2 * (x - 0.3) / (0.25 + sigma**2) + math.sqrt(step) * noises[i // 2, i % 2]
        later = came["asked"][i + 1]["x"] if i < 5 else came["result"]
        close(
            later, x, rtol=CHAIN, atol=CHAIN, what=f"x after step {i + 1}", hint="A new score for each step."
        )


@task("annealed_langevin")
def test_usual_step_and_others(submission):
    """eps is the step at the last level: 2e-5 unless another is asked for"""
    x, noises = exactly(0)[:, None], exactly(1)[None, None, :, None]
    for eps, expected in ((None, math.sqrt(2e-5)), (0.04, 0.2)):
        result = submission.play(plays.annealed_langevin, 0.0, 1.0, x, exactly(0.1), noises, eps)["result"]
        close(result, exactly(expected)[:, None], rtol=EXACT, what=f"x after one step, eps = {eps or 2e-5},")


@task("annealed_langevin")
def test_no_steps_change_nothing(submission):
    """With no level, or no step at a level, x comes back as it was"""
    x = exactly(1, 2)[:, None]
    for L, K in ((0, 3), (2, 0)):
        sigmas, noises = exactly(1, 0.1)[:L], torch.zeros(L, K, 2, 1).double()
        result = submission.play(plays.annealed_langevin, 0.0, 1.0, x, sigmas, noises)["result"]
        close(result, x, rtol=0, what=f"x after {L} levels of {K} steps")


@task("annealed_langevin")
def test_chain_leaves_no_trace(submission, seed):
    """No gradient is recorded, nothing is changed, float32 stays so, and rows must be as many as levels"""
    x, sigmas, noises = seed.fork("x").normal(2, 3), exactly(1, 0.1), seed.fork("noises").normal(2, 2, 2, 3)
    came = submission.play(plays.annealed_langevin, 0.0, 1.0, x, sigmas, noises)
    expect(not came["tracked"], RECORDED)
    expect_unchanged(came["arguments"], [x, sigmas, noises])
    single = submission.play(plays.annealed_langevin, 0.0, 1.0, x.float(), sigmas, noises.float())
    expect_dtype(single["result"], torch.float32)
    with raises(ValueError, hint="zip stops at the shorter one without a word, unless it is strict."):
        submission.play(plays.annealed_langevin, 0.0, 1.0, x, exactly(1, 0.5, 0.1), noises)
