"""The warm session: what it collects, what it refuses, and that a run leaves nothing for the next."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from autograder.errors import MachineFault
from autograder.judging.plugin import PlainPytest
from autograder.judging.session import ChecksBroken, Session
from autograder.records import Verdict

CHECK = """
import pytest
from hypothesis import given, strategies as st
from autograder.checks import task

@task("t")
def test_good(submission):
    \"\"\"Good\"\"\"

@task("t", gate=True, weight=3)
def test_bad(submission):
    \"\"\"Bad
    and more\"\"\"
    assert False, "told"

@task("t")
def test_stopped(submission, stop): ...

@task("t")
@given(n=st.integers())
def test_drawn(submission, n):
    assert n < 50
"""

CONFTEST = "raise SystemExit('a conftest.py must never run')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tests = tmp_path / f"grounds_{uuid.uuid4().hex}" / "a01_x" / "tests"
    tests.mkdir(parents=True)
    for place in (tests, tests.parent, tests.parents[1]):
        (place / "__init__.py").write_text("")
    (tests.parent / "assignment.toml").write_text("")
    (tests / "conftest.py").write_text(CONFTEST)
    return tests


def run(folder: Path, text: str, *names: str) -> list[tuple[Verdict, str]]:
    path = folder / f"test_{abs(hash(text))}.py"
    path.write_text(text)
    with Session([folder]) as session:
        outcomes = [session.run(f"tests/{path.name}::{name}", PlainPytest()).outcome for name in names]
    return [(outcome.verdict, outcome.message) for outcome in outcomes]


def test_checks_run_again_and_again_with_the_same_outcome(folder):
    text = CHECK.replace("def test_stopped(submission, stop): ...", "def test_more(submission): ...")
    good, bad, again, drawn, last = run(
        folder, text, "test_good", "test_bad", "test_good", "test_drawn", "test_good"
    )
    assert good == again == last == (Verdict.PASS, "")
    assert bad[0] is Verdict.FAIL
    assert "told" in bad[1]
    assert drawn[0] is Verdict.FAIL


FIXTURES = """
import pytest
from autograder.checks import task

@pytest.fixture
def ends_badly():
    yield 1
    raise ValueError("at the end")

@task("t")
def test_fixtures(submission, seed, tmp_path, monkeypatch, capsys):
    (tmp_path / "x").write_text("y")
    print("seen")
    assert capsys.readouterr().out == "seen\\n"

@task("t")
def test_teardown(submission, ends_badly): ...

@pytest.fixture
def seed():
    return "its own"

@task("t")
def test_seed(submission, seed):
    assert seed == "its own"

@task("t")
def test_both(submission, ends_badly):
    assert [1, 2] == [1, 3]
"""


def test_pytests_fixtures_work_and_the_first_thing_raised_counts(folder):
    names = ("test_fixtures", "test_seed", "test_fixtures", "test_teardown", "test_both")
    *good, teardown, both = run(folder, FIXTURES, *names)
    assert good == [(Verdict.PASS, "")] * 3
    assert "at the end" in teardown[1]
    assert "At index 1 diff: 2 != 3" in both[1]


def test_a_check_is_described(folder):
    (folder / "test_one.py").write_text(CHECK)
    with Session([folder]) as session:
        bad, good = (next(c for c in session.checks if name in c.name) for name in ("test_bad", "test_good"))
        drawn = [check.name for check in session.checks if check.drawn]
    assert (bad.title, bad.gate, bad.weight, bad.task) == ("Bad", True, 3, "t")
    assert (bad.hint, good.hint) == ("and more", "")
    assert bad.package == f"{folder.parents[1].name}.a01_x"
    assert drawn == ["tests/test_one.py::test_drawn"]


HINTED = """
from autograder.checks import expect, task

@task("t")
def test_told(submission):
    \"\"\"Told

    The check's.
    \"\"\"
    expect(False, "no")

@task("t")
def test_its_own(submission):
    \"\"\"Its own

    The check's.
    \"\"\"
    expect(False, "no", "The comparison's.")
"""


def test_a_checks_hint_is_told_where_what_failed_has_none(folder):
    (folder / "test_hinted.py").write_text(HINTED)
    with Session([folder]) as session:
        ran = [session.run(check.name, PlainPytest()) for check in session.checks]
    assert [one.outcome.hint for one in ran] == ["The check's.", "The comparison's."]


def test_a_hidden_gate_says_what_it_asks(folder):
    hidden = folder.parent / "hidden"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("")
    (folder / "test_gate.py").write_text(CHECK)
    (hidden / "test_gate.py").write_text(CHECK.replace("and more", ""))
    with Session([folder, hidden]) as session:
        hints = {check.name.split("::")[0]: check.hint for check in session.checks if check.gate}
        told = {check.hint for check in session.checks if not check.gate}
    said = "See to the least that is asked: Bad"
    assert hints == {"tests/test_gate.py": "and more", "hidden/test_gate.py": said}
    assert told == {""}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def test_x(): ...", r"test_two\.py:1: test_x belongs to no task"),
        ("import no_such_module", "no_such_module"),
        ("def f(:", "SyntaxError"),
    ],
)
def test_a_broken_check_file_is_named(folder, text, words):
    (folder / "test_two.py").write_text(text)
    with pytest.raises(ChecksBroken, match=words):
        Session([folder])


def test_a_fault_of_the_machine_is_an_error_not_a_fail():
    from autograder.calls.outcomes import outcome_of

    assert outcome_of(MachineFault("gone")).verdict is Verdict.ERROR
