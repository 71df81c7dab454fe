"""Looks for a small change of the reference that gives just what a submission gave."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..calls.undertest import Call
from ..differences.scope import Scope, scope_of
from ..differences.slips import LIKELY, RARE, VAGUE, WHERE, Slips
from ..differences.steps import Function, Puts
from ..sources.inmemory import load_package, unload_package
from ..sources.inplace import InPlace
from ..sources.markers import Region, regions, within
from ..spec import Assignment, Task, definitions
from .budget import limited_pieces
from .fitted import fits
from .trying import Clock, Trial

SPENT_S = 1.0  # CPU time in which slips of a task are tried
FIT_S = 0.3  # of it, for numbers that are chosen to fit


@dataclass(frozen=True)
class Answer:
    """One function of a task: its source, its marked answers and the function as it is loaded."""

    name: str
    node: Function
    regions: Sequence[Region]
    scope: Scope
    loaded: InPlace


def searched(assignment: Assignment, task: Task, calls: Sequence[Call], telling: Sequence[Call]) -> str:
    """Return the sentence of a slip with which the reference gives what came in all calls; "" if none does.

    Of the calls, the first ones tell most cheaply that a slip is another one; `telling` are those whose
    outcome is not the reference's.
    """
    package = load_package(assignment, {})
    try:
        with limited_pieces() as limit:
            return _searched(assignment, task, package, calls, telling, limit)
    finally:
        unload_package(package)


def _searched(
    assignment: Assignment,
    task: Task,
    package: str,
    calls: Sequence[Call],
    telling: Sequence[Call],
    limit: Callable[[float], None],
) -> str:
    asked = {call.target.rpartition(".")[2] for call in telling}  # a play is often named after what it asks
    answers = list(_answers(assignment, task, package))
    asked_for = [one for one in answers if one.name.partition(".")[0] in asked] or answers
    others = [one for one in answers if one not in asked_for]
    clock, trial = Clock(time.process_time()), Trial(package, calls, telling[0], limit)
    found = _first(trial, _slips(LIKELY, asked_for, others), clock.until(SPENT_S - FIT_S))
    if not found:
        targets = ((one.name, one.loaded, one.regions, one.scope) for one in asked_for)
        found = fits(targets, trial, clock.until(SPENT_S))
    return found or _first(trial, _slips(RARE, asked_for, others), clock.until(SPENT_S))


def _first(trial: Trial, slips: Iterator[tuple[str, str, InPlace, Puts]], over: Callable[[], bool]) -> str:
    """Return the first sentence that is not vague, or else the first, of slips that give what came."""
    told = ""
    for says, name, function, puts in slips:
        if over():
            break
        vague = VAGUE.search(says)
        if told and vague:
            continue
        with function.changed(puts) as possible:
            if possible and trial.gives():
                if not vague:
                    return _whole(says, name)
                told = _whole(says, name)
    return told


def _whole(says: str, function: str) -> str:
    """Return a sentence; where a slip is, if it says so, comes last."""
    what, _, where = says.partition(WHERE)
    return f"{what}, in `{function}`{WHERE * bool(where)}{where}."


def _slips(kinds: Sequence[Slips], *several: Sequence[Answer]) -> Iterator[tuple[str, str, InPlace, Puts]]:
    """Yield each slip in the answers, likely ones first, as its sentence, function and what changes."""
    for answers in several:
        for kind, one in itertools.product(kinds, answers):
            for says, puts in kind(one.node, one.regions, one.scope):
                yield says, one.name, one.loaded, puts


def _answers(assignment: Assignment, task: Task, package: str) -> Iterator[Answer]:
    path = assignment.folder / task.file
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    known = definitions(tree)
    functions = {one.split(".")[0] for one in task.functions}
    module = importlib.import_module(f"{package}.{path.stem}")
    marked = regions(source, path)
    given = _given(source, marked)
    mine: dict[str, list[Region]] = {}
    for region in marked:
        if region.function.split(".")[0] in functions:
            mine.setdefault(region.function, []).append(within(tree, region))
    for name, found in mine.items():
        node = known[name]
        if not isinstance(node, ast.ClassDef):
            scope = scope_of(node, known.get(name.partition(".")[0]), given)
            yield Answer(name, node, found, scope, InPlace(module, name, node))


def _given(source: str, marked: Sequence[Region]) -> frozenset[str]:
    """Return the names that students read in a file: those outside its marked answers."""
    hidden = {line for one in marked for line in range(one.begin, one.end)}
    lines = (line for at, line in enumerate(source.splitlines(), 1) if at not in hidden)
    return frozenset(re.findall(r"\w+", " ".join(lines)))
