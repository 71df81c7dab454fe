"""Rewriting what a worker reports earns nothing; verify tells where it does, and sees that it can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.judging.session import Session
from autograder.proving import adversaries
from autograder.proving.adversaries import adversaries_earn_nothing
from autograder.proving.forging import BLIND, Rewriting, blind, copies, filled, partial, settled, zeros
from autograder.proving.harness import FIRST, Harness, Tried
from autograder.proving.verified import Adversaries
from autograder.sources.variants import read_wrong, variant_sources
from autograder.spec import Assignment, load_assignment

from .small_assignment import imports_apart
from .tiny_assignment import write_tiny

PLAYS = '''
import torch


def weighed(code, x):
    """Return a weight of the submission's process, and what it makes of twice x."""
    weight = torch.full_like(x, 3.0)
    return {"weight": weight, "result": weight * code.first.double(x)}


def after(code, x):
    """Return the argument as double leaves it, and whether a gradient is recorded."""
    return {"result": code.first.double(x), "arguments": [x], "tracked": code.first.double(x).requires_grad}
'''
LEAK = '''

@task("double", weight=3)
def test_double_is_weighed(submission, seed):
    """The weighed numbers are right"""
    came = submission.play(plays.weighed, seed.normal(4))
    close(came["result"], came["weight"] * 2 * seed.normal(4))
'''
SOUND = '''

@task("double", weight=3)
def test_double_is_weighed(submission, seed):
    """The weighed numbers are right"""
    came = submission.play(plays.weighed, seed.normal(4))
    close(came["result"], 6 * seed.normal(4))


@task("double")
def test_double_leaves_its_input_alone(submission, seed):
    """The input stays, and no gradient is recorded"""
    came = submission.play(plays.after, seed.normal(4))
    close(came["arguments"], [seed.normal(4)])
    assert not came["tracked"]
'''
WRONG = """

@wrong("double", "x itself is changed.", read="Task 1.1")
def double__in_place(x):
    return x.mul_(2)


@wrong("double", "many numbers are doubled twice.", read="Task 1.1")
def double__once_more(x):
    return 2 * x if len(x) > 4 else 4 * x
"""
FLAG = '''

@task("double", weight=3)
def test_double_leaves_its_input_alone(submission, seed):
    """The input stays"""
    close(submission.play(plays.after, seed.normal(4))["arguments"], [seed.normal(4)])
'''


@pytest.fixture(autouse=True)
def every_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adversaries, "WRONGS", 100)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Assignment]:
    folder = write_tiny(tmp_path)
    (folder / "plays.py").write_text(PLAYS)
    with (folder / "wrong.py").open("a") as file:
        file.write(WRONG)
    with imports_apart():
        yield load_assignment(folder)


def met(assignment: Assignment, checks: str, gate: bool = True) -> tuple[Adversaries, Harness]:
    """Add hidden checks, with the gate of `double` or without it, and let adversaries try."""
    file = assignment.folder / "hidden" / "test_both.py"
    text = file.read_text() + checks
    text = text.replace("import close, task", "import close, task\n\nfrom .. import plays")
    file.write_text(text if gate else text.replace('"double", gate=True', '"double"'))
    with Session([assignment.folder / "tests", assignment.folder / "hidden"]) as session:
        harness = Harness(assignment, session)
        harness.tried.append(Tried("the reference", {}, harness.run("the reference", {})))
        for wrong in read_wrong(assignment):
            sources = variant_sources(assignment, wrong)
            harness.tried.append(Tried(wrong.name, sources, harness.run(wrong.name, sources)))
        return adversaries_earn_nothing(harness), harness


def test_nothing_reported_earns_in_a_sound_assignment(tiny: Assignment) -> None:
    found, harness = met(tiny, SOUND)
    assert found.tried > 10
    assert found.earning == 0
    assert found.advice == 1
    assert harness.problems == []


def test_an_expected_value_made_of_reported_weights_is_told(tiny: Assignment) -> None:
    found, harness = met(tiny, LEAK)
    assert found.earning == 1
    (problem,) = harness.problems
    assert "hidden/test_both.py::test_double_is_weighed lets double__once_more pass that reports" in problem


def test_where_no_gate_asks_for_work_nobody_needs_an_answer(tiny: Assignment) -> None:
    found, harness = met(tiny, LEAK, gate=False)
    assert found.earning >= 2
    assert "lets who works nothing out pass that reports zeros" in harness.problems[0]


def test_a_task_that_hangs_on_side_conditions_is_told(tiny: Assignment) -> None:
    found, harness = met(tiny, FLAG)
    assert found.earning == 0
    assert harness.problems == [
        "task 'double': 50% of its weight asks for side conditions only, which a worker can report as it "
        "likes; 25% are the most"
    ]


VALUE = {"y": torch.tensor([2.0, -1.0]), "flag": True, "asked": [(3, torch.tensor([1, 2]))], "word": "eps"}


@pytest.mark.parametrize("fill", BLIND)
def test_every_rewriting_keeps_the_form(fill: object) -> None:
    made = filled(VALUE, fill, [torch.ones(2), 7])  # type: ignore[arg-type]
    assert made.keys() == VALUE.keys()
    assert made["word"] == "eps"
    assert type(made["flag"]) is bool
    assert type(made["asked"][0][0]) is int
    assert made["y"].shape == (2,)
    assert made["asked"][0][1].dtype == torch.int64
    assert not torch.equal(made["y"], VALUE["y"])  # type: ignore[arg-type]


def test_one_part_is_rewritten_by_one_rule_and_the_rest_by_another() -> None:
    given = [torch.ones(2)]
    made = Rewriting(zeros, 0, copies).of({"a": torch.full((2,), 3.0), "b": torch.full((2,), 4.0)}, given)
    assert [made["a"].tolist(), made["b"].tolist()] == [[0, 0], [1, 1]]
    assert Rewriting(zeros, 1).of((1.0, 2.0), given) == (1.0, 0.0)
    assert len({str(one) for one in [*blind(3), *partial(3)]}) == 4 + 3 * 6 + 3 * 4
    assert list(partial(1)) == []


def test_side_conditions_are_arguments_left_alone_and_truth_values() -> None:
    x, y = torch.ones(2), torch.zeros(2)
    wrong = {"arguments": [2 * x], "tracked": True, "result": 5 * x, "more": [1, 2]}
    right = {"arguments": [x], "tracked": False, "result": y, "more": [1]}
    made = settled(wrong, right, [x, FIRST])
    assert torch.equal(made["arguments"][0], x)
    assert made["tracked"] is False
    assert torch.equal(made["result"], 5 * x)
    assert made["more"] == [1, 2]
