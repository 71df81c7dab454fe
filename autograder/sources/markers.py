"""Finds the marked answers of a file, and refuses every marker that stands where it cannot.

    # BEGIN SOLUTION
    answer
    # END SOLUTION

The markers are comment lines; what lies between them is whole statements of one function.
"""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..spec import SpecError

BEGIN = "# BEGIN SOLUTION"
END = "# END SOLUTION"
Token = tokenize.TokenInfo
LAYOUT = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})


class MarkerError(SpecError):
    """A solution marker is where it cannot be; the message names file, line and remedy."""


@dataclass(frozen=True)
class Region:
    """One marked answer: the lines of its two markers, the statements between them, and their function."""

    begin: int  # line of the begin marker, from 1
    end: int  # line of the end marker
    statements: tuple[ast.stmt, ...]
    function: str  # "f" or "Class.method"
    column: int


def regions(source: str, file: Path) -> tuple[Region, ...]:
    """Return the marked regions in order; raises MarkerError unless each holds statements of one function."""
    try:
        tree = ast.parse(source)
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError) as problem:
        line = getattr(problem, "lineno", None) or 1
        raise MarkerError(f"{place_of(file, line)}: {problem.args[0]}") from problem
    places = list(_places(tree))
    return tuple(_region(*pair, places, tokens, file) for pair in _pairs(tokens, file))


def within(tree: ast.Module, region: Region) -> Region:
    """Return a region of a file with its statements as they are in another tree of that file."""
    places = {(one.lineno, one.col_offset) for one in region.statements}
    found = (one for one in ast.walk(tree) if isinstance(one, ast.stmt))
    return replace(region, statements=tuple(one for one in found if (one.lineno, one.col_offset) in places))


def first_line(node: ast.stmt) -> int:
    """Return a statement's first line, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def place_of(file: Path, line: int) -> str:
    """Return "a04_ddpm/schedule.py:12", the way messages name a line."""
    return f"{file.parent.name}/{file.name}:{line}"


def _pairs(tokens: list[Token], file: Path) -> Iterator[tuple[Token, Token]]:
    """Yield the markers two by two."""
    begin: Token | None = None
    for token in tokens:
        marker = _marker(token, file)
        if marker == BEGIN:
            if begin is not None:
                raise MarkerError(
                    f"{place_of(file, token.start[0])}: '{BEGIN}' inside the region that begins in line "
                    f"{begin.start[0]}; regions do not nest: close that one with '{END}' first"
                )
            begin = token
        elif marker == END:
            if begin is None:
                raise MarkerError(f"{place_of(file, token.start[0])}: '{END}' without '{BEGIN}' before it")
            yield begin, token
            begin = None
    if begin is not None:
        place = place_of(file, begin.start[0])
        raise MarkerError(f"{place}: '{BEGIN}' is never closed; add '{END}' after the answer")


def _marker(token: Token, file: Path) -> str | None:
    """Return which marker a token is, if any; a misspelt one is an error, for it would release the answer."""
    if token.type != tokenize.COMMENT:
        return None
    text = token.string.rstrip()
    place = place_of(file, token.start[0])
    if text not in (BEGIN, END):
        near = difflib.get_close_matches(text.upper(), [BEGIN, END], n=1, cutoff=0.8)
        if near:
            raise MarkerError(f"{place}: '{text}' looks like a marker; write exactly '{near[0]}'")
        return None
    if token.line[: token.start[1]].strip():
        raise MarkerError(f"{place}: '{text}' must stand on a line of its own")
    return text


def _region(begin: Token, end: Token, places: list[_Place], tokens: list[Token], file: Path) -> Region:
    """Find the statements between two markers and prove that they are whole and of one function."""
    first, last = begin.start[0], end.start[0]
    inside = [place for place in places if first < first_line(place.node) < last]
    nested = {id(sub) for place in inside for sub in ast.walk(place.node) if sub is not place.node}
    top = [place for place in inside if id(place.node) not in nested]
    if not top:
        raise MarkerError(
            f"{place_of(file, first)}: no whole statement between the markers; put the answer there"
        )
    spans = [(first_line(place.node), place.node.end_lineno or last) for place in top]
    loose = [
        token.start[0]
        for token in tokens
        if first < token.start[0] < last
        and token.type not in LAYOUT
        and not any(low <= token.start[0] <= high for low, high in spans)
    ]
    crossing = loose + [low for low, high in spans if high >= last]
    if crossing or len({place.block for place in top}) > 1:
        line = min(crossing, default=first)
        raise MarkerError(
            f"{place_of(file, line)}: the region crosses a statement's edge; cover whole statements"
        )
    if top[0].function is None:
        raise MarkerError(f"{place_of(file, first)}: the region is outside any function; mark only bodies")
    column = top[0].node.col_offset
    for marker in (begin, end):
        if marker.start[1] != column:
            raise MarkerError(f"{place_of(file, marker.start[0])}: indent the marker like what it encloses")
    _check_not_in_statement(places, (first, last), file)
    return Region(first, last, tuple(place.node for place in top), top[0].function, column)


@dataclass(frozen=True)
class _Place:
    """A statement, the block that it stands in, and the top-level function or method around it."""

    node: ast.stmt
    block: tuple[int, str]
    function: str | None


def _places(node: ast.AST, function: str | None = None, owner: str = "") -> Iterator[_Place]:
    """Walk all statements, outer ones first."""
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.stmt):
                yield _Place(child, (id(node), field), function)
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _places(child, function or owner + child.name, owner)
            elif isinstance(child, ast.ClassDef):
                yield from _places(child, function, owner + child.name + ".")
            elif isinstance(child, ast.AST) and not isinstance(child, ast.expr):  # which holds no statement
                yield from _places(child, function, owner)


def _check_not_in_statement(places: list[_Place], markers: tuple[int, int], file: Path) -> None:
    for place in places:
        simple = not hasattr(place.node, "body") and not isinstance(place.node, ast.Match)
        for line in markers:
            if simple and place.node.lineno <= line <= (place.node.end_lineno or 0):
                raise MarkerError(
                    f"{place_of(file, line)}: the marker stands inside a statement; move it out"
                )
