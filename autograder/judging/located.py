"""Finds the part of a submission with whose right value all would be right.

The parts of a student's functions are looked at while they answer a call that failed; then one after
another is given a value that the reference has on its way. Where that mends every call that was tried,
that part is wrong and the rest is right, whatever else the two have in common.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.utils._pytree import tree_leaves

from ..calls.probed import ask_probed
from ..calls.undertest import Ask, Call
from ..differences.placed import Pair, placed, quoted
from ..sources.inmemory import load_package, unload_package
from ..sources.markers import regions
from ..sources.parts import Part, parts_of
from ..spec import Assignment
from .evidence import same
from .looked import Looked, apart, fitting, grouped
from .telling import Evidence

SPENT_S = 3.0  # CPU time, as the reference's calls cost, after which no other part is tried
LEAST_S = 1e-3  # that a call costs
CALLS = 3  # in which the part is looked for
CHECKED = 6  # further calls of each kind in which the value must mend what is wrong, and spoil nothing
FEW = 4  # values that are tried in a part's place, at least
SHORT = 30  # letters of another part that is told in its place
Spot = tuple[int, ...]  # the places of a part, or of equal parts of one function
Found = tuple[Spot, int, bool]  # where the value of which part of the reference is right, and alike in shape


def located(assignment: Assignment, task: str, evidence: Evidence, source: str, ask: Ask) -> str:
    """Return the sentence of the part of a submission's file that is wrong where all else is right; or "".

    `ask` looks into calls of the submission, whose file of the task has this source.
    """
    path = assignment.folder / assignment.task(task).file
    reference = path.read_text(encoding="utf-8")
    package = load_package(assignment, {})
    try:
        search = _Search(
            Looked(ask, path.stem, source),
            Looked(ask_probed(package), path.stem, reference),
            parts_of(source),
            _given(reference, path),
            [evidence.by, *(one for one in evidence.wrong if one[0] is not evidence.by[0])],
            [(call, call.outcome) for call in evidence.fitting[:CHECKED]],
        )
        for by, due in search.wrong[:CALLS]:
            if found := _InCall(search, by, due).part():
                return search.says(path.name, *found)
        return ""
    finally:
        unload_package(package)


def _given(reference: str, path: Path) -> frozenset[str]:
    """Return the functions of a file that students are given whole."""
    answered = {one.function for one in regions(reference, path)}
    return frozenset(part.name for part in parts_of(reference)) - answered


@dataclass
class _Search:
    """A submission and the reference, and the calls in which the two are compared."""

    theirs: Looked
    ours: Looked
    parts: Sequence[Part]
    given: frozenset[str]
    wrong: Sequence[tuple[Call, Any]]  # calls that failed, with what is due, that first which tells most
    fitting: Sequence[tuple[Call, Any]]
    spent_s: float = 0.0

    def pair(self, call: Call, spot: Spot, right: int, alike: bool) -> Pair | None:
        """Return the values of a part in a call, and those that it should have."""
        mine, ours = self.theirs.values(call).get(spot[0]), self.ours.values(call).get(right)
        if mine is None or ours is None:
            return None
        value = fitting(ours, mine, alike)
        return None if value is None else (mine, value)

    def holds(self, by: Call, spot: Spot, right: int, alike: bool) -> bool:
        """Say whether the value of the reference mends other calls, too, and spoils none that was right."""
        others = [one for one in self.wrong if one[0] is not by][:CHECKED]
        return all(self._mends(call, due, spot, right, alike) for call, due in (*others, *self.fitting))

    def _mends(self, call: Call, due: Any, spot: Spot, right: int, alike: bool) -> bool:
        if (mine := self.theirs.values(call).get(spot[0])) is None:
            return same(call.outcome, due)
        if not mine or self.ours.values(call).get(right) == []:  # too large to be told
            return True
        pair = self.pair(call, spot, right, alike)
        return pair is not None and same((self.theirs.tried(call, spot, [pair[1]]) or [None])[0], due)

    def says(self, file: str, spot: Spot, right: int, alike: bool) -> str:
        """Return the sentence of a part that is wrong."""
        part = self.parts[spot[0]]
        calls = [call for call, _ in (*self.wrong[: CHECKED + 1], *self.fitting)]
        pairs = [pair for call in calls if (pair := self.pair(call, spot, right, alike))]
        other = self._other(spot, calls, right, alike)
        how = f"What belongs there is the value of `{other}`." if other else placed(pairs)
        where = f"line {part.node.lineno} of {file}"
        whole = f"{quoted(part)} in {where} is wrong, and with the right value there all else is right."
        return f"{whole} {how}".strip()

    def _other(self, spot: Spot, calls: Sequence[Call], right: int, alike: bool) -> str:
        """Return another part of the same function, read before, that has the right value in every call."""
        for place in self.theirs.values(calls[0]):
            if place in spot:
                break
            part, text = self.parts[place], ast.unparse(self.parts[place].node)
            mine = part.name == self.parts[spot[0]].name and not isinstance(part.node, ast.Constant)
            pairs = ((self.pair(call, spot, right, alike), self.theirs.values(call)) for call in calls)
            if (
                mine
                and len(text) <= SHORT
                and all(p is None or (place in v and same(v[place], p[1])) for p, v in pairs)
            ):
                return text
        return ""


class _InCall:
    """The search for the part in one call that failed."""

    def __init__(self, search: _Search, by: Call, due: Any) -> None:
        self.search, self.by, self.due = search, by, due
        known = {place for place, part in enumerate(search.parts) if part.name not in search.given}
        self.mine = {place: one for place, one in search.theirs.values(by).items() if one and place in known}
        start = time.process_time()
        self.right = grouped(search.ours.values(by))
        self.cost_s = max(time.process_time() - start, LEAST_S)

    def part(self) -> Found | None:
        """Look for it first among the parts with a value that the reference has nowhere."""
        spots = [(place,) for place in self.mine if not self._is_result(place)]
        met = [spot for spot in spots if any(same(self.mine[spot[0]], one) for one, _ in self.right)]
        new = [spot for spot in spots if spot not in met]
        found = self._first(new, True)
        if found:
            inner = {id(node) for node in ast.walk(self.search.parts[found[0][0]].node)}
            within = (spot for spot in met if id(self.search.parts[spot[0]].node) in inner)
            return self._first(within, True) or found
        return self._first(met, True) or self._first(self._equal(), True) or self._first(new, False)

    def _equal(self) -> Iterator[Spot]:
        """Yield the places of equal parts of one function that have the same value."""
        found: dict[str, list[int]] = {}
        for place in self.mine:
            part = self.search.parts[place]
            found.setdefault(f"{part.name} {ast.dump(part.node)}", []).append(place)
        for spot in found.values():
            if len(spot) > 1 and all(same(self.mine[spot[0]], self.mine[one]) for one in spot):
                yield tuple(spot)

    def _is_result(self, place: int) -> bool:
        """Say whether a part is what comes out: with the right value there, of course all is right."""
        came, due = tree_leaves(self.by.outcome), tree_leaves(self.due)
        wrong = [one for one, other in zip(came, due, strict=False) if not same(one, other)]
        values = self.mine[place]
        return len(values) == 1 and (
            same(values[0], self.by.outcome) or (len(wrong) == 1 and same(values[0], wrong[0]))
        )

    def _first(self, spots: Iterable[Spot], alike: bool) -> Found | None:
        """Return the first part, and the part of the reference whose value there mends every call."""
        several = max(FEW, int(SPENT_S / self.cost_s / max(len(self.mine), 1)))
        for spot in spots:
            if self.search.spent_s > SPENT_S:
                break
            mine = self.mine[spot[0]]
            fit = [(value, of) for one, of in self.right if (value := fitting(one, mine, alike)) is not None]
            fit = sorted((one for one in fit if not same(one[0], mine)), key=lambda one: apart(one[0], mine))
            given = self.search.theirs.tried(self.by, spot, [value for value, _ in fit[:several]])
            self.search.spent_s += self.cost_s * len(given)
            mended = [of for outcome, (_, of) in zip(given, fit, strict=False) if same(outcome, self.due)]
            for right in (one for of in mended for one in of):
                if self.search.holds(self.by, spot, right, alike):
                    return spot, right, alike
        return None
