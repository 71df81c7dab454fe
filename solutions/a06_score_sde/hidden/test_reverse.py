"""Hidden checks of the way back: fresh SDEs, and chains probed noise by noise."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task

from .. import plays
from .fresh import CHAIN, SINGLE, at, expect_in_step, expect_unchanged, exploding, fresh_batch, preserving


def fresh_sde(seed: Seed) -> list[Tensor]:
    """Return an SDE of one kind or the other."""
    a, b = seed.fork("constants").uniform(2).tolist()
    return preserving(0.1 + a, 3 + 9 * b) if seed.integer(0, 1) else exploding(0.02 + 0.1 * a, 3 + 20 * b)


def moved(
    sde: list[Tensor], x: Tensor, score: Tensor, t: float, dt: float, noise: Tensor, eta: float
) -> Tensor:
    """Return x after a step, as the flow plus eta^2 times the rest of the score, plus noise."""
    f, g2 = at(sde[0], t), at(sde[1], t)
    flow = x - dt * (f * x - g2 * score / 2)
    return flow + eta**2 * g2 * dt / 2 * score + eta * math.sqrt(g2 * dt) * noise


# -------------------- 4.1 reverse_step
@task("reverse_step", gate=True)
def test_step_back_is_an_answer_at_all(submission, seed):
    """x, score and noise all move the result, on fresh input"""
    x, score = fresh_batch(seed, 40, 3)
    x, noise, sde = x / 2, seed.fork("noise").normal(40, 3), preserving(1, 3)
    stepped = submission.play(plays.reverse_step, sde, x, score, exactly(0.5)[0], 0.5, noise)["x"]
    expect_in_step(stepped, moved(sde, x, score, 0.5, 0.5, noise, 1.0))


@task("reverse_step")
@settings(max_examples=20)
@given(
    b=st.integers(1, 4),
    dims=st.lists(st.integers(1, 4), max_size=3),
    eta=st.floats(0, 2),
    n=st.integers(0, 10**6),
)
def test_steps_back_are_exact(submission, b, dims, eta, n):
    """Steps are exact for fresh SDEs, any eta and samples of any shape

    drift - (1 + eta^2) / 2 g^2 score, backwards in time, and eta g sqrt(dt) noise: drift and g at which time?
    """
    seed = Seed(n)
    x, score = fresh_batch(seed, b, *dims)
    noise, sde = seed.fork("noise").normal(b, *dims), fresh_sde(seed)
    t, share = seed.fork("t").uniform(2).tolist()
    dt = t * share
    stepped = submission.play(plays.reverse_step, sde, x, score, exactly(t)[0], dt, noise, eta)["x"]
    expected = moved(sde, x, score, t, dt, noise, eta)
    close(stepped, expected, rtol=1e-8, atol=1e-8, what=f"x for eta = {eta:.3g}")


@task("reverse_step")
def test_all_eta_have_the_same_marginals(submission):
    """150 steps of VP end at the data's mean and deviation for eta 0.5 and 1.5, within 0.008

    Every eta ends at the same law: noise and the score's share must fit each other.
    """
    sde, times = preserving(0.1, 20), torch.linspace(1, 1e-3, 151, dtype=torch.float64)
    x, noise = exactly(0, 1, 0)[:, None], exactly(0, 0, 1)[:, None]
    scores = []
    for t in times[:-1].tolist():
        alpha = at(sde[2], t)
        scores.append(-(x - 0.3 * alpha) / (0.25 * alpha**2 + at(sde[3], t)))
    for eta in (0.5, 1.5):
        steps = submission.play(plays.reverse_steps, sde, x, torch.stack(scores), times, noise, eta)
        slope, shift, of_noise = 1.0, 0.0, 0.0
        for zero, one, noisy in steps[:, :, 0].tolist():
            slope, shift = (one - zero) * slope, (one - zero) * shift + zero
            of_noise = (one - zero) ** 2 * of_noise + (noisy - zero) ** 2
        close(shift, 0.3, rtol=0, atol=0.008, what=f"the mean for eta = {eta}")
        close(math.sqrt(slope**2 + of_noise), 0.5, rtol=0, atol=0.008, what=f"the deviation for eta = {eta}")


@task("reverse_step")
def test_step_back_in_float32(submission, seed):
    """Float32 stays float32, dt = 0 changes nothing, dt < 0 raises ValueError, and nothing is changed

    Float32 stays, dt = 0 changes nothing, dt < 0 raises ValueError, and nothing is changed.
    """
    x, score = fresh_batch(seed, 2, 1, 3, 4)
    noise, sde, t = seed.fork("noise").normal(2, 1, 3, 4), exploding(0.1, 5), exactly(0.6)[0]
    came = submission.play(plays.reverse_step, sde, x, score, t, 0.1, noise)
    expect_unchanged(came["arguments"], [x, score, t, noise])
    single = submission.play(plays.reverse_step, sde, x.float(), score.float(), t, 0.1, noise.float())["x"]
    expect(single.dtype == torch.float32, f"float32 samples came back as {single.dtype}")
    close(single, came["x"], rtol=SINGLE, atol=SINGLE, what="x in float32")
    close(
        submission.play(plays.reverse_step, sde, x, score, t, 0.0, noise, 1.0)["x"],
        x,
        rtol=0,
        what="x after dt = 0",
    )
    for eta in (0.0, 1.0):
        with raises(ValueError):
            submission.play(plays.reverse_step, sde, x, score, t, -1e-9, noise, eta)


# -------------------- 4.2 pc_sample
def chain(sde: list[Tensor], x: Tensor, times: Tensor, noises: Tensor, more: Tensor, snr: float) -> Tensor:
    """Return what predictor and corrector make of x for data N(0.3, 0.5^2)."""

    def score(x: Tensor, t: float) -> Tensor:
        alpha = at(sde[2], t)
        return (0.3 * alpha - x) / (0.25 * alpha**2 + at(sde[3], t))

    N = len(noises)
    for i in range(N):
        t, u = times[i].item(), times[i + 1].item()
        x = moved(sde, x, score(x, t), t, t - u, noises[i] * (i < N - 1), 1.0)
        for z in more[i] if i < N - 1 else ():
            g = score(x, u)
            lengths = [(v.flatten(1) ** 2).sum(1).sqrt().mean() for v in (z, g)]
            root = snr * lengths[0] / lengths[1]  # the root of e / 2
            x = x + 2 * root * (root * g + z)
    return x


def law(d: int) -> list[Tensor]:
    """Return mean and covariance of d independent coordinates."""
    return [torch.full((d,), 0.3, dtype=torch.float64), 0.25 * torch.eye(d, dtype=torch.float64)]


@task("pc_sample", gate=True)
def test_sampler_is_an_answer_at_all(submission, seed):
    """The result goes with the chain's, on fresh noise"""
    sde, times = preserving(1, 3), exactly(1, 0.7, 0.4)
    x, noises, more = (
        seed.fork("x").normal(60, 2),
        seed.fork("z").normal(2, 60, 2),
        seed.fork("c").normal(2, 1, 60, 2),
    )
    result = submission.play(plays.pc_sample, sde, law(2), x, times, noises, more)["result"]
    expect_in_step(result, chain(sde, x, times, noises, more, 0.16))


@task("pc_sample", weight=2)
@settings(max_examples=12)
@given(
    N=st.integers(1, 4), K=st.integers(0, 2), b=st.integers(1, 3),
    dims=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    snr=st.floats(0.02, 0.5), n=st.integers(0, 10**6),
)  # fmt: skip
def test_chains_are_exact(submission, N, K, b, dims, snr, n):
    """Chains are exact for fresh SDEs and times, any number of steps and corrections, samples of any shape

    A predictor step, then corrections at the new time, the score asked anew for each; norms are averaged over
    the batch before they are divided. The last step has neither noise nor correction.
    """
    seed, sde = Seed(n), fresh_sde(Seed(n))
    times = (0.05 + 0.95 * seed.fork("times").uniform(N + 1)).sort(descending=True).values
    x = sde[4] * seed.fork("x").normal(b, *dims)
    noises, more = seed.fork("z").normal(N, b, *dims), seed.fork("c").normal(N, K, b, *dims)
    given_ = (law(math.prod(dims)), x, times, noises, more, snr)
    came = submission.play(plays.pc_sample, sde, *given_)
    expected = chain(sde, x, times, noises, more, snr)
    close(came["result"], expected, rtol=CHAIN, atol=CHAIN, what=f"the result for N = {N}, K = {K}")
    calls = len(came["asked"])
    expect(calls == N + (N - 1) * K, f"the score was asked {calls} times; expected {N + (N - 1) * K}")


@task("pc_sample")
def test_hundred_steps_end_at_the_data(submission):
    """100 steps of VE without correction bring noise to the deviation 0.500678 of the exact chain

    Run VE on an exact Gaussian: the deviation at the end tells g^2 and the number of steps.
    """
    N, sde = 100, exploding(0.01, 50)
    x, noises = torch.zeros(N + 2, 1).double(), torch.zeros(N, N + 2, 1).double()
    x[1] = 50
    for i in range(N):
        noises[i, i + 2] = 1
    times = torch.linspace(1, 1e-3, N + 1, dtype=torch.float64)
    none = torch.zeros(N, 0, N + 2, 1).double()
    result = submission.play(plays.pc_sample, sde, law(1), x, times, noises, none)["result"].flatten()
    close(result[-1] - result[0], exactly(0)[0], atol=1e-12, what="the coefficient of the last noise")
    deviation = (result[1:] - result[0]).square().sum().sqrt()
    close(deviation, exactly(0.500678)[0], rtol=0, atol=2e-6, what="the deviation of the samples")


@task("pc_sample")
def test_sampler_keeps_what_it_was_given(submission, seed):
    """Float32 stays float32, no gradient is recorded, the score is told its times, and nothing is changed

    The score is told one time for each sample; no gradient is recorded, float32 stays, nothing is changed.
    """
    sde, times = exploding(0.1, 5), exactly(0.9, 0.5, 0.2)
    x, noises, more = (
        seed.fork("x").normal(2, 1, 2, 2),
        seed.fork("z").normal(2, 2, 1, 2, 2),
        seed.fork("c").normal(2, 1, 2, 1, 2, 2),
    )
    came = submission.play(plays.pc_sample, sde, law(4), x, times, noises, more)
    expect(not came["tracked"], "gradients were recorded on the way")
    expect_unchanged(came["arguments"], [x, times, noises, more])
    told = [call["level"].item() for call in came["asked"]]
    expect(told == [0.9, 0.5, 0.5], f"the score was asked at {told}; expected 0.9, 0.5, 0.5")
    given_ = (law(4), x.float(), times, noises.float(), more.float())
    single = submission.play(plays.pc_sample, sde, *given_)["result"]
    expect(single.dtype == torch.float32, f"float32 samples came back as {single.dtype}")
    close(single, came["result"], rtol=1e-3, atol=1e-3, what="the result in float32")
