"""From the single source to a skeleton: cut the marked answers, or put another definition in one's place.

Both ask the syntax tree what to touch and then edit the text, so that comments and layout survive.
"""

from __future__ import annotations

import ast
import io
import re
import textwrap
from pathlib import Path

from ..spec import Assignment, Definition, SpecError, Task, definitions
from ..text import did_you_mean
from .markers import BEGIN, END, MarkerError, Region, first_line, place_of, regions


def strip(source: str, file: Path, assignment: Assignment) -> str:
    """Return the file's skeleton: each marked answer becomes one line that raises; raises MarkerError."""
    found = regions(source, file)
    tasks = [task for task in assignment.tasks if task.file == file.name]
    owners = [_owner(region, tasks, file) for region in found]
    _check_all_marked(found, tasks, source, file)
    lines = text_lines(source)
    for region, task in reversed(list(zip(found, owners, strict=True))):
        todo = f'raise NotImplementedError("TODO {task.id}: read task {task.number} in README.md")\n'
        lines[region.begin - 1 : region.end] = [" " * region.column + todo]
    return "".join(lines)


def skeletons(assignment: Assignment) -> dict[str, str]:
    """Return the files to hand in as they are released; raises MarkerError."""
    paths = dict.fromkeys(assignment.folder / task.file for task in assignment.tasks)
    return {path.name: strip(path.read_text(encoding="utf-8"), path, assignment) for path in paths}


def replace_definition(source: str, target: str, new_source: str) -> str:
    """Return `source` with the definition of `target` ("f", "Class" or "Class.method") replaced.

    `new_source` holds one definition of any name and indentation; it gets the target's name. Its decorators
    replace the old ones. Raises SpecError when either definition is not there.
    """
    known = definitions(ast.parse(source))
    if target not in known:
        raise SpecError(f"no definition of {target!r}; {did_you_mean(target, known)}")
    old = known[target]
    new = renamed(new_source, target.rsplit(".", 1)[-1])
    lines = text_lines(source)
    lines[first_line(old) - 1 : _last_line(old, lines)] = [_indented(new, " " * old.col_offset)]
    return "".join(lines)


def renamed(source: str, name: str) -> str:
    """Return the text of the one definition in `source`, dedented, calling itself `name` throughout."""
    text = textwrap.dedent(source).strip("\n") + "\n"
    nodes = [node for node in ast.parse(text).body if isinstance(node, Definition)]
    if len(nodes) != 1:
        raise SpecError(f"expected one definition to put in the place of {name!r}, got {len(nodes)}")
    return re.sub(rf"(?<![\w.]){re.escape(nodes[0].name)}\b", name, text)


def text_lines(source: str) -> list[str]:
    """Split into lines as Python counts them: str.splitlines also splits at form feeds and the like."""
    return io.StringIO(source).readlines()


def _owner(region: Region, tasks: list[Task], file: Path) -> Task:
    """Return the task whose `functions` hold the region's function, its method before its class."""
    for name in (region.function, region.function.split(".")[0]):
        for task in tasks:
            if name in task.functions:
                return task
    raise MarkerError(
        f"{place_of(file, region.begin)}: '{region.function}' is in no task's functions; "
        "add it to one in assignment.toml, or remove the markers"
    )


def _check_all_marked(found: tuple[Region, ...], tasks: list[Task], source: str, file: Path) -> None:
    marked = {name for region in found for name in (region.function, region.function.split(".")[0])}
    known = definitions(ast.parse(source))
    for task in tasks:
        for function in task.functions:
            if function not in marked:
                line = known[function].lineno if function in known else 1
                raise MarkerError(
                    f"{place_of(file, line)}: '{function}' of task '{task.id}' has no marked answer; "
                    f"enclose it in '{BEGIN}' and '{END}'"
                )


def _indented(text: str, indent: str) -> str:
    """Indent code, leaving the inner lines of strings as they are."""
    inner: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr | ast.Constant):
            inner |= set(range(node.lineno + 1, (node.end_lineno or 0) + 1))
    numbered = enumerate(text_lines(text), start=1)
    return "".join(line if n in inner or not line.strip() else indent + line for n, line in numbered)


def _last_line(node: Definition, lines: list[str]) -> int:
    """Return a definition's last line, the comments that end its body included."""
    last = node.end_lineno or node.lineno
    for number, line in enumerate(lines[last:], start=last + 1):
        text = line.strip()
        if text and (not text.startswith("#") or len(line) - len(line.lstrip()) <= node.col_offset):
            break
        last = number if text else last
    return last
