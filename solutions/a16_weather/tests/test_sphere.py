"""Public checks of noise on a globe: single harmonics by hand, and its law by probing."""

import math

import torch
from torch import Tensor

from autograder.checks import exactly, expect, task
from autograder.nearness import near, near_single, unchanged

from .. import plays

LAT, LON = exactly(-90, -30, 10, 80), exactly(0, 90, 123, 200, 359)
SINE, COSINE, TURN = LAT.deg2rad().sin()[:, None], LAT.deg2rad().cos()[:, None], LON.deg2rad()


def one(L: int, degree: int, order: int) -> Tensor:
    """Return coefficients of which one is 1."""
    z = torch.zeros(L, 2 * L - 1, dtype=torch.float64)
    z[degree, order + L - 1] = 1
    return z


def probed(submission, L: int) -> Tensor:
    """Return the field of each coefficient, as rows of places."""
    z = torch.eye(L * (2 * L - 1), dtype=torch.float64).view(-1, L, 2 * L - 1)
    return submission.sphere.spherical_noise(z, LAT, LON).flatten(1)


# -------------------- 6.1 spherical_noise
@task("spherical_noise", weight=2)
def test_harmonics_by_hand(submission):
    """Degree 0 is 1/sqrt(L); degree 1 sin lat, cos lat cos lon and cos lat sin lon, over sqrt(L)"""
    even = torch.ones(4, 5).double()
    shapes = {0: SINE * even, 1: COSINE * TURN.cos(), -1: COSINE * TURN.sin()}
    for L in (2, 5):
        near(submission.sphere.spherical_noise(one(L, 0, 0), LAT, LON), even / math.sqrt(L), "degree 0")
        for order, shape in shapes.items():
            came = submission.sphere.spherical_noise(one(L, 1, order), LAT, LON)
            hint = "sqrt(4 pi / (L (2 l + 1))), and sqrt(2) for orders that are not 0."
            near(came, shape / math.sqrt(L), f"degree 1, order {order}, L = {L}", hint)
    came = submission.sphere.spherical_noise(one(4, 3, -2), LAT, LON)
    due = math.sqrt(15) / 2 * SINE * COSINE**2 * (2 * TURN).sin() / 2
    near(came, due, "degree 3, order -2, L = 4", "Order m waves m times round the globe.")


@task("spherical_noise", weight=2)
def test_the_same_law_everywhere(submission):
    """The variance is 1 at the poles and between; all 64 coefficients count for L = 8, those past l do not"""
    fields = probed(submission, 8)
    near(fields.square().sum(dim=0), torch.ones(20).double(), "variances", "Equal power in each degree.")
    counting = (fields.abs().sum(dim=1) > 0).view(8, 15)
    due = torch.tensor([[abs(order) <= degree for order in range(-7, 8)] for degree in range(8)])
    expect(torch.equal(counting, due), f"{int(counting.sum())} coefficients count; expected 64, |m| <= l")


@task("spherical_noise")
def test_covariance_by_angle(submission):
    """The covariance of two places depends on the angle between them alone: the mean of P_l(cos), l = 0..7"""
    from numpy.polynomial.legendre import legval

    fields = probed(submission, 8)
    places = torch.stack([COSINE * TURN.cos(), COSINE * TURN.sin(), SINE.expand(4, 5)], dim=-1).view(-1, 3)
    due = torch.from_numpy(legval((places @ places.T).clamp(-1, 1).numpy(), [1 / 8] * 8))
    hint = "Each degree has the power 1/L, shared by its 2 l + 1 orders."
    near(fields.T @ fields, due, "the covariance", hint, 1e-10)


@task("spherical_noise")
def test_many_fields(submission, seed):
    """Fields of two axes of their own come each for itself; float32 coefficients give float32 fields"""
    z = seed.normal(2, 3, 4, 7)
    came = submission.play(plays.calling, "sphere", "spherical_noise", [z, LAT, LON])
    alone = torch.stack([submission.sphere.spherical_noise(field, LAT, LON) for field in z.flatten(0, 1)])
    near(came["value"], alone.view(2, 3, 4, 5), "the fields", within=1e-11)
    unchanged(came["arguments"], [z, LAT, LON])
    again = submission.sphere.spherical_noise(z, LAT.float(), LON.float())
    near(again, came["value"], "fields at float32 places", within=1e-11)
    near_single(submission.sphere.spherical_noise(z[0, 0].float(), LAT.float(), LON.float()), alone[0])
