"""Two slips in one answer: which wrong answers can be together, and what their file then holds."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autograder.judging.plugin import Check
from autograder.proving.harness import Tried
from autograder.proving.pairs import _alone, _merged, _together
from autograder.records import Verdict, Visibility
from autograder.sources.variants import Wrong
from autograder.spec import load_assignment

from .small_assignment import write_small

SLOPE = Wrong("slope", "Line", "Line.__init__", "def __init__(self, slope):\n    self.slope = -slope\n", "x.")
AT = Wrong("at", "Line", "Line.at", "def at(self, x):\n    return 0 * x\n", "x.")


def harness(tmp_path: Path, *failed: tuple[str, set[str]]) -> Any:
    def judged(names: set[str]) -> list[Any]:
        checks = [Check(n, "", Visibility.PUBLIC, "Line", 1, False, "p", False) for n in "abc"]
        verdicts = [Verdict.FAIL if check.name in names else Verdict.PASS for check in checks]
        return [
            SimpleNamespace(check=check, outcome=SimpleNamespace(verdict=verdict))
            for check, verdict in zip(checks, verdicts, strict=True)
        ]

    tried = [Tried(name, {}, judged(names)) for name, names in failed]
    return SimpleNamespace(assignment=load_assignment(write_small(tmp_path)), tried=tried)


def test_changes_of_different_lines_stand_in_one_file(tmp_path: Path) -> None:
    merged = _merged(harness(tmp_path), SLOPE, AT)
    assert merged is not None
    assert "self.slope = -slope" in merged["idea.py"]
    assert "return 0 * x" in merged["idea.py"]
    assert _merged(harness(tmp_path / "again"), SLOPE, SLOPE) is None


def test_a_pair_has_a_check_of_its_own_for_each(tmp_path: Path) -> None:
    one = harness(tmp_path, ("slope", {"a", "b"}), ("at", {"b", "c"}))
    assert _alone(one, SLOPE, AT) == {SLOPE: {"a"}, AT: {"c"}}
    assert [pair for pair, _ in _together(one, [SLOPE, AT])] == [(SLOPE, AT)]
    inside = harness(tmp_path / "inside", ("slope", {"a", "b"}), ("at", {"b"}))
    assert list(_together(inside, [SLOPE, AT])) == []
