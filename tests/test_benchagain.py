"""A class of which nothing has changed is graded without a judge, and that is what is measured."""

from __future__ import annotations

from pathlib import Path

from autograder.benches.benchagain import bench_again

ROOT = Path(__file__).parents[1]


def test_nobody_is_judged_again():
    measured = bench_again(ROOT, students=3)
    assert measured.students == 3
    assert measured.grade_s > 0
    assert measured.unchanged
