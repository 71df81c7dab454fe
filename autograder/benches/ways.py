"""Each front end's own way from a hand-in to points, through the commands that people run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec

from ..errors import MachineFault
from ..frontends.points import Answer
from ..judging.score import earned
from ..keys import KEY_ENV
from ..records import CheckResult, Result, Verdict, Visibility
from ..results.store import read_results
from ..spec import Assignment
from .cohort import Files

Points = tuple[float, ...] | None  # of each task, and the total; None: withheld
BIN = Path(sys.executable).parent
KEY = "of a cohort that nobody is graded in"
NO_KEY: Any = {KEY_ENV: ""}  # in Gradescope's container there is that of the assignment alone
TIMEOUT_S = 3600  # of one program, which may grade the whole cohort on a busy machine


@dataclass(frozen=True)
class Place:
    """A course, and a folder for what each way writes."""

    root: Path
    assignment: Assignment
    scratch: Path

    def run(self, *words: str | Path, cwd: Path | None = None, fails: bool = False, **more: str) -> str:
        """Run a program of this environment; raises MachineFault where it fails, unless it may."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        kept |= {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(self.root), KEY_ENV: KEY}
        done = subprocess.run(
            list(map(str, words)), cwd=cwd or self.root, env=kept | more, capture_output=True, text=True,
            timeout=TIMEOUT_S, check=False, errors="replace",
        )  # fmt: skip
        if done.returncode and not fails:
            raise MachineFault(f"{' '.join(map(str, words[:4]))}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return done.stdout

    def autograder(self, *words: str | Path, **more: Any) -> str:
        """Run a command of ours."""
        return self.run(sys.executable, "-m", "autograder", *words, **more)


def release(place: Place) -> None:
    """Release the assignment to students and for every front end."""
    name = place.assignment.name
    place.autograder("release", name)
    place.autograder("release", name, "--otter", "--gradescope", "--nbgrader")
    with zipfile.ZipFile(place.root / "front_ends" / f"{name}-gradescope.zip") as archive:
        archive.extractall(place.scratch / "source")
    place.run("nbgrader", "generate_assignment", name, cwd=_course(place))


def grade(place: Place, hand_ins: Mapping[str, Files]) -> dict[str, Result]:
    """Grade a class officially."""
    folder, name = place.scratch / "handed_in", place.assignment.name
    for student, files in hand_ins.items():
        write_files(folder / student, files)
    place.autograder("grade", name, folder, "--out", place.root / "results", fails=True)  # one is withheld
    return {one.grade.student: one for one in read_results(place.root / "results" / name)}


def points_of(result: Result) -> Points:
    """Return a result's points."""
    grade = result.grade
    return None if grade.withheld else (*(task.earned for task in grade.tasks), grade.score)


def public_points(tasks: Iterable[tuple[float, Iterable[CheckResult]]]) -> Points:
    """Return what tasks earn by their public checks alone."""
    parts = [
        earned(most, [check for check in checks if check.visibility is Visibility.PUBLIC])
        for most, checks in tasks
    ]
    return (*parts, round(sum(parts), 2))


def check(place: Place, result: Result, files: Files) -> Points:
    """Run `autograder check` as a student does."""
    tree = students_tree(place, "check", result.grade.student, files)
    said = place.autograder("check", place.assignment.name, "--json", cwd=tree, fails=True)
    found = {one.id: one.checks for one in msgspec.json.decode(said.splitlines()[-1], type=Answer).tasks}
    return public_points((task.points, found[task.id]) for task in place.assignment.tasks)


def plain_pytest(place: Place, result: Result, files: Files) -> Points:
    """Run pytest as a student does; a check that it does not call passed has failed."""
    tree = students_tree(place, "pytest", result.grade.student, files)
    report = tree / "report.xml"
    tests = Path("assignments", place.assignment.name, "tests")
    place.run("pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", tests, cwd=tree, fails=True)
    passed = {case.attrib["name"] for case in ElementTree.parse(report).iter("testcase") if not len(case)}
    return public_points(
        (task.points, [_as_pytest_says(one, passed) for one in task.checks]) for task in result.grade.tasks
    )


def _as_pytest_says(one: CheckResult, passed: set[str]) -> CheckResult:
    right = one.name.partition("::")[2] in passed
    return msgspec.structs.replace(one, verdict=Verdict.PASS if right else Verdict.FAIL)


def otter(place: Place, result: Result, files: Files) -> Points:
    """Run `otter run` with the zip that we generate."""
    out = place.scratch / "otter" / result.grade.student
    out.mkdir(parents=True)
    with zipfile.ZipFile(out / "sub.zip", "w") as archive:
        for name, content in {"README.md": b"", **files}.items():
            archive.writestr(name, content)
    zipped = place.root / "front_ends" / f"{place.assignment.name}-otter" / "autograder.zip"
    place.run("otter", "run", "-a", zipped, "-o", out, "--no-logo", out / "sub.zip", cwd=out)
    return _points_in(out / "results.json")


def gradescope(place: Place, result: Result, files: Files) -> Points:
    """Run Gradescope's entry point in a folder laid out as theirs."""
    base = place.scratch / "gradescope" / result.grade.student
    write_files(base / "submission", files)
    (base / "source").symlink_to(place.scratch / "source")
    user = {"users": [{"email": result.grade.student}]}
    (base / "submission_metadata.json").write_text(json.dumps(user))
    program, python = base / "source" / "run_autograder", sys.executable
    place.run("bash", program, cwd=base, AUTOGRADER_BASE=str(base), AUTOGRADER_PYTHON=python, **NO_KEY)
    return _points_in(base / "results" / "results.json")


def nbgrader(place: Place, hand_ins: Mapping[str, Files]) -> dict[str, Points]:
    """Run `nbgrader autograde` on a class, and `nbgrader export`; totals come from the exported table."""
    from nbgrader.api import Gradebook

    course, name = _course(place), place.assignment.name
    for student, files in hand_ins.items():
        shutil.copytree(course / "release" / name, course / "submitted" / student / name)
        for task in place.assignment.tasks:
            (course / "submitted" / student / name / task.file).unlink(missing_ok=True)
        write_files(course / "submitted" / student / name, files)
    place.run("nbgrader", "autograde", name, cwd=course, fails=True)  # one is withheld
    place.run("nbgrader", "export", cwd=course)
    lines = [line.split(",") for line in (course / "grades.csv").read_text().splitlines()]
    who, score = lines[0].index("student_id"), lines[0].index("score")
    totals = {line[who]: float(line[score]) for line in lines[1:]}
    found: dict[str, Points] = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        for student in hand_ins:
            cells = book.find_submission(name, student).notebooks[0].grades
            there = (course / "autograded" / student / name).is_dir()
            found[student] = (*(cell.auto_score for cell in cells), totals[student]) if there else None
    return found


def _points_in(results: Path) -> Points:
    answer = json.loads(results.read_text())
    return (*answer["extra_data"]["tasks"].values(), answer["score"]) if "score" in answer else None


def students_tree(place: Place, way: str, student: str, files: Files) -> Path:
    """Write a student's repository with these files to hand in, and no others."""
    tree, name = place.scratch / way / student, place.assignment.name
    shutil.copytree(place.root / "assignments", tree / "assignments")
    for shared in ("autograder", "common", "pyproject.toml"):
        (tree / shared).symlink_to(place.root / shared)
    for task in place.assignment.tasks:
        (tree / "assignments" / name / task.file).unlink(missing_ok=True)
    write_files(tree / "assignments" / name, files)
    return tree


def _course(place: Place) -> Path:
    return place.root / "front_ends" / "nbgrader"


def write_files(folder: Path, files: Files) -> None:
    """Write files into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
