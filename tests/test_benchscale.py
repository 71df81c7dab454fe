"""What `bench scale` measures: distinct submissions, every judge's memory, and the target."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.benches import benchscale, held
from autograder.benches.benchscale import (
    Scale,
    ScaleRow,
    classes,
    distinct_submissions,
    in_target,
    mistaken_once,
)
from autograder.spec import load_assignment
from tests.tiny_assignment import write_tiny

ROW = ScaleRow(100, 1, 0.3, 600.0, 0.3, 1.0, 1.0, 1.0, 500.0, 0.0)


def row(**changed: float) -> ScaleRow:
    return ScaleRow(**{name: changed.get(name, getattr(ROW, name)) for name in ROW.__struct_fields__})


def test_no_two_submissions_are_the_same(tmp_path: Path) -> None:
    chosen = distinct_submissions(load_assignment(write_tiny(tmp_path)), 50)
    for file in ("first.py", "second.py"):
        assert len({one.files[file] for one in chosen}) == 50
    assert len({one.student for one in chosen}) == 50


def test_judges_are_warm_after_a_mistake_in_each_task(tmp_path: Path) -> None:
    warm = mistaken_once(load_assignment(write_tiny(tmp_path)), 2)
    assert [one.student for one in warm] == ["warm-0-double", "warm-1-double", "warm-0-total", "warm-1-total"]
    assert b"x * x" in warm[0].files["first.py"]
    assert b"x.mean()" in warm[2].files["second.py"]


def test_flat_time_and_judges_that_gain_what_they_cost_are_in_the_target() -> None:
    longer, beside = row(submissions=500, s_per_submission=0.32), row(workers=2, efficiency=0.91)
    assert in_target(Scale("", 7.9, [row(), longer, beside]))
    assert not in_target(Scale("", 8.1, [row(), longer, beside]))


@pytest.mark.parametrize(
    "worse",
    [
        {"s_per_submission": 0.34},
        {"judge_growth": 1.11},
        {"zygote_growth": 1.11},
        {"workers": 2, "efficiency": 0.89},
        {"workers": 2, "further_mb": 1001.0},
    ],
    ids=str,
)
def test_whatever_grows_is_out_of_the_target(worse: dict[str, float]) -> None:
    assert not in_target(Scale("", 1.0, [row(), row(submissions=500, **worse)]))


def test_the_smallest_class_is_graded_again_by_as_many_judges_as_there_are_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for cores, more in ((1, []), (2, [(100, 2)]), (64, [(100, 2), (100, 4)])):
        monkeypatch.setattr(benchscale.os, "cpu_count", lambda cores=cores: cores)
        assert classes([500, 100]) == [(100, 1), (500, 1), *more]


def test_this_process_has_no_judges() -> None:
    assert held.spent().judges_mb == []


MEASURE = """
import sys
from pathlib import Path
from autograder.benches.benchscale import measure
from autograder.spec import load_assignment

if __name__ == "__main__":
    assignment = load_assignment(Path(sys.argv[1]))
    row = measure(assignment, 6, 1)
    print(row.submissions, row.workers, row.s_per_submission > 0, row.peak_mb > 100, 0 < row.cpu_s < 60)
    two = measure(assignment, 2, 2, row)
    print(100 < row.all_mb < two.all_mb, 0 < two.further_mb < row.peak_mb, row.further_mb)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the official run needs the sandbox")
def test_a_class_is_measured(tmp_path: Path) -> None:
    (tmp_path / "measure.py").write_text(MEASURE)
    command = [sys.executable, str(tmp_path / "measure.py"), str(write_tiny(tmp_path / "course"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "6 1 True True True\nTrue True 0.0\n", done.stderr
