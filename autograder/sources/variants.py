"""Wrong answers, right answers and mutants: the reference's source tree with one definition replaced.

`wrong.py` and `right.py` are read, not run. A variant is imported from memory as a package of its own, so
that siblings which import the replaced function by name get the replacement too. A wrong answer is a whole
definition, or an `edit`: the reference's definition with one piece of its text replaced by another.
"""

from __future__ import annotations

import ast
import functools
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..spec import Assignment, Definition, SpecError, definitions, parse_file
from ..text import did_you_mean
from .inmemory import load_package, unload_package
from .markers import BEGIN, END, first_line
from .source import renamed, replace_definition, text_lines

__all__ = [
    "Right",
    "Wrong",
    "edit",
    "load_package",
    "naive",
    "naive_on_gpu",
    "read_naive",
    "read_naive_on_gpu",
    "read_right",
    "read_strays",
    "read_wrong",
    "right",
    "stray",
    "unload_package",
    "variant_files",
    "variant_sources",
    "wrong",
]

F = TypeVar("F", bound=Callable[..., Any])
EDIT = ("task", "name", "old", "new", "says", "read", "replaces")  # the arguments of `edit`
EDITS = {"wrong": "edit", "stray": "stray"}  # what is read -> the call that says so by an edit


class Wrong(msgspec.Struct, frozen=True):
    """One wrong answer that real students give. `says` completes "This is what you get when ..."."""

    name: str
    task: str
    replaces: str  # "f", "Class" or "Class.method" in the task's file
    source: str
    says: str
    read: str = ""
    line: int = 0  # in wrong.py


class Right(msgspec.Struct, frozen=True):
    """One right answer that is written another way than the reference."""

    name: str
    task: str
    replaces: str
    source: str
    how: str
    line: int = 0  # in right.py


def wrong(task: str, says: str, *, read: str = "", replaces: str = "") -> Callable[[F], F]:
    """Mark a definition in `wrong.py` as a wrong answer to `task`; leave it as it is."""
    return lambda definition: definition


def naive(task: str, says: str, *, read: str = "", replaces: str = "") -> Callable[[F], F]:
    """Mark a definition in `wrong.py` as right but slow, or wasteful of memory; leave it as it is."""
    return lambda definition: definition


def naive_on_gpu(task: str, says: str, *, read: str = "", replaces: str = "") -> Callable[[F], F]:
    """Mark a definition in `wrong.py` as right, and slow or wasteful on a GPU; leave it as it is."""
    return lambda definition: definition


def edit(task: str, name: str, old: str, new: str, says: str, *, read: str = "", replaces: str = "") -> None:
    """Say in `wrong.py`, outside of functions, that a wrong answer has `new` where the reference has `old`.

    `old` occurs exactly once in the source of the definition that `name`, `<function>__<what is different>`,
    begins with, or that `replaces` names. Running this does nothing: like the decorators, it is read.
    """


def stray(task: str, name: str, old: str, new: str, says: str, *, read: str = "", replaces: str = "") -> None:
    """Say in `wrong.py`, as `edit` does, how an answer is right on the CPU and fails on a GPU.

    `says` are words of the sentence that the pretend GPU tells about it.
    """


def right(task: str, how: str, *, replaces: str = "") -> Callable[[F], F]:
    """Mark a definition in `right.py` as a right answer to `task`; leave it as it is."""
    return lambda definition: definition


def read_wrong(assignment: Assignment) -> tuple[Wrong, ...]:
    """Read `wrong.py`; raises SpecError with file and line."""
    entries = _read(assignment, assignment.folder / "wrong.py", "wrong", ("task", "says", "read", "replaces"))
    return tuple(Wrong(**entry) for entry in entries)


def read_strays(assignment: Assignment) -> tuple[Wrong, ...]:
    """Read the answers in `wrong.py` that fail on a GPU only; raises SpecError with file and line."""
    entries = _read(assignment, assignment.folder / "wrong.py", "stray", ("task", "says", "read", "replaces"))
    return tuple(Wrong(**entry) for entry in entries)


def read_naive(assignment: Assignment) -> tuple[Wrong, ...]:
    """Read the naive answers in `wrong.py`; raises SpecError with file and line."""
    entries = _read(assignment, assignment.folder / "wrong.py", "naive", ("task", "says", "read", "replaces"))
    return tuple(Wrong(**entry) for entry in entries)


def read_naive_on_gpu(assignment: Assignment) -> tuple[Wrong, ...]:
    """Read the answers in `wrong.py` that are naive on a GPU; raises SpecError with file and line."""
    names = ("task", "says", "read", "replaces")
    entries = _read(assignment, assignment.folder / "wrong.py", "naive_on_gpu", names)
    return tuple(Wrong(**entry) for entry in entries)


def read_right(assignment: Assignment) -> tuple[Right, ...]:
    """Read `right.py`; raises SpecError with file and line."""
    entries = _read(assignment, assignment.folder / "right.py", "right", ("task", "how", "replaces"))
    return tuple(Right(**entry) for entry in entries)


def variant_sources(assignment: Assignment, variant: Wrong | Right) -> dict[str, str]:
    """Return the one file that the variant changes, as {file name: source}."""
    file = assignment.task(variant.task).file
    reference = (assignment.folder / file).read_text(encoding="utf-8")
    return {file: replace_definition(reference, variant.replaces, variant.source)}


def variant_files(assignment: Assignment, variant: Wrong | Right | None) -> dict[str, bytes]:
    """Return what a student with this variant hands in; with None, the reference."""
    reference = {task.file: (assignment.folder / task.file).read_bytes() for task in assignment.tasks}
    sources = variant_sources(assignment, variant) if variant else {}
    return reference | {file: text.encode() for file, text in sources.items()}


def _read(
    assignment: Assignment, path: Path, decorator: str, parameters: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return what one file says, definition by definition and edit by edit, as arguments of its records."""
    if not path.is_file():
        return []
    graded = dict.fromkeys(assignment.folder / task.file for task in assignment.tasks)
    contents = tuple(file.read_bytes() for file in (path, *graded))
    return list(_entries(assignment, path, decorator, parameters, contents))


@functools.lru_cache(maxsize=64)
def _entries(
    assignment: Assignment,
    path: Path,
    decorator: str,
    parameters: tuple[str, ...],
    contents: tuple[bytes, ...],
) -> list[dict[str, Any]]:
    """Read one file, once as long as it and the graded ones have these contents."""
    lines = text_lines(path.read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = []
    for node in parse_file(path).body:
        place = f"{assignment.name}/{path.name}:{node.lineno}"
        marks = [mark for mark in getattr(node, "decorator_list", []) if _name_of(mark) == decorator]
        if isinstance(node, Definition) and marks:
            entry = _arguments(marks[0], parameters, place) | {"name": node.name}
        elif isinstance(node, ast.Expr) and _name_of(node.value) == EDITS.get(decorator):
            entry = _arguments(node.value, EDIT, place)
        else:
            continue
        _check_entry(assignment, entry, place, parameters[1])
        if entry["name"] in [other["name"] for other in entries]:
            raise SpecError(f"{place}: {entry['name']!r} is defined twice; give each answer its own name")
        if isinstance(node, Definition):
            text = _without(lines, node, marks[0])
        else:
            text = _edited(assignment, entry, place)
        source = renamed(text, entry["replaces"].rsplit(".", 1)[-1])
        entries.append({**entry, "source": source, "line": node.lineno})
    return entries


def _edited(assignment: Assignment, entry: dict[str, str], place: str) -> str:
    """Return the reference's definition with an edit made, taking `old` and `new` out of the entry."""
    old, new, target = entry.pop("old", ""), entry.pop("new", ""), entry["replaces"]
    file = assignment.task(entry["task"]).file
    source = (assignment.folder / file).read_text(encoding="utf-8")
    node = definitions(ast.parse(source))[target]
    lines = text_lines(source)[first_line(node) - 1 : node.end_lineno]
    text = "".join(line for line in lines if line.strip() not in (BEGIN, END))
    times = text.count(old) if old else 0
    if times != 1:
        remedy = "take more of the text around it" if times else f"copy the text from {file}"
        raise SpecError(f"{place}: {old!r} occurs {times or 'no'} times in {target!r}; {remedy}")
    edited = text.replace(old, new)
    try:
        ast.parse(textwrap.dedent(edited))
    except SyntaxError as problem:
        raise SpecError(f"{place}: {target!r} cannot be read with {new!r} in it: {problem.msg}") from problem
    return edited


def _arguments(mark: ast.expr, parameters: tuple[str, ...], place: str) -> dict[str, str]:
    """Return the arguments of a decorator or an edit by name; all must be plain strings."""
    if not isinstance(mark, ast.Call):
        raise SpecError(f"{place}: the decorator needs arguments: the task and a sentence")
    if len(mark.args) > len(parameters):
        raise SpecError(f"{place}: {len(mark.args)} arguments; it takes {', '.join(parameters)}")
    given = dict(zip(parameters, mark.args, strict=False))
    given |= {keyword.arg or "": keyword.value for keyword in mark.keywords}
    values: dict[str, str] = {}
    for name, node in given.items():
        if name not in parameters:
            raise SpecError(f"{place}: unknown argument {name!r}; {did_you_mean(name, parameters)}")
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            raise SpecError(f"{place}: {name} must be a plain string, because this file is read and not run")
        values[name] = node.value
    return values


def _check_entry(assignment: Assignment, entry: dict[str, str], place: str, sentence: str) -> None:
    """Complete an entry by what it replaces; refuse it unless task, sentence and definition are there."""
    known_tasks = [task.id for task in assignment.tasks]
    if entry.get("task") not in known_tasks:
        task = entry.get("task", "")
        raise SpecError(f"{place}: unknown task {task!r}; {did_you_mean(task, known_tasks)}")
    entry["name"] = entry.get("name", "")
    entry["replaces"] = entry.get("replaces") or _replaced(entry["name"], place)
    if not entry.get(sentence, "").strip():
        raise SpecError(f"{place}: {entry['name']!r} needs its sentence ({sentence!r})")
    file = assignment.task(entry["task"]).file
    known = definitions(parse_file(assignment.folder / file))
    if entry["replaces"] not in known:
        hint = did_you_mean(entry["replaces"], known)
        raise SpecError(f"{place}: no {entry['replaces']!r} in {file}; {hint}")


def _replaced(name: str, place: str) -> str:
    target, separator, _ = name.partition("__")
    if not target or not separator:
        raise SpecError(f"{place}: name it <function>__<what is different>, or say replaces='...'")
    return target


def _without(lines: list[str], node: Definition, mark: ast.expr) -> str:
    """Return the text of a definition without one of its decorators."""
    first = min(decorator.lineno for decorator in node.decorator_list)
    dropped = range(mark.lineno, (mark.end_lineno or mark.lineno) + 1)
    last = node.end_lineno or node.lineno
    return "".join(lines[n - 1] for n in range(first, last + 1) if n not in dropped)


def _name_of(mark: ast.expr) -> str:
    function = mark.func if isinstance(mark, ast.Call) else mark
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
