"""Imports an assignment under another name with some of its files replaced from memory."""

from __future__ import annotations

import functools
import importlib
import itertools
import linecache
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

from ..spec import Assignment

_numbers = itertools.count(1)


def load_package(assignment: Assignment, patched: Mapping[str, str]) -> str:
    """Import the assignment under a new name with some files replaced from memory; return that name.

    Its modules are imported on first use, so a syntax error in one file costs only that file. Costs about a
    millisecond: files that are not replaced are compiled once per process.
    """
    label = f"variant_{next(_numbers)}"
    package = f"{assignment.name}__{label}"
    sys.meta_path.insert(0, _MemoryFinder(package, label, assignment.folder, patched))
    try:
        importlib.import_module(package)
    except BaseException:
        unload_package(package)
        raise
    return package


def unload_package(package: str) -> None:
    """Forget a package that `load_package` made."""
    for finder in list(sys.meta_path):
        if isinstance(finder, _MemoryFinder) and finder.package == package:
            sys.meta_path.remove(finder)
            for file in finder.patched:
                linecache.cache.pop(finder.origin(file), None)
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        del sys.modules[name]


class _MemoryFinder(MetaPathFinder, InspectLoader):
    """Finds and loads the modules of one package: patched files from memory, the others from the folder.

    Tracebacks and `inspect` find the source of both: they ask a module's loader.
    """

    def __init__(self, package: str, label: str, folder: Path, patched: Mapping[str, str]) -> None:
        self.package = package
        self.label = label
        self.folder = folder
        self.patched = dict(patched)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.package and not fullname.startswith(self.package + "."):
            return None
        file = self._file(fullname)
        if file is None:
            return None
        spec = ModuleSpec(fullname, self, origin=self.origin(file), is_package=self.is_package(fullname))
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(str((self.folder / file).parent))
        return spec

    def is_package(self, fullname: str) -> bool:
        return (self._file(fullname) or "").endswith("__init__.py")

    def get_source(self, fullname: str) -> str:
        file = self._file(fullname) or ""
        if file in self.patched:
            return self.patched[file]
        path = self.folder / file
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def get_code(self, fullname: str) -> CodeType:
        file = self._file(fullname) or ""
        source, origin = self.get_source(fullname), self.origin(file)
        if file in self.patched:
            return compile(source, origin, "exec", dont_inherit=True)
        return _compiled(source, origin)

    def origin(self, file: str) -> str:
        """Return the path that a traceback shows; that of a patched file does not exist."""
        path = self.folder / file
        return str(path.with_stem(f"{path.stem}@{self.label}") if file in self.patched else path)

    def _file(self, fullname: str) -> str | None:
        """Return the file of a module, relative to the folder; None when there is none."""
        stem = "/".join(fullname.split(".")[1:])
        if not stem:
            return "__init__.py"  # taken as empty when the folder has none
        for file in (f"{stem}.py", f"{stem}/__init__.py"):
            if file in self.patched or (self.folder / file).is_file():
                return file
        return None


@functools.lru_cache(maxsize=256)
def _compiled(source: str, origin: str) -> CodeType:
    return compile(source, origin, "exec", dont_inherit=True)
