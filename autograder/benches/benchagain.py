"""Measures `grade` on a class of which nothing has changed: nobody is judged again."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from ..course import load_course
from ..judging.grading import grade
from ..judging.judge import Judge
from ..pipeline import collect_class, grade_class
from ..records import Result, Submission
from ..seeds import Seed, assignment_key
from ..spec import Assignment, find_assignment, load_assignment
from .bench import describe_machine
from .benchscale import distinct_submissions
from .ways import KEY, Place, write_files

STUDENTS = 2000
TIMES = 3  # that the command is run; the median counts
MOST_S = 5.0  # for a class of 2,000


@dataclass(frozen=True)
class Again:
    """What `autograder grade` takes from its start to its end when all results still hold."""

    machine: str
    students: int
    grade_s: float
    unchanged: bool  # no result was written anew
    ok: bool  # nor would a class of 2,000 take too long


class OneForAll:
    """Judges that give everybody the result of one submission."""

    def __init__(self, one: Result) -> None:
        self._one = one

    def level(self) -> str:
        """Return the level of a sandbox that holds."""
        return "full"

    def grade_all(self, submissions: list[Submission], seeds: dict[str, Seed]) -> Iterator[Result]:
        """Yield each student's result."""
        for one in submissions:
            mine = replace(self._one.grade, student=one.student, seed=f"{seeds[one.student].n:016x}")
            yield replace(self._one, grade=replace(mine, commit=one.commit, received_at=one.received_at))


def bench_again(root: Path, students: int = STUDENTS) -> Again:
    """Measure on generated hand-ins of the demo's assignment, of which one alone is judged."""
    machine = describe_machine()
    assignment = load_assignment(find_assignment(root, load_course(root).demo))
    with tempfile.TemporaryDirectory() as folder:
        place = Place(root, assignment, Path(folder))
        for one in distinct_submissions(assignment, students):
            write_files(place.scratch / "handed_in" / one.student, one.files)
        out = place.scratch / "results"
        graded_before(place, out / assignment.name)
        was = _written(out)
        took = []
        for _ in range(TIMES):
            start = time.perf_counter()
            place.autograder("grade", assignment.name, place.scratch / "handed_in", "--out", out)
            took.append(time.perf_counter() - start)
        same = _written(out) == was and len(was) >= students
    median, most_s = statistics.median(took), MOST_S * max(students / STUDENTS, 0.5)
    return Again(machine, students, round(median, 2), same, same and median <= most_s)


def graded_before(place: Place, out: Path) -> None:
    """Write the results of a class, as if each had been judged."""
    found = collect_class(place.root, place.assignment, place.scratch / "handed_in", None, None)
    with Judge(place.assignment) as judge:
        one = grade(judge, found[0], Seed(0), measured=False)

    @contextmanager
    def open_judges(_: Assignment) -> Iterator[OneForAll]:
        yield OneForAll(one)

    key = assignment_key(KEY.encode(), place.assignment.name)
    grade_class(place.assignment, found, key, out, lambda *_: None, open_judges=open_judges)


def _written(folder: Path) -> dict[str, int]:
    return {entry.name: entry.stat().st_mtime_ns for entry in folder.rglob("*.json")}
