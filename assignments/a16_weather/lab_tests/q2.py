"""Rain."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 3


@test_case(points=2)
def test_motion_helps_for_an_hour(gain, wins):
    assert gain[0] > 0.005, f"moving gains {gain[0]:.4f} in the first hour; expected more than .005"
    assert wins[0] > 9, f"moving is better in {wins[0]} of 14 starts; expected 10 or more"


@test_case(points=1)
def test_what_half_a_pixel_costs(peak):
    assert abs(peak - 0.1762) < 1e-4, f"the peak is {peak:.4f}; expected .1762"
