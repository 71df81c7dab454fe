"""Mutants: what the operators make of an answer, which lines they reach, and which marks are accepted."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder.proving.mutants import mutants_of, read_equivalent, thin_lines
from autograder.proving.mutation import shortfalls
from autograder.proving.verified import Kills
from autograder.sources.edits import difference
from autograder.spec import Assignment, SpecError, load_assignment

SPEC = """\
title = "Answer"
lecture = "0"

[[tasks]]
id = "answer"
number = "1.1"
title = "Answer"
file = "idea.py"
points = 100
difficulty = 1
minutes = 5
"""


def assignment_with(folder: Path, *lines: str) -> Assignment:
    """Write an assignment whose one answer consists of these lines; they begin at line 8."""
    body = "\n".join(f"    {line}" for line in lines)
    folder.mkdir(exist_ok=True)
    (folder / "assignment.toml").write_text(SPEC)
    (folder / "idea.py").write_text(
        "import math\n\nimport torch\n\n\ndef answer(x, y, n=1):\n    # BEGIN SOLUTION\n"
        f"{body}\n    # END SOLUTION\n"
    )
    return load_assignment(folder)


def made_of(folder: Path, line: str) -> dict[str, str]:
    """Return what becomes of one line: operator and number -> the changed line."""
    found = {}
    for mutant in mutants_of(assignment_with(folder, line)):
        changed = mutant.after.strip()
        found[mutant.id.removeprefix("idea.py:answer:")] = changed
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse((folder / "idea.py").read_text()))
    return found


@pytest.mark.parametrize(
    ("line", "operator", "expected"),
    [
        ("return x + y * n", "add-to-sub:1", "return x - y * n"),
        ("return x + y * n", "mult-to-div:1", "return x + (y / n)"),
        ("return (x + y) * n", "add-to-sub:1", "return (x - y) * n"),
        ("return (x - y).exp()", "exp-dropped:1", "return x - y"),
        ("return x.sqrt() ** 2", "pow-to-mult:1", "return x.sqrt() * 2"),
        ("x += y", "add-to-sub:1", "x -= y"),
        ("return -x", "usub-dropped:1", "return x"),
        ("return x < y", "lt-to-lte:1", "return x <= y"),
        ("return x < y", "lt-to-gt:1", "return x > y"),
        ("return x if n == 1 else y", "eq-to-noteq:1", "return x if (n != 1) else y"),
        ("return x or y", "or-to-and:1", "return x and y"),
        ("return f(0.5)", "constant-plus-1:1", "return f(1.5)"),
        ("return x ** 0.5", "constant-minus-1:1", "return x ** (-0.5)"),
        ("return f(keepdim=True)", "flag-flipped:1", "return f(keepdim=False)"),
        ("return x.sqrt() + y", "sqrt-dropped:1", "return x + y"),
        ("return torch.sqrt(x + y) * n", "sqrt-dropped:1", "return (x + y) * n"),
        ("return math.log(x)", "log-dropped:1", "return x"),
        ("return torch.floor(x).clamp(0, 3)", "clamp-dropped:1", "return torch.floor(x)"),
        ("return math.log(2).real", "log-dropped:1", "return (2).real"),
        ("return x.clamp(min=y)", "clamp-dropped:1", "return x"),
        ("return x.detach()", "detach-dropped:1", "return x"),
        ("return x.to(y.dtype)", "to-dropped:1", "return x"),
        ("return f(x, y, n)", "arguments-swapped:1", "return f(y, x, n)"),
        ("return f(x, y, n)", "arguments-swapped:2", "return f(x, n, y)"),
        ("return x[n]", "index-plus-1:1", "return x[n + 1]"),
        ("return x[:n, y]", "index-minus-1:2", "return x[:n, y - 1]"),
        ("return x[1:]", "constant-plus-1:1", "return x[2:]"),
        ("return x.sum(dim=0)", "dim-changed:1", "return x.sum(dim=1)"),
        ("return x.sum(dim=-1)", "dim-changed:1", "return x.sum(dim=-2)"),
        ("return x", "deleted:1", "pass"),
        ("f(x, a='é', b=1)", "constant-plus-1:1", "f(x, a='é', b=2)"),
    ],
)
def test_an_operator_changes_one_place(tmp_path: Path, line: str, operator: str, expected: str) -> None:
    assert made_of(tmp_path, line)[operator] == expected


@pytest.mark.parametrize(
    "line",
    [
        'raise ValueError(f"{x} is above {1 + 1}")',  # what an error says
        "assert n == 1",
        '"""Not a number: 1 + 1."""',
        "n: dict[0, 1] = x",  # an annotation
    ],
)
def test_what_no_check_can_see_is_not_mutated(tmp_path: Path, line: str) -> None:
    assert made_of(tmp_path, line).keys() <= {"deleted:1"}


def test_a_dimension_is_only_changed_to_another_one(tmp_path: Path) -> None:
    assert made_of(tmp_path, "return x.sum(dim=0)").keys() == {"dim-changed:1", "deleted:1"}


def test_what_cannot_lose_its_dtype_keeps_its_device(tmp_path: Path) -> None:
    assert made_of(tmp_path, "return x.to(y.device)").keys() == {"deleted:1"}


def test_only_marked_answers_are_mutated(tmp_path: Path) -> None:
    assignment = assignment_with(tmp_path, "return x")
    text = (tmp_path / "idea.py").read_text()
    (tmp_path / "idea.py").write_text(text.replace("def answer", "GIVEN = 1 + 1\n\n\ndef answer"))
    assert [mutant.id for mutant in mutants_of(assignment)] == ["idea.py:answer:deleted:1"]


def test_a_deleted_block_goes_whole(tmp_path: Path) -> None:
    assignment = assignment_with(tmp_path, "if x:", "    raise ValueError", "return y")
    first, second = mutants_of(assignment)  # deleting the raise alone would be the same
    assert first.line == 8
    assert first.before.splitlines() == ["    if x:", "        raise ValueError"]
    assert first.after == "    pass\n"
    assert difference(second.before, second.after) == "  - return y\n  + pass"


def test_an_id_does_not_depend_on_other_functions(tmp_path: Path) -> None:
    assignment = assignment_with(tmp_path, "return x + y")
    before = [mutant.id for mutant in mutants_of(assignment)]
    text = (tmp_path / "idea.py").read_text()
    (tmp_path / "idea.py").write_text(
        text.replace("def answer", "def other(x):\n    return x\n\n\ndef answer")
    )
    assert [mutant.id for mutant in mutants_of(assignment)] == before


def test_a_line_with_fewer_than_two_mutants_is_told(tmp_path: Path) -> None:
    assignment = assignment_with(tmp_path, "z = x", "if n < 1:", '    raise ValueError("n")', "return z + 1")
    assert thin_lines(assignment, mutants_of(assignment)) == [
        "idea.py: fewer than 2 mutants are possible in line 8"
    ]


def test_marks_of_equivalent_mutants_need_a_mutant_and_a_reason(tmp_path: Path) -> None:
    assignment = assignment_with(tmp_path, "return x + y")
    (tmp_path / "equivalent.toml").write_text(
        '"idea.py:answer:add-to-sub:1" = "y is 0"\n"idea.py:answer:deleted:1" = ""\n'
        '"idea.py:answer:add-to-sub:2" = "gone"\n'
    )
    marks, problems = read_equivalent(assignment, mutants_of(assignment))
    assert marks == {"idea.py:answer:add-to-sub:1": "y is 0"}
    assert any("there is no mutant 'idea.py:answer:add-to-sub:2'" in problem for problem in problems)
    assert any("'idea.py:answer:deleted:1' needs a reason" in problem for problem in problems)


def test_marks_that_are_not_toml_are_told(tmp_path: Path) -> None:
    assignment = assignment_with(tmp_path, "return x + y")
    (tmp_path / "equivalent.toml").write_text("idea.py:answer = because\n")
    with pytest.raises(SpecError, match=r"equivalent\.toml: not valid TOML"):
        read_equivalent(assignment, mutants_of(assignment))


@pytest.mark.parametrize(
    ("kills", "words"),
    [
        (Kills(100, 98, 0), ""),
        (Kills(100, 97, 0), "97 of 100 mutants are killed; 98% are the least"),
        (Kills(100, 95, 5), ""),
        (Kills(100, 94, 6), "6 of 100 mutants are marked; 5% are the most"),
        (Kills(0, 0, 0), ""),
    ],
)
def test_the_shares_have_limits(kills: Kills, words: str) -> None:
    said = " ".join(shortfalls(kills))
    assert words in said
    assert bool(words) == bool(said)
