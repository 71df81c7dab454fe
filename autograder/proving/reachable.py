"""What a worker can import beside a submission: staff's modules and plays, `common/`, parts of the engine."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..calls.wire import Request
from ..judging.judge import Judge
from ..records import Visibility
from ..sources.given import given_files
from ..spec import Assignment

ASKED = "probe.importable"
PROBE = """\
import importlib

def importable(names):
    found = []
    for name in names:
        try:
            importlib.import_module(name)
            found.append(name)
        except BaseException:
            pass
    return found
"""
SYSTEM = "autograder.isolation"  # makes system calls and answers nothing: not tried in this process
DATA = re.compile(r"Tensor|Float|Int|Bool|Num|\bfloat|\bint|\bbool|Any|ndarray")


@dataclass(frozen=True)
class Reachable:
    """A function or class that a submission could call."""

    name: str  # "plays.gaussian", "common.exact.gaussian.gaussian_log_density"
    function: Callable[..., Any]


def modules_beside(judge: Judge) -> list[str]:
    """Return the modules of `common/` and of the engine that a worker imports; a worker is asked."""
    root, engine = judge.assignment.folder.parents[1], Path(__file__).parents[1]
    names = [*_names(root / "common"), *_names(engine)]
    folders = judge.staging.stage("reachable", {"probe.py": PROBE.encode()})[Visibility.HIDDEN]
    worker = judge.sandbox.start(judge.staging.package, folders)
    try:
        found: list[str] = worker.ask(Request(1, ASKED, (names,), {})).value
    finally:
        worker.kill()
        judge.staging.remove("reachable")
    return [name for name in found if not name.startswith(SYSTEM)]


def _names(package: Path) -> Iterator[str]:
    for path in sorted(package.rglob("*.py")):
        yield ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")


def staged_modules(assignment: Assignment) -> list[str]:
    """Return the modules that are staged with a submission, with a dot: ".plays", ".hidden.plays"."""
    names = [f".{path.removesuffix('.py').replace('/', '.')}" for path in given_files(assignment)]
    return [name for name in names if not name.endswith(".__init__")]


def reachable(assignment: Assignment, package: str, modules: Iterable[str]) -> Iterator[Reachable]:
    """Yield what could answer, in an imported variant: all that these modules define but what is graded."""
    graded = {f".{Path(task.file).stem}.{name}" for task in assignment.tasks for name in task.functions}
    for name in modules:
        module = importlib.import_module(name, package)
        for one, value in list(vars(module).items()):
            own = getattr(value, "__module__", "") == module.__name__
            if own and f"{name}.{one}" not in graded and _may_answer(value):
                yield Reachable(f"{name}.{one}".removeprefix("."), value)


def _may_answer(value: Any) -> bool:
    """Say whether this is a class, or a function that may return data by its annotation."""
    if not inspect.isfunction(value):
        return inspect.isclass(value)
    return bool(DATA.search(str(value.__annotations__.get("return", "Any"))))


def only_calls_torch(function: Callable[..., Any]) -> bool:
    """Say whether a function does nothing but return what a function of torch returns."""
    try:
        definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError):
        return False
    last = getattr(definition, "body", [None])[-1]
    call = last.value if isinstance(last, ast.Return) else None
    straight = len(getattr(definition, "body", [])) == 1 + (ast.get_docstring(definition) is not None)  # type: ignore[arg-type]
    return straight and isinstance(call, ast.Call) and ast.unparse(call.func).startswith("torch.")
