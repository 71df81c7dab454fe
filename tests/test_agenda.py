"""The course's calendar: times in a named zone, their order, what is due next, and the file of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.agenda import agenda, as_ics, due_next
from autograder.course import Course, load_course
from autograder.errors import UserError
from autograder.show.tables import agenda_table

TOP = 'name = "n"\nclassroom = "c"\ndemo = "a01_x"\n'
ZONE = 'zone = "Europe/Berlin"\n'
BODY = """\
[[lectures]]
title = "Diffusion"
starts = 2026-10-26T10:15:00

[[lectures]]
title = "Beginnings"
starts = 2026-10-19T10:15:00+00:00
minutes = 60

[assignments.a01_x]
released = 2026-10-19T12:00:00
due = 2026-10-24T23:59:59
extensions = { ada = 2026-10-25T23:59:59 }

[assignments.a02_y]
due = 2026-10-25T23:59:59

[assignments.a03_z]
due = 2026-10-25T22:59:59Z
label = "third"
"""


def course(folder: Path, text: str) -> Course:
    (folder / "course.toml").write_text(text)
    return load_course(folder)


def test_times_without_a_zone_are_the_courses_on_both_sides_of_a_change_of_clocks(tmp_path: Path) -> None:
    found = course(tmp_path, TOP + ZONE + BODY)
    assert found.due("a01_x") == datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC)  # summer, two hours ahead
    assert found.due_for("a01_x", "ada") == datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)  # winter
    assert found.due("a02_y") == found.due("a03_z") == found.due_for("a01_x", "Ada")
    assert {moment.tzinfo for moment in (found.due("a02_y"), found.lectures[0].starts) if moment} == {UTC}


def test_what_happens_is_in_order_and_in_the_courses_zone(tmp_path: Path) -> None:
    entries = agenda(course(tmp_path, TOP + ZONE + BODY), {"a01_x": "The first"})
    told = [(f"{entry.when:%d %H:%M}", entry.kind, entry.title) for entry in entries]
    assert told == [
        ("19 12:00", "release", "a01 The first"),
        ("19 12:15", "lecture 2", "Beginnings"),  # written in UTC
        ("24 23:59", "due", "a01 The first"),
        ("25 23:59", "due", "a02"),
        ("25 23:59", "due", "third"),
        ("26 10:15", "lecture 1", "Diffusion"),
    ]


def test_due_next_is_all_that_is_due_at_once(tmp_path: Path) -> None:
    entries = agenda(course(tmp_path, TOP + ZONE + BODY), {})
    now = datetime(2026, 10, 24, 21, 59, 58, tzinfo=UTC)
    assert [one.about for one in due_next(entries, now)] == ["a01"]
    assert [one.about for one in due_next(entries, now.replace(second=59))] == ["a02", "third"]
    assert due_next(entries, datetime(2027, 1, 1, tzinfo=UTC)) == []
    *_, last = agenda_table(course(tmp_path, TOP + ZONE + BODY), entries, due_next(entries, now), now)
    assert "due next, today: a01" in str(last)


def test_a_calendar_file_is_read_back_and_names_its_entries_as_before(tmp_path: Path) -> None:
    icalendar = pytest.importorskip("icalendar")
    found = course(tmp_path, TOP + ZONE + BODY)
    moved = course(tmp_path, (TOP + ZONE + BODY).replace("2026-10-24T23", "2026-10-24T20"))
    events = {}
    for one in (found, moved):
        read = icalendar.Calendar.from_ical(as_ics(one, agenda(one, {}), datetime.now(UTC)))
        events[one.due("a01_x")] = {str(event["uid"]): event for event in read.walk("VEVENT")}
    before, after = events.values()
    assert before.keys() == after.keys()
    assert len(before) == 6
    assert [one["c/a01/due"].start for one in (before, after)] == list(events)
    lecture = before["c/lecture/lecture-2"]
    assert (lecture.end - lecture.start).total_seconds() == 3600
    assert str(lecture["summary"]) == "Lecture 2: Beginnings"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TOP + 'zone = "Europe/Berlim"\n', r"course\.toml:4: 'Europe/Berlim' is no time zone; did you mean"),
        (TOP + 'zone = "../etc/passwd"\n', r"course\.toml:4: '\.\./etc/passwd' is no time zone"),
        (TOP + BODY, r"course\.toml:6: \[\[lectures\]\] starts has no time zone; add Z .* zone = "),
        (
            TOP + ZONE + BODY.replace('"Beginnings"', "2"),
            r"course\.toml:10: \[\[lectures\]\] title: expected `str`.*write starts = ",
        ),
        (TOP + ZONE + "lectures = 4\n", r"course\.toml:5: Expected `array`, got `int`"),
        (
            TOP + ZONE + "[assignments.a01_x]\nreleased = 2026-10-14\n",
            r"course\.toml:6: \[assignments\.a01_x\] released: expected `datetime",
        ),
    ],
)
def test_a_mistake_has_its_line_and_remedy(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        course(tmp_path, text)


def test_the_command_prints_this_repositorys_calendar(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    import typer

    from autograder.cli.agenda import course as command

    with pytest.raises(typer.Exit):
        command(json=True)
    told = json.loads(capsysbinary.readouterr().out)
    lectures = [one for one in told["entries"] if one["kind"].startswith("lecture")]
    assert len(lectures) == 16
    assert told["zone"] == "Europe/Berlin"
