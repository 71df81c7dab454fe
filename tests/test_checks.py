"""The comparators: what they accept, what they refuse, and what they say."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from autograder.calls.outcomes import StudentError
from autograder.calls.wire import Fault
from autograder.checks import (
    CheckFailed,
    any_of,
    close,
    exactly,
    expect,
    expect_dtype,
    law_is,
    mean_is,
    raises,
    task,
    variance_is,
)
from autograder.errors import Stop
from autograder.records import Verdict
from autograder.seeds import Seed


def test_close_accepts_within_tolerance_only():
    close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0 + 1e-6]), rtol=1e-6)
    with pytest.raises(CheckFailed, match=r"the result at \[1\] is 2; expected 2.1 \(1 of 2 values differ\)"):
        close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.1]))
    with pytest.raises(CheckFailed, match=r"x_t\[1\] is 2"):
        close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.1]), what="x_t")


@pytest.mark.parametrize("expected", [math.nan, 1.0])
def test_nan_equals_nothing(expected):
    with pytest.raises(CheckFailed):
        close(torch.tensor(math.nan), torch.tensor(expected), atol=math.inf)


def test_equal_infinities_are_close_and_others_are_not():
    close(torch.tensor([-math.inf]), torch.tensor([-math.inf]))
    for other in (-math.inf, 1.0):
        with pytest.raises(CheckFailed):
            close(torch.tensor([math.inf]), torch.tensor([other]))
        with pytest.raises(CheckFailed):
            close(torch.tensor([other]), torch.tensor([math.inf]), atol=1.0)


@pytest.mark.parametrize("actual", [torch.zeros(3, 1), torch.zeros(1), None, "0", (0.0, 0.0, 0.0)])
def test_shapes_and_kinds_must_agree(actual):
    with pytest.raises(CheckFailed) as failed:
        close(actual, torch.zeros(3), hint="about values")
    assert failed.value.hint == ("Is a `return` missing?" if actual is None else "")


def test_one_none_among_several_results_is_no_missing_return() -> None:
    for actual, expected in (({"x": None}, {"x": torch.ones(2)}), ([None], [torch.ones(2)])):
        with pytest.raises(CheckFailed, match="is None; expected a tensor") as failed:
            close(actual, expected, what="the gradient")
        assert failed.value.hint == ""


def test_structures_are_compared_part_by_part():
    close((1.0, {"a": torch.zeros(2)}), (1.0, {"a": torch.zeros(2)}))
    with pytest.raises(CheckFailed, match=r"'a' of value 2 of the result at \[0\] is 1"):
        close((1.0, {"a": torch.ones(2)}), (1.0, {"a": torch.zeros(2)}))
    with pytest.raises(CheckFailed, match="expected 2 values, got a tuple of 1"):
        close((1.0,), (1.0, 2.0))


def test_numbers_that_differ_in_the_last_digits_are_shown_in_full():
    with pytest.raises(CheckFailed, match=r"is 0\.1; expected 0\.1000000000000001"):
        close(0.1, 0.1 + 1e-16, rtol=0)


def test_whole_numbers_are_shown_in_full():
    with pytest.raises(CheckFailed, match=r"is 32865024; expected 32865056$"):
        close(32_865_024, 32_865_056, rtol=0)


def test_a_python_number_is_a_float64():
    close(torch.tensor(1e-4, dtype=torch.float64), 1e-4, rtol=1e-15)


def test_expect_tells_message_and_hint():
    expect(True, "unused")
    with pytest.raises(CheckFailed, match="came 1") as failed:
        expect(torch.tensor(False), "came 1", "try 2")
    assert failed.value.hint == "try 2"


def test_exactly_keeps_all_digits_of_a_number():
    assert exactly(0.1, 3).tolist() == [0.1, 3.0]
    assert exactly().dtype == torch.float64


def test_another_dtype_is_told_with_the_right_one_and_a_hint():
    expect_dtype(torch.zeros(2), torch.float32)
    with pytest.raises(CheckFailed, match=r"the result is torch\.float64; expected torch\.float32") as failed:
        expect_dtype(exactly(1), torch.float32)
    assert failed.value.hint == "Cast the result."
    with pytest.raises(CheckFailed) as failed:
        expect_dtype(exactly(1), torch.float32, "Look at the weights.")
    assert failed.value.hint == "Look at the weights."


def student_raises(*bases: str) -> StudentError:
    return StudentError("f.g", Fault(bases[0], bases, "told"))


def test_raises_accepts_the_error_and_its_subclasses():
    with raises(ValueError):
        raise student_raises("UnicodeError", "ValueError", "Exception")
    with (
        pytest.raises(CheckFailed, match=r"f.g raised KeyError: told; expected Val"),
        raises(ValueError),
    ):
        raise student_raises("KeyError", "LookupError", "Exception")
    with pytest.raises(CheckFailed, match="nothing was raised"), raises(ValueError):
        pass


def test_a_slip_is_not_taken_for_the_error_that_was_asked_for():
    with pytest.raises(StudentError, match=r"f.g raised NameError"), raises(ValueError):
        raise student_raises("NameError", "Exception")


@pytest.mark.parametrize("n", range(20))
def test_statistical_comparators_accept_the_truth(n):
    x = Seed(n).normal(2000)
    mean_is(x, 0, 1)
    variance_is(x, 1)
    law_is(x, lambda values: torch.special.ndtr(torch.as_tensor(values)).numpy())


def test_statistical_comparators_refuse_what_is_wrong():
    x = Seed(0).normal(2000)
    normal = lambda values: torch.special.ndtr(torch.as_tensor(values)).numpy()  # noqa: E731
    for wrong in (
        lambda: mean_is(x + 0.2, 0, 1),
        lambda: variance_is(1.2 * x, 1),
        lambda: law_is(x.abs(), normal),
    ):
        with pytest.raises(CheckFailed):
            wrong()
    with pytest.raises(CheckFailed, match="NaN"):
        law_is(x / 0, normal)


def test_a_statistical_failure_counts_only_on_a_second_seed():
    seen: list[Seed] = []
    begun: list[int] = []  # how many seeds had been seen when a process began anew
    code = SimpleNamespace(begin_anew=lambda: begun.append(len(seen)))

    @task("x", statistical=True)
    def fails_once(submission: Any, seed: Seed) -> None:
        seen.append(seed)
        expect(len(seen) > 1, "first")

    fails_once(submission=code, seed=Seed(1))
    assert seen[1] != seen[0]
    assert begun == [0, 1]

    @task("x", statistical=True)
    def fails(submission: Any, seed: Seed) -> None:
        expect(False, "both")

    with pytest.raises(CheckFailed, match="both"):
        fails(submission=code, seed=Seed(1))


def test_one_of_several_things_is_enough_and_the_first_failure_is_told():
    asked = []

    def no(what):
        asked.append(what)
        raise CheckFailed(what)

    def broken():
        raise AttributeError("no tensor")

    any_of(broken, lambda: no("first"), lambda: None, lambda: no("never asked"))
    assert asked == ["first"]
    with pytest.raises(CheckFailed, match="first"):
        any_of(lambda: no("first"), broken)
    with pytest.raises(Stop):
        any_of(lambda: (_ for _ in ()).throw(Stop(Verdict.NOT_IMPLEMENTED, "a TODO")), lambda: None)
