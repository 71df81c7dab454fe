"""A semester comes to the grades that its facts come to when worked out in another way, on both databases."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from autograder import cli
from autograder.course import load_course
from autograder.errors import UserError
from autograder.intake.roster import plain
from autograder.ledger.account import accounts
from autograder.ledger.book import Book
from autograder.semester.facts import draw
from autograder.semester.play import Semester, run_semester
from autograder.spec import load_assignment
from tests.ledger.test_entering import told

ROOT = Path(__file__).parents[2]
DAY_S = 24 * 60 * 60
COURSE = load_course(ROOT)
EACH, CODING = COURSE.late.penalty / 100, COURSE.weights.coding
WEIGHTS = {
    "attendance": COURSE.weights.attendance,
    "participation": COURSE.weights.participation,
    "review": COURSE.weights.review,
    "project": COURSE.weights.project - CODING,
}


def percents(semester: Semester, student: str, name: str) -> list[tuple[float, int]]:
    """Return of each submission its percent before lateness, and its late days."""
    term, assignment = semester.term, semester.assignments[name]
    due = semester.course.assignments[name].due
    longest = max([0, *(d.days for who, what, d, _ in term.extensions if (who, what) == (student, name))])
    if name == term.moved[0]:  # an extension is a time, which does not move with the due time
        longest = max(0, longest - term.moved[1].days)
    found = []
    for one in term.handed[student, name]:
        points = dict(one.points)
        for dispute in term.disputes:
            if (dispute.student, dispute.assignment) == (student, name) and dispute.points is not None:
                points[dispute.task] = dispute.points
        seconds = (one.received - due).total_seconds() - longest * DAY_S
        most = sum(task.points for task in assignment.tasks) + sum(COURSE.by_hand.values())
        percent = 100 * (sum(points.values()) + term.labs[student, name]) / most
        found.append((percent, max(0, math.ceil(seconds / DAY_S))))
    return found or [(0.0, 0)]


def worth(found: list[tuple[float, int]], free: int) -> float:
    return max(percent * max(0.0, 1 - EACH * max(0, days - free)) for percent, days in found)


def expected(semester: Semester, student: str) -> float:
    """Try all ways to spend the free days, at most one on each assignment."""
    each = [percents(semester, student, name) for name in semester.assignments]
    ways = [way for count in range(COURSE.late.free + 1) for way in combinations(range(len(each)), count)]
    best = max(sum(worth(found, at in way) for at, found in enumerate(each)) for way in ways)
    total = CODING / 100 * best / len(each)
    for part, weight in WEIGHTS.items():
        points, most = semester.term.parts[student, part]
        extended = any(who == student and what == "project" for who, what, *_ in semester.term.extensions)
        late = part == "project" and student in semester.term.late_projects and not extended
        total += 0 if late else weight * points / most
    return total


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.fixture
def semester(url: str, tmp_path: Path) -> Semester:
    return run_semester(ROOT, url, tmp_path / "semester")


@pytest.mark.skipif(
    (COURSE.late.each, COURSE.late.counts) != (1, "best"), reason="worked out for one free day each, and best"
)
def test_the_final_grades_are_what_the_facts_come_to(
    semester: Semester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    term, folder = semester.term, semester.folder
    wanted = {one.id: expected(semester, one.id) for one in term.people}
    assert len(wanted) == 60
    assert {name: pytest.approx(total, abs=1e-9) for name, total in wanted.items()} == {
        one.student: float(one.total) for one in semester.books.values()
    }
    # The story had everything in it.
    assert semester.killed == 2
    assert semester.moved > 5
    assert sum(bool(d.granted) for d in term.disputes) >= 3
    assert any(not found for found in term.handed.values())
    assert min(one.free_left for one in semester.books.values()) == 0
    # Every export, read back, says the same.
    table = {row["username"]: row for row in rows(folder / "grades.csv")}
    assert {name: float(row["total"]) for name, row in table.items()} == {
        name: pytest.approx(total, abs=0.0051) for name, total in wanted.items()
    }
    canvas = {row["SIS Login ID"]: row["Final (60)"] for row in rows(folder / "canvas.csv")[1:]}
    moodle = {row["ID number"]: row["Final (percent)"] for row in rows(folder / "moodle.csv")}
    for name, row in table.items():
        assert float(canvas[name]) == float(moodle[row["identifier"]]) == float(row["total"])
    header, *sheet = load_workbook(folder / "grades.xlsx").active.iter_rows(values_only=True)
    assert {row[1]: row[header.index("total")] for row in sheet} == {
        name: float(row["total"]) for name, row in table.items()
    }
    suites = {one.get("name"): one for one in ElementTree.parse(folder / "grades.xml").getroot()}
    with zipfile.ZipFile(folder / "gradescope.zip") as archive:
        answers = json.loads(archive.read("scores.json"))["students"]
    for who, what in term.handed:
        score = suites[f"{what}.{who}"].find("properties/property[@name='score']")
        assert float(score.get("value")) == float(table[who][what])
        if what == next(iter(semester.assignments)):
            assert answers[plain(who)]["score"] == float(table[who][what])
    given = {
        (row["github_username"], row["assignment_name"]): row["points_awarded"]
        for row in rows(folder / "classroom.csv")
    }
    hundredths = {
        (entry["owner"], slug): entry["submissions"][0]["score"]
        for slug, bucket in json.loads((folder / "scores.json").read_text())["assignments"].items()
        for entry in bucket["entries"]
    }
    for (who, what), found in term.handed.items():
        short = what.split("_")[0]
        assert float(given[who, short]) == float(table[who][what])
        assert hundredths.get((who, short), 0) == round(100 * float(table[who][what]))
        assert bool(found) == ((who, short) in hundredths)
    assert all((folder / "pages" / "grades" / name / "index.html").is_file() for name in wanted)
    overview = folder / "pages" / "course.html"
    assert overview.stat().st_size < 300_000
    assert overview.read_text(encoding="utf-8").count('class="who"') == 60
    # The command says what came of it.
    monkeypatch.setattr("autograder.semester.play.run_semester", lambda *_: semester)
    said = told("demo", "--semester")
    assert {name: one["total"] for name, one in said["finals"].items()} == {
        name: float(row["total"]) for name, row in table.items()
    }
    assert (said["students"], said["killed"], said["points"]) == (60, 2, "drawn, not graded")
    assert "60 invented students" in CliRunner().invoke(cli.app, ["demo", "--semester"]).output
    # A backup, restored elsewhere, comes to the same.
    with Book(f"sqlite:///{tmp_path}/other.db") as other:
        other.restore(folder / "backup.jsonl")
        assert accounts(semester.course, other.entries()) == semester.books


def test_a_semester_is_drawn_the_same_each_time() -> None:
    course = COURSE
    found = [load_assignment(ROOT / "solutions" / name) for name in course.assignments]
    assert draw(course, found) == draw(course, found)
    with pytest.raises(UserError, match="a semester needs 8 assignments"):
        draw(course, found[:7])
