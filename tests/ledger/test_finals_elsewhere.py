"""Finals as a spreadsheet, for Gradescope and as JUnit XML: read back they say what the ledger says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace
from openpyxl import load_workbook
from typer.testing import CliRunner

from autograder import cli
from autograder.exports.formats import of_results
from autograder.exports.junit import junit
from autograder.exports.kinds import Format
from autograder.exports.spreadsheet import spreadsheet
from autograder.intake.roster import RosterEntry
from autograder.records import CheckResult, Verdict, Visibility
from tests.ledger.course import course as rules
from tests.ledger.test_entering import course as course_folder  # noqa: F401
from tests.ledger.test_entering import told
from tests.ledger.test_finals import EXPORT, books  # noqa: F401
from tests.test_exports import ROSTER, result
from tests.tiny_assignment import NAME

HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\x00\x0b\ufffe\ud800")


def cells(content: bytes) -> list[list[object]]:
    return [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]


def test_a_spreadsheet_has_points_as_numbers_and_all_else_as_text() -> None:
    roster = {str(i): RosterEntry(f"s{i}", name, "007") for i, name in enumerate(HOSTILE)}
    made = of_results(rules(), Format.SPREADSHEET, roster, {"a01": [result("s0", 91.42, late=True)]})
    sheet = load_workbook(io.BytesIO(made.content)).active
    assert {cell.data_type for row in sheet.iter_rows(min_row=2, max_col=3) for cell in row} == {"s"}
    assert cells(made.content)[0] == ["identifier", "username", "name", "a01", "a01 late"]
    names = [row[2] for row in cells(made.content)[1:]]
    assert names[:4] == ["'=1+1", "'+cmd|' /C calc'!A0", "'-2+3", "'@SUM(A1)"]
    assert cells(spreadsheet([["a"], ["x", "y", "=1+1", "=2+2"]]))[1][3] == "=2+2"
    formulas = load_workbook(io.BytesIO(spreadsheet([["=h"], ["x", "y", "=1+1", "=2+2"]]))).active
    assert {cell.data_type for row in formulas.iter_rows() for cell in row if cell.value} == {"s"}


def test_the_spreadsheet_of_finals_is_written_once(books: Path) -> None:  # noqa: F811
    assert told(*EXPORT, "--as", "spreadsheet")["file"] == "grades.xlsx"
    header, ada, bob, cem = cells(Path("grades.xlsx").read_bytes())
    row = dict(zip(header, ada, strict=True))
    assert (row[NAME], row["total"], row["grade"], row["identifier"]) == (72, 51.35, "A", "1")
    assert [bob[3], cem[3]] == [None, None]
    before = Path("grades.xlsx").stat()
    assert told(*EXPORT, "--as", "spreadsheet")["changes"] == []
    assert Path("grades.xlsx").stat() == before
    told("ledger", "extend", "ada", "a91", "2026-10-13T23:59:59+02:00", "--reason", "ill")
    changes = told(*EXPORT, "--as", "spreadsheet", "--dry-run")["changes"]
    assert [line.split(",")[3:5] for line in changes if line.startswith(("-1", "+1"))] == [
        ["72", "2"], ["90", "1"]
    ]  # fmt: skip
    Path("grades.xlsx").write_text("mine")
    done = CliRunner().invoke(cli.app, [*EXPORT, "--as", "spreadsheet"])
    assert "another kind of file" in str(done.exception)


def handed_in(zipped: bytes, base: Path, metadata: str) -> dict[str, object]:
    """Return what a zip's autograder writes, in a folder laid out like Gradescope's."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        archive.extractall(base / "source")
        assert {one.filename: one.external_attr >> 16 & 0o111 for one in archive.infolist()} == {
            "scores.json": 0, "run_autograder": 0o111, "setup.sh": 0o111
        }  # fmt: skip
    (base / "submission_metadata.json").write_text(metadata)
    program = base / "source" / "run_autograder"
    program.chmod(0o755)
    subprocess.run([program], check=True, env={**os.environ, "AUTOGRADER_BASE": str(base)})
    return json.loads((base / "results" / "results.json").read_text())


def test_gradescope_tells_everybody_their_own_score(books: Path, tmp_path: Path) -> None:  # noqa: F811
    Path("roster.csv").write_text(
        "identifier,github_username,name\nada@x.edu,ada,Ada\n2,Bob,Bob\n3,cem,Cem\n"
    )
    words = ("export", "a91", *EXPORT[1:], "--as", "gradescope")
    told(*words)
    zipped = Path("grades.zip").read_bytes()
    ada = handed_in(zipped, tmp_path / "ada", '{"users": [{"email": "Ada@X.edu"}]}')
    assert ada["score"] == 72
    assert ada["tests"] == [{"name": NAME, "score": 72, "max_score": 130, "visibility": "visible"}]
    assert "counts 72 of 130" in ada["output"]
    bob = handed_in(zipped, tmp_path / "bob", '{"users": [{"email": "bob@x.edu"}, {"email": "bob"}]}')
    assert "score" not in bob
    for metadata in ('{"users": [{"email": "eve@x.edu"}]}', "[1]", '{"users": 3}', "{"):
        nobody = handed_in(zipped, tmp_path / "nobody", metadata)
        assert "score" not in nobody
        assert "tell the staff" in nobody["output"]
    assert told(*words)["changes"] == []
    assert Path("grades.zip").read_bytes() == zipped
    done = CliRunner().invoke(cli.app, [*EXPORT, "--as", "gradescope"])
    assert "name one assignment" in str(done.exception)


def check(verdict: Verdict, **fields: object) -> CheckResult:
    name = f"test_{verdict.value.lower()}"
    return CheckResult(name, f"It is <{verdict.value}> & well.", Visibility.HIDDEN, verdict, **fields)  # type: ignore[arg-type]


def test_junit_says_what_became_of_each_check() -> None:
    ada = result("ada", 40.0)
    checks = (check(Verdict.PASS), check(Verdict.FAIL, message="got \x1b[31m\ufffe]]>", hint="x"))
    tasks = (replace(ada.grade.tasks[0], checks=(*checks, check(Verdict.ERROR), check(Verdict.SKIPPED))),)
    ada = replace(
        ada, grade=replace(ada.grade, tasks=tasks), run=replace(ada.run, check_seconds={"test_pass": 2.0})
    )
    term = {"a01": [result("wim"), result("bob", withheld=True), ada, result("zoe", problem="no file")]}
    content = junit("T", ROSTER, term)
    assert content == junit("T", ROSTER, term)
    zoe, of_ada, bob = ElementTree.fromstring(content)
    assert [zoe.get("name"), of_ada.get("name"), bob.get("name")] == ["a01.zoe", "a01.ada", "a01.bob"]
    counts = [of_ada.get(key) for key in ("tests", "failures", "errors", "skipped", "time")]
    assert counts == ["4", "1", "1", "1", "2.000"]
    failure = of_ada.find("testcase/failure")
    assert failure is not None
    assert failure.text == "got \\x1b[31m\\ufffe]]>\nTry: x"
    assert of_ada.find("testcase").get("name") == "1.1 It is <PASS> & well."  # type: ignore[union-attr]
    scores = [one.findall("properties/property[@name='score']") for one in (zoe, of_ada, bob)]
    assert [[one.get("value") for one in found] for found in scores] == [[], ["40"], []]
    assert [one.get("type") for one in bob.iter("skipped")] == ["withheld"] * 2


def test_junit_of_finals_has_a_score_for_what_counts(books: Path) -> None:  # noqa: F811
    told(*EXPORT, "--as", "junit")
    suites = {one.get("name"): one for one in ElementTree.parse("grades.xml").getroot()}
    said = {
        name: {one.get("name"): one.get("value") for one in suite.iter("property")}
        for name, suite in suites.items()
    }
    assert (said[f"{NAME}.ada"]["score"], said[f"{NAME}.ada"]["max_score"]) == ("72", "130")
    assert "score" not in said[f"{NAME}.Bob"]
    assert suites[f"{NAME}.Bob"].get("skipped") == "1"
    assert told(*EXPORT, "--as", "junit")["changes"] == []


@pytest.mark.parametrize("kind", ["canvas", "moodle", "gradescope"])
def test_platforms_get_what_counts_only(books: Path, kind: str) -> None:  # noqa: F811
    done = CliRunner().invoke(cli.app, ["export", "--roster", "roster.csv", "--as", kind])
    assert "add --finals" in str(done.exception)
