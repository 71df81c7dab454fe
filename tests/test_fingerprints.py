from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.authoring.fingerprints import assignment_fingerprints
from autograder.calls.outcomes import Outcome, StudentError
from autograder.calls.undertest import Call
from autograder.calls.wire import Fault
from autograder.judging.fingerprint import Released, Saying, fingerprint, matches, read_released
from autograder.judging.plugin import Check
from autograder.judging.trial import CheckRun
from autograder.records import Verdict, Visibility
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

    def same(*outcomes: object) -> bool:
        mark = fingerprint(outcomes)
        assert mark is not None
        return matches(base, mark)

    assert same(x * (1 + 1e-9), {"a": 3}, (1.5, None))
    assert not same(x * (1 + 1e-4), {"a": 3}, (1.5, None))
    assert not same(x, {"a": 4}, (1.5, None))
    assert not same(x.float(), {"a": 3}, (1.5, None))
    assert not same(x.reshape(10, 100), {"a": 3}, (1.5, None))
    assert not same(x.where(x < 0.9, torch.nan), {"a": 3}, (1.5, None))
    assert fingerprint([x, None]) is None


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
        check = Check(name, "", Visibility.PUBLIC, "scale", 1, False, small.package, False)
        calls = [Call("idea.scale", (), {}, False, torch.tensor([value])) for value in values]
        return released.diagnose([CheckRun(check, Outcome(Verdict.FAIL), 0.0, tuple(calls))])

    assert diagnosed(once, 3.0) == released.wrong["scale__added"]
    assert diagnosed(once, 3.1) is None
    assert diagnosed(once, 3.0, 3.0) is None
    assert diagnosed(once) is None
    assert diagnosed("tests/test_idea.py::test_unknown", 3.0) is None


def test_a_broken_checks_json_says_how_to_get_it_back(small: Assignment) -> None:
    assert read_released(small.folder) == Released()
    folder = release_small(small)
    (folder / "checks.json").write_text("{")
    with pytest.raises(SpecError, match=r"checks\.json: not as released .* git checkout"):
        read_released(folder)


def test_wrong_answers_that_a_check_cannot_tell_apart_are_left_out(small: Assignment) -> None:
    twin = WRONG.replace("scale__added", "scale__sum").replace("x + factor", "factor + x")
    (small.folder / "wrong.py").write_text(WRONG + twin[twin.index("@wrong") : twin.index('@wrong("Line"')])
    assert {check: list(marks) for check, marks in assignment_fingerprints(small).items()} == {
        "tests/test_idea.py::test_height": ["line__squared"]
    }
