"""The professor's page: everybody's parts and grade, what is open and whose, what somebody must look at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.ledger.account import accounts
from autograder.ledger.events import Asked, Decided, Entry, Event, Marked
from autograder.ledger.regrading import requests
from autograder.pages.overview import overview_page
from tests.browser import browse, needs_chromium
from tests.ledger.course import BEGIN, DAY, NAMES, SECOND, course, entered, graded, review
from tests.ledger.test_entering import course as course_folder  # noqa: F401
from tests.ledger.test_page import text_of
from tests.test_accessibility import DARK, violations

RULES = course(boundaries={"A": 90, "C": 0})
PARTS = [Marked("", part, 1, 2) for part in ("attendance", "participation", "review", "project")]
WHOLE = [graded(NAMES[0], 50, SECOND), *(graded(name, 50) for name in NAMES[1:]), *PARTS]
ASKED = Asked(NAMES[0], "the <first>", "<script>alert(1)</script>", BEGIN + 90 * DAY)


def page(**events: list[Event]) -> str:
    found = list[Entry]()
    for student, theirs in events.items():
        found += [
            Entry(len(found) + number, one.at, "ta", student, one.event)
            for number, one in enumerate(entered(*theirs, student=student), 1)
        ]
    names = {"ada": "Ada <Lovelace>"}
    return overview_page(RULES, accounts(RULES, found), requests(RULES, found), names, {"ada"})


def test_everybodys_parts_final_and_late_days_are_there():
    said = text_of(page(ada=WHOLE, bob=[review(36)]))
    assert "Students 2 Final 1 Median % 50.0 Mean % 50.0 Late days 1 Withheld 0 Requests 0" in said
    assert "ada Ada <Lovelace> 50 % C 50 % 50 % 50 % 50 % 50 % 1 (2) –" in said
    assert "bob 36 of 45 open – – – 80 % – 0 (3) 8" in said
    assert "A from 90 % 0 C from 0 % 1" in said
    assert "1 with something open are left out" in said
    assert "decided 1 1 1 1 1 mean, % 50 50 50 50 50 late 1 0 0 0 0 ada 50 50 50 50 50 bob – – – – –" in said


def test_what_is_open_is_said_by_name_and_what_somebody_must_look_at_first():
    withheld = graded(NAMES[1], withheld=True)
    written = page(ada=[*WHOLE[:1], withheld, ASKED], bob=[graded(NAMES[0], 70), review(36)])
    said = text_of(written)
    assert "Withheld 1 Requests 1 Somebody must look" in said
    assert f"ada {NAMES[1]}: a TA must look at event 2 withheld" in said
    assert f"ada asks about {NAMES[0]}, the <first>, on" in said
    assert "request 3, too late" in said
    assert f"{NAMES[1]}: nothing is graded yet bob" in said
    assert "review: not marked yet ada" in said
    assert "project: not marked yet all 2" in said
    assert said.count("must look at event") == 1
    assert "Nobody's grade is final yet" in said
    assert "<script>alert" not in written
    assert "Requests 0" in text_of(page(ada=[ASKED, Decided(1, False, "No.")]))


def test_nobody_and_nothing_make_a_page():
    assert "Students 0 Final 0 Median % – Mean % –" in text_of(page())


def test_the_command_links_to_the_pages_that_lie_beside_it(course_folder: Path):  # noqa: F811
    words = ["ledger", "class", "--roster", "roster.csv", "--page", "pages/course.html"]
    for before, links in (
        (["ledger", "add"], False),
        (["report", "--finals", "--roster", "roster.csv"], True),
    ):
        assert CliRunner().invoke(cli.app, before).exit_code == 0
        done = CliRunner().invoke(cli.app, words)
        assert "the page: pages/course.html" in done.output
        assert ('href="grades/cem/index.html"' in Path("pages/course.html").read_text()) == links


@needs_chromium
@pytest.mark.parametrize("options", [(), (DARK,)], ids=["light", "dark"])
def test_the_page_breaks_no_rule(tmp_path: Path, options: tuple[str, ...]):
    written = page(ada=[*WHOLE, graded(NAMES[1], commit="c2", withheld=True), ASKED], bob=WHOLE)
    assert violations(written, tmp_path, *options) == []


@needs_chromium
def test_a_press_sorts_by_number(tmp_path: Path):
    press = "<script>document.querySelectorAll('.course button')[1].click()</script>"
    written = page(ada=[review(4.5)], bob=[review(4.25)], cem=[review(36)])
    path = tmp_path / "page.html"
    path.write_text(written.replace("Content-Security-Policy", "x-nothing").replace("</body>", press))
    shown, _ = browse(path.as_uri(), tmp_path / "profile")
    course_table = shown[shown.index('class="students course"') : shown.index('class="term"')]
    assert re.findall(r'class="who" data-key="(\w+)"', course_table) == ["bob", "ada", "cem"]
