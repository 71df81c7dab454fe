"""What the students of the bundled class push, and when: in time, late, by force, and nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..democlass.classroom import Student
from ..github.client import Class
from ..spec import Assignment
from .organisation import Organisation, run_git

SOON = timedelta(hours=3)


@dataclass(frozen=True)
class Desk:
    """A clone of the template, on which everybody's work is made in turn."""

    hub: Organisation
    place: Class
    folder: Path  # of the clone
    inside: str  # the assignment's folder in it
    first: str  # the template's commit


def sit_down(hub: Organisation, place: Class, assignment: Assignment, folder: Path) -> Desk:
    """Clone the template."""
    run_git("clone", "--quiet", str(hub.bare(place.prefix)), str(folder))
    first = run_git("rev-parse", "HEAD", cwd=folder)
    return Desk(hub, place, folder, f"assignments/{assignment.name}", first)


def push_all(desk: Desk, students: Iterable[Student], due: datetime) -> dict[str, str]:
    """Have everybody push; return by user name the commit that counts, "" where nothing came.

    The first who is in time throws away by force what was pushed before; the second pushes by force once more
    when it is too late, and the repository holds no longer what counts.
    """
    counts: dict[str, str] = {}
    forcing = [one for one in students if one.work.sources and not one.work.late][:2]
    for one in students:
        name, sources = one.username, one.work.sources
        spoilt = {file: "# started anew\n" for file in sources or {}}
        if one is forcing[0]:
            push(desk, name, spoilt, one.received - SOON)
        counts[name] = push(desk, name, sources, one.received) if sources else ""
        if one is forcing[1]:
            push(desk, name, spoilt, due + SOON)
    return counts


def push(desk: Desk, student: str, files: Mapping[str, str], when: datetime) -> str:
    """Push one commit on top of the template's, by force where something else is there; return its id."""
    commit = _commit(desk, files, student)
    desk.hub.clock = when.isoformat().replace("+00:00", "Z")
    url = desk.place.url(f"{desk.place.prefix}-{student}").replace("//", f"//{student}:student@")
    run_git("push", "--quiet", "--force", url, "HEAD:main", cwd=desk.folder)
    return commit


def correct_template(desk: Desk, file: str, text: str) -> None:
    """Add a file to the template, as a release after a correction does."""
    _commit(desk, {file: text}, "Course staff")
    run_git("push", "--quiet", "origin", "HEAD:main", cwd=desk.folder)


def _commit(desk: Desk, files: Mapping[str, str], author: str) -> str:
    run_git("reset", "--quiet", "--hard", desk.first, cwd=desk.folder)
    for name, text in files.items():
        (desk.folder / desk.inside / name).write_text(text, encoding="utf-8")
    run_git("add", "--all", cwd=desk.folder)
    who = ("-c", f"user.name={author}", "-c", "user.email=somebody@invalid")
    run_git(*who, "commit", "--quiet", "--allow-empty", "--message", "work", cwd=desk.folder)
    return run_git("rev-parse", "HEAD", cwd=desk.folder)
