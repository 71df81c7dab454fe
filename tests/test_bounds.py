"""Limits on time and memory: what is said of one that does not hold, and whom it blames."""

from __future__ import annotations

from autograder.proving.bounds import Costs


def test_a_limit_lies_clearly_between_honest_and_naive():
    costs = Costs([[1.0], [2.0]], [[9.0], [7.5]])
    assert costs.allow(2.5)
    assert costs.allow(5.0)
    assert not costs.allow(2.4)
    assert not costs.allow(5.1)


def test_one_disturbed_measurement_of_several_decides_nothing():
    assert Costs([[1.0, 9.0, 1.1]], [[14.0, 3.0, 14.5]]).allow(5)


def test_a_wrong_limit_is_blamed_when_the_measurements_agree():
    costs = Costs([[2.0, 2.1, 1.9]], [[7.4, 7.5, 7.3]])
    assert costs.complaint(5) == (
        "the limit is 5; an honest answer takes 2.00 and a naive one 7.40, so it must lie in 2.5..4.9"
    )
    strayed = Costs([[2.0, 3.0, 2.5]], [[7.0, 7.1, 7.2]])  # even at their best they do not allow it
    assert "it must lie in 3.1..4.7" in strayed.complaint(5)


def test_a_busy_machine_is_blamed_when_they_do_not():
    costs = Costs([[0.9, 2.9, 1.9]], [[7.4, 7.5, 7.3]])
    assert costs.complaint(5) == (
        "this machine is busy: the same answer took 0.90 and then 2.90; verify again when it is quieter"
    )
