"""The staged trees: staff's own files with the student's laid over. A worker sees one tree only."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..calls.bytecode import bytecode_of
from ..records import Visibility
from ..sources.given import TREE, given_files
from ..spec import Assignment


@dataclass(frozen=True)
class Staging:
    """A private folder of staged trees for one assignment; use as a context manager."""

    assignment: Assignment
    given: dict[str, bytes]
    bytecode: dict[str, bytes]  # of the given files, which workers would compile again and again
    folder: Path

    def stage(self, name: str, files: dict[str, bytes]) -> dict[Visibility, tuple[str, ...]]:
        """Write one submission's trees; returns, for workers of each kind, what to put in front of sys.path.

        Only hidden checks' workers may see the hidden plays: students read what public checks print.
        """
        return {visibility: self._tree(name, visibility, files) for visibility in Visibility}

    def _tree(self, name: str, visibility: Visibility, files: dict[str, bytes]) -> tuple[str, ...]:
        tree = self.folder / name / visibility
        top = tree / TREE / self.assignment.name
        top.mkdir(parents=True)
        (tree / TREE / "__init__.py").write_bytes(b"")
        given = self.given
        if visibility is Visibility.PUBLIC:
            given = {path: content for path, content in given.items() if not path.startswith("hidden/")}
        for path, content in {**given, **files}.items():
            (top / path).parent.mkdir(exist_ok=True)
            (top / path).write_bytes(content)
        _write_bytecode(top, {path: self.bytecode[path] for path in given.keys() - files.keys()})
        return str(tree), str(self.folder / "given")

    def add_bytecode(self, name: str, bytecode: dict[str, bytes]) -> None:
        """Write that of the files handed in into one submission's trees."""
        for visibility in Visibility:
            _write_bytecode(self.folder / name / visibility / TREE / self.assignment.name, bytecode)

    def remove(self, name: str) -> None:
        """Delete one submission's trees."""
        shutil.rmtree(self.folder / name, ignore_errors=True)

    @property
    def package(self) -> str:
        """The name under which a worker imports the staged assignment."""
        return f"{TREE}.{self.assignment.name}"

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def open_staging(assignment: Assignment) -> Staging:
    """Make the folder that holds the staged trees, with staff's `common/` in it."""
    folder = Path(tempfile.mkdtemp(prefix="autograder-"))
    folder.chmod(0o711)  # a worker's own user may pass through, not list
    common = assignment.folder.parents[1] / "common"
    (folder / "given").mkdir()
    if common.is_dir():
        shutil.copytree(common, folder / "given" / "common", ignore=shutil.ignore_patterns("__pycache__"))
    given = given_files(assignment)
    return Staging(assignment, given, {path: bytecode_of(path, given[path]) for path in given}, folder)


def _write_bytecode(folder: Path, bytecode: dict[str, bytes]) -> None:
    for path, content in bytecode.items():
        cached = folder / importlib.util.cache_from_source(path)
        cached.parent.mkdir(exist_ok=True)
        cached.write_bytes(content)
