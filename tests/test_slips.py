"""Small slips in the reference name a mistake that nobody foresaw, only where nothing contradicts them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.calls.outcomes import Outcome
from autograder.calls.undertest import Call
from autograder.differences.slips import KINDS
from autograder.judging.plugin import Check
from autograder.judging.slipped import slipped
from autograder.judging.trial import CheckRun
from autograder.records import Verdict, Visibility
from autograder.sources.inmemory import unload_package
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import imports_apart, write_checks, write_small

X = torch.rand(50, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def said(expression: str) -> set[str]:
    whole = ast.parse(expression, mode="eval")
    pairs = [(child, node) for node in ast.walk(whole) for child in ast.iter_child_nodes(node)]
    made = (kind(*pair, frozenset({"x", "mask"})) for pair in pairs for kind in KINDS)
    return {says for several in made for says, _ in several}


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("(1 - mask) * secret", "the factor with `mask` is missing"),
        ("x - mask", "the term with `mask` has the wrong sign"),
        ("2 * secret", "the factor 2 is missing"),
        ("secret * other", "one factor is missing"),
        ("x.sqrt()", "a square root is missing at `x`"),
        ("torch.sqrt(x)", "a square root is missing at `x`"),
        ("x.sum()", "mean stands where sum belongs"),
        ("f(x, mask=mask)", "`mask` is not passed on"),
        ("x.flip(dims=d)[mask]", "`mask` is read the wrong way round"),
        ("x.sum(dim=1)", "another axis is taken"),
        ("secret < x", "a value on the bound itself counts on the other side"),
    ],
)
def test_slips_are_put_into_words(expression: str, says: str) -> None:
    assert says in said(expression)


def test_sentences_name_nothing_of_an_answer_but_arguments() -> None:
    assert not any("secret" in says for says in said("secret.sqrt() * (secret - x) / secret[secret]"))


def test_what_is_counted_is_no_share() -> None:
    assert "1 - `x` stands where `x` belongs" in said("x * secret")
    assert "1 - `x` stands where `x` belongs" not in said("secret[x]") | said("x // 2")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assignment]:
    folder = write_small(tmp_path)
    write_checks(folder)
    with imports_apart():
        monkeypatch.syspath_prepend(folder.parents[1])
        yield load_assignment(folder)
    for name in [name for name in sys.modules if name.startswith("a90_small__") and "." not in name]:
        unload_package(name)


def run(name: str, verdict: Verdict, x: torch.Tensor, came: torch.Tensor) -> CheckRun:
    check = Check(name, "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    return CheckRun(check, Outcome(verdict), 0.0, (Call("idea.scale", (x, 3.0), {}, False, came),))


def named(small: Assignment, *judged: CheckRun) -> dict[str, str]:
    return slipped(small, "scale", judged)


def test_a_slip_is_named_under_every_failed_check(small: Assignment) -> None:
    both = [run(name, Verdict.FAIL, X, X.clone()) for name in "ab"]
    says = "the factor with `factor` is missing, in `scale`."
    assert named(small, *both) == {"a": says, "b": says}


def test_a_slip_that_any_check_contradicts_is_not_named(small: Assignment) -> None:
    failed = run("a", Verdict.FAIL, X, X.clone())
    assert named(small, failed, run("b", Verdict.FAIL, X, X + 1)) == {}
    assert named(small, failed, run("b", Verdict.PASS, X, 3 * X)) == {}


def test_few_digits_name_nothing(small: Assignment) -> None:
    one = torch.ones(1, dtype=torch.float64)
    assert named(small, run("a", Verdict.FAIL, one, one.clone())) == {}


def test_results_that_no_slip_gives_are_not_named(small: Assignment) -> None:
    assert named(small, run("a", Verdict.FAIL, X, X.sin() + 0.3)) == {}
