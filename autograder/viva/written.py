"""What a student wrote: the functions and methods of a hand-in that are not as released.

Only the syntax tree is looked at here; what a student wrote runs in a worker alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..intake.parsing import parses
from ..sources.markers import Region, first_line
from ..sources.similarity import without_docstring
from ..spec import definitions

MOST_BYTES = 60_000  # of a file that questions are drawn from
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Part:
    """One function or method that a student wrote."""

    file: str
    name: str  # "f" or "Class.method"
    source: str  # of the whole file
    tree: ast.Module
    node: Function

    @property
    def region(self) -> Region:
        """Return the statements that edits may change."""
        body = tuple(without_docstring(self.node.body))
        last = self.node.end_lineno or self.node.lineno
        return Region(first_line(self.node), last, body, self.name, self.node.col_offset)

    @property
    def words(self) -> frozenset[str]:
        """Return the names that it mentions."""
        return _mentioned(self.node)


@dataclass(frozen=True)
class Written:
    """A student's own functions, and a sentence for each file without any."""

    parts: tuple[Part, ...]
    problems: tuple[str, ...]

    def reached(self, function: str) -> list[Part]:
        """Return the parts that a function consists of, as far as names tell: itself and what it mentions."""
        found: dict[Part, None] = {}
        waiting = [part for part in self.parts if part.name == function]
        while waiting:
            part = waiting.pop(0)
            found[part] = None
            own = [one for one in self.parts if set(one.name.split(".")) & part.words]
            waiting += [one for one in own if one not in found and one not in waiting]
        return list(found)


def written(files: Mapping[str, bytes], released: Mapping[str, bytes]) -> Written:
    """Find what is in a hand-in besides what was released; whatever cannot be read is told."""
    parts: list[Part] = []
    problems: list[str] = []
    readable = parses(files)
    for file, content in files.items():
        if not file.endswith(".py"):
            continue
        if file not in readable:
            problems.append(f"{file} cannot be read as Python.")
        elif len(content) > MOST_BYTES:
            problems.append(f"{file} is longer than {MOST_BYTES // 1000} kB: nothing of it is asked about.")
        else:
            try:
                own = list(_parts(file, content, released.get(file, b"")))
            except (RecursionError, MemoryError, UnicodeDecodeError) as problem:
                why = "not UTF-8" if isinstance(problem, UnicodeDecodeError) else "nested too deeply"
                problems.append(f"{file} is {why}: nothing of it is asked about.")
                continue
            parts += own
            problems += [] if own else [f"{file} is as released."]
    return Written(tuple(parts), tuple(problems))


def _parts(file: str, content: bytes, released: bytes) -> Iterator[Part]:
    source = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    tree = ast.parse(source)
    given = {name: ast.dump(node) for name, node in definitions(ast.parse(released)).items()}
    for name, node in definitions(tree).items():
        if isinstance(node, Function) and ast.dump(node) != given.get(name):
            yield Part(file, name, source, tree, node)


def _mentioned(node: ast.AST) -> frozenset[str]:
    words = {sub.id for sub in ast.walk(node) if isinstance(sub, ast.Name)}
    return frozenset(words | {sub.attr for sub in ast.walk(node) if isinstance(sub, ast.Attribute)})
