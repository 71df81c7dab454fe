from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.authoring.fingerprints import marked, released_fingerprints
from autograder.calls.outcomes import Outcome, StudentError
from autograder.calls.undertest import Call
from autograder.calls.wire import Fault
from autograder.judging.fingerprint import Released, Saying, fingerprint, matches, read_released
from autograder.judging.naming import sentences
from autograder.judging.plugin import Check
from autograder.judging.trial import CheckRun
from autograder.records import Verdict, Visibility
from autograder.sources.variants import Wrong
from autograder.spec import Assignment, SpecError, load_assignment
from tests.small_assignment import (
    WRONG,
    imports_apart,
    release_small,
    root_of,
    write_checks,
    write_small,
)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Assignment]:
    folder = write_small(tmp_path)
    write_checks(folder)
    with imports_apart():
        yield load_assignment(folder)


def test_fingerprints_tell_results_apart() -> None:
    x = torch.linspace(-1, 1, 1000, dtype=torch.float64)
    base = fingerprint([x, {"a": 3}, (1.5, None)])
    assert isinstance(base, list)
    assert len(base) == 8
    assert len(fingerprint([x.float()]) or ()) == 16  # each precision has its own directions

    def same(*outcomes: object) -> bool:
        mark = fingerprint(outcomes)
        assert mark is not None
        return matches(base, mark)

    assert same(x * (1 + 1e-9), {"a": 3}, (1.5, None))
    assert not same(x * (1 + 1e-4), {"a": 3}, (1.5, None))
    halves = [fingerprint([value.half()]) for value in (x, x * (1 + 3e-3), x * 1.1)]
    assert matches(halves[0], halves[1])  # type: ignore[arg-type]
    assert not matches(halves[0], halves[2])  # type: ignore[arg-type]
    assert not same(x, {"a": 4}, (1.5, None))
    assert not same(x.float(), {"a": 3}, (1.5, None))
    assert not same(x.reshape(10, 100), {"a": 3}, (1.5, None))
    assert not same(x.where(x < 0.9, torch.nan), {"a": 3}, (1.5, None))
    assert fingerprint([x, None]) is None


def test_a_mistake_of_the_last_digits_is_compared_finely() -> None:
    x = torch.linspace(1, 2, 9, dtype=torch.float64)

    def gave(verdict: Verdict, *outcomes: torch.Tensor) -> CheckRun:
        check = Check("a", "", Visibility.PUBLIC, "scale", 1, False, "p", False)
        calls = [Call("idea.scale", (), {}, False, outcome) for outcome in outcomes]
        return CheckRun(check, Outcome(verdict), 0.0, tuple(calls))

    wrongs = [Wrong(name, "scale", "scale", "", name) for name in ("epsilon", "doubled")]
    tried = zip(wrongs, [[gave(FAIL, x / (1 + 1e-8))], [gave(FAIL, 2 * x)]], strict=True)
    released = marked([gave(PASS, x, x + 1)], tried)
    assert released.fine == {"a": ["epsilon"]}
    assert released.diagnose([gave(FAIL, x / (1 + 1e-8))])["a"].says == "epsilon"
    assert released.diagnose([gave(FAIL, x.float().double())]) == {}
    assert released.diagnose([gave(FAIL, 2 * x * (1 + 1e-8))])["a"].says == "doubled"


def test_fingerprints_of_nan_infinity_zeros_and_errors() -> None:
    nan, zero = torch.full((3,), torch.nan), torch.zeros(3)
    marks = [fingerprint([value]) for value in (nan, zero, -nan.nan_to_num(torch.inf), torch.zeros(4))]
    error = fingerprint([StudentError("f", Fault("ValueError", (), "x"))])
    assert error == "ValueError"
    for i, a in enumerate([*marks, error]):
        for j, b in enumerate([*marks, error]):
            assert a is not None
            assert b is not None
            assert matches(a, b) == (i == j)


def test_a_mistake_is_named_by_what_the_calls_returned(small: Assignment) -> None:
    release_small(small)
    released = read_released(root_of(small) / "assignments" / small.name)
    once = "tests/test_idea.py::test_scales_once"

    def diagnosed(name: str, *values: float) -> Saying | None:
        return released.diagnose([run(name, Verdict.FAIL, *values)]).get(name)

    assert diagnosed(once, 3.0) == released.wrong["scale__added"]
    assert diagnosed(once, 3.1) is None
    assert diagnosed(once, 3.0, 3.0) is None
    assert diagnosed(once) is None
    assert diagnosed("tests/test_idea.py::test_unknown", 3.0) is None


def run(name: str, verdict: Verdict, *values: float) -> CheckRun:
    check = Check(name, "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    calls = [Call("idea.scale", (), {}, False, torch.tensor([value])) for value in values]
    return CheckRun(check, Outcome(verdict), 0.0, tuple(calls))


def mark(value: float) -> list[float]:
    found = fingerprint([torch.tensor([value])])
    assert isinstance(found, list)
    return found


TWO = Released(
    fingerprints={"a": {"x": mark(1.0)}, "b": {"x": mark(2.0), "y": mark(3.0)}, "c": {"y": mark(4.0)}},
    wrong={name: Saying("scale", name) for name in "xy"},
)
FAIL, PASS = Verdict.FAIL, Verdict.PASS


def named(*runs: CheckRun) -> dict[str, str]:
    return {check: saying.says for check, saying in TWO.diagnose(runs).items()}


def test_a_sentence_stands_under_the_checks_whose_evidence_it_explains() -> None:
    assert named(run("a", FAIL, 1.0), run("b", FAIL, 2.0), run("c", PASS, 0.0)) == {"a": "x", "b": "x"}
    assert named(run("a", FAIL, 1.0), run("c", PASS, 0.0)) == {"a": "x"}


def test_two_known_mistakes_are_both_named() -> None:
    assert named(run("a", FAIL, 1.0), run("b", FAIL, 9.0), run("c", FAIL, 4.0)) == {"a": "x", "c": "y"}


def test_a_mistake_that_a_passing_check_would_show_is_not_named() -> None:
    assert named(run("a", FAIL, 1.0), run("b", PASS, 0.0), run("c", PASS, 0.0)) == {}


def test_exceptions_of_one_type_name_nothing_beside_a_contradiction() -> None:
    def shows(wrong: str, check: str) -> bool | None:
        return {"a": True, "b": True, "c": False}[check]

    assert sentences({"x": "x."}, ["a", "b", "c"], [], shows, lambda check: True) == {"a": "x", "b": "x"}
    assert sentences({"x": "x."}, ["a", "b", "c"], [], shows, lambda check: False) == {}


def test_a_mistake_that_one_check_shows_and_one_contradicts_is_named_beside_another_only() -> None:
    def shows(wrong: str, check: str) -> bool | None:
        return {"xa": True, "xb": False, "yb": False, "yc": True}.get(wrong + check)

    checks = ["a", "b", "c"]
    assert sentences({"x": "x."}, checks, [], shows, lambda check: True) == {}
    assert sentences({"x": "x.", "y": "y."}, checks, [], shows, lambda check: True) == {"a": "x", "c": "y"}


def test_a_mistake_that_is_right_in_more_failing_checks_than_it_explains_is_not_named() -> None:
    def shows(wrong: str, check: str) -> bool | None:
        return True if check == "a" else None

    assert sentences({"x": "x."}, ["a", "b"], [], shows, lambda check: True) == {"a": "x"}
    assert sentences({"x": "x."}, ["a", "b", "c"], [], shows, lambda check: True) == {}


def test_of_two_that_explain_the_same_none_is_named_unless_both_say_the_same() -> None:
    def of_two(**says: str) -> dict[str, str]:
        return sentences(says, ["a"], [], lambda wrong, check: True, lambda check: True)

    assert of_two(x="n for n - 1.", y="no root.") == {}
    assert of_two(x="n for n - 1.", y="n for n - 1.") == {"a": "x"}


def test_a_broken_checks_json_says_how_to_get_it_back(small: Assignment) -> None:
    assert read_released(small.folder) == Released()
    folder = release_small(small)
    (folder / "checks.json").write_text("{")
    with pytest.raises(SpecError, match=r"checks\.json: not as released .* git checkout"):
        read_released(folder)


def test_wrong_answers_that_no_check_tells_apart_need_one_sentence_to_have_any(small: Assignment) -> None:
    twin = WRONG.replace("scale__added", "scale__sum").replace("x + factor", "factor + x")
    twin = twin.replace("the factor is added", "the sum is taken")
    (small.folder / "wrong.py").write_text(WRONG + twin[twin.index("@wrong") : twin.index('@wrong("Line"')])
    found = released_fingerprints(small)
    assert {check: list(of_check) for check, of_check in found.fingerprints.items()} == {
        "tests/test_idea.py::test_scales_once": ["scale__added", "scale__sum"],
        "tests/test_idea.py::test_scales": ["scale__added", "scale__sum"],
        "tests/test_idea.py::test_height": ["line__squared"],
    }
    assert found.wrong.keys() == {"line__squared"}
    alike = (small.folder / "wrong.py").read_text().replace("the sum is taken", "the factor is added")
    (small.folder / "wrong.py").write_text(alike)
    assert released_fingerprints(small).wrong.keys() == {"line__squared", "scale__added", "scale__sum"}
