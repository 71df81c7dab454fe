"""Requests within their days, decisions that raise and lower, and checks mended for everybody at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from autograder import cli
from autograder.course import Dates
from autograder.errors import UserError
from autograder.ledger.account import accounts
from autograder.ledger.asking import check_named
from autograder.ledger.events import Asked, Decided, Entry
from autograder.ledger.regrading import decide, moves, requests
from autograder.records import Result
from tests.ledger.course import BEGIN, DAY, DUE, HOUR, NAMES, SECOND, course, entered, graded
from tests.ledger.test_entering import add, error, marks, result, standing, store, told
from tests.ledger.test_entering import course as course_folder  # noqa: F401

ONE = NAMES[0]
GRADED_AT = BEGIN + HOUR  # by `entered`


def asked(after: timedelta) -> Asked:
    return Asked(ONE, "the first beta", "Eq. 4", GRADED_AT + after)


def held(*events) -> list[Entry]:
    return [
        Entry(
            entry.number, max(entry.at, getattr(entry.event, "asked_at", entry.at)), "ta", "ada", entry.event
        )
        for entry in entered(*events)
    ]


@pytest.mark.parametrize(("after", "in_time"), [(SECOND, True), (3 * DAY, True), (3 * DAY + SECOND, False)])
def test_a_request_is_in_time_within_three_days_of_the_grade(after, in_time):
    (one,) = requests(course(), held(graded(ONE), asked(after)))
    assert one.in_time is in_time
    assert one.until == GRADED_AT + 3 * DAY


def test_the_days_begin_when_the_grade_is_to_be_seen():
    rules = course()
    shown = {**rules.assignments, ONE: Dates(due=DUE[ONE], published=GRADED_AT + 5 * DAY)}
    later = type(rules)("T", "t", ONE, assignments=shown)
    (one,) = requests(later, held(graded(ONE), asked(8 * DAY)))
    assert one.in_time


def test_a_decision_does_not_open_the_days_again():
    events = held(graded(ONE), asked(DAY), asked(3 * DAY + HOUR))
    answer = decide(events, course(), 2, True, "yes", ("one", 10.0))
    decided = Entry(4, GRADED_AT + 2 * DAY, "ta", *answer[0])
    assert [one.in_time for one in requests(course(), [*events, decided])] == [True, True]
    assert [one.in_time for one in requests(course(), events)] == [True, False]


def test_a_decision_raises_or_lowers_a_tasks_points():
    events = held(graded(ONE, 80), asked(DAY))
    for points in (0.0, 12.5, 40.0):
        (new,) = decide(events, course(), 2, True, "Looked.", ("one", points))
        books = accounts(course(), [*events, Entry(3, GRADED_AT + 2 * DAY, "ta", *new)])
        assert books["ada"].standings[ONE].points == points + 40


def test_what_cannot_be_decided_so_is_refused():
    events = held(graded(ONE, 80), asked(4 * DAY))
    with pytest.raises(UserError, match="request 2 came too late"):
        decide(events, course(), 2, True, "x")
    assert decide(events, course(), 2, True, "x", anyway=True) == [("ada", Decided(2, True, "x"))]
    assert decide(events, course(), 2, False, "x") == [("ada", Decided(2, False, "x"))]
    with pytest.raises(UserError, match="event 1 is no request"):
        decide(events, course(), 1, False, "x")
    with pytest.raises(UserError, match="changes no points"):
        decide(events, course(), 2, False, "x", ("one", 1.0))
    with pytest.raises(UserError, match="no task 'three'"):
        decide(events, course(), 2, True, "x", ("three", 1.0), anyway=True)
    with pytest.raises(UserError, match="one has 0 to 40 points, not 41"):
        decide(events, course(), 2, True, "x", ("one", 41.0), anyway=True)


def test_who_would_move_is_shown_with_lateness_and_why():
    before = replace(graded(ONE, 80, DAY + SECOND), inputs={"the assignment": "1", "the engine": "1"})
    after = replace(graded(ONE, 90, DAY + SECOND), inputs={"the assignment": "2", "the engine": "1"})
    (move,) = moves(course(), ONE, {"ada": after}, held(before), BEGIN + DAY)
    assert (move.student, move.before, move.after) == ("ada", 64, 72)
    assert float(move.total) == 0.08 * 25 / 5
    assert move.why == "two 40 → 50; changed: the assignment"


def test_a_check_is_meant_by_its_first_words_or_its_name():
    one = result("ada")
    assert check_named(one, "twice") == check_named(one, "test_both.py::") == "tests/test_both.py::test_twice"
    with pytest.raises(UserError, match="'fresh' names 0 checks; say with --check"):
        check_named(one, "fresh")


# --------------------------------------------------------------------------------------------- the commands
def changed(one: Result, assignment: str) -> Result:
    return replace(one, run=replace(one.run, inputs={"the assignment": assignment}))


def test_mended_checks_move_everybody_in_one_event(course_folder: Path) -> None:  # noqa: F811
    marks(course_folder, "ada,lab,0,\nbob,lab,0,\n")
    store(course_folder, result("cem", 40.0))
    add()
    store(course_folder, changed(result("ada", 30.0), "2"), changed(result("Bob", 0.0), "2"))
    regrade = ("regrade", "--all", "a91")
    shown = told(*regrade)
    assert [(one["student"], one["before"], one["after"]) for one in shown["moves"]] == [
        ("Bob", 70, 60),
        ("ada", 70, 90),
    ]
    assert shown["event"] == 0
    assert standing("ada")["points"] == 70
    assert "--publish needs --reason" in error(*regrade, "--publish")
    done = told(*regrade, "--publish", "--reason", "The bound was too tight.")
    assert (standing("ada")["points"], standing("bob")["points"]) == (90, 60)
    (event,) = told("ledger", "list", "--student", "bob")["events"][-1:]
    assert (event["kind"], event["number"], sorted(event["grades"])) == (
        "regraded",
        done["event"],
        ["Bob", "ada"],
    )
    again = told(*regrade, "--publish", "--reason", "once more")
    assert (again["moves"], again["event"]) == ([], 0)
    assert add() == (0, [])


def test_what_was_not_graded_again_is_said_until_it_was(course_folder: Path) -> None:  # noqa: F811
    marks(course_folder, "ada,lab,0,\nbob,lab,0,\n")
    late = replace(result("ada", 20.0, "b" * 40), run=changed(result("ada"), "1").run)
    late = replace(late, grade=replace(late.grade, received_at="2026-10-13T21:59:59+00:00"))
    first = changed(result("ada", 10.0, "a" * 40), "1")
    for one in (first, late):
        store(course_folder, one, changed(result("Bob"), "1"))
        add()
    regrade = ("regrade", "--all", "a91")
    assert told(*regrade)["left"] == []
    store(course_folder, changed(result("ada", 15.0, "a" * 40), "2"), changed(result("Bob", 5.0), "2"))
    said = told(*regrade, "--publish", "--reason", "mended")
    assert ([one["student"] for one in said["moves"]], said["left"]) == (["Bob", "ada"], [["ada", "b" * 40]])
    shown = CliRunner().invoke(cli.app, [*regrade]).output
    assert "not graded again, for results hold other commits: ada bbbbbbbbbb" in shown
    mended = changed(replace(late, grade=replace(late.grade, tasks=result("ada", 30.0).grade.tasks)), "2")
    store(course_folder, mended)
    said = told(*regrade, "--publish", "--reason", "mended")
    assert ([one["student"] for one in said["moves"]], said["left"]) == (["ada"], [])


def test_requests_are_read_listed_and_decided(course_folder: Path) -> None:  # noqa: F811
    marks(course_folder, "ada,lab,0,\nbob,lab,0,\n")
    add()
    table = course_folder / "asked.csv"
    table.write_text(
        "student,assignment,check,reason,asked_at\n"
        "ada,a91,Twice,My clamp is right too.,2026-10-14T00:00:00Z\n"
        "BOB,a91,Twice,Please.,2036-10-14T00:00:00Z\n"
    )
    assert told("regrade", "read", "asked.csv")["entered"] == 2
    assert told("regrade", "read", "asked.csv") == {
        "entered": 0, "same": 2, "problems": [], "ok": True
    }  # fmt: skip
    ada, bob = told("regrade", "list")["requests"]
    assert (ada["student"], ada["in_time"], bob["student"], bob["in_time"]) == ("ada", True, "Bob", False)
    ruling = ("--task", "double", "--points", "5", "--reason", "Both are wrong.")
    told("regrade", "decide", str(ada["number"]), "--granted", *ruling)
    assert "came too late" in error("regrade", "decide", str(bob["number"]), "--granted", *ruling)
    told("regrade", "decide", str(bob["number"]), "--refused", "--reason", "Too late.")
    assert standing("ada")["points"] == 65
    assert told("regrade", "list", "--open")["requests"] == []
    assert add() == (0, [])
    number = told("regrade", "ask", "ada", "a91", "Twice", "--reason", "Once more.")["event"]
    assert [one["number"] for one in told("regrade", "list", "--open")["requests"]] == [number]


def test_mistakes_in_a_table_of_requests_come_all_at_once(course_folder: Path) -> None:  # noqa: F811
    add()
    (course_folder / "asked.csv").write_text(
        "student,assignment,check,reason,asked_at\nadda,a91,x,y,2026-10-14T00:00:00Z\n"
        "ada,a19,x,y,2026-10-14T00:00:00Z\nada,a91,x,,2026-10-14T00:00:00Z\nada,a91,x,y,2026-10-14\n"
    )
    lines = error("regrade", "read", "asked.csv").splitlines()
    assert [line.split(":", 2)[1] for line in lines] == ["2", "3", "4", "5"]
    assert "did you mean 'ada'" in lines[0]


def test_a_request_is_shown_with_its_steps_and_the_check_is_run_again(
    course_folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marks(course_folder, "ada,lab,0,\n")
    add()
    number = told("regrade", "ask", "ada", "a91", "Twice", "--reason", "Once more.")["event"]
    seen = []
    monkeypatch.setattr(
        "autograder.replaying.replay", lambda *words: seen.append(words) or "call 1: double(3)"
    )
    done = CliRunner().invoke(cli.app, ["regrade", "show", str(number), "submissions"])
    assert done.exit_code == 0, done.output
    assert ["Once more." in done.output, "checks: 70 of 100" in done.output] == [True, True]
    assert done.output.splitlines()[-1] == "call 1: double(3)"
    assert seen[0][2:5] == ("ada", "tests/test_both.py::test_twice", Path("submissions"))
