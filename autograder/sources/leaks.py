"""Proves that no answer survives in what students get: as code under other names, as text, or as bytecode.

What counts is a whole answer, or one line of it that says something by itself; smaller pieces
(`x = x.float()`) are everywhere and give nothing away.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import marshal
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from ..spec import Assignment, assignment_folders, definitions, load_assignment
from .markers import BEGIN, END, regions
from .similarity import Function, key, local_names, size, sizes

MIN_ANSWER = 12  # syntax-tree nodes of a whole answer; torch.linspace(a, b, n, dtype=...) has 9
MIN_LINE = 16  # of one line of it; a.sqrt() * x + (1 - a).sqrt() * y has 17
AROUND = ("common", "autograder")  # released beside every assignment
GIVEN = ("assignments", *AROUND, "tests")  # all that is not withheld from students
TEXT = frozenset({".py", ".md", ".toml", ".json", ".ipynb", ".txt", ".html", ".svg", ".csv", ".yml", ".cfg"})


@dataclass(frozen=True)
class Answers:
    """What must not appear, each with the place of the answer that it would give away."""

    expressions: dict[str, str] = field(default_factory=dict)  # key of an expression
    blocks: dict[str, str] = field(default_factory=dict)  # key of consecutive statements
    texts: dict[str, str] = field(default_factory=dict)  # code without blanks
    bytecode: dict[tuple[str, bytes, str], str] = field(default_factory=dict)
    lengths: dict[str, set[int]] = field(default_factory=dict)  # of the blocks that begin with this key
    sizes: set[int] = field(default_factory=set)  # of the expressions, in nodes


def leaks(root: Path) -> list[str]:
    """Return a line for every place outside `solutions/` that holds an answer or a marker."""
    return leaks_in(files_below(root, GIVEN), answers_of(all_assignments(root)))


def leaks_of(assignment: Assignment) -> list[str]:
    """Return a line for every place in what students get of one assignment that holds any answer."""
    root = assignment.folder.parents[1]
    released = files_below(root, [f"{GIVEN[0]}/{assignment.name}"])
    return leaks_in(released, answers_of(all_assignments(root)))


def files_below(root: Path, tops: Iterable[str]) -> dict[str, bytes]:
    """Return the files of these folders in which an answer could stand, path -> content."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for top in tops
        for path in sorted((root / top).rglob("*"))
        if path.is_file() and _concerns(path, top)
    }


def all_assignments(root: Path) -> list[Assignment]:
    """Load every assignment of `solutions/`."""
    return [load_assignment(folder) for folder in assignment_folders(root / "solutions")]


def answers_of(assignments: Iterable[Assignment]) -> Answers:
    """Collect all answers of these assignments."""
    answers = Answers()
    for assignment in assignments:
        for file in dict.fromkeys(task.file for task in assignment.tasks):
            _add_file(answers, assignment.folder / file)
    return answers


def leaks_in(files: Mapping[str, bytes], answers: Answers) -> list[str]:
    """Return a line for every place in `files` (path -> content) that holds an answer or a marker."""
    found: dict[tuple[str, str], str] = {}
    for name, content in files.items():
        search = _in_bytecode if name.endswith(".pyc") else _in_text_file
        for line, place in search(name, content, answers):
            at = f"{name}:{line}" if line else name
            found.setdefault((name, place), f"{at}: holds {place}")
    return list(found.values())


def _concerns(path: Path, top: str) -> bool:
    if top.startswith(GIVEN[0]):
        return True
    return path.suffix in (TEXT if top == "common" else {".py"})


def _add_file(answers: Answers, path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    functions = definitions(tree)
    shown = f"{path.parent.name}/{path.name}"
    marked = regions(source, path)
    for region in marked:
        place = f"the answer in {shown}:{region.begin} ({region.function})"
        local = local_names(functions[region.function])
        values = [_value(statement) for statement in region.statements]
        if len(values) > 1 and sum(map(size, values)) >= MIN_ANSWER:
            answers.blocks.setdefault(key([*region.statements[:-1], values[-1]], local), place)
            answers.lengths.setdefault(key(region.statements[:1], local), set()).add(len(values))
        for value in values:
            if size(value) >= (MIN_LINE if len(values) > 1 else MIN_ANSWER):
                answers.expressions.setdefault(key([value], local), place)
                answers.sizes.add(size(value))
            if size(value) >= MIN_LINE:
                answers.texts.setdefault(_squeezed(ast.unparse(value)), place)
    names = {region.function.rsplit(".", 1)[-1] for region in marked}
    for code in _functions(compile(tree, str(path), "exec", dont_inherit=True)):
        if code.co_name in names:
            answers.bytecode.setdefault(_trace(code), f"the answer in {shown} ({code.co_name}) as bytecode")


def _in_text_file(name: str, content: bytes, answers: Answers) -> Iterator[tuple[int, str]]:
    """Yield (line, what) for an answer as code, then for one as text, then for markers."""
    text = content.decode("utf-8", errors="replace")
    python = text if name.endswith(".py") else _cells(text) if name.endswith(".ipynb") else ""
    with contextlib.suppress(SyntaxError, ValueError):  # what does not parse can still be searched as text
        yield from _in_code(ast.parse(python), answers)
    squeezed = _squeezed(text)
    yield from ((0, place) for answer, place in answers.texts.items() if answer in squeezed)
    if name.startswith(GIVEN[0]):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() in (BEGIN, END):
                yield number, f"the marker '{line.strip()}'"


def _in_code(tree: ast.Module, answers: Answers) -> Iterator[tuple[int, str]]:
    for scope, local in _scopes(tree):
        nodes = sizes(scope)
        for node in nodes:
            if isinstance(node, ast.expr) and nodes[node] in answers.sizes:
                place = answers.expressions.get(key([node], local))
                if place:
                    yield node.lineno, place
            for _, block in ast.iter_fields(node):
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    yield from _in_block(block, local, answers)


def _in_block(block: list[ast.stmt], local: frozenset[str], answers: Answers) -> Iterator[tuple[int, str]]:
    for start, first in enumerate(block):
        for length in answers.lengths.get(key([first], local), ()):
            window = block[start : start + length]
            place = answers.blocks.get(key([*window[:-1], _value(window[-1])], local))
            if place:
                yield first.lineno, place


def _scopes(tree: ast.Module) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Yield each outermost function, and the rest of the module as one, with the names bound in it."""
    rest: list[ast.stmt] = []
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, Function):
            yield node, local_names(node)
        elif isinstance(node, ast.ClassDef):
            waiting += node.body
        else:
            rest.append(node)
    module = ast.Module(rest, [])
    yield module, local_names(module)


def _value(statement: ast.stmt) -> ast.AST:
    """Return what a statement computes: `return E`, `x = E` and `E` are the same answer."""
    match statement:
        case ast.Return(value=ast.expr() as value) | ast.Expr(value=value):
            return value
        case (
            ast.Assign(targets=[ast.Name() | ast.Tuple()], value=value)
            | ast.AnnAssign(value=ast.expr() as value)
        ):
            return value
    return statement


def _in_bytecode(name: str, content: bytes, answers: Answers) -> Iterator[tuple[int, str]]:
    if content[:4] != importlib.util.MAGIC_NUMBER:
        yield 0, "bytecode of another Python, which cannot be searched: delete it"
        return
    for code in _functions(marshal.loads(content[16:])):
        if _trace(code) in answers.bytecode:
            yield 0, answers.bytecode[_trace(code)]


def _functions(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _functions(constant)


def _trace(code: CodeType) -> tuple[str, bytes, str]:
    return code.co_name, code.co_code, repr([c for c in code.co_consts if not isinstance(c, CodeType)])


def _cells(notebook: str) -> str:
    """Return a notebook's code; lines that only a notebook understands are dropped."""
    try:
        cells = json.loads(notebook)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        return ""
    lines = "\n".join(sources).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def _squeezed(text: str) -> str:
    """Return text without blanks, quotes and backslashes, so that layout and JSON escapes do not matter."""
    return re.sub(r"\\n|[\s\\'\"]", "", text)
