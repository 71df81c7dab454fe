"""Hidden checks of distillation among Gaussians: means over the noise by quadrature, points by bisection."""

import numpy as np
import torch
from torch import Tensor

from autograder.checks import any_of, close, exactly, raises, task
from autograder.nearness import near

from .fresh import expect_alike, not_the_input

NODES, MASSES = np.polynomial.hermite_e.hermegauss(8)


def mean_gradient(x: float, m: float, v: float, a: float) -> float:
    """Return the mean over the noise of (1 - a) (predicted noise - noise), for a prior N(m, v)."""
    x_t = a**0.5 * x + (1 - a) ** 0.5 * NODES
    predicted = (1 - a) ** 0.5 * (x_t - a**0.5 * m) / (a * v + 1 - a)
    return float((MASSES * (1 - a) * (predicted - NODES)).sum() / MASSES.sum())


@task("distilled_gaussian", gate=True)
def test_theory_is_an_answer_at_all(submission, seed):
    """Slopes or gradients go with fresh variances and levels"""
    a = seed.fork("a").uniform(12) * 0.9 + 0.05
    slopes = torch.tensor([mean_gradient(1.0, 0.0, 0.3, value) for value in a.tolist()])
    x = seed.fork("x").normal(9)
    expected = torch.tensor(
        [mean_gradient(y, 1.0, 0.2, 0.5) - mean_gradient(y, 0.0, 4.0, 0.5) for y in x.tolist()]
    )

    def as_it_should(came: Tensor, given: Tensor, due: Tensor) -> None:
        expect_alike(came, due)
        not_the_input(came, given)

    any_of(
        lambda: as_it_should(submission.theory.sds_slope(0.3, a), a, slopes),
        lambda: as_it_should(submission.theory.vsd_gradient(x, 1.0, 0.2, 0.0, 4.0, 0.5), x, expected),
    )


@task("distilled_gaussian", weight=2)
def test_fresh_slopes_and_gradients(submission, seed):
    """Slopes and variational gradients are means over the noise, by quadrature

    Compare with means over the noise by quadrature: the best eps of a Gaussian is linear in x_t.
    """
    m, m_q, y = seed.fork("m").normal(3).tolist()
    for v, v_q in ((0.3, 1.7), (2.5, 0.05)):
        a = seed.fork(f"{v}").uniform(2, 3)
        expected = [[mean_gradient(y, m, v, value) / (y - m) for value in row] for row in a.tolist()]
        near(
            submission.theory.sds_slope(v, a),
            torch.tensor(expected, dtype=torch.float64),
            "slopes",
            within=1e-10,
        )
        level, x = a[0, 0].item(), seed.fork("x").normal(4)
        due = [mean_gradient(z, m, v, level) - mean_gradient(z, m_q, v_q, level) for z in x.tolist()]
        came = submission.theory.vsd_gradient(x, m, v, m_q, v_q, level)
        near(came, exactly(*due), "the variational gradient", within=1e-10)


@task("distilled_gaussian", weight=2)
def test_fresh_fixed_points(submission, seed):
    """At a fixed point the mean guided gradient is 0; where it pushes away, ValueError

    At a fixed point the mean guided gradient is 0; where it pushes away there is none, and ValueError.
    """
    m_c, m_u = seed.fork("m").normal(2).tolist()
    for v_c, v_u, w, a in (
        (0.4, 1.1, 4.0, 0.3),
        (1.2, 0.9, 2.0, 0.6),
        (3.0, 1.0, 6.0, 0.7),
        (0.2, 3.0, -0.1, 0.5),
    ):
        args = (m_c, v_c, m_u, v_u, w, a)

        def gradient(x: float, args: tuple[float, ...] = args) -> float:
            m_c, v_c, m_u, v_u, w, a = args
            return w * mean_gradient(x, m_c, v_c, a) + (1 - w) * mean_gradient(x, m_u, v_u, a)

        at_0, slope = gradient(0.0), gradient(1.0) - gradient(0.0)
        if slope <= 0:
            with raises(ValueError):
                submission.theory.guided_fixed_point(*args)
        else:
            came = submission.theory.guided_fixed_point(*args)
            close(came, -at_0 / slope, rtol=1e-9, atol=1e-9, what=f"the fixed point with w = {w:g}")
