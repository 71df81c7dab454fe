"""What every worker gets from staff: skeletons, given modules and plays; never an answer."""

from __future__ import annotations

from ..spec import STAFF_ONLY, Assignment
from .source import skeletons

TREE = "assignments"  # the package that students know their code by


def given_files(assignment: Assignment) -> dict[str, bytes]:
    """Return what every worker gets from staff: skeletons, given modules and plays; never an answer."""
    blank = {name: text.encode() for name, text in skeletons(assignment).items()}
    given = {}
    for path in sorted(assignment.folder.glob("*.py")):
        if path.name not in STAFF_ONLY:
            given[path.name] = blank[path.name] if path.name in blank else path.read_bytes()
    for path in (assignment.folder / "hidden").glob("*.py"):
        if not path.name.startswith("test_"):
            given[f"hidden/{path.name}"] = path.read_bytes()
    return given
