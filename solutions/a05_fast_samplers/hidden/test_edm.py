"""Hidden checks of Heun's method and churn: fresh levels, curved denoisers, exact laws, and the order."""

import itertools
import math

import torch
from torch import Tensor

from autograder.checks import close, expect, raises, task

from .. import plays
from .fresh import EXACT, LONG, between, exactly, expect_alike


def grid(n: int, low: float = 0.002, high: float = 80.0) -> Tensor:
    """Return n levels of Karras et al., and 0."""
    ramp = torch.linspace(high ** (1 / 7), low ** (1 / 7), n, dtype=torch.float64)
    return torch.cat([ramp**7, exactly(0)])


# -------------------- 4.1 heun_sample
@task("heun_sample", gate=True)
def test_chain_is_an_answer_at_all(submission, seed):
    """x shrinks where the image is black, on fresh input"""
    x, sigmas = seed.fork("x").normal(20, 5), exactly(4, 2, 1, 0.5)
    for order in (1, 2):
        came = submission.play(plays.heun_sample, x, sigmas, order=order)["result"]
        expect_alike(came, x)
        expect(came.std() > 0 and abs(came.std() / x.std() - 1) > 0.05, "x came back as it was")


def walked(x: Tensor, sigmas: list[float], mean: float, std: float, bend: float, order: int) -> Tensor:
    """Return x on the last level, by the trapezoid rule on dx/dsigma."""

    def derivative(x: Tensor, s: float) -> Tensor:
        image = (mean * s**2 + std**2 * x) / (std**2 + s**2) + bend * x**2
        return (x - image) / s

    for i in range(len(sigmas) - 1):
        width = sigmas[i] - sigmas[i + 1]
        first = derivative(x, sigmas[i])
        ahead = x - width * first
        if order == 2 and sigmas[i + 1] > 0:
            ahead = x - width * (0.5 * first + 0.5 * derivative(ahead, sigmas[i + 1]))
        x = ahead
    return x


@task("heun_sample", weight=3)
def test_chains_of_fresh_denoisers(submission, seed):
    """Fresh curved denoisers on fresh levels make the chain of either order, to 0 or not

    Heun averages the slopes at both ends, and the last step, to 0, is Euler's. Try a denoiser that is not
    linear.
    """
    for i in range(6):
        one = seed.fork(f"{i}")
        n, order = one.fork("n").integer(1, 6), 1 + i % 2
        levels = sorted((0.3 + 4 * one.fork("levels").uniform(n + 1)).tolist(), reverse=True)
        levels = [*levels, 0.0] if i < 4 else levels
        mean, std, bend = between(one.fork("mean"), -1, 1), between(one.fork("std"), 0.3, 1), -0.05
        x = one.fork("x").normal(2, 1, 2, 3)
        came = submission.play(plays.heun_sample, x, exactly(*levels), mean, std, bend, order)
        expected = walked(x, levels, mean, std, bend, order)
        close(
            came["result"], expected, rtol=LONG, atol=LONG, what=f"x of order {order} on {len(levels)} levels"
        )


@task("heun_sample", weight=2)
def test_known_ends(submission):
    """On N(0.3, 0.5^2) 10 steps end at deviation 0.609798 by Heun, 0.365213 by Euler; 5 overshoot

    Run both orders on an exact Gaussian and compare with the worked example of the page.
    """
    for n, order, known, digits in ((10, 2, 0.609798, 1e-5), (10, 1, 0.365213, 1e-5), (5, 2, 1.258, 1e-3)):
        came = submission.play(plays.heun_sample, exactly(0, 80), grid(n), 0.3, 0.5, 0.0, order)
        end = came["result"]
        close(end[1] - end[0], exactly(known)[0], rtol=digits, what=f"the deviation, n = {n}, order {order},")
        calls = n if order == 1 else 2 * n - 1
        expect(len(came["asked"]) == calls, f"{len(came['asked'])} calls; expected {calls}")


@task("heun_sample")
def test_orders_on_exact_data(submission):
    """Down to sigma_min doubling the steps halves Euler's error, and divides Heun's by four

    Double the steps: Euler's error halves, Heun's falls to a quarter. The second slope is asked at the next
    level, of the Euler result.
    """
    exact = 80 * math.sqrt((0.25 + 4e-6) / (0.25 + 6400))
    for order, least, most in ((1, 1.9, 2.1), (2, 3.8, 4.4)):
        errors = []
        for n in (32, 64, 128):
            given = (exactly(80), grid(n)[:-1], 0.0, 0.5, 0.0, order)
            errors.append(abs(submission.play(plays.heun_sample, *given)["result"].item() - exact))
        ratios = [coarse / fine for coarse, fine in itertools.pairwise(errors)]
        fits = all(least < ratio < most for ratio in ratios)
        expect(fits, f"of order {order} the errors fall by {ratios}; expected about {2**order}")


@task("heun_sample")
def test_chain_and_its_surroundings(submission, seed):
    """Each level is told as often as due; nothing recorded or changed; float32 stays; orders 1, 2

    Count the calls: each level is told as often as its order needs, the last step once. Nothing is recorded
    or changed; orders are 1 and 2.
    """
    x, sigmas = seed.normal(2, 3).float(), exactly(5, 3, 1.5, 0)
    came = submission.play(plays.heun_sample, x, sigmas, 0.1, 0.6)
    told = [call["sigma"] for call in came["asked"]]
    close(exactly(*told), exactly(5, 3, 3, 1.5, 1.5), rtol=EXACT, what="the sigma of each call")
    expect(not came["tracked"], "gradients were recorded on the way")
    expect(came["result"].dtype == torch.float32, f"float32 images came back as {came['result'].dtype}")
    close(came["arguments"], [x, sigmas], rtol=0, what="the arguments afterwards")
    for order in (0, 3):
        with raises(ValueError):
            submission.play(plays.heun_sample, x, sigmas, 0.1, 0.6, 0.0, order)


# -------------------- 4.2 churn
@task("churn", gate=True)
def test_churn_is_an_answer_at_all(submission, seed):
    """Fresh noise is added to x, and the level is one near sigma; or a chain goes with its x"""
    x, noise = seed.fork("x").normal(20, 8), seed.fork("noise").normal(20, 8)
    sigma = between(seed.fork("sigma"), 2, 4)
    raised_x, raised = submission.edm.churn(x, sigma, noise, 12, 3.0)
    expect(0.9 * sigma < float(raised) < 4.5 * sigma, "the level is another one altogether")
    pair = torch.stack([(raised_x - x).flatten(), noise.flatten()])
    found = torch.corrcoef(pair)[0, 1].abs()
    expect(bool(found > 0.5) or bool((raised_x / x).std() < 1e-6), "x was not given the noise")


@task("churn", weight=2)
def test_churn_of_fresh_levels(submission, seed):
    """Variances add up: (S_noise, gamma, the interval) for fresh settings

    sigma_hat = sigma (1 + gamma), and noise of deviation S_noise sqrt(sigma_hat^2 - sigma^2); gamma is at
    most sqrt(2) - 1.
    """
    x, noise = seed.fork("x").normal(2, 1, 3), seed.fork("noise").normal(2, 1, 3)
    for i in range(12):
        one = seed.fork(f"{i}")
        sigma, n = between(one.fork("sigma"), 0.1, 5), one.fork("n").integer(3, 40)
        S_churn, S_noise = between(one.fork("churn"), 0, 20), between(one.fork("noise"), 0.8, 1.2)
        low, high = between(one.fork("low"), 0, 2), between(one.fork("high"), 2, 6)
        gamma = min(S_churn / n, 2**0.5 - 1) if low <= sigma <= high else 0
        raised_x, raised = submission.edm.churn(x, sigma, noise, n, S_churn, low, high, S_noise)
        close(float(raised), sigma + gamma * sigma, rtol=EXACT, what="the level")
        grown = sigma * math.sqrt(gamma * (2 + gamma))
        close(raised_x, x + S_noise * grown * noise, rtol=1e-9, atol=1e-9, what="x")


@task("churn")
def test_churn_at_its_edges(submission, seed):
    """Ends of the interval count, the defaults bound nothing, and without churn x is the same bit for bit

    Both ends of the interval count, the defaults bound nothing, and without churn x comes back bit for bit.
    """
    x, noise = seed.fork("x").normal(5), seed.fork("noise").normal(5)
    for sigma in (0.7, 3.0):
        _, raised = submission.edm.churn(x, sigma, noise, 4, 0.4, 0.7, 3.0)
        close(float(raised), 1.1 * sigma, rtol=EXACT, what=f"the level from the end {sigma:g}")
    for sigma in (1e-6, 1e6):
        raised_x, raised = submission.edm.churn(x, sigma, noise, 4, 0.4)
        close(float(raised), 1.1 * sigma, rtol=EXACT, what="the level by default")
        close(raised_x, x + math.sqrt(0.21) * sigma * noise, rtol=1e-9, what="x by default")
    for settings in ((0.0,), (3.0, 5.0, 9.0), (3.0, 0.1, 0.5)):
        raised_x, raised = submission.edm.churn(x, 2.0, noise, 4, *settings)
        close(raised_x, x, rtol=0, what="x without churn")
        close(float(raised), 2.0, rtol=0, what="the level without churn")


@task("churn", weight=2)
def test_stochastic_chains(submission, seed):
    """Coefficients of x and of every noise are right for a fresh chain with churn in a part of it

    x is churned first, and the step then goes from sigma_hat, not from sigma. Each noise belongs to its own
    step.
    """
    n, mean, std = seed.fork("n").integer(4, 12), 0.4, 0.6
    sigmas = grid(n, 0.05, 20.0)
    settings = {"S_churn": 0.2 * n, "S_min": 0.1, "S_max": 9.0, "S_noise": between(seed.fork("S"), 0.9, 1.1)}
    x, noises = torch.zeros(n + 2).double(), torch.zeros(n, n + 2).double()
    x[1] = 1
    noises[range(n), range(2, n + 2)] = 1
    came = submission.play(plays.stochastic_sample, x, sigmas, noises, settings, mean, std)
    told = []
    for i, (here, there) in enumerate(zip(sigmas.tolist(), sigmas.tolist()[1:], strict=False)):
        raised = 1.2 * here if 0.1 <= here <= 9 else here
        x = x + settings["S_noise"] * math.sqrt(raised**2 - here**2) * noises[i]
        x = walked(x, [raised, there], mean, std, 0.0, 2)
        told += [raised, there] if there else [raised]
    close(came["result"], x, rtol=1e-8, atol=1e-8, what="the images of the probes")
    close(
        exactly(*(call["sigma"] for call in came["asked"])), exactly(*told), rtol=1e-9, what="sigma of call"
    )


@task("churn")
def test_stochastic_chain_and_its_surroundings(submission, seed):
    """By default no interval and S_noise 1; n noises from any source; nothing recorded; float32 stays

    Leave the interval and S_noise out: every level is churned, with noise of deviation 1. As many noises as
    steps, perhaps an iterator; nothing is recorded; float32 stays.
    """
    x, noises = seed.fork("x").normal(2, 3).float(), seed.fork("z").normal(3, 2, 3).float()
    sigmas = exactly(3, 2, 1, 0)
    came = submission.play(plays.stochastic_sample, x, sigmas, noises, {"S_churn": 0.3}, 0.1, 0.6, lazy=True)
    y = x.double()
    for i in range(3):
        raised = 1.1 * sigmas[i].item()
        y = y + math.sqrt(0.21) * sigmas[i].item() * noises[i].double()
        y = walked(y, [raised, sigmas[i + 1].item()], 0.1, 0.6, 0.0, 2)
    close(came["result"], y, rtol=1e-4, atol=1e-5, what="the images by default")
    expect(not came["tracked"], "gradients were recorded on the way")
    expect(came["result"].dtype == torch.float32, f"float32 images came back as {came['result'].dtype}")
    close(came["arguments"], [x, sigmas, noises], rtol=0, what="the arguments afterwards")
    for wrong in (2, 4):
        with raises(ValueError):
            few = torch.zeros(wrong, 2, 3)
            submission.play(plays.stochastic_sample, x, sigmas, few, {"S_churn": 0.3})
