"""The samples that are handed in."""

import torch
from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 3


@test_case(points=1)
def test_shape_and_values(samples):
    assert samples.shape == (64, 1, 8, 8), f"samples has shape {tuple(samples.shape)}, not (64, 1, 8, 8)"
    assert samples.isfinite().all(), "samples holds values that are infinite or not a number"
    assert samples.abs().max() <= 1, "the images are in [-1, 1]"


@test_case(points=2)
def test_samples_are_digits_and_differ(samples, recognised):
    share = recognised(samples)
    assert share > 0.7, f"{share:.2f} of the samples are like real digits; expected more than 0.7"
    apart = torch.pdist(samples.flatten(1))
    assert apart.median() > 4, f"the median distance of two samples is {apart.median():.1f}; expected above 4"
