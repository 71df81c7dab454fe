"""Otter comes to our points, and nothing that is handed in runs in its process or in its kernel."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.frontends.otter_files import NOTEBOOK, write_otter
from autograder.frontends.points import practised
from autograder.keys import KEY_ENV
from tests.front_end_course import KEY, PARTIAL, POINTS, RIGHT, course, hand_in
from tests.small_assignment import imports_apart, release_small
from tests.test_gradescope import is_accepted

OTTER = Path(sys.executable).with_name("otter")
needs_otter = pytest.mark.skipif(
    not OTTER.exists(), reason="Otter is not installed: pip install -e '.[otter]'"
)


class Bomb:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = str(mark)

    def __reduce__(self):
        return (Path.touch, (Path(self.mark),))


def hostile(mark: Path) -> dict[str, bytes]:
    """Return files that would leave a mark if anything of theirs ran, and that claim all points."""
    code = f"import pathlib, os; pathlib.Path({str(mark)!r}).touch(); print('100 / 100'); os._exit(0)"
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": code,
        "outputs": [],
        "execution_count": 1,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    modules = ("json.py", "torch.py", "sitecustomize.py", "conftest.py", "__init__.py", "tests/evil.py")
    return {
        **{name: code.encode() for name in modules},
        ".OTTER_LOG": pickle.dumps(Bomb(mark)),
        NOTEBOOK: json.dumps(notebook).encode(),
        "results.json": b'{"score": 100}',
    }


def otter_run(zipped: Path, files: dict[str, bytes], root: Path, out: Path, key: dict[str, str]) -> dict:
    """Run Otter's own command on a zip of files; return its results.json."""
    out.mkdir()
    with zipfile.ZipFile(out / "handed_in.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    command = [str(OTTER), "run", "-a", str(zipped), "-o", str(out), "--no-logo", str(out / "handed_in.zip")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(out), "PYTHONPATH": str(root), **key}
    subprocess.run(command, cwd=out, env=environment, check=True, capture_output=True, timeout=500)
    return json.loads((out / "results.json").read_text())


@needs_otter
def test_otter_comes_to_our_points_whatever_lies_beside_the_answers(tmp_path: Path) -> None:
    tiny = course(tmp_path / "course")
    root, mark = tiny.folder.parents[1], tmp_path / "mark"
    *_, zipped = write_otter(tiny, tmp_path / "otter", None)
    files = {name: text.encode() for name, text in PARTIAL.items()}
    answer = otter_run(zipped, files | hostile(mark), root, tmp_path / "out", {KEY_ENV: KEY})
    assert is_accepted(answer)
    assert tuple(answer["extra_data"]["tasks"].values()) == POINTS
    assert answer["score"] == sum(POINTS)
    assert not mark.exists()
    pickle.loads(hostile(mark)[".OTTER_LOG"])  # as Otter would have done
    assert mark.exists()


@needs_otter
def test_what_cannot_be_judged_has_no_score(tmp_path: Path) -> None:
    tiny = course(tmp_path / "course")
    *_, zipped = write_otter(tiny, tmp_path / "otter", None)
    no_key: dict[str, str] = {}
    answer = otter_run(zipped, {"first.py": b""}, tiny.folder.parents[1], tmp_path / "out", no_key)
    assert is_accepted(answer)
    assert "score" not in answer


def test_the_zips_own_tests_fail_so_that_no_plugin_means_no_points(tmp_path: Path) -> None:
    *student, zipped = write_otter(course(tmp_path / "course"), tmp_path / "otter", None)
    with zipfile.ZipFile(io.BytesIO(zipped.read_bytes())) as archive:
        tests = {
            name: archive.read(name).decode() for name in archive.namelist() if name.startswith("tests/")
        }
    assert [*tests] == ["tests/01_double.py", "tests/02_total.py"]
    assert all('raise RuntimeError("not judged' in text for text in tests.values())
    assert [path.name for path in student] == [NOTEBOOK, "double.py", "total.py"]


def test_a_cell_of_a_task_says_what_the_public_checks_say(tmp_path: Path, monkeypatch) -> None:
    tiny = course(tmp_path / "course")
    with imports_apart():
        released = release_small(tiny)
    hand_in(released, {"first.py": "def double(x):\n    return x * x\n"})
    monkeypatch.chdir(released)
    with pytest.raises(
        AssertionError, match=r"FAIL: Twice 3 is 6\n(.|\n)*This is what you get when x is squared"
    ):
        practised("double")
    hand_in(released, RIGHT)
    practised("double")
