"""Effective sample sizes: a few of a hundred samples serve the next level, none serves the last."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q5"
points = 1


@test_case(points=1)
def test_levels_are_steps(next_ess, last_ess):
    assert last_ess[0] < 0.01, "samples of the broadest level should be nearly useless for the last one"
    assert (next_ess[:-1] > last_ess[:-1]).all(), "the next level is nearer than the last"
