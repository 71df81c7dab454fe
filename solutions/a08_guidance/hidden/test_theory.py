"""Hidden checks of the theory: fresh Gaussians, densities on a grid, and the ODE solved step by step."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task

from ..tests.near import LONG, QUADRATURE, near
from .fresh import between


def gaussians(seed: Seed, d: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return fresh means and variances; the conditional one is the narrower, so a tilted density exists."""
    var_c = between(seed.fork("var_c"), 0.2, 1, d)
    var_u = var_c * between(seed.fork("var_u"), 1.2, 4, d)
    return seed.fork("mean_c").normal(d), var_c, seed.fork("mean_u").normal(d), var_u


def ode_end(mean_c: float, var_c: float, mean_u: float, var_u: float, w: float) -> tuple[float, float]:
    """Return mean and variance of the guided ODE's end, by the classical Runge-Kutta method."""

    def slope_and_shift(theta: float) -> tuple[float, float]:
        c, s = math.cos(theta), math.sin(theta)
        pairs = []
        for m, v in ((mean_c, var_c), (mean_u, var_u)):
            k = s * c * (1 - v) / (c * c * v + s * s)
            pairs.append((k, -s * m - k * c * m))
        return tuple(w * of_c + (1 - w) * of_u for of_c, of_u in zip(*pairs, strict=True))

    def velocity(theta: float, state: tuple[float, float]) -> tuple[float, float]:
        k, i = slope_and_shift(theta)
        return k * state[0], k * state[1] + i  # of the slope of the map, and of its value at 0

    n, state = 200, (1.0, 0.0)
    h = -math.pi / 2 / n
    for step in range(n):
        theta = math.pi / 2 + step * h
        k1 = velocity(theta, state)
        k2 = velocity(theta + h / 2, tuple(x + h / 2 * k for x, k in zip(state, k1, strict=True)))
        k3 = velocity(theta + h / 2, tuple(x + h / 2 * k for x, k in zip(state, k2, strict=True)))
        k4 = velocity(theta + h, tuple(x + h * k for x, k in zip(state, k3, strict=True)))
        state = tuple(
            x + h / 6 * (a + 2 * b + 2 * c + d) for x, a, b, c, d in zip(state, k1, k2, k3, k4, strict=True)
        )
    return state[1], state[0] ** 2


# -------------------- 5.1 tilted_gaussian
@task("tilted_gaussian", gate=True)
def test_tilted_is_an_answer_at_all(submission, seed):
    """The variance is below both, or the mean beyond both, on fresh input"""
    mean_c, var_c, mean_u, var_u = gaussians(seed, 20)
    mean, variance = submission.theory.tilted_gaussian(mean_c + 3, var_c, mean_u - 3, var_u, 1.2)
    expect(((mean > 0) & (mean < 60)).double().mean() > 0.8, "the means are of another size altogether")
    spread = torch.corrcoef(torch.stack([variance, var_c]))[0, 1].abs()
    expect(spread > 0.1, "the variances do not go with what came in")
    expect((variance > 1e-4).all() and (variance - mean).abs().mean() > 0.1, "these are no variances")


@task("tilted_gaussian", weight=2)
@settings(max_examples=8)
@given(w=st.floats(-0.2, 6), d=st.integers(1, 5), n=st.integers(0, 10**6))
def test_tilted_adds_precisions(submission, w, d, n):
    """Precision and precision times mean are those of p_u and p_c, weighted with 1 - w and w

    Precisions add with weights 1 - w and w; the mean is weighted by precision.
    """
    mean_c, var_c, mean_u, var_u = gaussians(Seed(n), d)
    mean, variance = submission.theory.tilted_gaussian(mean_c, var_c, mean_u, var_u, w)
    precision = exactly(*(w / c + (1 - w) / u for c, u in zip(var_c.tolist(), var_u.tolist(), strict=True)))
    near(1 / variance, precision, "the precision", within=LONG)
    weighted = w * mean_c / var_c + (1 - w) * mean_u / var_u
    near(mean / variance, weighted, "precision times mean", within=LONG)


@task("tilted_gaussian")
def test_tilted_on_a_grid(submission, seed):
    """Mean and variance are those of p_u^(1 - w) p_c^w, summed up on a fine grid

    Multiply p_u^(1 - w) p_c^w on a grid, normalise, and compare mean and variance.
    """
    mean_c, var_c, mean_u, var_u = gaussians(seed, 1)
    w = 1.5 + 2 * seed.fork("w").uniform(1).item()
    mean, variance = submission.theory.tilted_gaussian(mean_c, var_c, mean_u, var_u, w)
    x = mean_c + var_c.sqrt() * torch.linspace(-30, 30, 60_001, dtype=torch.float64)
    log_tilted = -(1 - w) * (x - mean_u) ** 2 / (2 * var_u) - w * (x - mean_c) ** 2 / (2 * var_c)
    share = torch.softmax(log_tilted, dim=0)
    expected = (share * x).sum()
    near(mean[0], expected, "the mean", within=LONG)
    near(variance[0], (share * (x - expected) ** 2).sum(), "the variance", within=LONG)


@task("tilted_gaussian")
def test_tilted_refuses_what_cannot_be_normalised(submission, seed):
    """A precision of 0 or below in any coordinate raises ValueError, and none above it

    Where (1 - w) / var_u + w / var_c is not above 0, in any coordinate, there is no density.
    """
    mean_c, var_c, mean_u, var_u = gaussians(seed)
    mean, _ = submission.theory.tilted_gaussian(mean_c, var_c, mean_u, var_u, 5.0)
    expect(mean.isfinite().all(), "a density exists here, but the mean is not finite")
    wide = var_c.clone()
    wide[1] = 2 * var_u[1]
    for w in (2.0, 2.5):  # precision 0 and below, in coordinate 1
        with raises(ValueError):
            submission.theory.tilted_gaussian(mean_c, wide, mean_u, var_u, w)


# -------------------- 5.2 guided_ode_gaussian
@task("guided_ode_gaussian", gate=True)
def test_ode_is_an_answer_at_all(submission, seed):
    """The mean is beyond that of the condition or near it, and the variances go with those that came in"""
    mean_c, var_c, mean_u, var_u = gaussians(seed, 20)
    mean, variance = submission.theory.guided_ode_gaussian(mean_c + 3, var_c, mean_u - 3, var_u, 1.2)
    expect(((mean > 0) & (mean < 60)).double().mean() > 0.8, "the means are of another size altogether")
    spread = torch.corrcoef(torch.stack([variance, var_c]))[0, 1].abs()
    expect(spread > 0.1, "the variances do not go with what came in")
    expect((variance > 1e-4).all() and (variance - mean).abs().mean() > 0.1, "these are no variances")


@task("guided_ode_gaussian", weight=2)
@settings(max_examples=3)
@given(w=st.floats(-0.5, 5), n=st.integers(0, 10**6))
def test_ode_solved_step_by_step(submission, w, n):
    """Mean and variance are where Runge-Kutta leads N(0, 1), for any weight, one below 0 included

    Solve the guided probability-flow ODE by small Runge-Kutta steps from N(0, 1), and compare mean and
    variance; try w below 0.
    """
    laws = gaussians(Seed(n), 2)
    mean, variance = submission.theory.guided_ode_gaussian(*laws, w)
    for i in range(2):
        expected = ode_end(*(value[i].item() for value in laws), w)
        near(mean[i], expected[0], f"the mean of coordinate {i}", within=QUADRATURE)
        close(variance[i], expected[1], rtol=1e-6, what=f"the variance of coordinate {i}")  # of Runge-Kutta


@task("guided_ode_gaussian")
def test_ode_with_a_wider_condition(submission, seed):
    """Also where the condition widens, and no tilted density exists, the ODE has an end

    Where the condition is wider than the whole, no tilted density exists for large w, and the ODE ends all
    the same.
    """
    mean_c, var_u, mean_u, var_c = gaussians(seed, 2)  # now var_c is the larger
    mean, variance = submission.theory.guided_ode_gaussian(mean_c, var_c, mean_u, var_u, 4.0)
    for i in range(2):
        law = mean_c[i].item(), var_c[i].item(), mean_u[i].item(), var_u[i].item()
        expected = ode_end(*law, 4.0)
        near(mean[i], expected[0], f"the mean of coordinate {i}", within=QUADRATURE)
    close(variance, var_u**-3 * var_c**4, rtol=1e-6, what="the variance")  # of many small steps


@task("guided_ode_gaussian")
def test_ode_is_the_tilted_density_only_for_equal_variances(submission, seed):
    """It is the tilted density for equal variances; for others it is narrower and its mean is farther away

    The density that guidance reaches is the tilted one for equal variances alone. If your two functions agree
    otherwise, one was taken for the other; at equal means no integral may become 0 / 0.
    """
    mean_c, var_c, mean_u, var_u = gaussians(seed)
    mean, variance = submission.theory.guided_ode_gaussian(mean_c, var_c, mean_u, var_c, 2.5)
    straight = 2.5 * mean_c - 1.5 * mean_u
    near(mean, straight, "the mean for equal variances", within=QUADRATURE)
    close(variance, var_c, rtol=1e-6, what="the variance for equal variances")  # of many small steps
    mean, variance = submission.theory.guided_ode_gaussian(mean_c, var_c, mean_u, var_u, 2.5)
    precision = 2.5 / var_c - 1.5 / var_u
    tilted = (2.5 * mean_c / var_c - 1.5 * mean_u / var_u) / precision
    expect((variance < 1 / precision).all(), "the variance is not below that of the tilted density")
    farther = (mean - mean_u).abs() > (tilted - mean_u).abs()
    expect(farther.all(), "the mean is not farther from p_u than that of the tilted density")


@task("guided_ode_gaussian")
def test_ode_moves_with_the_axis(submission, seed):
    """Turning the axis round turns the mean round, and the mean is linear in the two means

    Turn the axis round: the mean turns, the variance stays; the mean is linear in both means.
    """
    mean_c, var_c, mean_u, var_u = gaussians(seed)
    mean, variance = submission.theory.guided_ode_gaussian(mean_c, var_c, mean_u, var_u, 3.0)
    turned, same = submission.theory.guided_ode_gaussian(-2 * mean_c, var_c, -2 * mean_u, var_u, 3.0)
    near(turned, -2 * mean, "the mean", within=QUADRATURE)
    close(same, variance, rtol=1e-8, what="the variance")
    shifted, _ = submission.theory.guided_ode_gaussian(mean_c + 5, var_c, mean_u + 5, var_u, 3.0)
    near(shifted, mean + 5, "the mean, all shifted by 5", within=QUADRATURE)
