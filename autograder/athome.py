"""What grading would do otherwise than this machine, by the collector's own rules, before handing in."""

from __future__ import annotations

import ast
import io
import token
import tokenize
from collections.abc import Iterator, Sequence

from .intake.allowlist import AllowList
from .intake.handin import choose
from .intake.parsing import notice_of
from .intake.tree import Entry, folder_listing
from .sources.given import CHECKS_OF_STUDENTS
from .spec import LAB_JUDGE, PLAYS, Assignment

OLDEST = (3, 11)  # the Python that graded code may run on, as pyproject.toml says


def before_handing_in(assignment: Assignment) -> list[str]:
    """Return sentences about the files as they lie here; none for files that are graded as they are."""
    entries = folder_listing(assignment.folder)("")
    given = {entry.path: entry.read() for entry in entries if _is_given(entry)}
    hand_in = frozenset(task.file for task in assignment.tasks)
    taken = choose(entries, AllowList(assignment.name, hand_in, given))
    read = [line for one in taken.files.items() for line in _by_python(*one, taken.notices)]
    return [*taken.notices, *read]


def _is_given(entry: Entry) -> bool:
    folder, _, name = entry.path.rpartition("/")
    if folder:
        return folder in CHECKS_OF_STUDENTS and name.endswith(".py")
    return name in ("__init__.py", LAB_JUDGE) or name.startswith(PLAYS)


def _by_python(name: str, content: bytes, known: Sequence[str]) -> Iterator[str]:
    """Say where Python cannot read a file, or only a newer one than grading may have."""
    try:
        ast.parse(content, name)
    except (SyntaxError, ValueError) as problem:
        yield from notice_of(name, getattr(problem, "lineno", 0), known)
        return
    try:
        ast.parse(content, name, feature_version=OLDEST)
        lines = list(_newer_strings(content.decode("utf-8", "replace")))
    except SyntaxError as problem:
        lines = [problem.lineno or 1]
    version = ".".join(map(str, OLDEST))
    for line in lines[:1]:
        yield f"{name}, line {line}: this needs more than Python {version}, on which it is graded."


def _newer_strings(text: str) -> Iterator[int]:
    """Yield the lines of f-strings that Python reads from 3.12 on: with their own quotes or \\ inside."""
    quotes: list[str] = []
    for one in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = token.tok_name[one.type]
        if (
            quotes
            and kind in ("STRING", "FSTRING_START")
            and (one.string.endswith(quotes[-1]) or "\\" in one.string)
        ):
            yield one.start[0]
        if kind == "FSTRING_START":
            quotes.append(one.string.lstrip("fFrRbB"))
        elif kind == "FSTRING_END":
            quotes.pop()
