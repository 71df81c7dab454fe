"""Heun's method with three steps."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2


@test_case(points=2)
def test_three_steps_are_too_few_for_heun(like):
    heun, two_m = like["Heun, Karras", 5], like["2M, Karras", 5]
    assert heun < 0.5, f"Heun's method with five calls makes {heun:.2f} digits; expected it to overshoot"
    assert two_m > 0.6, f"2M with five calls makes {two_m:.2f} digits; expected more than 0.6"
