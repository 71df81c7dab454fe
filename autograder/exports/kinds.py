"""The kinds of exports, apart from what makes them, for commands begin by naming them."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Whose form it is."""

    PLAIN = "plain"
    SPREADSHEET = "spreadsheet"
    GITHUB_CLASSROOM = "github-classroom"
    CLASSROOM50 = "classroom50"
    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    JUNIT = "junit"


FILES = {  # where an export goes by itself; grades.csv where none is named
    Format.SPREADSHEET: "grades.xlsx",
    Format.CLASSROOM50: "scores.json",
    Format.GRADESCOPE: "grades.zip",
    Format.JUNIT: "grades.xml",
}
BY_LEDGER = (Format.CANVAS, Format.MOODLE, Format.GRADESCOPE)  # which are for what counts, and nothing else
