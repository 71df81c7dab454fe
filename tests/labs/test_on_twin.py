"""Labs on a pretend GPU: cells make what they like there, and what they call must follow."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import Result
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import UserError
from autograder.labs.ontwin import SHORT, Tried, shortened, try_lab
from autograder.spec import Assignment, SpecError, assignment_folders, load_assignment
from autograder.twin.device import on_twin
from autograder.twin.found import Log, Mixed
from tests.small_assignment import write_small
from tests.small_lab import LAB, write_lab

ROOT = Path(__file__).parents[2]
LABS = [folder for folder in assignment_folders(ROOT / "solutions") if (folder / "lab.py").is_file()]


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """Forget what a lab takes hold of, for these are run in no process of their own."""
    before = dict(sys.modules)
    yield
    forget_labs()
    sys.modules |= {name: module for name, module in before.items() if name not in sys.modules}


def forget_labs() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] in ("assignments", "otter", "a90_small")]:
        del sys.modules[name]


def tried(assignment: Assignment, device: str = "twin") -> Tried:
    forget_labs()
    return try_lab(assignment, shortened(assignment), device)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_cells_make_tensors_modules_and_files_on_the_gpu_without_saying_so(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    rewrite(
        small.folder / "lab.py",
        "np.savez(",
        "assert y.is_cuda and torch.nn.Linear(3, 1)(y).is_cuda\ndisplay(y)\nnp.savez(",
    )
    assert (found := tried(small)).holds, found
    assert found.lab == "a90_small"


@pytest.mark.parametrize("file", ["idea.py", "given.py"])
def test_what_does_not_follow_is_told_by_its_line(tmp_path: Path, file: str) -> None:
    small = write_lab(tmp_path)
    (small.folder / "given.py").write_text("import torch\n\nONE = torch.ones(3)\n")
    if file == "idea.py":
        rewrite(small.folder / "idea.py", "given = x ", "import torch; given = x + torch.zeros(3) ")
    else:
        rewrite(small.folder / "idea.py", "given = x ", "given = x * ONE ")
    found = tried(small)
    assert len(found.told) == 1
    assert found.told[0].startswith(f"{file}, line ")
    assert ("while the file is imported" in found.told[0]) == (file == "given.py")
    assert tried(small, "cpu").holds


def test_what_is_given_to_all_labs_must_follow(tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    file = tmp_path / "beside" / "shared.py"
    file.write_text("import torch\n\n\ndef shifted(x):\n    return x + torch.ones(3)\n")
    found: dict[str, Any] = {}
    exec(compile(file.read_text(), file, "exec"), found)
    log = Log()
    with on_twin(tmp_path / "lab", log):
        assert found["shifted"](torch.zeros(3)).is_cuda  # nobody looks at its lines
    with on_twin(tmp_path / "lab", log, file.parent), pytest.raises(Mixed) as raised:
        found["shifted"](torch.zeros(3))
    assert "shared.py, line 5: torch.ones makes a tensor on the CPU" in raised.value.told


def test_a_lab_that_stops_for_another_reason_says_where(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    rewrite(small.folder / "lab.py", "curves(", "1 / 0\ncurves(")
    line = LAB[: LAB.index("curves({")].count("\n") + 1
    assert tried(small).stops == f"lab.py, line {line}: ZeroDivisionError: division by zero"


def test_what_takes_time_is_cut_and_a_cut_that_is_none_is_refused(tmp_path: Path) -> None:
    small = write_lab(tmp_path)
    cuts = small.folder.with_name(SHORT)
    cuts.write_text('[a90_small]\n"scale(torch.arange(3.0), 3.0)" = "scale(torch.arange(2.0), 3.0)"\n')
    assert shortened(small) == LAB.replace("arange(3.0)", "arange(2.0)")
    cuts.write_text('[a90_small]\n"STEPS = 5" = "STEPS = 1"\n')
    with pytest.raises(SpecError, match=r"short_labs.toml: a90_small/lab.py has no 'STEPS = 5'"):
        shortened(small)


def test_an_assignment_without_lab_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no lab"):
        shortened(load_assignment(write_small(tmp_path)))


@pytest.mark.parametrize("folder", LABS, ids=lambda folder: folder.name)
def test_every_lab_is_cut(folder: Path) -> None:
    cuts = tomllib.loads((ROOT / "solutions" / SHORT).read_text())
    assert cuts.keys() == {one.name for one in LABS}
    assert shortened(load_assignment(folder)) != (folder / "lab.py").read_text()


def lab(*words: str) -> Result:
    return CliRunner().invoke(app, ["lab", *words])


def test_the_command_says_which_labs_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = write_lab(tmp_path)
    for name in ("autograder", "assignments"):
        (tmp_path / name).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)
    said = lab("--device", "twin")
    assert (said.exit_code, said.output.splitlines()[-1]) == (
        0,
        "1 of 1 labs hold, shortened, on a pretend GPU",
    )
    rewrite(small.folder / "idea.py", "given = x ", "import torch; given = x + torch.zeros(3) ")
    said = lab("a90", "--device", "twin", "--json")
    assert said.exit_code == 1
    assert "torch.zeros makes a tensor on the CPU" in said.output
