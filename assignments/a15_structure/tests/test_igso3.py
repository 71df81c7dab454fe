"""Public checks of IGSO(3): worked densities, scores and quantiles, moments, and where series lose digits."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, expect_dtype, raises, task
from autograder.nearness import WORKED, near

DENSITIES = ((0.5, 1.0, 0.8546021), (1.0, 2.0, 0.4125247), (1.5, 3.0, 0.4406345), (0.1, 0.1, 4.8434488))
SCORES = (  # sigma, angle, derivative of the logarithm
    *((0.5, 1.0, -3.9152439), (1.0, 2.0, -1.8119436), (1.5, 3.0, -0.1212839)),
    *((0.1, 1.0, -99.9152439), (0.1, 2.0, -199.8210463), (0.02, 1.0, -2499.915244)),
    *((0.5, 2.0, -7.8210463), (0.5, 3.0, -10.9617788)),
)


def mean_of(weights: Tensor, values: Tensor, grid: Tensor) -> float:
    """Return an integral over the angle."""
    return float(torch.trapezoid(weights * values, grid))


@task("igso3", weight=2)
def test_worked_densities(submission):
    """The angle's density at (sigma, angle) = (.5, 1), (1, 2), (1.5, 3), (.1, .1) is the handout's; 0 at 0"""
    for sigma, angle, due in DENSITIES:
        came = submission.igso3.igso3_density(exactly(angle, 0.0), sigma)
        what = f"the density at {angle:g} for sigma {sigma:g}"
        hint = "f, times (1 - cos) / pi: there are more rotations by large angles than by small ones."
        close(came, exactly(due, 0), rtol=0, atol=WORKED, what=what, hint=hint)


@task("igso3", weight=2)
def test_moments_of_the_angle(submission):
    """The density integrates to 1, and 1 + 2 cos of the angle has the mean 3 exp(-sigma²), from .1 to 3"""
    grid = torch.linspace(0, math.pi, 401, dtype=torch.float64)
    for sigma in (0.1, 0.5, 1.5, 3.0):
        p = submission.igso3.igso3_density(grid, sigma)
        expect(
            p.shape == grid.shape, f"the densities have shape {tuple(p.shape)}; expected {tuple(grid.shape)}"
        )
        hint = "exp(-l (l + 1) sigma² / 2), as many terms as matter: exp(-50) is nothing."
        close(
            mean_of(p, torch.ones(401), grid), 1.0, rtol=1e-5, what=f"the integral for {sigma:g}", hint=hint
        )
        due = 3 * math.exp(-(sigma**2))
        close(
            mean_of(p, 1 + 2 * grid.cos(), grid), due, rtol=1e-5, atol=1e-5, what="the mean trace", hint=hint
        )


@task("igso3", weight=3)
def test_worked_scores(submission):
    """Scores at eight angles are the handout's, also where the plain series has lost all its digits"""
    for sigma, angle, due in SCORES:
        v = exactly(1, 2, -2) / 3 * angle
        came = submission.igso3.igso3_score(v[None], sigma)
        hint = "Where exp(-angle² / (2 sigma²)) is tiny only the images see anything: hint 2."
        what = f"the score at {angle:g} for sigma {sigma:g}"
        near(came, v[None] / angle * due, what, hint, 1e-7)
    came = submission.igso3.igso3_score(exactly(0.3, -0.4, 0.5), 0.7)
    due = exactly(-0.58703405, 0.78271207, -0.97839009)
    close(came, due, rtol=0, atol=WORKED, what="the score", hint="Along v / |v|, without the volume factor.")


@task("igso3", weight=2)
def test_scores_at_the_ends(submission):
    """At 0 the score is 0, near 0 it is -v (1 / sigma² - 1 / 12) for sigma up to 1, at pi it is 0"""
    for sigma in (0.1, 0.5, 0.9):
        v = exactly(0, 0, 0, 0, 0, 1e-4, 0, 0, math.pi).reshape(3, 3)
        came = submission.igso3.igso3_score(v, sigma)
        hint = "At 0 divide by something safe; f has sin(angle / 2) below its sum."
        due = exactly(0, -1e-4 * (1 / sigma**2 - 1 / 12), 0)
        what = f"the z components at 0 and 1e-4 for sigma {sigma:g}"
        close(came[:2, 2], due[:2], rtol=1e-6, what=what, hint=hint)
        close(
            came[2, 2], due[2], rtol=0, atol=1e-6, what="the score at pi", hint="There is no way on: it is 0."
        )
        near(came[:, :2], torch.zeros(3, 2).double(), "the other components")
    wide = submission.igso3.igso3_score(exactly(0, 0, 1e-4, 0, 0, math.pi).reshape(2, 3), 1.5)
    close(
        wide[:, 2],
        exactly(-0.3494600e-4, 0),
        rtol=1e-6,
        atol=1e-9,
        what="for sigma 1.5",
        hint="The series itself.",
    )


@task("igso3", weight=2)
def test_worked_quantiles(submission):
    """For sigma .5 the angles at u = .1, .5, .9 are .378256, .761078, 1.237015; axes of any length"""
    axis = exactly(0, 3, 4)
    came = submission.igso3.igso3_sample(
        exactly(0, 0.1, 0.5, 0.9), torch.outer(exactly(1, 2, 0.1, -5), axis), 0.5
    )
    hint = (
        "Each axis is divided by its own length. Sums of the angle's density, not of f, are 0 at the angle 0 "
        "and grow by trapezoids."
    )
    angles = exactly(0, 0.378256, 0.761078, -1.237015)
    close(came, torch.outer(angles, axis / 5), rtol=0, atol=5e-4, what="the rotation vectors", hint=hint)
    end = submission.igso3.igso3_sample(exactly(1), axis[None], 0.5).norm().item()
    expect(4 < 5 * end <= 5 * math.pi * (1 + 1e-9), f"u = 1 has the angle {end:g}; expected one near the end")


@task("igso3")
def test_draws_of_two_laws(submission):
    """Angles drawn with sigma .5 and then with 1.5 have the mean angles .789547 and more; float32 stays"""
    u = (torch.arange(2000).double() + 0.5) / 2000
    axis = exactly(1, -1, 1).expand(2000, 3)
    for sigma, due in ((0.1, 0.159510), (0.5, 0.789547), (1.0, 1.521210), (0.5, 0.789547)):
        came = submission.igso3.igso3_sample(u, axis, sigma).norm(dim=1).mean()
        hint = "A table belongs to one sigma. Sums to the right of each step are half a step off."
        close(came, due, rtol=0, atol=3e-4, what=f"the mean angle for sigma {sigma:g}", hint=hint)
    expect_dtype(submission.igso3.igso3_sample(u[:3].float(), axis[:3].float(), 0.5), torch.float32)
    expect_dtype(submission.igso3.igso3_density(u[:3].float(), 0.5), torch.float32)
    expect_dtype(submission.igso3.igso3_score(axis[:3].float(), 0.5), torch.float32)


@task("igso3")
def test_deviations_that_are_none(submission):
    """sigma = 0 and -1 raise ValueError in all three"""
    one = exactly(0.5)
    for sigma in (0.0, -1.0):
        with raises(ValueError):
            submission.igso3.igso3_density(one, sigma)
        with raises(ValueError):
            submission.igso3.igso3_score(one.expand(2, 3), sigma)
        with raises(ValueError):
            submission.igso3.igso3_sample(one, one.expand(1, 3), sigma)
