"""Fixtures shared by the engine's tests: a small course of its own, and one warm judge for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.authoring.new import new
from autograder.isolation.limits import SandboxLimits
from autograder.judging.judge import Judge
from autograder.spec import Assignment, load_assignment

COURSE = """\
name = "Test"
classroom = "test"
demo = "a99_example"

[assignments.a99_example]
due = 2026-01-31T12:00:00Z
"""


@pytest.fixture(scope="session")
def course_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A course whose only assignment is the one that `autograder new` writes."""
    root = tmp_path_factory.mktemp("course")
    (root / "assignments").mkdir()
    (root / "solutions").mkdir()
    (root / "autograder").mkdir()
    (root / "course.toml").write_text(COURSE)
    new(root, "a99_example")
    sys.path.insert(0, str(root))
    yield root
    sys.path.remove(str(root))


@pytest.fixture(scope="session")
def example(course_root: Path) -> Assignment:
    """The small course's assignment."""
    return load_assignment(course_root / "solutions" / "a99_example")


@pytest.fixture(scope="session")
def answers(example: Assignment) -> dict[str, bytes]:
    """A right submission."""
    return {"noising.py": (example.folder / "noising.py").read_bytes()}


@pytest.fixture(scope="session")
def judge(example: Assignment) -> Iterator[Judge]:
    """A warm judge with a full sandbox."""
    with Judge(example, SandboxLimits(example.limits).changed(call_cpu_s=0.5)) as judge:
        yield judge
