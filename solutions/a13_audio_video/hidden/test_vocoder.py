"""Hidden checks of fast sampling: fresh schedules by a search, fresh chains by the clean wave."""

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect, raises, task
from autograder.nearness import LONG, near, unchanged

from .. import plays
from ..tests.test_vocoder import TRAINED, sampled
from .fresh import expect_alike


# -------------------- 2.3 fast_sampling
def schedules(seed: Seed, T: int, S: int) -> tuple[list[Tensor], Tensor]:
    """Return a short schedule with fresh levels and training's, and its steps by plain search."""
    trained = (1 - (0.002 + 0.05 * seed.fork("long").uniform(T))).cumprod(dim=0)
    share = seed.fork("short").uniform(S).sort().values
    steps = []
    roots = trained.sqrt().tolist()
    levels = (trained[0] + share * (trained[-1] - trained[0])).tolist()
    for level in levels:
        t = max(i for i in range(T - 1) if roots[i] ** 2 >= level)
        steps.append(t + (roots[t] - level**0.5) / (roots[t] - roots[t + 1]))
    betas = [1 - level / before for level, before in zip(levels, [1.0, *levels], strict=False)]
    return [exactly(*betas), trained], exactly(*steps)


@task("fast_sampling", gate=True)
def test_fast_sampling_is_an_answer_at_all(submission, seed):
    """Steps go with fresh levels, or waves with where they began"""
    both, steps = schedules(seed, 40, 7)
    x_T = 3 * seed.fork("x").normal(3, 9)
    noises = [0 * x_T for _ in range(8)]

    def chains() -> None:
        came = submission.play(plays.fast_sample, "affine", [0.1, 0.2], None, x_T, noises, both)
        expected = sampled(x_T, None, noises, both, steps, [0.1, 0.2], False)
        expect(not torch.equal(came["result"], x_T), "what came in is returned")
        expect_alike(came["result"], expected)

    def aligned() -> None:
        came = submission.vocoder.aligned_steps(*both)
        expect(not torch.equal(came, both[0]), "what came in is returned")
        expect_alike(came, steps)

    any_of(aligned, chains)


@task("fast_sampling", weight=2)
def test_fresh_steps_of_training(submission, seed):
    """Fresh levels stand between fresh steps, and those outside raise ValueError in both functions

    The fraction is that of sqrt(alpha_bar), linear between two steps of training; a level that training never
    had raises ValueError in both functions.
    """
    for T, S in ((30, 5), (2, 1), (9, 8)):
        both, steps = schedules(seed.fork(f"{T}"), T, S)
        close(submission.vocoder.aligned_steps(*both), steps, rtol=0, atol=1e-7, what="the steps")
    wave = seed.fork("x").normal(1, 2)
    for betas in (exactly(1e-7, 0.01), exactly(0.01, 0.9999)):
        with raises(ValueError):
            submission.vocoder.aligned_steps(betas, TRAINED)
        with raises(ValueError):
            submission.play(plays.fast_sample, "affine", [0.1, 0.2], None, wave, [wave] * 2, [betas, TRAINED])


@task("fast_sampling", weight=3)
def test_fresh_chains(submission, seed):
    """Fresh schedules of 1, 2 and 5 steps with and without clipping and a mel image

    Each reverse step uses its own beta and level, each where the page has it, and the network is told the
    fractional step; the last one adds no noise. Try schedules of 1, 2 and 5 steps.
    """
    for S, clip, m in ((5, None, 2), (2, True, 0), (1, False, 1), (4, True, 1)):
        both, steps = schedules(seed.fork(f"{S}"), 20, S)
        x_T, mel = seed.fork("x").normal(2, 4), seed.fork("mel").normal(2, m, 3) if m else None
        noises = [seed.fork(f"{i}").normal(2, 4) for i in range(S + 1)]
        came = submission.play(plays.fast_sample, "affine", [0.3, 0.1], mel, x_T, noises, both, clip)
        expected = sampled(x_T, mel, noises, both, steps, [0.3, 0.1], bool(clip))
        near(came["result"], expected, f"the waves of {S} steps", within=100 * LONG)
        expect(came["taken"] == S - 1, f"{came['taken']} noises are taken in {S} steps; expected {S - 1}")
        unchanged(came["argument"], x_T)
