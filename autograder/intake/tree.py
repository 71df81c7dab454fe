"""What a submission holds, seen the same way whether it came as a commit, a folder or a zip.

Each of the three readers gives a `Listing`: a function from a folder inside the submission to what lies in
it. Nothing is read while listing; content is read entry by entry, after its size was looked at.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..files import Unreadable, read_regular

Kind = Literal[
    "file",
    "symbolic link",
    "submodule",
    "special file",
    "missing object",
    "encrypted file",
    "unusually packed file",
    "unreadable folder",
]
MAX_LISTED = 2000  # entries looked at below one folder; what lies deeper or later is not seen


@dataclass(frozen=True)
class Entry:
    """One thing in a submission; `read` returns its bytes, `size` of them at most, or raises Unreadable."""

    path: str  # below the folder that was listed, parts joined by "/"
    kind: Kind
    size: int
    read: Callable[[], bytes]


Listing = Callable[[str], list[Entry]]


def unread() -> bytes:
    """Stand in for the content of what is never read."""
    raise Unreadable("is not a regular file")


def is_clutter(name: str) -> bool:
    """Tell a file or folder that tools leave behind and nobody means to hand in."""
    return re.match(r"\.[^.]", name) is not None or name in ("__MACOSX", "__pycache__")


def as_listed(name: str) -> tuple[bool, str]:
    """Sort names: Python files first, for a listing ends after so many."""
    return not name.endswith(".py"), name


def folder_listing(root: Path) -> Listing:
    """Return the listing of a plain folder, upper levels first; it follows no symbolic link."""

    def listing(base: str) -> list[Entry]:
        folder = root
        if not is_real_folder(folder):
            raise Unreadable("is not a folder")
        for part in filter(None, base.split("/")):
            folder = folder / part
            if not is_real_folder(folder):
                return []
        return list(_walk(folder))

    return listing


def is_real_folder(path: Path) -> bool:
    """Tell whether a folder is there, and not a link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _walk(top: Path) -> Iterator[Entry]:
    level, seen = [("", top)], 0
    while level:
        below: list[tuple[str, Path]] = []
        for prefix, folder in level:
            try:
                items = _scan(folder, most=10 * MAX_LISTED)
            except OSError as problem:
                if not prefix:
                    raise Unreadable(f"cannot be read ({problem.strerror})") from problem
                yield Entry(prefix.rstrip("/"), "unreadable folder", 0, unread)
                continue
            for item in items:
                if seen >= MAX_LISTED:
                    return
                seen += 1
                if item.is_dir(follow_symlinks=False):
                    below.append((f"{prefix}{item.name}/", folder / item.name))
                else:
                    yield _entry(prefix + item.name, item)
        level = below


def _scan(folder: Path, most: int) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as items:
        found = list(itertools.islice((item for item in items if not is_clutter(item.name)), most))
    return sorted(found, key=lambda item: as_listed(item.name))


def _entry(path: str, item: os.DirEntry[str]) -> Entry:
    if item.is_symlink():
        return Entry(path, "symbolic link", 0, unread)
    if not item.is_file(follow_symlinks=False):
        return Entry(path, "special file", 0, unread)
    size = item.stat(follow_symlinks=False).st_size
    return Entry(path, "file", size, lambda: read_regular(Path(item.path), size))
