"""What staff give beside the files to hand in, to students and to workers; never an answer."""

from __future__ import annotations

from ..spec import LAB_JUDGE, STAFF_ONLY, Assignment
from .source import skeletons

TREE = "assignments"  # the package that students know their code by


CHECKS_OF_STUDENTS = ("tests", "lab_tests")  # folders of a released assignment that no worker gets


def released_python(assignment: Assignment) -> dict[str, bytes]:
    """Return all Python files that students get, path -> content: what a hand-in may hold unchanged."""
    checks = {
        f"{folder}/{path.name}": path.read_bytes()
        for folder in CHECKS_OF_STUDENTS
        for path in sorted((assignment.folder / folder).glob("*.py"))
    }
    return {**released_modules(assignment), **checks}


def released_modules(assignment: Assignment) -> dict[str, bytes]:
    """Return the Python files of the assignment's folder as students get them: skeletons for answers."""
    blank = {name: text.encode() for name, text in skeletons(assignment).items()}
    return {
        path.name: blank[path.name] if path.name in blank else path.read_bytes()
        for path in sorted(assignment.folder.glob("*.py"))
        if path.name not in STAFF_ONLY
    }


def given_files(assignment: Assignment) -> dict[str, bytes]:
    """Return what every worker gets from staff: skeletons, given modules and plays, but no lab's judge."""
    given = released_modules(assignment)
    given.pop(LAB_JUDGE, None)
    for path in (assignment.folder / "hidden").glob("*.py"):
        if not path.name.startswith("test_"):
            given[f"hidden/{path.name}"] = path.read_bytes()
    return given
