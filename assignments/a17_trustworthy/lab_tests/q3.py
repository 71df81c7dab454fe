"""The mark."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 3


@test_case(points=1)
def test_mask_has_its_coefficients(mask):
    number = int(mask.sum())
    assert number == 28, f"the mask marks {number} coefficients; rings 1, 2 and 3 have 28"


@test_case(points=1)
def test_mark_is_found(found):
    share = found["clipped"][2]
    assert share > 0.9, f"the matched filter finds the mark in {share:.2f} of clipped digits; expected 0.9"


@test_case(points=1)
def test_innocent_digits_are_left_alone(accused):
    share = accused["written by people"][2]
    assert share < 0.05, f"the matched filter accuses {share:.2f} of people's digits; expected less than 0.05"
