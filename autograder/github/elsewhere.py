"""What counts of repositories on GitLab, Gitea or any other server, by a table of what was pushed when.

Such servers have logs of their own; staff write from them the addresses, moments and commits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..errors import UserError
from ..intake.roster import read_received, that_counts
from .git import fetch_commit, make_bare

TOKEN_ENV = "GIT_TOKEN"  # for these servers alone: GitHub's token goes to nobody else


def fetch_named(received: Path, folder: Path, due: Callable[[str], datetime | None], token: str) -> list[str]:
    """Fetch what counts of each repository whose address `received` says; return what did not work."""
    folder.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    for name, log in read_received(received).items():
        counts, bare = that_counts(log, due(name)), folder / f"{name}.git"
        if not counts.address or _holds(bare, counts.commit):
            continue
        try:
            make_bare(bare)
            fetch_commit(bare, counts.address, counts.commit or "HEAD", token)
        except UserError as problem:  # one repository's trouble is nobody else's
            problems.append(f"{counts.where}: {name}: {problem}")
    return problems


def _holds(bare: Path, commit: str) -> bool:
    return bool(commit) and bare.exists() and (bare / "HEAD").read_text().strip() == commit
