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
from ..differences.slips import LIKELY, RARE, TOGETHER, VAGUE, WHERE, Slips
from ..differences.steps import Function, Puts
from ..sources.inmemory import load_package, unload_package
from ..sources.inplace import InPlace
from ..sources.markers import Region, regions, within
from ..spec import Assignment, Task, definitions
from .budget import limited_pieces
from .fitted import fits
from .rivals import Doubt, agree
from .trying import Clock, Trial
from .wanted import replaced

LIKELY_S = 0.4  # CPU time of a task after which likely slips wait
MADE_S = 0.8  # after which no value is looked for that stands for another
FIT_S = 0.87  # after which no number is chosen to fit
DOUBT_S = 0.1  # in which another slip is looked for that gives the same
SPENT_S = 1.0  # after which no slip is tried


@dataclass(frozen=True)
class Answer:
    """One function of a task: its source, its marked answers and the function as it is loaded."""

    name: str
    node: Function
    regions: Sequence[Region]
    scope: Scope
    loaded: InPlace


def searched(
    assignment: Assignment,
    task: Task,
    calls: Sequence[Call],
    telling: Sequence[Call],
    by: Call,
    digits: float,
) -> str:
    """Return the sentence of a slip with which the reference gives what came in all calls; "" if none does.

    Of the calls, the first ones tell most cheaply that a slip is another one; `telling` are those whose
    outcome is not the reference's, by `digits` in all, and `by` the one of them by which values are found.
    """
    package = load_package(assignment, {})
    asked = {call.target.rpartition(".")[2] for call in telling}  # a play is often named after what it asks
    try:
        answers = list(_answers(assignment, task, package))
        asked_for = [one for one in answers if one.name.partition(".")[0] in asked] or answers
        others = [one for one in answers if one not in asked_for]
        with limited_pieces() as limit:
            return _searched(Trial(package, calls, by, digits, limit), asked_for, others)
    finally:
        unload_package(package)


def _searched(trial: Trial, asked_for: Sequence[Answer], others: Sequence[Answer]) -> str:
    clock = Clock(time.process_time())
    likely, together, rare = (_slips(kinds, asked_for, others) for kinds in (LIKELY, TOGETHER, RARE))
    targets = [(one.name, one.loaded, one.regions, one.scope) for one in (*asked_for, *others)]
    rest = itertools.chain(together, likely, rare)
    try:
        return (
            _first(trial, likely, clock.until(LIKELY_S))
            or replaced(targets, trial, clock.until(MADE_S))
            or fits(targets, trial, clock.until(FIT_S))
            or _first(trial, rest, clock.until(SPENT_S))
        )
    except Doubt:
        return ""


def _first(trial: Trial, slips: Iterator[tuple[str, str, InPlace, Puts]], over: Callable[[], bool]) -> str:
    """Return the first sentence that is not vague, or else the first, of slips that give what came.

    Raises Doubt where a later slip gives all that, too, and not the same in calls that were not made.
    """
    told, found, enough = "", None, over
    for says, name, function, puts in slips:
        if enough() or (found and over()):
            break
        if told and (VAGUE.search(says) or _whole(says, name) == told):
            continue
        with function.changed(puts) as possible:
            if not (possible and trial.gives()):
                continue
        if found:
            if len(puts) <= len(found[1]):  # the same slip in more places is the rarer one
                agree(found, (function, puts), trial)
            continue
        told = _whole(says, name)
        if not VAGUE.search(says):
            found, enough = (function, puts), Clock(time.process_time()).until(DOUBT_S)
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
