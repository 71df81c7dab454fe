"""Edits of a student's code and the lines around them, as a question shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..sources.edits import Edited
from .records import Line, Option
from .words import indented
from .written import Part

LINES = 24  # of a function that are shown, around what is asked


@dataclass(frozen=True, eq=False)
class Change:
    """One edit of one part."""

    part: Part
    made: Edited
    deletes: bool

    @property
    def replaced(self) -> dict[str, bytes]:
        """The file with the edit in it."""
        return {self.part.file: self.made.source.encode()}

    @property
    def says(self) -> str:
        """The edit in words: "Line 12 is deleted"."""
        one = self.made.first == self.made.last
        where = f"Line {self.made.first} is" if one else f"Lines {self.made.first} to {self.made.last} are"
        return f"{where} {'deleted' if self.deletes else 'changed'}"

    def option(self, label: str = "") -> Option:
        """The edit as it is shown."""
        old = [f"- {line}" for line in indented(self.made.before).splitlines()]
        new = [] if self.deletes else [f"+ {line}" for line in indented(self.made.after).splitlines()]
        return Option(label, f"{self.says}:", (*old, *new))


def excerpt(part: Part, changes: Sequence[Change]) -> tuple[Line, ...]:
    """Return the lines of a function as the student wrote them, around the edits when there are many."""
    asked = {n for change in changes for n in range(change.made.first, change.made.last + 1)}
    first, last = part.region.begin, part.region.end
    if last - first >= LINES:
        middle = min(asked, default=first + LINES // 2)
        first = max(first, min(middle - LINES // 2, last - LINES + 1))
        last = max(first + LINES - 1, max(asked, default=0))
    lines = part.source.split("\n")[first - 1 : last]
    return tuple(Line(n, text, n in asked) for n, text in enumerate(lines, first))
