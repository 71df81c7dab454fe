"""Feedback as a commit in each student's repository, on a branch that holds nothing else, for staff to push.

No git runs in there, for its settings and hooks are the student's: the objects and the reference are written
as files.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..files import Ours, Unreadable
from ..intake.gitread import open_commit
from ..intake.gitrefs import git_folder, read_head, read_reference, refuse_borrowed
from ..intake.tree import is_real_folder

BRANCH = "feedback"
PAGE = "feedback.html"
AUTHOR = "autograder <autograder@invalid>"


@dataclass
class Committed:
    """What `commit_pages` did, by student."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # a sentence for each who has no such commit


def commit_pages(
    pages: Iterable[Path], graded: Mapping[str, str], entries: Mapping[str, Path], message: str, now: datetime
) -> Committed:
    """Put each page `<student>/index.html` on the branch, after what it held; push nothing.

    A page goes only into a repository of the student's that holds the commit that was `graded`.
    """
    done = Committed()
    for page in pages:
        student = page.parent.name
        try:
            repository = _repository(entries.get(student), graded[student])
            changed = _commit(repository, page.read_bytes(), f"{message}\n", now)
        except Unreadable as problem:
            done.problems.append(f"{student}: {problem}")
        except Exception as problem:  # whatever one repository holds is nobody else's
            done.problems.append(f"{student}: {getattr(problem, 'strerror', None) or type(problem).__name__}")
        else:
            (done.written if changed else done.unchanged).append(student)
    return done


def _repository(entry: Path | None, graded: str) -> Path:
    """Return the folder of a repository that may be written to; raises Unreadable."""
    found = git_folder(entry) if entry and is_real_folder(entry) else None
    if found is None:
        raise Ours("no repository came in")
    refuse_borrowed(found)
    head = read_head(found)
    if head.notice or head.branch == f"refs/heads/{BRANCH}":
        raise Ours(f"needs a default branch with a commit, other than {BRANCH}")
    if not all(is_real_folder(found / name) for name in ("refs", "refs/heads")):
        raise Ours("has a link or a file where its branches should be")
    with open_commit(found, graded):
        return found


def _commit(repository: Path, page: bytes, message: str, now: datetime) -> bool:
    """Add a commit with the page to the branch; return False when the page is there already."""
    here, pushed = f"refs/heads/{BRANCH}", f"refs/remotes/origin/{BRANCH}"
    parent = read_reference(repository, here) or read_reference(repository, pushed)
    if parent and _page_in(repository, parent) == page:
        return False
    sha256 = len(parent or read_head(repository).commit) == 64
    blob = _store(repository, "blob", page, sha256)
    tree = _store(repository, "tree", f"100644 {PAGE}\0".encode() + bytes.fromhex(blob), sha256)
    who = f"{AUTHOR} {now.timestamp():.0f} +0000"
    lines = [f"tree {tree}", *([f"parent {parent}"] if parent else []), f"author {who}", f"committer {who}"]
    text = "\n".join([*lines, "", message]).encode()
    _write_new(repository / here, f"{_store(repository, 'commit', text, sha256)}\n".encode())
    return True


def _page_in(repository: Path, commit: str) -> bytes | None:
    with open_commit(repository, commit) as listing:
        return next((entry.read() for entry in listing("") if entry.path == PAGE), None)


def _store(repository: Path, kind: str, content: bytes, sha256: bool) -> str:
    """Write an object as git keeps it, and return its name."""
    whole = f"{kind} {len(content)}\0".encode() + content
    name = (hashlib.sha256 if sha256 else hashlib.sha1)(whole).hexdigest()
    path = repository / "objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        _write_new(path, zlib.compress(whole))
    return name


def _write_new(path: Path, content: bytes) -> None:
    """Write a file by git's own lock beside it, which is never a link that somebody left there."""
    lock = path.with_name(f"{path.name}.lock")
    with lock.open("xb") as file:
        file.write(content)
    lock.replace(path)
