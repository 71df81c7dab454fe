"""The course's assignments and official scores as Classroom 50's `assignments.json` and `scores.json`.

Scores are in whole hundredths of a point, and each is an override, which its own collecting leaves alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..course import Course, Hub
from ..errors import UserError
from ..records import Grade, Result
from ..spec import Assignment

ASSIGNMENTS = "classroom50/assignments/v1"
NONE = {"schema": ASSIGNMENTS, "assignments": []}  # an `assignments.json` without any
SCALE = 100  # units in a point


def add_assignments(held: Any, course: Course, hub: Hub, chosen: Sequence[Assignment]) -> dict[str, Any]:
    """Return `assignments.json` with an entry for each of these; what it holds besides stays as it is.

    Raises UserError for a file of another kind.
    """
    listed = held.get("assignments") if isinstance(held, dict) and held.get("schema") == ASSIGNMENTS else None
    if not (isinstance(listed, list) and all(isinstance(one, dict) and "slug" in one for one in listed)):
        raise UserError(f"this is no Classroom 50 assignments.json: it does not keep to {ASSIGNMENTS!r}")
    entries = {entry["slug"]: entry for entry in listed}
    for one in chosen:
        slug = course.short(one.name)
        entries[slug] = {"autograder": "default", **entries.get(slug, {}), **_entry(course, hub, slug, one)}
    return {**held, "assignments": list(entries.values())}


def _entry(course: Course, hub: Hub, slug: str, assignment: Assignment) -> dict[str, Any]:
    template = {"owner": hub.organisation, "repo": f"{course.classroom}-{slug}", "branch": "main"}
    entry = {"slug": slug, "name": assignment.title, "mode": "individual", "template": template}
    due = course.due(assignment.name)
    return entry | ({"due": _moment(due)} if due else {})


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def scores(course: Course, hub: Hub, results: Mapping[str, Sequence[Result]]) -> dict[str, Any]:
    """Return what `scores.json` holds: an entry for everybody whose score stands and whose work has a time.

    `results` are by assignment as repositories call it, such as "a04": a slug has no underscore.
    """
    assignments = {
        slug: {
            "type": "individual",
            "entries": [
                {
                    "owner": grade.student.lower(),
                    "override": True,
                    "submissions": [{key: value for key, value in one.items() if key != "assignment"}],
                }
                for grade in (result.grade for result in found)
                if (one := submission(course, hub, slug, grade))
            ],
        }
        for slug, found in results.items()
    }
    return {"schema": "classroom50/scores/v1", "assignments": assignments}


def submission(course: Course, hub: Hub, slug: str, grade: Grade) -> dict[str, Any]:
    """Return one student's `result.json` (classroom50/result/v1); nothing where no score stands."""
    if not (grade.stands and grade.received_at and grade.commit):
        return {}
    moment = datetime.fromisoformat(grade.received_at).astimezone(UTC)
    owner = grade.student.lower()
    home = f"{hub.web}/{hub.organisation}/{course.classroom}-{slug}-{owner}"
    tag = f"submit/{moment:%Y-%m-%dT%H-%M-%S}-{grade.commit[:7]}"
    tests = [_test(f"{task.number} {task.title}", task.earned, task.points) for task in grade.tasks]
    tests += [_test(mark.what, mark.points, mark.most) for mark in grade.marks if mark.points is not None]
    return {
        "schema": "classroom50/result/v1",
        "classroom": course.classroom,
        "assignment": slug,
        "assignment_type": "individual",
        "owner": owner,
        "submission": tag,
        "commit": f"{home}/commit/{grade.commit}",
        "release": f"{home}/releases/tag/{tag}",
        "review": f"{home}/commit/{grade.commit}",
        "datetime": _moment(moment),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }


def _test(name: str, earned: float, points: float) -> dict[str, Any]:
    score, most = round(earned * SCALE), round(points * SCALE)
    return {"test-name": name, "passed": score >= most, "score": score, "max-score": most}
