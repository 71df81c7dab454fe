"""Averages of all lengths, after the run."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 4


@test_case(points=1)
def test_first_weights_are_forgotten(share_of_first):
    assert share_of_first == 0, (
        f"{share_of_first} of the first weights is left; expected 0: beta is 0 at step 1"
    )


@test_case(points=1)
def test_averages_change_little_when_the_rate_falls(falling):
    gain = falling[0.0] - min(falling.values())
    assert -0.001 < gain < 0.02, f"the best average is better by {gain:.4f}; expected next to nothing"


@test_case(points=2)
def test_averages_matter_at_a_constant_rate(constant, best_length):
    gain = constant[0.0] - constant[best_length]
    assert best_length > 0, "the last weights are the best; expected an average to be better"
    assert gain > 0.003, (
        f"the best average, of {best_length}, is better than the last weights by {gain:.4f}; expected more"
    )
