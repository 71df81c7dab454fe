"""Writes a lab's notebook from `lab.py` (jupytext's percent format), with the checks that its cells call.

A notebook is the same to the byte every time: cells are numbered, outputs and versions left out.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..spec import SPEC_FILE, Assignment

SOURCE = "lab.py"
NOTEBOOK = "lab.ipynb"
CHECKS = "lab_tests"  # in Otter's format, one file for each `grader.check`
INSTALL = 'install what labs need: pip install -e ".[lab]"'


def lab_files(folder: Path) -> dict[str, bytes]:
    """Return what release writes for a lab, path -> content; nothing for an assignment without one."""
    source = folder / SOURCE
    if not source.is_file():
        return {}
    checks = {f"{CHECKS}/{path.name}": path.read_bytes() for path in sorted((folder / CHECKS).glob("*.py"))}
    return {NOTEBOOK: notebook(source.read_text(encoding="utf-8")), **checks}


def notebook(source: str) -> bytes:
    """Turn a script in percent format into a notebook."""
    try:
        import jupytext
    except ModuleNotFoundError as problem:
        raise UserError(f"notebooks are written with jupytext: {INSTALL}") from problem
    cells = jupytext.reads(source, fmt="py:percent").cells
    return book(
        [
            cell(f"cell-{number:02}", one["cell_type"], one["source"])
            for number, one in enumerate(cells, start=1)
        ]
    )


def book(cells: list[dict[str, Any]]) -> bytes:
    """Return a notebook of these cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def write(assignment: Assignment, root: Path) -> list[Path]:
    """Write the notebook and its checks into `assignments/`, beside what release wrote there."""
    from ..sources.leaks import all_assignments, answers_of, leaks_in

    files = lab_files(assignment.folder)
    if not files:
        raise UserError(f"{assignment.name} has no {SOURCE}; write it in jupytext's percent format")
    shown = {f"assignments/{assignment.name}/{name}": content for name, content in files.items()}
    found = leaks_in(shown, answers_of(all_assignments(root)))
    if found:
        raise UserError("nothing was written, for it would give answers away:\n" + "\n".join(found))
    for name, content in shown.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return [root / name for name in shown]


def how_to_open(assignment: Assignment) -> str:
    """Return what a student does to begin."""
    _require_notebook(assignment)
    return f"{INSTALL}; then: jupyter lab {assignment.folder / NOTEBOOK}"


def lay_out(assignment: Assignment, tree: Path) -> Path:
    """Lay out `assignments/<name>` in a tree of its own: the code as it is, the notebook and its checks."""
    folder = tree / "assignments" / assignment.name
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    for path in (*assignment.folder.glob("*.py"), assignment.folder / SPEC_FILE):
        shutil.copyfile(path, folder / path.name)
    files = lab_files(assignment.folder) or _released(assignment)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def cell(name: str, kind: str, source: str) -> dict[str, Any]:
    """Return a cell as nbformat 4.5 has it, its lines apart so that changes can be read."""
    made: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return {**made, "source": source.splitlines(keepends=True)}


def _require_notebook(assignment: Assignment) -> None:
    if not (assignment.folder / NOTEBOOK).is_file():
        raise UserError(f"{assignment.name} has no lab")


def _released(assignment: Assignment) -> dict[str, bytes]:
    """Return a student's own notebook, as it is now, with its checks."""
    _require_notebook(assignment)
    paths = [assignment.folder / NOTEBOOK, *sorted((assignment.folder / CHECKS).glob("*.py"))]
    return {path.relative_to(assignment.folder).as_posix(): path.read_bytes() for path in paths}
