"""A viva's questions: what they state is what happens, when the code is run here by other means."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import UserError
from autograder.judging.judge import Judge
from autograder.judging.trial import InProcess, run_check
from autograder.records import Submission, Verdict
from autograder.seeds import Seed
from autograder.sources.given import released_modules
from autograder.sources.variants import load_package, unload_package
from autograder.viva.drawing import draw
from autograder.viva.hand import Hand
from autograder.viva.page import viva_page
from autograder.viva.records import Option, Question, Viva
from autograder.viva.words import value_text
from autograder.viva.written import written
from tests.test_report import elements

KEY = Seed(5)
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def reference(answers: dict[str, bytes]) -> str:
    """The answers as a student would hand them in."""
    text = answers["noising.py"].decode()
    return "".join(line for line in text.splitlines(True) if "SOLUTION" not in line)


def handed_in(text: str | bytes) -> Submission:
    content = text.encode() if isinstance(text, str) else text
    return Submission("ada", "Ada L.", "x", "sha256:0", {"noising.py": content})


@pytest.fixture(scope="module")
def drawn(judge: Judge, reference: str) -> list[Viva]:
    """Some vivas about right answers."""
    return [draw(judge, handed_in(reference), KEY, 4, number) for number in (1, 2)]


def of_kind(drawn: list[Viva], kind: str) -> list[Question]:
    found = [one for viva in drawn for one in viva.questions if one.kind == kind]
    assert found, f"no question of kind {kind}"
    return found


def edited(source: str, question: Question, option: Option) -> str:
    """Make by hand what an option says, from what is on the page alone."""
    first, last = (int(number) for number in (re.findall(r"\d+", option.says) * 2)[:2])
    lines = source.split("\n")
    old = lines[first - 1 : last]
    assert [line[2:] for line in option.lines if line[0] == "-"] == textwrap.dedent("\n".join(old)).split(
        "\n"
    )
    indent = old[0][: len(old[0]) - len(old[0].lstrip())]
    new = [indent + line[2:] for line in option.lines if line[0] == "+"] or [f"{indent}pass"]
    return "\n".join([*lines[: first - 1], *new, *lines[last:]])


def function_of(source: str, question: Question) -> Run:
    namespace: dict[str, Any] = {}
    exec(compile(source, "here", "exec"), namespace)
    return namespace[question.call.partition("(")[0]]


def value_of(text: str) -> Any:
    """Return the value that a page shows, where it shows all of it."""
    if shown := re.fullmatch(r"(\[.*\]) \((\w+)\)", text):
        return torch.tensor(ast.literal_eval(shown[1]), dtype=getattr(torch, shown[2]))
    return ast.literal_eval(text)


def result(run: Run, given: tuple[tuple[str, str], ...]) -> str:
    """Return what a call gives, in the page's words."""
    try:
        return value_text(run(**{name: value_of(text) for name, text in given}))
    except Exception as error:
        return f"raises {type(error).__name__}"


def is_whole(given: tuple[tuple[str, str], ...]) -> bool:
    return not any("≈" in text or "tensor of shape" in text for _, text in given)


def test_what_each_call_gives_with_each_edit_is_what_running_it_here_gives(judge, reference):
    own = written({"noising.py": reference.encode()}, released_modules(judge.assignment))
    hand = Hand(judge, {"noising.py": reference.encode()}, own, KEY)
    compared = 0
    for table in (table for task in judge.assignment.tasks for table in hand.tables(task)):
        for row in table.rows:
            namespace: dict[str, Any] = {}
            exec(row.change.made.source, namespace)
            run = namespace[table.part.name]
            for call, came in zip(table.calls, row.came, strict=True):
                try:
                    here, error = run(*call.args, **call.kwargs), ""
                except Exception as problem:
                    here, error = None, type(problem).__name__
                assert came.type == error
                assert value_text(came.value) == value_text(here)
                assert not isinstance(here, Tensor) or torch.equal(
                    torch.nan_to_num(came.value), torch.nan_to_num(here)
                )
                compared += 1
    assert compared > 40


def test_a_stated_result_is_what_the_call_returns_with_the_edit(drawn, reference):
    for question in of_kind(drawn, "returns"):
        (option,) = question.options
        assert is_whole(question.given)
        before, after = dict(question.shows)["as it is"], dict(question.shows)["with the edit"]
        assert result(function_of(reference, question), question.given) == before
        assert result(function_of(edited(reference, question, option), question), question.given) == after
        assert before != after
        assert question.answer.startswith(f"It returns {after}.")


def test_of_two_edits_the_named_one_changes_the_result_and_the_other_does_not(drawn, reference):
    for question in of_kind(drawn, "which"):
        if not is_whole(question.given):
            continue
        now = result(function_of(reference, question), question.given)
        changed = {
            option.label: result(function_of(edited(reference, question, option), question), question.given)
            for option in question.options
        }
        label = question.answer[0]
        assert changed[label] != now == changed["AB".replace(label, "")]


def test_of_two_calls_the_named_one_changes(drawn, reference):
    for question in of_kind(drawn, "where"):
        edit, *calls = question.options
        label = question.answer[0]
        for call in calls:
            given = tuple(tuple(line.split(" = ", 1)) for line in call.lines)
            if is_whole(given):
                before = result(function_of(reference, question), given)
                after = result(function_of(edited(reference, question, edit), question), given)
                assert (before != after) == (call.label == label), question


def test_of_three_checks_only_the_named_one_fails(drawn, reference, judge):
    for question in of_kind(drawn, "checks"):
        edit, *checks = question.options
        package = load_package(judge.assignment, {"noising.py": edited(reference, question, edit)})
        trial = InProcess(package, KEY, judge.assignment.package)
        by_title = {check.title: check for check in judge.session.checks}
        passes = {
            one.label: run_check(judge.session, by_title[one.says], trial).outcome.verdict is Verdict.PASS
            for one in checks
        }
        unload_package(package)
        assert passes == {one.label: one.label != question.answer[0] for one in checks}


def test_the_same_draw_is_the_same_and_others_and_other_students_differ(drawn, judge, reference):
    assert draw(judge, handed_in(reference), KEY, 4, 1) == drawn[0]
    other = draw(judge, handed_in(reference), Seed(6), 2, 1)
    assert len({str(one.questions[:2]) for one in (*drawn, other)}) == 3
    assert all(len(one.questions) == 4 for one in drawn)


def test_an_unfinished_hand_in_is_asked_about_what_it_has(judge, example, reference):
    skeleton = released_modules(example)["noising.py"].decode()
    assert draw(judge, handed_in(skeleton), KEY).notes == ("noising.py is as released.",)
    half = skeleton[: skeleton.index("def interpolate")] + reference[reference.index("def interpolate") :]
    questions = draw(judge, handed_in(half), KEY).questions
    assert questions
    assert {one.function for one in questions} == {"interpolate"}


def test_a_wrong_hand_in_is_asked_about_what_it_really_does(judge, reference):
    wrong = reference.replace("(1 - t) * x0 + t * eps", "x0 / 0 + missing")
    (question, *_) = [one for one in draw(judge, handed_in(wrong), KEY).questions if one.kind == "raises"]
    line = wrong[: wrong.index("missing")].count("\n") + 1
    assert question.answer == (
        f"It raises NameError: name 'missing' is not defined (noising.py, line {line})."
    )
    slope = reference.replace("(1 - t) * x0 + t * eps", "t * x0 + (1 - t) * eps")  # noise at time 0
    asked = draw(judge, handed_in(slope), KEY, 3).questions
    for one in (one for one in asked if one.kind == "returns" and is_whole(one.given)):
        assert result(function_of(slope, one), one.given) == one.shows[0][1]


LOOP = "def interpolate(x0, eps, t):\n    while True:\n        pass\n"
HOSTILE = {
    "unparsable": ("def interpolate(:", "noising.py cannot be read as Python."),
    "no UTF-8": (b"# \xff\ndef interpolate(): pass", "noising.py is not UTF-8"),
    "declared": (b"# coding: latin-1\n# \xff\n", "noising.py is not UTF-8"),
    "nested": (f"x = {'-' * 50_000}1", "noising.py cannot be read as Python."),
    "brackets": (f"x = {'(' * 150}1{')' * 150}\n{LOOP}", ""),
    "long": ("x = 1\n" * 20_000, "noising.py is longer than 60 kB"),
    "endless": (LOOP, ""),
    "endless import": (f"while True: pass\n{LOOP}", ""),
    "exits": ("import os\ndef interpolate(x0, eps, t):\n    os._exit(0)\n", ""),
    "prints": ("def interpolate(x0, eps, t):\n    while True: print('x' * 10_000)\n", ""),
    "huge": ("import torch\ndef interpolate(x0, eps, t):\n    return torch.zeros(10**9)\n", ""),
    "text": ("def interpolate(x0, eps, t):\n    return '<b>' * 100_000\n", ""),
    "chance": ("import torch\ndef interpolate(x0, eps, t):\n    return x0 + torch.rand(1)\n", ""),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_hand_in_ends_in_a_sentence_or_a_question_about_it(judge, which):
    text, sentence = HOSTILE[which]
    viva = draw(judge, handed_in(text), KEY, 2)
    assert any(note.startswith(sentence) for note in viva.notes) if sentence else viva.questions or viva.notes
    page = viva_page(viva, answers=True)
    assert len(page) < 60_000
    if which == "endless":
        assert viva.questions[0].answer == "It does not end: it was stopped after 0.5 s of computing."
    if which == "chance":
        assert all(one.kind == "checks" for one in viva.questions)


def test_names_and_texts_of_a_student_become_no_markup(judge, reference):
    code = reference.replace("times must lie", "</pre><script>alert(1)</script>\\u202e times must lie")
    viva = draw(judge, handed_in(code), KEY, 2)
    for answers in (False, True):
        page = viva_page(viva, answers)
        assert "script" not in {name for name, _ in elements(page)}
        policy = next(of["content"] for _, of in elements(page) if "http-equiv" in of)
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "For the TA only" in page


def test_only_the_ta_s_page_has_answers(drawn):
    shown, answers = (viva_page(drawn[0], one) for one in (False, True))
    assert "Answer:" not in shown
    assert answers.count("Answer:") == 4
    assert all(one.asks.partition(".")[0] in shown for one in drawn[0].questions)


def test_the_command_writes_both_pages_and_says_the_same_as_data(
    course_root, one_zygote, judge, reference, tmp_path, monkeypatch
):
    monkeypatch.chdir(course_root)
    monkeypatch.setenv("AUTOGRADER_COURSE_KEY", "a key for tests, long enough")
    (tmp_path / "in" / "test-a99_example-ada").mkdir(parents=True)
    (tmp_path / "in" / "test-a99_example-ada" / "noising.py").write_text(reference)
    words = [str(tmp_path / "in"), "--questions", "1", "--out", str(tmp_path / "out"), "--json"]
    monkeypatch.setattr("autograder.judging.judge.Judge", lambda spec: nullcontext(judge))
    done = CliRunner().invoke(app, ["viva", "a99", "ADA", *words])
    told = msgspec.json.decode(done.stdout)
    assert (done.exit_code, told["ok"], len(told["questions"])) == (0, True, 1)
    for page, has_answer in (("questions", False), ("answers", True)):
        text = (tmp_path / "out" / "a99_example" / "ada" / f"{page}.html").read_text(encoding="utf-8")
        assert ("Answer:" in text) == has_answer
    done = CliRunner().invoke(app, ["viva", "a99", "adda", *words])
    assert isinstance(done.exception, UserError)
    assert "nothing there belongs to adda; did you mean 'ada'?" in str(done.exception)
