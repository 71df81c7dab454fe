"""The feedback page on a branch of the student's repository that holds nothing else.

It is pushed as that branch's one commit, whatever stood there. A push asks nothing of the interface, which
counts and limits what is made, and the same page is the same commit: to push it again changes nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..errors import UserError
from ..spec import Assignment
from .client import Class, Repository
from .git import git
from .template import commit_all

BRANCH = "feedback-page"


def put_page(place: Class, one: Repository, assignment: Assignment, page: str) -> None:
    """Let the branch hold the page alone, or nothing at all where the page is ""; raises UserError."""
    with tempfile.TemporaryDirectory(prefix="autograder-page-") as home:
        folder = Path(home)
        if page:
            (folder / _name(assignment)).write_text(page, encoding="utf-8", newline="\n")
        commit_all(folder, "Feedback")
        url, target = place.url(one.name), f"HEAD:refs/heads/{BRANCH}"
        try:
            git("push", "--quiet", "--force", url, target, cwd=folder, token=place.token)
        except UserError as problem:
            raise UserError(f"the page of {one.name}: {problem}") from None


def where(place: Class, student: str, assignment: Assignment) -> str:
    """Return the sentence of the comment that leads to the page, as Markdown."""
    name, home = _name(assignment), place.url(f"{place.prefix}-{student}").removesuffix(".git")
    branch = f"[`{BRANCH}`]({home}/blob/{BRANCH}/{name})"
    return f"The whole page: download `{name}` from branch {branch} and open it."


def _name(assignment: Assignment) -> str:
    return f"{assignment.name}.html"
