"""The staged trees: staff's own files with the student's laid over. A worker sees one tree only."""

from __future__ import annotations

import importlib.util
import marshal
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

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
        for path in given.keys() - files.keys():
            cached = top / importlib.util.cache_from_source(path)
            cached.parent.mkdir(exist_ok=True)
            cached.write_bytes(self.bytecode[path])
        return str(tree), str(self.folder / "given")

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


def bytecode_of(path: str, source: bytes) -> bytes:
    """Return what Python takes from `__pycache__` in a source's place, without a look whether it changed."""
    unchecked = (1).to_bytes(4, "little")  # PEP 552
    code = marshal.dumps(compile(source, path, "exec", dont_inherit=True))
    return importlib.util.MAGIC_NUMBER + unchecked + importlib.util.source_hash(source) + code
