"""The code under test: calls that share nothing, faults in words, and a Stop that is met once."""

from __future__ import annotations

import sys
import types

import pytest
import torch

from autograder.calls.outcomes import CheckFailed, StudentError, outcome_of
from autograder.calls.undertest import Call, UnderTest, ask_here, signatures_of
from autograder.calls.wire import Fault, Reply, TraceLine
from autograder.errors import MachineFault, Stop
from autograder.records import Verdict


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package on disk with one module, `m`."""
    folder = tmp_path / "under_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "m.py").write_text(
        "import torch\n"
        "def double(x):\n    x *= 2\n    return x\n"
        "def todo(x): raise NotImplementedError('TODO double: read task 1')\n"
        "def bare(x): raise NotImplementedError\n"
        "def leave(x): raise SystemExit(0)\n"
        "class Odd(Exception):\n    def __str__(self): raise RuntimeError\n"
        "def own(x): raise Odd\n"
        "def recording_off(x):\n    torch.set_grad_enabled(False)\n    return x\n"
        "def doubles(x):\n    torch.set_default_dtype(torch.float64)\n    raise ValueError(x)\n"
        "def promised(x) -> int: return 'text'\n"
    )
    (folder / "plays.py").write_text("def play_me(code, x): return code.m.double(x), x\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "under_test"
    for name in [name for name in sys.modules if name.startswith("under_test")]:
        del sys.modules[name]


@pytest.fixture
def code(package):
    return UnderTest(ask_here(package), signatures_of(package))


def test_arguments_and_results_are_copies(code):
    x = torch.ones(2)
    doubled = code.m.double(x)
    assert x.tolist() == [1, 1]
    assert doubled.tolist() == [2, 2]


def test_a_play_runs_beside_the_code_and_sees_its_arguments_change(code):
    play = types.FunctionType((lambda: 0).__code__, {}, "play_me")
    play.__module__ = "solutions.a01_x.plays"
    doubled, x = code.play(play, torch.ones(1))
    assert doubled.tolist() == x.tolist() == [2]
    play.__module__ = "solutions.a01_x.hidden.plain"
    with pytest.raises(ValueError, match=r"hidden\.plain\.play_me cannot be a play: workers get plays"):
        code.play(play, torch.ones(1))


@pytest.mark.parametrize(
    ("function", "verdict"),
    [
        ("todo", Verdict.NOT_IMPLEMENTED),
        ("bare", Verdict.FAIL),
        ("leave", Verdict.CRASH),
        ("own", Verdict.FAIL),
    ],
)
def test_what_the_code_raises_means_a_verdict(code, function, verdict):
    with pytest.raises((Stop, StudentError)) as raised:
        getattr(code.m, function)(1)
    assert outcome_of(raised.value).verdict is verdict


def test_settings_are_restored_and_a_call_that_leaves_them_changed_fails(code):
    with pytest.raises(CheckFailed, match="recording_off leaves torch's gradient mode changed"):
        code.m.recording_off(1)
    with pytest.raises(StudentError, match="ValueError"):
        code.m.doubles(1)
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


def test_a_missing_function_and_a_missing_file_are_told(code):
    with pytest.raises(StudentError, match=r"m\.py defines no function 'nothing'"):
        code.m.nothing(1)
    with pytest.raises(StudentError, match="No module named"):
        code.elsewhere.f(1)


def test_the_signature_is_enforced(code):
    with pytest.raises(AssertionError, match="promised returned the str 'text'; expected int"):
        code.m.promised(1)


def test_a_stop_is_met_once_and_repeated_without_asking():
    asked = []

    def ask(request):
        asked.append(request)
        raise MachineFault("gone")

    code = UnderTest(ask, lambda target: None)
    for _ in range(5):
        with pytest.raises(MachineFault):
            code.m.f()
    assert len(asked) == 1


def test_calls_are_recorded_with_what_came_back(code):
    code.m.double(torch.ones(1))
    with pytest.raises(StudentError):
        code.m.nothing(1)
    first, second = code.calls_made
    assert first.target == "m.double"
    assert first.outcome.tolist() == [2]
    assert isinstance(second.outcome, StudentError)


def test_a_reply_is_what_counts_not_its_origin():
    code = UnderTest(lambda request: Reply(request.id, 5), lambda target: None)
    assert code.any.thing() == 5


def test_a_call_in_words_shows_small_data_whole():
    given = (torch.zeros(8, 8), torch.tensor([0.5, 2.0]), float("inf"), None)
    call = Call("pooling.deconvolve", given, {"snr": "x", "model": [1]}, False, None)
    assert (
        call.asked() == "deconvolve(a tensor of shape (8, 8), [0.5, 2.0], inf, None, snr='x', model=a list)"
    )


def test_lines_of_plays_are_told_only_when_there_are_no_others():
    play, mine = (
        TraceLine("plays_model.py", 97, "play", "model(x)"),
        TraceLine("unet.py", 80, "forward", "cat()"),
    )
    for frames, told in (((play, mine), ["unet"]), ((play,), ["plays_model"])):
        message = outcome_of(StudentError("p", Fault("RuntimeError", (), "sizes", frames))).message
        assert [line.split(".py")[0].strip() for line in message.splitlines()[1:]] == told
