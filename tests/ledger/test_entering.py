"""Result files and marks enter the ledger once; what would move somebody's grade waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from autograder import cli
from autograder.intake.marks import MARKS
from autograder.records import CheckResult, Grade, Result, Run, TaskResult, Verdict, Visibility
from autograder.results.store import write_result
from tests.tiny_assignment import NAME, write_tiny

RECEIVED = "2026-10-12T22:00:00+00:00"  # one second late
PUBLIC = Visibility.PUBLIC


def result(
    student: str, double: float = 10.0, commit: str = "c0ffee", verdict: Verdict = Verdict.PASS
) -> Result:
    checks = (CheckResult("tests/test_both.py::test_twice", "Twice", PUBLIC, verdict),)
    tasks = (
        TaskResult("double", "1.1", "Twice", 40, double, checks),
        TaskResult("total", "1.2", "Sum", 60, 60, checks),
    )
    withheld = verdict is Verdict.ERROR
    grade = Grade(student, "", NAME, commit, RECEIVED, True, "1", double + 60, 100.0, withheld, tasks)
    return Result(grade, Run("full", "", "", 0.0, "", {"the assignment": "1"}))


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_tiny(tmp_path)
    text = (tmp_path / "course.toml").read_text()
    (tmp_path / "course.toml").write_text(text.replace("\n[", "by_hand = { lab = 30 }\n\n[", 1))
    store(tmp_path, result("ada"), result("Bob"))
    (tmp_path / "roster.csv").write_text("identifier,github_username,name\n1,ada,Ada\n2,Bob,Bob\n3,cem,Cem\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUTOGRADER_LEDGER", raising=False)
    return tmp_path


def store(root: Path, *results: Result) -> None:
    out = root / "results" / NAME
    out.mkdir(parents=True, exist_ok=True)
    for one in results:
        write_result(one, out)


def marks(root: Path, rows: str) -> None:
    (root / "results" / NAME / MARKS).write_text(f"student,what,points,comment\n{rows}")


def told(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli.app, [*words, "--json"])
    assert done.exit_code == 0, done.output + str(done.exception)
    return json.loads(done.stdout)


def error(*words: str) -> str:
    done = CliRunner().invoke(cli.app, list(words))
    assert done.exception, done.output
    return str(done.exception)


def add() -> tuple[int, list[str]]:
    found = told("ledger", "add")["assignments"][NAME]
    return found["entered"], found["would_move"]


def standing(student: str) -> dict[str, Any]:
    return told("ledger", "why", student, "a91")["assignments"][0]


def test_results_and_marks_enter_once(course: Path) -> None:
    assert add() == (2, [])
    assert add() == (0, [])
    marks(course, "ada,lab,27,Good.\nbob,double,40,Right too.\nada,,,A pleasure.\n")
    assert add() == (2, [])
    assert add() == (0, [])
    assert standing("ADA")["points"] == 97  # of 130, its late day free
    assert standing("bob")["open"] == "lab is not marked yet"
    marks(course, "ada,lab,28,Better.\nbob,double,40,Right too.\nbob,lab,0,\n")
    assert add() == (2, [])
    assert standing("ada")["points"] == 98
    assert standing("Bob")["points"] == 100
    assert told("ledger", "verify")["events"] == 6


def test_another_word_on_the_same_commit_waits_and_another_commit_does_not(course: Path) -> None:
    add()
    store(course, result("ada", 40.0), result("Bob", 40.0, "beef"))
    assert add() == (1, ["ada"])
    assert add() == (0, ["ada"])
    marks(course, "ada,lab,0,\nbob,lab,0,\n")
    add()
    assert standing("ada")["points"] == 70
    assert standing("bob")["points"] == 100


def test_whoever_was_withheld_gets_the_score_when_there_is_one(course: Path) -> None:
    store(course, result("ada", 0.0, verdict=Verdict.ERROR))
    assert add() == (2, [])
    store(course, result("ada", 40.0))
    assert add() == (1, [])


def test_a_time_that_becomes_known_is_entered(course: Path) -> None:
    early = result("ada")
    store(course, replace(early, grade=replace(early.grade, received_at="", late=False)))
    assert add() == (2, [])
    store(course, early)
    assert add() == (1, [])
    assert standing("ada")["late_days"] == 1


def test_marks_of_parts_enter_once_and_mistakes_come_all_at_once(course: Path) -> None:
    add()
    table = course / "review.csv"
    table.write_text("student,what,points,most,comment\nada,review,38,45,Fine\ncem,attendance,12,16,\n")
    words = "review.csv:3: nobody is called 'cem'; there is 'Bob', 'ada'"
    assert error("ledger", "mark", "review.csv") == words
    mark = ("ledger", "mark", "review.csv", "--roster", "roster.csv")
    assert told(*mark) == {"entered": 2, "same": 0, "ok": True}
    assert told(*mark) == {"entered": 0, "same": 2, "ok": True}
    assert told("ledger", "why", "ada")["parts"]["review"] == 84.44
    table.write_text(
        "student,what,points,most,received_at\nada,essay,1,2,\nada,review,46,45,\nada,review,x,45,\n"
        "bob,project,1,2,2026-01-01\nbob,review,1,2,\nbob,review,1,2,\n"
    )
    assert [line.split(":", 2)[1] for line in error(*mark).splitlines()] == ["2", "3", "4", "5", "7"]
    assert "received_at '2026-01-01' is no time with its zone" in error(*mark)


def test_an_extension_is_given_by_hand_and_taken_back(course: Path) -> None:
    marks(course, "ada,lab,0,\n")
    add()
    assert standing("ada")["free_days"] == 1
    extend = ("ledger", "extend", "ada", "a91", "2026-10-14T21:59:59", "--reason", "ill")
    number = told(*extend)["event"]
    assert standing("ada")["late_days"] == 0
    told("ledger", "void", str(number), "--reason", "of somebody else")
    assert standing("ada")["late_days"] == 1
    assert "is no longer than that" in error("ledger", "extend", "ada", "a91", "2026-10-01", "--reason", "x")
    assert "nobody is called 'adda' in the ledger" in error(
        "ledger", "extend", "adda", "a91", "2026-12-01", "--reason", "x"
    )
    assert "write 2026-10-15T23:59:59" in error("ledger", "extend", "ada", "a91", "soon", "--reason", "x")
    assert "there is no event 99" in error("ledger", "void", "99", "--reason", "x")


def test_a_submission_is_chosen_by_the_beginning_of_its_commit(course: Path) -> None:
    text = (course / "course.toml").read_text()
    (course / "course.toml").write_text(text + '\n[late]\ncounts = "chosen"\n')
    marks(course, "ada,lab,0,\n")
    add()
    store(course, result("ada", 0.0, "beef"))
    add()
    assert standing("ada")["points"] == 60
    told("ledger", "choose", "ada", "a91", "c0f")
    assert standing("ada")["points"] == 70
    assert "no one commit of ada begins with 'f'" in error("ledger", "choose", "ada", "a91", "f")


def test_the_class_and_the_events_are_shown(course: Path) -> None:
    add()
    everybody = told("ledger", "class", "--roster", "roster.csv")["students"]
    assert [one["student"] for one in everybody] == ["Bob", "ada", "cem"]
    assert everybody[2]["total"] is None
    events = told("ledger", "list", "--student", "bob")["events"]
    assert [(event["student"], event["kind"], event["commit"]) for event in events] == [
        ("Bob", "graded", "c0ffee")
    ]
    for words in (("class",), ("list",), ("why", "ada"), ("verify",)):
        assert CliRunner().invoke(cli.app, ["ledger", *words]).exit_code == 0


def test_a_ledger_is_kept_in_a_file_and_brought_back(course: Path, tmp_path: Path) -> None:
    add()
    head = told("ledger", "verify")["head"]
    told("ledger", "backup", "kept.jsonl")
    other = f"sqlite:///{tmp_path}/other.db"
    assert told("ledger", "restore", "kept.jsonl", "--ledger", other)["events"] == 2
    assert told("ledger", "verify", "--ledger", other, "--head", head)["head"] == head
    gone = CliRunner().invoke(cli.app, ["ledger", "verify", "--head", "0" * 64])
    assert gone.exit_code == 1
    assert "events that were there are gone" in gone.output
