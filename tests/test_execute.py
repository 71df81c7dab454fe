from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.labs.execute import execute
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import write_small
from tests.small_lab import CHECK, LAB, write_lab

ROOT = Path(__file__).parents[1]


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    return write_lab(tmp_path)


def test_an_assignment_without_lab_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no lab"):
        execute(load_assignment(write_small(tmp_path)), tmp_path, tmp_path)


def test_a_lab_is_executed_on_the_reference(small: Assignment, tmp_path: Path) -> None:
    for module in ("jupytext", "nbclient", "ipykernel", "otter"):
        pytest.importorskip(module)
    (small.folder / "lab_tests" / "q2.py").write_text(CHECK.replace("q1", "q2").replace("6]", "7]"))
    shown = LAB.replace('curves({"y": y})', 'display(curves({"y": y}))\ncurves({"y": 2 * y})')
    (small.folder / "lab.py").write_text(shown + '\n# %%\ngrader.check("q2")\n')
    done = execute(small, ROOT, tmp_path / "out")
    assert done.failed == ("q2",)
    assert [path.name for path in done.pictures] == ["cell-03.png", "cell-03-2.png"]
    assert len({path.read_bytes() for path in done.pictures}) == 2
    assert (tmp_path / "out" / "lab.npz").is_file()


def test_a_lab_without_its_libraries_says_what_to_install(
    small: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "otter" else object())
    with pytest.raises(UserError, match=r"labs are run with otter: install what labs need: pip install"):
        execute(small, ROOT, tmp_path / "out")


def test_a_lab_that_stops_says_where(small: Assignment, tmp_path: Path) -> None:
    for module in ("jupytext", "nbclient", "ipykernel", "otter"):
        pytest.importorskip(module)
    (small.folder / "lab.py").write_text('# %%\nraise RuntimeError("here")\n')
    with pytest.raises(UserError, match=r"a90_small's lab stops: .*\n(.|\n)*RuntimeError: here"):
        execute(small, ROOT, tmp_path / "out")
