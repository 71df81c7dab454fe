"""Take a submission's files: those to hand in and the student's own helper modules.

Everything else is staff's. A file that cannot be taken costs itself and no more, and a sentence says why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from ..files import Unreadable
from ..text import one_line
from .allowlist import (
    AllowList,
    find_twins,
    is_wanted,
    respelt,
    why_left_out,
    why_no_source,
    why_not_utf_8,
)
from .tree import Entry, Listing


@dataclass(frozen=True)
class Taken:
    """The files that will be graded, and sentences about those that will not."""

    files: dict[str, bytes]
    notices: tuple[str, ...]


def locate(listing: Listing, allow: AllowList) -> list[Entry]:
    """Return what lies in the assignment's folder, or at the top when the files to hand in lie there.

    A single folder around everything, as in a downloaded zip, is looked into, and one called as the
    assignment. Raises Unreadable.
    """
    inside = f"assignments/{allow.name}"
    entries = listing(inside)
    if _has_any(entries, allow):
        return entries
    top = listing("")
    around = {entry.path.partition("/")[0] for entry in top if "/" in entry.path}
    deeper = [listing(base) for name in around for base in (f"{name}/{inside}", name) if len(around) == 1]
    for entries in [top, listing(allow.name), *deeper]:
        if _has_any(entries, allow):
            return entries
    names = ", ".join(sorted(allow.hand_in))
    raise Unreadable(f"holds none of the files to hand in ({names}), neither in {inside}/ nor at its top")


def _has_any(entries: list[Entry], allow: AllowList) -> bool:
    wanted = {name.casefold() for name in allow.hand_in}
    return any(entry.path.casefold() in wanted for entry in entries)


def choose(entries: list[Entry], allow: AllowList) -> Taken:
    """Take what the allow-list names, and say in sentences what was left out or replaced."""
    names = respelt(entries, allow)
    entries = [replace(entry, path=names.get(entry.path, entry.path)) for entry in entries]
    order = sorted(entries, key=lambda entry: (_rank(entry.path, allow), entry.path))
    twins = find_twins(entries, allow)
    left_out: dict[str, list[str]] = defaultdict(list)  # reason -> paths
    files: dict[str, bytes] = {}
    edited: list[str] = []
    for entry in order[: allow.max_files]:
        reason = why_left_out(entry, allow, twins)
        if reason is None and entry.path in allow.given and entry.path not in allow.hand_in:
            edited += [entry.path] if _is_edited(entry, allow) else []
        elif reason is None and is_wanted(entry.path, allow):
            content, reason = _content(entry, allow, sum(map(len, files.values())))
            files |= {entry.path: content} if reason is None else {}
        if reason is not None:
            left_out[reason].append(entry.path)
    unseen = len(order) - allow.max_files
    missing = allow.hand_in - {entry.path for entry in order}
    files = dict(sorted(files.items()))
    odd = [f"{one_line(path, 100)} is graded as {name}: rename it." for path, name in sorted(names.items())]
    odd += [f"{name} {why}." for name, content in files.items() if (why := why_not_utf_8(content))]
    return Taken(files, (*odd, *_sentences(left_out, edited, sorted(missing), unseen)))


def _sentences(
    left_out: dict[str, list[str]], edited: list[str], missing: list[str], unseen: int
) -> list[str]:
    notices = [
        f"Left out: {_names(list(dict.fromkeys(paths)))} ({reason})." for reason, paths in left_out.items()
    ]
    if edited:
        notices.append(
            f"Replaced: {_names(edited)} (given files are graded as released, your changes are not used)."
        )
    if missing:
        notices.append(f"Not found: {_names(missing)} (the tasks of a missing file earn nothing).")
    if unseen > 0:
        notices.append(f"Too many files: {unseen} of them were not looked at.")
    return notices


def _rank(path: str, allow: AllowList) -> int:
    if path in allow.hand_in:
        return 0
    return 1 if path in allow.given else 2 + path.count("/")


def _content(entry: Entry, allow: AllowList, taken_bytes: int) -> tuple[bytes, str | None]:
    """Read a file to take; returns its bytes, or the reason why it is left out."""
    if entry.size > allow.max_file_bytes:
        return b"", f"more than {allow.max_file_bytes / 1e6:g} MB in one file"
    if taken_bytes + entry.size > allow.max_total_bytes:
        return b"", f"all files together have more than {allow.max_total_bytes / 1e6:g} MB"
    try:
        content = entry.read()
    except Unreadable as problem:
        return b"", str(problem)
    return content, why_no_source(content)


def _is_edited(entry: Entry, allow: AllowList) -> bool:
    """Tell whether a given file differs from the released one in more than its line ends."""
    if entry.size > 2 * allow.max_file_bytes:
        return True
    try:
        return _unix(entry.read()) != _unix(allow.given[entry.path])
    except Unreadable:
        return True


def _unix(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _names(paths: list[str], most: int = 5) -> str:
    shown = ", ".join(one_line(path, 100) for path in paths[:most])
    return f"{shown} and {len(paths) - most} more" if len(paths) > most else shown
