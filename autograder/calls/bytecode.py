"""Compiles files that many workers import: staff's, and once for a submission those handed in.

A source can end its compiler, so what was handed in is compiled in a worker alone, and before any of it runs
there: so nothing of one worker reaches the next but what the source says. The judge only hands it on.
"""

from __future__ import annotations

import importlib.util
import marshal
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

COMPILE = "compile"  # a request, the first one, to compile the files that it names
UNCHECKED = (1).to_bytes(4, "little")  # PEP 552: taken without a look whether the source has changed


def bytecode_of(path: str, source: bytes) -> bytes:
    """Return what Python takes from `__pycache__` in a source's place; raises what the source deserves."""
    code = marshal.dumps(compile(source, path, "exec", dont_inherit=True))
    return importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source) + code


def compile_files(folder: Path, paths: Iterable[str]) -> dict[str, Tensor]:
    """Return the bytecode of files as bytes; what Python refuses or warns of is left to who imports it."""
    found: dict[str, Tensor] = {}
    for path in paths:
        with suppress(Exception), warnings.catch_warnings(action="error"):
            content = bytecode_of(path, (folder / path).read_bytes())
            found[path] = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    return found


def bytecode_in(value: Any, paths: Iterable[str]) -> dict[str, bytes]:
    """Read what a worker says that it compiled; anything else counts as nothing."""
    told = value if isinstance(value, dict) else {}
    found = {path: told[path] for path in paths if isinstance(told.get(path), Tensor)}
    return {path: one.numpy().tobytes() for path, one in found.items() if one.dtype is torch.uint8}
