"""What the class had pushed when it was due, fetched commit by commit, and the table of when it arrived.

The server's own log of pushes decides, a commit's date never. What a first run learned is kept beside the
repositories: a second one asks only for those that changed since.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from githubkit_schemas.latest.models import Activity

from ..errors import UserError
from ..files import write_whole
from .client import PER_PAGE, Class, Repository, asking
from .git import fetch_commit, make_bare

KNOWN = ".github.json"  # names that the collector passes over
PAGES = ".github.pages.json"  # of the organisation's list of repositories
RECEIVED = "received.csv"
NO_COMMIT = "0" * 40


class Received(msgspec.Struct, frozen=True):
    """One repository's commit that counts, with what that was worked out from."""

    pushed_at: str  # of the whole repository, whatever was pushed
    due: str
    received_at: str = ""  # "" when nothing was pushed
    commit: str = ""


def fetch_class(
    place: Class,
    found: list[Repository],
    folder: Path,
    due: Callable[[str], datetime | None],
    step: Callable[[], None],
) -> list[str]:
    """Fetch each repository's commit into `folder` and write its received.csv; return what did not work.

    `due` says when a repository is due, by its name. The last push until then counts; where there is none,
    the last one of all, which is late.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = _known(folder)
    problems: list[str] = []
    for one in found:
        moment = due(one.name)
        marks = Received(one.pushed_at, moment.isoformat() if moment else "")
        old = known.get(one.name)
        if old is None or (old.pushed_at, old.due) != (marks.pushed_at, marks.due):
            try:
                known[one.name] = _fetch(place, folder, one, moment, marks)
            except UserError as problem:  # one repository's trouble is nobody else's
                problems.append(f"{one.name}: {problem}")
            write_whole(folder / KNOWN, msgspec.json.encode(known))
        step()
    write_whole(folder / RECEIVED, _table(known))
    return problems


def _fetch(place: Class, folder: Path, one: Repository, due: datetime | None, marks: Received) -> Received:
    bare = folder / f"{one.name}.git"
    make_bare(bare)
    push = _that_counts(_pushes(place, one), due)
    if push is None:
        return marks
    fetch_commit(bare, place.url(one.name), push.after, place.token)
    moment = push.timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return msgspec.structs.replace(marks, received_at=moment, commit=push.after)


def _pushes(place: Class, one: Repository) -> list[Activity]:
    """Return the pushes to the default branch that left a commit there, newest first."""
    with asking(f"the pushes to {one.name}"):
        found = place.api.rest.paginate(
            place.api.rest.repos.list_activities,
            owner=place.organisation,
            repo=one.name,
            ref=f"refs/heads/{one.default_branch}",
            per_page=PER_PAGE,
        )
        newest_first = sorted(found, key=lambda act: act.timestamp, reverse=True)
    if newest_first and newest_first[-1].activity_type == "branch_creation":
        del newest_first[-1]  # staff's: the repository was made from the template
    return [act for act in newest_first if act.after != NO_COMMIT]


def _that_counts(pushes: list[Activity], due: datetime | None) -> Activity | None:
    in_time = [push for push in pushes if due is None or push.timestamp <= due]
    return next(iter(in_time or pushes), None)


def _known(folder: Path) -> dict[str, Received]:
    path = folder / KNOWN
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Received])
    except msgspec.DecodeError as problem:
        raise UserError(f"{path}: {problem}; remove it, and everything is asked again") from None


def _table(known: dict[str, Received]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("repository", "received_at", "commit"))
    table.writerows((name, one.received_at, one.commit) for name, one in sorted(known.items()) if one.commit)
    return text.getvalue().encode()
