"""How a slip speaks of a part of an answer: by its arguments, which students know, and no other name."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

NAMELESS = "one value"  # what has no argument in it
FEW = 2  # arguments that are named; a part with more is "a part"


@dataclass(frozen=True)
class Scope:
    """What one answer's names stand for."""

    arguments: frozenset[str]
    locals: tuple[str, ...] = ()  # in the order in which they are first read
    made: dict[str, tuple[str, ...]] = field(default_factory=dict)  # local -> the arguments it is made of
    parts: tuple[str, ...] = ()  # attributes of self that the class reads
    given: frozenset[str] = frozenset()  # of these, those that the student's file names, too

    def used(self, node: ast.AST) -> list[str]:
        """Return the arguments in a part of a formula."""
        found = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in self.arguments]
        return list(dict.fromkeys(name for name in found if name != "self"))

    def of(self, node: ast.AST) -> str:
        """Return of which arguments, or of which number, a part of a formula is; "" when of neither."""
        if (value := number(node)) is not None:
            return f" {value:g}"
        return f" with {listed(used)}" if (used := self.used(node)) else ""

    def part(self, word: str, node: ast.AST) -> str:
        """Return "the factor with `x`", or "one factor"."""
        return f"the {word}{of}" if (of := self.of(node)) else f"one {word}"

    def near(self, node: ast.AST) -> str:
        """Return " at `x`", or "" where that would say little."""
        return f" at {listed(used)}" if 0 < len(used := self.used(node)) <= FEW else ""

    def this(self, node: ast.AST) -> str:
        """Return "`x`", "what is made of `x`" or "one value"."""
        if isinstance(node, ast.Name) and node.id in self.arguments:
            return f"`{node.id}`"
        if isinstance(node, ast.Attribute) and node.attr in self.parts:
            return f"`{node.attr}`" if node.attr in self.given else "one part"
        used = self.used(node) or [
            name for one in ast.walk(node) if isinstance(one, ast.Name) for name in self.made.get(one.id, ())
        ]
        used = list(dict.fromkeys(used))
        return f"what is made of {listed(used)}" if 0 < len(used) <= FEW else NAMELESS

    def other(self, old: ast.AST, new: ast.AST) -> str:
        """Return "`y` stands where `x` belongs"."""
        wrong, right = self.this(new), self.this(old)
        if wrong == right:
            return f"another value stands where {right} belongs"
        return f"{'another value' if wrong == NAMELESS else wrong} stands where {right} belongs"


def scope_of(function: ast.AST, owner: ast.AST | None, given: frozenset[str]) -> Scope:
    """Return what a function's names stand for; `owner` is the class that it is a method of, if any.

    `given` are the names that students read in the file.
    """
    several = [node for node in ast.walk(function) if isinstance(node, ast.arguments)]
    arguments = frozenset(one.arg for each in several for one in (*each.args, *each.kwonlyargs))
    read = [one.id for one in ast.walk(function) if isinstance(one, ast.Name) and _loaded(one)]
    stored = {one.id for one in ast.walk(function) if isinstance(one, ast.Name) and not _loaded(one)}
    parts = [
        one.attr
        for one in ast.walk(owner or ast.Pass())
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self"
    ]
    known = Scope(arguments)
    made: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for one in ast.walk(ast.Tuple(node.targets)):
                if isinstance(one, ast.Name):
                    of = [*made.get(one.id, ()), *known.used(node.value)]
                    inner = [name.id for name in ast.walk(node.value) if isinstance(name, ast.Name)]
                    of += [name for local in inner for name in made.get(local, ())]
                    made[one.id] = tuple(dict.fromkeys(of))
    names = tuple(name for name in dict.fromkeys(read) if name in stored)
    return Scope(arguments, names, made, tuple(dict.fromkeys(parts)), given)


def _loaded(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def number(node: ast.AST) -> float | None:
    """Return the number that a node is; None when it is none."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def listed(names: list[str]) -> str:
    """Return names as "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
