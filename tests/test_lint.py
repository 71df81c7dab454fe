"""What check files and handout must be: each rule, broken once."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.judging.plugin import Check
from autograder.proving.lint import lint
from autograder.records import Visibility
from autograder.spec import load_assignment
from tests.small_assignment import write_small

GOOD = """\
from autograder.checks import task


@task("scale")
def test_it(submission):
    'It scales'
"""


def check(
    name: str, task: str, *, gate: bool = False, hint: str = "Try it.", measured: bool = False
) -> Check:
    visibility = Visibility.HIDDEN if name.startswith("hidden") else Visibility.PUBLIC
    return Check(
        name, "", visibility, task, 1, gate, "solutions.a90_small", False, measured=measured, hint=hint
    )


COMPLETE = [
    check(f"{folder}/test_idea.py::test_{task}", task, gate=folder == "hidden")
    for folder in ("tests", "hidden")
    for task in ("scale", "Line")
]


HANDOUT = """\
# Small

### Task 1.1 `scale` — 40 points · ●○○○○ · 5 minutes

**Check.** `autograder check a90 scale` — 1 public check now, 1 hidden one when you hand in. They are quick.

### Task 1.2 `Line` — 60 points · ●●○○○ · 10 minutes

**Check.** `autograder check a90 Line` — 1 public check now, 1 hidden one when you hand in.
"""


def said(
    folder: Path,
    public: str = GOOD,
    hidden: str = GOOD,
    checks: list[Check] = COMPLETE,
    handout: str = HANDOUT,
) -> str:
    home = write_small(folder)
    (home / "README.md").write_text(handout)
    for name, text in (("tests", public), ("hidden", hidden)):
        (home / name).mkdir()
        (home / name / "test_idea.py").write_text(text)
    return "\n".join(lint(load_assignment(home), checks))


def test_good_check_files_give_no_sentence(tmp_path: Path) -> None:
    assert said(tmp_path) == ""


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("tests/test_idea.py::test_scale", "task 'scale' has no public check; write one in tests/"),
        ("hidden/test_idea.py::test_scale", "task 'scale' has no hidden check; write one in hidden/"),
    ],
)
def test_a_task_without_checks_is_told(tmp_path: Path, missing: str, words: str) -> None:
    assert words in said(tmp_path, checks=[check for check in COMPLETE if check.name != missing])


def test_a_task_without_a_gate_is_told(tmp_path: Path) -> None:
    open_ = [*COMPLETE[:2], check("hidden/test_idea.py::test_scale", "scale"), COMPLETE[3]]
    assert "task 'scale' has no hidden gate" in said(tmp_path, checks=open_)


def test_a_hidden_check_without_a_hint_is_told_unless_it_is_measured(tmp_path: Path) -> None:
    name = "hidden/test_idea.py::test_more"
    silent = [check(name, "scale", hint=""), check(f"{name}_cost", "scale", hint="", measured=True)]
    handout = HANDOUT.replace("1 hidden one when you hand in. They", "3 hidden ones when you hand in. They")
    found = said(tmp_path, checks=[*COMPLETE, *silent], handout=handout)
    assert found == f"{name}: has no hint; write under its line, in the docstring, what it is about"


def test_a_check_of_an_unknown_task_is_told(tmp_path: Path) -> None:
    stray = check("tests/test_idea.py::test_x", "scole")
    words = "tests/test_idea.py::test_x: unknown task 'scole'; did you mean 'scale'?"
    assert words in said(tmp_path, checks=[*COMPLETE, stray])


def test_a_check_without_its_line_is_told(tmp_path: Path) -> None:
    bare = GOOD.replace("'It scales'", "pass")
    assert "hidden/test_idea.py:5: test_it has no docstring" in said(tmp_path, hidden=bare)


def test_a_public_check_does_not_ask_the_reference(tmp_path: Path) -> None:
    asking = GOOD.replace("(submission)", "(submission, reference)")
    sentence = said(tmp_path, public=asking, hidden=asking)
    assert sentence.startswith("tests/test_idea.py:5: test_it uses `reference`")
    assert "hidden/" not in sentence.split(";")[0]


@pytest.mark.parametrize(
    "line",
    [
        "from ..idea import scale",
        "from .. import idea",
        "import solutions.a90_small.idea",
        "from solutions.a90_small.idea import scale",
    ],
)
def test_a_check_does_not_import_what_it_checks(tmp_path: Path, line: str) -> None:
    assert "tests/test_idea.py:1: imports idea.py" in said(tmp_path, public=f"{line}\n{GOOD}")


@pytest.mark.parametrize("line", ["from .. import plays", "from ..given import ONE", "import idea.other"])
def test_other_imports_are_free(tmp_path: Path, line: str) -> None:
    assert said(tmp_path, hidden=f"{line}\n{GOOD}") == ""


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("40 points", "30 points", 3),
        ("Task 1.1 `scale`", "Task 1.1 `line`", 3),
        ("●○○○○", "●●○○○", 3),
        (" 10 minutes", " 15 minutes", 7),
        ("Line` — 1 public check", "Line` — 2 public checks", 9),
        ("1 hidden one when you hand in. They", "3 hidden ones when you hand in. They", 5),
    ],
)
def test_a_wrong_number_in_the_handout_is_told_with_its_line(
    tmp_path: Path, right: str, wrong: str, line: int
) -> None:
    assert right in HANDOUT
    due = HANDOUT.splitlines()[line - 1].removesuffix(" They are quick.")
    sentence = f"README.md:{line}: not as assignment.toml and checks have it; write: {due}"
    assert said(tmp_path, handout=HANDOUT.replace(right, wrong)) == sentence


def test_a_task_that_the_handout_leaves_out_is_told(tmp_path: Path) -> None:
    sentences = said(tmp_path, handout=HANDOUT[: HANDOUT.index("### Task 1.2")])
    assert "README.md: task 'Line' lacks its line; write: ### Task 1.2 `Line` — 60 points" in sentences
    assert "write: **Check.** `autograder check a90 Line` — 1 public check now" in sentences
