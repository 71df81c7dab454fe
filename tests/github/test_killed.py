"""`kill -9` right after the server did what was asked: the next run finishes, and nothing is there twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.github.client import Class, repositories
from autograder.github.opening import open_class
from autograder.github.pushed import fetch_class
from autograder.intake.roster import RosterEntry
from autograder.loopback import server
from autograder.loopback.answers import Answer, Asked, answer
from autograder.loopback.organisation import Organisation
from autograder.spec import Assignment

from .students import IN_TIME, push, start
from .test_feedback import give, result

STUDENTS = ("ada", "bob", "cem")
Step = Callable[[], object]


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Step], None]:
    """Run a step in a process that dies once the server has done what a request with these words asks for."""

    def run(words: str, step: Step) -> None:
        pid = os.fork()
        if not pid:  # pragma: no cover
            try:
                step()
            finally:
                os._exit(0)

        def kill(hub: Organisation, asked: Asked) -> Answer:
            done = answer(hub, asked)
            if f"{asked.method} {asked.path}".endswith(words):
                os.kill(pid, signal.SIGKILL)
            return done

        with monkeypatch.context() as patch:
            patch.setattr(server, "answer", kill)
            _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), words

    return run


def test_opening(place: Class, hub: Organisation, killed_at: Callable[[str, Step], None]) -> None:
    hub.make("test-a99", is_template=True)
    push(hub, "test-a99", "template")
    roster = [RosterEntry(name) for name in STUDENTS]
    for words in ("/generate", "PUT /repos/diffusion-course/test-a99-bob/collaborators/bob"):
        killed_at(words, lambda: open_class(place, roster, lambda: None))
    opened = open_class(place, roster, lambda: None)
    assert (opened.made, opened.had, opened.waiting) == (["cem"], ["ada", "bob"], list(STUDENTS))
    assert sum(path.endswith("/generate") for _, path in hub.asked) == len(STUDENTS)


def test_collecting(
    place: Class, hub: Organisation, killed_at: Callable[[str, Step], None], tmp_path: Path
) -> None:
    start(hub, *STUDENTS)
    hub.clock = IN_TIME
    counts = {f"test-a99-{name}": push(hub, f"test-a99-{name}", name) for name in STUDENTS}
    due = datetime(2026, 10, 12, tzinfo=UTC)

    def collect() -> list[str]:
        return fetch_class(place, repositories(place), tmp_path / "class", lambda name: due, lambda: None)

    for name in ("ada", "bob"):
        killed_at(f"/test-a99-{name}/activity", collect)
    hub.asked.clear()
    assert collect() == []
    assert [path.split("/")[3] for _, path in hub.asked[1:]] == ["test-a99-bob", "test-a99-cem"]
    lines = (tmp_path / "class" / "received.csv").read_text().splitlines()[1:]
    assert lines == [f"{name},{IN_TIME},{commit}" for name, commit in counts.items()]


def test_feedback(
    place: Class,
    hub: Organisation,
    example: Assignment,
    killed_at: Callable[[str, Step], None],
    tmp_path: Path,
) -> None:
    start(hub, *STUDENTS)
    results = [result(name, push(hub, f"test-a99-{name}", name)) for name in STUDENTS]

    def tell() -> object:
        return give(place, example, tmp_path / "r", *results)

    for words in ("/git/refs", "POST /repos/diffusion-course/test-a99-ada/pulls", "/issues/1/comments"):
        killed_at(words, tell)
    assert give(place, example, tmp_path / "r", *results).written == list(STUDENTS)
    assert give(place, example, tmp_path / "r", *results).unchanged == list(STUDENTS)
    assert len(hub.comments) == len(STUDENTS)
    assert [len(hub.pulls[f"test-a99-{name}"]) for name in STUDENTS] == [1, 1, 1]
