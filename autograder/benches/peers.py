"""The graders that people use now, each run as its own manual says, and what it says about a submission.

Otter and nbgrader live in an environment of their own: they hold back packages that we need newer.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

from ..errors import MachineFault
from ..records import Verdict
from ..seeds import Seed
from ..spec import Assignment
from . import peerwork
from .peerwork import LESSON
from .plainly import Fresh

ENVIRONMENT = Path(".cache/peers")
PACKAGES = ("torch==2.13.0", "numpy", "otter-grader", "nbgrader", "sqlalchemy<2.1", "alembic")
TIMEOUT_S = 600.0
SCORES = """
select base_cell.name from grade join base_cell on grade.cell_id = base_cell.id
join submitted_notebook on grade.notebook_id = submitted_notebook.id
join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
where grade.auto_score > 0 and submitted_assignment.student_id = ?
"""

Passed = frozenset[str]  # names of checks
_students = count()


@dataclass(frozen=True)
class Lane:
    """A folder with the assignment in every form; what is graded at once lies in lanes of its own."""

    folder: Path
    fresh: Fresh


Way = Callable[[int, Lane], Passed]  # grades the file of one student


def install(tools: Path, tell: Callable[[str], object]) -> None:
    """Make the peers' environment where there is none."""
    if (tools / "nbgrader").exists():
        return
    tell(f"installing {', '.join(PACKAGES)} into {tools.parent}: this takes minutes")
    subprocess.run([sys.executable, "-m", "venv", str(tools.parent)], check=True)
    subprocess.run([tools / "python", "-m", "pip", "install", "--quiet", *PACKAGES], check=True)


def prepare(folder: Path, assignment: Assignment, root: Path) -> Lane:
    """Write the assignment in every form."""
    source = folder / "source" / LESSON / f"{LESSON}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(peerwork.nbgrader_notebook(None))
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    peerwork.write_pytest(folder)
    peerwork.write_otter(folder)
    return Lane(folder, Fresh(assignment, root, folder / "fresh"))


def passed_of(verdicts: Mapping[str, Verdict]) -> Passed:
    """Return the names of what passed, as the peers know them."""
    return frozenset(
        name.rpartition("::test_")[2] for name, verdict in verdicts.items() if verdict is Verdict.PASS
    )


def ways_of_peers(tools: Path) -> dict[str, Way]:
    """Return each peer's way to grade, its programs taken from the folder `tools`."""

    def fresh(number: int, lane: Lane) -> Passed:
        return passed_of(lane.fresh.run({"idea.py": peerwork.submission(number).encode()}, Seed(number)))

    def plain(number: int, lane: Lane) -> Passed:
        (lane.folder / "idea.py").write_text(peerwork.submission(number))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=out.xml"]
        _run([*command, "test_idea.py"], lane, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        cases = ElementTree.parse(lane.folder / "out.xml").iter("testcase")
        return frozenset(case.attrib["name"].removeprefix("test_") for case in cases if not len(case))

    def otter(number: int, lane: Lane) -> Passed:
        (lane.folder / "handed_in.ipynb").write_text(peerwork.otter_notebook(number))
        _run([str(tools / "otter"), "run", "-a", "autograder.zip", "-o", ".", "handed_in.ipynb"], lane)
        tests = json.loads((lane.folder / "results.json").read_text())["tests"]
        return frozenset(test["name"] for test in tests if test.get("score"))

    def nbgrader(number: int, lane: Lane) -> Passed:
        student = f"student{next(_students)}"
        home = lane.folder / "submitted" / student / LESSON
        home.mkdir(parents=True)
        (home / f"{LESSON}.ipynb").write_text(peerwork.nbgrader_notebook(number))
        program = str(tools / "nbgrader")
        if not (lane.folder / "release").exists():  # the first time only, which is not timed
            _run([program, "generate_assignment", LESSON], lane, PATH=f"{tools}:{os.environ['PATH']}")
        _run([program, "autograde", LESSON, "--student", student], lane, PATH=f"{tools}:{os.environ['PATH']}")
        with closing(sqlite3.connect(lane.folder / "gradebook.db")) as gradebook:
            return frozenset(name for (name,) in gradebook.execute(SCORES, [student]))

    return {
        "pytest, a fresh process": fresh,
        "pytest without plugins": plain,
        "otter run": otter,
        "nbgrader autograde": nbgrader,
    }


def _run(command: list[str], lane: Lane, **environment: str) -> None:
    """Run a command in a lane; pytest's exit code 1 only says that a check has failed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
    done = subprocess.run(
        command, cwd=lane.folder, env=kept | environment, capture_output=True, text=True,
        timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    if done.returncode and not (done.returncode == 1 and "pytest" in command):
        raise MachineFault(f"{' '.join(command[:3])}: {done.stdout[-500:]}{done.stderr[-500:]}")
