"""Public checks of the theory: the tilted density, the end of the guided ODE, and when the two agree."""

import torch
from torch import Tensor

from autograder.checks import close, exactly, raises, task

from .near import QUADRATURE, near

SOLVED = 1e-8  # of a variance that may come out of many small steps
C = exactly(1.5), exactly(1)  # mean and variance with the condition
U = exactly(0), exactly(2)  # and without it
WIDE_C = exactly(1), exactly(2)  # with a condition that widens
WIDE_U = exactly(0), exactly(1)  # and without it


def log_normal(x: Tensor, mean: float, variance: float) -> Tensor:
    """Return the log-density of a Gaussian, but for a constant."""
    return -((x - mean) ** 2) / (2 * variance)


# -------------------- 5.1 tilted_gaussian
@task("tilted_gaussian", weight=2)
def test_tilted_of_a_worked_example(submission):
    """N(1.5, 1) against N(0, 2) gives N(2, 2/3) at w = 2 and N(2.25, 0.5) at w = 3"""
    hint = "Precisions, 1 / variance, combine with weights 1 - w and w; the mean is weighted by precision."
    for w, mean, variance in ((2.0, 2.0, 2 / 3), (3.0, 2.25, 0.5)):
        came = submission.theory.tilted_gaussian(*C, *U, w)
        near(came[0], exactly(mean), f"the mean at w = {w:g}", hint)
        near(came[1], exactly(variance), f"the variance at w = {w:g}", hint)


@task("tilted_gaussian")
def test_tilted_between_the_two(submission):
    """w = 0 is p_u and w = 1 is p_c"""
    for w, (mean, variance) in ((0.0, U), (1.0, C)):
        came = submission.theory.tilted_gaussian(*C, *U, w)
        near(came[0], mean, f"the mean at w = {w:g}")
        near(came[1], variance, f"the variance at w = {w:g}")


@task("tilted_gaussian")
def test_tilted_has_the_tilted_log_density(submission):
    """Its log-density is (1 - w) log p_u + w log p_c, but for a constant, at every x"""
    x = torch.linspace(-4, 6, 11, dtype=torch.float64)
    mean, variance = submission.theory.tilted_gaussian(exactly(1), exactly(0.5), exactly(-1), exactly(2), 2.5)
    tilted = -1.5 * log_normal(x, -1, 2) + 2.5 * log_normal(x, 1, 0.5)
    difference = log_normal(x, mean.item(), variance.item()) - tilted
    hint = "Complete the square in x: its factor is the precision, and the linear part gives the mean."
    close(difference, difference[:1].expand(11), rtol=1e-10, what="the difference", hint=hint)


@task("tilted_gaussian", weight=2)
def test_tilted_may_not_exist(submission):
    """N(1, 2) against N(0, 1) has no tilted density at w = 3: its precision is -0.5"""
    mean, variance = submission.theory.tilted_gaussian(*WIDE_C, *WIDE_U, 1.5)  # precision 0.25
    near(mean, exactly(3), "the mean at w = 1.5")
    near(variance, exactly(4), "the variance at w = 1.5")
    hint = "exp(+x ** 2) cannot be normalised. One coordinate without a density is enough."
    for w in (2.0, 3.0):  # precision 0 and -0.5
        with raises(ValueError, hint=hint):
            submission.theory.tilted_gaussian(exactly(0, 1), exactly(1, 2), exactly(0, 0), exactly(1, 1), w)


# -------------------- 5.2 guided_ode_gaussian
@task("guided_ode_gaussian", weight=2)
def test_ode_of_a_worked_example(submission):
    """From N(0, 2) to N(1.5, 1) with w = 3 the ODE ends at N(3, 0.25): twice as far, half as wide"""
    mean, variance = submission.theory.guided_ode_gaussian(*C, *U, 3.0)
    hint = "The variance is v_u ** (1 - w) * v_c ** w; the mean is an integral over theta from 0 to pi / 2."
    near(variance, exactly(0.25), "the variance", hint, within=SOLVED)
    close(mean, exactly(3), rtol=QUADRATURE, what="the mean", hint=hint)


@task("guided_ode_gaussian")
def test_ode_between_the_two(submission):
    """w = 0 ends at p_u and w = 1 at p_c"""
    for w, (mean, variance) in ((0.0, (exactly(0.5), exactly(2))), (1.0, C)):
        came = submission.theory.guided_ode_gaussian(*C, exactly(0.5), exactly(2), w)
        close(came[0], mean, rtol=QUADRATURE, what=f"the mean at w = {w:g}")
        near(came[1], variance, f"the variance at w = {w:g}", within=SOLVED)


@task("guided_ode_gaussian")
def test_ode_with_equal_variances(submission):
    """With equal variances v it ends at N(m_u + w (m_c - m_u), v), the tilted density, and there alone"""
    v = exactly(0.3, 1, 2.5)
    mean, variance = submission.theory.guided_ode_gaussian(exactly(2, 2, 1), v, exactly(1, -1, 0), v, 3.0)
    close(mean, exactly(4, 8, 3), rtol=QUADRATURE, what="the mean")
    near(variance, v, "the variance", within=SOLVED)


@task("guided_ode_gaussian")
def test_ode_with_equal_means(submission):
    """With equal means the mean stays, and only the variance changes: 1 and 0.25 give 0.015625 at w = 3"""
    m = exactly(-2)
    mean, variance = submission.theory.guided_ode_gaussian(m, exactly(0.25), m, exactly(1), 3.0)
    close(mean, m, rtol=QUADRATURE, what="the mean", hint="At equal means the integral must be 1 / S(0).")
    near(variance, exactly(0.015625), "the variance", within=SOLVED)


@task("guided_ode_gaussian")
def test_ode_where_no_tilted_density_exists(submission):
    """N(1, 2) against N(0, 1) at w = 3 has no tilted density, and yet the ODE ends at N(5, 8)"""
    mean, variance = submission.theory.guided_ode_gaussian(*WIDE_C, *WIDE_U, 3.0)
    close(mean, exactly(5), rtol=QUADRATURE, what="the mean")
    near(variance, exactly(8), "the variance", within=SOLVED)
