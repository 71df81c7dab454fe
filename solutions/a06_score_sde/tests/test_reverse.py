"""Public checks of the way back: worked steps, and chains whose every coefficient is known."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .known import SUB_VP, VE, VP, at, law, score
from .near import CHAIN, EXACT, RECORDED, SINGLE, expect_dtype, expect_unchanged

SCORE = -(1 - 0.3 * 0.2811828808) / (0.25 * 0.2811828808**2 + 0.9209361875)  # of VP at t = 0.5, x = 1
ONE = exactly(1)[:, None]


# -------------------- 4.1 reverse_step
@task("reverse_step")
def test_worked_steps_back(submission):
    """VP, t = 0.5, x = 1, score -0.9733635, dt = 0.1, noise 1: 1.5267666, with eta = 0 it is 1.0133848"""
    hint = "x - [f x - (1 + eta^2) / 2 g^2 score] dt + eta g sqrt(dt) noise: f = -5.025, g^2 = 10.05 at t."
    for eta, noise, expected in ((None, 1, 1.5267666), (1.0, 0, 0.5242697), (0.0, 1, 1.0133848)):
        given = (ONE, exactly(SCORE)[:, None], exactly(0.5)[0], 0.1, exactly(noise)[:, None], eta)
        x = submission.play(plays.reverse_step, VP, *given)["x"]
        what = f"x for eta = {1.0 if eta is None else eta} and noise {noise}"
        close(x, exactly(expected)[:, None], rtol=1e-7, what=what, hint=hint)


@task("reverse_step")
def test_noise_has_the_right_size(submission):
    """The coefficient of the noise is eta g sqrt(dt), in all three SDEs"""
    for name, sde in (("VP", VP), ("SubVP", SUB_VP), ("VE", VE)):
        g = math.sqrt(at(sde[1], 0.7))
        for eta in (0.5, 1.0, 1.5):
            given = (ONE, ONE, exactly(0.7)[0], 0.04)
            loud, quiet = (
                submission.play(plays.reverse_step, sde, *given, noise, eta)["x"] for noise in (ONE, 0 * ONE)
            )
            hint = "g is a deviation per root of time: over dt it makes g sqrt(dt)."
            what = f"the coefficient of the noise in {name} for eta = {eta}"
            close(loud - quiet, exactly(eta * g * 0.2)[:, None], rtol=1e-8, what=what, hint=hint)


@task("reverse_step")
def test_part_of_the_score_grows_with_eta(submission):
    """The score counts (1 + eta^2) / 2 times g^2 dt: half for the flow, whole for the SDE, 1.625 for 1.5"""
    for eta, share in ((0.0, 0.5), (0.5, 0.625), (1.0, 1), (1.5, 1.625)):
        given = (exactly(0.7)[0], 0.04, 0 * ONE, eta)
        with_score, without = (
            submission.play(plays.reverse_step, VE, ONE, s, *given)["x"] for s in (ONE, 0 * ONE)
        )
        hint = "Noise that is put in must be taken out again by the score: (1 + eta^2) / 2 in all."
        expected = exactly(share * at(VE[1], 0.7) * 0.04)[:, None]
        close(with_score - without, expected, rtol=1e-8, what=f"the score's part for eta = {eta}", hint=hint)


@task("reverse_step")
def test_noise_stays_at_rest(submission, seed):
    """For N(0, 1) the flow of VP moves nothing, for N(0, 0.5) it shrinks x; dt = 0 moves nothing at all"""
    x, noise = seed.fork("x").normal(4, 3), seed.fork("noise").normal(4, 3)
    for t in (0.2, 0.5, 1.0):
        stepped = submission.play(plays.reverse_step, VP, x, -x, exactly(t)[0], 0.1, noise, 0.0)["x"]
        hint = "f x and g^2 score / 2 cancel here: in which of the two is a sign or a factor wrong?"
        close(stepped, x, rtol=EXACT, atol=EXACT, what=f"x at t = {t}", hint=hint)
    stepped = submission.play(plays.reverse_step, VP, x, -2 * x, exactly(0.5)[0], 0.1, noise, 0.0)["x"]
    close(stepped, 0.4975 * x, rtol=1e-8, what="x under the score -2 x, at t = 0.5", hint=hint)
    stepped = submission.play(plays.reverse_step, VE, x, -x, exactly(0.5)[0], 0.0, noise)["x"]
    close(stepped, x, rtol=0, what="x after a step of dt = 0")


@task("reverse_step", weight=2)
def test_hundred_steps_end_at_the_exact_deviation(submission):
    """100 steps of VP, SubVP and VE bring N(0.3, 0.5^2) back: mean and deviation of the exact chain"""
    known = {
        ("VP", 1.0): (0.301756, 0.503889), ("VP", 0.0): (0.299942, 0.497907),
        ("SubVP", 1.0): (0.302337, 0.504008), ("VE", 1.0): (0.299988, 0.500699),
    }  # fmt: skip
    times = torch.linspace(1, 1e-3, 101, dtype=torch.float64)
    tables = {"VP": VP, "SubVP": SUB_VP, "VE": VE}
    for (name, eta), (mean, deviation) in known.items():
        sde, slope, shift, of_noise = tables[name], tables[name][4].item(), 0.0, 0.0
        x, noise = exactly(0, 1, 0)[:, None], exactly(0, 0, 1)[:, None]
        scores = torch.stack([score(sde, 0.3, 0.5, x, t) for t in times[:-1].tolist()])
        steps = submission.play(plays.reverse_steps, sde, x, scores, times, noise, eta)
        for zero, one, noisy in steps[:, :, 0].tolist():
            slope, shift = (one - zero) * slope, (one - zero) * shift + zero
            of_noise = (one - zero) ** 2 * of_noise + (noisy - zero) ** 2
        hint = "So few steps leave a small bias. If both are far off, look at g^2 and the sign of the score."
        what = f"of {name} with eta = {eta}"
        close(shift, mean, rtol=0, atol=2e-6, what=f"the mean {what}", hint=hint)
        close(
            math.sqrt(slope**2 + of_noise),
            deviation,
            rtol=0,
            atol=2e-6,
            what=f"the deviation {what}",
            hint=hint,
        )


@task("reverse_step")
def test_step_refuses_to_go_forward(submission, seed):
    """A negative dt raises ValueError; images keep shape and dtype; nothing is changed"""
    given = (exactly(0.5)[0], -0.1, ONE)
    with raises(ValueError, hint="dt says how far back; its root would be NaN."):
        submission.play(plays.reverse_step, VP, ONE, ONE, *given)
    x, s, noise = (seed.fork(name).normal(2, 1, 3, 4) for name in ("x", "score", "noise"))
    came = submission.play(plays.reverse_step, VP, x, s, exactly(0.5)[0], 0.1, noise)
    expected = x - (-5.025 * x - 10.05 * s) * 0.1 + math.sqrt(1.005) * noise
    close(came["x"], expected, rtol=1e-8, atol=1e-8, what="x")
    expect_unchanged(came["arguments"], [x, s, exactly(0.5)[0], noise])
    given = (x.float(), s.float(), exactly(0.5)[0], 0.1, noise.float())
    single = submission.play(plays.reverse_step, VP, *given)["x"]
    expect_dtype(single, torch.float32)
    close(single, expected, rtol=SINGLE, atol=SINGLE, what="x in float32")


# -------------------- 4.2 pc_sample
def predicted(sde: list[Tensor], x: Tensor, t: float, u: float, noise: Tensor) -> Tensor:
    """Return x after one step of the reverse SDE for data N(0.3, 0.5^2), from t to u."""
    f, g2 = at(sde[0], t), at(sde[1], t)
    return x - (f * x - g2 * score(sde, 0.3, 0.5, x, t)) * (t - u) + math.sqrt(g2 * (t - u)) * noise


def corrected(sde: list[Tensor], x: Tensor, u: float, z: Tensor, snr: float) -> Tensor:
    """Return x after one correction at time u."""
    s = score(sde, 0.3, 0.5, x, u)
    ratio = z.flatten(1).norm(dim=1).mean() / s.flatten(1).norm(dim=1).mean()
    e = 2 * (snr * ratio) ** 2
    return x + e * s + (2 * e).sqrt() * z


TIMES = exactly(1, 0.7, 0.4, 0.1)


@task("pc_sample")
def test_without_corrector_it_is_the_reverse_sde(submission, seed):
    """With K = 0 the chain is that of the predictor, whose last step adds no noise"""
    x, noises = 40 * seed.fork("x").normal(3, 2), seed.fork("noises").normal(3, 3, 2)
    none = torch.zeros(3, 0, 3, 2).double()
    result = submission.play(plays.pc_sample, VE, law(0.3, 0.5, 2), x, TIMES, noises, none)["result"]
    for t, u, z in ((1, 0.7, noises[0]), (0.7, 0.4, noises[1]), (0.4, 0.1, 0 * noises[2])):
        x = predicted(VE, x, t, u, z)
    hint = "Each step goes from times[i] to times[i + 1] with noises[i]; the last one without."
    close(result, x, rtol=CHAIN, atol=CHAIN, what="the result", hint=hint)


@task("pc_sample", weight=2)
def test_one_correction_a_step(submission, seed):
    """With K = 1 each step but the last is followed by a Langevin correction at the time reached"""
    for name, sde, snr in (("VE", VE, None), ("VP", VP, 0.3)):
        x, noises, more = (
            seed.fork("x").normal(4, 2),
            seed.fork("z").normal(3, 4, 2),
            seed.fork("c").normal(3, 1, 4, 2),
        )
        x = sde[4] * x * exactly(0.2, 1, 2, 4)[:, None]  # norms that differ from sample to sample
        given = (law(0.3, 0.5, 2), x, TIMES, noises, more)
        result = submission.play(plays.pc_sample, sde, *given, snr)["result"]
        for i, (t, u) in enumerate(((1, 0.7), (0.7, 0.4))):
            x = corrected(sde, predicted(sde, x, t, u, noises[i]), u, more[i, 0], snr or 0.16)
        x = predicted(sde, x, 0.4, 0.1, 0 * x)
        hint = "e = 2 (snr |z| / |g|)^2 with norms averaged over the batch; then x + e g + sqrt(2 e) z."
        close(
            result, x, rtol=CHAIN, atol=CHAIN, what=f"the result in {name}, snr = {snr or 0.16},", hint=hint
        )


@task("pc_sample")
def test_a_correction_whose_length_is_known(submission):
    """Where |z| = 1 and |g| = alpha the correction has e = 2 snr^2 / alpha^2, with snr 0.16 and 0.5"""
    z, c = exactly(0.6, -0.8, 0)[None], exactly(0, 0.6, 0.8)[None]
    x = exactly(0, 0, 0)[None]
    mean = [
        exactly(1, 0, 0),
        torch.eye(3).double(),
    ]  # N((1, 0, 0), I) in VP at t: the score is -(x - alpha m)
    noises, more = torch.stack([z, z]), torch.stack([c[None], c[None]])
    for snr, e in ((None, 0.0512), (0.5, 0.5)):
        given = (
            mean,
            x,
            exactly(0.5, 0.5, 0.5),
            0 * noises,
            more,
            snr,
        )  # steps of no length: the corrector alone
        result = submission.play(plays.pc_sample, VP, *given)["result"]
        alpha = at(VP[2], 0.5)
        g = exactly(alpha, 0, 0)[None]
        e = e / alpha**2
        expected = g * e + math.sqrt(2 * e) * c
        hint = "|z| = 1 and |g| = alpha = 0.2811829 here, so e is 2 snr^2 / alpha^2."
        close(
            result,
            expected,
            rtol=1e-8,
            atol=1e-12,
            what=f"x after one correction, snr = {snr or 0.16},",
            hint=hint,
        )


@task("pc_sample")
def test_score_is_asked_in_order(submission, seed):
    """The score is asked N + (N - 1) K times: at times[i], then K times at times[i + 1], at the x of then"""
    x, noises, more = (
        seed.fork("x").normal(2, 3),
        seed.fork("z").normal(3, 2, 3),
        seed.fork("c").normal(3, 2, 2, 3),
    )
    came = submission.play(plays.pc_sample, VP, law(0.3, 0.5, 3), x, TIMES, noises, more)
    told = [call["level"].item() for call in came["asked"]]
    expected = [1, 0.7, 0.7, 0.7, 0.4, 0.4, 0.4]
    hint = "Predictor at times[i], two corrections at times[i + 1]; after the last predictor nothing follows."
    expect(told == expected, f"the score was asked at {told}; expected {expected}", hint)
    first = predicted(VP, x, 1, 0.7, noises[0])
    second = corrected(VP, first, 0.7, more[0, 0], 0.16)
    hint = "After each correction x has moved: the score must be asked again."
    seen = [call["x"] for call in came["asked"][:3]]
    close(seen, [x, first, second], rtol=CHAIN, atol=CHAIN, what="what the score was asked", hint=hint)


@task("pc_sample")
def test_sampling_leaves_no_trace(submission, seed):
    """No gradient is recorded, nothing is changed, and float32 images stay so"""
    x, noises, more = (
        seed.fork("x").normal(2, 1, 2, 3),
        seed.fork("z").normal(3, 2, 1, 2, 3),
        seed.fork("c").normal(3, 1, 2, 1, 2, 3),
    )
    came = submission.play(plays.pc_sample, VP, law(0.3, 0.5, 6), x, TIMES, noises, more)
    expect(not came["tracked"], RECORDED)
    expect_unchanged(came["arguments"], [x, TIMES, noises, more])
    single = submission.play(
        plays.pc_sample, VP, law(0.3, 0.5, 6), x.float(), TIMES, noises.float(), more.float()
    )
    expect_dtype(single["result"], torch.float32)
    close(single["result"], came["result"], rtol=1e-4, atol=1e-4, what="the result in float32")
