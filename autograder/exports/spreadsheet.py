"""The table of grades as a spreadsheet: points are numbers, everything else is text that nothing runs."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from .grades import as_csv

NAMES = 3  # columns that say who it is: never numbers, whatever an identifier looks like
NUMBER = re.compile(r"-?\d+(\.\d+)?")
MOST = 40  # characters of a column's width


def spreadsheet(rows: Sequence[Sequence[str]]) -> bytes:
    """Return header and rows as an .xlsx file of one sheet, whose header and names stay in sight."""
    book = Workbook()
    sheet = book.active
    sheet.title, sheet.freeze_panes = "grades", sheet.cell(2, NAMES + 1)
    for number, row in enumerate(rows, 1):
        for at, text in enumerate(row, 1):
            if not text:
                continue
            cell = sheet.cell(number, at)
            if number > 1 and at > NAMES and NUMBER.fullmatch(text):
                cell.value = float(text)
            else:
                cell.value, cell.data_type = text, "s"  # else what begins with "=" is a formula
            if number == 1:
                cell.font = Font(bold=True)
    for column in sheet.iter_cols():
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(widest, MOST) + 2
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def spreadsheet_lines(content: bytes) -> list[str]:
    """Return what the first sheet of a spreadsheet says, as lines of a CSV."""
    book = load_workbook(io.BytesIO(content))
    rows = [
        [
            f"{value:.12g}" if isinstance(value, float) else str("" if value is None else value)
            for value in row
        ]
        for row in book.worksheets[0].iter_rows(values_only=True)
    ]
    return as_csv(rows, mark=False).decode().splitlines()
