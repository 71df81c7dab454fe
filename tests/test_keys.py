"""The course key and those derived from it: clear errors, and a file that others cannot read."""

import pytest

from autograder.errors import UserError
from autograder.keys import ASSIGNMENT_KEY_ENV, KEY_ENV, course_key, key_for


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(KEY_ENV, raising=False)
    return tmp_path


def test_a_missing_key_says_how_to_make_one(home):
    with pytest.raises(UserError, match=r"(?s)no course key: set AUTOGRADER_COURSE_KEY.*urandom"):
        course_key()


def test_the_key_comes_from_the_environment_or_a_private_file(home, monkeypatch):
    path = home / ".config/autograder/course.key"
    path.parent.mkdir(parents=True)
    path.write_text("from-the-file-0123456789\n")
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        course_key()
    path.chmod(0o600)
    assert course_key() == b"from-the-file-0123456789"
    monkeypatch.setenv(KEY_ENV, "from-the-environment")
    assert course_key() == b"from-the-environment"


def test_a_short_key_is_refused(home, monkeypatch):
    monkeypatch.setenv(KEY_ENV, "short")
    with pytest.raises(UserError, match="shorter than 16"):
        course_key()


def test_a_container_holds_one_assignments_key_and_cannot_tell_another(home, monkeypatch):
    monkeypatch.setenv(KEY_ENV, "of-the-whole-course")
    key = key_for("a01_x")
    monkeypatch.delenv(KEY_ENV)
    monkeypatch.setenv(ASSIGNMENT_KEY_ENV, f"a01_x:{key.hex()}")
    assert key_for("a01_x") == key
    with pytest.raises(UserError, match="no course key"):
        key_for("a02_y")
    monkeypatch.setenv(ASSIGNMENT_KEY_ENV, "a01_x:no hexadecimal digits")
    with pytest.raises(UserError, match="key of a01_x is damaged"):
        key_for("a01_x")


def test_a_key_that_is_no_text_is_refused_with_the_command_that_makes_one(home):
    path = home / ".config/autograder/course.key"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe0123456789abcdef")
    path.chmod(0o600)
    with pytest.raises(UserError, match=r"(?s)course\.key: the course key is not text.*urandom"):
        course_key()
