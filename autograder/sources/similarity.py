"""How alike two pieces of code are once names, annotations, comments and docstrings are set aside.

A *key* is the text of a syntax tree in which local names are numbered in order of appearance; equal keys mean
the same code. Three questions are answered with it: does an answer survive in what students get, is a right
answer really another way, and what does a wrong answer change?
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
IGNORED = frozenset({"annotation", "ctx", "decorator_list", "kind", "returns", "type_comment", "type_params"})


def normalise(node: ast.AST) -> str:
    """Return the key of a definition's body, or of any other node."""
    body = without_docstring(node.body) if isinstance(node, Function | ast.ClassDef) else [node]
    return key(body, local_names(node))


def key(nodes: Sequence[ast.AST], local: frozenset[str]) -> str:
    """Return the key of consecutive nodes; the names in `local` are numbered jointly."""
    numbers: dict[str, str] = {}

    def text(node: object) -> str:
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                return numbers.setdefault(name, f"v{len(numbers)}") if name in local else name
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return f"Assign([{text(target)}],{text(value)})"
            case ast.AST():
                fields = [
                    without_docstring(value) if name == "body" and isinstance(value, list) else value
                    for name, value in ast.iter_fields(node)
                    if name not in IGNORED
                ]
                return f"{type(node).__name__}({','.join(map(text, fields))})"
            case list():
                return f"[{','.join(map(text, node))}]"
        return repr(node)

    return text(list(nodes))


def local_names(node: ast.AST) -> frozenset[str]:
    """Return all names that are bound somewhere inside a node: parameters, targets, inner functions."""
    names: set[str] = set()
    for sub in ast.walk(node):
        if isinstance(sub, ast.arg):
            names.add(sub.arg)
        elif isinstance(sub, ast.Name) and isinstance(sub.ctx, ast.Store):
            names.add(sub.id)
        elif isinstance(sub, Function | ast.ExceptHandler) and sub.name and sub is not node:
            names.add(sub.name)
    return frozenset(names)


def size(node: ast.AST) -> int:
    """Count a node and all below it; a measure of how much code it is."""
    return sizes(node)[node]


def sizes(node: ast.AST) -> dict[ast.AST, int]:
    """Return the size of a node and of each below it."""
    found: dict[ast.AST, int] = {}

    def visit(node: ast.AST) -> int:
        below = (sub for sub in ast.iter_child_nodes(node) if not isinstance(sub, ast.expr_context))
        found[node] = 1 + sum(map(visit, below))
        return found[node]

    visit(node)
    return found


def shared_statements(right_source: str, reference_source: str) -> float:
    """Return which fraction of the first one's statements occurs in the second, 0 to 1.

    Statements that only pass names on (`return x`) do not count; with nothing that counts, the answer is 0.
    """
    right, reference = Counter(_statements(right_source)), Counter(_statements(reference_source))
    return (right & reference).total() / max(right.total(), 1)


def changed_expressions(reference_source: str, wrong_source: str) -> frozenset[str]:
    """Return the paths of the smallest nodes of the reference that the other source changes.

    What is only added counts as a change of its own, named by its place and its code.
    """
    reference, wrong = _bare(reference_source), _bare(wrong_source)
    return frozenset(_changes(reference, wrong, ""))


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return a body without its docstring."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body


def _statements(source: str) -> Iterator[str]:
    """Yield the key of each statement; a compound one counts by its head, apart from what is in it."""
    tree = ast.parse(source)
    local = local_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef) or not isinstance(node, ast.stmt):
            continue
        head = [
            value
            for name, field in ast.iter_fields(node)
            for value in (field if isinstance(field, list) else [field])
            if isinstance(value, ast.AST) and not isinstance(value, ast.stmt) and name != "annotation"
        ]
        if any(size(part) > 1 for part in head):
            yield f"{type(node).__name__.removeprefix('Ann')}:{key(head, local)}"


def _bare(source: str) -> ast.AST:
    """Return the one definition in `source` without docstrings, annotations and decorators."""
    tree = _Unannotated().visit(ast.parse(source))
    (node,) = (node for node in tree.body if isinstance(node, Function | ast.ClassDef))
    for sub in ast.walk(node):
        if isinstance(sub, Function | ast.ClassDef):
            sub.body = without_docstring(sub.body) or [ast.Pass()]
            sub.decorator_list = []
        if isinstance(sub, Function):
            sub.returns = None
        if isinstance(sub, ast.arg):
            sub.annotation = None
    return node


class _Unannotated(ast.NodeTransformer):
    """Turns `x: Tensor = 1` into `x = 1`."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        return ast.Assign([node.target], node.value) if node.value else node


def _changes(a: ast.AST, b: ast.AST, path: str) -> Iterator[str]:
    if ast.dump(a) == ast.dump(b):
        return
    fields = [(name, getattr(a, name, None), getattr(b, name, None)) for name in a._fields]
    if type(a) is not type(b) or any(
        x != y
        for _, x, y in fields
        if not isinstance(x, ast.AST | list) and not isinstance(y, ast.AST | list)
    ):
        yield path
        return
    for name, x, y in fields:
        place = f"{path}.{name}"
        if isinstance(x, list) and isinstance(y, list):
            yield from _list_changes(x, y, place)
        elif isinstance(x, ast.AST) and isinstance(y, ast.AST):
            yield from _changes(x, y, place)
        elif x is not y and (isinstance(x, ast.AST) or isinstance(y, ast.AST)):
            yield place


def _list_changes(a: list[ast.AST], b: list[ast.AST], path: str) -> Iterator[str]:
    """Align two lists; what stands against each other is compared from the end, where the results are."""
    dumps = [
        [ast.dump(node) if isinstance(node, ast.AST) else repr(node) for node in side] for side in (a, b)
    ]
    matcher = difflib.SequenceMatcher(a=dumps[0], b=dumps[1], autojunk=False)
    for tag, low_a, high_a, low_b, high_b in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = min(high_a - low_a, high_b - low_b)
        for back in range(1, pairs + 1):
            x, y = a[high_a - back], b[high_b - back]
            if isinstance(x, ast.AST) and isinstance(y, ast.AST):
                yield from _changes(x, y, f"{path}[{high_a - back}]")
            else:
                yield f"{path}[{high_a - back}]"
        yield from (f"{path}[{i}]" for i in range(low_a, high_a - pairs))
        yield from (f"{path}[{low_a}]+{dumps[1][j]}" for j in range(low_b, high_b - pairs))
