"""Small slips that can be made in any formula, each with its sentence: a factor left out, a mean for a sum.

A slip turns a right answer into what a person writes by mistake. Its sentence names arguments of the
function, which students know, and nothing else of the answer.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator, Sequence

from ..sources.edits import Change, nodes_of, span_of
from ..sources.markers import Region
from . import calls, formulas, steps, values
from .scope import Scope, listed
from .steps import Function, Puts

Slips = Callable[[Function, Sequence[Region], Scope], Iterator[tuple[str, Puts]]]
# of two sentences, the other is told
VAGUE = re.compile(
    r"\b(one|another) (value|factor|term|divisor|part|case|condition|matrix|dtype)|\ba step|\btwo"
)
WHERE = ", where "
PLACES = 4  # in which the same slip is made at once
MOST = 3  # arguments that say where a slip is
Kind = Callable[[ast.AST, ast.AST, Scope], Iterator[Change]]


def _each(
    kind: Kind, function: Function, found: Sequence[Region], scope: Scope
) -> Iterator[tuple[str, Puts]]:
    """Yield what a kind makes of each node of the answers within a function."""
    for region in found:
        nodes = list(nodes_of(region))
        lines = {line: one for one in region.statements for line in range(one.lineno, span_of(one)[1] + 1)}
        for node, parent in nodes:
            for says, new in kind(node, parent, scope):
                yield says if "`" in says else says + _where(lines, node, scope), [(node, new)]


def _together(
    kind: Kind, function: Function, found: Sequence[Region], scope: Scope
) -> Iterator[tuple[str, Puts]]:
    """Yield one slip made in two places or more: wherever a kind says the same."""
    alike: dict[tuple[str, str], Puts] = {}
    for region in found:
        for node, parent in nodes_of(region):
            for says, new in kind(node, parent, scope):
                for of in (ast.dump(node), ""):  # in equal parts, and in all
                    alike.setdefault((says, of), []).append((node, new))
    for (says, _), puts in alike.items():
        nodes = [node for node, _ in puts]
        inside = {id(one) for node in nodes for one in ast.walk(node) if one is not node}
        if (
            1 < len(puts) <= PLACES
            and len({*map(id, nodes)}) == len(nodes)
            and not inside & {*map(id, nodes)}
        ):
            yield f"{says} in {len(puts)} places", puts


def _where(lines: dict[int, ast.stmt], node: ast.AST, scope: Scope) -> str:
    """Return in which step of an answer a slip is, by the arguments that it uses."""
    used = scope.used(lines.get(node.lineno, node))  # type: ignore[attr-defined]
    return f"{WHERE}{listed(used)} {'are' if used[1:] else 'is'} used" if 0 < len(used) <= MOST else ""


def _of_nodes(*kinds: Kind) -> tuple[Slips, ...]:
    return tuple(functools.partial(_each, kind) for kind in kinds)


LIKELY: tuple[Slips, ...] = (
    *_of_nodes(formulas.conditions, formulas.terms, calls.calls, steps.statements, formulas.numbers),
    *_of_nodes(calls.indexes, calls.parts, steps.loops, calls.patterns),
    *(functools.partial(_together, kind) for kind in (formulas.conditions, formulas.terms, calls.calls)),
    steps.throughout,
)
TOGETHER: tuple[Slips, ...] = tuple(
    functools.partial(_together, kind)
    for kind in (formulas.numbers, calls.indexes, values.often, values.names)
)
RARE: tuple[Slips, ...] = (
    *_of_nodes(values.names, values.often),
    steps.orders,
    *_of_nodes(values.sometimes, values.extras),
)
