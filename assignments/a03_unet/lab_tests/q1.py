"""What layers draw by themselves on an even image."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=1)
def test_sides_are_four_times_as_long(grey):
    shapes = {tuple(x.shape) for x in grey.values()}
    assert shapes == {(1, 1, 32, 32)}, f"cut to its middle, each image is 32 × 32; these are {shapes}"


@test_case(points=2)
def test_only_repeated_pixels_leave_no_pattern(pattern):
    assert pattern["resize"] < 1e-4, (
        f"repeated pixels leave a pattern of {pattern['resize']:.4f}; expected none"
    )
    assert pattern["kernel 3"] > 0.2, (
        f"a kernel of 3 leaves {pattern['kernel 3']:.4f}; expected a checkerboard"
    )
    assert pattern["kernel 4"] < pattern["kernel 3"] / 2, "a kernel of 4 should leave much less than one of 3"
