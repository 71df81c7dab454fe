"""The mistakes that a mutant makes: each operator turns one node of an answer into slightly other code.

An operator yields (name, new) for each way in which it can change a node: a name, which becomes part of the
mutant's id, and the node or the text that takes its place.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from ..sources.edits import Change

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.MatMult: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
DROPPED = frozenset(
    {"sqrt", "rsqrt", "log", "log1p", "log2", "log10", "exp", "expm1", "exp2"}
    | {"clamp", "clip", "clamp_min", "clamp_max", "detach"}
)
CONVERSIONS = frozenset({"float", "double", "half", "to", "type"})  # dropped where they set a dtype
DIMS = frozenset({"dim", "axis", "start_dim", "end_dim"})


def changes(node: ast.AST, parent: ast.AST, imported: frozenset[str]) -> Iterator[Change]:
    """Yield all changes of one node; `imported` are the names that the file imports."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp):
        yield from _arithmetic(node)
    elif isinstance(node, ast.Compare):
        yield from _comparison(node)
    elif isinstance(node, ast.Constant):
        yield from _constant(node, parent)
    elif isinstance(node, ast.Call):
        yield from _dropped(node, imported)
        yield from _arguments(node)
    elif isinstance(node, ast.Subscript):
        yield from _index(node)
    elif isinstance(node, ast.keyword):
        yield from _dim(node)
    if isinstance(node, ast.stmt):
        yield from _deletion(node, parent)


def _arithmetic(node: ast.BinOp | ast.AugAssign | ast.BoolOp | ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.USub | ast.Not | ast.Invert):
            yield f"{_word(node.op)}-dropped", node.operand
    elif other := SWAPPED.get(type(node.op)):
        yield f"{_word(node.op)}-to-{_word(other())}", _with(node, op=other())


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for table in (SWAPPED, TURNED):
        for i, operator in enumerate(node.ops):
            if other := table.get(type(operator)):
                ops = [*node.ops[:i], other(), *node.ops[i + 1 :]]
                yield f"{_word(operator)}-to-{_word(other())}", _with(node, ops=ops)


def _constant(node: ast.Constant, parent: ast.AST) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield "flag-flipped", repr(not node.value)
    elif isinstance(node.value, int | float) and not (isinstance(parent, ast.keyword) and parent.arg in DIMS):
        yield "constant-plus-1", ast.parse(repr(node.value + 1), mode="eval").body
        yield "constant-minus-1", ast.parse(repr(node.value - 1), mode="eval").body


def _dropped(node: ast.Call, imported: frozenset[str]) -> Iterator[Change]:
    """`x.sqrt()`, `torch.sqrt(x)` and `sqrt(x)` become `x`."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in DROPPED and not (name in CONVERSIONS and _sets_dtype(node, name)):
        return
    if isinstance(function, ast.Attribute) and _root(function) not in imported:
        yield f"{name}-dropped", function.value
    elif node.args:
        yield f"{name}-dropped", node.args[0]


def _root(node: ast.expr) -> str:
    """Return the name with which a dotted name begins: "torch" of `torch.special.expm1`; "" of all else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _sets_dtype(node: ast.Call, name: str) -> bool:
    said = " ".join(map(ast.unparse, [*node.args, *(word.value for word in node.keywords)]))
    return (name not in ("to", "type") and not said) or any(
        word in said for word in ("dtype", "float", "double")
    )


def _arguments(node: ast.Call) -> Iterator[Change]:
    """Swap neighbouring positional arguments."""
    for i, (a, b) in enumerate(zip(node.args, node.args[1:], strict=False)):
        if ast.dump(a) != ast.dump(b) and not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred):
            yield "arguments-swapped", _with(node, args=[*node.args[:i], b, a, *node.args[i + 2 :]])


def _index(node: ast.Subscript) -> Iterator[Change]:
    """Move an index that is not a constant by one; constants are moved as such."""
    whole = node.slice
    parts = whole.elts if isinstance(whole, ast.Tuple) else [whole]
    for part in parts:
        bounds = [part.lower, part.upper] if isinstance(part, ast.Slice) else [part]
        for bound in bounds:
            if bound is None or isinstance(bound, ast.Constant | ast.UnaryOp | ast.Slice):
                continue
            for name, operator in (("index-plus-1", ast.Add()), ("index-minus-1", ast.Sub())):
                moved = ast.BinOp(bound, operator, ast.Constant(1))
                yield name, _replaced(node, bound, moved)


def _dim(node: ast.keyword) -> Iterator[Change]:
    if node.arg in DIMS:
        try:
            dim = ast.literal_eval(node.value)
        except ValueError:
            return
        if isinstance(dim, int):
            other = {0: 1, -1: -2}.get(dim, dim - 1 if dim > 0 else dim + 1)
            yield "dim-changed", f"{node.arg}={other}"


def _deletion(node: ast.stmt, parent: ast.AST) -> Iterator[Change]:
    alone = isinstance(node, ast.Raise) and isinstance(parent, ast.If) and len(parent.body) == 1
    if not alone and not isinstance(node, ast.Pass | ast.Assert | ast.Import | ast.ImportFrom):
        yield "deleted", "pass"


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _replaced(tree: ast.AST, old: ast.AST, new: ast.AST) -> ast.AST:
    """Return a copy of a tree with one node replaced."""

    class Replace(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is marked else self.generic_visit(node)

    places = list(ast.walk(tree))
    whole = copy.deepcopy(tree)
    marked = list(ast.walk(whole))[places.index(old)]
    return Replace().visit(whole)


def _word(operator: ast.AST) -> str:
    return type(operator).__name__.lower()
