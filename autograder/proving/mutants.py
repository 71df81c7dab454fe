"""Mutants: the reference with one small mistake inside an answer. Checks that let one live are too weak.

A mutant's id ("schedule.py:cosine_betas:clamp-dropped:1") counts an operator's changes in one function, so it
stays the same while that function's code does. Those that no check can kill, because they compute the same,
are listed with the reason in the assignment's `equivalent.toml`.
"""

from __future__ import annotations

import ast
import difflib
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..sources.markers import Region, regions
from ..sources.source import text_lines
from ..spec import Assignment, SpecError
from ..text import did_you_mean
from .operators import changes

EQUIVALENT = "equivalent.toml"
PER_LINE = 2  # mutants that a line of an answer should have
UNGRADED = ast.Raise | ast.Assert | ast.JoinedStr  # what an error says does not count
LOOSE = ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda  # need brackets inside
TIGHT = ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Attribute | ast.Subscript


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
    imported = frozenset(
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )
    seen = {ast.dump(tree)}
    numbers: Counter[str] = Counter()
    for region in regions(source, path):
        for node, parent in _nodes(region):
            for operator, new in changes(node, parent, imported):
                mutated = _edited(source, node, parent, new)
                shape = ast.dump(ast.parse(mutated))
                if shape not in seen:
                    seen.add(shape)
                    name = f"{file}:{region.function}:{operator}"
                    numbers[name] += 1
                    yield _mutant(assignment, file, region, node, f"{name}:{numbers[name]}", source, mutated)


def _mutant(
    assignment: Assignment, file: str, region: Region, node: ast.AST, id: str, source: str, mutated: str
) -> Mutant:
    first, last = _span(node)
    old, new = text_lines(source), text_lines(mutated)
    kept = len(old) - last  # lines after the change
    before, after = old[first - 1 : last], new[first - 1 : len(new) - kept]
    owners = {region.function, region.function.split(".")[0]}
    task = next(task for task in assignment.tasks if task.file == file and owners & set(task.functions))
    return Mutant(id, task.id, file, first, region.function, "".join(before), "".join(after), mutated)


def _nodes(region: Region) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the nodes of an answer that may change, each with its parent, in the order of the source."""
    waiting: list[tuple[ast.AST, ast.AST]] = [(node, ast.Module([], [])) for node in region.statements]
    found: list[tuple[ast.AST, ast.AST]] = []
    while waiting:
        node, parent = waiting.pop()
        if _is_docstring(node):
            continue
        if hasattr(node, "lineno"):
            found.append((node, parent))
        if isinstance(node, UNGRADED):
            continue
        for name, field in ast.iter_fields(node):
            if name not in ("annotation", "returns", "decorator_list"):
                children = field if isinstance(field, list) else [field]
                waiting += [(child, node) for child in children if isinstance(child, ast.AST)]
    return iter(sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset)))  # type: ignore[attr-defined]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _span(node: ast.AST) -> tuple[int, int]:
    line: int = node.lineno  # type: ignore[attr-defined]
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([line, *(d.lineno for d in decorators)]), node.end_lineno or line  # type: ignore[attr-defined]


def _edited(source: str, node: ast.AST, parent: ast.AST, new: ast.AST | str) -> str:
    """Put new code in a node's place; positions count bytes, and a definition takes its decorators along."""
    lines = source.encode().splitlines(keepends=True)
    first, last = _span(node)
    start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
    head, tail = lines[first - 1][:start], lines[last - 1][end:]
    code = new if isinstance(new, str) else ast.unparse(new)
    bracketed = head.endswith(b"(") and tail.startswith(b")")
    loose = isinstance(new, LOOSE) or (isinstance(new, ast.Constant) and isinstance(parent, ast.Attribute))
    if loose and isinstance(parent, TIGHT) and not bracketed:
        code = f"({code})"
    return b"".join([*lines[: first - 1], head + code.encode() + tail, *lines[last:]]).decode()


def thin_lines(assignment: Assignment, mutants: Iterable[Mutant]) -> list[str]:
    """Return a note for each file with lines of an answer on which fewer than two mutants are possible."""
    numbers = Counter((mutant.file, mutant.line) for mutant in mutants)
    notes = []
    for file in dict.fromkeys(task.file for task in assignment.tasks):
        path = assignment.folder / file
        answers = regions(path.read_text(encoding="utf-8"), path)
        graded = [node for region in answers for node, _ in _nodes(region) if not isinstance(node, UNGRADED)]
        lines = sorted({_span(node)[0] for node in graded})
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


def difference(mutant: Mutant) -> str:
    """Return what a mutant changes, as a unified diff without its head."""
    lines = difflib.unified_diff(mutant.before.splitlines(), mutant.after.splitlines(), n=0, lineterm="")
    return "\n".join(f"  {line[0]} {line[1:].strip()}" for line in list(lines)[3:])
