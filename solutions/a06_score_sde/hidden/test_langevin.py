"""Hidden checks of Langevin dynamics: fresh steps, and whole chains against their exact law."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task

from .. import plays
from .fresh import CHAIN, EXACT, expect_in_step, expect_unchanged, fresh_batch


# -------------------- 2.1 langevin_step
@task("langevin_step", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """x, score and noise all move the result, on fresh input"""
    x, score = fresh_batch(seed, 40, 3)
    noise = seed.fork("noise").normal(40, 3)
    stepped = submission.langevin.langevin_step(x, score, 1.0, noise)
    expect_in_step(stepped, x + 0.7 * score + 1.2 * noise)  # halfway between two conventions


@task("langevin_step")
@settings(max_examples=15)
@given(
    b=st.integers(1, 4),
    dims=st.lists(st.integers(1, 4), max_size=3),
    step=st.floats(1e-6, 4),
    n=st.integers(0, 10**6),
)
def test_steps_are_exact(submission, b, dims, step, n):
    """Steps of any length are exact for samples of any shape

    x + step / 2 score + sqrt(step) noise: half of the step for the score, its root for the noise. Try other
    steps and shapes.
    """
    x, score = fresh_batch(Seed(n), b, *dims)
    noise = Seed(n).fork("noise").normal(b, *dims)
    stepped = submission.langevin.langevin_step(x, score, step, noise)
    close(
        (stepped - x - step * score / 2) ** 2,
        step * noise**2,
        rtol=1e-6,
        atol=1e-12,
        what="what the noise adds, squared",
    )
    quiet = submission.langevin.langevin_step(x, score, step, 0 * noise)
    close(2 * (quiet - x), step * score, rtol=1e-6, atol=1e-12, what="what the score adds, twice")
    expect(((stepped - quiet) * noise >= 0).all(), "the noise is subtracted")


@task("langevin_step")
@settings(max_examples=15)
@given(high=st.floats(0.5, 100), ratio=st.floats(0.001, 0.9), levels=st.integers(1, 30))
def test_levels_fall_by_one_factor(submission, high, ratio, levels):
    """Between any ends levels fall by one factor; a single level is the largest

    Levels fall by one factor from the largest to the smallest, both included; a single one is the largest.
    """
    sigmas = submission.langevin.ncsn_sigmas(high, high * ratio, levels)
    expect(sigmas.dtype == torch.float64, f"the levels are {sigmas.dtype}")
    expect(len(sigmas) == levels, f"{len(sigmas)} levels came; expected {levels}")
    close(sigmas[0], exactly(high)[0], rtol=EXACT, what="the first level")
    if levels > 1:
        close(sigmas[-1], exactly(high * ratio)[0], rtol=EXACT, what="the last level")
        logs = sigmas.log().diff()
        close(
            logs,
            torch.full_like(logs, math.log(ratio) / (levels - 1)),
            rtol=1e-8,
            what="the logarithm of the factor",
        )


@task("langevin_step")
def test_default_levels_one_by_one(submission):
    """Each default is used by itself: one end, the other, and the number of levels

    Leave one argument out at a time: each default is used by itself.
    """
    close(
        submission.langevin.ncsn_sigmas(sigma_max=4.0)[[0, -1]],
        exactly(4, 0.01),
        rtol=EXACT,
        what="first and last level",
    )
    close(
        submission.langevin.ncsn_sigmas(sigma_min=0.5)[[0, -1]],
        exactly(1, 0.5),
        rtol=EXACT,
        what="first and last level",
    )
    close(submission.langevin.ncsn_sigmas(levels=3), exactly(1, 0.1, 0.01), rtol=EXACT, what="three levels")


# -------------------- 2.2 annealed_langevin
def chained(x: Tensor, sigmas: Tensor, noises: Tensor, mean: float, variance: float, eps: float) -> Tensor:
    """Return the chain's end under the score of N(mean, variance), step by step."""
    for sigma, row in zip(sigmas.tolist(), noises, strict=True):
        step = eps * (sigma / sigmas[-1].item()) ** 2
        for z in row:
            x = x + step / 2 * (mean - x) / (variance + sigma**2) + math.sqrt(step) * z
    return x


@task("annealed_langevin", gate=True)
def test_chain_is_an_answer_at_all(submission, seed):
    """The result goes with the chain's, on fresh noise"""
    sigmas, x = exactly(1, 0.3), seed.fork("x").normal(60, 2)
    noises = seed.fork("noises").normal(2, 2, 60, 2)
    came = submission.play(plays.annealed_langevin, 0.0, 0.5, x, sigmas, noises, 0.1)["result"]
    expect_in_step(came, chained(x, sigmas, noises, 0.0, 0.25, 0.1))


@task("annealed_langevin", weight=2)
def test_ten_steps_a_level_are_too_few(submission):
    """On N(0, 0.5^2) ten steps at each of ten levels bring N(0, 1) to the deviation 0.686525

    Work out what the chain makes of a Gaussian: the step of a level is proportional to sigma^2, relative to
    the smallest.
    """
    sigmas = exactly(*(0.01 ** (i / 9) for i in range(10)))
    x, noises = torch.zeros(101, 1).double(), torch.zeros(10, 10, 101, 1).double()
    x[0] = 1
    for i in range(100):
        noises[i // 10, i % 10, i + 1] = 1
    result = submission.play(plays.annealed_langevin, 0.0, 0.5, x, sigmas, noises)["result"]
    close(result.square().sum().sqrt(), exactly(0.686525)[0], rtol=2e-6, what="the deviation of the samples")
    close(result[100, 0], exactly(math.sqrt(2e-5))[0], rtol=CHAIN, what="the coefficient of the last noise")


@task("annealed_langevin")
@settings(max_examples=10)
@given(
    L=st.integers(1, 4),
    K=st.integers(1, 3),
    dims=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    n=st.integers(0, 10**6),
)
def test_chains_of_any_shape(submission, L, K, dims, n):
    """Chains of any number of levels and steps are exact for samples of any shape

    eps sigma^2 / sigma_L^2 is the step of a level, with the last, smallest level below; each step has its own
    noise, also the very last.
    """
    seed = Seed(n)
    x, noises = seed.fork("x").normal(2, *dims), seed.fork("z").normal(L, K, 2, *dims)
    sigmas = (0.2 + 2 * seed.fork("sigmas").uniform(L)).sort(descending=True).values
    eps = 1e-3 + 0.05 * seed.fork("eps").uniform(1).item()
    came = submission.play(plays.annealed_langevin, 0.3, 0.8, x, sigmas, noises, eps)
    expected = chained(x, sigmas, noises, 0.3, 0.64, eps)
    close(came["result"], expected, rtol=CHAIN, atol=CHAIN, what="the result")
    levels = [call["level"].item() for call in came["asked"]]
    expect(
        levels == [sigma for sigma in sigmas.tolist() for _ in range(K)], "the score was told other levels"
    )


@task("annealed_langevin")
def test_chain_keeps_what_it_was_given(submission, seed):
    """Float32 stays, no gradient is recorded, nothing is changed; rows and levels must agree in number

    Float32 stays, no gradient, nothing changed; as many rows of noise as levels, or ValueError.
    """
    x, sigmas, noises = (
        seed.fork("x").normal(2, 1, 3, 2),
        exactly(1, 0.5),
        seed.fork("z").normal(2, 2, 2, 1, 3, 2),
    )
    came = submission.play(plays.annealed_langevin, 0.0, 1.0, x, sigmas, noises, 0.1)
    expect(not came["tracked"], "gradients were recorded on the way")
    expect_unchanged(came["arguments"], [x, sigmas, noises])
    single = submission.play(plays.annealed_langevin, 0.0, 1.0, x.float(), sigmas, noises.float(), 0.1)[
        "result"
    ]
    expect(single.dtype == torch.float32, f"float32 samples came back as {single.dtype}")
    expected = chained(x, sigmas, noises, 0.0, 1.0, 0.1)
    close(single, expected, rtol=1e-4, atol=1e-5, what="the result in float32")
    with raises(ValueError):
        submission.play(plays.annealed_langevin, 0.0, 1.0, x, sigmas[:1], noises)
