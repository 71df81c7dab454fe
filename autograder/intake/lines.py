"""Tables that people fill in, read line by line: whatever is wrong in one is told at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .roster import TableError, read_table


def read_lines(
    path: Path, columns: Sequence[str], take: Callable[[int, Mapping[str, str]], object], optional: int = 0
) -> None:
    """Give each line with its number to `take`, which raises ValueError with half a sentence.

    Raises TableError with all of these, or where a column is missing; the last `optional` ones may be.
    """
    header, rows = read_table(path)
    if missing := [name for name in columns[: len(columns) - optional] if name not in header]:
        raise TableError(f"{path.name}:1: no column {missing[0]!r}; the first line is {','.join(columns)}")
    mistakes = []
    for line, row in rows:
        try:
            take(line, row)
        except ValueError as problem:
            mistakes.append(f"{path.name}:{line}: {problem}")
    if mistakes:
        raise TableError("\n".join(mistakes))


def number(text: str) -> float:
    """Return the number that somebody wrote, with a point or a comma; NaN where it is none."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


def moment(column: str, text: str, example: str) -> datetime:
    """Return the time that somebody wrote, in UTC; raises ValueError for one without its zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise ValueError(f"{column} {text!r} is no time with its zone: write {example}")
    return when.astimezone(UTC)
