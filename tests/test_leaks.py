from __future__ import annotations

import json
import py_compile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sources.leaks import answers_of, leaks, leaks_in
from autograder.spec import Assignment, SpecError, load_assignment
from tests.small_assignment import IDEA, imports_apart, release_small, root_of, write_checks, write_small

ANSWER = "secret = (given - factor.mean()) / (given - factor.mean()).norm() * factor + given"
RETURN = ANSWER.replace("secret =", "return")
RICH = IDEA.replace("secret = given * factor", ANSWER)


def notebook(source: list[str], output: str = "") -> str:
    return json.dumps({"cells": [{"cell_type": "code", "outputs": [output], "source": source}]})


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Assignment]:
    folder = write_small(tmp_path)
    write_checks(folder)
    with imports_apart():
        yield load_assignment(folder)


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("given.py", f"def g(given, f):\n    {RETURN.replace('factor', 'f')}\n", 2),
        ("given.py", "def g(a, b):\n    print((a - b.mean()) / (a - b.mean()).norm() * b + a)\n", 2),
        ("tests/test_more.py", f"def g(given, factor):\n    {ANSWER}\n", 2),
        ("README.md", f"Write `{ANSWER}`.\n", 0),
        ("figures/a.svg", f"<desc>\n{ANSWER.replace(' ', chr(10))}</desc>\n", 0),
        ("figures/nb.ipynb", notebook([], ANSWER), 0),
        (
            "figures/nb.ipynb",
            notebook(["%matplotlib\n", "def h(given, f):\n", f"    {RETURN.replace('factor', 'f')}"]),
            2,
        ),
    ],
)
def test_an_answer_that_survives_is_found_and_not_released(
    small: Assignment, file: str, text: str, line: int
) -> None:
    (small.folder / "idea.py").write_text(RICH)
    (small.folder / file).write_text(text)
    place = f"assignments/a90_small/{file}{f':{line}' if line else ''}"
    with pytest.raises(SpecError) as problem:
        release_small(small)
    assert f"{place}: holds the answer in a90_small/idea.py:9 (scale)" in str(problem.value)
    assert not (root_of(small) / "assignments").exists()


def test_two_values_in_one_line_are_an_answer_under_any_names_and_stop_a_release(small: Assignment) -> None:
    pair = "{} = (given - factor).norm() * given, (given + factor).norm() * factor"
    old = "secret = given * factor"
    (small.folder / "idea.py").write_text(IDEA.replace(old, f"{pair.format('secret, other')}\n    {old}"))
    (root_of(small) / "common").mkdir(exist_ok=True)
    (root_of(small) / "common/x.py").write_text(f"def f(given, factor):\n    {pair.format('a, b')}\n")
    with pytest.raises(SpecError, match=r"common/x\.py:2: holds the answer in a90_small/idea\.py"):
        release_small(small)


def test_leaks_in_common_and_markers_are_found(small: Assignment) -> None:
    root = root_of(small)
    (small.folder / "idea.py").write_text(RICH)
    folder = release_small(small)
    (root / "common").mkdir()
    (root / "common" / "norm.py").write_text(f"class A:\n    def f(self, factor, given):\n        {ANSWER}\n")
    (folder / "given.py").write_text("# BEGIN SOLUTION\n")
    assert leaks(root) == [
        "assignments/a90_small/given.py:1: holds the marker '# BEGIN SOLUTION'",
        "common/norm.py:3: holds the answer in a90_small/idea.py:9 (scale)",
    ]


def test_the_repository_gives_no_answer_away() -> None:
    assert leaks(Path(__file__).parents[1]) == []


def test_an_answer_of_several_statements_is_found_within_others(small: Assignment) -> None:
    several = "a = given + factor\n    b = a * given\n    secret = b - a"
    (small.folder / "idea.py").write_text(IDEA.replace("secret = given * factor", several))
    answers = answers_of([small])
    copy = (
        "def f(g, h):\n    if g:\n        g()\n        p = g + h\n        q = p * g\n        return q - p\n"
    )
    assert leaks_in({"common/x.py": copy.encode()}, answers) == [
        "common/x.py:4: holds the answer in a90_small/idea.py:9 (scale)"
    ]
    assert leaks_in({"common/x.py": copy.replace("q - p", "p - q").encode()}, answers) == []


def test_bytecode_of_the_reference_is_a_leak(small: Assignment) -> None:
    folder = release_small(small)
    py_compile.compile(str(folder / "idea.py"))
    assert leaks(root_of(small)) == []
    py_compile.compile(str(small.folder / "idea.py"), cfile=str(folder / "__pycache__" / "idea.pyc"))
    cached = "assignments/a90_small/__pycache__/idea.pyc"
    assert leaks(root_of(small)) == [
        f"{cached}: holds the answer in a90_small/idea.py ({name}) as bytecode"
        for name in ("scale", "__init__", "at")
    ]
    (folder / "__pycache__" / "idea.pyc").write_bytes(b"\0" * 32)
    assert "bytecode of another Python" in leaks(root_of(small))[0]
