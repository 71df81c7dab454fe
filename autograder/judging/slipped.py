"""Names a mistake that nobody foresaw: makes small slips in the reference and looks for the same results.

A slip is told only where it gives, in every call of every check of the task, what came; where so much differs
from the reference that no chance does that; and where few slips give the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..differences.scope import NAMELESS
from ..spec import Assignment
from .search import searched
from .telling import evidence
from .trial import CheckRun


def slipped(assignment: Assignment, task: str, judged: Sequence[CheckRun]) -> dict[str, str]:
    """Return for each failed check of a task the slip that gives all that came, as its sentence."""
    found = evidence(assignment.package, judged)
    if not found:
        return {}
    telling = [call for call, _ in found.wrong]
    says = searched(
        assignment, assignment.task(task), [*telling, *found.fitting], telling, found.by[0], found.digits
    )
    speaks = says and not says.startswith(NAMELESS)  # of a value that has no name, students learn nothing
    return dict.fromkeys(found.checks, says) if speaks else {}
