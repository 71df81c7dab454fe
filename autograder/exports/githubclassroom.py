"""The table of grades as GitHub Classroom wrote it, which other tools read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..course import Course, Hub
from ..intake.roster import RosterEntry
from ..records import Grade, Result
from .grades import safe_cell

COLUMNS = (
    "assignment_name",
    "assignment_url",
    "starter_code_url",
    "github_username",
    "roster_identifier",
    "student_repository_name",
    "student_repository_url",
    "submission_timestamp",
    "points_awarded",
    "points_available",
)


def grade_table(
    course: Course, hub: Hub, roster: Mapping[str, RosterEntry], results: Mapping[str, Sequence[Result]]
) -> list[list[str]]:
    """Return header and rows: each student of the roster in each assignment, no points where no score stands.

    `results` are by assignment as repositories call it, such as "a04".
    """
    rows = [list(COLUMNS)]
    for label, found in results.items():
        grades = {result.grade.student.casefold(): result.grade for result in found}
        most = next((grade.max_score for grade in grades.values()), 0.0)
        rows += [_row(course, hub, label, student, grades.get(id), most) for id, student in roster.items()]
    return rows


def _row(
    course: Course, hub: Hub, label: str, student: RosterEntry, grade: Grade | None, most: float
) -> list[str]:
    name, home = f"{course.classroom}-{label}-{student.id}", f"{hub.web}/{hub.organisation}"
    return [
        label,
        "",  # of the service, which is closed
        f"{home}/{course.classroom}-{label}",
        student.id if student.linked else "",
        safe_cell(student.identifier),
        name if student.linked else "",
        f"{home}/{name}" if student.linked else "",
        grade.received_at if grade else "",
        f"{grade.score:g}" if grade and grade.stands else "",
        f"{most:g}",
    ]
