"""Hidden checks of power averages: other solvers, shares by themselves, and fresh sets of stored averages."""

import numpy as np
import torch
from scipy.optimize import brentq

from autograder.checks import any_of, expect, raises, task

from ..tests.near import LONG, near


def deviation(gamma: float) -> float:
    """Return the deviation of a profile, in units of its length."""
    return ((gamma + 1) / (gamma + 3)) ** 0.5 / (gamma + 2)


def product(t_a: float, g_a: float, t_b: float, g_b: float) -> float:
    """Return the integral of two profiles' product: of tau^(g_a + g_b) up to the earlier end."""
    power = g_a + g_b + 1
    scale = (g_a + 1) / t_a ** (g_a + 1) * (g_b + 1) / t_b ** (g_b + 1)
    return scale * min(t_a, t_b) ** power / power


def solution(steps: list[int], gammas: list[float], step: int, gamma: float) -> torch.Tensor:
    """Return the weights by least squares of numpy."""
    stored = list(zip(steps, gammas, strict=True))
    A = np.array([[product(*one, *other) for other in stored] for one in stored])
    b = np.array([product(*one, step, gamma) for one in stored])
    w = np.linalg.lstsq(A, b, rcond=None)[0]
    return torch.from_numpy(w / w.sum())


@task("power_ema", gate=True)
def test_one_of_three_is_an_answer(submission, seed):
    """Exponents fall as deviations grow, or betas rise, or the right weights are the large ones"""
    low, high = 0.03 + 0.05 * seed.fork("low").uniform(1).item(), 0.2

    def exponents() -> None:
        came = [submission.ema.power_gamma(sigma) for sigma in (low, high)]
        expect(20 > came[0] > 2 * came[1] > 1 or came[0] > 20 > came[1] > 0.5, "the exponents do not fall")

    def betas() -> None:
        came = [submission.ema.power_beta(step, 2.5) for step in (3, 8, 40)]
        expect(0 < came[0] < came[1] < came[2] < 1, "what is kept does not grow with the step")

    def weights() -> None:
        came = submission.ema.posthoc_weights([50, 100], [3.0, 3.0], 100, 4.0 + 0 * low)
        expect(came[1] > 0.5 > came[0], "the average that is wanted is nearest to the second one stored")

    any_of(exponents, betas, weights)


@task("power_ema", weight=2)
def test_fresh_exponents(submission, seed):
    """Fresh deviations between 0.005 and 0.288 have the exponents that a search finds

    Solve for the exponent whose profile has this relative deviation, over the whole range: sigma^2 = (g + 1)
    / ((g + 2)^2 (g + 3)).
    """
    for i in range(6):
        sigma = 0.005 + 0.283 * seed.fork(str(i)).uniform(1).item()
        expected = brentq(lambda gamma, sigma=sigma: deviation(gamma) - sigma, 0, 1e4, xtol=1e-13)
        near(submission.ema.power_gamma(sigma), expected, f"the exponent of {sigma:.4f}", within=LONG)
    for sigma in (0.2888 + seed.fork("much").uniform(1).item(), -seed.fork("less").uniform(1).item()):
        with raises(ValueError, f"sigma_rel = {sigma} is to be refused."):
            submission.ema.power_gamma(sigma)


@task("power_ema")
def test_shares_of_the_steps(submission, seed):
    """After fresh numbers of steps each one's share is the difference of two powers, for fresh exponents

    Feed one weight after the other: after n steps the share of step i is (i / n)^(g + 1) less that of i - 1.
    Does the first beta forget the start?
    """
    for i in range(2):
        gamma = (0, 12)[i] + 3 * seed.fork(f"gamma {i}").uniform(1).item()
        n = seed.fork(f"n {i}").integer(10, 30)
        shares = torch.zeros(n).double()
        for step in range(1, n + 1):
            beta = submission.ema.power_beta(step, gamma)
            shares *= beta
            shares[step - 1] += 1 - beta
        ends = (torch.arange(n + 1).double() / n) ** (gamma + 1)
        near(shares, ends.diff(), f"the shares of {n} steps")


@task("power_ema", weight=2)
def test_fresh_combinations(submission, seed):
    """Fresh stored averages, in any order of steps, are combined as numpy's least squares says

    Solve A w = b with the products of profiles, then divide w by its sum. Steps of the stored averages may
    come in any order; compare with numpy's least squares.
    """
    for i in range(3):
        draw = seed.fork(str(i))
        steps = [draw.fork(f"step {k}").integer(20 + 60 * k, 60 + 60 * k) for k in range(4)]
        steps = [steps[k] for k in draw.uniform(4).argsort().tolist()]
        gammas = (1 + 12 * draw.fork("gammas").uniform(4)).tolist()
        step, gamma = draw.fork("wanted").integer(100, 300), 0.5 + 8 * draw.fork("gamma").uniform(1).item()
        came = submission.ema.posthoc_weights(steps, gammas, step, gamma)
        near(
            came, solution(steps, gammas, step, gamma), "the weights", within=1e-7
        )  # the condition is some 1e3


@task("power_ema")
def test_eight_snapshots(submission, seed):
    """Two averages, stored eight times, make the lengths between and beyond them

    Try two averages, stored eight times, and a length that lies between them: all sixteen are combined.
    """
    steps = [k * seed.fork("length").integer(100, 900) for k in (1, 2, 3, 4) for _ in "ab"]
    gammas = [16.972198602303, 6.937203937602] * 4
    for gamma in (16.0, 3.5578687749, 0.72, 6.937203937602):
        came = submission.ema.posthoc_weights(steps, gammas, steps[-1], gamma)
        near(came, solution(steps, gammas, steps[-1], gamma), f"the weights for gamma = {gamma}", within=1e-8)
    came = submission.ema.posthoc_weights(steps[:1], gammas[:1], steps[0] + 9, 2.0)
    near(came, torch.ones(1).double(), "the weight of a single one")
