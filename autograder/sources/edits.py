"""One small change of a source: where an answer may change, and the source with the change made."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .markers import Region
from .source import text_lines

Change = tuple[str, ast.AST | str]  # what it does, and what stands in the node's place
Changes = Callable[[ast.AST, ast.AST, frozenset[str]], Iterator[Change]]
UNGRADED = ast.Raise | ast.Assert | ast.JoinedStr  # what an error says does not count
LOOSE = ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda  # need brackets inside
TIGHT = ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Attribute | ast.Subscript


@dataclass(frozen=True)
class Edit:
    """One small change of a source, not yet made: an operator puts `new` in a node's place."""

    region: Region
    node: ast.AST
    parent: ast.AST
    operator: str
    new: ast.AST | str


@dataclass(frozen=True)
class Edited:
    """A source with one edit made: the lines that change, as they were and as they are."""

    first: int  # line
    last: int
    before: str
    after: str
    source: str


def edits(tree: ast.Module, found: Iterable[Region], by: Changes) -> Iterator[Edit]:
    """Yield what `by` makes of the statements in these regions of a file, in the order of their lines."""
    imported = frozenset(
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )
    for region in found:
        for node, parent in nodes_of(region):
            for operator, new in by(node, parent, imported):
                yield Edit(region, node, parent, operator, new)


def edited(source: str, edit: Edit) -> Edited:
    """Make an edit in the source that it was found in."""
    first, last = span_of(edit.node)
    mutated = _put(source, edit.node, edit.parent, edit.new)
    old, new = text_lines(source), text_lines(mutated)
    kept = len(old) - last  # lines after the change
    return Edited(
        first, last, "".join(old[first - 1 : last]), "".join(new[first - 1 : len(new) - kept]), mutated
    )


def nodes_of(region: Region) -> Iterator[tuple[ast.AST, ast.AST]]:
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


def span_of(node: ast.AST) -> tuple[int, int]:
    """Return a node's first and last line, decorators included."""
    line: int = node.lineno  # type: ignore[attr-defined]
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([line, *(d.lineno for d in decorators)]), node.end_lineno or line  # type: ignore[attr-defined]


def _put(source: str, node: ast.AST, parent: ast.AST, new: ast.AST | str) -> str:
    """Put new code in a node's place; positions count bytes, and a definition takes its decorators along."""
    lines = source.encode().splitlines(keepends=True)
    first, last = span_of(node)
    start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
    head, tail = lines[first - 1][:start], lines[last - 1][end:]
    code = new if isinstance(new, str) else ast.unparse(new)
    bracketed = head.endswith(b"(") and tail.startswith(b")")
    loose = isinstance(new, LOOSE) or (isinstance(new, ast.Constant) and isinstance(parent, ast.Attribute))
    if loose and isinstance(parent, TIGHT) and not bracketed:
        code = f"({code})"
    return b"".join([*lines[: first - 1], head + code.encode() + tail, *lines[last:]]).decode()


def difference(before: str, after: str) -> str:
    """Return what becomes of some lines, as a unified diff without its head."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join(f"  {line[0]} {line[1:].strip()}" for line in list(lines)[3:])
