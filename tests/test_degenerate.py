"""Degenerate answers: what each kind returns, where it stands, and which wrong answers are no better."""

from __future__ import annotations

import ast
import importlib
import itertools
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.calls.undertest import Call
from autograder.proving import degenerate
from autograder.proving.degenerate import (
    KINDS,
    degenerate_sources,
    looks_degenerate,
    records,
    returns_its_input,
    returns_nan,
    returns_none,
    returns_recorded_outputs,
    returns_zeros,
)
from autograder.proving.harness import imported
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import IDEA, write_small

trees = itertools.count()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assignment:
    """The small assignment as a package of its own: `solutions` may be another course's."""
    idea = IDEA.replace("x, factor=2.0", "x, *, factor=2.0").replace("slope, ONE", "slope, factor=ONE")
    folder = write_small(tmp_path, idea=idea)
    tree = folder.parent.rename(tmp_path / f"degenerate_{next(trees)}")
    monkeypatch.syspath_prepend(tmp_path)
    return load_assignment(tree / folder.name)


def pair(x: torch.Tensor, n: int = 2) -> tuple[torch.Tensor, int]:
    return x + 1, n


def test_each_kind_has_the_form_of_the_references_result() -> None:
    x = torch.ones(3)
    assert returns_none(pair, x) is None
    zeros = returns_zeros(pair, x)
    assert (zeros[0].tolist(), zeros[1]) == ([0, 0, 0], 0)
    nan = returns_nan(pair, x)
    assert nan[0].isnan().all()
    assert math.isnan(nan[1])
    assert returns_its_input(pair, x) == (x, x)
    assert returns_its_input(lambda n: n + 1, 7) == 7


def test_the_reference_cannot_do_the_work_in_place() -> None:
    x = torch.ones(3)
    assert torch.equal(returns_its_input(torch.Tensor.zero_, x), torch.ones(3))


def test_recorded_outputs_are_repeated_and_the_last_is_given_for_anything_else() -> None:
    degenerate._tape.clear()
    with pytest.raises(LookupError):
        returns_recorded_outputs(pair, torch.ones(3))
    records(pair, torch.ones(3))
    records(pair, torch.zeros(3), n=5)
    assert returns_recorded_outputs(pair, torch.ones(3))[0].tolist() == [2, 2, 2]
    assert returns_recorded_outputs(pair, torch.full((3,), 9.0))[1] == 5
    degenerate._tape.clear()


def test_a_functions_body_is_replaced_and_its_signature_kept(small: Assignment) -> None:
    (source,) = degenerate_sources(small, small.task("scale"), returns_zeros).values()
    node = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    assert ast.unparse(node.args) == "x, *, factor=2.0"
    assert "class Line" in source
    with imported(small, {"idea.py": source}) as package:
        idea: Any = importlib.import_module(f"{package}.idea")
        assert idea.scale(torch.ones(2), factor=3.0).tolist() == [0, 0]


def test_a_class_keeps_its_constructor(small: Assignment) -> None:
    sources = degenerate_sources(small, small.task("Line"), returns_its_input)
    assert "self.slope = scale(slope" in sources["idea.py"]
    with imported(small, sources) as package:
        idea: Any = importlib.import_module(f"{package}.idea")
        assert idea.Line(torch.tensor(2.0)).at(torch.tensor(5.0)).item() == 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_code_that_compiles(small: Assignment, kind: degenerate.Reference) -> None:
    for task in small.tasks:
        (source,) = degenerate_sources(small, task, kind).values()
        compile(source, "idea.py", "exec")
        assert kind.__name__ in source


def calls(*outcomes: Any) -> list[Call]:
    return [Call("idea.scale", (torch.tensor([1.0, 2.0]),), {}, False, outcome) for outcome in outcomes]


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ((None, None), "returns None"),
        ((torch.zeros(2), torch.zeros(2)), "returns zeros"),
        ((torch.full((2,), math.nan),), "returns NaN"),
        ((torch.tensor([1.0, 2.0]),), "returns its input"),
        ((torch.zeros(2), torch.ones(2)), ""),
        ((), ""),
    ],
)
def test_a_wrong_answer_without_work_in_it_is_recognised(outcomes: tuple[Any, ...], words: str) -> None:
    assert looks_degenerate(calls(*outcomes)) == words


def test_a_reference_that_works_in_place_on_a_module_does_not_do_the_work() -> None:
    module = torch.nn.Linear(2, 2)
    before = module.weight.detach().clone()
    returns_zeros(lambda model: torch.nn.init.zeros_(model.weight), module)
    assert torch.equal(module.weight, before)
