"""Hidden checks of noise on a globe: fresh coefficients by scipy's harmonics, and turned planets."""

import math

import torch
from scipy.special import sph_harm_y
from torch import Tensor

from autograder.checks import any_of, task
from autograder.nearness import near, near_single

from .fresh import expect_alike


def by_scipy(z: Tensor, lat: Tensor, lon: Tensor) -> Tensor:
    """Sum real harmonics one by one."""
    L = z.shape[-2]
    below = (math.pi / 2 - lat.deg2rad())[:, None].numpy()
    turn = lon.deg2rad().numpy()
    total = torch.zeros(*z.shape[:-2], len(lat), len(lon)).double()
    for degree in range(L):
        for order in range(-degree, degree + 1):
            m = abs(order)
            wave = torch.from_numpy(sph_harm_y(degree, m, below, turn)) * (-1) ** m
            real = wave.real if order == 0 else math.sqrt(2) * (wave.real if order > 0 else wave.imag)
            scale = math.sqrt(4 * math.pi / (L * (2 * degree + 1)))
            total += scale * z[..., degree, order + L - 1, None, None] * real
    return total


@task("spherical_noise", gate=True)
def test_noise_is_an_answer_at_all(submission, seed):
    """Fresh fields go with their coefficients, as they are or with some of them"""
    lat, lon = torch.linspace(-80, 70, 9).double(), torch.linspace(0, 340, 12).double()
    z = seed.normal(3, 5, 9)
    came = submission.sphere.spherical_noise(z, lat, lon)
    even, odd = z.clone(), z.clone()
    even[..., :4], odd[..., 4:] = 0, 0
    any_of(
        *(
            lambda part=part: expect_alike(came, by_scipy(part, lat, lon))
            for part in (z, even, odd, z.flip(-1))
        )
    )


@task("spherical_noise", weight=3)
def test_fresh_fields(submission, seed):
    """Fresh coefficients on fresh grids, by scipy's harmonics, of 1, 3 and 9 degrees; float32

    Each degree has the power 1 / L, shared by its 2 l + 1 orders; column m + L - 1 holds order m, sines for m
    < 0, and the factor sqrt(2) for all m but 0.
    """
    for L in (1, 3, 9):
        fork = seed.fork(f"{L}")
        lat = (180 * fork.fork("lat").uniform(4) - 90).sort(descending=True).values
        lon = 360 * fork.fork("lon").uniform(5)
        z = fork.fork("z").normal(2, L, 2 * L - 1)
        near(submission.sphere.spherical_noise(z, lat, lon), by_scipy(z, lat, lon), f"L = {L}", within=1e-10)
        single = submission.sphere.spherical_noise(z.float(), lat, lon)
        near_single(single, by_scipy(z, lat, lon), f"L = {L}, float32")
