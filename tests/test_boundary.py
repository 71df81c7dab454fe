"""A return value that is not what the signature promises is a failure with a sentence."""

from typing import Any

import pytest
import torch
from jaxtyping import Float, Int
from torch import Tensor

from autograder.calls.boundary import check_return, signature_of
from autograder.calls.outcomes import CheckFailed
from autograder.calls.wire import Opaque


def noisy(x0: Float[Tensor, "b *dims"], t: Int[Tensor, " b"], scale: float = 1.0) -> Float[Tensor, "b *dims"]:
    raise AssertionError


def pair(x: Float[Tensor, "b n"]) -> tuple[Float[Tensor, " b"], float]:
    raise AssertionError


def schedule(T: int) -> Float[Tensor, " T"]:
    raise AssertionError


def problem_with(function: Any, args: tuple[Any, ...], value: Any) -> str:
    try:
        check_return("f", signature_of(function), args, {}, value)
    except CheckFailed as failed:
        return f"{failed.message} {failed.hint}".strip()
    return ""


X, T = torch.zeros(4, 3, 8), torch.zeros(4, dtype=torch.int64)


def test_what_is_promised_passes():
    assert problem_with(noisy, (X, T), X.double()) == ""
    assert problem_with(pair, (torch.zeros(5, 2),), (torch.zeros(5), 1.0)) == ""
    assert problem_with(schedule, (7,), torch.zeros(7)) == ""


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "f returned None; expected a float tensor of shape (4, 3, 8) Is a `return` missing?"),
        (Opaque("numpy.ndarray"), "returned a numpy array (torch.from_numpy makes it a tensor); expected"),
        (Opaque("function"), "returned a function; expected a float tensor"),
        (0.5, "returned the float 0.5; expected a float tensor"),
        ((X,), "returned a tuple of 1 values; expected a float tensor of shape (4, 3, 8)"),
        (torch.zeros(4, 3), "returned a tensor of shape (4, 3); expected a float tensor of shape (4, 3, 8)"),
        (torch.zeros(30000, 1), "returned a tensor of shape (30000, 1); expected"),
        (torch.zeros(4, 3, 8, dtype=torch.int64), "returned a tensor of int64; expected a float tensor"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_anything_else_is_told(value, told):
    assert told in problem_with(noisy, (X, T), value)


def test_each_value_of_a_tuple_is_checked():
    x = torch.zeros(5, 2)
    assert "expected a tuple of 2 values" in problem_with(pair, (x,), torch.zeros(2))
    assert "as value 1 of its tuple" in problem_with(pair, (x,), (torch.zeros(4), 1.0))
    assert "as value 2 of its tuple" in problem_with(pair, (x,), (torch.zeros(5), None))


def test_axes_without_a_name_may_be_none_or_many():
    def mean(x: Float[Tensor, "..."], y: Float[Tensor, "... d"]) -> Float[Tensor, " d"]:
        raise AssertionError

    assert problem_with(mean, (torch.tensor(1.0), X), torch.zeros(8)) == ""
    assert "expected a float tensor of shape (8,)" in problem_with(mean, (X, X), torch.zeros(7))


def test_a_function_that_promises_nothing_may_return_anything():
    def free(x):
        raise AssertionError

    assert problem_with(free, (1,), None) == ""
