"""Writes the folder of a new assignment: two small tasks, complete and verifiable, as a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ..spec import SpecError

NAME = re.compile(r"a\d\d_[a-z][a-z0-9]*(_[a-z0-9]+)*")
SUFFIX = ".in"  # of the template files: nothing takes them for code


def new(root: Path, name: str) -> Path:
    """Write `solutions/<name>/` and return it; raises SpecError for a name that is malformed or taken."""
    if not NAME.fullmatch(name):
        raise SpecError(f"{name!r} does not name an assignment; write it like a99_short_name")
    home = root / "solutions"
    if not home.is_dir():
        raise SpecError(f"{home}: no such folder; is this the repository's root?")
    number, _, word = name.partition("_")
    taken = sorted(path.name for path in home.glob(f"{number}_*"))
    if taken:
        raise SpecError(f"solutions/{taken[0]} is there already; choose another number than {number}")
    filled = {"@CODE@": number, "@TITLE@": word.replace("_", " ").capitalize()}
    folder, partial = home / name, home / f".{name}.partial"
    for path, text in _templates(resources.files("autograder") / "templates" / "new"):
        target = partial / path.removesuffix(SUFFIX)
        target.parent.mkdir(parents=True, exist_ok=True)
        for word, value in filled.items():
            text = text.replace(word, value)
        target.write_text(text, encoding="utf-8", newline="\n")
    partial.rename(folder)
    (home / "__init__.py").touch()
    return folder


def _templates(folder: Traversable, below: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, text) of the template files, those of subfolders included."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _templates(entry, f"{below}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            yield below + entry.name, entry.read_text(encoding="utf-8")
