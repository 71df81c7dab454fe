"""The parts of a file's functions whose values can be looked at, or changed, while they run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ..spec import definitions
from .inplace import Function

UNSEEN = (
    ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom
)  # nothing inside decides a result
SEEN = (
    ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp
    | ast.IfExp | ast.Tuple | ast.List | ast.ListComp
)  # fmt: skip
OUTSIDE = ("annotation", "returns", "decorator_list", "args")  # of a definition inside a function
FORM = ("dtype", "device")
STARTS = frozenset(  # of a sum or a maximum: what is added may be wrong
    {"zeros", "zeros_like", "new_zeros", "empty", "empty_like", "new_empty", "full", "full_like", "new_full"}
)
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
    found: list[Part] = []
    for name, function in definitions(ast.parse(source)).items():
        if isinstance(function, Function):
            counters = _counters(function)
            read = (node for statement in function.body for node in _read(statement))
            found += (Part(name, function, node) for node in read if _text(node) not in counters)
    return found[:MOST]


def _counters(function: Function) -> set[str]:
    """Return the names that a loop gives its values: where these are wrong, what is looped over is."""
    loops = (node.target for node in ast.walk(function) if isinstance(node, ast.For | ast.comprehension))
    return {one.id for target in loops for one in ast.walk(target) if isinstance(one, ast.Name)}


def _read(node: ast.AST, callee: bool = False) -> Iterator[ast.expr]:
    """Yield the expressions in a node, inner ones first."""
    if isinstance(node, UNSEEN) or _is_form(node):
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
    loaded = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STARTS:
        return False
    index = isinstance(node, ast.Tuple) and any(isinstance(one, ast.Slice) for one in node.elts)
    return isinstance(node, SEEN) and loaded and not index


def _is_form(node: ast.AST) -> bool:
    """Say whether a node is a dtype, a device or a dimension from the end: another one may do by chance."""
    if isinstance(node, ast.Attribute):
        return node.attr in FORM
    literal = node.operand if isinstance(node, ast.UnaryOp) else None
    return isinstance(literal, ast.Constant) and isinstance(literal.value, int)


def _text(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
