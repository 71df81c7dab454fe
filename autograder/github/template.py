"""An assignment's template on GitHub: a private repository of one commit, without any history."""

from __future__ import annotations

import tempfile
from pathlib import Path

from githubkit.exception import RequestFailed

from ..authoring.release import Files, write_template
from ..spec import Assignment
from .client import Class, asking
from .git import git

BRANCH = "main"
STAFF = {  # the same commit for the same files, whoever releases them and when
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "Course staff"),
        ("EMAIL", "staff@invalid"),
        ("DATE", "2026-01-01T00:00:00+00:00"),
    )
}
TOPICS = ["diffusion-models", "assignment", "autograded"]


def release_template(place: Class, assignment: Assignment, root: Path, files: Files | None = None) -> bool:
    """Make the template repository, or bring it up to date; say whether anything changed.

    `files` are what the assignment's release wrote, where there was one just before.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-template-") as home:
        folder = Path(home, "template")
        write_template(assignment, root, folder, files)
        commit = commit_all(folder, f"{assignment.title}: the assignment")
        made = _ensure(place, assignment)
        url = place.url(place.prefix)
        there = "" if made else git("ls-remote", url, f"refs/heads/{BRANCH}", cwd=folder, token=place.token)
        if there.split("\t")[0] == commit:
            return False
        git("push", "--force", url, f"HEAD:refs/heads/{BRANCH}", cwd=folder, token=place.token)
    return True


def commit_all(folder: Path, subject: str) -> str:
    """Commit all of a folder, which may be nothing, without a parent; return the commit."""
    git("init", "--quiet", f"--initial-branch={BRANCH}", cwd=folder)
    git("add", "--all", "--force", cwd=folder)
    git("commit", "--quiet", "--allow-empty", "-m", subject, cwd=folder, **STAFF)
    return git("rev-parse", "HEAD", cwd=folder)


def _ensure(place: Class, assignment: Assignment) -> bool:
    """Create the repository where there is none; say whether that was so."""
    repos, owner, name = place.api.rest.repos, place.organisation, place.prefix
    with asking(f"the template {owner}/{name}"):
        try:
            repos.get(owner, name)
            return False
        except RequestFailed as problem:
            if problem.response.status_code != 404:
                raise
        repos.create_in_org(
            owner, name=name, private=True, is_template=True, description=assignment.title, has_wiki=False
        )
        repos.replace_all_topics(owner, name, names=TOPICS)
    return True
