"""The parts of a file's functions whose values can be looked at, or changed, while they run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .inplace import Function

UNSEEN = (
    ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom
)  # nothing inside decides a result
OUTSIDE = ("annotation", "returns", "decorator_list", "args")  # of a definition inside a function
MOST = 400  # parts of a file that are looked at


@dataclass(frozen=True)
class Part:
    """A part of a function: an expression that is read."""

    name: str  # of the function, "f" or "Class.method"
    function: Function
    node: ast.expr


def parts_of(source: str) -> list[Part]:
    """Return the parts of a file's functions and methods, the same for the same source.

    Raises SyntaxError, or RecursionError where brackets are nested too deeply.
    """
    found = [
        Part(name, function, node)
        for name, function in _functions(ast.parse(source))
        for statement in function.body
        for node in _read(statement)
        if not (isinstance(node, ast.Name) and node.id in _counters(function))
    ]
    return found[:MOST]


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    known: dict[str, Function] = {}
    for node in tree.body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, Function):
                known[f"{node.name}.{inner.name}" if inner is not node else inner.name] = inner  # type: ignore[attr-defined]
    yield from known.items()


def _counters(function: Function) -> set[str]:
    """Return the names that a loop gives its values: where these are wrong, what is looped over is."""
    loops = (node.target for node in ast.walk(function) if isinstance(node, ast.For | ast.comprehension))
    return {one.id for target in loops for one in ast.walk(target) if isinstance(one, ast.Name)}


def _read(node: ast.AST, callee: bool = False) -> Iterator[ast.expr]:
    """Yield the expressions in a node, inner ones first."""
    if isinstance(node, UNSEEN):
        return
    for name, field in ast.iter_fields(node):
        if name in OUTSIDE and isinstance(node, ast.arg | Function | ast.AnnAssign):
            continue
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST):
                yield from _read(child, isinstance(node, ast.Call) and name == "func")
    if isinstance(node, ast.expr) and not callee and _is_value(node):
        yield node


def _is_value(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float)
    whole = (
        ast.Name
        | ast.Attribute
        | ast.Call
        | ast.Subscript
        | ast.BinOp
        | ast.UnaryOp
        | ast.Compare
        | ast.BoolOp
    )
    other = ast.IfExp | ast.Tuple | ast.List | ast.ListComp
    sliced = any(isinstance(one, ast.Slice | ast.Starred) for one in ast.iter_child_nodes(node))
    return (
        isinstance(node, whole | other)
        and not sliced
        and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    )
