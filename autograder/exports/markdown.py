"""The class's table in Markdown, for the summary of a workflow's job; no student wrote anything in it."""

from __future__ import annotations

from collections.abc import Sequence

from ..pages.classview import class_numbers
from ..pages.views import number, standing
from ..records import Grade, Result
from ..spec import Assignment

WORDS = {"withheld": "withheld: a TA must look", "problem": "not graded"}


def as_markdown(assignment: Assignment, results: Sequence[Result]) -> str:
    """Return the class's numbers and a line for each student, by student."""
    numbers = ", ".join(f"{name} {value}" for name, value in class_numbers(results).items())
    rows = [_row(result.grade) for result in sorted(results, key=lambda result: result.grade.student)]
    head = [f"## {assignment.title}", "", numbers, "", "| student | points | |", "|---|---|---|"]
    return "\n".join([*head, *rows, "", ""])


def _row(grade: Grade) -> str:
    points = f"{number(grade.score)} of {number(grade.max_score)}" if grade.stands else WORDS[standing(grade)]
    return f"| `{grade.student}` | {points} | {'late' if grade.late else ''} |"
