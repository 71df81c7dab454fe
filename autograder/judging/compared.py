"""A submission and a right answer, part by part: which value of the one stands where another belongs."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..calls.undertest import Call
from ..differences.placed import Pair, placed, quoted
from ..sources.parts import Part
from .evidence import same
from .looked import Looked, fitting

CHECKED = 6  # further calls of each kind in which a value must mend what is wrong, and spoil nothing
SHORT = 30  # letters of another part that is told in a part's place
AGREE = 3  # calls that a number must mend or leave right: one of few is soon found by chance
Spot = tuple[int, ...]  # the places of a part, or of equal parts of one function


@dataclass
class Compared:
    """What is known of both in the calls of one task."""

    theirs: Looked
    ours: Looked
    others: frozenset[str]  # functions in which nothing is looked for
    wrong: Sequence[tuple[Call, Any]]  # calls that failed, with what is due, that first which tells most
    right: Sequence[tuple[Call, Any]]

    def proven(self, place: int) -> int:
        """Return in how many calls that gave what is due a part was read."""
        return sum(place in self.theirs.values(call) for call, _ in self.right[:CHECKED])

    def holds(self, by: Call, spot: Spot, right: int) -> bool:
        """Say whether a value of the right answer mends other calls, too, and spoils none that was right."""
        others = [one for one in self.wrong if one[0] is not by][:CHECKED]
        return all(self._mends(call, due, spot, right) for call, due in (*others, *self.right[:CHECKED]))

    def _mends(self, call: Call, due: Any, spot: Spot, right: int) -> bool:
        if (mine := self.theirs.values(call).get(spot[0])) is None:
            return same(call.outcome, due)
        if not mine or self.ours.values(call).get(right) == []:  # too large to be told
            return True
        pair = self._pair(call, spot, right)
        return pair is not None and same((self.theirs.tried(call, spot, [pair[1]]) or [None])[0], due)

    def _pair(self, call: Call, spot: Spot, right: int) -> Pair | None:
        """Return the values of a part in a call, and those that it should have."""
        mine, ours = self.theirs.values(call).get(spot[0]), self.ours.values(call).get(right)
        if mine is None or ours is None:
            return None
        value = fitting(ours, mine)
        return None if value is None else (mine, value)

    def says(self, by: Call, spot: Spot, right: int) -> str:
        """Return the sentence of a part in whose place a value mends all; "" where that would mislead."""
        part = self.theirs.parts[spot[0]]
        calls = [by, *(call for call, _ in (*self.wrong[:CHECKED], *self.right[:CHECKED]) if call is not by)]
        pairs = [pair for call in calls if (pair := self._pair(call, spot, right))]
        array = isinstance(one := pairs[0][0][0], Tensor) and one.numel() > 1
        if not array and len(pairs) < AGREE:
            return ""
        is_name = isinstance(part.node, ast.Name)  # one that was taken for another
        other = self._other(spot, calls, right) if is_name and array and len(pairs) > 1 else ""
        if not other and (_is_given(part) or (isinstance(part.node, ast.Constant) and _vary(pairs))):
            return ""
        where = f"{quoted(part)} in line {part.node.lineno} of {self.theirs.file}.py"
        if other:
            return f"{where} is not what the rest needs: with the value of `{other}` there all is right."
        # A wrong step that can be undone is mended by what it is given, too.
        wrong = f"{where}, or a step that uses it, is wrong"
        return f"{wrong}: with another value there all is right. {placed(pairs)}".strip()

    def _other(self, spot: Spot, calls: Sequence[Call], right: int) -> str:
        """Return another part of the same function, read before, that has the right value in every call."""
        pairs = [(self._pair(call, spot, right), self.theirs.values(call)) for call in calls]
        for place in self.theirs.values(calls[0]):
            if place in spot:
                break
            part, text = self.theirs.parts[place], ast.unparse(self.theirs.parts[place].node)
            mine = part.name == self.theirs.parts[spot[0]].name and not isinstance(part.node, ast.Constant)
            if not mine or len(text) > SHORT:
                continue
            if all(pair is None or (place in seen and same(seen[place], pair[1])) for pair, seen in pairs):
                return text
        return ""


def _vary(pairs: Sequence[Pair]) -> bool:
    """Say whether what belongs in a part's place is not always the same."""
    wanted = [one for _, right in pairs for one in right]
    return not all(same(one, wanted[0]) for one in wanted)


def _is_given(part: Part) -> bool:
    """Say whether a part is an argument as it came: that is right."""
    arguments = {one.arg for one in ast.walk(part.function.args) if isinstance(one, ast.arg)}
    names = [one for one in ast.walk(part.function) if isinstance(one, ast.Name)]
    stored = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    return isinstance(part.node, ast.Name) and part.node.id in arguments - stored
