"""Rays and a ball."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=1)
def test_cameras_look_along_their_axes(tilt):
    assert tilt < 1e-5, f"the mean direction of a view is {tilt:.1e} off its axis: are the centres at + .5?"


@test_case(points=2)
def test_ball_is_where_it_is(ball):
    assert ball < 0.02, f"the ball's depth is off by {ball:.3f}; a bin is 0.008 long"
