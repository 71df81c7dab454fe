"""A correction for repositories that exist: a pull request that touches given files only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UserError
from ..labs.notebook import NOTEBOOK
from ..spec import Assignment
from .client import Class, Repository, asking
from .git import git
from .template import BRANCH, STAFF

TITLE = "A correction of the assignment"
BODY = (
    "Staff corrected files that were given to you. Your own answers are not touched: look at the changes, "
    "then merge. If you changed one of these files yourself, keep a copy first. Grading uses the corrected "
    "files whether you merge or not."
)


@dataclass
class Sent:
    """What `send_correction` did, by repository."""

    sent: list[str] = field(default_factory=list)
    had: list[str] = field(default_factory=list)  # the pull request is there, whatever became of it
    current: list[str] = field(default_factory=list)  # nothing differs
    problems: list[str] = field(default_factory=list)


def send_correction(
    place: Class, assignment: Assignment, found: list[Repository], step: Callable[[], None]
) -> Sent:
    """Offer every repository found the template's given files as they are now."""
    sent = Sent()
    with tempfile.TemporaryDirectory(prefix="autograder-correction-") as home:
        bare = Path(home)
        git("init", "--quiet", "--bare", home, cwd=bare)
        template = _fetch(place, bare, place.prefix, BRANCH)
        given, branch = _given(bare, template, assignment), f"correction-{template[:10]}"
        for one in found:
            try:
                getattr(sent, _offer(place, bare, one, given, branch)).append(one.name)
            except UserError as problem:  # one repository's trouble is nobody else's
                sent.problems.append(f"{one.name}: {problem}")
            step()
    return sent


def _fetch(place: Class, bare: Path, repository: str, branch: str) -> str:
    """Fetch a branch's newest commit and return its id."""
    words = ("fetch", "--quiet", "--depth=1", "--no-tags")
    git(*words, place.url(repository), f"refs/heads/{branch}", cwd=bare, token=place.token)
    return git("rev-parse", "FETCH_HEAD", cwd=bare)


def _given(bare: Path, template: str, assignment: Assignment) -> list[str]:
    """Return the template's files that no student fills in, as git's index takes them."""
    theirs = {NOTEBOOK, *(task.file for task in assignment.tasks)}
    paths = {f"assignments/{assignment.name}/{name}" for name in theirs}
    given = []
    for line in git("ls-tree", "-r", "-z", template, cwd=bare).split("\0"):
        entry, _, path = line.partition("\t")
        if path and path not in paths:
            mode, _, blob = entry.split(" ")
            given += ["--cacheinfo", f"{mode},{blob},{path}"]
    return given


def _offer(place: Class, bare: Path, one: Repository, given: list[str], branch: str) -> str:
    """Make the pull request where it is due; return the field of `Sent` that says what became of it."""
    head = _fetch(place, bare, one.name, one.default_branch)
    git("read-tree", head, cwd=bare)
    git("update-index", "--add", "--replace", *given, cwd=bare)
    tree = git("write-tree", cwd=bare)
    if tree == git("rev-parse", f"{head}^{{tree}}", cwd=bare):
        return "current"
    pulls, home = place.api.rest.pulls, (place.organisation, one.name)
    with asking(f"the correction of {one.name}"):
        if pulls.list(*home, state="all", head=f"{place.organisation}:{branch}", per_page=1).parsed_data:
            return "had"
        commit = git("commit-tree", tree, "-p", head, "-m", TITLE, cwd=bare, **STAFF)
        target = f"{commit}:refs/heads/{branch}"
        git("push", "--quiet", "--force", place.url(one.name), target, cwd=bare, token=place.token)
        pulls.create(*home, title=TITLE, body=BODY, head=branch, base=one.default_branch)
    return "sent"
