"""Slips in a formula: a factor left out, a wrong sign, a comparison the wrong way round, another number."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from ..sources.edits import Change
from .scope import Scope, number

BOUND = "a value on the bound itself counts on the other side"
ROUND = "a comparison is the wrong way round"
TURNED: dict[type[ast.cmpop], tuple[tuple[type[ast.cmpop], str], ...]] = {
    ast.Lt: ((ast.LtE, BOUND), (ast.Gt, ROUND)), ast.LtE: ((ast.Lt, BOUND), (ast.GtE, ROUND)),
    ast.Gt: ((ast.GtE, BOUND), (ast.Lt, ROUND)), ast.GtE: ((ast.Gt, BOUND), (ast.LtE, ROUND)),
    ast.Eq: ((ast.NotEq, "a condition is the wrong way round"),),
    ast.NotEq: ((ast.Eq, "a condition is the wrong way round"),),
    ast.Is: ((ast.IsNot, "a condition is the wrong way round"),),
    ast.IsNot: ((ast.Is, "a condition is the wrong way round"),),
}  # fmt: skip
ALIKE = ((1 / 255, 1 / 256), (255, 256), (127.5, 128), (1000, 999), (2595, 1127), (0.5, 2), (1e-5, 1e-6))
NUMBERS = {"arange", "clamp", "clip", "full", "linspace", "masked_fill", "max", "min", "pow", "range"}
EPSILON = 0.01  # what is added to keep from dividing by 0 is smaller
SMALL = (1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12)  # what is often added, or a bound


def terms(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what may go wrong where two parts are put together."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    match node.op:
        case ast.Add() | ast.Sub():
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield f"{scope.part('term', right)} has the wrong sign", ast.BinOp(left, other, right)
            yield f"{scope.part('term', right)} is missing", left
            rest = right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), right)
            yield f"{scope.part('term', left)} is missing", rest
            if isinstance(node.op, ast.Sub) and number(left) == 1:
                yield f"`1 -` is left out before {scope.this(right)}", right
            yield "a product stands where a sum or difference belongs", ast.BinOp(left, ast.Mult(), right)
        case ast.Mult():
            yield f"{scope.part('factor', right)} is missing", left
            yield f"{scope.part('factor', left)} is missing", right
            yield f"it is divided by {scope.part('factor', right)}", ast.BinOp(left, ast.Div(), right)
            yield f"it is divided by {scope.part('factor', left)}", ast.BinOp(right, ast.Div(), left)
            yield "a sum stands where a product belongs", ast.BinOp(left, ast.Add(), right)
        case ast.Div() | ast.FloorDiv():
            yield f"{scope.part('divisor', right)} is missing", left
            yield f"{scope.part('divisor', right)} multiplies", ast.BinOp(left, ast.Mult(), right)
            yield "a ratio is upside down", ast.BinOp(right, node.op, left)
            if isinstance(node.op, ast.FloorDiv):
                up = ast.UnaryOp(ast.USub(), ast.BinOp(ast.UnaryOp(ast.USub(), left), node.op, right))
                yield f"{scope.part('quotient', node)} is rounded the other way", up
                yield "the rest of a division stands where the quotient belongs", _with(node, ast.Mod())
        case ast.Mod():
            yield "the quotient of a division stands where the rest belongs", _with(node, ast.FloorDiv())
            yield f"the rest of a division is not taken{scope.near(left)}", left
        case ast.Pow():
            yield f"a power is missing{scope.near(left)}", left
            size = ast.Call(ast.Name("abs", ast.Load()), [left], [])
            yield f"the absolute value stands where a power belongs{scope.near(left)}", size
            for inverse, says in (
                (ast.BinOp(ast.Constant(1), ast.Div(), right), "a root stands where a power belongs"),
                (ast.UnaryOp(ast.USub(), right), f"the power{scope.near(left)} has the wrong sign"),
            ):
                yield says, ast.BinOp(left, ast.Pow(), inverse)
        case ast.MatMult():
            for a, b in ((turned(left), right), (left, turned(right)), (turned(left), turned(right))):
                yield "a matrix of a product is transposed", ast.BinOp(a, ast.MatMult(), b)
            yield "the matrices of a product have changed places", ast.BinOp(right, ast.MatMult(), left)
            yield f"{scope.part('matrix', left)} of a product is missing", right
            yield f"{scope.part('matrix', right)} of a product is missing", left
    yield from _brackets(node, scope)


def _with(node: ast.BinOp, op: ast.operator) -> ast.BinOp:
    return ast.BinOp(node.left, op, node.right)


def _brackets(node: ast.BinOp, scope: Scope) -> Iterator[Change]:
    """Yield products, ratios and powers that take one term of a sum only."""
    chain: list[tuple[ast.operator, ast.expr]] = []
    inner: ast.expr = node
    while isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult | ast.Div | ast.Pow):
        chain.append((inner.op, inner.right))
        inner = inner.left
    if chain and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add | ast.Sub):
        word = (
            "power"
            if isinstance(node.op, ast.Pow)
            else "divisor"
            if isinstance(node.op, ast.Div)
            else "factor"
        )
        says = f"{scope.part(word, node.right)} acts on one of two terms alone"
        one, other = inner.left, inner.right
        for op, right in reversed(chain):
            one, other = ast.BinOp(one, op, right), ast.BinOp(other, op, right)
        yield says, ast.BinOp(one, inner.op, inner.right)
        yield says, ast.BinOp(inner.left, inner.op, other)
    base = node.left if isinstance(node.op, ast.Pow) else None
    if isinstance(base, ast.BinOp) and isinstance(base.op, ast.Mult | ast.Div):
        first, second = (ast.BinOp(part, node.op, node.right) for part in (base.left, base.right))
        says = "the power acts on {} alone"
        yield says.format(scope.this(base.left)), ast.BinOp(first, base.op, base.right)
        yield says.format(scope.this(base.right)), ast.BinOp(base.left, base.op, second)
    late = node.right if isinstance(node.op, ast.Mult) else None
    if isinstance(late, ast.BinOp) and isinstance(late.op, ast.Add | ast.Sub):
        says = f"{scope.part('factor', node.left)} acts on one of two terms alone"
        yield says, ast.BinOp(ast.BinOp(node.left, node.op, late.left), late.op, late.right)
        yield says, ast.BinOp(late.left, late.op, ast.BinOp(node.left, node.op, late.right))


def turned(matrix: ast.expr) -> ast.expr:
    """Return a matrix transposed, or one that is, as it was."""
    if isinstance(matrix, ast.Attribute) and matrix.attr in ("T", "mT"):
        return matrix.value
    return ast.Attribute(matrix, "mT", ast.Load())


def conditions(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what may go wrong in a condition, and a minus sign that is forgotten."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        minus = isinstance(node.op, ast.USub)
        yield "a minus sign is missing" if minus else "a condition is the wrong way round", node.operand
    elif isinstance(node, ast.Compare):
        for operator, says in TURNED.get(type(node.ops[0]), ()):
            yield says, ast.Compare(node.left, [operator(), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.IfExp):
        for taken in (node.body, node.orelse):
            yield f"{scope.part('case', node.test)} is not told apart", taken
    elif isinstance(node, ast.BoolOp):
        for left in node.values:
            rest = [value for value in node.values if value is not left]
            yield (
                f"{scope.part('condition', left)} is not asked for",
                ast.BoolOp(node.op, rest) if rest[1:] else rest[0],
            )
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        word = parent.arg if isinstance(parent, ast.keyword) else ""
        yield (
            f"`{word}={node.value}` is forgotten"
            if word
            else f"{not node.value} stands where {node.value} belongs",
            ast.Constant(not node.value),
        )


def numbers(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield other numbers, and other dimensions."""
    if isinstance(node, ast.keyword) and node.arg in ("dim", "axis", "dims"):
        yield from _dimensions(node)
    if (value := number(node)) is None or (isinstance(parent, ast.keyword) and parent.arg in ("dim", "axis")):
        return
    if isinstance(parent, ast.Call | ast.UnaryOp) and value in (0, 1, -1, 2, 3) and not _bounded(parent):
        for other in (0, 1, 2, -1, -2):
            if other != value:
                yield "another dimension is taken", ast.Constant(other)
    says = f"{{:g}} stands where {value:g} belongs"
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub) and abs(value) > EPSILON:
        for near in others(value):  # in the other form of a sum its numbers are others
            yield f"a sum is {abs(near - value):g} off, as with {near:g} for {value:g}", ast.Constant(near)
        return
    if isinstance(parent, ast.keyword):
        says = f"`{parent.arg}` of a call is {{:g}}, not {value:g}"
    elif isinstance(parent, ast.Slice):
        says = f"a slice has the bound {{:g}}, not {value:g}{scope.near(parent)}"
    elif isinstance(parent, ast.Subscript):
        says = f"place {{:g}} is taken, not place {value:g}{scope.near(parent.value)}"
    for near in others(value):
        yield says.format(near), ast.Constant(near)


def _bounded(parent: ast.AST) -> bool:
    """Say whether a number in a call is a bound or a value, and no dimension."""
    module, _, name = (
        ast.unparse(parent.func).rpartition(".") if isinstance(parent, ast.Call) else ("", "", "")
    )
    return module == "math" or name in NUMBERS


def others(value: float) -> list[float]:
    """Return the numbers that stand for another one by mistake, likely ones first."""
    pairs = [b for one in ALIKE for a, b in (one, one[::-1]) if a == value]
    near: list[float] = [*pairs, value + 1, value - 1, 0]
    if value not in (0, 1, 2):
        near += [2 * value, value / 2, 1 / value]
    if isinstance(value, float):
        near += [1.0, value * 10, value / 10, value**2, value**0.5 if value > 0 else 0.0]
        near += SMALL if 0 < value < EPSILON else ()
    return list(dict.fromkeys(one for one in near if one != value))


def _dimensions(node: ast.keyword) -> Iterator[Change]:
    whole = node.value
    if isinstance(whole, ast.Tuple):
        for left in whole.elts:
            fewer = copy.copy(whole)
            fewer.elts = [one for one in whole.elts if one is not left]
            yield "one dimension too few is taken", ast.keyword(node.arg, fewer)
        yield "other dimensions are taken", ast.keyword(node.arg, ast.Constant(0))
    for other in (0, 1, 2, -1, -2, (1, 2), (2, 3), (0, 1)):
        yield "another dimension is taken", ast.parse(f"f({node.arg}={other})", mode="eval").body.keywords[0]  # type: ignore[attr-defined]
