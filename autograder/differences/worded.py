"""An expression in words that students know: by their arguments, with "..." for what has no short name."""

from __future__ import annotations

import ast
import copy

from .scope import Scope

LONG = 50  # letters of an expression that is shown
DEEP = 4  # names within names
KNOWN = {"torch", "math", "F", "nn", "len", "abs", "max", "min", "sum", "float", "int", "range"}
KINDS = {
    ast.Add: "a sum", ast.Sub: "a difference", ast.Mult: "a product", ast.Div: "a ratio", ast.Pow: "a power",
    ast.MatMult: "a product",
}  # fmt: skip


def instead(words: str, node: ast.AST, scope: Scope) -> str:
    """Return the sentence for words in the place of a part of an answer."""
    due = "another value"
    if isinstance(node, ast.Name) and node.id in scope.arguments:
        due = f"`{node.id}`"
    elif isinstance(node, ast.BinOp):
        due = KINDS.get(type(node.op), due)
    shown = ast.unparse(ast.parse(words.replace("_made.", ""), mode="eval"))
    return f"`{shown}` stands where {due} belongs"


def in_words(node: ast.AST, function: ast.AST, scope: Scope) -> str:
    """Return an expression of arguments alone, or "..." where that is long."""
    made, whole = _definitions(function), copy.deepcopy(node)
    for _ in range(DEEP):
        whole = _Unfold(made).visit(whole)
    names = {one.id for one in ast.walk(whole) if isinstance(one, ast.Name)}
    parts = {
        one.attr for one in ast.walk(whole) if isinstance(one, ast.Attribute) and one.attr in scope.parts
    }
    text, known = ast.unparse(whole), scope.arguments | (scope.given - {*scope.locals}) | KNOWN
    return text if len(text) <= LONG and names <= known and parts <= scope.given else "..."


def _definitions(function: ast.AST) -> dict[str, ast.expr]:
    """Return what names stand for that are made once, by one expression."""
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return {
        one.targets[0].id: one.value
        for one in ast.walk(function)
        if isinstance(one, ast.Assign)
        and isinstance(one.targets[0], ast.Name)
        and stored.count(one.targets[0].id) == 1
    }


class _Unfold(ast.NodeTransformer):
    """Puts what names stand for in their place; leaves out what only adds dimensions or changes dtypes."""

    def __init__(self, made: dict[str, ast.expr]) -> None:
        self._made = made

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self._made.get(node.id, node))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return node.value if all(map(_adds_a_dimension, places)) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        converts = isinstance(node.func, ast.Attribute) and node.func.attr in ("to", "double", "float")
        return node.func.value if converts and isinstance(node.func, ast.Attribute) else node


def _adds_a_dimension(place: ast.expr) -> bool:
    if isinstance(place, ast.Slice):
        return not (place.lower or place.upper or place.step)
    inner = place.value if isinstance(place, ast.Starred) else place
    return ast.unparse(inner).replace("(None,)", "None").split(" * ")[0] in ("None", "...")
