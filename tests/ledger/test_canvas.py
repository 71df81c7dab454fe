"""A teacher's gradebook of Canvas gets one column, and keeps every other byte."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

import pytest

from autograder.errors import UserError
from autograder.exports.canvas import fill
from autograder.intake.roster import RosterEntry

ROSTER = {
    "ada": RosterEntry("ada", "Ada Lovelace", "u101"),
    "zoe": RosterEntry("Zoe", "Zoë O'Neil", "u102"),
    "bob": RosterEntry("bob", "Bob", "u103"),
    "kim": RosterEntry("kim", "Kim", ""),
}
COLUMN = "a04 Denoising diffusion (1234)"
HEAD = f"Student,ID,SIS User ID,SIS Login ID,Section,Quiz (7),{COLUMN},Final Score"
BOOK = f'''{HEAD}
    Points Possible,,,,,10,50,(read only)
"Lovelace, Ada",101,u101,ada@uni.edu,"L01 ""A""",9.5,,
"O'Neil, Zoë",102,u102,zoe@uni.edu,L01,8,12.00,=1+1
Bob,103,,BOB,L01,8,40.00,
"Student, Test",99,,,L01,,,
'''
SHARES = {"ada": Fraction(2, 3), "zoe": Fraction(0)}


def cells(content: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_one_column_is_filled_and_nothing_else_moves(end: str, mark: bytes, separator: str) -> None:
    text = BOOK.replace("\n", end)
    if separator == ";":
        text = text.replace("Lovelace, Ada", "Lovelace; Ada").replace(",", ";")
    before = mark + text.encode()
    done = fill(before, "a04", ROSTER, SHARES)
    was, now = cells(before, separator), cells(done.content, separator)
    assert [row[6] for row in now] == [COLUMN, "50", "33.33", "0.00", "40.00", ""]
    assert [row[:6] + row[7:] for row in now] == [row[:6] + row[7:] for row in was]
    assert len(done.content) == len(before) + len("33.33") - len("12.00") + len("0.00")
    assert fill(done.content, COLUMN, ROSTER, SHARES).content == done.content


def test_whoever_has_no_row_and_whose_row_is_nobodys_are_named() -> None:
    done = fill(BOOK.encode(), "a04", ROSTER, {**SHARES, "kim": Fraction(1)})
    assert done.missing == ["kim"]
    assert done.strangers == ["Student, Test"]


def test_nobody_without_a_share_is_touched() -> None:
    assert fill(BOOK.encode(), "a04", ROSTER, {}).content == BOOK.encode()


def test_a_file_without_its_last_line_feed_and_a_cell_at_its_end() -> None:
    short = b"Student,ID,Section,a04 (12)\nAda,u101,L01,"
    assert fill(short, "a04", ROSTER, SHARES).content == b"Student,ID,Section,a04 (12)\nAda,u101,L01,66.67"


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("name,score\nada,3\n", "a04", "no gradebook that Canvas exported"),
        ("", "a04", "no gradebook that Canvas exported"),
        (BOOK, "a05", r"'a05' begins 0 columns of assignments; there are Quiz \(7\), a04"),
        (BOOK.replace("Quiz (7)", "a04 lab (8)"), "a04", "begins 2 columns"),
    ],
)
def test_what_is_not_clear_is_refused(text: str, column: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        fill(text.encode(), column, ROSTER, SHARES)


def test_a_column_that_takes_no_points_is_refused() -> None:
    with pytest.raises(UserError, match="it takes no points there"):
        fill(BOOK.replace(",10,50,", ",10,(read only),").encode(), "a04", ROSTER, SHARES)
