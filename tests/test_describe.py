"""What a difference looks like: each relation is told, and none where arrays have nothing in common."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from autograder.checks import CheckFailed, close
from autograder.differences.describe import describe


def told(got: Tensor, want: Tensor) -> str:
    near = (got.double() - want.double()).abs() <= 1e-10 * want.double().abs()
    return describe(got, want, near)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def put(x: Tensor, index: tuple[object, ...], value: object) -> Tensor:
    changed = x.clone()
    changed[index] = value  # type: ignore[index]
    return changed


def border(x: Tensor) -> Tensor:
    changed = x * normal(*x.shape, seed=9)
    changed[..., 1:-1, 1:-1] = x[..., 1:-1, 1:-1]
    return changed


X = normal(5, 4, 6)
RELATIONS: list[tuple[Callable[[Tensor], Tensor], str]] = [
    (lambda x: 2 * x, "times 2."),
    (lambda x: x / 2, "times 1/2."),
    (lambda x: x * math.sqrt(2), "times √2."),
    (lambda x: x / 5, "times 1/5 (a dimension of 5: a mean for a sum?)."),
    (lambda x: x * 120, "times 120 (120 values: a sum for a mean?)."),
    (lambda x: x * 0.3717, "times 0.3717."),
    (lambda x: -x, "the other sign"),
    (lambda x: x + 1, "plus 1."),
    (lambda x: x - 0.217, "minus 0.217."),
    (lambda x: 1 - x, "1 minus the expected one"),
    (lambda x: 1 / x, "the reciprocal"),
    (lambda x: x**2, "the square of"),
    (lambda x: 3.3 * x - 0.7, "3.3 times the expected one, minus 0.7"),
    (lambda x: x.clamp(-1, 1), "cut off at -1 and 1"),
    (lambda x: x.float().double() * 0.3 / 0.3, "float32"),
    (lambda x: x * (1 + 6e-7), "right to 6 digits"),
    (lambda x: x.flip(1), "The order along dimension 1 is turned round"),
    (lambda x: x.roll(2, 2), "shifted by 2 along dimension 2, in a circle"),
    (lambda x: x[[2, 0, 1, 4, 3]], "another order along dimension 0"),
    (lambda x: x.transpose(1, 2).reshape(x.shape), "dimensions 1 and 2 are transposed"),
    (lambda x: x[:1].expand_as(x), "what belongs to the first place"),
    (lambda x: torch.cat([x[:1] * 0, x[:-1]]), "the place before it along dimension 0"),
    (lambda x: x.mean(0, keepdim=True).expand_as(x), "the mean along dimension 0"),
    (lambda x: x * torch.arange(2.0, 7).reshape(5, 1, 1).double(), "times a number of its own: 2, 3, 4"),
    (lambda x: x + normal(5, 1, 1, seed=4), "plus a number of its own"),
    (lambda x: torch.full_like(x, 0.25), "Every value is 0.25"),
    (lambda x: put(x, (0,), normal(4, 6, seed=2)), "Only the first of 5 places of dimension 0 is wrong"),
    (lambda x: put(x, (4,), 3 * x[4]), "Only the last of 5 places of dimension 0 is wrong. There: each"),
    (lambda x: put(x, (slice(1, None),), normal(4, 4, 6, seed=3)), "Only what comes after the first of 5"),
    (lambda x: x.where(x > 0, normal(5, 4, 6, seed=5)), "Only what should be negative is wrong"),
    (lambda x: put(x, (0, 0, 0), math.nan), "Only what is not finite is wrong"),
    (border, "Only the border of the last two dimensions"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), RELATIONS, ids=[words for _, words in RELATIONS])
def test_each_relation_is_told(change: Callable[[Tensor], Tensor], words: str) -> None:
    assert words in told(change(X), X)


def test_axes_of_a_square_and_roots_of_what_is_positive() -> None:
    assert told(normal(4, 4).T, normal(4, 4)) == "This is transposed."
    x = normal(7).abs()
    assert "the square root of" in told(x.sqrt(), x)
    assert "the logarithm of" in told(x.log(), x)


def test_one_value_with_many_digits_tells_a_known_factor_and_no_other() -> None:
    x = torch.tensor(0.7182818284, dtype=torch.float64)
    assert told(x / 2, x) == "It is the expected one times 1/2."
    assert told(x * 0.3717, x) == ""
    assert told(torch.tensor(10 / 3), torch.tensor(0.3)) == ""  # numbers of an example by hand are short
    assert "NaN" in told(x * math.nan, x)
    assert told(torch.tensor(1.0), torch.tensor(2.0)) == ""  # so short values often are in a simple relation


def test_a_number_fitted_to_few_values_is_told_as_a_possibility() -> None:
    x = normal(3)
    assert (
        told(0.5306 * x, x) == "Perhaps in this example alone, each value is the expected one times 0.5306."
    )
    assert told(x / 3, x).startswith("Each value is the expected one times 1/3")
    assert told(0.5306 * normal(9), normal(9)).startswith("Each value is the expected one times 0.5306")


def test_truth_values_that_have_changed_places() -> None:
    x = torch.tensor([True, False, False, True, True, False])
    assert describe(~x, x, ~x == x) == "True and False have changed places."


SHAPES = [(), (2,), (3,), (5,), (10,), (2, 2), (3, 3), (2, 5), (2, 1, 4, 4), (4, 3, 2)]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
def test_arrays_without_a_relation_are_not_described(dtype: torch.dtype) -> None:
    for seed in range(15):
        for shape in SHAPES:
            got, want = (normal(*shape, seed=2 * seed + i + 1000).to(dtype) for i in (0, 1))
            assert told(got, want) == "", (seed, shape)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_of_few_values_a_single_wrong_one_is_no_place(n: int) -> None:
    assert told(put(normal(n), (n - 1,), 7.3), normal(n)) == ""
    assert told(put(normal(n, 6, seed=8), (n - 1, 2), 7.3), normal(n, 6, seed=8)) == ""
    assert "Only the last of 9 places is wrong" in told(put(normal(9), (8,), 7.3), normal(9))


def test_small_whole_numbers_are_rarely_described_by_chance() -> None:
    alarms = []
    for seed in range(100):
        shape = SHAPES[seed % len(SHAPES)]
        source = torch.Generator().manual_seed(seed)
        got, want = (torch.randint(-9, 10, shape, generator=source).double() for _ in range(2))
        alarms += [said for said in [told(got, want)] if said and not said.startswith("Only ")]
    assert len(alarms) <= 1, alarms


def test_values_that_differ_in_sign_alone_are_one_witness() -> None:
    few = torch.tensor([[0.6, 0.8], [-0.8, 0.6], [-0.6, -0.8]], dtype=torch.float64)  # of one worked triangle
    assert told(few.flip(1), few) == ""
    assert told(-few * normal(3, 2), few * normal(3, 2)) == "Each value has the other sign."


def test_a_failed_comparison_says_what_it_looks_like() -> None:
    with pytest.raises(CheckFailed, match=r"\[0, 0, 0\] is .*\nEach value is the expected one times 2\."):
        close(2 * X, X)


def test_a_small_term_that_is_forgotten_is_no_matter_of_digits() -> None:
    x = torch.tensor([-65331.55, -1657.248, -323.1934], dtype=torch.float64)
    forgotten = torch.tensor([24.95, 0.071, 0.0026], dtype=torch.float64)
    assert told(x + forgotten, x) == ""


def test_a_small_difference_of_large_numbers_is_no_matter_of_digits() -> None:
    x = 1e8 * normal(5).abs()
    assert told(x + torch.tensor([1, 2, 0, 1, 3]), x) == ""
    assert told(x[:1] + 1, x[:1]) == ""
    assert "float32" in told(x.float().double() * 0.3 / 0.3, x)


def test_a_small_constant_is_no_float32() -> None:
    x = normal(9, 5).abs()
    constant, single = 1e-7, x.float()
    for got, want in (
        (x / (x.norm() + constant), x / x.norm()),
        ((x + constant).log(), x.log()),
        (-(x**2 + constant).log() / 2, -(x + constant).log()),
        (x / (x.norm(dim=0) + constant), x / x.norm(dim=0)),
    ):
        assert re.fullmatch(r"This is right to \d digits, but to no more.|", told(got, want))
    assert "digits" in told(normal(3, seed=7) * (1 + 1e-7), normal(3, seed=7))
    assert "float32" in told((single / single.norm()).double(), x / x.norm())
    assert "float32" in told(x.log().mean().float().double(), x.log().mean())
    means = (x[0] * 64).round().float().double() + 1 / 3.0
    means = means.float().double()  # what is due is a float32 number, too
    assert "float32" not in told(means * (1 + 2**-23), means)
    assert "float32" not in told(torch.tensor(0.5).double(), torch.tensor(0.5 + 1e-8).double())


def test_values_with_names_are_told_by_them_and_may_have_changed_places() -> None:
    with pytest.raises(CheckFailed, match=r"^log Z is 2; expected 3"):
        close((0.3, 1.7, 2.0), (0.3, 1.7, 3.0), what="mean, ess and log Z")
    with pytest.raises(
        CheckFailed, match=r"^at 1: mean is 1.7; .*\nat 1: mean and at 1: ess have changed places"
    ):
        close((1.7, 0.3), (0.3, 1.7), what="at 1: mean and ess")
    with pytest.raises(CheckFailed, match=r"^value 2 of the weights is 2; expected 3$"):
        close((1.0, 2.0), (1.0, 3.0), what="the weights")


def test_truth_values_read_as_words_and_columns_have_names() -> None:
    with pytest.raises(CheckFailed, match=r"keep\[1\] is False; expected True"):
        close(torch.tensor([True, False]), torch.tensor([True, True]), what="keep")
    table = torch.tensor([[0.0, 1.0], [1.0, 2.0]])
    with pytest.raises(
        CheckFailed, match=r"for image 1 the context is 1; .*\nOnly the column 'context' is wrong."
    ):
        close(put(table, (1, 1), 1.0), table, axes=("image", ("value", "context")))
    with pytest.raises(CheckFailed, match=r"^the pair: the context is 3; expected 1"):
        close(torch.tensor([0.0, 3.0]), table[0], what="the pair", axes=(("value", "context"),))
    with pytest.raises(CheckFailed, match="the result at image 1, step 0 is 5; expected 1"):
        close(put(table, (1, 0), 5.0), table, axes=("image", "step"))
