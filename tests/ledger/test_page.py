"""The student's page: late days, what another would cost, each step; nothing that is staff's."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.errors import UserError
from autograder.ledger.events import Marked, Ruled
from autograder.ledger.facts import Facts, facts_of
from autograder.pages.account import account_page, write_accounts
from tests.browser import needs_chromium
from tests.ledger.course import DAY, NAMES, SECOND, course, entered, graded, review
from tests.ledger.test_entering import course as course_folder  # noqa: F401
from tests.test_accessibility import DARK, violations

EVENTS = [
    graded(NAMES[0], 80, SECOND),
    graded(NAMES[1], 70, DAY + SECOND),
    graded(NAMES[2], withheld=True, problem="/srv/secret: the judge died"),
    review(36, comment="Two sources more & <b>none</b> older."),
    Ruled(NAMES[0], "c1", "one", 20, "It is a <script>."),
]


def page(*events) -> str:
    return account_page(course(boundaries={"A": 0}), facts_of(entered(*events))["ada"], "Ada <Lovelace>")


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)).split())


def test_the_page_says_days_used_left_and_what_another_costs():
    said = text_of(page(*EVENTS))
    assert "Taken 3 Free ones used 2 of 3 Free ones left 1" in said
    assert "Another late day costs nothing on an assignment that has had none" in said
    assert "A further day takes 20 % of that assignment's score." in said
    # of a score of 60 a day more takes 12 of 100 points, and each assignment makes 5 % of the grade
    assert "Another late day would have taken 0.6 % of the final grade." in said
    assert "Another late day would have taken 0.7 % of the final grade." in said
    none_left = text_of(page(*(graded(name, 80, SECOND) for name in NAMES[:3])))
    assert "or one of the free days from where it saves you less" in none_left


def test_the_page_shows_steps_and_keeps_what_is_staffs():
    written = page(*EVENTS)
    said = text_of(written)
    assert "one: 20 in place of 40, as ruled (event 5): It is a <script>." in said
    assert "36 of 45 (event 4): Two sources more & <b>none</b> older." in said
    assert "Open: a TA looks at it first." in said
    assert "the judge died" not in said
    assert "<script>." not in written
    assert "39 of the 55 % that are decided" not in said
    assert f"{36 + 5 * 0.6 + 5 * 0.56:g} of the 55 % that are decided so far" in said


def test_the_final_grade_is_shown_when_nothing_is_open():
    parts = [Marked("", part, 1, 2) for part in ("attendance", "participation", "review", "project")]
    assert "50 %, grade A" in text_of(page(*(graded(name, 50) for name in NAMES), *parts))


def test_a_name_that_is_no_students_is_no_folder(tmp_path):
    with pytest.raises(UserError, match="no student's id"):
        write_accounts(course(), {"..": Facts("../x")}, {}, tmp_path)


def test_report_writes_the_pages(course_folder: Path):  # noqa: F811
    for words in (["ledger", "add"], ["report", "--finals", "--roster", "roster.csv"]):
        done = CliRunner().invoke(cli.app, words)
        assert done.exit_code == 0, done.output
    assert "grades: 3 pages in pages/grades" in done.output
    assert "For Cem (cem)" in text_of(Path("pages/grades/cem/index.html").read_text())


@needs_chromium
@pytest.mark.parametrize("options", [(), (DARK,)], ids=["light", "dark"])
def test_the_page_breaks_no_rule(tmp_path: Path, options: tuple[str, ...]):
    assert violations(page(*EVENTS), tmp_path, *options) == []
