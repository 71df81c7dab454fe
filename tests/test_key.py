"""A result's key changes with everything that decides the grade, and with nothing else."""

import msgspec

from autograder.records import Submission
from autograder.results import key
from autograder.results.key import inputs_digest, parts_of, result_key
from autograder.seeds import Seed

ONE = Submission("ada", "Ada", "x", "c0ffee", {"a.py": b"1", "b.py": b"2"})


def test_equal_content_has_one_key_whatever_its_order_and_place():
    other = msgspec.structs.replace(ONE, files={"b.py": b"2", "a.py": b"1"}, source="y", name="A.")
    assert result_key(ONE, "g", Seed(1), "full") == result_key(other, "g", Seed(1), "full")


def test_whatever_decides_a_verdict_changes_the_key():
    key = {
        result_key(ONE, "g", Seed(1), "full"),
        result_key(ONE, "h", Seed(1), "full"),
        result_key(ONE, "g", Seed(2), "full"),
        result_key(ONE, "g", Seed(1), "full+"),
        result_key(msgspec.structs.replace(ONE, files={"a.py": b"12", "b.py": b""}), "g", Seed(1), "full"),
    }
    assert len(key) == 5


def test_what_decides_no_verdict_leaves_the_key_as_it_is():
    words = {"late": True, "received_at": "2027-01-01T00:00:00Z", "notices": ("a notice",), "name": "Ada"}
    changed = msgspec.structs.replace(ONE, **words)
    assert result_key(changed, "g", Seed(1), "full") == result_key(ONE, "g", Seed(1), "full")


def test_grounds_change_with_a_library_but_not_with_an_editors_file(example, monkeypatch):
    before = inputs_digest(parts_of(example))
    swap = example.folder / ".noising.py.swp"
    swap.touch()
    try:
        assert inputs_digest(parts_of(example)) == before
    finally:
        swap.unlink()
    monkeypatch.setattr(key.metadata, "version", lambda name: "0.1")
    assert inputs_digest(parts_of(example)) != before


def test_grounds_change_with_the_checks(example):
    before = inputs_digest(parts_of(example))
    path = example.folder / "hidden" / "test_noising.py"
    kept = path.read_bytes()
    try:
        path.write_bytes(kept + b"\n")
        assert inputs_digest(parts_of(example)) != before
    finally:
        path.write_bytes(kept)
    assert inputs_digest(parts_of(example)) == before


def test_a_sentence_of_the_handout_makes_nobody_judged_again(example):
    before = parts_of(example)
    path = example.folder / "README.md"
    kept = path.read_bytes()
    try:
        path.write_bytes(kept + b"One more sentence.\n")
        assert parts_of(example) == before
    finally:
        path.write_bytes(kept)
