"""Read the files of one commit without checking it out.

Trees are walked here, object by object: a submodule is only seen, an LFS pointer is a small text, and a name
that no file system could hold is an entry like any other. Every object is hashed again, so what is graded is
what the commit's name promises.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..files import Ours, Unreadable
from .gitobjects import MissingObject, Objects
from .gitrefs import HEX, refuse_borrowed
from .tree import MAX_LISTED, Entry, Kind, Listing, as_listed, is_clutter, unread

TIMEOUT_S = 30.0  # for one repository
MAX_TREE_BYTES = 4_000_000  # of one folder's list of names, or one commit
MAX_DEPTH = 20  # folders inside folders


@contextmanager
def open_commit(repository: Path, commit: str, timeout_s: float = TIMEOUT_S) -> Iterator[Listing]:
    """Give the listing of a commit's files, upper levels first; raises Unreadable.

    `repository` is the folder that holds `objects`; `commit` is 40 or 64 hexadecimal digits.
    """
    with _objects(repository, commit, timeout_s) as objects:
        root = _root(objects, commit)
        yield lambda base: _list(objects, root, base)


def own_date(repository: Path, commit: str) -> datetime | None:
    """Return when a commit says that it was made, which is whatever its author wrote; raises Unreadable."""
    with _objects(repository, commit, TIMEOUT_S) as objects:
        head = _text(objects, commit).partition("\n\n")[0]
    said = re.search(r"(?m)^committer .*> (\d{1,11}) [+-]\d{4}$", head)
    return datetime.fromtimestamp(int(said[1]), UTC) if said else None


@contextmanager
def _objects(repository: Path, commit: str, timeout_s: float) -> Iterator[Objects]:
    if not HEX.fullmatch(commit):
        raise Unreadable(f"has no commit {commit!r}: a commit is written as 40 hexadecimal digits")
    refuse_borrowed(repository)
    theirs = (repository / "objects").resolve()
    with (
        tempfile.TemporaryDirectory(prefix="autograder-git-") as home,
        Objects(Path(home), theirs, sha256=len(commit) == 64, timeout_s=timeout_s) as objects,
    ):
        yield objects


def _text(objects: Objects, commit: str) -> str:
    try:
        return objects.read(commit, "commit", MAX_TREE_BYTES).decode("ascii", "replace")
    except MissingObject as problem:
        raise Ours(f"does not hold the commit {commit}: fetch it again") from problem


def _root(objects: Objects, commit: str) -> str:
    tree = _text(objects, commit).partition("\n")[0].removeprefix("tree ")
    if len(tree) != len(commit) or not HEX.fullmatch(tree):
        raise Unreadable("is damaged: its commit names no tree")
    return tree


def _list(objects: Objects, root: str, base: str) -> list[Entry]:
    folder = root
    for part in filter(None, base.split("/")):
        below = [id for mode, name, id in _tree(objects, folder) if name == part and mode == "40000"]
        if len(below) != 1:
            return []
        folder = below[0]
    return list(_walk(objects, folder))


def _walk(objects: Objects, top: str) -> Iterator[Entry]:
    level, seen = [("", top)], 0
    for _ in range(MAX_DEPTH):
        below: list[tuple[str, str]] = []
        for prefix, tree in level:
            for mode, name, id in sorted(_tree(objects, tree), key=lambda item: as_listed(item[1])):
                if is_clutter(name):
                    continue
                if seen >= MAX_LISTED:
                    return
                seen += 1
                if mode == "40000":
                    below.append((f"{prefix}{name}/", id))
                else:
                    yield _entry(objects, mode, prefix + name, id)
        level = below


def _entry(objects: Objects, mode: str, path: str, id: str) -> Entry:
    kinds: dict[str, Kind] = {"120000": "symbolic link", "160000": "submodule"}
    if not mode.startswith("100"):
        return Entry(path, kinds.get(mode, "special file"), 0, unread)
    try:
        size = objects.size(id, "blob")
    except MissingObject:
        return Entry(path, "missing object", 0, unread)
    return Entry(path, "file", size, lambda: objects.read(id, "blob", size))


def _tree(objects: Objects, tree: str) -> list[tuple[str, str, str]]:
    """Return (mode, name, object) of a folder's entries.

    A name that is not UTF-8 keeps its bytes as surrogates. A slash in a name, which would make it look like a
    path, becomes a backslash.
    """
    data = objects.read(tree, "tree", MAX_TREE_BYTES)
    width, start = len(tree) // 2, 0
    entries: list[tuple[str, str, str]] = []
    while start < len(data):
        end = data.find(b"\0", start)
        mode, _, name = data[start:end].partition(b" ")
        start = end + 1 + width
        if end < 0 or start > len(data) or not re.fullmatch(rb"[0-7]{5,6}", mode):
            raise Unreadable("is damaged: a folder in it cannot be read")
        shown = name.decode("utf-8", "surrogateescape").replace("/", "\\")
        entries.append((mode.decode(), shown, data[end + 1 : start].hex()))
    return entries
