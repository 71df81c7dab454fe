"""What staff give beside the files to hand in, to students and to workers; never an answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ..spec import LAB_JUDGE, PLAYS, RELEASED_MARK, STAFF_ONLY, Assignment, parse_file
from .source import skeletons

TREE = "assignments"  # the package that students know their code by

OURS = frozenset({"assignments", "autograder", "common", "solutions"})  # packages that are no libraries

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
    is_released = (assignment.folder / RELEASED_MARK).exists()  # then its files are skeletons already
    blank = {} if is_released else {name: text.encode() for name, text in skeletons(assignment).items()}
    return {
        path.name: blank[path.name] if path.name in blank else path.read_bytes()
        for path in sorted(assignment.folder.glob("*.py"))
        if path.name not in STAFF_ONLY
    }


def given_files(assignment: Assignment) -> dict[str, bytes]:
    """Return what workers get from staff: skeletons, given modules and plays, but no lab's judge.

    Of hidden/ those of hidden checks get the plays and what plays import: what else stands there works out
    what is right, and stays with the judge.
    """
    given = released_modules(assignment)
    given.pop(LAB_JUDGE, None)
    for path in hidden_plays(assignment):
        given[f"hidden/{path.name}"] = path.read_bytes()
    return given


def hidden_plays(assignment: Assignment) -> list[Path]:
    """Return the files of hidden/ that workers need: plays, and what these import from beside them."""
    folder = assignment.folder / "hidden"
    waiting = sorted(folder.glob(f"{PLAYS}*.py"))
    found = [folder / "__init__.py"] if waiting else []
    while waiting:
        path = waiting.pop()
        if path.is_file() and path not in found:
            found.append(path)
            waiting += [folder / f"{name}.py" for name in _beside(path)]
    return sorted(path for path in found if path.is_file())


def libraries(assignment: Assignment) -> tuple[str, ...]:
    """Return the libraries that staff's files import, in functions too, and what `limits.imported` names."""
    mine = [path for path in assignment.folder.glob("*.py") if path.name not in {*STAFF_ONLY, LAB_JUDGE}]
    found: set[str] = set()
    for path in (*mine, *hidden_plays(assignment)):
        for node in ast.walk(parse_file(path)):
            match node:
                case ast.Import(names):
                    found |= {alias.name for alias in names}
                case ast.ImportFrom(str(module), _, 0):
                    found.add(module)
    found |= {*assignment.limits.imported}
    return tuple(sorted(name for name in found if name.partition(".")[0] not in OURS))


def _beside(path: Path) -> Iterator[str]:
    """Yield the names that a file imports from its own folder, modules or not."""
    for node in ast.walk(parse_file(path)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            yield from [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
