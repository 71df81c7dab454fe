"""What nbgrader needs: a course directory with the settings and each assignment's source notebook.

The notebook has a cell for each task and, where the assignment has a lab, one for each of its questions,
which people mark by the lab's rubric. It holds no check and no answer.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..labs.notebook import CHECKS, NOTEBOOK, SOURCE, book, cell
from ..results.key import files_below
from ..spec import Assignment

SETTINGS = "nbgrader_config.py"
CONFIG = '''\
"""The settings of a course that our judge grades; what follows `configure` is yours."""

from autograder.frontends.nbgrader import configure

c = get_config()  # noqa: F821
configure(c)
'''
RUBRIC = "lab_rubric.md"
QUESTION = re.compile(r"\*\*(\d+)\.\*\*(.+?)\*Your answer:\*", re.DOTALL)
MOST = re.compile(r"## Question (\d+) · (\d+) points?\n(.+?)(?=\n## |\Z)", re.DOTALL)


def write_course(assignment: Assignment, root: Path, course: Path) -> list[Path]:
    """Write the assignment's part of a course directory, and the settings where there are none; return both.

    Raises UserError where the assignment is not released.
    """
    released = root / "assignments" / assignment.name
    if not released.is_dir():
        raise UserError(f"{released}: not there; run `autograder release {assignment.name}` first")
    home = course / "source" / assignment.name
    files = {
        home / path.relative_to(released): path.read_bytes()
        for path in files_below(released)
        if path.name != NOTEBOOK and CHECKS not in path.parts  # the lab's: nbgrader would grade it
    }
    files[home / f"{assignment.name}.ipynb"] = book(source_cells(assignment))
    if not (course / SETTINGS).exists():
        files[course / SETTINGS] = CONFIG.encode()
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(files)


def source_cells(assignment: Assignment) -> list[dict[str, Any]]:
    """Return the source notebook's cells; the answers in it are what nbgrader's release takes out."""
    about = f"# {assignment.title}\nWrite your answers to the tasks in the `.py` files beside this notebook, "
    cells = [_cell("markdown", "about", about + "and save them. Then run the tasks' cells.")]
    for task in assignment.tasks:
        words = f"## {task.number} {task.title}\n`{task.file}`, {task.points:g} points"
        asks = f'from autograder.frontends.points import points\n\npoints("{task.id}")'
        cells += [
            _cell("markdown", f"text-{task.id}", words),
            _cell("code", task_cell(task.id), asks, grade=True, points=task.points),
        ]
    for number, text, points, rubric in _questions(assignment.folder):
        answer = f"### BEGIN SOLUTION\n{rubric}\n### END SOLUTION"
        marks = {"grade": True, "solution": True, "locked": False, "points": points}
        cells += [
            _cell("markdown", f"question-{number}", f"## Lab, question {number}\n{text}"),
            _cell("markdown", answer_cell(number), answer, **marks),
        ]
    return cells


def task_cell(task: str) -> str:
    """Return what nbgrader calls a task's cell."""
    return f"task-{task}"


def answer_cell(number: str) -> str:
    """Return what nbgrader calls the cell with the answer to a question of the lab."""
    return f"answer-{number}"


def _questions(folder: Path) -> list[tuple[str, str, float, str]]:
    """Return the lab's questions: number, text, points and rubric; raises UserError where one is missing."""
    if not (folder / SOURCE).is_file():
        return []
    lines = (folder / SOURCE).read_text(encoding="utf-8").partition("# ## Questions\n")[2].splitlines()
    prose = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)
    asked = {number: text.strip() for number, text in QUESTION.findall(prose)}
    rubric = (folder / RUBRIC).read_text(encoding="utf-8") if asked else ""
    marked = {number: (float(most), text.strip()) for number, most, text in MOST.findall(rubric)}
    if asked.keys() != marked.keys():
        raise UserError(f"{folder.name}: {SOURCE} asks {sorted(asked)}, {RUBRIC} marks {sorted(marked)}")
    return [(number, text, *marked[number]) for number, text in asked.items()]


def _cell(kind: str, name: str, source: str, **marks: Any) -> dict[str, Any]:
    """Return a cell with nbgrader's marks; `generate_assignment` adds the checksum."""
    plain = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "task": False}
    return cell(name, kind, source) | {"metadata": {"nbgrader": plain | {"locked": True} | marks}}
