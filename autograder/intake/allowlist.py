"""What may be taken from a submission, and why something is left out.

A student's files never meet staff's by name: only the names of files to hand in and plain module names pass.
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from .tree import Entry


@dataclass(frozen=True)
class AllowList:
    """What may be taken from a submission of one assignment."""

    name: str  # "a04_ddpm"
    hand_in: frozenset[str]  # {"schedule.py", "forward.py"}
    # path below the assignment's folder -> content as released; the skeletons of `hand_in` may be among them
    given: Mapping[str, bytes] = field(default_factory=dict)
    label: str = ""  # how repositories name the assignment when course.toml says so: then only so
    max_file_bytes: int = 1_000_000
    max_total_bytes: int = 5_000_000
    max_files: int = 200  # looked at; the files to hand in come first

    @property
    def labels(self) -> tuple[str, ...]:
        """How repositories name the assignment, longest first: "a04-ddpm", "a04_ddpm", "a04"."""
        return (
            (self.label,) if self.label else (self.name.replace("_", "-"), self.name, self.name.split("_")[0])
        )


KINDS = {
    "symbolic link": "links are not followed: hand in the file itself",
    "submodule": "submodules are not fetched: hand in the files themselves",
    "special file": "only regular files are read",
    "missing object": "the repository does not hold the content: push or fetch it again in full",
    "encrypted file": "encrypted: make the zip without a password",
    "unusually packed file": "packed in a way that is not read here: make the zip with the system's own tool",
    "unreadable folder": "the folder cannot be read",
}
UNSOUND = "the name leads out of the folder, or is no file's name"
TWICE = "there more than once under the same name"
CASE = "differs from another file only in upper and lower case: rename it"
MODULE = "a helper module's name consists of the letters a to z, digits and _: rename it"
NAME_IN_USE = "the name of a library or of a given file: rename it"
SETTINGS = "settings of Python and pytest are staff's"
COMPILED = "compiled code is not graded: hand in the source"
LFS = "a pointer of Git LFS, not the file itself: commit the file without LFS"
NUL = "holds NUL bytes, so it is no Python source: save it as UTF-8"

_SETTINGS_STEMS = {"conftest", "setup", "sitecustomize", "usercustomize", "__main__", "__init__"}
_SETTINGS_FILES = {"pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml"}
_COMPILED_SUFFIXES = {".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".pth", ".o", ".whl", ".egg"}
_OF_THE_LAB = "lab.npz"  # what a lab makes is judged by itself
_LOADED_SUFFIXES = {".pt", ".npy", ".npz", ".pkl", ".pickle", ".safetensors", ".ckpt", ".bin", ".h5"}
_DECLARES = re.compile(rb"[ \t\f]*#.*?coding[:=]")
_LFS_START = b"version https://git-lfs.github.com/spec/"


def is_wanted(path: str, allow: AllowList) -> bool:
    """Tell a file to hand in, or what may be a helper module beside them."""
    return path in allow.hand_in or ("/" not in path and path.endswith(".py"))


def why_left_out(entry: Entry, allow: AllowList, twins: Mapping[str, str]) -> str | None:
    """Return why an entry is left out, None when it is taken, or is nothing that a student would miss."""
    path = PurePosixPath(entry.path)
    if not _is_sound(entry.path):
        return UNSOUND
    if entry.path in twins:
        return twins[entry.path]
    if entry.kind != "file":
        return KINDS[entry.kind]
    if entry.path in allow.hand_in or entry.path in allow.given:
        return None
    if _COMPILED_SUFFIXES.intersection(path.suffixes):
        return COMPILED
    if path.stem in _SETTINGS_STEMS or path.name in _SETTINGS_FILES:
        return SETTINGS
    if path.name == _OF_THE_LAB:
        return None
    if path.suffix in _LOADED_SUFFIXES or (path.suffix == ".py" and len(path.parts) > 1):
        return (
            None if path.parts[0] == "tests" else f"only Python files beside {min(allow.hand_in)} are taken"
        )
    return _why_no_helper(path.stem, allow) if path.suffix == ".py" else None


def why_no_source(content: bytes) -> str | None:
    """Return why bytes are not what a Python file may hold, None when they are."""
    if content.startswith(_LFS_START):
        return LFS
    if b"\0" in content:
        return NUL
    return None


def why_not_utf_8(content: bytes) -> str | None:
    """Return where bytes are not UTF-8, None when they are, or declare another encoding (PEP 263)."""
    if any(map(_DECLARES.match, content.split(b"\n", 2)[:2])):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line, byte = content.count(b"\n", 0, problem.start) + 1, content[problem.start]
        return f"is not UTF-8: byte 0x{byte:02x} at offset {problem.start}, line {line}; save it as UTF-8"
    return None


def respelt(entries: Iterable[Entry], allow: AllowList) -> dict[str, str]:
    """Return the right names of files to hand in that are there, once, in other upper and lower case."""
    there = [entry.path for entry in entries]
    found = {
        name: [path for path in there if path.casefold() == name.casefold()]
        for name in allow.hand_in.difference(there)
    }
    return {paths[0]: name for name, paths in found.items() if len(paths) == 1}


def find_twins(entries: Iterable[Entry], allow: AllowList) -> dict[str, str]:
    """Return the paths that are there twice, or differ from another only in case, with the reason.

    The exact name of a file to hand in, or of a given one, wins over a twin in other case.
    """
    times = Counter(entry.path for entry in entries)
    ours = {name.casefold() for name in (*allow.hand_in, *allow.given)}
    folded = Counter(path.casefold() for path in times)
    twins: dict[str, str] = {}
    for path, count in times.items():
        if count > 1:
            twins[path] = TWICE
        elif path not in allow.hand_in and path not in allow.given:
            alike = folded[path.casefold()] > 1 or path.casefold() in ours
            twins |= {path: CASE} if alike else {}
    return twins


def _why_no_helper(stem: str, allow: AllowList) -> str | None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", stem):
        return MODULE
    ours = {PurePosixPath(path.partition("/")[0]).stem for path in (*allow.given, *allow.hand_in)}
    in_use = _library_names() | ours | {"tests", "hidden"}
    return NAME_IN_USE if stem.casefold() in {name.casefold() for name in in_use} else None


@functools.cache
def _library_names() -> frozenset[str]:
    """Return the top-level names of the standard library and of what is installed."""
    return sys.stdlib_module_names | frozenset(importlib.metadata.packages_distributions())


def _is_sound(path: str) -> bool:
    """Tell whether a path stays inside its folder and could be written there."""
    return (
        not re.search(r"[\x00-\x1f\x7f\\\ud800-\udfff]", path)
        and not re.match(r"/|[A-Za-z]:", path)
        and all(part not in ("", ".", "..") and len(part) <= 255 for part in path.split("/"))
    )
