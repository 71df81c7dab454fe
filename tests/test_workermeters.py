"""Peaks of yardsticks that are kept: measured once for each form of arguments, in workers of their own."""

import itertools

import pytest
import torch

from autograder.calls.wire import Reply
from autograder.isolation.limits import LIFE_CALLS_CPU
from autograder.judging.workermeters import KnownPeaks


class Fake:
    """A worker whose call raises its memory by so many bytes."""

    def __init__(self, raised):
        self.raised, self.held, self.alive = raised, 1000, True

    def ask(self, request):
        assert self.alive
        self.held += self.raised
        return Reply(request.id, request.args[0])

    def await_ready(self):
        pass

    def pin(self, cores):
        pass

    def peak_bytes(self):
        return self.held

    def kill(self):
        self.alive = False


@pytest.fixture
def started():
    return []


@pytest.fixture
def peak(started):
    """What is measured of a call with one tensor, in workers that raise memory by 70, 50, 60, 40."""
    peaks, raised = KnownPeaks(), itertools.cycle((70, 50, 60, 40))

    def start(exact_memory):
        started.append(Fake(next(raised) if exact_memory else 10**6))
        return started[-1]

    def of(*shape, dtype=torch.float32):
        value, found = peaks.measured(
            start, lambda code: code.call("plays.f", (torch.ones(shape, dtype=dtype),), {})
        )
        assert torch.equal(value, torch.ones(shape, dtype=dtype))
        return found

    return of


def test_the_lower_of_two_peaks_is_kept_for_arguments_of_one_form(peak, started):
    assert [peak(2, 3), peak(2, 3)] == [50, 50]
    assert [one.alive for one in started] == [True, False, False]


@pytest.mark.parametrize("other", [{"dtype": torch.float64}, {}])
def test_another_form_is_measured_anew(peak, started, other):
    peak(2, 3)
    assert peak(*([2, 3] if other else [3, 2]), **other) == 40
    assert len(started) == 5


def test_who_answers_is_replaced_before_its_life_is_used_up(peak, started):
    for _ in range(LIFE_CALLS_CPU + 1):
        peak(2)
    assert [one.alive for one in started] == [False, False, False, True]
