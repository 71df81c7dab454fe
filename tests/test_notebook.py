from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.authoring.release import render, stale
from autograder.errors import UserError
from autograder.labs.lab import execute, how_to_open, judge, lab_files, write
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import SPEC, imports_apart, release_small, root_of, write_checks, write_small

ROOT = Path(__file__).parents[1]
TABLE = """\
[lab]
judge = "digits"
recognised = 0.7
classes = 8
spread = 0.7
copies = 0.1

[[tasks]]
id = "scale"\
"""

LAB = """\
# %% [markdown]
# # A lab
#
# Scale something.

# %%
import sys
from pathlib import Path

import numpy as np
import otter

sys.path.insert(0, str(Path.cwd().parents[1]))

from assignments.a90_small.idea import scale
from common.figures import curves

grader = otter.Notebook("lab.ipynb", tests_dir="lab_tests")

# %%
import torch

y = scale(torch.arange(3.0), 3.0)
curves({"y": y})

# %%
grader.check("q1")

# %%
np.savez("lab.npz", samples=y.numpy())
"""
CHECK = """\
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 1


@test_case(points=1)
def test_scaled(y):
    assert y.tolist() == [0, 3, 6], f"y is {y.tolist()}"
"""


@pytest.fixture
def small(tmp_path: Path) -> Assignment:
    folder = write_small(tmp_path, lab=LAB, spec=SPEC.replace('[[tasks]]\nid = "scale"', TABLE))
    (folder / "lab_tests").mkdir()
    (folder / "lab_tests" / "q1.py").write_text(CHECK)
    (folder / "lab_rubric.md").write_text("for staff")
    return load_assignment(folder)


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


def test_release_writes_the_lab_but_not_its_source_or_rubric(small: Assignment) -> None:
    pytest.importorskip("jupytext")
    write_checks(small.folder)
    with imports_apart():
        released = release_small(small)
        names = {path.relative_to(released).as_posix() for path in released.rglob("*")}
        (released / ".OTTER_LOG").touch()
        assert stale(small, root_of(small)) == []
        assert render(small)["lab.ipynb"] == lab_files(small.folder)["lab.ipynb"]
    assert {"lab.ipynb", "lab_tests/q1.py"} <= names
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
    for ask in (
        lambda: write(plain, tmp_path),
        lambda: how_to_open(plain),
        lambda: execute(plain, tmp_path, tmp_path),
    ):
        with pytest.raises(UserError, match="has no lab"):
            ask()
    with pytest.raises(UserError, match=r"no \[lab\] table"):
        judge(plain, tmp_path / "a.npz")


def test_a_lab_is_executed_on_the_reference(small: Assignment, tmp_path: Path) -> None:
    for module in ("jupytext", "nbclient", "ipykernel", "otter"):
        pytest.importorskip(module)
    (small.folder / "lab_tests" / "q2.py").write_text(CHECK.replace("q1", "q2").replace("6]", "7]"))
    (small.folder / "lab.py").write_text(LAB + '\n# %%\ngrader.check("q2")\n')
    done = execute(small, ROOT, tmp_path / "out")
    assert done.failed == ("q2",)
    assert [path.name for path in done.pictures] == ["cell-03.png"]
    assert (tmp_path / "out" / "lab.npz").is_file()


def test_a_lab_that_stops_says_where(small: Assignment, tmp_path: Path) -> None:
    for module in ("jupytext", "nbclient", "ipykernel"):
        pytest.importorskip(module)
    (small.folder / "lab.py").write_text('# %%\nraise RuntimeError("here")\n')
    with pytest.raises(UserError, match=r"a90_small's lab stops: .*\n(.|\n)*RuntimeError: here"):
        execute(small, ROOT, tmp_path / "out")


@pytest.mark.parametrize("name", ["a03_unet", "a04_ddpm", "a08_guidance", "a10_latent_diffusion"])
def test_the_released_labs_are_those_of_the_source(name: str) -> None:
    pytest.importorskip("jupytext")
    for path, content in lab_files(ROOT / "solutions" / name).items():
        assert (ROOT / "assignments" / name / path).read_bytes() == content, path
