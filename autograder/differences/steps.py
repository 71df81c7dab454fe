"""Slips in the order of things: a step left out, two in the other order, a loop one short."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator, Sequence

from ..sources.edits import Change
from ..sources.markers import Region
from .formulas import others
from .scope import NAMELESS, Scope, number
from .values import OFTEN, SOMETIMES

UNUSED = (
    ("{} is not used: it counts as 0", "0 * {}"), ("{} is not used: it counts as 1", "0 * {} + 1"),
    ("{} is not used: it counts as one half", "0 * {} + 0.5"), ("{} is not used: it counts as None", "None"),
    ("{} is not used: it counts as True", "True"), ("{} is not used: it counts as False", "False"),
    ("{} is turned round", "{}[::-1]"), ("{} is read the wrong way round", "not {}"),
    ("{} loses its last", "{}[:-1]"), ("{} loses its first", "{}[1:]"),
    ("{} counts as its exponential", "torch.as_tensor({}).exp()"),
    ("{} counts as its logarithm", "torch.as_tensor({}).log()"),
)  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef
Puts = list[tuple[ast.AST, ast.AST | str]]  # nodes, and what stands in the place of each
LOOPS = {
    "a loop ends one short": "list({})[:-1]", "a loop begins one late": "list({})[1:]",
    "a loop runs the other way": "list({})[::-1]", "only the first of a loop is taken": "list({})[:1]",
    "only the last of a loop is taken": "list({})[-1:]", "a loop runs twice": "2 * list({})",
    "a loop counts from one too many": "[j + 1 for j in ({})]",
    "a loop counts from one too few": "[j - 1 for j in ({})]",
    "a loop goes one too far": "[*({0}), *list({0})[-1:]]",
}  # fmt: skip


def statements(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what may become of a statement."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        for i, j in itertools.combinations(range(len(node.value.elts)), 2):
            moved = list(node.value.elts)
            moved[i], moved[j] = moved[j], moved[i]
            yield "two results have changed places", ast.Return(ast.Tuple(moved, ast.Load()))
    elif isinstance(node, ast.If) and not isinstance(node.body[0], ast.Raise):
        for always in (True, False):
            changed = copy.copy(node)
            changed.test = ast.Constant(always)
            yield f"{scope.part('case', node.test)} is not told apart", changed
    elif isinstance(node, ast.Assign) and isinstance(whole := node.targets[0], ast.Tuple):
        for i, j in itertools.combinations(range(len(whole.elts)), 2):
            moved = list(whole.elts)
            moved[i], moved[j] = moved[j], moved[i]
            yield "two results have changed places", ast.Assign([ast.Tuple(moved, ast.Store())], node.value)
    elif isinstance(node, ast.AugAssign):
        yield f"a step is left out{scope.near(node.value)}", ast.Pass()
        other = {ast.Add: ast.Sub(), ast.Sub: ast.Add(), ast.Mult: ast.Div(), ast.Div: ast.Mult()}
        if op := other.get(type(node.op)):
            yield (
                f"{scope.part('term', node.value)} has the wrong sign",
                ast.AugAssign(node.target, op, node.value),
            )
        target = copy.copy(node.target)
        yield "only the last of a sum is kept", ast.Assign([target], node.value)
    elif isinstance(node, ast.Assign | ast.Expr) and not isinstance(parent, ast.Module):
        yield "a step is left out", ast.Pass()
    step = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    if isinstance(step, ast.Attribute) and step.attr == "step" and isinstance(node, ast.Expr):
        every = f"[p for group in {ast.unparse(step.value)}.param_groups for p in group['params']]"
        clip = f"__import__('torch').nn.utils.clip_grad_norm_({every}, 1.0)"
        yield (
            "gradients are cut off at norm 1 before the update",
            ast.If(ast.Constant(True), [*ast.parse(clip).body, node], []),
        )


def loops(node: ast.AST, parent: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield loops over other things."""
    looped = isinstance(parent, ast.For | ast.comprehension) and parent.iter is node
    if looped and isinstance(node, ast.expr):
        for says, form in LOOPS.items():
            yield says, form.format(ast.unparse(node))


def orders(function: Function, found: Sequence[Region], scope: Scope) -> Iterator[tuple[str, Puts]]:
    """Yield neighbouring steps in the other order, and steps done again."""
    for node in ast.walk(function):
        for field in ("body", "orelse"):
            body = value if isinstance(value := getattr(node, field, None), list) else []
            for one, then in itertools.pairwise(body):
                if not isinstance(then, ast.Return | ast.Raise) and not isinstance(one, ast.Raise):
                    yield "two steps are in the other order", [(one, then), (then, one)]
            for one in body:
                if isinstance(one, ast.Assign | ast.AugAssign | ast.Expr) and not _is_text(one):
                    yield "a step is done twice", [(one, ast.If(ast.Constant(True), [one, one], []))]
                    yield from _later(one, node, body)


def _later(one: ast.stmt, owner: ast.AST, body: list[ast.stmt]) -> Iterator[tuple[str, Puts]]:
    """Yield a step that comes at the end of its block, or once after the loop that it is in."""
    last = body[-2] if isinstance(body[-1], ast.Return) and len(body) > 1 else body[-1]
    if one is not last:
        yield (
            "a step comes too late",
            [(one, ast.Pass()), (last, ast.If(ast.Constant(True), [last, one], []))],
        )
    if isinstance(owner, ast.For | ast.While) and len(body) > 1:
        rest = copy.copy(owner)
        rest.body = [other for other in body if other is not one]
        after = ast.If(ast.Constant(True), [rest, one], [])
        yield "a step in a loop is done once, after it", [(owner, after)]
        again = ast.If(ast.Constant(True), [owner, one], [])
        yield "a step in a loop is done once more, after it", [(owner, again)]


def throughout(function: Function, found: Sequence[Region], scope: Scope) -> Iterator[tuple[str, Puts]]:
    """Yield what may be done to an argument before all else, or to a number wherever it stands."""
    start = next((one for one in function.body if not _is_text(one) and not _refuses(one)), function.body[-1])

    def first(*lines: str) -> Puts:
        return [(start, ast.If(ast.Constant(True), [*ast.parse("\n".join(lines)).body, start], []))]

    names = sorted(scope.arguments - {"self"})
    for a, b in itertools.combinations(names, 2):
        yield f"`{a}` and `{b}` have changed places", first(f"{a}, {b} = {b}, {a}")
    for a in names:
        for says, code in (*OFTEN, *UNUSED, *SOMETIMES):
            yield says.format(f"`{a}`"), first(f"{a} = {a} if {a} is None else {code.format(a)}")
    same: dict[float, list[ast.AST]] = {}
    for node in ast.walk(function):
        if (value := number(node)) is not None:
            same.setdefault(value, []).append(node)
    for value, nodes in same.items():
        for other in others(value) if len(nodes) > 1 else ():
            says = f"{other:g} stands where {value:g} belongs"
            yield says, [(node, ast.Constant(other)) for node in nodes]
    yield from _every_other(function)
    yield from _pairs(function, scope)


def _pairs(function: ast.AST, scope: Scope) -> Iterator[tuple[str, Puts]]:
    """Yield two places of an index in each other's place, and two terms of one statement with other signs."""
    at: dict[float, list[ast.AST]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and (value := number(node.slice)) is not None:
            at.setdefault(value, []).append(node.slice)
    for a, b in itertools.combinations(at, 2):
        moved: Puts = [(one, ast.Constant(b)) for one in at[a]]
        yield (
            f"the places {a:g} and {b:g} are exchanged",
            [*moved, *((one, ast.Constant(a)) for one in at[b])],
        )
    yield from _exchanged(function, scope)
    for statement in ast.walk(function):
        if isinstance(statement, ast.Assign | ast.Return | ast.AugAssign):
            for two in itertools.combinations(range(min(len(_sums(statement)), 6)), 2):
                changed = copy.deepcopy(statement)
                for place, one in enumerate(_sums(changed)):
                    if place in two:
                        one.op = ast.Sub() if isinstance(one.op, ast.Add) else ast.Add()
                yield "two terms have the wrong sign", [(statement, changed)]


def _exchanged(function: ast.AST, scope: Scope) -> Iterator[tuple[str, Puts]]:
    """Yield two names in each other's place in one statement."""
    for statement in ast.walk(function):
        if not isinstance(statement, ast.Assign | ast.Return | ast.AugAssign) or statement.value is None:
            continue
        read: dict[str, list[ast.AST]] = {}
        for one in ast.walk(statement.value):
            if isinstance(one, ast.Name) and one.id in scope.arguments | {*scope.locals} - {"self"}:
                read.setdefault(one.id, []).append(one)
        for a, b in itertools.combinations(read, 2):
            pair = [scope.this(read[name][0]) for name in (a, b)]
            if pair[0] != pair[1]:
                moved = [
                    (one, ast.Name(new, ast.Load())) for old, new in ((a, b), (b, a)) for one in read[old]
                ]
                who = " and ".join(sorted(pair, key=lambda name: name == NAMELESS))
                yield (
                    f"{who.replace(NAMELESS, 'another value')} have changed places in one formula",
                    [*moved],
                )


def _sums(node: ast.AST) -> list[ast.BinOp]:
    return [n for n in ast.walk(node) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add | ast.Sub)]


def _every_other(function: ast.AST) -> Iterator[tuple[str, Puts]]:
    """Yield the two halves of the last dimension for every other place, and the other way round."""
    says = "halves stand where neighbours make a pair"
    puts: Puts = []
    for node in ast.walk(function):
        step = (
            node.slice.elts[-1]
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple)
            else None
        )
        if isinstance(node, ast.Subscript) and isinstance(step, ast.Slice) and number(step.step or step) == 2:
            half = f"({ast.unparse(node.value)}).chunk(2, -1)[{1 if step.lower else 0}]"
            if isinstance(node.ctx, ast.Load):
                puts.append((node, half))
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "chunk" and node.args:
            whole = ast.unparse(node.func.value)  # type: ignore[attr-defined]
            yield (
                "neighbours make a pair where halves belong",
                [(node, f"({whole}[..., ::2], {whole}[..., 1::2])")],
            )
    if puts:
        yield says, puts


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _refuses(node: ast.stmt) -> bool:
    """Say whether a statement only looks at whether arguments are as they should be."""
    return isinstance(node, ast.Assert) or (isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise))
