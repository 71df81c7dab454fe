"""The forward strip: images that keep less and less of their signal."""

import torch
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 2


@test_case(points=1)
def test_shape_and_values(noisy):
    assert noisy.shape == (3, 9, 1, 8, 8), f"noisy has shape {tuple(noisy.shape)}, not (3, 9, 1, 8, 8)"
    assert noisy.isfinite().all(), "noisy holds values that are infinite or not a number"


@test_case(points=1)
def test_image_gives_way_to_noise(noisy, x0, eps):
    assert (noisy[:, 0] - x0).abs().max() < 0.2, "after step 0 the digits should be nearly clean"
    assert (noisy[:, -1] - eps).abs().max() < 0.05, "after step 499 there should be nothing but the noise"
    distance = (noisy - x0[:, None]).flatten(2).norm(dim=2)
    assert torch.all(distance.diff(dim=1) > 0), "each column should be further from the digit than the last"
