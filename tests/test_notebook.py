from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.authoring.release import render, stale
from autograder.errors import UserError
from autograder.labs.notebook import how_to_open, lab_files, write
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import imports_apart, release_small, root_of, write_checks, write_small
from tests.small_lab import LAB, write_lab

ROOT = Path(__file__).parents[1]


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    return write_lab(tmp_path)


def test_a_notebook_has_the_cells_and_nothing_that_changes(small: Assignment) -> None:
    pytest.importorskip("jupytext")
    files = lab_files(small.folder)
    assert list(files) == ["lab.ipynb", "lab_tests/q1.py"]
    assert files == lab_files(small.folder)
    book = json.loads(files["lab.ipynb"])
    assert [(cell["cell_type"], cell["id"]) for cell in book["cells"]] == [
        ("markdown", "cell-01"),
        ("code", "cell-02"),
        ("code", "cell-03"),
        ("code", "cell-04"),
        ("code", "cell-05"),
    ]
    assert book["cells"][0]["source"] == ["# A lab\n", "\n", "Scale something."]
    assert all(cell.get("outputs", []) == [] for cell in book["cells"])
    assert "jupytext" not in book["metadata"]


def test_release_writes_the_lab_and_its_judge_but_not_its_source_or_rubric(small: Assignment) -> None:
    pytest.importorskip("jupytext")
    write_checks(small.folder)
    with imports_apart():
        released = release_small(small)
        names = {path.relative_to(released).as_posix() for path in released.rglob("*")}
        (released / ".OTTER_LOG").touch()
        assert stale(small, root_of(small)) == []
        assert render(small)["lab.ipynb"] == lab_files(small.folder)["lab.ipynb"]
    assert {"lab.ipynb", "lab_judge.py", "lab_tests/q1.py"} <= names
    assert not {"lab.py", "lab_rubric.md"} & names


def test_a_lab_that_holds_an_answer_is_not_written(small: Assignment) -> None:
    pytest.importorskip("jupytext")
    assert [path.name for path in write(small, root_of(small))] == ["lab.ipynb", "q1.py"]
    longer = "def scale(x, f):\n    y = (x - x.mean()) / x.std() * f.sqrt() + (1 - f).sqrt()\n    return y"
    idea = small.folder / "idea.py"
    answer = "secret = (given - given.mean()) / given.std() * factor.sqrt() + (1 - factor).sqrt()"
    idea.write_text(idea.read_text().replace("secret = given * factor  # the answer", answer))
    (small.folder / "lab.py").write_text(f"{LAB}\n{longer}\n")
    with pytest.raises(UserError, match="give answers away"):
        write(small, root_of(small))


def test_an_assignment_without_lab_says_so(tmp_path: Path) -> None:
    plain = load_assignment(write_small(tmp_path))
    assert lab_files(plain.folder) == {}
    for ask in (lambda: write(plain, tmp_path), lambda: how_to_open(plain)):
        with pytest.raises(UserError, match="has no lab"):
            ask()


@pytest.mark.parametrize("name", ["a03_unet", "a04_ddpm", "a08_guidance", "a10_latent_diffusion"])
def test_the_released_labs_are_those_of_the_source(name: str) -> None:
    pytest.importorskip("jupytext")
    for path, content in lab_files(ROOT / "solutions" / name).items():
        assert (ROOT / "assignments" / name / path).read_bytes() == content, path
