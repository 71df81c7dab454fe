"""Copies."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 4


@test_case(points=1)
def test_held_out_digits_have_their_ratio(medians):
    value = medians["held-out digits"]
    assert abs(value - 0.838) < 0.005, f"held-out digits have a median copy ratio of {value:.3f}; it is 0.838"


@test_case(points=2)
def test_small_training_set_is_copied(medians):
    large, few = medians["trained on 1,438"], medians["trained on 64"]
    assert few < 0.7 < 0.82 < large, f"the median copy ratios are {large:.2f} and {few:.2f}"


@test_case(points=1)
def test_distance_to_the_few_flatters(to_few):
    large, few = to_few["trained on 1,438"], to_few["trained on 64"]
    assert few < large, f"the distances to the 64 digits are {large:.2f} and {few:.2f}"
