"""Code that raises gets the hint of the comparison that was not reached."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from autograder.calls.outcomes import StudentError
from autograder.calls.wire import Fault
from autograder.judging.hints import hint_for

CHECKS = '''\
from autograder.checks import close, expect, raises

WIDE = "Work in float64."


def test_two(call):
    """Two comparisons"""
    close(call("a"), 1.0, hint="The first.")
    result = call("b")
    expect(result > 0, "it is not", "The second.")
    close(call("c"), 2.0, hint=WIDE)
    call("d")


def test_named_inside(call):
    """A hint is named in the check"""
    hint = "First named."
    close(call("f"), 3.0, hint=hint)
    hint = "Then named."
    close(call("g"), 3.0, hint=hint)


def test_in_a_helper(call):
    """A helper knows"""
    compared(call)


def compared(call):
    close(call("e"), 1.0, hint="The helper's.")
'''


@pytest.fixture
def checks(tmp_path: Path) -> Any:
    file = tmp_path / "test_checks.py"
    file.write_text(CHECKS)
    spec = importlib.util.spec_from_file_location("checks_with_hints", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hint(checks: Any, test: str, at: str, kind: str = "RuntimeError") -> str:
    def call(name: str) -> float:
        if name == at:
            raise StudentError(name, Fault(kind, (kind, "Exception"), "x"))
        return {"a": 1.0, "c": 2.0}.get(name, 3.0)

    with pytest.raises(StudentError) as raised:
        getattr(checks, test)(call)
    return hint_for(raised.value, Path(checks.__file__))


def test_the_hint_is_that_of_the_comparison_which_was_not_reached(checks: Any) -> None:
    found = [hint(checks, "test_two", at) for at in "abcd"]
    assert found == ["The first.", "The second.", "Work in float64.", ""]
    assert hint(checks, "test_in_a_helper", "e") == "The helper's."
    assert [hint(checks, "test_named_inside", at) for at in "fg"] == ["First named.", "Then named."]


def test_a_slip_of_the_pen_gets_no_hint_about_the_matter(checks: Any) -> None:
    assert hint(checks, "test_two", "a", "NameError") == ""
