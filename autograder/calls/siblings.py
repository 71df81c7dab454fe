"""Files handed in import each other however people write it, and it is one module.

`from .schedule import betas`, as released, `from schedule import betas`, `import schedule`, the whole name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


def let_siblings_import(package: str) -> None:
    """Let `import schedule` find `<package>.schedule` from now on, before any library of that name."""
    if not any(isinstance(finder, _Siblings) and finder.package == package for finder in sys.meta_path):
        sys.meta_path.insert(0, _Siblings(package))


class _Siblings(MetaPathFinder, Loader):
    """Finds a package's modules under their bare names."""

    def __init__(self, package: str) -> None:
        self.package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if "." in fullname or fullname in sys.stdlib_module_names:
            return None
        folders = getattr(sys.modules.get(self.package), "__path__", ())
        there = any((Path(folder) / f"{fullname}.py").is_file() for folder in folders)
        return ModuleSpec(fullname, self) if there else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(f"{self.package}.{spec.name}")
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module, which ran under its whole name, as it was before the import system marked it."""
        assert module.__spec__
        module.__spec__ = module.__spec__.loader_state
