"""The engine's rooms stand in rows, as CONTRIBUTING says: no import leads down the table or in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "autograder"
TABLE = re.findall(r"(?m)^\| (`.*?`) \|", (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8"))
ROWS = {name.strip("/"): row for row, cell in enumerate(TABLE) for name in re.findall(r"`(\S+?)`", cell)}
MODULES = {
    path.relative_to(ROOT).with_suffix("").parts: path for path in sorted(ENGINE.rglob("*.py"))
}  # ("autograder", "judging", "judge") -> its file


def imported(module: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the modules of ours that a module imports: at its top, in functions and for annotations."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            here = module[: len(module) - node.level] if node.level else ()
            source = (*here, *(node.module.split(".") if node.module else ()))
            for name in node.names:
                yield from (found for found in ((*source, name.name), source) if found in MODULES)


def test_every_room_has_its_place_in_the_table() -> None:
    rooms = {
        path.stem for path in ENGINE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__", "__main__"} == ROWS.keys()


def test_no_import_leads_down_the_table() -> None:
    down = [
        f"{'/'.join(module)} imports {'/'.join(other)}"
        for module in MODULES
        for other in imported(module)
        if ROWS.get(other[1], 0) > ROWS.get(module[1], len(TABLE))
    ]
    assert down == []


def test_no_modules_import_each_other() -> None:
    try:
        TopologicalSorter({module: set(imported(module)) for module in MODULES}).prepare()
    except CycleError as problem:
        circle = " -> ".join("/".join(module) for module in problem.args[1])
        raise AssertionError(f"these import each other: {circle}") from None
