"""A file that Python cannot read is told when it is collected; one that ends its reader ends nothing else."""

from __future__ import annotations

import pytest

from autograder.intake.parsing import tell_what_python_cannot_read
from autograder.records import Submission


def told(*files: dict[str, bytes]) -> list[tuple[str, ...]]:
    submissions = [Submission("ada", "", "ada", "", one, notices=("before",)) for one in files]
    return [one.notices for one in tell_what_python_cannot_read(submissions)]


def test_the_file_and_its_line_are_named_before_other_notices() -> None:
    notice = "first.py, line 2: Python cannot read this, so nothing in the file counts until it is mended."
    broken = {"first.py": b"x = 1\ndef f(:\n", "second.py": b"x = 1\n"}
    assert told(broken, {"first.py": b""}) == [(notice, "before"), ("before",)]


@pytest.mark.parametrize(
    "content",
    ["x = '\\d'\n", "# coding: latin-1\nx = 'é'\n".encode("latin-1"), b"\xef\xbb\xbfx = 1\n", b"x = 1\r\n"],
)
def test_what_python_reads_is_not_told(content: str | bytes) -> None:
    assert told({"a.py": content.encode() if isinstance(content, str) else content}) == [("before",)]


@pytest.mark.parametrize("content", [b"x = 1\0", b"%matplotlib inline\n", b"# coding: none\n"])
def test_what_it_does_not_is(content: bytes) -> None:
    ((notice, _),) = told({"a.py": content})
    assert notice.startswith("a.py")


@pytest.mark.parametrize("content", [b"-" * 400_000 + b"1", b"a" + b".a" * 400_000])
def test_a_source_that_ends_its_reader_is_not_told_and_costs_nobody_else_anything(content: bytes) -> None:
    ends, others = told({"a.py": content}, {"a.py": b"def f(:\n"})
    assert ends == ("before",)
    assert len(others) == 2


def test_of_a_file_that_something_is_said_of_already_no_more_is_said() -> None:
    one = Submission("ada", "", "ada", "", {"a.py": b"x = '\xe9'\n"}, notices=("a.py is not UTF-8.",))
    assert [told.notices for told in tell_what_python_cannot_read([one])] == [("a.py is not UTF-8.",)]
