"""Calls and plays on the pretend GPU: what is told of an answer, at home and by `verify`."""

from __future__ import annotations

import sys

import pytest
import torch

from autograder import cli
from autograder.authoring.release import release
from autograder.calls.ontwin import ask_on_twin
from autograder.calls.undertest import UnderTest
from autograder.practice import Practice
from autograder.show.twin import gpu_lines
from autograder.sources.variants import read_strays, read_wrong
from autograder.twin.found import Log

THEIRS = """
import torch

def left(x): return torch.ones(3)
def nothing_in(n): return torch.ones(n)
def good(x): return x * torch.ones(3, device=x.device)
def mixed(x):
    try:
        return x + torch.ones(3)
    except RuntimeError as problem:
        raise ValueError("no") from problem
def own_slip(x): raise KeyError("x")
def asks(model, x): return model(x, torch.full((len(x),), 1))
def number(x): return torch.tensor(0.0)
def hands_on(model, x): return model(x)
def named(n): return str(n)
"""
PLAYS = """
import torch

def asked(code, x):
    told = []
    code.m.asks(lambda x, t: told.append(t) or x, x)
    return told
def a_number(code, x): return code.m.number(x)
def handed_on(code, x): return code.m.hands_on(lambda x: x + x, x)
def elsewhere(code, x): return code.m.named(int(x.sum()))
def made(code, n): return code.m.good(torch.ones(n)) + code.m.nothing_in(n)
"""


@pytest.fixture
def tell(tmp_path, monkeypatch):
    """Call the student's code on the twin: `tell("m.left", x)` returns value or fault, and the log."""
    folder = tmp_path / "on_twin"
    folder.mkdir()
    for name, text in (("__init__", ""), ("m", THEIRS), ("plays", PLAYS)):
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))

    def telling(target, *args, play=False):
        log = Log()
        code = UnderTest(ask_on_twin("on_twin", log), lambda target: None)
        try:
            value = code.call(target, args, {}, play=play)
        except Exception as problem:  # the log says what it means
            value = problem
        return value, log

    yield telling
    for name in [name for name in sys.modules if name.startswith("on_twin")]:
        del sys.modules[name]


def test_a_result_on_the_cpu_is_told_with_its_line(tell):
    _, log = tell("m.left", torch.ones(3))
    assert list(log.told) == [
        "m.py, line 4: torch.ones makes a tensor on the CPU: left returns it, and its arguments may be on a "
        "GPU. Give it device=x.device."
    ]


def test_what_holds_has_its_values_and_nothing_told(tell):
    for target, given in (("m.good", torch.ones(3)), ("m.nothing_in", 3)):
        value, log = tell(target, given)
        assert torch.equal(value, torch.ones(3))
        assert not log.told
        assert log.touched is (target == "m.good")


def test_an_error_that_the_code_turns_into_another_is_told(tell):
    value, log = tell("m.mixed", torch.ones(3))
    assert "ValueError" in str(value)
    assert "m.py, line 9: torch.ones" in next(iter(log.told))


def test_an_error_of_another_kind_is_not_taken_for_the_devices(tell):
    value, log = tell("m.own_slip", torch.ones(3))
    assert "KeyError" in str(value)
    assert not log.told


def test_what_a_model_is_told_shall_be_where_the_model_is(tell):
    _, log = tell("plays.asked", torch.ones(3), play=True)
    assert "m.py, line 13: torch.full" in next(iter(log.told))


def test_a_play_may_return_single_numbers_and_needs_no_device(tell):
    assert not tell("plays.a_number", torch.ones(3), play=True)[1].told
    value, log = tell("plays.made", 3, play=True)
    assert torch.equal(value, torch.full((3,), 2.0))
    assert not log.told


def test_what_a_students_function_hands_on_counts_as_tried_and_what_it_never_sees_does_not(tell):
    assert tell("plays.handed_on", torch.ones(3), play=True)[1].touched
    assert not tell("plays.elsewhere", torch.ones(3), play=True)[1].touched


@pytest.fixture(scope="module")
def practice(course_root, example):
    release(example, course_root, course_root / "assignments")
    with Practice(course_root / "assignments" / example.name) as practice:
        yield practice


def test_at_home_what_passes_is_tried_and_told(practice, example):
    file = practice.assignment.folder / "noising.py"
    kept = file.read_text()
    right = (example.folder / "noising.py").read_text()
    try:
        file.write_text(right)
        first = practice.run(twin=True)[0]
        assert first.on_gpu.tried
        assert not first.on_gpu.told
        assert practice.run()[0].on_gpu is None
        file.write_text(right.replace("    # BEGIN", "    x = x + torch.zeros(x.shape)\n    # BEGIN", 1))
        tasks = practice.run(twin=True)
    finally:
        file.write_text(kept)
    assert not tasks[0].problems
    (told,) = tasks[0].on_gpu.told
    assert "torch.zeros makes a tensor on the CPU" in told
    assert any(told in getattr(line, "renderable", "") for line in gpu_lines(tasks))
    assert not list(gpu_lines(practice.run()))


def test_an_unknown_device_is_refused(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["autograder", "check", "a04", "--device", "tvin"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "did you mean 'twin'" in capsys.readouterr().err


def test_strays_are_read_apart_from_wrong_answers(example):
    before = read_wrong(example)
    assert read_strays(example) == ()
    file = example.folder / "wrong.py"
    kept = file.read_text()
    try:
        file.write_text(
            kept + 'stray("standardise", "standardise__apart", "delta", "delta * 1", "torch.zeros")\n'
        )
        with pytest.raises(Exception, match="occurs"):
            read_strays(example)
        assert [one.name for one in read_wrong(example)] == [one.name for one in before]
    finally:
        file.write_text(kept)
