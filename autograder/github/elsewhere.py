"""What counts of repositories on GitLab, Gitea or any other server, by a table of what was pushed when.

Such servers have logs of their own; staff write from them the addresses, moments and commits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from ..errors import UserError
from ..files import write_whole
from ..intake.roster import read_received, that_counts
from .git import fetch_commit, make_bare

OURS = ".fetched.json"  # which repositories in a folder are ours, and at which commit
TOKEN_ENV = "GIT_TOKEN"  # for these servers alone: GitHub's token goes to nobody else


def fetch_named(received: Path, folder: Path, due: Callable[[str], datetime | None], token: str) -> list[str]:
    """Fetch what counts of each repository whose address `received` says; return what did not work."""
    folder.mkdir(parents=True, exist_ok=True)
    ours, problems = folder / OURS, list[str]()
    known = msgspec.json.decode(ours.read_bytes(), type=dict[str, str]) if ours.exists() else {}
    for name, log in read_received(received).items():
        counts, bare = that_counts(log, due(name)), folder / f"{name}.git"
        if not counts.address or (counts.commit and known.get(name) == counts.commit):
            continue
        try:
            if name not in known and bare.exists():  # git obeys what a stranger's repository is set to
                raise UserError(f"{bare} is there and was not fetched: move it away")
            known.setdefault(name, "")
            write_whole(ours, msgspec.json.encode(known))
            make_bare(bare)
            fetch_commit(bare, counts.address, counts.commit or "HEAD", token)
            known[name] = counts.commit
        except UserError as problem:  # one repository's trouble is nobody else's
            problems.append(f"{counts.where}: {name}: {problem}")
        write_whole(ours, msgspec.json.encode(known))
    return problems
