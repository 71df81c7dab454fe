"""The engine's rooms stand in rows, as CONTRIBUTING says: no import leads down the table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "autograder"
TABLE = re.findall(r"(?m)^\| (`.*?`) \|", (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8"))
ROWS = {name.strip("/"): row for row, cell in enumerate(TABLE) for name in re.findall(r"`(\S+?)`", cell)}


def imported(path: Path) -> Iterator[str]:
    """Yield the room or plain module of ours that each import of a file leads to."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            here = package[: len(package) - node.level + 1] if node.level else ()
            source = (*here, *(node.module.split(".") if node.module else ()))
            if source == ("autograder",):
                yield from (name.name for name in node.names)
            elif source[:1] == ("autograder",):
                yield source[1]


def test_every_room_has_its_place_in_the_table() -> None:
    rooms = {
        path.stem for path in ENGINE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__", "__main__"} == ROWS.keys()


def test_no_import_leads_down_the_table() -> None:
    down = [
        f"{path.relative_to(ENGINE)} imports {name}"
        for path in ENGINE.rglob("*.py")
        if (room := path.relative_to(ENGINE).parts[0].removesuffix(".py")) in ROWS
        for name in imported(path)
        if ROWS[name] > ROWS[room]
    ]
    assert down == []
