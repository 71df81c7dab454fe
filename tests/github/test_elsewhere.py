"""Repositories on another server, by its addresses in received.csv: real git over HTTP, no interface."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.github.elsewhere import fetch_named
from autograder.intake.allowlist import AllowList
from autograder.intake.collect import collect
from autograder.loopback.organisation import TOKEN, Organisation, run_git

from .students import ANSWER, IN_TIME, LATE, push, start

DUE = datetime.fromisoformat("2026-10-12T21:59:59+00:00")
ALLOWED = AllowList("a99_example", frozenset({ANSWER}))


def test_what_counts_is_fetched_from_each_address_and_only_once(hub: Organisation, tmp_path: Path) -> None:
    start(hub, "ada", "bob", "cem")
    first = push(hub, "test-a99-ada", "in time")
    late = push(hub, "test-a99-ada", "late, and another history", "--force", fresh=True)
    push(hub, "test-a99-bob", "by bob")
    home, table, folder = f"{hub.url}/{hub.name}", tmp_path / "received.csv", tmp_path / "class"
    table.write_text(
        "repository,received_at,commit\n"
        f"{home}/test-a99-ada.git,{LATE},{late}\n{home}/test-a99-ada.git,{IN_TIME},{first}\n"
        f"{home}/test-a99-bob.git,{LATE},\n{home}/test-a99-cem.git,{IN_TIME},{'b' * 40}\n"
        f"{home}/test-a99-dan.git,{IN_TIME},\ntest-a99-eve,2026-10-01T00:00:00Z,\n"
    )
    problems = fetch_named(table, folder, lambda name: DUE, TOKEN)
    lines = ["received.csv:5: test-a99-cem: git fetch: ", "received.csv:6: test-a99-dan: git fetch: "]
    assert [line[: len(start)] for line, start in zip(problems, lines, strict=True)] == lines
    assert TOKEN not in "".join(problems)
    found = {one.student: one for one in collect(folder, ALLOWED, None, table, DUE, "test")}
    assert (found["ada"].commit, found["ada"].late) == (first, False)
    assert found["bob"].files[ANSWER] == b"# by bob\n"
    assert found["bob"].late
    shutil.rmtree(hub.bare("test-a99-ada"))  # nobody asks for it again
    table.write_text(table.read_text() + f"{home}/test-a99-eve,{IN_TIME},\n")
    run_git("clone", "--quiet", "--bare", str(hub.bare("test-a99-bob")), str(folder / "test-a99-eve.git"))
    again = fetch_named(table, folder, lambda name: DUE, TOKEN)
    assert [line.split(": ")[1] for line in again] == ["test-a99-cem", "test-a99-dan", "test-a99-eve"]
    assert again[-1].endswith("test-a99-eve.git is there and was not fetched: move it away")


def test_the_command_looks_at_each_students_own_deadline(
    hub: Organisation, course_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(hub, "ada", "bob")
    rows = []
    for name in ("ada", "bob"):
        for moment in ("2026-01-31T12:00:00Z", "2026-02-01T12:00:00Z"):
            commit = push(hub, f"test-a99-{name}", moment)
            rows.append(f"{hub.url}/{hub.name}/test-a99-{name}.git,{moment},{commit}\n")
    root = tmp_path / "course"
    shutil.copytree(course_root, root)
    longer = "\n[assignments.a99_example.extensions]\nbob = 2026-02-02T12:00:00Z\n"
    (root / "course.toml").write_text((root / "course.toml").read_text() + longer)
    (root / "received.csv").write_text("repository,received_at,commit\n" + "".join(rows))
    monkeypatch.chdir(root)
    monkeypatch.setenv("GIT_TOKEN", TOKEN)
    words = ["collect", "a99", "class", "--fetch"]
    assert "--fetch needs --received" in str(CliRunner().invoke(cli.app, words).exception)
    CliRunner().invoke(cli.app, [*words, "--received", "received.csv"])
    heads = [(root / f"class/test-a99-{name}.git/HEAD").read_text().strip() for name in ("ada", "bob")]
    assert heads == [rows[0].split(",")[2].strip(), rows[3].split(",")[2].strip()]
