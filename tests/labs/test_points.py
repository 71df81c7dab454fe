"""The points of a lab's questions: Otter refuses a question whose cases are worth more than it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

QUESTIONS = sorted((Path(__file__).parents[2] / "solutions").glob("*/lab_tests/q*.py"))


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: f"{path.parts[-3]} {path.stem}")
def test_the_cases_of_a_question_are_worth_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (points,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "points"
    ]
    cases = [
        ast.literal_eval(word.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "test_case"
        for word in node.keywords
        if word.arg == "points"
    ]
    assert sum(cases) == points
