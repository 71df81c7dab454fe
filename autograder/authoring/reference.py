"""Writes `docs/reference.md` from the code: the keys of both TOML files, and what check files import."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec

from .. import checks
from ..course import Course, Dates, Hub, Lecture
from ..intake import marks
from ..judging import plugin
from ..policy import Late, Regrades, Weights
from ..seeds import Seed
from ..sources import variants
from ..spec import Bound, Cuda, Document, Limits, Task

REFERENCE = "docs/reference.md"
TABLES: tuple[tuple[str, str, type[msgspec.Struct]], ...] = (
    ("course.toml", "at its top", Course),
    ("course.toml", "[assignments.aNN_name]", Dates),
    ("course.toml", "[[lectures]]", Lecture),
    ("course.toml", "[weights]", Weights),
    ("course.toml", "[late]", Late),
    ("course.toml", "[regrades]", Regrades),
    ("course.toml", "[github]", Hub),
    ("assignment.toml", "at its top", Document),
    ("assignment.toml", "[[tasks]]", Task),
    ("assignment.toml", "speed = { ... }, memory = { ... } of a task", Bound),
    ("assignment.toml", "[limits]", Limits),
    ("assignment.toml", "[cuda]", Cuda),
)
KINDS = {  # what an annotation is called
    "str": "text",
    "float": "number",
    "int": "whole number",
    "bool": "true or false",
    "Positive": "number above 0",
    "Percent": "number, 0 to 100",
    "Count": "whole number from 0",
    "Weights": "table",
    "Late": "table",
    "Regrades": "table",
    "Literal['last', 'best', 'chosen']": "text",
    "Literal['informs', 'adds', 'required']": "text",
    "Positive | None": "number",
    "Identifier": "name",
    "FileName": "name of a .py file",
    "datetime | None": "time",
    "datetime": "time",
    "tuple[Lecture, ...]": "tables",
    "Bound | None": "table",
    "Limits": "table",
    "Cuda": "table",
    "Hub | None": "table",
    "tuple[str, ...]": "list of texts",
}
ANSWERS = ("wrong", "edit", "naive", "naive_on_gpu", "stray", "right")
FIXTURES = ("submission", "reference", "seed", "speed", "memory")
BEGINNING = """\
# Reference

Written by `autograder reference` from the code; do not edit it. A key without a default must be there.
"""


def reference() -> str:
    """Return the page, as Markdown."""
    seed = {f"seed.{name}": method for name, method in vars(Seed).items() if inspect.isfunction(method)}
    parts = [
        BEGINNING,
        *(f"## `{file}`: {place}\n\n{_keys(record)}" for file, place, record in TABLES),
        f"## `{marks.MARKS}`\n\n```\n{inspect.cleandoc(marks.__doc__ or '')}\n```\n",
        "## `autograder.checks`\n",
        *(_entry(name, getattr(checks, name)) for name in checks.__all__),
        "## Fixtures of checks\n",
        *(_entry(name, getattr(plugin, name), signed=False) for name in FIXTURES),
        "## `seed`\n",
        *(_entry(name, method) for name, method in seed.items() if not name.startswith("seed._")),
        "## `wrong.py` and `right.py`\n",
        *(_entry(name, getattr(variants, name)) for name in ANSWERS),
    ]
    return "\n".join(parts)


def _keys(record: type[msgspec.Struct]) -> str:
    """Return a table of keys."""
    rows = ["| key | what | default | |", "|---|---|---|---|"]
    rows += [f"| `{name}` | {kind} | {default} | {says} |" for name, kind, default, says in fields_of(record)]
    return "\n".join(rows).replace("<", "&lt;") + "\n"


def fields_of(record: type[msgspec.Struct]) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, kind, default and meaning of a record's fields, the last from the comment beside each."""
    source = textwrap.dedent(inspect.getsource(record))
    lines = source.splitlines()
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            default = f"`{ast.unparse(node.value)}`" if node.value else ""
            says = lines[(node.end_lineno or node.lineno) - 1].partition("  # ")[2]
            yield node.target.id, _kind(node.annotation), default, says


def _kind(annotation: ast.expr) -> str:
    text = ast.unparse(annotation)
    if text.startswith("Annotated["):
        text = text[len("Annotated[") :].partition(",")[0]
    return KINDS.get(text) or {"tuple": "tables", "dict": "table"}.get(text.partition("[")[0], text)


def _entry(name: str, what: Any, signed: bool = True) -> str:
    """Return a function, a class or a fixture, with its arguments where it has some, and its docstring."""
    arguments = ""
    if signed and inspect.isfunction(what):
        definition = ast.parse(textwrap.dedent(inspect.getsource(what))).body[0]
        assert isinstance(definition, ast.FunctionDef)
        arguments = f"({ast.unparse(definition.args).removeprefix('self').removeprefix(', ')})"
    return f"### `{name}{arguments}`\n\n{inspect.getdoc(what) or ''}\n"
