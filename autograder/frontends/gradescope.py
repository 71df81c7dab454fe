"""Gradescope, without Otter: the zip to upload, and what its `run_autograder` starts.

`results.json` follows https://gradescope-autograders.readthedocs.io/en/latest/specs/. Gradescope has no word
for a withheld grade: then there is no score, and a line that says who looks at it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from ..errors import MachineFault
from ..files import write_whole
from ..intake.roster import plain, read_roster
from ..keys import ASSIGNMENT_KEY_ENV
from ..pages.twinview import gpu_text
from ..records import Result, Verdict, Visibility
from ..spec import Assignment, assignment_folders, load_assignment
from .container import KEY_FILE, ROSTER, course_tree, write_zip
from .one import grade_one
from .practised import LEVEL
from .rows import WAITING, Row, Shown, shown

PROGRAMS = Path(__file__).parents[1] / "templates/gradescope"
PRACTICE = "Practice: the public checks only. Hidden checks decide when staff grade your work."


def write_gradescope(
    assignment: Assignment, root: Path, out: Path, practice: bool, roster: Path | None = None
) -> Path:
    """Write the zip that Gradescope's "Configure Autograder" takes."""
    programs = {path.name: path.read_bytes() for path in PROGRAMS.iterdir()}
    return write_zip(out, course_tree(assignment, root, practice, roster), programs)


def results_json(result: Result, note: str = "") -> dict[str, Any]:
    """Return what Gradescope shows of a result."""
    seen = shown(result)
    if seen is None:
        return waiting(note)
    practised = result.run.level == LEVEL
    return {
        "score": seen.score,
        "execution_time": result.run.seconds,
        "output": "\n".join(filter(None, [note, PRACTICE if practised else seen.says, gpu_text(result)])),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(row) for row in seen.rows],
        "extra_data": {"level": result.run.level, "tasks": _tasks(seen)},
    }


def _tasks(seen: Shown) -> dict[str, float]:
    return {task.id: task.earned for task in seen.tasks}


def waiting(note: str = "") -> dict[str, Any]:
    """Return what is shown while there is no grade: no score, and who looks at it."""
    test = {"name": "waiting for staff", "score": 0, "max_score": 0, "visibility": "visible"}
    return {"output": "\n".join(filter(None, [note, WAITING])), "visibility": "visible", "tests": [test]}


def _test(row: Row) -> dict[str, Any]:
    """Return a check as a test; a hidden one also hides the total until grades are published."""
    return {
        "number": row.number,
        "name": row.title,
        "name_format": "text",
        "score": row.earned,
        "max_score": row.points,
        "status": "passed" if row.verdict is Verdict.PASS else "failed",
        "output": row.text,
        "output_format": "text",
        "tags": [row.task, row.visibility.value],
        "visibility": "visible" if row.visibility is Visibility.PUBLIC else "after_published",
    }


def student_of(metadata: Any, roster: Path) -> tuple[str, str]:
    """Return whose submission it is (a group's first member's), and a sentence where no roster says."""
    users = metadata.get("users") if isinstance(metadata, dict) else None
    first = users[0] if isinstance(users, list) and users and isinstance(users[0], dict) else {}
    email = str(first.get("email", ""))
    spelt = re.sub(r"[^A-Za-z0-9._-]+", "-", email)[:64].strip("-._").replace("..", "-") or "somebody"
    if not roster.is_file():
        return spelt, ""
    known = [one.id for one in read_roster(roster).values() if email and plain(email) in one.words]
    if len(known) == 1:
        return known[0], ""
    return (
        spelt,
        f"The roster does not hold {email or 'an e-mail address of yours'}: tell the staff.",
    )


def main(base: Path) -> None:
    """Grade what lies in `base`, laid out as /autograder, and write results/results.json; never fail."""
    start = time.perf_counter()
    try:
        root = base / "source"
        (folder,) = assignment_folders(root / "solutions") or assignment_folders(root / "assignments")
        if (root / KEY_FILE).is_file():
            os.environ[ASSIGNMENT_KEY_ENV] = (root / KEY_FILE).read_text().strip()
        student, note = student_of(_metadata(base), root / ROSTER)
        result = grade_one(root, load_assignment(folder), base / "submission", student)
        sys.stdout.write(f"{result.grade.student}: {result.grade.problem or 'graded'}\n")  # for staff
        answer = {**results_json(result, note), "execution_time": round(time.perf_counter() - start, 1)}
    except (Exception, MachineFault):
        traceback.print_exc()
        answer = waiting()
    write_whole(base / "results" / "results.json", json.dumps(answer, indent=1).encode())


def _metadata(base: Path) -> Any:
    """Return submission_metadata.json; nothing where it is missing or broken."""
    try:
        return json.loads((base / "submission_metadata.json").read_bytes())
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
