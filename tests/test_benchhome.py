"""What a student waits for is measured on a terminal, to the row that counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.benches import benchhome
from autograder.benches.ways import Place, students_tree
from autograder.errors import MachineFault
from autograder.sources.source import skeletons
from autograder.spec import find_assignment, load_assignment

ROOT = Path(__file__).parents[1]


def test_rows_are_awaited_as_they_come_and_after_a_save(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(benchhome, "TIMES", 1)
    assignment = load_assignment(find_assignment(ROOT, "a04"))
    place, first = Place(ROOT, assignment, tmp_path), assignment.tasks[0]
    blank = {name: text.encode() for name, text in skeletons(assignment).items()}
    tree, row = students_tree(place, "home", "ada", blank), first.id.encode()
    seen_s, whole_s = benchhome.check(place, tree, row)
    assert 0 < seen_s <= whole_s
    assert len(benchhome.saves(place, tree, tree / "assignments" / assignment.name / first.file, row)) == 1
    with pytest.raises(MachineFault, match="no such row"):
        benchhome.check(place, tree, b"no such row")
