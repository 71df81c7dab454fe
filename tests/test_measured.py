"""A measured check compares all that came, and measures the call itself; verify tells where one does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.judging.session import Session
from autograder.proving.harness import Harness
from autograder.proving.measured import measures_what_is_asked, spoiled
from autograder.spec import Assignment, load_assignment

from .small_assignment import imports_apart
from .tiny_assignment import write_tiny

PLAYS = '''
def yardstick(code, x):
    """Return twice x, a million times."""
    for _ in range(50):
        y = x + x
    return y


def doubled(code, x):
    """Return what double makes of x."""
    return code.first.double(x)


def doubled_by(code, x):
    """Return what double makes of something that no data can be."""
    return code.first.double(type("Numbers", (), {"__rmul__": lambda self, times: times * x})())
'''
CHECK = '''

@task("double")
def test_double_is_quick(speed):
    """Doubling a million numbers costs a few additions"""
    speed({}, plays.yardstick, lambda seed: (seed.normal(100_000),){})
'''
FIRST = ", lambda came, _, args: close(came[:10], 2 * args[0][:10])"
SPEED = "minutes = 5\nspeed = { limit = 5, naive = 10 }\n"


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Assignment]:
    folder = write_tiny(tmp_path)
    spec = folder / "assignment.toml"
    spec.write_text(spec.read_text().replace("minutes = 5\n", SPEED))
    (folder / "plays.py").write_text(PLAYS)
    with imports_apart():
        yield load_assignment(folder)


def told(assignment: Assignment, target: str, agree: str = "") -> list[str]:
    file = assignment.folder / "tests" / "test_both.py"
    text = file.read_text().replace("import close, task", "import close, task\n\nfrom .. import plays")
    file.write_text(text + CHECK.format(target, agree))
    with Session([assignment.folder / "tests", assignment.folder / "hidden"]) as session:
        harness = Harness(assignment, session)
        measures_what_is_asked(harness)
        return harness.problems


@pytest.mark.parametrize("target", ['"first.double"', "plays.doubled_by"])
def test_a_sound_check_is_not_told(tiny: Assignment, target: str) -> None:
    assert told(tiny, target) == []


def test_a_part_that_nobody_compares_is_told(tiny: Assignment) -> None:
    (problem,) = told(tiny, '"first.double"', FIRST)
    assert problem.startswith(
        "tests/test_both.py::test_double_is_quick: one wrong number, 100% into the value"
    )


def test_a_play_that_hands_only_data_on_is_told(tiny: Assignment) -> None:
    assert told(tiny, "plays.doubled") == [
        "tests/test_both.py::test_double_is_quick: 'plays.doubled' hands nothing but data on; measure the "
        "call itself, for a submission can replace a play"
    ]


def test_one_number_is_changed_wherever_it_stands() -> None:
    value = {"a": torch.zeros(2, 2), "b": [1.0, (torch.zeros(1, dtype=torch.int64), 5)]}
    for at in range(7):
        came = spoiled(value, at / 6)
        numbers = [*came["a"].flatten().tolist(), came["b"][0], int(came["b"][1][0]), came["b"][1][1]]
        changed = [a != b for a, b in zip(numbers, [0, 0, 0, 0, 1.0, 0, 5], strict=True)]
        assert changed == [place == at for place in range(7)]
    assert value["a"].sum() == 0
