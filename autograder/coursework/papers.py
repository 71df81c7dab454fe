"""A class's reviews or reports, looked at one by one before people read them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UserError
from ..files import Unreadable
from ..intake.collect import open_entry
from ..intake.roster import find_owners, read_roster
from ..intake.tree import is_clutter
from ..rubric import FOLDER, HandIn, Rubric
from .paper import Paper, read_paper, remarks
from .running import run_small


@dataclass(frozen=True)
class Looked:
    """What there is to say of one student's paper; nothing when all is as asked."""

    student: str
    remarks: tuple[str, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)  # what its code returned


def look_at(
    root: Path, rubric: Rubric, wanted: HandIn, folder: Path, roster: Path | None, classroom: str
) -> list[Looked]:
    """Look at all papers in a folder; with a roster also at whoever handed in none."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of submissions")
    students = read_roster(roster) if roster else None
    labels = (rubric.deliverable.replace("_", "-"), rubric.deliverable)
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for entry in sorted(folder.iterdir()):
        if not is_clutter(entry.name) and (roster is None or not entry.samefile(roster)):
            stem = re.sub(r"\.(zip|git)$", "", entry.name, flags=re.IGNORECASE)
            for owner in find_owners(stem, labels, students, classroom):
                found[owner].append(entry)
    for student in students.values() if students else ():
        found.setdefault(student.id, [])
    sections = sections_of(root, rubric)
    return [_looked(student, entries, wanted, sections) for student, entries in sorted(found.items())]


def sections_of(root: Path, rubric: Rubric) -> tuple[str, ...]:
    """Return the headings of a deliverable's template, which lies beside its rubric; none without one."""
    path = root / FOLDER / f"{rubric.deliverable}.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return tuple(re.findall(r"(?m)^## (.+)$", text))


def _looked(student: str, entries: list[Path], wanted: HandIn, sections: tuple[str, ...]) -> Looked:
    if len(entries) != 1:
        names = " and ".join(entry.name for entry in entries)
        return Looked(
            student, (f"{len(entries)} hand-ins, {names}: keep one." if entries else "No hand-in.",)
        )
    try:
        if entries[0].is_symlink():
            raise Unreadable("is a symbolic link: put the hand-in itself here")
        _, opened = open_entry(entries[0], "")
        with opened as listing:
            paper = read_paper(listing, wanted)
    except (Unreadable, OSError) as problem:
        return Looked(student, (f"The hand-in {problem}.",))
    return _with_code(student, paper, wanted, tuple(remarks(paper, wanted, sections)))


def _with_code(student: str, paper: Paper, wanted: HandIn, said: tuple[str, ...]) -> Looked:
    if not wanted.code:
        return Looked(student, said)
    numbers, wrong = run_small(paper.code, wanted.code)
    return Looked(student, (*said, wrong) if wrong else said, numbers)
