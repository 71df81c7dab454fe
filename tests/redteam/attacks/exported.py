"""What results become for others' tools: 69, Markdown on GitHub, and 70, tables in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course import Hub, load_course
from autograder.exports.githubclassroom import grade_table
from autograder.exports.grades import as_csv, grade_sheet
from autograder.exports.markdown import as_markdown
from autograder.github.comment import comment_on
from autograder.intake.roster import RosterEntry
from autograder.redteam.attack import Attack

from .handins import need
from .people import acts, result

CODE = re.compile(r"^(`{3,})text\n.*?^\1`*[ \t]*$", re.MULTILINE | re.DOTALL)  # a block, fences and all
MARKDOWN = {
    "a mention": "@everyone @org/staff",
    "a picture and a link": "![x](http://evil.example/x.png) [y](javascript:alert(1))",
    "an issue to close": "Closes #1, fixes GH-2",
    "markup": "<img src=x><script>x</script></details></code>",
    "out of a block of code": "quoted\n```\n@everyone\n```text\n",
    "out of a longer one": f"quoted\n{'`' * 40}\n@everyone\n~~~\n@everyone",
    "out of the cell of a table": "x | 100 |\n| `eve` | 100 of 100 | |",
}


def in_markdown(words: str) -> Callable[[Path, Any], str]:
    """Have words act in the comment on GitHub: all of them must stand in blocks of code, which ours end."""

    def act(place: Path, bench: Any) -> str:
        for level in ("preview", "receipt", "published"):
            for changes in ({}, {"problem": words}, {"withheld": True, "problem": words}):
                one = result(words, commit="c" * 40, received_at="", **changes)
                outside = CODE.sub("", comment_on(one, bench.judge.assignment, level))  # type: ignore[arg-type]
                own = [line for line in words.splitlines() if line.strip() and line in outside]
                need(not own and "@" not in outside, f"it stands outside of the code: {own}")
                table = as_markdown(bench.judge.assignment, [one])
                need(not any(line in table for line in words.splitlines()), "it stands in the class's table")
        shown = comment_on(result(words), bench.judge.assignment, "published")
        need(words.split()[0] in shown, "dud: it is not shown")
        return "words stand in blocks of code that are longer than their fences"

    return act


FORMULAS = {
    "equals": '=HYPERLINK("http://evil.example";"x")',
    "plus, minus and at": "+1+cmd|'/c calc'!A1",
    "minus": "-2+3",
    "at": "@SUM(1)",
    "after a tab": "\t=1+1",
    "after a return": "\r=1+1",
    "after a line feed": "\n=1+1",
    "after blanks": "  =1+1",
    "after what does not show": "\u200b=1+1",
}


def in_table(words: str) -> Callable[[Path, Any], str]:
    """Have a spreadsheet run a student's name or identifier."""

    def act(place: Path, bench: Any) -> str:
        roster, graded = {"eve": RosterEntry("eve", words, words)}, {"a99": [result(words, received_at="")]}
        course = load_course(bench.judge.assignment.folder.parents[1])
        rows = [*grade_sheet(roster, graded, ()).rows, *grade_table(course, Hub("org"), roster, graded)]
        cells = [cell for row in csv.reader(io.StringIO(as_csv(rows).decode("utf-8-sig"))) for cell in row]
        found = [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
        need(not found, f"a spreadsheet runs {found}")
        need(any("1" in cell or "HYPERLINK" in cell for cell in cells), "dud: it is not in the table")
        return "what a spreadsheet would run is quoted"

    return act


ATTACKS = (
    Attack(69, "Markdown that acts", "report", acts(MARKDOWN, in_markdown)),
    Attack(70, "formulas in tables", "report", acts(FORMULAS, in_table)),
)
