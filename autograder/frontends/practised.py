"""Runs the public checks on one hand-in where there is nothing to protect: a copy without answers and key.

This is what `autograder check` does at home, so a submission could forge it: practice, never a grade.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..judging.grading import conclude, ungraded
from ..judging.score import earned
from ..keys import ASSIGNMENT_KEY_ENV, KEY_ENV
from ..records import Result, Submission, TaskResult
from ..seeds import PRACTICE
from ..spec import Assignment
from .points import Answer, ask, course_around

LEVEL = "practice"
PATIENCE_S = 900.0


def practise(root: Path, assignment: Assignment, submission: Submission) -> Result:
    """Return what the public checks say, as a result of level "practice"; withheld when they cannot run."""
    try:
        found = {one.id: one.checks for one in _checked(root, assignment, submission).tasks}
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError) as problem:
        return ungraded(assignment, submission, PRACTICE, f"the public checks could not run: {problem}")
    tasks = tuple(
        TaskResult(
            one.id, one.number, one.title, one.points, earned(one.points, found[one.id]), found[one.id]
        )
        for one in assignment.tasks
    )
    result = conclude(assignment, submission, PRACTICE, tasks, (), 0.0)
    return replace(result, run=replace(result.run, level=LEVEL))


def _checked(root: Path, assignment: Assignment, submission: Submission) -> Answer:
    """Run `autograder check` on a copy of the released folder with the student's files."""
    with course_around(assignment.folder) as tree:
        for name, content in submission.files.items():
            (tree / "assignments" / assignment.name / name).write_bytes(content)
        kept = {name: text for name, text in os.environ.items() if name not in (KEY_ENV, ASSIGNMENT_KEY_ENV)}
        return ask([assignment.name], tree, {**kept, "PYTHONPATH": str(root)}, PATIENCE_S)
