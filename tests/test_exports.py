"""What leaves for other tools: the table of grades, zips of feedback, and the page over the term."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from autograder import cli
from autograder.course import Course, Dates, Hub
from autograder.errors import UserError
from autograder.exports.classroom50 import add_assignments, scores, submission
from autograder.exports.githubclassroom import COLUMNS, grade_table
from autograder.exports.grades import as_csv, grade_sheet
from autograder.exports.markdown import as_markdown
from autograder.intake.marks import MARKS
from autograder.intake.roster import RosterEntry
from autograder.records import Grade, Mark, Result, Run, TaskResult
from autograder.results.store import write_result
from autograder.spec import load_assignment
from tests.tiny_assignment import NAME, write_tiny

ROSTER = {
    "zoe": RosterEntry("Zoe", "=cmd|' /C calc'!A0", "s1"),
    "ada": RosterEntry("ada", "Müller, Ada", "007"),
    "bob": RosterEntry("bob", "Bob\x1b[31m", "@s3"),
    "cem": RosterEntry("cem", "", ""),
}


def result(student: str, score: float = 80.0, **changes: object) -> Result:
    tasks = (TaskResult("double", "1.1", "Twice", 40, 0, ()), TaskResult("total", "1.2", "Sum", 60, 0, ()))
    grade = Grade(student, student.title(), NAME, "c0ffee", "", False, "1", score, 100.0, False, tasks)
    return Result(replace(grade, **changes), Run("full", "", "", 0.0, ""))


def read_back(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_table_is_the_rosters_with_cells_empty_where_no_score_stands():
    marked = (Mark("lab", 27.5, 30, ""), Mark("", None, 0, "Fine."))
    found = {
        "a01": [
            result("ada", 91.42, late=True, marks=marked),
            result("bob", withheld=True),
            result("zoe", 0.0),
        ],
        "a02": [result("ada", problem="no submission found"), result("wim")],
    }
    sheet = grade_sheet(ROSTER, found, ["lab"])
    header, zoe, ada, bob, cem = read_back(as_csv(sheet.rows))
    assert header == [
        "identifier", "username", "name", "a01", "a01 late", "a01 lab", "a02", "a02 late", "a02 lab"
    ]  # fmt: skip
    assert ada == ["007", "ada", "Müller, Ada", "91.42", "late", "27.5", "", "", ""]
    assert zoe[3:] == ["0", "", "", "", "", ""]
    assert bob[3:] == cem[3:] == [""] * 6
    assert sheet.withheld == ["bob (a01)"]
    assert sheet.ungraded == ["cem (a01)", "Zoe (a02)", "ada (a02)", "bob (a02)", "cem (a02)"]
    assert sheet.strangers == ["wim (a02)"]


def test_hostile_names_arrive_harmless():
    _, zoe, _, bob, _ = read_back(as_csv(grade_sheet(ROSTER, {}, []).rows))
    assert zoe[2] == "'=cmd|' /C calc'!A0"
    assert bob == ["'@s3", "bob", "Bob\\x1b[31m"]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_tiny(tmp_path)
    course = tmp_path / "course.toml"
    course.write_text(course.read_text().replace("\n[", "by_hand = { lab = 30 }\n\n[", 1))
    out = tmp_path / "results" / NAME
    out.mkdir(parents=True)
    for one in (result("ada"), result("bob", problem="no submission found", score=0.0)):
        write_result(one, out)
    (out / MARKS).write_text("student,what,points,comment\nada,lab,27,\n")
    (tmp_path / "roster.csv").write_text("identifier,github_username,name\n1,ada,Ada\n2,bob,Bob\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> str:
    done = CliRunner().invoke(cli.app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_export_writes_the_same_file_twice(course: Path):
    said = run("export", "--roster", "roster.csv")
    first = Path("grades.csv").read_bytes()
    assert read_back(first)[1:] == [["1", "ada", "Ada", "80", "", "27"], ["2", "bob", "Bob", "", "", ""]]
    assert f"nothing graded: bob ({NAME})" in said
    run("export", NAME, "--roster", "roster.csv")
    assert Path("grades.csv").read_bytes() == first


def test_a_registrars_roster_is_told_how_to_keep_its_numbers(course: Path):
    Path("sheet.csv").write_text(
        'Matrikelnummer;github_username;name\r\n101;ada;"Abel, Ada"\r\n102;bob;Bob\r\n'
    )
    said = run("export", "--roster", "sheet.csv")
    assert (
        "its column identifier is empty: name the column of sheet.csv that it shall be 'identifier'" in said
    )


def test_report_says_which_pages_are_staffs(course: Path):
    assert f"2 pages in pages/{NAME}/feedback; the class: pages/{NAME}/index.html" in run("report", NAME)
    assert f"2 pages in pages/{NAME}/staff; the class: pages/{NAME}/index.html" in run(
        "report", NAME, "--staff"
    )


def test_report_packs_a_zip_for_each_student_and_writes_the_term(course: Path):
    run("report", "--zip")
    page = Path("pages") / NAME / "feedback" / "ada" / "index.html"
    zips = Path("pages") / NAME / "zips"
    assert sorted(path.name for path in zips.iterdir()) == [f"{NAME}-ada.zip", f"{NAME}-bob.zip"]
    with zipfile.ZipFile(zips / f"{NAME}-ada.zip") as archive:
        assert archive.namelist() == [f"{NAME}-ada/index.html"]
        assert archive.read(archive.namelist()[0]) == page.read_bytes()
    before = (zips / f"{NAME}-ada.zip").read_bytes()
    run("report", NAME, "--zip")
    assert (zips / f"{NAME}-ada.zip").read_bytes() == before
    assert "lab: 27 of 30 points." in page.read_text()
    term = Path("pages/index.html").read_text()
    links = re.findall(r'href="([^"]+)"', term)
    assert all((Path("pages") / link).is_file() for link in links)
    assert f"{NAME}/feedback/ada/index.html" in links
    assert ">not graded</a>" in term
    assert "<b>80 %</b>" in term
    assert "For staff only" in term


def test_zips_of_staffs_pages_are_refused(course: Path):
    done = CliRunner().invoke(cli.app, ["report", "--zip", "--staff"])
    assert "leave out --staff" in str(done.exception)


def test_the_summary_of_a_job_has_a_line_for_each_student(tmp_path):
    found = [result("zoe", 0.0, late=True, name="@all"), result("ada", withheld=True)]
    found.append(result("bob", problem="<b>"))
    text = as_markdown(load_assignment(write_tiny(tmp_path)), found)
    assert text.splitlines()[6:] == [
        "| `ada` | withheld: a TA must look |  |",
        "| `bob` | not graded |  |",
        "| `zoe` | 0 of 100 | late |",
        "",
    ]
    assert "@all" not in text


COURSE, HUB = Course("T", "tiny", NAME), Hub("our-org")
ARRIVED = {"commit": "a" * 40, "received_at": "2026-10-12T23:59:59.5+02:00"}
WORD = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 0}
TEST = {"test-name": WORD, "passed": {"type": "boolean"}, "score": COUNT, "max-score": COUNT}
RECORD = {  # classroom50/result/v1 as published, without `assignment`
    "schema": {"const": "classroom50/result/v1"},
    "classroom": WORD,
    "assignment_type": {"enum": ["individual", "group", "team"]},
    "owner": WORD,
    "submission": {"type": "string", "pattern": "^submit/"},
    "commit": WORD,
    "release": WORD,
    "review": WORD,
    "datetime": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"},
    "score": COUNT,
    "max-score": COUNT,
    "tests": {"type": "array", "items": {"type": "object", "properties": TEST, "required": [*TEST]}},
}
SLUG = {"pattern": "^[a-z0-9][a-z0-9-]{1,38}$"}


def closed(**fields: object) -> dict[str, Any]:
    """Return the schema of a table with these fields and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": fields,
        "required": [*fields],
    }


ENTRY = closed(owner=WORD, override={"const": True}, submissions={"minItems": 1, "items": closed(**RECORD)})
BUCKET = closed(type={"enum": ["individual", "group", "team"]}, entries={"type": "array", "items": ENTRY})
SCORES = closed(  # classroom50/scores/v1 as published
    schema={"const": "classroom50/scores/v1"},
    assignments={"propertyNames": SLUG, "additionalProperties": BUCKET},
)
LISTED = closed(  # an entry of classroom50/assignments/v1 as published, without what we never write
    slug=SLUG,
    name=WORD,
    mode={"enum": ["individual", "group", "team"]},
    autograder=SLUG,
    template=closed(owner=WORD, repo=WORD, branch=WORD),
    due=RECORD["datetime"],
)


def test_classroom_50_gets_hundredths_as_overrides_of_those_whose_score_stands():
    from jsonschema import validate

    task = TaskResult("double", "1.1", "Twice", 40, 33.33, ())
    lab = Mark("lab", 27.5, 30, "")
    found = [
        result("Ada", tasks=(task,), marks=(lab,), **ARRIVED),
        result("bob", withheld=True, **ARRIVED),
        result("cem"),
    ]
    written = scores(COURSE, HUB, {"a91": found})
    validate(written, SCORES)
    (entry,) = written["assignments"]["a91"]["entries"]
    validate(submission(COURSE, HUB, "a91", found[0].grade), closed(**RECORD, assignment=WORD))
    (record,) = entry.pop("submissions")
    assert entry == {"owner": "ada", "override": True}
    assert (record["score"], record["max-score"], record["datetime"]) == (6083, 7000, "2026-10-12T21:59:59Z")
    assert record["commit"] == f"https://github.com/our-org/tiny-a91-ada/commit/{'a' * 40}"


def test_classroom_50_lists_the_assignments_and_keeps_what_it_held(tmp_path):
    from jsonschema import validate

    tiny = load_assignment(write_tiny(tmp_path))
    due = datetime.fromisoformat("2026-10-12T23:59:59+02:00")
    course = Course("T", "tiny", NAME, assignments={NAME: Dates(due=due)})
    other = {"slug": "essay", "name": "Essay", "mode": "individual", "autograder": "default", "locked": True}
    old = {
        "slug": NAME.split("_")[0],
        "name": "Old",
        "mode": "individual",
        "autograder": "own",
        "feedback_pr": True,
    }
    held = {"schema": "classroom50/assignments/v1", "assignments": [other, old]}
    kept, ours = add_assignments(held, course, HUB, [tiny])["assignments"]
    assert kept == other
    assert ours == {
        "slug": old["slug"],
        "name": tiny.title,
        "mode": "individual",
        "autograder": "own",
        "feedback_pr": True,
        "template": {"owner": "our-org", "repo": f"tiny-{old['slug']}", "branch": "main"},
        "due": "2026-10-12T21:59:59Z",
    }
    (fresh,) = add_assignments({**held, "assignments": []}, course, HUB, [tiny])["assignments"]
    validate(fresh, LISTED)
    assert fresh == {key: ours[key] for key in fresh} | {"autograder": "default"}
    nameless = {**held, "assignments": [{"name": "Essay"}]}
    for strange in (
        [],
        {},
        {"schema": "classroom50/scores/v1", "assignments": {}},
        {"schema": held["schema"]},
        nameless,
    ):
        with pytest.raises(UserError, match="no Classroom 50"):
            add_assignments(strange, course, HUB, [tiny])


def test_github_classrooms_table_has_all_students_linked_or_not():
    roster = {"ada": ROSTER["ada"], "s9": RosterEntry("s9", "Not Linked", "=s9", linked=False)}
    header, ada, lone = grade_table(COURSE, HUB, roster, {"a91": [result("ada", **ARRIVED)]})
    assert tuple(header) == COLUMNS
    home = "https://github.com/our-org/tiny-a91"
    assert ada == [
        "a91", "", home, "ada", "007", "tiny-a91-ada", f"{home}-ada", ARRIVED["received_at"], "80", "100"
    ]  # fmt: skip
    assert lone == ["a91", "", home, "", "'=s9", "", "", "", "", "100"]
