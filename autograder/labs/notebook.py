"""Lab notebooks: written from `lab.py` (jupytext's percent format), and run from top to bottom.

A notebook is the same to the byte every time: cells are numbered, outputs and versions left out.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..spec import SPEC_FILE, Assignment, DigitsLab, EmojiLab, MasksLab

if TYPE_CHECKING:  # torch takes seconds to import
    import numpy as np
    from torch import Tensor

    from .labjudge import Measure

SOURCE = "lab.py"
NOTEBOOK = "lab.ipynb"
CHECKS = "lab_tests"  # in Otter's format, one file for each `grader.check`
ARTEFACT = "lab.npz"  # what the notebook writes to be handed in
PATIENCE_S = 600  # for one cell
INSTALL = 'install what labs need: pip install -e ".[lab]"'


@dataclass(frozen=True)
class Executed:
    """What came of running a lab."""

    seconds: float  # from the start of the kernel to the last cell
    folder: Path  #    where the executed notebook, the pictures and the artefact are
    pictures: tuple[Path, ...]
    failed: tuple[str, ...]  # names of Otter's checks that did not pass


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
    cells = [
        _cell(number, cell["cell_type"], cell["source"])
        for number, cell in enumerate(jupytext.reads(source, fmt="py:percent").cells, start=1)
    ]
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


def execute(assignment: Assignment, root: Path, out: Path) -> Executed:
    """Run the lab on the answers in the assignment's folder, in a copy, and write what it shows to `out`."""
    _require(assignment, SOURCE, NOTEBOOK)
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ModuleNotFoundError as problem:
        raise UserError(f"labs are run with nbclient: {INSTALL}") from problem
    with tempfile.TemporaryDirectory(prefix="autograder-lab-") as tree:
        folder = _copy(assignment, Path(tree))
        book = nbformat.read(folder / NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
        client = NotebookClient(
            book,
            timeout=PATIENCE_S,
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--log-level=ERROR"],
        )
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"}
        began = time.perf_counter()
        try:
            client.execute(env=environment)
        except CellExecutionError as problem:
            plain = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))  # without colours
            raise UserError(f"{assignment.name}'s lab stops: {plain}") from problem
        seconds = time.perf_counter() - began
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        nbformat.write(book, out / NOTEBOOK)  # type: ignore[no-untyped-call]
        shutil.copyfile(folder / ARTEFACT, out / ARTEFACT)
    return Executed(seconds, out, tuple(_pictures(book, out)), tuple(_failed(book)))


def judge(assignment: Assignment, artefact: Path) -> tuple[Measure, ...]:
    """Judge what a lab handed in, by what assignment.toml wants of it; raises UserError for another file."""
    import torch

    from common.datasets import digits

    from .artefact import Wanted, read_arrays
    from .emojijudge import judge_emoji, kinds_asked
    from .labjudge import SAMPLES, judge_samples
    from .maskjudge import judge_masks

    lab, floats, integers = assignment.lab, "f", "i"
    match lab:
        case None:
            raise UserError(f"{assignment.name}/{SPEC_FILE} has no [lab] table to judge by")
        case MasksLab():
            arrays = read_arrays(artefact, {"masks": Wanted((16, 64, 64), integers)})
            return judge_masks(torch.from_numpy(arrays["masks"]), lab)
        case EmojiLab():
            pictures = Wanted((SAMPLES, 3, 32, 32), floats)
            arrays = read_arrays(artefact, {"samples": pictures, "kinds": Wanted((SAMPLES,), integers)})
            asked = _same(
                arrays["kinds"],
                kinds_asked(),
                f"{artefact}: kinds must be those of the lab's prompts",
            )
            return judge_emoji(_images(arrays), asked, lab)
        case DigitsLab(asked=None):
            arrays = read_arrays(artefact, {"samples": Wanted((SAMPLES, 1, 8, 8), floats)})
            return judge_samples(_images(arrays), lab, digits())
        case DigitsLab():
            pictures = Wanted((SAMPLES, 1, 8, 8), floats)
            arrays = read_arrays(artefact, {"samples": pictures, "labels": Wanted((SAMPLES,), integers)})
            in_turn = torch.arange(SAMPLES) % 10
            asked = _same(arrays["labels"], in_turn, f"{artefact}: labels must be 0 to 9 in turn")
            return judge_samples(_images(arrays), lab, digits(), asked)


def _same(said: np.ndarray[Any, Any], asked: Tensor, otherwise: str) -> Tensor:
    """Return what was asked of each sample, if the file says the same: it is not for the file to choose."""
    if said.tolist() != asked.tolist():
        raise UserError(otherwise)
    return asked


def _images(arrays: dict[str, np.ndarray[Any, Any]]) -> Tensor:
    """Return the samples as everybody sees them: what lies beyond white or black is that."""
    import torch

    return torch.from_numpy(arrays["samples"].astype("float32")).clamp(-1, 1)


def how_to_open(assignment: Assignment) -> str:
    """Return what a student does to begin."""
    _require(assignment, NOTEBOOK)
    return f"{INSTALL}; then: jupyter lab {assignment.folder / NOTEBOOK}"


def _cell(number: int, kind: str, source: str) -> dict[str, Any]:
    """Return a cell as nbformat 4.5 has it, its lines apart so that changes can be read."""
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number:02}", "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return {**cell, "source": source.splitlines(keepends=True)}


def _copy(assignment: Assignment, tree: Path) -> Path:
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


def _require(assignment: Assignment, *either: str) -> None:
    if not any((assignment.folder / path).is_file() for path in either):
        raise UserError(f"{assignment.name} has no lab")


def _released(assignment: Assignment) -> dict[str, bytes]:
    """Return a student's own notebook, as it is now, with its checks."""
    _require(assignment, NOTEBOOK)
    paths = [assignment.folder / NOTEBOOK, *sorted((assignment.folder / CHECKS).glob("*.py"))]
    return {path.relative_to(assignment.folder).as_posix(): path.read_bytes() for path in paths}


def _pictures(book: Any, out: Path) -> Iterator[Path]:
    """Write the pictures that cells show, named after their cells."""
    for number, cell in enumerate(book.cells, start=1):
        for output in cell.get("outputs", ()):
            png = output.get("data", {}).get("image/png")
            if png:
                path = out / f"cell-{number:02}.png"
                path.write_bytes(base64.b64decode(png))
                yield path


def _failed(book: Any) -> Iterator[str]:
    """Yield the cells with checks that Otter did not report as passed."""
    for cell in book.cells:
        if cell.cell_type == "code" and "grader.check(" in cell.source:
            shown = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
            if not any("All test cases passed!" in text for text in shown):
                sys.stderr.write("\n".join(shown) + "\n")
                yield from re.findall(r'grader\.check\("(\w+)"\)', cell.source)
