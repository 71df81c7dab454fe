"""A pool of judges outlives its judges: whatever one submission or machine does, the others are graded."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from autograder.benches.held import judges_and_zygote
from autograder.errors import MachineFault
from autograder.pool import pool
from autograder.pool.pool import Pool
from autograder.records import Submission
from autograder.seeds import Seed
from autograder.spec import load_assignment
from tests.tiny_assignment import write_tiny

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading needs the sandbox")
CLASS = [
    Submission(name, "", "", "", {"first.py": b"def double(x):\n    return 2 * x\n"}) for name in ("a", "b")
]
SEEDS = {"a": Seed(1), "b": Seed(2)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny"))


def test_a_crew_outlives_its_judge_and_at_its_end_waits_for_none(folder: Path) -> None:
    assignment = load_assignment(folder)
    patient = replace(assignment, limits=replace(assignment.limits, call_wall_s=300))
    asleep = Submission("a", "", "", "", {"first.py": b"import time\ndef double(x):\n    time.sleep(600)\n"})
    judges = Pool(patient, 1).__enter__()
    try:
        judges._pool.submit(int).result()
        (judge,) = judges._pool._processes.values()
        judge.kill()  # while it has nothing to do
        until(lambda: judges._pool._broken)
        with pytest.raises(MachineFault, match="no judge could start"):  # as if it were the first
            judges.level()
        results = list(judges.grade_all(CLASS, SEEDS))
        home = Path(judges._home.name)
        sleeper = judges._pool.submit(pool._grade, patient, asleep, SEEDS["a"], True, True)
        until(lambda: any(home.glob("*/s*")))  # the judge is at work
    finally:
        judges.__exit__(KeyboardInterrupt)
    assert [(one.grade.student, one.grade.problem) for one in results] == [("a", ""), ("b", "")]
    assert all(one.grade.tasks[0].earned == 40 for one in results)
    assert sleeper.done()
    assert not home.exists()


def test_a_zygote_that_dies_costs_nobody_a_grade(folder: Path) -> None:
    others = judges_and_zygote()[1]  # of this process's tests
    with Pool(load_assignment(folder), 2) as judges:
        before = list(judges.grade_all(CLASS, SEEDS))
        (zygote,) = set(judges_and_zygote()[1]).difference(others)
        os.kill(zygote, signal.SIGKILL)
        after = list(judges.grade_all(CLASS, SEEDS))
    told = [
        sorted((grade.student, grade.score, grade.problem) for grade in (one.grade for one in seen))
        for seen in (before, after)
    ]
    assert told[0] == told[1]
    assert [problem for _, _, problem in told[0]] == ["", ""]


def until(state: Callable[[], object], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not state():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_judge_that_fails_names_the_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(pool, "_warm", full)
    why = r"the judge failed: OSError: No space left on device \(test_pool\.py, line "
    with pytest.raises(pool.JudgeFailed, match=why):
        pool._grade(load_assignment(folder), CLASS[0], SEEDS["a"], True, True)
