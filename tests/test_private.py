"""The private names of pytest and hypothesis are those of the versions that they were read from."""

from __future__ import annotations

import ast
from importlib import metadata
from pathlib import Path

import pytest

from autograder.judging.private import READ_FROM

ENGINE = Path(__file__).parents[1] / "autograder"


@pytest.mark.parametrize("library", READ_FROM)
def test_the_library_is_of_the_series_that_was_read(library: str) -> None:
    found = metadata.version(library)
    again = f"{library} {found}: read autograder/judging/private.py against it, then change READ_FROM"
    assert found.startswith(f"{READ_FROM[library]}."), again


def test_no_other_file_imports_private_modules() -> None:
    reaching = [
        path.name
        for path in ENGINE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(("_pytest", "hypothesis.internal"))
    ]
    assert set(reaching) == {"private.py"}
