"""Finds the part of a submission with whose right value all would be right.

The parts of a student's functions are looked at while they answer a call that failed; then one after
another is given a value that a right answer has on its way. Where that mends every call that was tried,
that part is not what it should be, and the rest is right, whatever else the two have in common.
"""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch.utils._pytree import tree_leaves

from ..calls.probed import ask_probed
from ..calls.undertest import Ask, Call
from ..sources.inmemory import load_package, unload_package
from ..sources.parts import parts_of
from ..sources.variants import read_right, variant_sources
from ..spec import Assignment
from .compared import Compared, Spot
from .evidence import same
from .looked import Looked, apart, fitting, grouped
from .telling import Evidence

SPENT_S = 1.5  # after which no other part is tried
FIRST = 0.7  # of it, for parts with a value that the right answer has nowhere
CALLS = 3  # in which the part is looked for
ROUNDS = (slice(4), slice(4, 16), slice(16, 64))  # of the values that are tried in each part's place
Found = tuple[Spot, str]  # a part, and its sentence


def located(assignment: Assignment, task: str, evidence: Evidence, source: str, ask: Ask) -> str:
    """Return the sentence of the part of a submission's file that is wrong where all else is right; or "".

    `ask` looks into calls of the submission, whose file of the task has this source.
    """
    path = assignment.folder / assignment.task(task).file
    reference = path.read_text(encoding="utf-8")
    theirs, others = Looked(ask, path.stem, source), _others(assignment, task, reference)
    wrong = [evidence.by, *(one for one in evidence.wrong if one[0] is not evidence.by[0])]
    right = [(call, call.outcome) for call in evidence.fitting]
    start = time.monotonic()
    for patched in _right_answers(assignment, task):
        package = load_package(assignment, patched)
        try:
            ours = Looked(ask_probed(package), path.stem, patched.get(path.name, reference))
            both = Compared(theirs, ours, others, wrong, right)
            for by, due in wrong[:CALLS]:
                if time.monotonic() > start + SPENT_S:
                    return ""
                if says := _InCall(both, by, due, start).sentence():
                    return says
        finally:
            unload_package(package)
    return ""


def _right_answers(assignment: Assignment, task: str) -> Iterator[Mapping[str, str]]:
    """Yield what is replaced in the reference: nothing, and what other right answers of the task replace."""
    yield {}
    others = (one for one in read_right(assignment) if one.task == task)
    yield from (variant_sources(assignment, one) for one in others)


def _others(assignment: Assignment, task: str, reference: str) -> frozenset[str]:
    """Return the functions of a task's file that are given, or the answers of other tasks."""
    owners = {name.partition(".")[0] for name in assignment.task(task).functions}
    return frozenset(part.name for part in parts_of(reference) if part.name.partition(".")[0] not in owners)


class _InCall:
    """The search for the part in one call that failed."""

    def __init__(self, both: Compared, by: Call, due: Any, start: float) -> None:
        self.both, self.by, self.due, self.start = both, by, due, start
        self._fits: dict[Spot, list[tuple[list[Any], list[int]]]] = {}
        own = {place for place, part in enumerate(both.theirs.parts) if part.name not in both.others}
        self.mine = {place: one for place, one in both.theirs.values(by).items() if one and place in own}
        leaves = zip(tree_leaves(by.outcome), tree_leaves(due), strict=False)
        pairs = [(came, right) for came, right in leaves if not same(came, right)]
        self.results = [(by.outcome, due), *(pairs if len(pairs) == 1 else [])]
        seen = grouped(both.ours.values(by))
        # What is due itself mends too much: a sum that is put into one of its terms, under a bound.
        self.right = [one for one in seen if not any(same(one[0], [due]) for _, due in self.results)]

    def sentence(self) -> str:
        """Look first at the parts with a value that the right answer has nowhere.

        Of these, first at those that were read least often where all was right.
        """
        tried = sorted(self.mine, key=self.both.proven)
        spots = [(one,) for one in tried if not self._is_result(one) and not self._is_bound(one)]
        met = [spot for spot in spots if any(same(self.mine[spot[0]], one) for one, _ in self.right)]
        new = [spot for spot in spots if spot not in met]
        if found := self._in_rounds(new, FIRST):
            inner = {id(node) for node in ast.walk(self.both.theirs.parts[found[0][0]].node)}
            within = [spot for spot in met if id(self.both.theirs.parts[spot[0]].node) in inner]
            found = self._in_rounds(within) or found
        found = found or self._in_rounds(met) or self._in_rounds(list(self._equal()))
        return found[1] if found else ""

    def _in_rounds(self, spots: Sequence[Spot], share: float = 1.0) -> Found | None:
        """Try in all places the values that are most like what is there, before those that are less."""
        for spot, tried in ((spot, tried) for tried in ROUNDS for spot in spots):
            if time.monotonic() > self.start + share * SPENT_S:
                break
            if found := self._at(spot, tried):
                return found
        return None

    def _equal(self) -> Iterator[Spot]:
        """Yield the places of equal parts of one function that have the same value."""
        found: dict[str, list[int]] = {}
        for place in self.mine:
            part = self.both.theirs.parts[place]
            found.setdefault(f"{part.name} {ast.dump(part.node)}", []).append(place)
        for spot in found.values():
            if len(spot) > 1 and all(same(self.mine[spot[0]], self.mine[one]) for one in spot):
                yield tuple(spot)

    def _is_bound(self, place: int) -> bool:
        """Say whether a part is a side of a comparison, which another value only turns, or has no bound."""
        part = self.both.theirs.parts[place]
        compared = (node for node in ast.walk(part.function) if isinstance(node, ast.Compare))
        values = [one for one in self.mine[place] if isinstance(one, float)]
        side = any(part.node is one for node in compared for one in (node.left, *node.comparators))
        return side or any(map(math.isinf, values))

    def _is_result(self, place: int) -> bool:
        """Say whether a part is what comes out: with the right value there, of course all is right."""
        return any(same(self.mine[place], [came]) for came, _ in self.results)

    def _at(self, spot: Spot, tried: slice) -> Found | None:
        """Return a part and its sentence where one of these values of the right answer mends every call."""
        fit = self._fit(spot)[tried]
        if not fit:
            return None
        given = self.both.theirs.tried(self.by, spot, [value for value, _ in fit])
        mended = [of for outcome, (_, of) in zip(given, fit, strict=False) if same(outcome, self.due)]
        for right in (one for of in mended for one in of):
            holds = self.both.holds(self.by, spot, right)
            if holds and (says := self.both.says(self.by, spot, right)):
                return spot, says
        return None

    def _fit(self, spot: Spot) -> list[tuple[list[Any], list[int]]]:
        """Return the right answer's values that can stand in a part's place, with their places there."""
        if spot not in self._fits:
            mine = self.mine[spot[0]]
            fit = [(value, of) for one, of in self.right if (value := fitting(one, mine)) is not None]
            other = (one for one in fit if not same(one[0], mine))
            self._fits[spot] = sorted(other, key=lambda one: apart(one[0], mine))
        return self._fits[spot]
