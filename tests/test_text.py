import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder import text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("\x1b]8;;http://x\x1b\\click\x1b]8;;\x1b\\", "\\x1b]8;;http://x\\x1b\\click\\x1b]8;;\\x1b\\"),
        ("100\r0  ", "100\\x0d0  "),
        ("\x9b31m", "\\x9b31m"),
        ("\x00", "\\x00"),
        ("a\u202etxt.exe", "a\\u202etxt.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("ad\u200bmin", "ad\\u200bmin"),
        ("\ufeffx", "\\ufeffx"),
        ("\U000e0041", "\\U000e0041"),
        ("a\u2028b", "a\\u2028b"),
        ("\udcff", "\\udcff"),
        ("\u3164", "\\u3164"),
        ("\u2800", "\\u2800"),
    ],
)
def test_what_would_act_or_hide_is_shown_as_an_escape(raw, shown):
    assert text.harmless(raw) == shown


@pytest.mark.parametrize(
    "plain", ["", "betas[0] is 0.0\n\texpected 4e-05", "Zoë Łukasz 王小明 עברית", "é", "αβ√", "👩"]
)
def test_honest_text_stays(plain):
    assert text.harmless(plain) == plain


def test_stacked_accents_are_cut():
    shown = text.harmless("a" + "\u0301" * 50)
    assert shown.startswith("a" + "\u0301" * 4 + "\\u0301")
    assert shown.count("\u0301") == 4


def test_exactly_the_limit_stays_and_one_more_is_counted():
    assert text.harmless("x" * 10, limit=10) == "x" * 10
    assert text.harmless("x" * 11, limit=10) == "x" * 10 + " … (1 more characters)"


def test_ten_million_characters_cost_what_the_limit_costs():
    assert len(text.harmless("\x1b" * 10_000_000, limit=1000)) < 5000


@given(st.text())
@example("\x1b\u202e\u200b\x85\x9b\ud800")
def test_nothing_but_line_feed_and_tab_acts(raw):
    left = {unicodedata.category(letter) for letter in text.harmless(raw) if letter not in "\n\t"}
    assert not left & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(st.text())
def test_one_line_is_one_line(raw):
    assert len(text.one_line(raw).splitlines()) <= 1


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("/srv/grade/stage-1/schedule.py, line 3", ".../schedule.py, line 3"),
        ('File "/home/ta/x y/z.py"', 'File ".../x y/z.py"'),
        ("in (/a/b/c.py)", "in (.../c.py)"),
        ("file:///home/ta/x.py", ".../x.py"),
        ("assignments/a04_ddpm/schedule.py", "assignments/a04_ddpm/schedule.py"),
        ("x / y / z, 1/2, alpha/beta/gamma", "x / y / z, 1/2, alpha/beta/gamma"),
        ("https://arxiv.org/abs/2102.09672", "https://arxiv.org/abs/2102.09672"),
    ],
)
def test_folders_of_the_grading_machine_are_left_out(raw, shown):
    assert text.without_paths(raw) == shown


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("What of task 3.2", 'Read again: "What" of task 3.2'),
        ("the conventions of all tasks", 'Read again: "the conventions" of all tasks'),
        ("Notation, on dtypes", 'Read again: "Notation, on dtypes"'),
        ("", ""),
    ],
)
def test_where_to_read_quotes_what_stands_there(where, said):
    assert text.read_again(where) == said
