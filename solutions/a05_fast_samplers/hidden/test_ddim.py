"""Hidden checks of DDIM: fresh levels, whole chains in closed form, and inversion against the exact flow."""

import itertools
import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from ..levels import cosine_alpha_bar
from .fresh import EXACT, LONG, between, exactly, expect_alike, fresh_alpha_bar, fresh_steps

MEAN, STD = 0.3, 0.25  # of the data of the exact chains


def gaussian(alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return slope and shift, step by step, of the noise in images of N(MEAN, STD^2)."""
    slope = (1 - alpha_bar).sqrt() / (alpha_bar * STD**2 + 1 - alpha_bar)
    return slope, -MEAN * alpha_bar.sqrt() * slope


# -------------------- 2.1 ddim_step
@task("ddim_step", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """x at the next level is made of the image and the noise, on fresh input"""
    x0, eps, noise = (seed.fork(name).normal(2, 16, 16) for name in ("x0", "eps", "noise"))
    came = submission.ddim.ddim_step(x0, eps, noise, 0.2, 0.5, 0.3)
    expect_alike(came, *(x0 + sign * eps + part * noise for sign in (0.6, 1, -1) for part in (0, 0.3, 0.6)))


@task("ddim_step", weight=3)
@settings(max_examples=30)
@given(
    dims=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    low=st.floats(0.001, 0.6),
    up=st.floats(0.01, 0.39),
    eta=st.sampled_from([0.0, 0.25, 0.7, 1.0]),
    n=st.integers(0, 10**6),
)
def test_step_has_the_right_law(submission, dims, low, up, eta, n):
    """Between fresh levels mean and deviation are right, at any eta and in any shape

    sigma is eta times the posterior's deviation, and the direction to x_t has sqrt(1 - alpha_bar_s -
    sigma^2): try eta of 0, 0.5 and 1 between levels that are not neighbours.
    """
    seed, a_t, a_s = Seed(n), low, low + up
    x0, eps, noise = (seed.fork(name).normal(*dims) for name in ("x0", "eps", "noise"))
    sigma = math.sqrt(eta**2 * (1 - a_s) * (a_s - a_t) / ((1 - a_t) * a_s))
    rest = math.sqrt(1 - a_s - sigma**2)
    expected = math.sqrt(a_s) * x0 + rest * eps + sigma * noise
    close(submission.ddim.ddim_sigma(a_t, a_s, eta), sigma, rtol=LONG, atol=EXACT, what="sigma")
    came = submission.ddim.ddim_step(x0, eps, noise, a_t, a_s, eta)
    close(came, expected, rtol=LONG, atol=LONG, what="x")


@task("ddim_step")
def test_all_steps_of_a_schedule_keep_the_marginal(submission):
    """At eta = 1 all 999 variances of linear betas are those of the posterior, and none is negative

    At eta = 1 the variance is that of the DDPM posterior: (1 - a_s) / (1 - a_t) (1 - a_t / a_s). Below a root
    rounding may fall under 0.
    """
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0).tolist()
    for t in range(1, 1000, 37):
        sigma = submission.ddim.ddim_sigma(alpha_bar[t], alpha_bar[t - 1], 1.0)
        beta = 1 - alpha_bar[t] / alpha_bar[t - 1]
        expected = (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t]) * beta
        close(sigma**2, expected, rtol=1e-9, what=f"sigma^2 of step {t}")


@task("ddim_step")
def test_edges_of_the_levels(submission, seed):
    """Clean and pure-noise ends, steps upwards at eta = 0, and no step upwards with fresh noise

    Try alpha_bar of 1 and 0 as ends, and a step upwards: fine without noise, refused with.
    """
    x0, eps, noise = (seed.fork(name).normal(4) for name in ("x0", "eps", "noise"))
    a = between(seed.fork("a"), 0.1, 0.9)
    close(submission.ddim.ddim_step(x0, eps, noise, a, 1.0, 1.0), x0, rtol=EXACT, atol=EXACT, what="x at 1")
    close(submission.ddim.ddim_step(x0, eps, noise, 1.0, 0.0), eps, rtol=EXACT, atol=EXACT, what="x at 0")
    upwards = submission.ddim.ddim_step(x0, eps, noise, 1.0, a)
    close(upwards, math.sqrt(a) * x0 + math.sqrt(1 - a) * eps, rtol=LONG, what="x upwards from 1")
    for i in range(40):
        a_s = between(seed.fork(f"{i}"), 0.01, 0.99)
        fresh = submission.ddim.ddim_step(x0, eps, noise, 0.0, a_s, 1.0)
        expected = math.sqrt(a_s) * x0 + math.sqrt(1 - a_s) * noise
        close(fresh, expected, rtol=1e-6, atol=1e-6, what=f"x at {a_s:g} from pure noise")
    same = submission.ddim.ddim_sigma(a, a, 1.0)
    close(same, 0.0, atol=EXACT, what="sigma of no step at all")
    for eta in (0.1, 1.0):
        with raises(ValueError):
            submission.ddim.ddim_step(x0, eps, noise, a, a / 2, eta)


@task("ddim_step")
def test_step_leaves_its_input_alone(submission, seed):
    """float32 stays float32, float64 keeps its digits, and no argument is changed

    float32 stays float32, float64 keeps its digits, and no argument is changed.
    """
    x0, eps, noise = (seed.fork(name).normal(2, 1, 3, 3).float() for name in ("x0", "eps", "noise"))
    came = submission.ddim.ddim_step(x0, eps, noise, 0.2, 0.7, 0.5)
    expect(came.dtype == torch.float32, f"float32 images came back as {came.dtype}")
    after = submission.play(plays.after_ddim_step, x0, eps, noise)
    close(after, [x0, eps, noise], rtol=0, what="the arguments afterwards")


# -------------------- 2.2 ddim_sample
def law(alpha_bar: Tensor, steps: list[int], eta: float) -> tuple[float, float, list[float]]:
    """Return intercept, slope and coefficients of noise of the exact chain, by plain numbers."""
    a = [*(alpha_bar[t].item() for t in steps), 1.0]
    slope, shift, coefficients = 1.0, 0.0, []
    for now, then in itertools.pairwise(a):
        sigma = eta * math.sqrt((1 - then) / (1 - now) * (1 - now / then))
        spread = now * STD**2 + 1 - now
        rest = math.sqrt(max(0.0, 1 - then - sigma * sigma))
        # E[x0 | x] and E[eps | x], both linear in x
        of_x = math.sqrt(then * now) * STD**2 / spread + rest * math.sqrt(1 - now) / spread
        of_1 = math.sqrt(then) * MEAN * (1 - now) / spread - rest * MEAN * math.sqrt(now * (1 - now)) / spread
        slope, shift = of_x * slope, of_x * shift + of_1
        coefficients = [of_x * value for value in coefficients] + [sigma]
    return shift, slope, coefficients


def probe(submission, alpha_bar, visited, eta, tables) -> Tensor:
    """Return intercept, coefficient of x_T and of each noise."""
    S = len(visited)
    x_T, noises = torch.zeros(S + 2).double(), torch.zeros(S, S + 2).double()
    x_T[1] = 1
    noises[range(S), range(2, S + 2)] = 1
    came = submission.play(plays.ddim_sample, *tables, x_T, noises, alpha_bar, visited, eta)["result"]
    return torch.cat([came[:1], came[1:] - came[0]])


@task("ddim_sample", gate=True)
def test_chain_is_an_answer_at_all(submission, seed):
    """The images go with the noise they began from, and are not that noise itself"""
    x_T = seed.fork("x").normal(30, 4)
    visited, zeros = torch.tensor([35, 20, 7]), torch.zeros(3, 30, 4).double()
    alpha_bar = fresh_alpha_bar(seed, 40, 0.05)
    given = (0 * alpha_bar, 0.3 + 0 * alpha_bar, x_T, zeros, alpha_bar, visited)
    came = submission.play(plays.ddim_sample, *given)["result"]
    expect_alike(came, x_T)
    expect((came.std() / x_T.std() - 1).abs() > 0.05, "the noise came back as it was")


@task("ddim_sample", weight=3)
def test_exact_chains_of_fresh_steps(submission, seed):
    """With the exact model slope, intercept and every coefficient are right for fresh steps and eta

    After the last of the steps comes alpha_bar = 1; each noise belongs to its own step. Try uneven steps and
    eta between 0 and 1.
    """
    alpha_bar = cosine_alpha_bar(200)
    for name, eta in (("a", 0.0), ("b", 0.5), ("c", 1.0)):
        visited = fresh_steps(seed.fork(name), 200, seed.fork(name).integer(3, 14))
        shift, slope, coefficients = law(alpha_bar, visited.tolist(), eta)
        came = probe(submission, alpha_bar, visited, eta, gaussian(alpha_bar))
        expected = exactly(shift, slope, *coefficients)
        close(came, expected, rtol=1e-7, atol=1e-8, what="intercept, slope and coefficients: value")


@task("ddim_sample", weight=2)
def test_known_ends_of_ten_steps(submission):
    """Ten trailing cosine steps end at deviation 0.188603, 0.185608, 0.171573 at eta 0, 0.5, 1

    Sample an exact Gaussian in ten steps: its deviation tells eta, the levels and whether the last step is
    made.
    """
    alpha_bar = cosine_alpha_bar(1000)
    ten = torch.arange(999, -1, -100)
    for eta, known in ((0.0, 0.188603), (0.5, 0.185608), (1.0, 0.171573)):
        came = probe(submission, alpha_bar, ten, eta, gaussian(alpha_bar))
        close(came[1:].norm(), exactly(known)[0], rtol=1e-5, what=f"the deviation at eta = {eta:g}")
    x_T, many = exactly(0, 1), torch.arange(999, -1, -5)
    given = (*gaussian(alpha_bar), x_T, torch.zeros(200, 2).double(), alpha_bar, many)
    came = submission.play(plays.ddim_sample, *given)["result"]
    _, slope, _ = law(alpha_bar, many.tolist(), 0.0)
    close(came[1] - came[0], exactly(slope)[0], rtol=1e-9, what="the deviation after 200 steps")


@task("ddim_sample")
@settings(max_examples=12)
@given(
    form=st.sampled_from(["eps", "x0", "v"]),
    clip=st.booleans(),
    eta=st.sampled_from([0.0, 1.0]),
    n=st.integers(0, 10**6),
)
def test_chains_in_every_form(submission, form, clip, eta, n):
    """Fresh models of eps, x_0 and v make their chains, clipped or not, images of any shape

    Convert what the model says to x_0 first, clip that, and work the noise out anew from x_t and the clipped
    x_0.
    """
    seed = Seed(n)
    T = 12
    alpha_bar, visited = fresh_alpha_bar(seed, T, 0.2), fresh_steps(seed.fork("steps"), T, 4)
    slope, shift = 0.5 * seed.fork("slope").normal(T), seed.fork("shift").normal(T)
    x, noises = seed.fork("x").normal(2, 1, 2, 3), seed.fork("noises").normal(4, 2, 1, 2, 3)
    came = submission.play(
        plays.ddim_sample, slope, shift, x, noises, alpha_bar, visited, eta, form, clip, lazy=True
    )
    a = [*alpha_bar[visited].tolist(), 1.0]
    for i, t in enumerate(visited.tolist()):
        said, signal, spread = slope[t] * x + shift[t], math.sqrt(a[i]), math.sqrt(1 - a[i])
        image = {"eps": (x - spread * said) / signal, "x0": said, "v": signal * x - spread * said}[form]
        image = image.clamp(-1, 1) if clip else image
        eps = (x - signal * image) / spread
        sigma = eta * math.sqrt((1 - a[i + 1]) * (a[i + 1] - a[i]) / (1 - a[i]) / a[i + 1])
        x = math.sqrt(a[i + 1]) * image + math.sqrt(max(1 - a[i + 1] - sigma**2, 0)) * eps + sigma * noises[i]
    close(came["result"], x, rtol=1e-7, atol=1e-7, what=f"the images, form {form!r},")


@task("ddim_sample")
def test_zero_terminal_snr(submission, seed):
    """A model of v is sampled from alpha_bar = 0, and the first step is already right

    Begin at alpha_bar = 0 with v: neither x_0 nor eps may be found by dividing by the signal.
    """
    alpha_bar, x_T = exactly(0.8, 0.5, 0.2, 0), seed.fork("x").normal(5)
    slope, shift = seed.fork("slope").normal(4), seed.fork("shift").normal(4)
    given = (slope, shift, x_T, torch.zeros(2, 5).double(), alpha_bar, torch.tensor([3, 1]))
    came = submission.play(plays.ddim_sample, *given, 0.0, "v")
    image = -(slope[3] * x_T + shift[3])
    close(came["asked"][1]["x"], 0.5**0.5 * (image + x_T), rtol=LONG, atol=LONG, what="x after one step")
    expect(came["result"].isfinite().all(), "the images are not finite")


@task("ddim_sample")
def test_chain_and_its_surroundings(submission, seed):
    """Called S times with the steps; nothing recorded or changed; float32 stays; S noises or ValueError

    The model is called once for each step, with that step for the whole batch; no gradient, nothing changed,
    and a wrong number of noises or levels is refused.
    """
    T, S = 30, seed.fork("S").integer(3, 9)
    alpha_bar, visited = fresh_alpha_bar(seed, T, 0.1), fresh_steps(seed.fork("steps"), T, S)
    x_T, noises = seed.fork("x").normal(2, 3).float(), seed.fork("z").normal(S, 2, 3).float()
    given = (0 * alpha_bar, 0.2 + 0 * alpha_bar, x_T, noises, alpha_bar, visited)
    came = submission.play(plays.ddim_sample, *given, 1.0)
    told = [call["t"].tolist() for call in came["asked"]]
    expect(told == [[t, t] for t in visited.tolist()], f"the model was told {told}")
    expect(not came["tracked"], "gradients were recorded on the way")
    expect(came["result"].dtype == torch.float32, f"float32 images came back as {came['result'].dtype}")
    close(came["arguments"], [x_T, noises, alpha_bar, visited], rtol=0, what="the arguments afterwards")
    for n in (S - 1, S + 1):
        with raises(ValueError):
            few = torch.zeros(n, 2, 3)
            submission.play(plays.ddim_sample, *given[:3], few, alpha_bar, visited, 1.0, lazy=True)


# -------------------- 2.3 ddim_invert
@task("ddim_invert", gate=True)
def test_latent_is_an_answer_at_all(submission, seed):
    """The latents go with the images, and are not the images themselves"""
    x0, alpha_bar = seed.fork("x").normal(30, 4), fresh_alpha_bar(seed, 40, 0.05)
    visited = torch.tensor([35, 20, 7])
    came = submission.play(plays.ddim_invert, 0 * alpha_bar, 0.3 + 0 * alpha_bar, x0, alpha_bar, visited)
    expect_alike(came["result"], x0)
    expect((came["result"].std() / x0.std() - 1).abs() > 0.05, "the images came back as they were")


@task("ddim_invert", weight=3)
def test_inversion_of_fresh_models(submission, seed):
    """For fresh affine models, steps and schedules the latent is that of the steps upwards

    The model is told the step that x climbs to, while image and noise are taken out of x with the level where
    x is, at first alpha_bar = 1.
    """
    T, S = 25, seed.fork("S").integer(2, 8)
    alpha_bar, visited = fresh_alpha_bar(seed, T, 0.15), fresh_steps(seed.fork("steps"), T, S)
    slope, shift = 0.5 * seed.fork("slope").normal(T), seed.fork("shift").normal(T)
    x0 = seed.fork("x").normal(3, 1, 2, 2)
    came = submission.play(plays.ddim_invert, slope, shift, x0, alpha_bar, visited)
    x, low = x0, 1.0
    for i, t in enumerate(reversed(visited.tolist())):
        close(came["asked"][i]["x"], x, rtol=1e-8, atol=1e-8, what=f"x before step {i + 1}")
        high, said = alpha_bar[t].item(), slope[t] * x + shift[t]
        grown = math.sqrt(high / low)
        x = grown * x + (math.sqrt(1 - high) - grown * math.sqrt(1 - low)) * said
        low = high
    close(came["result"], x, rtol=1e-8, atol=1e-8, what="the latent")
    told = [call["t"][0].item() for call in came["asked"]]
    expect(told == visited.flip(0).tolist(), f"the model was told {told}")


@task("ddim_invert", weight=2)
def test_latents_approach_the_exact_flow(submission):
    """The slope of the latents of N(0.3, 0.25^2) approaches that of the flow, with an error of first order

    With more steps the latents approach the flow's, with an error of first order: the levels must be
    neighbours, in order.
    """
    alpha_bar = cosine_alpha_bar(1000)
    last = alpha_bar[999].item()
    exact = math.sqrt((last * STD**2 + 1 - last) / STD**2)
    errors = []
    for S in (50, 100, 200):
        visited = torch.tensor([999 - i * 1000 // S for i in range(S)])
        came = submission.play(plays.ddim_invert, *gaussian(alpha_bar), exactly(0, 1), alpha_bar, visited)
        errors.append(abs((came["result"][1] - came["result"][0]).item() - exact))
    expect(errors[2] < 0.05 * exact, f"with 200 steps the slope is off by {errors[2]:.3g} of {exact:.3g}")
    for coarse, fine in itertools.pairwise(errors):
        expect(
            1.7 < coarse / fine < 2.3,
            f"the error falls by {coarse / fine:.2f} where steps double; expected 2",
        )


@task("ddim_invert")
def test_inversion_and_its_surroundings(submission, seed):
    """One step is enough; nothing is recorded or changed; float32 stays float32

    Try a single step. No gradient, nothing changed, float32 stays.
    """
    alpha_bar, x0 = fresh_alpha_bar(seed, 9), seed.fork("x").normal(2, 3).float()
    given = (0.3 + 0 * alpha_bar, 0.1 + 0 * alpha_bar, x0, alpha_bar, torch.tensor([6]))
    came = submission.play(plays.ddim_invert, *given)
    a = alpha_bar[6].item()
    expected = math.sqrt(a) * x0.double() + math.sqrt(1 - a) * (0.3 * x0.double() + 0.1)
    close(came["result"], expected, rtol=1e-5, atol=1e-5, what="the latent of one step")
    expect(came["result"].dtype == torch.float32, f"float32 images came back as {came['result'].dtype}")
    expect(not came["tracked"], "gradients were recorded on the way")
    close(came["arguments"], [x0, alpha_bar, torch.tensor([6])], rtol=0, what="the arguments afterwards")
