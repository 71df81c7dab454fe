"""What check files and handout must be before a single check runs: complete, documented, and honest."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..judging.plugin import HIDDEN, PUBLIC, Check
from ..records import Visibility
from ..sources.similarity import Function
from ..spec import SPEC_FILE, STAFF_ONLY, Assignment, Task, parse_file
from ..text import did_you_mean

HANDOUT = "README.md"


def lint(assignment: Assignment, checks: Iterable[Check]) -> list[str]:
    """Return a sentence for each rule that the check files or the handout break."""
    checks = list(checks)
    return [
        *_coverage(assignment, checks),
        *_unknown_tasks(assignment, checks),
        *_without_hint(checks),
        *_check_files(assignment),
        *_plays(assignment),
        *_handout(assignment, checks),
    ]


def _coverage(assignment: Assignment, checks: list[Check]) -> Iterator[str]:
    """Every task needs a public check, a hidden check, and a hidden gate."""
    for task in assignment.tasks:
        own = [check for check in checks if check.task == task.id]
        hidden = [check for check in own if check.visibility is Visibility.HIDDEN]
        place = f"{assignment.name}/assignment.toml: task {task.id!r}"
        if len(hidden) == len(own):
            yield f"{place} has no public check; write one in {PUBLIC}/"
        if not hidden:
            yield f"{place} has no hidden check; write one in {HIDDEN}/"
        elif not any(check.gate for check in hidden):
            yield f"{place} has no hidden gate; mark a check with fresh inputs @task({task.id!r}, gate=True)"


def _unknown_tasks(assignment: Assignment, checks: list[Check]) -> Iterator[str]:
    known = [task.id for task in assignment.tasks]
    for check in checks:
        if check.task not in known:
            yield f"{check.name}: unknown task {check.task!r}; {did_you_mean(check.task, known)}"


def _without_hint(checks: list[Check]) -> Iterator[str]:
    """A hidden check that fails shows neither its line nor its numbers, so its hint is all that is read."""
    for check in checks:
        if check.visibility is Visibility.HIDDEN and not (check.hint or check.measured):
            yield f"{check.name}: has no hint; write under its line, in the docstring, what it is about"


def _check_files(assignment: Assignment) -> Iterator[str]:
    for folder in (PUBLIC, HIDDEN):
        for path in sorted((assignment.folder / folder).rglob("*.py")):
            tree = parse_file(path)
            name = path.relative_to(assignment.folder).as_posix()
            yield from _imports(tree, name, assignment)
            for node in ast.walk(tree):
                if isinstance(node, Function):
                    yield from _check(node, f"{name}:{node.lineno}", folder)


def _check(node: Function, place: str, folder: str) -> Iterator[str]:
    """A check says what it checks; only a hidden one may ask the reference."""
    if not node.name.startswith("test_"):
        return
    fixtures = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if folder == PUBLIC and "reference" in fixtures:
        yield (
            f"{place}: {node.name} uses `reference`, which students do not have; "
            f"use a closed form, or move it to {HIDDEN}/"
        )
    if not ast.get_docstring(node):
        yield f"{place}: {node.name} has no docstring; write the line that the student reads"


def _plays(assignment: Assignment) -> Iterator[str]:
    """Plays get the code as an argument: one that imports it dies with any file that does not import."""
    ideas = {task.file for task in assignment.tasks}
    for path in sorted(assignment.folder.glob("*.py")):
        if path.name not in ideas | STAFF_ONLY and path.name.startswith("plays"):
            yield from _imports(parse_file(path), path.name, assignment)


def _imports(tree: ast.Module, name: str, assignment: Assignment) -> Iterator[str]:
    """Checks never import the files to hand in: they would get the reference's whatever is under test."""
    ideas = {Path(task.file).stem for task in assignment.tasks}
    for node in ast.walk(tree):
        words: set[str] = set()
        if isinstance(node, ast.ImportFrom) and (node.level or assignment.name in (node.module or "")):
            words = {*(node.module or "").split("."), *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            words = {
                word
                for alias in node.names
                if assignment.name in alias.name
                for word in alias.name.split(".")
            }
        for idea in sorted(words & ideas):
            line = getattr(node, "lineno", 1)
            yield f"{name}:{line}: imports {idea}.py; call it through `submission` (in a play: `code`)"


def _handout(assignment: Assignment, checks: list[Check]) -> Iterator[str]:
    """What a task's header and "Check." line state is what assignment.toml and the check files say."""
    path = assignment.folder / HANDOUT
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for task in assignment.tasks if lines else ():
        own = [check.visibility for check in checks if check.task == task.id]
        command = f"**Check.** `autograder check {assignment.name.split('_')[0]} {task.id}` "
        for start, due in (
            (f"### Task {task.number} ", _header(task)),
            (command, f"{command}— {_counted(own)} when you hand in."),
        ):
            found = [(number, line) for number, line in enumerate(lines, 1) if line.startswith(start)]
            if not found:
                yield f"{HANDOUT}: task {task.id!r} lacks its line; write: {due}"
            for number, line in found:
                if not line.startswith(due):
                    yield f"{HANDOUT}:{number}: not as {SPEC_FILE} and checks have it; write: {due}"


def _header(task: Task) -> str:
    stars = "●" * task.difficulty + "○" * (5 - task.difficulty)
    unit = "point" if task.points == 1 else "points"
    return f"### Task {task.number} `{task.id}` — {task.points:g} {unit} · {stars} · {task.minutes} minutes"


def _counted(own: list[Visibility]) -> str:
    public, hidden = own.count(Visibility.PUBLIC), own.count(Visibility.HIDDEN)
    return (
        f"{public} public check{'s' * (public != 1)} now, {hidden} hidden {'ones' if hidden != 1 else 'one'}"
    )
