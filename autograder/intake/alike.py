"""Remarks, for staff, whose submission is another student's: the same commit, or the same files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ..records import Submission


def remark_alike(submissions: Iterable[Submission], given: Mapping[str, bytes]) -> list[Submission]:
    """Add a remark to each submission that somebody else handed in as well.

    What is as released was written by nobody: whoever changed nothing is like no one.
    """
    submissions = list(submissions)
    alike: defaultdict[frozenset[tuple[str, bytes]], list[Submission]] = defaultdict(list)
    for one in submissions:
        alike[_written(one, given)].append(one)
    return [
        _remarked(one, alike[written]) if (written := _written(one, given)) else one for one in submissions
    ]


def _written(one: Submission, given: Mapping[str, bytes]) -> frozenset[tuple[str, bytes]]:
    """Return what a student changed or added, whatever the line ends."""
    files = {path: content.replace(b"\r\n", b"\n") for path, content in one.files.items()}
    return frozenset((path, content) for path, content in files.items() if content != given.get(path))


def _remarked(one: Submission, group: list[Submission]) -> Submission:
    others = [other for other in group if other is not one]
    if not others:
        return one
    is_commit = not one.commit.startswith("sha256:") and all(other.commit == one.commit for other in others)
    what = "commit" if is_commit else "files"
    names = ", ".join(other.student for other in others)
    return replace(one, remarks=(*one.remarks, f"The same {what} as handed in by {names}."))
