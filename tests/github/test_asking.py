"""An issue of the form becomes one request, once; none is lost without a word, and its words are harmless."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.github import asking
from autograder.github.client import Class
from autograder.loopback.organisation import Organisation
from autograder.spec import Assignment
from tests.github.students import start

FORMS = Path(__file__).parents[2] / "autograder/templates/student/github/ISSUE_TEMPLATE"


def body(check: str, reason: str) -> str:
    """Return what GitHub makes of the form."""
    return f"### {asking.CHECK}\n\n{check}\n\n### {asking.REASON}\n\n{reason}"


@pytest.fixture
def read(
    hub: Organisation, place: Class, example: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The command's answer, of a class of ada and bob; eve has a repository and is in no roster."""
    start(hub, "ada", "bob", "eve")
    (tmp_path / "roster.csv").write_text("identifier,github_username\n1,Ada\n2,bob\n")
    monkeypatch.setattr("autograder.cli.regrade.solution", lambda _: example.folder)
    monkeypatch.setattr("autograder.cli.regrade.find_root", lambda: tmp_path)
    monkeypatch.setattr("autograder.cli.classroom.find_root", lambda: tmp_path)
    ledger = f"sqlite:///{tmp_path}/ledger.db"

    def run(*words: str) -> dict:
        more = [] if words[1] == "list" else ["--github", "a99", "--roster", str(tmp_path / "roster.csv")]
        done = CliRunner().invoke(cli.app, [*words, *more, "--ledger", ledger, "--json"])
        return json.loads(done.stdout)

    return run


def test_the_labels_are_those_of_the_form():
    labels = re.findall(r"label: (.+)", (FORMS / "regrade.yml").read_text())
    assert labels == [asking.CHECK, asking.REASON]
    assert 'title: "Regrade: "' in (FORMS / "regrade.yml").read_text()


def test_an_issue_is_entered_once_whatever_becomes_of_it(hub: Organisation, read):
    hub.clock = "2026-10-16T09:12:00Z"
    issue = hub.open_issue("test-a99-ada", "Regrade: beta", body("the first beta", "Eq. 4.\n\nSee page 3."))
    hub.open_issue("test-a99-ada", "Question: x", "### What do you want to know?\n\nWhy?")
    said = read("regrade", "read")
    assert (said["entered"], said["same"], said["ok"]) == (1, 0, True)
    (row,) = read("regrade", "list")["requests"]
    assert row["student"] == "Ada"
    assert row["asked"]["check"] == "the first beta"
    assert row["asked"]["reason"] == "Eq. 4.\n\nSee page 3."
    assert row["asked"]["asked_at"] == "2026-10-16T09:12:00Z"
    issue["body"], issue["state"] = body("another", "I changed my mind."), "closed"
    said = read("regrade", "read")
    assert (said["entered"], said["same"]) == (0, 1)
    hub.clock = "2026-10-16T09:12:01Z"
    hub.open_issue("test-a99-ada", "Regrade: ", body("the first beta", "Once more.").replace("\n", "\r\n"))
    hub.open_issue("test-a99-bob", "whatever", body("the last beta", "It is 1."))
    assert read("regrade", "read")["entered"] == 2
    assert len(read("regrade", "list")["requests"]) == 3


def test_what_cannot_be_entered_is_said(hub: Organisation, read):
    hub.open_issue("test-a99-ada", "Regrade: please", "It is all wrong!")
    hub.open_issue("test-a99-bob", "regrade: me", body("", "  "))
    hub.open_issue("test-a99-eve", "Regrade: ", body("a", "b"))
    said = read("regrade", "read")
    assert (said["ok"], said["entered"]) == (False, 0)
    assert [one.partition(": ")[0] for one in said["problems"]] == [
        "test-a99-ada#1", "test-a99-bob#1", "test-a99-eve#1"
    ]  # fmt: skip
    assert "autograder regrade ask" in said["problems"][0]
    assert "nobody's of the class" in said["problems"][2]


def test_hostile_words_arrive_harmless(hub: Organisation, read):
    check, reason = "\x1b[31m=1+1 <script>\n\u202e", "`x`\x00\x07 " + "a" * 70_000
    hub.open_issue("test-a99-ada", "Regrade: ", body(check, reason))
    assert read("regrade", "read")["entered"] == 1
    (row,) = read("regrade", "list")["requests"]
    assert row["asked"]["check"] == "\\x1b[31m=1+1 <script> \\u202e"
    assert row["asked"]["reason"].startswith("`x`\\x00\\x07 aaa")
    assert len(row["asked"]["reason"]) < 4100
