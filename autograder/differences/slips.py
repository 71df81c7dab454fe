"""Small slips that can be made in any formula, each with its sentence: a factor left out, a mean for a sum.

A slip turns one node of a right answer into what a person writes by mistake. Its sentence names arguments of
the function, which students know, and nothing else of the answer.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator

from ..sources.edits import Change, Changes

FUNCTIONS = {
    "sqrt": "square root", "rsqrt": "square root", "square": "square", "exp": "exponential",
    "expm1": "exponential", "log": "logarithm", "log1p": "logarithm", "log2": "logarithm",
    "log10": "logarithm", "log_softmax": "softmax", "softmax": "softmax", "sigmoid": "sigmoid",
    "tanh": "tanh", "relu": "ReLU", "silu": "SiLU", "abs": "absolute value", "detach": "detach",
    "normalize": "unit length", "unit": "unit length", "cumsum": "running sum", "cumprod": "running product",
    "round": "rounding", "floor": "rounding", "ceil": "rounding", "sign": "sign", "flip": "turned order",
    "clamp": "bound", "double": "float64",
}  # fmt: skip
OTHERS = {
    "mean": "sum", "sum": "mean", "amax": "amin", "amin": "amax", "sin": "cos", "cos": "sin", "any": "all",
    "all": "any", "log": "log2", "floor": "round", "round": "floor", "repeat": "repeat_interleave",
}  # fmt: skip
TURNED: dict[type[ast.cmpop], tuple[type[ast.cmpop], str]] = {
    ast.Lt: (ast.LtE, "a value on the bound itself counts on the other side"),
    ast.LtE: (ast.Lt, "a value on the bound itself counts on the other side"),
    ast.Gt: (ast.GtE, "a value on the bound itself counts on the other side"),
    ast.GtE: (ast.Gt, "a value on the bound itself counts on the other side"),
    ast.Eq: (ast.NotEq, "a condition is the wrong way round"),
    ast.NotEq: (ast.Eq, "a condition is the wrong way round"),
}


def _terms(node: ast.AST, parent: ast.AST, arguments: frozenset[str]) -> Iterator[Change]:
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, node.right
    match node.op:
        case ast.Add() | ast.Sub():
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield f"{_part('term', right, arguments)} has the wrong sign", ast.BinOp(left, other, right)
            yield f"{_part('term', right, arguments)} is missing", left
            rest = right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), right)
            yield f"{_part('term', left, arguments)} is missing", rest
        case ast.Mult():
            yield f"{_part('factor', right, arguments)} is missing", left
            yield f"{_part('factor', left, arguments)} is missing", right
            yield f"it is divided by {_part('factor', right, arguments)}", ast.BinOp(left, ast.Div(), right)
            yield f"it is divided by {_part('factor', left, arguments)}", ast.BinOp(right, ast.Div(), left)
        case ast.Div():
            yield f"{_part('divisor', right, arguments)} is missing", left
            yield f"{_part('divisor', right, arguments)} multiplies", ast.BinOp(left, ast.Mult(), right)
            yield "a ratio is upside down", ast.BinOp(right, ast.Div(), left)
        case ast.Pow():
            yield f"a power is missing{_near(left, arguments)}", left
        case ast.MatMult():
            for a, b in ((_turned(left), right), (left, _turned(right))):
                yield "a matrix of a product is transposed", ast.BinOp(a, ast.MatMult(), b)
            yield "the matrices of a product have changed places", ast.BinOp(right, ast.MatMult(), left)


def _turned(matrix: ast.expr) -> ast.expr:
    if isinstance(matrix, ast.Attribute) and matrix.attr in ("T", "mT"):
        return matrix.value
    return ast.Attribute(matrix, "mT", ast.Load())


def _conditions(node: ast.AST, parent: ast.AST, arguments: frozenset[str]) -> Iterator[Change]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        minus = isinstance(node.op, ast.USub)
        yield "a minus sign is missing" if minus else "a condition is the wrong way round", node.operand
    elif isinstance(node, ast.Compare) and (turned := TURNED.get(type(node.ops[0]))):
        yield turned[1], ast.Compare(node.left, [turned[0](), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.IfExp):
        for taken in (node.body, node.orelse):
            yield f"{_part('case', node.test, arguments)} is not told apart", taken


def _calls(node: ast.AST, parent: ast.AST, arguments: frozenset[str]) -> Iterator[Change]:
    if not isinstance(node, ast.Call):
        return
    function, given = node.func, node.args
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    inside = given[0] if given and not _is_method(function) else getattr(function, "value", None)
    if name in FUNCTIONS and inside is not None:
        yield f"a {FUNCTIONS[name]} is missing{_near(inside, arguments)}", inside
    if other := OTHERS.get(name):
        place = ast.Attribute(function.value, other) if isinstance(function, ast.Attribute) else other
        named = ast.Name(place) if isinstance(place, str) else place
        yield f"{other} stands where {name} belongs", ast.Call(named, given, node.keywords)
    for i, j in itertools.combinations(range(min(len(given), 4)), 2):
        moved = list(given)
        moved[i], moved[j] = given[j], given[i]
        if not any(isinstance(one, ast.Starred) for one in given):
            yield "two arguments of a call have changed places", ast.Call(function, moved, node.keywords)
    for word in node.keywords if len(node.keywords) + len(given) > 1 else []:
        rest = [other for other in node.keywords if other is not word]
        if word.arg and word.arg in arguments:
            yield f"`{word.arg}` is not passed on", ast.Call(function, given, rest)


def _is_method(function: ast.expr) -> bool:
    """Say whether a call is one of a value's methods, rather than of a library's functions."""
    root = function
    while isinstance(root, ast.Attribute):
        root = root.value
    library = isinstance(root, ast.Name) and root.id in ("torch", "math", "F", "nn", "np", "special")
    return isinstance(function, ast.Attribute) and not library


def _numbers(node: ast.AST, parent: ast.AST, arguments: frozenset[str]) -> Iterator[Change]:
    if isinstance(node, ast.keyword) and node.arg in ("dim", "axis"):
        for other in (0, 1, 2, -1, -2):
            yield "another axis is taken", f"{node.arg}={other}"
    if (value := _number(node)) is None:
        return
    if isinstance(parent, ast.Call) and value in (0, 1, -1, 2):
        yield from (("another axis is taken", repr(other)) for other in (0, 1, -1) if other != value)
    for near in (value + 1, value - 1):
        yield f"{near:g} stands where {value:g} belongs", ast.Constant(near)
    if value not in (0, 1, 2):
        for factor in (2, 0.5):
            yield f"{factor * value:g} stands where {value:g} belongs", repr(factor * value)


def _number(node: ast.AST) -> float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _names(node: ast.AST, parent: ast.AST, arguments: frozenset[str]) -> Iterator[Change]:
    callee = isinstance(parent, ast.Call) and parent.func is node
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or callee:
        return
    this = f"`{node.id}`" if node.id in arguments else "a value"
    changed = {
        f"{this} is squared": f"({node.id} ** 2)", f"the root of {this} is taken": f"({node.id} ** 0.5)",
        f"1 - {this} stands where {this} belongs": f"(1 - {node.id})",
        f"{this} is one too small": f"({node.id} - 1)", f"{this} is one too large": f"({node.id} + 1)",
        f"{this} has the wrong sign": f"(-{node.id})", f"{this} is doubled": f"(2 * {node.id})",
        f"{this} is halved": f"({node.id} / 2)", f"{this} is read the wrong way round": f"(~{node.id})",
        f"{this} is that of the first for all": f"({node.id}[:1].expand_as({node.id}))",
    }  # fmt: skip
    if isinstance(parent, ast.Subscript) or isinstance(getattr(parent, "op", None), ast.FloorDiv | ast.Mod):
        del changed[f"1 - {this} stands where {this} belongs"]  # a place or a number of things: no share
    yield from changed.items()
    for other in sorted(arguments - {node.id, "self"}):
        yield f"`{other}` stands where {this if this != 'a value' else 'another value'} belongs", other


def _statements(node: ast.AST, parent: ast.AST, arguments: frozenset[str]) -> Iterator[Change]:
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for i, j in itertools.combinations(range(len(node.value.elts)), 2):
            moved = list(node.value.elts)
            moved[i], moved[j] = moved[j], moved[i]
            yield "two results have changed places", ast.Return(ast.Tuple(moved, ast.Load()))
    elif isinstance(node, ast.If) and not isinstance(node.body[0], ast.Raise):
        for always in (True, False):
            changed = copy.copy(node)
            changed.test = ast.Constant(always)
            yield f"{_part('case', node.test, arguments)} is not told apart", changed
    elif isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Assign | ast.Expr) and not isinstance(parent, ast.Module)
    ):
        yield "a step is left out", "pass"


KINDS: tuple[Changes, ...] = (_terms, _conditions, _calls, _statements, _numbers, _names)


def _part(word: str, node: ast.AST, arguments: frozenset[str]) -> str:
    return f"the {word}{of}" if (of := _of(node, arguments)) else f"one {word}"


def _of(node: ast.AST, arguments: frozenset[str]) -> str:
    """Return of which arguments, or of which number, a part of a formula is; "" when of neither."""
    if (value := _number(node)) is not None:
        return f" {value:g}"
    return f" with {_listed(used)}" if (used := _used(node, arguments)) else ""


def _near(node: ast.AST, arguments: frozenset[str]) -> str:
    return f" at {_listed(used)}" if 0 < len(used := _used(node, arguments)) < 3 else ""


def _used(node: ast.AST, arguments: frozenset[str]) -> list[str]:
    found = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in arguments]
    return list(dict.fromkeys(name for name in found if name != "self"))


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
