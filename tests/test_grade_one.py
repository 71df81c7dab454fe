"""One hand-in, in whatever layout another system gives it, always becomes a result."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.errors import MachineFault, UserError
from autograder.files import Unreadable
from autograder.frontends import one
from autograder.frontends.one import find_hand_in, grade_one, take
from autograder.intake.allowlist import AllowList
from autograder.results.store import read_result
from autograder.spec import find_assignment, load_assignment
from tests.small_assignment import imports_apart, release_small
from tests.tiny_assignment import NAME, write_tiny

ROOT = Path(__file__).parents[1]
KEY = "of the tests, long enough for a key"
FIRST, SECOND = b"def double(x):\n    return 2 * x\n", b"def total(x):\n    return float(x.mean())\n"
ALLOW = AllowList(NAME, frozenset({"first.py", "second.py"}))
FILES = {"first.py": FIRST, "second.py": SECOND}


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("below", ["", "deep/down/", f"repo/assignments/{NAME}/", "submission/"])
def test_files_are_found_wherever_they_lie(tmp_path: Path, below: str) -> None:
    files = {f"{below}{name}": content for name, content in FILES.items()}
    place = lay(tmp_path, {**files, "lab.ipynb": b"{", "essay.pdf": b"%PDF"})
    assert take(place, "ada", ALLOW).files == FILES


def test_a_zip_is_read_itself_and_inside_a_folder(tmp_path: Path) -> None:
    path = zipped(tmp_path / "in" / "work.zip", {f"work/{name}": text for name, text in FILES.items()})
    assert take(path, "ada", ALLOW).files == take(path.parent, "ada", ALLOW).files == FILES


def test_what_is_nearest_to_the_top_is_handed_in(tmp_path: Path) -> None:
    lay(tmp_path, {"old/copy/first.py": b"old", "new/first.py": FIRST})
    assert find_hand_in(tmp_path, ALLOW) == tmp_path / "new"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a/first.py": FIRST, "b/first.py": FIRST}, "twice, in a/ and in b/: keep one"),
        ({"one.zip": b"PK", "two.zip": b"PK"}, "holds 2 zip files and none of the files"),
        ({"lab.ipynb": b"{}"}, "holds none of the files to hand in (first.py, second.py)"),
        ({}, "holds none of the files to hand in"),
        ({"work.zip": b"no zip"}, "is damaged or not a zip file"),
    ],
)
def test_a_hand_in_that_cannot_be_read_is_a_problem_in_words(tmp_path: Path, files, says: str) -> None:
    submission = take(lay(tmp_path / "in", files) if files else tmp_path, "ada", ALLOW)
    assert says in submission.problem
    assert submission.files == {}


def test_a_link_to_a_hand_in_is_not_followed(tmp_path: Path) -> None:
    lay(tmp_path / "secret", FILES)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "secret")
    with pytest.raises(Unreadable):
        one.read_entry(find_hand_in(tmp_path / "in", ALLOW), ALLOW)


def tiny(tmp_path: Path):
    return load_assignment(write_tiny(tmp_path / "course"))


@pytest.mark.parametrize("problem", [MachineFault("no worker"), UserError("too weak"), OSError("full")])
def test_a_failure_of_the_machine_withholds_the_result(tmp_path, monkeypatch, problem) -> None:
    def fail(*_: object) -> None:
        raise problem

    monkeypatch.setattr(one, "grade_class", fail)
    monkeypatch.setenv("AUTOGRADER_COURSE_KEY", KEY)
    result = grade_one(tmp_path / "course", tiny(tmp_path), lay(tmp_path / "in", FILES), "ada")
    assert result.grade.withheld
    assert (result.grade.score, result.grade.max_score) == (0.0, 100.0)


def test_a_students_id_cannot_be_a_path(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no student's id"):
        grade_one(tmp_path / "course", tiny(tmp_path), tmp_path, "../ada")


def command(root: Path, place: Path, out: Path, **environment: str) -> dict:
    words = ["grade-one", str(place), "--student", "ada", "--out", str(out), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *words], cwd=root, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment}, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_command_writes_the_official_result(tmp_path: Path) -> None:
    root = tiny(tmp_path).folder.parents[1]
    place = lay(tmp_path / "in", {f"sub/{name}": content for name, content in FILES.items()})
    shown = command(root, place, tmp_path / "ada.json", AUTOGRADER_COURSE_KEY=KEY)
    result = read_result(tmp_path / "ada.json")
    assert [task.earned for task in result.grade.tasks] == [40.0, 0.0]
    assert shown["result"]["score"] == result.grade.score == 40.0
    assert result.run.level.startswith("full")


def test_a_copy_without_answers_practises(tmp_path: Path) -> None:
    assignment = tiny(tmp_path)
    with imports_apart():
        released = release_small(assignment)
    root = released.parents[1]
    shutil.rmtree(root / "solutions")
    assert find_assignment(root, NAME, "assignments") == released
    command(root, lay(tmp_path / "in", FILES), tmp_path / "ada.json")
    result = read_result(tmp_path / "ada.json")
    assert result.run.level == "practice"
    assert {check.visibility for task in result.grade.tasks for check in task.checks} == {"public"}
    assert [task.earned for task in result.grade.tasks] == [40.0, 0.0]
