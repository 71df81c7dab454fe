"""Feedback as a commit: in the right repository, on its own branch, and nothing of the student's touched."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.exports.commits import Committed, commit_pages
from tests.test_exports import course, result  # noqa: F401
from tests.tiny_assignment import NAME

NOW = datetime(2026, 10, 20, tzinfo=UTC)


def git(folder: Path, *words: str) -> str:
    settings = ("user.name=x", "user.email=x", "init.defaultBranch=main")
    command = ["git", *(word for setting in settings for word in ("-c", setting)), *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def ada(tmp_path: Path) -> Path:
    """Ada's clone, which has one commit."""
    repository = tmp_path / "submissions" / "tiny-a91-ada"
    repository.mkdir(parents=True)
    git(repository, "init", "-q")
    (repository / "double.py").write_text("x = 1\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "work")
    return repository


def committed(ada: Path, words: str, graded: str = "") -> Committed:
    page = ada.parents[1] / "pages" / "ada" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(words)
    return commit_pages(
        [page], {"ada": graded or git(ada, "rev-parse", "main")}, {"ada": ada}, "Feedback", NOW
    )


@pytest.mark.parametrize("packed", [False, True])
def test_git_finds_the_page_with_its_history_and_all_else_as_it_was(ada: Path, packed: bool) -> None:
    before = git(ada, "rev-parse", "main")
    assert committed(ada, "first").written == ["ada"]
    if packed:
        git(ada, "gc", "-q")
    assert committed(ada, "first").unchanged == ["ada"]
    assert committed(ada, "second").written == ["ada"]
    assert git(ada, "show", "feedback:feedback.html") == "second"
    assert git(ada, "show", "feedback~1:feedback.html") == "first"
    assert git(ada, "ls-tree", "--name-only", "feedback") == "feedback.html"
    assert git(ada, "log", "--format=%an %ai", "feedback", "-1") == "autograder 2026-10-20 00:00:00 +0000"
    assert git(ada, "fsck", "--strict") == ""
    assert (git(ada, "rev-parse", "main"), git(ada, "status", "--porcelain")) == (before, "")


def test_after_a_fresh_clone_it_goes_on_from_what_was_pushed(ada: Path) -> None:
    committed(ada, "first")
    again = ada.with_name("again")
    git(ada.parent, "clone", "-q", str(ada), str(again))
    assert committed(again, "first").unchanged == ["ada"]
    assert committed(again, "second").written == ["ada"]
    git(again, "push", "-q", "origin", "feedback")
    assert git(ada, "show", "feedback:feedback.html") == "second"


def test_nothing_is_written_where_another_commit_was_graded(ada: Path) -> None:
    (problem,) = committed(ada, "first", "c0ffee" + 34 * "0").problems
    assert problem.startswith("ada: does not hold the commit c0ffee")
    assert git(ada, "branch", "--format=%(refname:short)") == "main"


def link(path: Path, to: Path) -> None:
    path.rename(to)
    path.symlink_to(to)


def test_links_and_settings_of_a_student_lead_nowhere(ada: Path, tmp_path: Path) -> None:
    trap = ada / ".git" / "refs" / "heads" / "feedback.lock"
    trap.symlink_to(tmp_path / "elsewhere")
    (problem,) = committed(ada, "first").problems
    assert problem == "ada: File exists"
    assert not (tmp_path / "elsewhere").exists()
    trap.unlink()
    graded = git(ada, "rev-parse", "main")
    link(ada / ".git" / "refs" / "heads", tmp_path / "heads")
    assert len(committed(ada, "first", graded).problems) == 1
    assert [path.name for path in (tmp_path / "heads").iterdir()] == ["main"]


@pytest.mark.parametrize("head", [b"ref: refs/heads/main\n" + b" " * 1200 + b"\xff\n", b"\xff" * 5_000_000])
def test_a_head_that_cannot_be_read_costs_nobody_else_the_feedback(
    ada: Path, tmp_path: Path, head: bytes
) -> None:
    eve = tmp_path / "eve"
    git(tmp_path, "clone", "-q", str(ada), str(eve))
    graded = {"ada": git(ada, "rev-parse", "main"), "eve": git(eve, "rev-parse", "main")}
    (eve / ".git" / "HEAD").write_bytes(head)
    pages = [tmp_path / "pages" / who / "index.html" for who in ("eve", "ada")]
    for page in pages:
        page.parent.mkdir(parents=True)
        page.write_text("words")
    done = commit_pages(pages, graded, {"ada": ada, "eve": eve}, "Feedback", NOW)
    assert "ada" in done.written
    assert len(done.written) + len(done.problems) == 2


def test_report_commits_what_students_may_read_and_names_who_has_no_repository(course: Path) -> None:  # noqa: F811
    done = CliRunner().invoke(cli.app, ["report", NAME, "--commit", "submissions", "--staff"])
    assert "leave out --staff" in str(done.exception)
    (course / "submissions" / "tiny-a91-bob").mkdir(parents=True)
    done = CliRunner().invoke(cli.app, ["report", NAME, "--commit", "submissions"])
    assert done.exit_code == 0, done.output
    assert "no feedback committed for bob: no repository came in" in done.output
    assert f"{NAME}: 0 commits on branch feedback, 0 as before" in done.output


def test_a_class_on_github_is_told_there(course: Path) -> None:  # noqa: F811
    path = course / "course.toml"
    path.write_text(path.read_text() + '\n[github]\norganisation = "tiny"\n')
    done = CliRunner().invoke(cli.app, ["report", NAME, "--commit", "submissions"])
    assert "autograder classroom feedback" in str(done.exception)
