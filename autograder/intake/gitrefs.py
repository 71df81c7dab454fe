"""Find the commit that a student's repository stands at, by reading its references as plain files.

No git runs here, no symbolic link is followed, and a repository that leans on another one is refused: what it
borrows could be another student's.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..files import Ours, Unreadable, read_regular
from .tree import is_real_folder

MAX_OBJECT_FILES = 100_000
MAX_BRANCHES = 1000  # with the folders that they lie in
MAX_BRANCH_DEPTH = 20  # folders inside folders
MAX_PACKED_BYTES = 4_000_000
HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAME = re.compile(r"refs(?:/[A-Za-z0-9_][A-Za-z0-9_.+@=,-]*)+")


@dataclass(frozen=True)
class Head:
    """The commit that a repository stands at, and a sentence when that took a guess."""

    commit: str
    notice: str = ""
    branch: str = ""  # "refs/heads/main"; "" when HEAD is a commit


def git_folder(path: Path) -> Path | None:
    """Return the folder with HEAD and objects, None when `path` is no repository; raises Unreadable."""
    dot_git = path / ".git"
    if dot_git.is_symlink() or dot_git.is_file():
        raise Ours("has a .git that points elsewhere: copy the whole repository here")
    if dot_git.is_dir():
        return dot_git
    is_bare = (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return path if is_bare else None


def read_head(repository: Path) -> Head:
    """Return the commit of HEAD, or of the only branch when HEAD names none; raises Unreadable."""
    head = _read_text(repository, "HEAD")
    if HEX.fullmatch(head):
        return Head(head)
    if head.endswith("/.invalid"):
        raise Ours("keeps its references in a format that is not read here: clone it again with --bare")
    packed = _packed(repository)
    commit = _follow(repository, head, packed)
    if commit:
        return Head(commit, branch=head.removeprefix("ref:").strip())
    branches = _branches(repository, packed)
    if not branches:
        raise Unreadable("has no commit")
    if len(branches) > 1:
        names = ", ".join(sorted(branches)[:5])
        raise Unreadable(f"has no commit on its default branch, and several other branches ({names})")
    ((name, commit),) = branches.items()
    return Head(commit, f"The default branch has no commit: the only other branch, {name}, was graded.")


def read_reference(repository: Path, name: str) -> str:
    """Return the commit that a reference such as "refs/heads/main" names, "" when there is none."""
    commit = _read_text(repository, name) or _packed(repository).get(name, "")
    return commit if HEX.fullmatch(commit) else ""


def refuse_borrowed(repository: Path) -> None:
    """Raise Unreadable when the repository's objects lie elsewhere, by setting, link or special file."""
    for name in ("commondir", "objects/info/alternates", "objects/info/http-alternates"):
        if os.path.lexists(repository / name):
            raise Ours(f"borrows from another repository ({name}): clone it again with --dissociate")
    count, folders = 0, [repository / "objects"]
    while folders:
        folder = folders.pop()
        if not is_real_folder(folder):
            raise Ours("has a link or special file where its objects should be")
        with os.scandir(folder) as items:
            for item in items:
                count += 1
                if item.is_dir(follow_symlinks=False):
                    folders.append(folder / item.name)
                elif not item.is_file(follow_symlinks=False):
                    raise Ours("has a link or special file among its objects")
        if count > MAX_OBJECT_FILES:
            raise Ours(f"has more than {MAX_OBJECT_FILES} object files: run git gc in it")


def _follow(repository: Path, head: str, packed: dict[str, str]) -> str:
    """Return the commit that a symbolic reference leads to, "" when it leads nowhere."""
    for _ in range(5):
        name = head.removeprefix("ref:").strip()
        if not head.startswith("ref:") or not _is_name(name):
            raise Unreadable("has a HEAD that names neither a commit nor a branch")
        head = _read_text(repository, name) or packed.get(name, "")
        if not head or HEX.fullmatch(head):
            return head
    raise Unreadable("has references that lead in a circle")


def _branches(repository: Path, packed: dict[str, str]) -> dict[str, str]:
    names = {name for name in packed if name.startswith("refs/heads/")} | _loose(repository)
    loose = {name: _read_text(repository, name) for name in names if _is_name(name)}
    found = {name.removeprefix("refs/heads/"): id or packed.get(name, "") for name, id in loose.items()}
    return {name: id for name, id in found.items() if HEX.fullmatch(id)}


def _loose(repository: Path) -> set[str]:
    """Return the names of files below refs/heads; raises Unreadable where they are too many or too deep."""
    names: set[str] = set()
    folders, count = ["refs/heads"], 0
    while folders:
        folder = folders.pop()
        if not is_real_folder(repository / folder):
            continue
        with os.scandir(repository / folder) as items:
            for item in items:
                count += 1
                inside = f"{folder}/{item.name}"
                if count > MAX_BRANCHES or inside.count("/") > MAX_BRANCH_DEPTH:
                    raise Unreadable("has no commit on its default branch, and too many or too deep branches")
                folders += [inside] if item.is_dir(follow_symlinks=False) else []
                names |= set() if item.is_dir(follow_symlinks=False) else {inside}
    return names


def _packed(repository: Path) -> dict[str, str]:
    lines = [line.split(" ") for line in _read_text(repository, "packed-refs", MAX_PACKED_BYTES).splitlines()]
    return {
        line[1]: line[0] for line in lines if len(line) == 2 and HEX.fullmatch(line[0]) and _is_name(line[1])
    }


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and ".." not in name and "@{" not in name


def _read_text(repository: Path, name: str, most: int = 1000) -> str:
    """Return a small file's text, "" when it is not there; raises Unreadable for a symbolic link."""
    path = repository
    for part in name.split("/"):
        path = path / part
        if path.is_symlink():
            raise Unreadable(f"has a symbolic link for {name}")
    if not path.is_file():
        return ""
    return read_regular(path, most).decode("utf-8", "replace").strip()
