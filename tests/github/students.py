"""What students do: they push, and force their pushes."""

from __future__ import annotations

import shutil

from autograder.loopback.organisation import Organisation, run_git

IN_TIME, LATER, LATE = "2026-10-10T10:00:00Z", "2026-10-12T21:59:59Z", "2026-10-12T22:00:00Z"
ANSWER = "forward.py"
AS = ("-c", "user.name=s", "-c", "user.email=s@example.invalid")


def start(hub: Organisation, *students: str) -> None:
    """Give students repositories that all start from one commit of staff's."""
    hub.clock = "2026-10-01T00:00:00Z"
    for name in (f"test-a99-{student}" for student in students):
        hub.make(name, pushed_at=hub.clock)
        push(hub, name, "skeleton")


def push(
    hub: Organisation, repository: str, text: str, *words: str, fresh: bool = False, whole_text: bool = False
) -> str:
    """Push a commit with a comment, or a file of just that text, as a student does; return its id."""
    home = hub.home.parent / "work" / repository
    if fresh:
        shutil.rmtree(home)
    if not home.exists():
        home.mkdir(parents=True)
        run_git("init", "--quiet", "--initial-branch=main", cwd=home)
    (home / ANSWER).write_text(text if whole_text else f"# {text}\n")
    run_git("add", "--all", cwd=home)
    run_git(*AS, "commit", "--quiet", "--message", "work", cwd=home)
    url = hub.url.replace("//", "//ada:student@") + f"/{hub.name}/{repository}.git"
    run_git("push", "--quiet", *words, url, "HEAD:main", cwd=home)
    return run_git("rev-parse", "HEAD", cwd=home)
