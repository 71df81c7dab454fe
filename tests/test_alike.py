"""Submissions that are another student's are remarked for staff; released files are nobody's."""

from __future__ import annotations

from autograder.intake.alike import remark_alike
from autograder.records import Submission

GIVEN = {"first.py": b"TODO\n", "second.py": b"TODO\n"}


def handed_in(student: str, commit: str = "", **files: bytes) -> Submission:
    return Submission(
        student, "", student, commit or student, {f"{name}.py": text for name, text in files.items()}
    )


def remarks(*submissions: Submission) -> dict[str, tuple[str, ...]]:
    return {one.student: one.remarks for one in remark_alike(submissions, GIVEN) if one.remarks}


def test_the_same_files_are_remarked_for_each_of_them():
    ada, bob, cem = (
        handed_in(name, first=b"x = 1\n", second=GIVEN["second.py"]) for name in ("ada", "bob", "cem")
    )
    assert remarks(ada, bob, cem) == {
        "ada": ("The same files as handed in by bob, cem.",),
        "bob": ("The same files as handed in by ada, cem.",),
        "cem": ("The same files as handed in by ada, bob.",),
    }


def test_line_ends_hide_nothing_and_the_same_commit_is_named():
    assert remarks(handed_in("ada", first=b"x = 1\n"), handed_in("bob", first=b"x = 1\r\n")).keys() == {
        "ada",
        "bob",
    }
    found = remarks(handed_in("ada", "c0ffee", first=b"x"), handed_in("bob", "c0ffee", first=b"x"))
    assert found["ada"] == ("The same commit as handed in by bob.",)
    found = remarks(handed_in("ada", "sha256:c0", first=b"x"), handed_in("bob", "sha256:c0", first=b"x"))
    assert found["ada"] == ("The same files as handed in by bob.",)


def test_who_changed_nothing_or_something_else_is_like_nobody():
    assert remarks(*(handed_in(name, "c0ffee", first=GIVEN["first.py"]) for name in ("ada", "bob"))) == {}
    assert remarks(handed_in("ada"), handed_in("bob")) == {}
    assert remarks(handed_in("ada", first=b"x"), handed_in("bob", first=b"y")) == {}
