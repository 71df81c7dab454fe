"""Fixtures shared by the engine's tests: a small course of its own, and one warm judge for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from pathlib import Path

import pytest
import torch

from autograder.authoring.new import new
from autograder.isolation.doctor import probe
from autograder.isolation.limits import SandboxLimits
from autograder.isolation.sandbox import Sandbox
from autograder.judging.grading import grade
from autograder.judging.judge import Judge
from autograder.records import Result, Submission
from autograder.seeds import Seed
from autograder.spec import Assignment, load_assignment
from tests.small_assignment import imports_apart

torch.set_num_threads(1)  # tensors are small here: more threads only wait for each other

MOST_PROCESSES = 8  # each takes a gigabyte at times
COURSE = """\
name = "Test"
classroom = "test"
demo = "a99_example"

[assignments.a99_example]
due = 2026-01-31T12:00:00Z
"""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Share all tests among a process more than there are cores, for some wait; a few run in this one."""
    everything = config.args_source is config.ArgsSource.TESTPATHS
    asked = config.getoption("numprocesses", 0) is not None or config.option.usepdb
    if everything and not asked and not hasattr(config, "workerinput"):
        config.option.numprocesses = min((os.cpu_count() or 1) + 1, MOST_PROCESSES)
        config.option.dist = "loadfile"


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
def one_zygote() -> Iterator[Callable[..., AbstractContextManager[Sandbox]]]:
    """Let all judges of this process share a zygote: to start one takes as long as hundreds of checks."""
    with Sandbox() as ready, pytest.MonkeyPatch.context() as patch:
        ready.start("nothing", ()).kill()

        def lend(limits: SandboxLimits, libraries: object = ()) -> AbstractContextManager[Sandbox]:
            lent = copy(ready)
            lent.limits = limits
            return nullcontext(lent)

        patch.setattr("autograder.judging.judge.Sandbox", lend)
        yield lend


class OneJudge:
    """A judge in this process in place of a pool of judge processes, of which each imports torch twice."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def level(self) -> str:
        return probe(self._judge.sandbox).level

    def grade_all(self, submissions: list[Submission], seeds: dict[str, Seed]) -> Iterator[Result]:
        for one in submissions:
            yield grade(self._judge, one, seeds[one.student])


@pytest.fixture(scope="session")
def judges_here(one_zygote: object) -> Callable[[Assignment], AbstractContextManager[OneJudge]]:
    """For `grade_class`: opens a judge in this process."""

    @contextmanager
    def judges(assignment: Assignment) -> Iterator[OneJudge]:
        with imports_apart(), Judge(assignment) as judge:
            yield OneJudge(judge)

    return judges


@pytest.fixture(scope="session")
def judge(example: Assignment, one_zygote: object) -> Iterator[Judge]:
    """A warm judge with a full sandbox."""
    with Judge(example, SandboxLimits(example.limits).changed(call_cpu_s=0.5)) as judge:
        yield judge
