"""The bundled class's way through GitHub, on an organisation of this machine, step by step as a TA takes it.

Every commit that counts, lateness, score, comment and correction is compared with what must come out.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from ..course import Hub, load_course
from ..democlass.classroom import Room, Student, enrol
from ..democlass.classwork import class_work
from ..democlass.demo import JOBS, KEY, surprises_of
from ..errors import UserError
from ..github.client import Class, connect, repositories
from ..github.correction import send_correction
from ..github.feedback import Given, give_feedback
from ..github.opening import open_class
from ..github.page import BRANCH as PAGES_AT
from ..github.pushed import PAGES, RECEIVED, fetch_class
from ..github.template import release_template
from ..intake.roster import read_roster
from ..pages.report import feedback_page
from ..pages.views import number
from ..pipeline import Progress, collect_class, grade_class
from ..records import Result, Submission
from ..spec import Assignment, find_assignment, load_assignment
from .organisation import TOKEN, Organisation, run_git
from .pushing import correct_template, push_all, sit_down
from .server import organisation

RENAMED = 4  # a place in the class
CORRECTED = "corrected.md"
PUBLISHED = timedelta(days=7)  # after the due time


@dataclass
class HubDemo:
    """What became of the class; `surprises` has a sentence for all that did not come out as it must."""

    students: int
    as_expected: int = 0
    told: int = 0
    corrected: int = 0
    requests: dict[str, int] = field(default_factory=dict)  # of each step
    seconds: float = 0.0
    results: list[Result] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def expect(self, what: str, came: object, wanted: object) -> None:
        """Note when something came out otherwise."""
        if came != wanted:
            self.surprises.append(f"{what}: {came}, not {wanted}")


@dataclass(frozen=True)
class Stage:
    """Where the class is."""

    root: Path
    folder: Path
    assignment: Assignment
    due: datetime
    hub: Organisation
    place: Class
    students: list[Student]
    done: HubDemo

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is asked meanwhile."""
        before = len(self.hub.asked)
        yield
        self.done.requests[name] = len(self.hub.asked) - before


def run_hub_demo(root: Path, progress: Progress, jobs: int = JOBS) -> HubDemo:
    """Take the class through release, open, work, collect, grade, feedback, a correction and a regrade."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="autograder-demo-") as home, organisation(Path(home, "s")) as hub:
        stage = _stage(root, Path(home), hub)
        _take(stage, progress, jobs)
    stage.done.seconds = round(time.perf_counter() - start, 2)
    return stage.done


def _stage(root: Path, folder: Path, hub: Organisation) -> Stage:
    """Enrol the class, one of whom has renamed the account since the roster was written."""
    course = load_course(root)
    assignment = load_assignment(find_assignment(root, course.demo))
    due = course.due(assignment.name)
    if due is None:
        raise UserError(f"course.toml: give {assignment.name} a due time for the demo")
    students = enrol(Room(folder, assignment, course.classroom, due), class_work(assignment))
    lines = ["github_username,github_id", *(f"{one.username},{n + 1}" for n, one in enumerate(students))]
    (folder / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    logins = [one.username + "-2" * (n == RENAMED) for n, one in enumerate(students)]
    hub.users, hub.accounts = set(logins), {n + 1: login for n, login in enumerate(logins)}
    here = Hub(hub.name, api=f"{hub.url}/api", web=hub.url, pages=True)
    place = connect(replace(course, github=here), assignment, TOKEN)
    return Stage(root, folder, assignment, due, hub, place, students, HubDemo(len(students)))


def _take(stage: Stage, progress: Progress, jobs: int) -> None:
    done, place, roster = stage.done, stage.place, read_roster(stage.folder / "roster.csv")
    with stage.step("release"):
        release_template(place, stage.assignment, stage.root)
    with stage.step("open"):
        opened = open_class(place, roster.values(), _nothing)
    done.expect("repositories made", len(opened.made), len(stage.students))
    done.expect("renamed", opened.renamed.keys(), {stage.students[RENAMED].username})
    desk = sit_down(stage.hub, place, stage.assignment, stage.folder / "desk")
    counts = push_all(desk, stage.students, stage.due)
    with stage.step("first collect"):
        found = _collect(stage)
    with stage.step("second collect"):
        done.expect("the second collect", _collect(stage), found)
    done.expect("requests of the second collect", done.requests["second collect"], 1)
    out = stage.folder / "results"
    done.results = grade_class(stage.assignment, found, KEY, out, progress, jobs).results
    with stage.step("feedback"):
        done.told = len(_tell(stage).written)
    done.expect("students told", done.told, sum(map(bool, counts.values())))
    _compare(stage, counts)
    correct_template(desk, CORRECTED, "Mended.\n")
    with stage.step("correction"):
        done.corrected = len(send_correction(place, stage.assignment, repositories(place), _nothing).sent)
    _look_at_corrections(stage)
    one = next(one for one in found if one.files)
    again = grade_class(stage.assignment, [one], KEY, out, _none, 1, again=True)
    done.expect("changes by the regrade", again.changes, [])
    with stage.step("second feedback"):
        done.expect("told anew after the regrade", _tell(stage).written, [])
    done.expect("requests of the second feedback", done.requests["second feedback"], 1)


def _collect(stage: Stage) -> list[Submission]:
    folder = stage.folder / "class"
    found = repositories(stage.place, folder / PAGES)
    problems = fetch_class(stage.place, found, folder, lambda repository: stage.due, _nothing)
    stage.done.expect("collecting", problems, [])
    roster = stage.folder / "roster.csv"
    return collect_class(stage.root, stage.assignment, folder, roster, folder / RECEIVED)


def _tell(stage: Stage) -> Given:
    out, now = stage.folder / "results", stage.due + PUBLISHED
    results = stage.done.results
    given = give_feedback(stage.place, results, stage.assignment, out, lambda who: "published", now, _nothing)
    stage.done.expect("feedback", given.problems, [])
    return given


def _compare(stage: Stage, counts: Mapping[str, str]) -> None:
    """Compare each student's commit, lateness, points, comment and page with what must come out."""
    found = {result.grade.student: result for result in stage.done.results}
    for student in stage.students:
        result, name = found.get(student.username), student.username
        lines = surprises_of(student, result)
        if result and result.grade.commit != counts[name]:
            lines.append(f"{name}: graded was {result.grade.commit}, not {counts[name]}")
        if result and result.grade.stands:
            where = f"https://{stage.place.prefix}-{name}/1"
            said = [one["body"] for one in stage.hub.comments if one["issue_url"] == where]
            if len(said) != 1 or f"{number(result.grade.score)} of" not in said[0]:
                lines.append(f"{name}: {len(said)} comments, or not with the score")
            if _page_of(stage, name) != feedback_page(result, stage.assignment).strip():
                lines.append(f"{name}: not the page on the branch that holds it")
        stage.done.surprises += lines
        stage.done.as_expected += not lines


def _page_of(stage: Stage, student: str) -> str:
    """Return the page on its branch."""
    bare = stage.hub.bare(f"{stage.place.prefix}-{student}")
    return run_git("-C", str(bare), "show", f"{PAGES_AT}:{stage.assignment.name}.html")


def _look_at_corrections(stage: Stage) -> None:
    """Expect one pull request for everybody, which adds the corrected file and touches no other."""
    path = f"assignments/{stage.assignment.name}/{CORRECTED}"
    for student in stage.students:
        name = f"{stage.place.prefix}-{student.username}"
        heads = [one["ends"]["head"] for one in stage.hub.pulls[name] if one["ends"]["base"] == "main"]
        bare = str(stage.hub.bare(name))
        changed = [run_git("-C", bare, "diff", "--name-only", f"main...{head}") for head in heads]
        stage.done.expect(f"the correction of {name}", changed, [path])


def _nothing() -> None:
    """Show no progress."""


def _none(result: Result, kept: bool) -> None:
    """Show no progress of grading."""
