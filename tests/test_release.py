from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.authoring import release as authoring
from autograder.authoring.fingerprints import same_release
from autograder.authoring.release import hidden_counts, render, stale, write_template
from autograder.sources.leaks import leaks
from autograder.sources.markers import MarkerError
from autograder.spec import Assignment, SpecError, load_assignment
from tests.small_assignment import IDEA, imports_apart, release_small, root_of, write_checks, write_small


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Assignment]:
    folder = write_small(tmp_path)
    write_checks(folder)
    with imports_apart():
        yield load_assignment(folder)


def git(root: Path, *words: str) -> None:
    settings = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True)


def test_the_release_holds_what_students_get_and_nothing_else(small: Assignment) -> None:
    folder = release_small(small)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "CHANGELOG.md", "README.md", "__init__.py", "assignment.toml", "checks.json", "figures/a.png",
        "given.py", "idea.py", "lab.ipynb", "plays.py", "tests/__init__.py", "tests/test_idea.py",
    ]  # fmt: skip
    assert "TODO scale: read task 1.1" in (folder / "idea.py").read_text()
    assert (folder.parent / "__init__.py").exists()
    assert leaks(root_of(small)) == []


def test_checks_json_counts_hidden_checks_and_carries_fingerprints(small: Assignment) -> None:
    content = json.loads((release_small(small) / "checks.json").read_text())
    assert content["hidden"] == {"scale": 1, "Line": 7} == hidden_counts(small)
    assert {check: list(marks) for check, marks in content["fingerprints"].items()} == {
        "tests/test_idea.py::test_height": ["line__squared"],
        "tests/test_idea.py::test_scales": ["scale__added"],
        "tests/test_idea.py::test_scales_once": ["scale__added"],
    }
    assert content["wrong"]["scale__added"] == {
        "task": "scale", "says": "the factor is added.", "read": "task 1.1"
    }  # fmt: skip
    assert "x + factor" not in json.dumps(content)


def test_a_release_is_the_same_to_the_byte_and_then_not_stale(small: Assignment) -> None:
    folder = release_small(small)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"")
    release_small(small)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert stale(small, root_of(small)) == []
    assert {path.name for path in folder.parent.iterdir()} == {"__init__.py", small.name}


def test_stale_names_each_file(small: Assignment) -> None:
    folder = release_small(small)
    (folder / "README.md").write_text("edited\n")
    (folder / "notes.txt").write_text("extra\n")
    (folder / "plays.py").unlink()
    assert stale(small, root_of(small)) == [
        "assignments/a90_small/README.md: differs",
        "assignments/a90_small/notes.txt: not part of the release",
        "assignments/a90_small/plays.py: missing",
    ]


def test_fingerprints_from_another_machine_are_not_stale(small: Assignment) -> None:
    path = release_small(small) / "checks.json"
    content = json.loads(path.read_text())
    marks = content["fingerprints"]["tests/test_idea.py::test_scales"]
    marks["scale__added"][0] *= 1 + 1e-9
    nudged = json.dumps(content).encode()
    assert same_release(path.read_bytes(), nudged)
    path.write_bytes(nudged)
    assert stale(small, root_of(small)) == []
    marks["scale__added"][0] *= 1.01
    path.write_bytes(json.dumps(content).encode())
    assert stale(small, root_of(small)) == ["assignments/a90_small/checks.json: differs"]


def test_files_that_git_does_not_know_are_never_deleted(small: Assignment) -> None:
    folder = release_small(small)
    mine = folder / "my_notes.txt"
    mine.write_text("hours of work")
    with pytest.raises(SpecError, match=r"git does not know: my_notes\.txt; move them away"):
        release_small(small)
    assert mine.read_text() == "hours of work"
    git(root_of(small), "init")
    with pytest.raises(SpecError, match=r"my_notes\.txt"):
        release_small(small)
    git(root_of(small), "add", "-f", "assignments")
    release_small(small)
    assert not mine.exists()


def test_an_edit_in_the_released_folder_is_not_undone(small: Assignment) -> None:
    folder, root = release_small(small), root_of(small)
    git(root, "init")
    git(root, "add", "-f", "assignments")
    readme = folder / "README.md"
    readme.write_text(readme.read_text() + "One more sentence.\n")
    with pytest.raises(
        SpecError, match=r"assignments/a90_small: edited by hand.*README\.md; make the edit in"
    ):
        release_small(small)
    assert "One more sentence." in readme.read_text()
    git(root, "add", "-f", "assignments")  # now git holds it
    release_small(small)
    assert "One more sentence." not in readme.read_text()
    source = small.folder / "README.md"
    for text in ("# First\n", "# Second\n"):  # what release wrote itself is no edit, though git has another
        source.write_text(text)
        release_small(small)
        assert readme.read_text() == text


def test_a_marker_mistake_leaves_the_old_release_alone(small: Assignment) -> None:
    folder = release_small(small)
    before = (folder / "idea.py").read_bytes()
    (small.folder / "idea.py").write_text(IDEA.replace("# END SOLUTION\n    return secret", "return secret"))
    with pytest.raises(MarkerError, match=r"a90_small/idea\.py:\d+: "):
        release_small(small)
    assert (folder / "idea.py").read_bytes() == before


def test_a_template_holds_no_solutions(
    small: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = root_of(small)
    for name in ("common/exact.py", "autograder/text.py", "autograder/__pycache__/x.pyc", "tests/test_x.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "pyproject.toml").write_text('testpaths = ["tests"]\n')
    (root / "LICENSE").touch()
    to, files = tmp_path / "out" / "template", render(small)
    monkeypatch.setattr(authoring, "render", None)  # once is enough: it runs the checks
    names = {path.relative_to(to).as_posix() for path in write_template(small, root, to, files)}
    assert {"assignments/a90_small/idea.py", "assignments/__init__.py", "common/exact.py", "LICENSE"} <= names
    assert not [name for name in names if name.startswith(("solutions", "tests")) or name.endswith(".pyc")]
    assert (to / "pyproject.toml").read_text() == 'testpaths = ["assignments"]\n'
    with pytest.raises(SpecError, match="not empty"):
        write_template(small, root, to)
    workflow = to / ".github" / "workflows" / "check.yml"
    subprocess.run([Path(sys.executable).with_name("actionlint"), workflow], check=True, timeout=60)
    for code, told in ((0, 0), (1, 0), (2, 1)):  # of `autograder check`, of the step
        assert step_of(workflow, tmp_path / "bin", code) == told
        assert (tmp_path / "bin" / "summary").read_text() == "~~~~text\ncheck a90\n\n~~~~\n"


def step_of(workflow: Path, place: Path, code: int) -> int:
    """Run the workflow's last step with an `autograder` that says its arguments; return its exit code."""
    place.mkdir(exist_ok=True)
    program = place / "autograder"
    program.write_text(f'#!/bin/sh\necho "$@"\nexit {code}\n')
    program.chmod(0o755)
    (place / "summary").unlink(missing_ok=True)
    script = textwrap.dedent(workflow.read_text().rpartition("run: |\n")[2])
    settings = {"GITHUB_STEP_SUMMARY": str(place / "summary"), "RUNNER_TEMP": str(place)}
    environment = {"PATH": f"{place}:{os.environ['PATH']}", **settings}
    return subprocess.run(["bash", "-e", "-c", script], env=environment, timeout=60, check=False).returncode
