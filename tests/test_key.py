"""A result's key changes with everything that decides the grade, and with nothing else."""

import msgspec

from autograder.records import Submission
from autograder.results import key
from autograder.results.key import grounds_of, result_key
from autograder.seeds import Seed

ONE = Submission("ada", "Ada", "x", "c0ffee", {"a.py": b"1", "b.py": b"2"})


def test_equal_content_has_one_key_whatever_its_order_and_place():
    other = msgspec.structs.replace(ONE, files={"b.py": b"2", "a.py": b"1"}, source="y", name="A.")
    assert result_key(ONE, "g", Seed(1), "full") == result_key(other, "g", Seed(1), "full")


def test_whatever_decides_the_grade_changes_the_key():
    key = {
        result_key(ONE, "g", Seed(1), "full"),
        result_key(ONE, "h", Seed(1), "full"),
        result_key(ONE, "g", Seed(2), "full"),
        result_key(ONE, "g", Seed(1), "full+"),
        result_key(msgspec.structs.replace(ONE, files={"a.py": b"12", "b.py": b""}), "g", Seed(1), "full"),
        result_key(msgspec.structs.replace(ONE, late=True), "g", Seed(1), "full"),
    }
    assert len(key) == 6


def test_grounds_change_with_a_library_but_not_with_an_editors_file(example, monkeypatch):
    before = grounds_of(example)
    swap = example.folder / ".noising.py.swp"
    swap.touch()
    try:
        assert grounds_of(example) == before
    finally:
        swap.unlink()
    monkeypatch.setattr(key.metadata, "version", lambda name: "0.1")
    assert grounds_of(example) != before


def test_grounds_change_with_the_checks(example):
    before = grounds_of(example)
    path = example.folder / "hidden" / "test_noising.py"
    kept = path.read_bytes()
    try:
        path.write_bytes(kept + b"\n")
        assert grounds_of(example) != before
    finally:
        path.write_bytes(kept)
    assert grounds_of(example) == before
