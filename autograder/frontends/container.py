"""The part of the course that a container needs to grade one assignment: a small tree shaped like the course.

It holds the key of this assignment alone. Made for practice, it holds neither key nor answers nor hidden
checks, so that nothing can leak where the sandbox is weak.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..authoring.release import AROUND
from ..course import load_course
from ..errors import UserError
from ..files import zip_of
from ..keys import key_for
from ..results.key import LOCK, files_below
from ..spec import Assignment

KEY_FILE = "assignment.key"
ROSTER = "roster.csv"


def course_tree(assignment: Assignment, root: Path, practice: bool, roster: Path | None) -> dict[str, bytes]:
    """Return the tree's files, path -> content; raises UserError where something is missing."""
    kept = [path for pattern in AROUND for path in sorted(root.glob(pattern))]
    files = _read([*kept, root / LOCK], root)
    files["course.toml"] = _course_toml(assignment, root)
    files["assignments/__init__.py"] = b""
    if practice:
        released = root / "assignments" / assignment.name
        if not released.is_dir():
            raise UserError(f"{released}: not there; run `autograder release {assignment.name}` first")
        files |= _read([released], root)
    else:
        files |= {"solutions/__init__.py": b"", **_read([assignment.folder], root)}
        files[KEY_FILE] = f"{assignment.name}:{key_for(assignment.name).hex()}\n".encode()
    if roster:
        files[ROSTER] = roster.read_bytes()
    return files


def write_zip(path: Path, files: Mapping[str, bytes], programs: Mapping[str, bytes]) -> Path:
    """Write files, and programs that may be run; only their owner may read the zip, for it may hold a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(zip_of(files, programs))
    return path


def _read(places: list[Path], root: Path) -> dict[str, bytes]:
    found = [path for place in places for path in (files_below(place) if place.is_dir() else [place])]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if path.is_file()}


def _course_toml(assignment: Assignment, root: Path) -> bytes:
    """Return course.toml cut to one assignment."""
    course, name = load_course(root), assignment.name
    lines = [f"name = {json.dumps(course.name)}", f"classroom = {json.dumps(course.classroom)}"]
    lines += [f"demo = {name!r}", f"[assignments.{name}]"]
    lines += [f"due = {due.isoformat()}"] if (due := course.due(name)) else []
    lines += [f"label = {json.dumps(label)}"] if (label := course.label(name)) else []
    return ("\n".join(lines) + "\n").encode()
