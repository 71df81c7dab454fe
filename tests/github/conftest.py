"""The small course's place in an organisation on loopback, and what its students push there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import load_course
from autograder.github.client import Class, connect
from autograder.loopback.organisation import TOKEN, Organisation
from autograder.loopback.server import organisation
from autograder.spec import Assignment


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Organisation]:
    with organisation(tmp_path / "server") as hub:
        hub.users = {"ada", "bob", "cem", "dana", "eve"}
        yield hub


@pytest.fixture
def place(hub: Organisation, example: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Class:
    """The small course's place in that organisation."""
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    (tmp_path / "course.toml").write_text(
        f'name = "T"\nclassroom = "test"\ndemo = "{example.name}"\n'
        f'[github]\norganisation = "{hub.name}"\napi = "{hub.url}/api"\nweb = "{hub.url}"\n'
    )
    return connect(load_course(tmp_path), example)
