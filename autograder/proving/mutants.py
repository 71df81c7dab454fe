"""Mutants: the reference with one small mistake inside an answer. Checks that let one live are too weak.

A mutant's id ("schedule.py:cosine_betas:clamp-dropped:1") counts an operator's changes in one function, so it
stays the same while that function's code does. Those that no check can kill, because they compute the same,
are listed with the reason in the assignment's `equivalent.toml`.
"""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..sources.edits import UNGRADED, Edited, edited, edits, nodes_of, span_of
from ..sources.markers import regions
from ..spec import Assignment, SpecError
from ..text import did_you_mean
from .operators import changes

EQUIVALENT = "equivalent.toml"
PER_LINE = 2  # mutants that a line of an answer should have


@dataclass(frozen=True)
class Mutant:
    """One mutant of an assignment."""

    id: str
    task: str
    file: str
    line: int
    function: str  # "f" or "Class.method"
    before: str  # the lines that change
    after: str
    source: str  # of the whole file


def mutants_of(assignment: Assignment) -> list[Mutant]:
    """Return all mutants of an assignment's answers, file by file, in the order of their lines."""
    return [
        mutant
        for file in dict.fromkeys(task.file for task in assignment.tasks)
        for mutant in _of_file(assignment, file)
    ]


def _of_file(assignment: Assignment, file: str) -> Iterator[Mutant]:
    path = assignment.folder / file
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    seen = {ast.dump(tree)}
    numbers: Counter[str] = Counter()
    for edit in edits(tree, regions(source, path), changes):
        made = edited(source, edit)
        shape = ast.dump(ast.parse(made.source))
        if shape not in seen:
            seen.add(shape)
            name = f"{file}:{edit.region.function}:{edit.operator}"
            numbers[name] += 1
            yield _mutant(assignment, file, edit.region.function, f"{name}:{numbers[name]}", made)


def _mutant(assignment: Assignment, file: str, function: str, id: str, made: Edited) -> Mutant:
    owners = {function, function.split(".")[0]}
    task = next(task for task in assignment.tasks if task.file == file and owners & set(task.functions))
    return Mutant(id, task.id, file, made.first, function, made.before, made.after, made.source)


def thin_lines(assignment: Assignment, mutants: Iterable[Mutant]) -> list[str]:
    """Return a note for each file with lines of an answer on which fewer than two mutants are possible."""
    numbers = Counter((mutant.file, mutant.line) for mutant in mutants)
    notes = []
    for file in dict.fromkeys(task.file for task in assignment.tasks):
        path = assignment.folder / file
        answers = regions(path.read_text(encoding="utf-8"), path)
        nodes = [node for region in answers for node, _ in nodes_of(region)]
        lines = sorted({span_of(node)[0] for node in nodes if not isinstance(node, UNGRADED)})
        if thin := [str(line) for line in lines if numbers[file, line] < PER_LINE]:
            notes.append(f"{file}: fewer than {PER_LINE} mutants are possible in line {', '.join(thin)}")
    return notes


def read_equivalent(assignment: Assignment, mutants: Iterable[Mutant]) -> tuple[dict[str, str], list[str]]:
    """Return the mutants marked as equivalent with the reasons, and a sentence for each wrong entry."""
    path = assignment.folder / EQUIVALENT
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SpecError(f"{assignment.name}/{EQUIVALENT}: not valid TOML: {problem}") from problem
    known = [mutant.id for mutant in mutants]
    problems = []
    for id, reason in entries.items():
        if id not in known:
            problems.append(f"{EQUIVALENT}: there is no mutant {id!r} any more; {did_you_mean(id, known)}")
        elif not isinstance(reason, str) or not reason.strip():
            problems.append(f'{EQUIVALENT}: {id!r} needs a reason: \'"{id}" = "why nothing can tell"\'')
    return {id: reason for id, reason in entries.items() if id in known and reason}, problems
