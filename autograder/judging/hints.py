"""The hint of a check whose call raised: what its comparison, which was not reached, would have hinted at."""

from __future__ import annotations

import ast
import functools
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from ..calls.outcomes import SLIPS, StudentError

PLACES = {"expect": 2, "expect_dtype": 2, "raises": 1}  # of the hint among arguments by position


def hint_for(error: StudentError, file: Path) -> str:
    """Return the next hint after the line of a check at which the code under test raised; "" when none is."""
    if SLIPS & set(error.fault.bases):  # whatever the check is about, this is something else
        return ""
    frames = [place for place in traceback.walk_tb(error.__traceback__) if _of(place[0]) == str(file)]
    for frame, line in reversed(frames):
        for last, hint in _hints(file).get(frame.f_code.co_firstlineno, []):
            if last >= line and (said := _said(hint, {**frame.f_globals, **frame.f_locals})):
                return said
    return ""


def _of(frame: FrameType) -> str:
    return frame.f_code.co_filename


@functools.lru_cache(maxsize=64)
def _hints(file: Path) -> dict[int, list[tuple[int, ast.expr]]]:
    """Return the hints of each function of a file by its first line, with the last line of their calls."""
    found: dict[int, list[tuple[int, ast.expr]]] = {}
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            hints = [hint for call in ast.walk(node) if isinstance(call, ast.Call) for hint in _of_call(call)]
            found[first] = sorted(hints, key=lambda hint: hint[0])
    return found


def _of_call(call: ast.Call) -> Iterator[tuple[int, ast.expr]]:
    place = PLACES.get(getattr(call.func, "id", ""), len(call.args))
    named = [word.value for word in call.keywords if word.arg == "hint"]
    for hint in [*call.args[place : place + 1], *named]:
        yield call.end_lineno or call.lineno, hint


def _said(hint: ast.expr, names: Mapping[str, Any]) -> str:
    """Return a hint that is a plain string or the name of one that the check has given it by then."""
    value = names.get(hint.id) if isinstance(hint, ast.Name) else getattr(hint, "value", None)
    return value if isinstance(value, str) else ""
