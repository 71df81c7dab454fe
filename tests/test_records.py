"""Result files: complete or absent, validated when read, the grade apart from the run."""

import json
from pathlib import Path

import msgspec
import pytest

from autograder.records import Grade, Result, Run
from autograder.results.store import read_result, write_result

GRADE = Grade("ada", "Ada", "a01_x", "c0ffee", "", False, "00ff", 1.5, 2.0, False, ())
RESULT = Result(GRADE, Run("full", "m", "now", 0.1, "k"))


def test_a_result_comes_back_as_it_was_written(tmp_path):
    path = write_result(RESULT, tmp_path)
    assert read_result(path) == RESULT
    assert [p.name for p in tmp_path.iterdir()] == ["ada.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"grade": 1, "run": 2}', b"\xff"])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "ada.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"ada.json: not a result file.*grade this student again"):
        read_result(path)


def test_the_published_schema_is_the_one_that_is_written():
    published = Path(__file__).parents[1] / "docs" / "result.schema.json"
    assert json.loads(published.read_text()) == json.loads(json.dumps(msgspec.json.schema(Result)))


def test_a_name_that_is_no_utf_8_does_not_keep_a_result_from_being_written(tmp_path):
    odd = msgspec.structs.replace(RESULT, grade=msgspec.structs.replace(GRADE, problem="in a\udcff/ twice"))
    assert read_result(write_result(odd, tmp_path)).grade.problem == "in a\\udcff/ twice"
