"""Runs a lab's notebook from top to bottom on the answers beside it."""

from __future__ import annotations

import base64
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..spec import Assignment
from .notebook import INSTALL, NOTEBOOK, lay_out

ARTEFACT = "lab.npz"  # what the notebook writes to be handed in
PATIENCE_S = 600  # for one cell
NEEDED = ("nbformat", "nbclient", "ipykernel", "otter")  # by whoever runs a lab; its cells import otter


@dataclass(frozen=True)
class Executed:
    """What came of running a lab."""

    seconds: float  # from the start of the kernel to the last cell
    folder: Path  #    where the executed notebook, the pictures and the artefact are
    pictures: tuple[Path, ...]
    failed: tuple[str, ...]  # names of Otter's checks that did not pass


def execute(assignment: Assignment, root: Path, out: Path) -> Executed:
    """Run the lab on the answers in the assignment's folder, in a copy, and write what it shows to `out`."""
    with tempfile.TemporaryDirectory(prefix="autograder-lab-") as tree:
        folder = lay_out(assignment, Path(tree))
        began = time.perf_counter()
        book = _run(folder, root)
        seconds = time.perf_counter() - began
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        for name in (NOTEBOOK, ARTEFACT):
            shutil.copyfile(folder / name, out / name)
    return Executed(seconds, out, tuple(_pictures(book, out)), tuple(_failed(book)))


def _run(folder: Path, root: Path) -> Any:
    """Run the notebook in its folder, which then holds it with its outputs, and return it."""
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        raise UserError(f"labs are run with {' and '.join(missing)}: {INSTALL}")
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    book = nbformat.read(folder / NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        book,
        timeout=PATIENCE_S,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        client.execute(env={**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"})
    except CellExecutionError as problem:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))  # without colours
        raise UserError(f"{folder.name}'s lab stops: {plain}") from problem
    nbformat.write(book, folder / NOTEBOOK)  # type: ignore[no-untyped-call]
    return book


def _pictures(book: Any, out: Path) -> Iterator[Path]:
    """Write the pictures that cells show, named after their cells; a cell's further ones are numbered."""
    for number, cell in enumerate(book.cells, start=1):
        shown = [output.get("data", {}).get("image/png") for output in cell.get("outputs", ())]
        for place, png in enumerate(filter(None, shown), start=1):
            path = out / (f"cell-{number:02}" + (f"-{place}" if place > 1 else "") + ".png")
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
