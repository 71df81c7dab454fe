"""The published page on a branch of its own: when it may be seen, once, and whatever a student did there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from autograder.github import feedback
from autograder.github.client import Class
from autograder.github.page import BRANCH
from autograder.loopback.organisation import Organisation, run_git
from autograder.pages.report import feedback_page
from autograder.spec import Assignment

from .students import AS, push, start
from .test_feedback import give, result

REPOSITORY, PAGE = "test-a99-ada", "a99_example.html"


@pytest.fixture
def paged(place: Class) -> Class:
    """A class whose course.toml says `pages = true`."""
    return replace(place, hub=msgspec.structs.replace(place.hub, pages=True))


def on_branch(hub: Organisation) -> dict[str, str]:
    """Return the files of the branch, path -> content."""
    bare = ("-C", str(hub.bare(REPOSITORY)))
    names = run_git(*bare, "ls-tree", "-r", "--name-only", BRANCH).split()
    return {name: run_git(*bare, "show", f"{BRANCH}:{name}") for name in names}


def test_a_page_lies_on_its_branch_while_it_is_published(
    paged: Class, hub: Organisation, example: Assignment, tmp_path: Path
) -> None:
    start(hub, "ada")
    one, folder = result("ada", push(hub, REPOSITORY, "work")), tmp_path / "r"
    for level in ("preview", "receipt"):
        give(paged, example, folder, one, level=level)
        assert f"refs/heads/{BRANCH}" not in hub.refs(REPOSITORY)
    hub.asked.clear()
    assert give(paged, example, folder, one).written == ["ada"]
    assert on_branch(hub) == {PAGE: feedback_page(one, example).strip()}
    assert [method for method, _ in hub.asked] == ["GET", "PATCH"]  # the page is none of them
    (comment,) = hub.comments
    assert f"{hub.url}/{hub.name}/{REPOSITORY}/blob/{BRANCH}/{PAGE}" in comment["body"]
    pushed = len(hub.log[REPOSITORY])
    assert give(paged, example, folder, one).unchanged == ["ada"]
    assert len(hub.log[REPOSITORY]) == pushed
    give(paged, example, folder, one, level="receipt")  # it was published by mistake
    assert on_branch(hub) == {}


def test_no_branch_is_made_where_the_course_does_not_say_so(
    place: Class, hub: Organisation, example: Assignment, tmp_path: Path
) -> None:
    start(hub, "ada")
    give(place, example, tmp_path / "r", result("ada", push(hub, REPOSITORY, "work")))
    assert hub.refs(REPOSITORY).keys() == {"refs/heads/main", "refs/heads/feedback"}
    assert BRANCH not in hub.comments[0]["body"]


def test_what_a_student_puts_there_is_gone_with_the_next_page_and_nothing_else_is(
    paged: Class, hub: Organisation, example: Assignment, tmp_path: Path
) -> None:
    start(hub, "ada")
    commit = push(hub, REPOSITORY, "work")
    give(paged, example, tmp_path / "r", result("ada", commit))
    work = hub.home.parent / "work" / REPOSITORY
    (work / PAGE).write_text("2 of 2 points")
    (work / "mine.py").write_text("")
    run_git("add", "--all", cwd=work)
    run_git(*AS, "commit", "--quiet", "--message", "better points", cwd=work)
    run_git("push", "--quiet", "--force", str(hub.bare(REPOSITORY)), f"HEAD:{BRANCH}", cwd=work)
    before = hub.refs(REPOSITORY)
    again = result("ada", commit, score=0.5)
    assert give(paged, example, tmp_path / "r", again).written == ["ada"]
    assert on_branch(hub) == {PAGE: feedback_page(again, example).strip()}
    after = hub.refs(REPOSITORY)
    assert {name for name in after if before.get(name) != after[name]} == {f"refs/heads/{BRANCH}"}


def test_a_page_that_a_killed_run_pushed_is_pushed_to_no_effect(
    paged: Class, hub: Organisation, example: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(hub, "ada")
    one = result("ada", push(hub, REPOSITORY, "work"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(feedback, "_tell", killed)
        with pytest.raises(KeyboardInterrupt):
            give(paged, example, tmp_path / "r", one)
    pushed = len(hub.log[REPOSITORY])
    assert give(paged, example, tmp_path / "r", one).written == ["ada"]
    assert all(entry["ref"] != f"refs/heads/{BRANCH}" for entry in hub.log[REPOSITORY][:-pushed])
    assert (len(hub.comments), list(on_branch(hub))) == (1, [PAGE])


def test_a_repository_that_takes_no_page_is_named_and_tried_again(
    paged: Class, hub: Organisation, example: Assignment, tmp_path: Path
) -> None:
    start(hub, "ada", "bob")
    both = [result(who, push(hub, f"test-a99-{who}", "work")) for who in ("ada", "bob")]
    lock = hub.bare(REPOSITORY) / "refs" / "heads" / f"{BRANCH}.lock"
    lock.touch()
    given = give(paged, example, tmp_path / "r", *both)
    assert given.written == ["bob"]
    assert given.problems[0].startswith(f"the page of {REPOSITORY}: git push: ")
    lock.unlink()
    assert give(paged, example, tmp_path / "r", *both).written == ["ada"]
