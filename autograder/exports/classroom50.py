"""Official scores as Classroom 50's `scores.json` (classroom50/scores/v1), in whole hundredths of a point.

Each entry is an override, which its own collecting leaves alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..course import Course, Hub
from ..records import Grade, Result

SCALE = 100  # units in a point


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
        "datetime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }


def _test(name: str, earned: float, points: float) -> dict[str, Any]:
    score, most = round(earned * SCALE), round(points * SCALE)
    return {"test-name": name, "passed": score >= most, "score": score, "max-score": most}
