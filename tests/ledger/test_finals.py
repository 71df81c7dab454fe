"""Exports of what counts: read back they say what the ledger says; a dry run shows what would change."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from autograder import cli
from tests.ledger.test_entering import add, marks, result, standing, store, told
from tests.ledger.test_entering import course as course_folder  # noqa: F401
from tests.tiny_assignment import NAME

COMMIT = "a" * 40
EXPORT = ("export", "--finals", "--roster", "roster.csv")


@pytest.fixture
def books(course_folder: Path) -> Path:  # noqa: F811
    """Ada is two days late, Bob's lab is not marked, of cem nothing came."""
    late = result("ada", 10.0, COMMIT)
    late = replace(late, grade=replace(late.grade, received_at="2026-10-14T21:59:59+00:00"))
    store(course_folder, late)
    text = (course_folder / "course.toml").read_text()
    hub = 'boundaries = { A = 50, F = 0 }\ngithub = { organisation = "our-org" }\n\n[assignments'
    (course_folder / "course.toml").write_text(text.replace("\n[assignments", hub, 1))
    marks(course_folder, "ada,lab,20,\n")
    add()
    table = "student,what,points,most\n"
    table += "".join(f"ada,{part},1,2\n" for part in ("attendance", "participation", "review", "project"))
    (course_folder / "parts.csv").write_text(table)
    told("ledger", "mark", "parts.csv")
    return course_folder


def cells(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(file).read_bytes().decode("utf-8-sig"), newline="")))


def test_the_plain_table_has_all_that_counts_and_is_the_same_twice(books: Path) -> None:
    assert standing("ada")["points"] == 72  # 90 of 130, one of two late days free
    done = told(*EXPORT)
    ada, bob, cem = cells("grades.csv")
    total = round(0.25 * 100 * 72 / 130 + 0.75 * 50, 2)
    assert ada == {
        "identifier": "1", "username": "ada", "name": "Ada", NAME: "72", f"{NAME} late days": "2",
        "attendance": "50", "participation": "50", "review": "50", "project": "50",
        "total": f"{total:g}", "grade": "A",
    }  # fmt: skip
    assert [bob[NAME], bob["total"], bob["grade"], cem[NAME]] == ["", "", "", ""]
    assert done["open"] == ["Bob (5)", "cem (5)"]
    first = Path("grades.csv").read_bytes()
    assert told(*EXPORT)["changes"] == []
    assert Path("grades.csv").read_bytes() == first


def test_a_dry_run_shows_what_would_change_and_writes_nothing(books: Path) -> None:
    told(*EXPORT)
    before = Path("grades.csv").read_bytes()
    until = ("ledger", "extend", "ada", "a91", "2026-10-13T23:59:59+02:00", "--reason", "ill")
    told(*until)
    changes = told(*EXPORT, "--dry-run")["changes"]
    assert [line.split(",")[0] for line in changes] == [
        "--- grades.csv", "+++ as exported", "@@ -2 +2 @@", "-1", "+1"
    ]  # fmt: skip
    assert changes[-1].split(",")[3:5] == ["90", "1"]
    assert Path("grades.csv").read_bytes() == before
    told(*EXPORT)
    assert told(*EXPORT, "--dry-run")["changes"] == []
    assert "nothing would change" in CliRunner().invoke(cli.app, [*EXPORT, "--dry-run"]).output


def test_github_classroom_and_classroom_50_get_what_counts(books: Path) -> None:
    told(*EXPORT, "--as", "github-classroom", "--out", "classroom.csv")
    points = {row["github_username"]: row["points_awarded"] for row in cells("classroom.csv")}
    assert points == {"ada": "72", "Bob": "", "cem": ""}
    assert {row["points_available"] for row in cells("classroom.csv")} == {"130"}
    told(*EXPORT, "--as", "classroom50")
    (entry,) = json.loads(Path("scores.json").read_text())["assignments"]["a91"]["entries"]
    (submission,) = entry["submissions"]
    assert (entry["owner"], submission["score"], submission["max-score"]) == ("ada", 7200, 13000)
    assert submission["commit"].endswith(COMMIT)


def test_without_the_ledger_a_dry_run_writes_nothing_either(books: Path) -> None:
    plain = ("export", "--roster", "roster.csv")
    assert told(*plain, "--dry-run")["changes"]
    assert not Path("grades.csv").exists()
    told(*plain)
    assert told(*plain, "--dry-run")["changes"] == []


def test_whoever_is_not_in_the_roster_is_named(books: Path) -> None:
    Path("roster.csv").write_text("identifier,github_username\n1,ada\n")
    done = CliRunner().invoke(cli.app, [*EXPORT, "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["strangers"] == ["Bob"]
