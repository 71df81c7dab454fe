"""Hidden checks of IGSO(3): fresh angles and deviations by the judge's own law."""

import math

import torch

from autograder.checks import any_of, close, exactly, expect, task
from autograder.nearness import near_single

from . import laws
from .fresh import expect_alike, not_the_input

SIGMAS = (0.02, 0.1, 0.5, 0.9, 1.0, 1.9, 5.0)


@task("igso3", gate=True)
def test_law_is_an_answer_at_all(submission, seed):
    """Densities, scores or draws of a fresh deviation go with what they should be"""
    sigma = 0.4 + 0.4 * seed.uniform(1).item()
    omega, u = 0.1 + 2.5 * seed.fork("omega").uniform(20), seed.fork("u").uniform(20)
    v = torch.outer(omega, exactly(2, -1, 2) / 3)

    def draws() -> None:
        came = submission.igso3.igso3_sample(u, v, sigma).norm(dim=1)
        expect_alike(laws.distribution(came, sigma), u)

    def densities() -> None:
        came = submission.igso3.igso3_density(omega, sigma)
        expect_alike(came, laws.density(omega, sigma))
        not_the_input(came, omega)

    def scores() -> None:
        came = submission.igso3.igso3_score(v, sigma)
        expect_alike(came, laws.score(omega, sigma)[:, None] * v / omega[:, None])
        not_the_input(came, v)

    any_of(
        densities,
        scores,
        draws,
    )


@task("igso3", weight=2)
def test_fresh_densities(submission, seed):
    """Densities for eight deviations from .02 to 5, at fresh angles and next to both ends; float32 too

    The series is summed far enough for small deviations, or replaced there; near 0 sin(omega / 2) vanishes.
    Is it the density of the angle or of the rotation?
    """
    omega = torch.cat([exactly(1e-4, 0.03, math.pi), math.pi * seed.uniform(9)])
    for sigma in (*SIGMAS, 0.05 + seed.fork("sigma").uniform(1).item()):
        came = submission.igso3.igso3_density(omega, sigma)
        close(
            came, laws.density(omega, sigma), rtol=1e-6, atol=1e-10, what=f"densities for sigma {sigma:.3g}"
        )
    near_single(submission.igso3.igso3_density(omega.float(), 0.7), laws.density(omega, 0.7), "densities")


@task("igso3", weight=3)
def test_fresh_scores(submission, seed):
    """Scores for eight deviations from .02 to 5, at fresh angles, next to 0 and at pi; batches; float32

    The score is the derivative of the log-density of the rotation by the angle, along the axis: try angles
    near 0 and at pi, and small deviations.
    """
    omega = torch.cat([exactly(1e-4, 2e-3, 3.14), 3.1 * seed.uniform(3), 0.2 * seed.fork("small").uniform(2)])
    axis = seed.fork("axis").normal(8, 3)
    axis = axis / axis.norm(dim=1, keepdim=True)
    for sigma in (*SIGMAS, 0.05 + seed.fork("sigma").uniform(1).item()):
        v = (omega[:, None] * axis).reshape(2, 4, 3)
        came = submission.igso3.igso3_score(v, sigma)
        due = (laws.score(omega, sigma)[:, None] * axis).reshape(2, 4, 3)
        close(came, due, rtol=1e-6, atol=1e-8, what=f"scores for sigma {sigma:.3g}")
        ends = submission.igso3.igso3_score(exactly(0, 0, 0, math.pi, 0, 0).reshape(2, 3), sigma)
        close(ends, torch.zeros(2, 3), rtol=0, atol=1e-6, what=f"scores at 0 and pi for sigma {sigma:.3g}")
    far = (3.1415 * axis).float()  # in float32 the images' exponents would lose digits
    single = submission.igso3.igso3_score(far, 0.02)
    lengths = far.double().norm(dim=1)
    near_single(single, (laws.score(lengths, 0.02) / lengths)[:, None] * far.double(), "scores")


@task("igso3", weight=2)
def test_fresh_draws(submission, seed):
    """Angles at fresh u have the probability u below them, for three deviations, along their axes

    u is the share of the angle's law below omega: cumulate with the factor 1 - cos omega, and interpolate.
    Each axis is divided by its own length.
    """
    u, axis = torch.cat([exactly(0, 1), seed.uniform(30)]), seed.fork("axis").normal(32, 3)
    unit = axis / axis.norm(dim=1, keepdim=True)
    for sigma in (0.1, 0.8, 5.0):
        came = submission.igso3.igso3_sample(u, axis, sigma)
        angles = (came * unit).sum(dim=1)
        close(came, angles[:, None] * unit, rtol=0, atol=1e-9, what="the rotation vectors' axes")
        close(
            laws.distribution(angles, sigma), u, rtol=0, atol=5e-4, what=f"probabilities for sigma {sigma:g}"
        )
        expect(bool(((angles >= 0) & (angles <= math.pi + 1e-9)).all()), "angles leave 0..pi")
