"""docs/reference.md is what the code says, and says something of every key."""

from pathlib import Path

import msgspec

from autograder.authoring.reference import REFERENCE, TABLES, fields_of, reference
from autograder.checks import __all__ as public

ROOT = Path(__file__).parents[1]
SPEAK_FOR_THEMSELVES = {"name", "title", "tasks", "limits"}


def test_the_page_is_current():
    assert (ROOT / REFERENCE).read_text(encoding="utf-8") == reference(), "run `autograder reference`"


def test_every_key_is_there_and_explained():
    for _, _, record in TABLES:
        fields = list(fields_of(record))
        assert [name for name, *_ in fields] == [field.name for field in msgspec.structs.fields(record)]
        assert [name for name, *_, says in fields if not says and name not in SPEAK_FOR_THEMSELVES] == []


def test_everything_that_check_files_import_is_there():
    page = reference()
    assert [name for name in public if f"### `{name}" not in page] == []
