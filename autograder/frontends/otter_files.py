"""What Otter needs: for students a notebook with `grader.check` for each task, for staff the autograder.zip.

The zip holds no check and no answer: its tests only name the tasks and their points. The plugin finds the
rest in the repository whose engine is installed.
"""

from __future__ import annotations

import json
from pathlib import Path

from ..labs.notebook import notebook
from ..spec import Assignment, Task
from .container import write_zip

NOTEBOOK = "tasks.ipynb"
TESTS = "task_tests"
CASE = '''\
"""Task {number}: {title}."""

from otter.test_files import test_case
{imports}
OK_FORMAT = False
name = {name!r}
points = None


@test_case(name={label!r}, points={points!r})
def test_task(env):
    {body}
'''


def write_otter(assignment: Assignment, out: Path, roster: Path | None) -> list[Path]:
    """Write `student/`, to lie beside the released files, and `autograder.zip`; return what was written."""
    ask = ("from autograder.frontends.points import practised\n", "practised({name!r})")
    never = ("", 'raise RuntimeError("not judged: the plugin did not run")')
    student = {NOTEBOOK: notebook(_cells(assignment))}
    student |= {f"{TESTS}/{task.id}.py": _test(task, *ask) for task in assignment.tasks}
    for name, content in student.items():
        (out / "student" / name).parent.mkdir(parents=True, exist_ok=True)
        (out / "student" / name).write_bytes(content)
    zipped = {  # Otter takes questions in the order of their files' names
        f"tests/{place:02}_{task.id}.py": _test(task, *never)
        for place, task in enumerate(assignment.tasks, start=1)
    }
    zipped["otter_config.json"] = _config(assignment, roster)
    zipped[f"files/{NOTEBOOK}"] = notebook("# %%\n")  # so that Otter finds a notebook, whatever is handed in
    return [*(out / "student" / name for name in student), write_zip(out / "autograder.zip", zipped, {})]


def _cells(assignment: Assignment) -> str:
    """Return the notebook in percent format."""
    lines = [
        "# %% [markdown]",
        f"# # {assignment.title}",
        "# Write your answers in the `.py` files beside this notebook, save them, and run a task's cell.",
        "# %%",
        "import otter",
        f'grader = otter.Notebook("{NOTEBOOK}", tests_dir="{TESTS}")',
    ]
    for task in assignment.tasks:
        lines += [
            "# %% [markdown]",
            f"# ## {task.number} {task.title}",
            f"# `{task.file}`, {task.points:g} points",
        ]
        lines += ["# %%", f'grader.check("{task.id}")']
    return "\n".join(lines) + "\n"


def _test(task: Task, imports: str, body: str) -> bytes:
    """Return one task's test file, with a single case."""
    text = CASE.format(
        number=task.number,
        title=task.title,
        imports=imports,
        name=task.id,
        label=f"{task.number} {task.title}",
        points=float(task.points),
        body=body.format(name=task.id),
    )
    return text.encode()


def _config(assignment: Assignment, roster: Path | None) -> bytes:
    where = str(roster.resolve()) if roster else ""
    plugin = {"autograder.frontends.otter.Official": {"assignment": assignment.name, "roster": where}}
    return json.dumps({"lang": "python", "show_hidden": True, "plugins": [plugin]}, indent=1).encode()
