"""What people see of marks by rubric, and of how far markers agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table

from ..coursework.agreement import FEWEST, Agreement
from ..intake.rubricmarks import CriterionMark, Marked
from ..rubric import Rubric
from .console import safe


def marks_table(
    rubric: Rubric, found: Mapping[str, Marked], missing: Sequence[str]
) -> Iterator[RenderableType]:
    """Yield a line for each student: the points by criterion, and their sum where nothing is open."""
    table = Table(title=safe(rubric.title), title_justify="left", box=None, pad_edge=False)
    table.add_column("student")
    for one in rubric.criteria:
        table.add_column(safe(one.id), justify="right")
    table.add_column(f"of {rubric.most:g}", justify="right")
    for student, marks in found.items():
        whole = "open" if marks.points is None else f"{marks.points:g}"
        table.add_row(safe(student), *map(_cell, marks.criteria), whole)
    yield table
    if missing:
        yield safe(f"no marks: {', '.join(missing)}")
    for student, marks in found.items():
        for mark in marks.criteria:
            if mark.apart:
                gave = ", ".join(f"{marker} {points:g}" for marker, points in mark.by.items())
                yield safe(f"to be agreed on: {mark.criterion} of {student} ({gave}); enter it by `agreed`")


def _cell(mark: CriterionMark) -> str:
    return f"{mark.points:g}" if mark.points is not None else "apart" if mark.apart else "open"


def agreement_table(rubric: Rubric, agreed: Sequence[Agreement]) -> Iterator[RenderableType]:
    """Yield how far each two markers agree."""
    if not agreed:
        return
    table = Table(title="Agreement", title_justify="left", box=None, pad_edge=False)
    for name in ("markers", "criterion"):
        table.add_column(name)
    for name in ("works", "weighted kappa", "same level", "second gives"):
        table.add_column(name, justify="right")
    for one in agreed:
        kappa = "" if one.kappa is None else f"{one.kappa:.2f}{'' if one.enough else ' ?'}"
        criterion = one.criterion or "all"
        table.add_row(
            safe(" and ".join(one.markers)), safe(criterion), str(one.pairs), kappa, f"{one.same:.0%}",
            f"{one.apart:+g}",
        )  # fmt: skip
    yield table
    if not all(one.enough for one in agreed):
        yield f"? of fewer than {FEWEST} marks: it may be chance"
