"""Whoever leaves a task to another function earns nothing; verify tells who does, and sees that it can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.calls.answer import Code
from autograder.judging.judge import Judge
from autograder.judging.session import Session
from autograder.proving.calling import copied, fits, ways
from autograder.proving.delegates import delegates_answer_nothing
from autograder.proving.harness import Harness
from autograder.proving.reachable import modules_beside, only_calls_torch, staged_modules
from autograder.proving.verified import Delegates
from autograder.spec import Assignment, load_assignment

from .small_assignment import imports_apart
from .tiny_assignment import write_tiny

HIDDEN = '''

@task("double")
def test_double_of_many(submission, seed):
    """Many numbers are doubled"""
    close(submission.first.double(seed.normal(30)), 2 * seed.normal(30))


@task("double")
def test_double_leaves_its_input_alone(submission, seed):
    """The input stays"""
    x = seed.normal(4)
    submission.first.double(x)
    close(x, seed.normal(4))
'''
PLAYS = '''
def read(code, x):
    """Return the input."""
    return x


{play}
'''
PLAY = "def twice(code, x):\n    return x + x"
GIVEN = {
    "in order": "def summed(x, y=0):\n    return x + x + y",
    "a class of nothing": "class Twice:\n    pass\n\n\ndef summed(x):\n    return x.sum() + x + x - x.sum()",
    "by name": "def summed(weight: int = 2, *, x) -> int:\n    return weight * x",
}
INNOCENT = """
import torch


def negated(x):
    return -x


def nothing(x) -> None:
    raise SystemExit


def endless(x):
    while True:
        pass


def torchs(x):
    return torch.add(x, x)


def tripled(x, y):
    return 3 * x
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Assignment]:
    folder = write_tiny(tmp_path)
    with (folder / "hidden" / "test_both.py").open("a") as file:
        file.write(HIDDEN)
    with imports_apart():
        yield load_assignment(folder)


def tried(assignment: Assignment) -> tuple[Delegates, Harness]:
    with Session([assignment.folder / "tests", assignment.folder / "hidden"]) as session:
        harness = Harness(assignment, session)
        return delegates_answer_nothing(harness, ["autograder.seeds"]), harness


def test_nothing_that_is_given_answers_a_sound_assignment(tiny: Assignment) -> None:
    (tiny.folder / "given.py").write_text(INNOCENT)
    found, harness = tried(tiny)
    assert found.tried >= 4
    assert found.earning == 0
    assert harness.problems == []
    assert [note.split(" earns")[0] for note in harness.notes] == [
        "task 'double': 'double' that hands its arguments on to given.torchs"
    ]


@pytest.mark.parametrize("kind", GIVEN)
def test_a_given_function_that_answers_is_told(tiny: Assignment, kind: str) -> None:
    (tiny.folder / "given.py").write_text(GIVEN[kind] + "\n")
    found, harness = tried(tiny)
    assert found.earning == 1
    assert harness.problems == [
        "task 'double': 'double' that hands its arguments on to given.summed earns 40 points "
        "(5 of 5 checks pass); a worker must not reach an answer"
    ]


@pytest.mark.parametrize("place", ["plays.py", "hidden/plays.py"])
def test_a_play_that_answers_is_told(tiny: Assignment, place: str) -> None:
    (tiny.folder / place).write_text(PLAYS.format(play=PLAY))
    found, harness = tried(tiny)
    assert found.earning == 1
    assert place.removesuffix(".py").replace("/", ".") + ".twice" in harness.problems[0]


def test_a_module_that_works_answers_out_is_not_staged(tiny: Assignment) -> None:
    (tiny.folder / "hidden" / "plain.py").write_text(GIVEN["in order"] + "\n")
    assert staged_modules(tiny) == [".first", ".second"]
    assert tried(tiny)[0].earning == 0


def test_of_the_engine_workers_import_what_the_zygote_holds_and_no_more(
    tiny: Assignment, one_zygote: object
) -> None:
    with Judge(tiny) as judge:
        beside = modules_beside(judge)
    assert {"autograder.seeds", "autograder.calls.wire", "autograder.spec"} <= set(beside)
    assert not {"autograder.checks", "autograder.labs.judge", "autograder.proving.delegates"} & set(beside)


def test_arguments_are_handed_on_in_order_without_self_and_by_name() -> None:
    class Owner:
        scale = 10

    def by_name(scale, x):
        return scale * x

    def play(code, x):
        return code, x

    code = Code("package")
    assert [way({"x": 3, "y": 4}) for way in ways(lambda a, b: a - b, {"x": 3, "y": 4}, code)] == [-1]
    assert [way({"x": 3, "y": 4}) for way in ways(lambda y: y, {"x": 3, "y": 4}, code)] == [3, 4]
    values = {"self": Owner(), "x": 3}
    assert [way(values) for way in ways(lambda x: x, values, code)][-1] == 3
    assert list(ways(by_name, values, code))[-1](values) == 30
    assert next(ways(play, {"x": 3}, code))({"x": 3}) == (code, 3)


def test_the_form_of_a_result_is_compared_not_its_values() -> None:
    assert fits(torch.ones(3), torch.zeros(3))
    assert not fits(torch.ones(3, 1), torch.zeros(3))
    assert not fits(None, torch.zeros(3))
    assert fits((1, torch.ones(2)), (2.5, torch.zeros(2)))
    assert fits({"a": 1}, {"a": 2})
    assert not fits({"b": 1}, {"a": 2})
    assert not fits(object(), torch.nn.Linear(1, 1))


def test_a_copy_does_not_see_what_is_done_to_the_original() -> None:
    x = torch.ones(2, requires_grad=True)
    given = {"x": [x.detach(), (x,)], "module": torch.nn.Linear(1, 1)}
    kept = copied(given)
    given["x"][0].zero_()  # type: ignore[index]
    assert kept["x"][0].tolist() == [1, 1]
    assert kept["x"][1][0].requires_grad
    assert kept["module"] is not given["module"]


def test_a_function_that_only_calls_torch_is_recognised() -> None:
    def plain(x):
        """Add."""
        return torch.add(x, x)

    def more(x):
        x = x + 1
        return torch.add(x, x)

    def other(x):
        return copied(torch.add(x, x))

    assert [only_calls_torch(one) for one in (plain, more, other, max)] == [True, False, False, False]
