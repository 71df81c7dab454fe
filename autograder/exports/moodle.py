"""What counts, as a table that Moodle's grade import reads: in percent, for it takes nothing above 100.

A row without an identifier would give its grade to the student of the row before, so there is none. "-"
stands for no grade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..intake.roster import RosterEntry
from ..ledger.work import rounded
from .grades import safe_cell

NO_GRADE = "-"


def moodle_table(
    roster: Mapping[str, RosterEntry], columns: Sequence[tuple[str, Mapping[str, Fraction]]]
) -> tuple[list[list[str]], list[str]]:
    """Return header and rows, and who is left out for want of an identifier.

    A column is its heading and what everybody has, as a share by case-folded student.
    """
    rows = [["ID number", *(f"{heading} (percent)" for heading, _ in columns)]]
    left_out = []
    for key, entry in roster.items():
        if not entry.identifier:
            left_out.append(entry.id)
            continue
        shares = [found.get(key) for _, found in columns]
        cells = [NO_GRADE if share is None else f"{rounded(100 * share):.2f}" for share in shares]
        rows.append([safe_cell(entry.identifier), *cells])
    return rows, left_out
