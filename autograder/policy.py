"""The rules for grades: tables of `course.toml`, which where they are left out say what the course does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Count = Annotated[int, msgspec.Meta(ge=0)]
PARTS = ("attendance", "participation", "review", "project")  # of the final grade, each marked on its own
CODING = "coding"  # what the assignments make of it


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the final grade is made of, in percent of it."""

    attendance: Percent = 5  # of the lectures
    participation: Percent = 5  # in them
    review: Percent = 45  # the literature review
    project: Percent = 45  # the course project, with the coding assignments
    coding: Percent = 25  # how much of the project's percent the assignments make, all alike

    def of(self, part: str) -> float:
        """Return what a part weighs; the project's own is what the assignments leave of it."""
        return self.project - self.coding if part == "project" else float(getattr(self, part))

    def wrong(self) -> tuple[str, str] | None:
        """Return what does not fit together: a key and half a sentence."""
        total = sum(getattr(self, part) for part in PARTS)
        if abs(total - 100) > 1e-9:
            return "project", f"{', '.join(PARTS)} make {total:g} percent together, not 100: mend one of them"
        if self.coding > self.project:
            return (
                CODING,
                f"coding is a share of the project's {self.project:g} percent and cannot be {self.coding:g}",
            )
        return None


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it costs to hand in late: a day begins with its first second."""

    free: Count = 3  # late days in the whole course that cost nothing
    each: Count = 1  # the most of them for one assignment
    penalty: Percent = 20  # of the assignment's score, for each further day
    counts: Literal["last", "best", "chosen"] = "best"  # which submission; "chosen": else the last
    none_after: dict[str, datetime] = {}  # review or project -> due time after which it earns nothing

    def wrong(self) -> tuple[str, str] | None:
        """Return what does not fit together: a key and half a sentence."""
        other = next((part for part in self.none_after if part not in ("review", "project")), None)
        return ("none_after", f"none_after: {other!r} is neither review nor project") if other else None


class Regrades(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When somebody may ask for another look."""

    days: Annotated[float, msgspec.Meta(ge=0)] = 3  # after the grade was to be seen
