"""Names a mistake that nobody foresaw: makes small slips in the reference and looks for the same results.

A slip is told only where it gives, in every call of every check of the task, what came; where so much differs
from the reference that no chance does that; and where few slips give the same.
"""

from __future__ import annotations

import ast
import functools
import itertools
import math
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
import torch
from torch import Tensor

from ..calls.undertest import Call
from ..differences.slips import KINDS
from ..records import TaskResult, Verdict
from ..sources.edits import Change, Changes, edited, edits
from ..sources.inmemory import load_package, unload_package
from ..sources.markers import regions
from ..spec import Assignment, Definition, definitions
from .evidence import again, evidence_of, same
from .trial import CheckRun

MOST = 400  # slips of a task that are tried
ALIKE = 3  # slips with sentences of their own that may give the same: of more, none is told
DIGITS = 8.0  # that differ from the reference at least; a chance in 10^5 among 400 slips would do
UNIQUE = 40  # values that are counted
COST_S = 0.01  # CPU time of the cheapest call that tells: where it takes more, nothing is tried
TASKS = 3  # of a submission, at most


def slipped(assignment: Assignment, task: str, judged: Sequence[CheckRun]) -> dict[str, str]:
    """Return for each failed check of a task the slip that gives all that came, as its sentence."""
    asked = [one for one in judged if one.outcome.verdict in (Verdict.FAIL, Verdict.PASS)]
    seen = {one.check.name: evidence_of(one) for one in asked if not one.check.measured}
    failed = [one.check.name for one in asked if one.outcome.verdict is Verdict.FAIL]
    calls = list(itertools.chain.from_iterable(seen.values()))
    if not any(seen[check] for check in failed):
        return {}
    wrong, fitting = [], []
    for call in calls:
        start = time.process_time()
        right = again(assignment.package, call)
        cost_s = time.process_time() - start
        if same(call.outcome, right):
            fitting.append(call)
        else:
            wrong.append((cost_s, call, right))
    if sum(_digits(call.outcome, right) for _, call, right in wrong) < DIGITS:
        return {}
    wrong.sort(key=lambda one: one[0])
    if wrong[0][0] > COST_S:
        return {}
    telling = [call for _, call, _ in wrong]
    ordered = [*telling, *fitting]
    asked_for = {call.target.partition(".")[2] for call in telling if not call.play}
    found: dict[str, None] = {}
    for says, sources in itertools.islice(_slips(assignment, task, asked_for), MOST):
        if says not in found and _gives(assignment, sources, ordered):
            found[says] = None
    if not 0 < len(found) <= ALIKE:
        return {}
    return {check: next(iter(found)) for check in failed if seen[check]}


def with_slips(
    assignment: Assignment, tasks: Sequence[TaskResult], judged: Sequence[CheckRun]
) -> tuple[TaskResult, ...]:
    """Return the tasks, and name slips in the first few that failed and in which no mistake is known."""
    unnamed = [task.id for task in tasks if _is_unnamed(task)][:TASKS]
    return tuple(_with_slip(assignment, task, judged) if task.id in unnamed else task for task in tasks)


def _is_unnamed(task: TaskResult) -> bool:
    failed = any(check.verdict is Verdict.FAIL for check in task.checks)
    return failed and not any(check.diagnosis for check in task.checks)


def _with_slip(assignment: Assignment, task: TaskResult, judged: Sequence[CheckRun]) -> TaskResult:
    found = slipped(assignment, task.id, [one for one in judged if one.check.task == task.id])
    checks = (
        msgspec.structs.replace(check, hint="", diagnosis=found[check.name]) if check.name in found else check
        for check in task.checks
    )
    return msgspec.structs.replace(task, checks=tuple(checks))


def _gives(assignment: Assignment, sources: dict[str, str], calls: Sequence[Call]) -> bool:
    """Say whether the reference with a slip gives what came in all calls."""
    package = load_package(assignment, sources)
    try:
        return all(same(call.outcome, again(package, call)) for call in calls)
    finally:
        unload_package(package)


def _slips(
    assignment: Assignment, task: str, asked_for: Collection[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each slip in the task's answers, likely ones first, as its sentence and the file that changes.

    Those in the functions that were asked for come before those in others, which they may use.
    """
    owner = assignment.task(task)
    path = assignment.folder / owner.file
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    known = definitions(tree)
    functions = {one.split(".")[0] for one in owner.functions}
    mine = [one for one in regions(source, path) if one.function.split(".")[0] in functions]
    first = [one for one in mine if one.function in asked_for]
    others = [one for one in mine if one.function not in asked_for]
    for kind, region in [*itertools.product(KINDS, first), *itertools.product(KINDS, others)]:
        arguments = _arguments(known[region.function])
        for edit in edits(tree, [region], functools.partial(_made, kind, arguments)):
            yield f"{edit.operator}, in `{region.function}`.", {owner.file: edited(source, edit).source}


def _made(
    kind: Changes, arguments: frozenset[str], node: ast.AST, parent: ast.AST, _: frozenset[str]
) -> Iterator[Change]:
    return kind(node, parent, arguments)


def _arguments(definition: Definition) -> frozenset[str]:
    """Return the names of all arguments of a function."""
    given = [node for node in ast.walk(definition) if isinstance(node, ast.arguments)]
    return frozenset(one.arg for several in given for one in (*several.args, *several.kwonlyargs))


def _digits(came: Any, due: Any) -> float:
    """Return how many digits of what came differ from what is due, roughly: of exceptions and texts, none."""
    if isinstance(came, Tensor) and isinstance(due, Tensor) and came.shape == due.shape:
        if came.is_complex() or due.is_complex():
            came, due = torch.view_as_real(came.resolve_conj()), torch.view_as_real(due.resolve_conj())
        apart = came[came != due]
        if apart.dtype == torch.bool:
            return 0.3 * len(apart)
        return sum(map(_worth, set(apart.double().abs().tolist()[:UNIQUE])))
    if isinstance(came, dict) and isinstance(due, dict):
        return sum(_digits(value, due.get(key)) for key, value in came.items())
    if isinstance(came, tuple | list) and isinstance(due, tuple | list):
        return sum(map(_digits, came, due))
    if isinstance(came, int | float) and isinstance(due, int | float) and came != due:
        return _worth(abs(float(came)))
    return 0.0


def _worth(value: float) -> float:
    """Return how many digits a value is worth: few when it is whole, none when it is not finite."""
    if not math.isfinite(value):
        return 0.0
    return math.log10(1 + value) if value == int(value) else 5.0
