"""Our judge inside `nbgrader autograde`, in the place where nbgrader would start a kernel.

No cell of a student's runs. A hand-in's notebook is built anew from the released one, with the student's
words in the cells that are theirs, so that a copied, deleted or broken cell costs nothing. nbgrader has no
word for a withheld grade: that student is not autograded, and the command says who and ends with 1.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning

from ..course import load_course
from ..errors import UserError
from ..files import Unreadable, read_regular
from ..spec import assignment_folders, find_assignment, load_assignment
from .nbgrader_files import task_cell
from .points import lines
from .rows import WAITING, Shown, shown

ROOT = Path(__file__).parents[2]  # the course whose engine this is
MAX_BYTES = 20_000_000  # of a student's notebook, pictures and all
ASIDE = ".handed_in"  # added to the name of a notebook that was built anew
STUB = "YOUR ANSWER HERE"


def configure(c: Any) -> None:
    """Put our judge into nbgrader's settings."""
    # nbgrader's own, of each new submission, with SQLAlchemy 2; nothing follows from it
    warnings.filterwarnings("ignore", "Object of type <Submitted", category=SAWarning)
    known = [load_assignment(folder) for folder in assignment_folders(ROOT / "solutions")]
    c.CourseDirectory.course_id = load_course(ROOT).classroom
    c.CourseDirectory.ignore.append(f"*{ASIDE}")
    c.ClearSolutions.text_stub = STUB
    # what students write in these files is theirs: else nbgrader puts the skeleton over it
    c.Autograde.exclude_overwriting = {one.name: sorted({task.file for task in one.tasks}) for one in known}
    c.Autograde.pre_convert_hook = rebuild
    c.Autograde.autograde_preprocessors = [
        JudgeCells,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]


class JudgeCells(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Gives each task's cell what the judge found, and its points as the value of the cell."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Judge the files beside the notebook; raises UserError for a withheld grade."""
        from .one import grade_one  # loads torch, which generate_assignment and formgrader do not need

        student, assignment = resources["nbgrader"]["student"], resources["nbgrader"]["assignment"]
        spec = load_assignment(find_assignment(ROOT, assignment))
        place = Path(resources["metadata"]["path"])
        result = grade_one(ROOT, spec, place, student, Path.cwd() / "results" / assignment)
        seen = shown(result)
        if seen is None:
            raise UserError(f"{student}: withheld. {WAITING}")
        show_in(nb, seen)
        return nb, resources


def show_in(nb: Any, seen: Shown) -> None:
    """Write into the tasks' cells of a notebook what the judge found, and into others nothing."""
    tasks = {task_cell(task.id): task for task in seen.tasks}
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if task := tasks.get(cell.metadata.get("nbgrader", {}).get("grade_id")):
            printed = {"output_type": "stream", "name": "stdout", "text": lines(seen.of(task.id))}
            value = {"data": {"text/plain": repr(float(task.earned))}, "metadata": {}, "execution_count": 1}
            cell.outputs = from_dict([printed, {"output_type": "execute_result", **value}])  # type: ignore[no-untyped-call]


def rebuild(notebooks: list[str], **_: Any) -> None:
    """Build a submission's notebook anew, in its place; what was handed in stays beside it.

    nbgrader calls this before it reads the notebooks, and takes from the list which ones there are.
    """
    folder = Path(notebooks[0]).parent
    name = f"{folder.name}.ipynb"
    for path in folder.rglob("*"):
        if path.is_symlink():  # nbgrader would copy what it leads to
            path.unlink()
    ours = folder / name
    theirs = ours if ours.exists() else Path(notebooks[0])
    nb = json.loads(Path("release", folder.name, name).read_bytes())
    words = answers(theirs)
    for cell in nb["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("solution") and not marks["locked"]:
            cell["source"] = words.get(marks["grade_id"], cell["source"])
    content = (json.dumps(nb, indent=1, ensure_ascii=False) + "\n").encode()
    if not ours.exists() or ours.read_bytes() != content:
        for path in folder.glob("*.ipynb"):
            path.rename(path.with_name(path.name + ASIDE))
        ours.write_bytes(content)
    notebooks[:] = [str(ours)]


def answers(path: Path) -> dict[str, str]:
    """Return what a student wrote in the cells of a notebook, by their ids; nothing where it is broken.

    The last of a copied cell counts.
    """
    try:
        content = read_regular(path, MAX_BYTES + 1)
        cells = json.loads(content)["cells"] if len(content) <= MAX_BYTES else ()
        return dict(found for found in map(_answer, cells) if found)
    except (Unreadable, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _answer(cell: Any) -> tuple[str, str] | None:
    try:
        return str(cell["metadata"]["nbgrader"]["grade_id"]), "".join(cell["source"])
    except (KeyError, TypeError):
        return None
