"""Known mistakes that differ from the reference in their last digits only are told from those that do not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.calls.outcomes import Outcome
from autograder.calls.undertest import Call
from autograder.judging import diagnosis
from autograder.judging.diagnosis import diagnose
from autograder.judging.evidence import LARGE, same
from autograder.judging.plugin import Check
from autograder.judging.trial import CheckRun
from autograder.records import Verdict, Visibility
from autograder.sources.inmemory import unload_package
from autograder.spec import load_assignment
from tests.small_assignment import imports_apart, write_checks, write_small

WRONG = """\
from autograder.sources.variants import wrong


@wrong("scale", "the product is formed in float32.")
def scale__float32(x, factor=2.0):
    return (x.float() * factor).to(x.dtype)


@wrong("scale", "a negative factor loses its sign.")
def scale__no_sign(x, factor=2.0):
    return x * abs(factor)
"""


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Unload what diagnosing kept: a process keeps its assignment's known mistakes, and this one is gone."""
    yield
    for name in [name for name in sys.modules if name.startswith("a90_small__") and "." not in name]:
        unload_package(name)


@pytest.mark.usefixtures("forgotten")
def test_where_only_digits_are_wrong_digits_name_the_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_small(tmp_path)
    write_checks(folder)
    (folder / "wrong.py").write_text(WRONG)
    x = torch.rand(50, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    check = Check("a", "", Visibility.PUBLIC, "scale", 1, False, "p", False)

    def named(outcome: torch.Tensor) -> list[str]:
        judged = CheckRun(check, Outcome(Verdict.FAIL), 0.0, (Call("idea.scale", (x,), {}, False, outcome),))
        return [wrong.name for wrong in diagnose(load_assignment(folder), "scale", [judged]).values()]

    with imports_apart():
        monkeypatch.syspath_prepend(folder.parents[1])
        assert named((x.float() * 2).double()) == ["scale__float32"]
        assert named(2 * x * (1 + 1e-8)) == []


@pytest.mark.usefixtures("forgotten")
def test_calls_with_large_values_are_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_small(tmp_path)
    write_checks(folder)
    (folder / "wrong.py").write_text(WRONG)
    check = Check("a", "", Visibility.PUBLIC, "scale", 1, False, "p", False)
    repeated: list[Call] = []
    monkeypatch.setattr(diagnosis, "again", lambda package, call: repeated.append(call))
    with imports_apart():
        monkeypatch.syspath_prepend(folder.parents[1])
        for numbers, asked in ((LARGE // 8, False), (100, True)):
            x = torch.zeros(numbers, dtype=torch.float64)
            call = Call("idea.scale", (x,), {}, False, x[:1])
            diagnose(load_assignment(folder), "scale", [CheckRun(check, Outcome(Verdict.FAIL), 0.0, (call,))])
            assert bool(repeated) is asked


def test_what_is_remembered_stays_below_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "BYTES_KEPT", 1000)
    memory: diagnosis._Memory[int, torch.Tensor] = diagnosis._Memory()
    found: list[int] = []
    for key in (1, 1, 2, 3, 1, 4):
        memory.of(
            key, lambda key=key: found.append(key) or torch.zeros(400 if key < 4 else 8000, dtype=torch.uint8)
        )
    assert found == [1, 2, 3, 1, 4]
    assert memory._held == 0 == len(memory._known)  # the last is larger than everything may be


@pytest.mark.parametrize("other", [0.0, torch.zeros(2, dtype=torch.float64)], ids=["number", "tensor"])
def test_what_is_left_of_numbers_that_cancel_is_the_same(other):
    left = other - 5.6e-16
    assert same(left, other)
    assert not same(left, other, fine=True)
    assert not same(other + 1e-12, other)
