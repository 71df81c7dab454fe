"""Sampling."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 5


@test_case(points=1)
def test_network_is_asked_once_a_step(calls):
    assert calls == 101, f"the network was asked {calls} times; 100 steps and the last answer are 101"


@test_case(points=2)
def test_turned_pieces_have_turned_answers(tilt):
    assert tilt < 1e-4, f"the answer to a turned piece is {tilt:.1e} off the turned answer"


@test_case(points=2)
def test_less_noise_makes_better_bonds(table):
    low, high = table[0.1][0], table[1.0][0]
    assert low > high + 0.1, f"{low:.2f} of CA steps are right with a tenth of the noise, {high:.2f} with all"
