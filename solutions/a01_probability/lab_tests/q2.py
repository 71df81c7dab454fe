"""Completed digits: better than one Gaussian, and honest about what is not known."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 3


@test_case(points=2)
def test_completions_are_near(errors):
    error = errors["a Gaussian for each class"]
    assert error <= 0.185, f"the mean squared error is {error:.3f}; expected 0.185 or less"
    assert error < errors["one Gaussian"], "ten Gaussians should do better than one"


@test_case(points=1)
def test_deviations_are_honest(covered, within, between):
    assert 0.88 <= covered <= 0.99, (
        f"{covered:.1%} of the pixels lie within two deviations; about 95 % should"
    )
    assert min(within.min(), between.min()) >= 0, "neither part of a variance is negative"
