"""Slips in a value: what may be done to one that should be taken as it is, or one that stands for another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..sources.edits import Change
from .scope import Scope

Done = Sequence[tuple[str, str]]  # what is said of a value, and what is written
OFTEN: Done = (
    ("{} is squared", "({}) ** 2"), ("the root of {} is taken", "({}) ** 0.5"),
    ("1 - {0} stands where {0} belongs", "1 - ({})"), ("{} has the wrong sign", "-({})"),
    ("{} is one too small", "({}) - 1"), ("{} is one too large", "({}) + 1"),
    ("{} is doubled", "2 * ({})"), ("{} is halved", "({}) / 2"), ("{} is its reciprocal", "1 / ({})"),
    ("{} is read the wrong way round", "~({})"), ("the absolute value of {} is taken", "abs({})"),
    ("{} is that of the first for all", "({0})[:1].expand_as({0})"), ("{} is transposed", "({}).mT"),
    ("{} is cut off at 0", "({}).clamp(min=0)"), ("{} is cut off at -1 and 1", "({}).clamp(-1, 1)"),
    ("{} is in float32", "({}).float()"), ("{} is averaged", "({}).mean()"), ("{} is summed", "({}).sum()"),
    ("the order of {} is turned round", "({}).flip(0)"), ("{} is detached", "({}).detach()"),
    ("only the sign of {} is taken", "({}).sign()"),
)  # fmt: skip
SOMETIMES: Done = (
    ("{} is rounded", "({}).round()"), ("{} is rounded down", "({}).floor()"),
    ("the exponential of {} is taken", "({}).exp()"), ("the logarithm of {} is taken", "({}).log()"),
    ("the order along the last dimension of {} is turned round", "({}).flip(-1)"),
    ("{} is cut off at 1", "({}).clamp(max=1)"), ("{} is cut off at 100", "({}).clamp(max=100)"),
    ("the tanh of {} is taken", "({}).tanh()"), ("the sigmoid of {} is taken", "({}).sigmoid()"),
    ("{} is one too small, but not below 0", "(({}) - 1).clamp(min=0)"), ("{} is 0", "0 * ({})"),
    ("{} is 1", "0 * ({}) + 1"), ("{} is always 0.5", "0 * ({}) + 0.5"),
    ("{} is shifted by one", "({}).roll(1, 0)"), ("{} is shifted by one the other way", "({}).roll(-1, 0)"),
    ("{} is centred", "({0}) - ({0}).mean()"), ("the softmax of {} is taken", "({}).softmax(-1)"),
    ("{} is of unit length", "torch.nn.functional.normalize({}, dim=-1)"),
    ("{} is taken from its largest", "({0}) - ({0}).max()"),
    ("{} is divided by its largest", "({0}) / ({0}).max()"),
    ("{} is divided by its sum", "({0}) / ({0}).sum()"), ("the conjugate of {} is taken", "({}).conj()"),
    ("the last two dimensions of {} are turned round", "({}).flip(-2, -1)"),
    ("{} is the ratio of neighbours", "({0}) / torch.cat([0 * ({0})[:1] + 1, ({0})[:-1]])"),
    ("{} is a running product", "({}).cumprod(0)"), ("{} is a running sum", "({}).cumsum(0)"),
    ("{} is one minus its square", "1 - ({}) ** 2"),
)  # fmt: skip
COUNTED = ("1 - {0} stands", "{} has the wrong", "{} is doubled", "{} is halved")  # not of what counts


def often(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what is often done to a value that should be taken as it is."""
    yield from _done(OFTEN, node, parent, scope)


def sometimes(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what is sometimes done to a value that should be taken as it is, and that students name."""
    if scope.this(node).startswith("`"):
        yield from _done(SOMETIMES, node, parent, scope)


def is_value(node: ast.AST, parent: ast.AST, scope: Scope) -> bool:
    """Say whether a node is a whole value of an answer: no name of a function, no part of an index."""
    whole = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.BinOp)
    inside = isinstance(parent, ast.Attribute | ast.Slice | ast.Expr | ast.keyword)
    callee = isinstance(parent, ast.Call) and parent.func is node
    stored = not isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    strange = isinstance(node, ast.Name) and node.id not in scope.arguments and node.id not in scope.locals
    return whole and not (inside or callee or stored or strange)


def _done(table: Done, node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    if not is_value(node, parent, scope):
        return
    it, this = ast.unparse(node), scope.this(node)
    operators = (getattr(node, "op", None), getattr(parent, "op", None))
    counts = isinstance(parent, ast.Subscript) or any(
        isinstance(op, ast.FloorDiv | ast.Mod) for op in operators
    )
    for says, code in table:
        if not (counts and says.startswith(COUNTED)):
            yield says.format(this), code.format(it)


def names(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield other values in the place of one."""
    if not is_value(node, parent, scope) or isinstance(node, ast.Attribute):
        return
    for other in (*sorted(scope.arguments - {"self"}), *scope.locals):
        if not isinstance(node, ast.Name) or other != node.id:
            yield scope.other(node, ast.Name(other)), ast.Name(other, ast.Load())


def extras(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield a factor, a divisor or a term too many, each an argument."""
    if not is_value(node, parent, scope):
        return
    for other in sorted(scope.arguments - {"self"}):
        extra = ast.Name(other, ast.Load())
        for op, says in (
            (ast.Mult(), f"a factor `{other}` is too many"), (ast.Add(), f"a term `{other}` is too many"),
            (ast.Div(), f"a divisor `{other}` is too many"), (ast.Sub(), f"a term -`{other}` is too many"),
        ):  # fmt: skip
            yield f"{says}{scope.near(node)}", ast.BinOp(node, op, extra)  # type: ignore[arg-type]
