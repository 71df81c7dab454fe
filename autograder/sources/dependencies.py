"""What a piece of an assignment's code uses, found by following names through the syntax trees.

Names are "schedule.alpha_bars", "blocks.ResBlock.forward" or "plays.resblock". Where a use cannot be read
from the source (an attribute looked up by a string), everything counts as used: too much is safe.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..spec import LAB_JUDGE, STAFF_ONLY, Assignment, Task, definitions, parse_file
from .similarity import local_names

Uses = Mapping[str, frozenset[str]]  # a name and all that it reaches, itself included


@dataclass(frozen=True)
class _Module:
    """One file: what it defines, and what its imports call the other files' definitions."""

    name: str  # "schedule", "hidden.plays"
    bindings: dict[str, ast.AST]
    imported: dict[str, str]  # local name -> "schedule.alpha_bars" or "schedule"


def uses_of(assignment: Assignment) -> Uses:
    """Return for every definition in the assignment's own files all definitions that it reaches."""
    modules = {module.name: module for module in _modules(assignment)}
    direct = {
        f"{module.name}.{name}": frozenset(_used(module, name, node, modules))
        for module in modules.values()
        for name, node in module.bindings.items()
    }
    return {name: _closure(name, direct) for name in direct}


def names_of(task: Task) -> frozenset[str]:
    """Return the names of a task's functions."""
    return frozenset(f"{task.file.removesuffix('.py')}.{function}" for function in task.functions)


def dependents(assignment: Assignment, uses: Uses) -> dict[str, frozenset[str]]:
    """Return for each task the other tasks whose answers use it, or that need it, also through others."""
    direct = {
        task.id: frozenset(
            other.id
            for other in assignment.tasks
            if other is not task and (task.id in other.needs or _task_uses(other, uses) & names_of(task))
        )
        for task in assignment.tasks
    }
    return {task: _closure(task, direct) - {task} for task in direct}


def _task_uses(task: Task, uses: Uses) -> frozenset[str]:
    return frozenset().union(*(uses.get(name, frozenset()) for name in names_of(task)))


def _modules(assignment: Assignment) -> Iterator[_Module]:
    apart = STAFF_ONLY | {LAB_JUDGE}
    paths = [path for path in assignment.folder.glob("*.py") if path.name not in apart]
    paths += [
        path for path in (assignment.folder / "hidden").glob("*.py") if not path.name.startswith("test_")
    ]
    for path in sorted(paths):
        parts = path.relative_to(assignment.folder).with_suffix("").parts
        tree = parse_file(path)
        yield _Module(".".join(parts), _bindings(tree), _imported(tree, parts[:-1]))


def _bindings(tree: ast.Module) -> dict[str, ast.AST]:
    """Map each name that a file defines to its definition, assignments at the top included."""
    found: dict[str, ast.AST] = dict(definitions(tree))
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            found |= {name: node for name in local_names(node)}
    return found


def _imported(tree: ast.Module, folder: tuple[str, ...]) -> dict[str, str]:
    """Map local names to what relative imports, wherever they stand, bind to them."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            home = folder[: len(folder) - node.level + 1]
            for alias in node.names:
                parts = (*home, *(node.module or "").split("."), alias.name)
                found[alias.asname or alias.name] = ".".join(filter(None, parts))
    return found


def _used(module: _Module, name: str, node: ast.AST, modules: dict[str, _Module]) -> Iterator[str]:
    """Yield what one definition uses by itself; a method stands for its class and the other way round."""
    owner, _, method = name.rpartition(".")
    yield f"{module.name}.{name}"
    if method and owner:
        yield f"{module.name}.{owner}"
    yield from (f"{module.name}.{other}" for other in module.bindings if other.startswith(f"{name}."))
    local = local_names(node) - module.imported.keys()
    for sub in ast.walk(node):
        if isinstance(sub, ast.Name) and isinstance(sub.ctx, ast.Load) and sub.id not in local:
            if sub.id in ("getattr", "globals", "vars", "eval", "exec"):
                yield from _everything(modules)
            elif sub.id in module.bindings:
                yield f"{module.name}.{sub.id}"
            elif sub.id in module.imported:
                yield module.imported[sub.id]
        elif isinstance(sub, ast.Attribute):
            yield from _through(sub, module, modules)


def _through(node: ast.Attribute, module: _Module, modules: dict[str, _Module]) -> Iterator[str]:
    """Yield what `code.schedule.alpha_bars`, `schedule.alpha_bars` or `block.forward` may mean."""
    before = node.value
    if node.attr == "__init__":  # of a base class, which is found by its name
        return
    word = before.attr if isinstance(before, ast.Attribute) else getattr(before, "id", "")
    yield f"{module.imported.get(word, word)}.{node.attr}"
    for other in modules.values():
        for name in other.bindings:
            if name.endswith(f".{node.attr}"):  # a method: which object's, the source does not say
                yield f"{other.name}.{name}"


def _everything(modules: dict[str, _Module]) -> Iterator[str]:
    return (f"{module.name}.{name}" for module in modules.values() for name in module.bindings)


def _closure(start: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = (direct.get(waiting.pop(), frozenset()) & direct.keys()) - found
        found |= new
        waiting += new
    return frozenset(found)
