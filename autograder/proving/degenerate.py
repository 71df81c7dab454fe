"""Answers that are no answers, and the proof that each earns exactly 0 on its task.

Each is the reference's tree with the bodies of a task's functions replaced by a call of one of the functions
below, which gets the real reference and the arguments. So `None`, zeros and the like come in the right shape.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..calls import wire
from ..calls.outcomes import StudentError
from ..calls.undertest import Call
from ..calls.wire import Request
from ..errors import Stop
from ..records import Visibility
from ..seeds import PRACTICE
from ..sources.source import replace_definition
from ..spec import Assignment, Task, definitions
from .harness import Harness, points
from .verified import Degenerates

Reference = Callable[..., Any]
_tape: dict[Reference, list[tuple[bytes, Any]]] = {}  # what the public checks asked, and what they got


def returns_none(reference: Reference, *args: Any, **kwargs: Any) -> None:
    """Return nothing."""


def returns_zeros(reference: Reference, *args: Any, **kwargs: Any) -> Any:
    """Return zeros in the shape of the reference's result."""
    return _filled(_asked(reference, args, kwargs), 0.0)


def returns_nan(reference: Reference, *args: Any, **kwargs: Any) -> Any:
    """Return NaN in the shape of the reference's result."""
    return _filled(_asked(reference, args, kwargs), math.nan)


def returns_its_input(reference: Reference, *args: Any, **kwargs: Any) -> Any:
    """Return the first tensor that came in, as often as the reference returns something."""
    unchanged = _first_input(args, kwargs)
    result = _asked(reference, args, kwargs)
    return (unchanged,) * len(result) if isinstance(result, tuple) else unchanged


def returns_recorded_outputs(reference: Reference, *args: Any, **kwargs: Any) -> Any:
    """Return what the public checks got for these arguments; for any others, what they got last."""
    tape = _tape.get(reference, [])
    key = _key(args, kwargs)
    known = [result for asked, result in tape if asked == key]
    if not tape:
        raise LookupError("the public checks never called this function")
    return copy.deepcopy(known[0] if known else tape[-1][1])


def records(reference: Reference, *args: Any, **kwargs: Any) -> Any:
    """Return the reference's result and record it."""
    key = _key(args, kwargs)
    result = reference(*args, **kwargs)
    _tape.setdefault(reference, []).append((key, copy.deepcopy(result)))
    return result


KINDS = (returns_none, returns_zeros, returns_its_input, returns_nan, returns_recorded_outputs)


def degenerate_answers_earn_nothing(harness: Harness) -> Degenerates:
    """Judge each kind on each task; its gates come first, for one that is shut settles it."""
    record_public_outputs(harness)
    total = zero = 0
    tasks = [task for task in harness.tasks if replaceable(harness.assignment, task)]
    for task in tasks:
        for kind in KINDS:
            total += 1
            points_earned = _earned(harness, task, kind)
            zero += points_earned == 0
            if points_earned:
                harness.problems.append(
                    f"task {task.id!r}: an answer that {_says(kind)} earns {points_earned:g} points; "
                    "its gate must tell that from an honest attempt, on fresh inputs"
                )
    _tape.clear()
    return Degenerates(total, zero)


def _earned(harness: Harness, task: Task, kind: Reference) -> float:
    what = f"an answer to {task.id!r} that {_says(kind)}"
    sources = degenerate_sources(harness.assignment, task, kind)
    checks = harness.of_task(task)
    gates = harness.run(what, sources, checks=[check for check in checks if check.gate])
    if gates and not points(task, gates):
        return 0.0
    return points(task, harness.run(what, sources, checks=checks))


def record_public_outputs(harness: Harness) -> None:
    """Run the public checks as at home, and record what the functions to be written return."""
    _tape.clear()
    sources: dict[str, str] = {}
    for task in harness.assignment.tasks:
        sources |= degenerate_sources(harness.assignment, task, records, sources)
    public = [check for check in harness.checks if check.visibility is Visibility.PUBLIC]
    harness.run("a recording of the reference", sources, PRACTICE, public)


def degenerate_sources(
    assignment: Assignment, task: Task, kind: Reference, sources: dict[str, str] | None = None
) -> dict[str, str]:
    """Return the task's file with each of its functions answering by `kind`; signatures stay."""
    source = (sources or {}).get(task.file) or (assignment.folder / task.file).read_text(encoding="utf-8")
    for target in replaceable(assignment, task):
        source = answering_by(kind, assignment, task, target, source)
    return {task.file: source}


def answering_by(kind: Reference, assignment: Assignment, task: Task, target: str, source: str) -> str:
    """Return a source with one function's body replaced by a call of `kind`."""
    node = definitions(ast.parse(source))[target]
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    module = f"{assignment.package}.{Path(task.file).stem}"
    call = f"_kinds.{kind.__name__}({', '.join([f'_reference.{target}', *_passed_on(node.args)])})"
    node.body = ast.parse(
        f"import {module} as _reference\nimport {kind.__module__} as _kinds\nreturn {call}"
    ).body
    return replace_definition(source, target, ast.unparse(node))


def replaceable(assignment: Assignment, task: Task) -> list[str]:
    """Return the functions and methods of a task that can be replaced; of a class, its public ones."""
    known = definitions(ast.parse((assignment.folder / task.file).read_text(encoding="utf-8")))
    found: list[str] = []
    for name in task.functions:
        inside = [other for other in known if other.startswith(f"{name}.")]
        found += inside if isinstance(known[name], ast.ClassDef) else [name]
    return [name for name in found if "._" not in name]


def _passed_on(arguments: ast.arguments) -> Iterator[str]:
    """Yield the arguments of a call that passes all parameters on."""
    yield from (argument.arg for argument in (*arguments.posonlyargs, *arguments.args))
    if arguments.vararg:
        yield f"*{arguments.vararg.arg}"
    yield from (f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs)
    if arguments.kwarg:
        yield f"**{arguments.kwarg.arg}"


def _asked(reference: Reference, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Ask the reference on copies: one that works in place must not do the work."""
    return reference(*map(_copied, args), **{name: _copied(value) for name, value in kwargs.items()})


def _copied(value: Any) -> Any:
    if isinstance(value, nn.Module):
        return copy.deepcopy(value)
    return value.clone() if isinstance(value, Tensor) else value


def _filled(value: Any, fill: float) -> Any:
    """Return a value of the same form, all its numbers replaced; what is no data becomes None."""
    match value:
        case Tensor():
            takes_it = value.is_floating_point() or value.is_complex() or not math.isnan(fill)
            return torch.full_like(value, fill) if takes_it else torch.full(value.shape, fill)
        case tuple() | list():
            return type(value)(_filled(item, fill) for item in value)
        case dict():
            return {key: _filled(item, fill) for key, item in value.items()}
        case bool() | int():
            return fill if math.isnan(fill) else type(value)(fill)
        case float():
            return fill
    return None


def _first_input(args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Return the first tensor among the arguments, or the first argument of all."""
    given = [value for value in (*args, *kwargs.values()) if not isinstance(value, nn.Module)]
    tensors = [value for value in given if isinstance(value, Tensor)]
    return (tensors or given or [None])[0]


def _key(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Return the arguments as the bytes that would cross the wire; equal bytes are equal data."""
    data = tuple(None if isinstance(value, nn.Module) else value for value in args)
    return b"".join(map(bytes, wire.dump(Request(0, "", data, kwargs))))


def looks_degenerate(calls: Sequence[Call]) -> str:
    """Say what all of these calls returned ("returns zeros"), when it is nothing that was worked out."""
    answered = [c for c in calls if not c.play and not isinstance(c.outcome, Stop | StudentError)]
    if not answered:
        return ""
    for kind in (returns_none, returns_zeros, returns_nan, returns_its_input):
        if all(
            _alike(call.outcome, kind(lambda *_, c=call, **__: c.outcome, *call.args, **call.kwargs))
            for call in answered
        ):
            return _says(kind)
    return ""


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=0, atol=0, equal_nan=True)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(_alike, a, b))
    return type(a) is type(b) and (a == b or a != a)


def _says(kind: Reference) -> str:
    return kind.__name__.replace("_", " ").replace("none", "None").replace("nan", "NaN")
