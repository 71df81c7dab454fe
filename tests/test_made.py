"""Short expressions of what is at hand are found by the values that they must have."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.differences.made import Array, Part, made, scaled

A = np.array([0.3, 0.7, 1.9, 2.3, 4.1])
B = np.array([1.1, 0.2, 3.7, 0.9, 2.6])
PARTS = [Part("a", "a", A), Part("b", "b", B), Part("zero", "zero", 0 * A)]


@pytest.mark.parametrize(
    ("want", "words"),
    [
        (A * B, "a * b"), (np.sqrt(A), "sqrt(a)"), (1 - np.sqrt(A), "1 - sqrt(a)"),
        (A**2 / B, "(a ** 2) / b"),
        (np.sqrt(A + B), "sqrt(a + b)"), (1 / (A - B), "1 / (a - b)"), (np.maximum(A, B), "maximum(a, b)"),
        (np.exp(-A), "exp(-a)"), (B * np.exp(A), "b * exp(a)"),
    ],
)  # fmt: skip
def test_short_expressions_are_found(want: Array, words: str) -> None:
    assert words in [part.words.replace("_made.", "") for part in made(want, PARTS)[:4]]


def test_the_shortest_expression_comes_first() -> None:
    assert made(A + 0, PARTS)[0].words == "a"


def test_what_changes_nothing_is_in_no_expression() -> None:
    assert not [part for part in made(A + B, PARTS) if "zero" in part.words]


def test_what_nothing_short_gives_is_not_found() -> None:
    assert made(np.sin(A * B) + 0.77, PARTS) == []


def test_places_that_tell_nothing_may_hold_anything() -> None:
    want = A * B
    want[2] = np.nan
    assert "a * b" in [part.words for part in made(want, PARTS)[:2]]


def test_a_number_is_read_off_a_value_and_its_wrong_one() -> None:
    assert [says for _, says in scaled(2.5 * A, A)] == ["{} is multiplied by 2.5"]
    assert [says for _, says in scaled(A - 3, A)] == ["-3 is added to {}"]
    assert list(scaled(A * B, A)) == []
