"""Names that learning platforms give to what they let staff download, read by the roster.

Canvas        doejane_LATE_12345_678910_a04.zip         files of one attempt, each by its own number
Moodle        Jane Doe_12345_assignsubmission_file_     a folder, or a file with its name at the end
Blackboard    a04_jdoe_attempt_2026-10-01-12-30-59_schedule.py
Brightspace   12345-67890 - Jane Doe - Oct 4, 2026 1105 PM
ILIAS         Doe_Jane_jdoe_12345
Gradescope    submission_123456, and whose it is in submission_metadata.yml

What a student chose, the name of a file, stands last and is never read for whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..files import Unreadable, read_regular
from .roster import Receipt, RosterEntry, plain
from .tree import Entry, unread

METADATA = "submission_metadata.yml"
OF_PLATFORMS = frozenset({METADATA, "index.html", "status.xlsx", "status.xls", "status.csv", "README.md"})
MAX_METADATA_BYTES = 200_000_000  # it holds what every test printed
FORMS = {
    "Canvas": r"(?P<who>[^_]+)(?P<late>_LATE)?_\d+_(?P<number>\d+)_(?P<file>.+)",
    "Moodle": r"(?P<who>.+?)_\d+_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)",
    "Blackboard": r"(?P<who>.+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)?",
    "Brightspace": r"\d+-\d+ - (?P<who>.+?) ?- (?P<when>[^-]*\d{4}[^-]*?)(?: - (?P<file>.+))?",
    "ILIAS": r"(?P<who>.+_.+)_\d+",
}
DATES = ("%Y-%m-%d-%H-%M-%S", "%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %B, %Y %H%M", "%d %B %Y")


@dataclass(frozen=True)
class Download:
    """What a platform says of one file or folder."""

    platform: str
    who: str
    owners: tuple[str, ...]  # ids of the roster whom this may mean
    when: datetime = datetime.min  # of the attempt; without a time zone, so fit for comparing attempts only
    number: int = 0
    late: bool = False
    file: str = ""  # the student's own name of a single file
    received_at: datetime | None = None
    together: bool = False  # all owners handed this in as a group


def by_platform(found: list[Path], downloads: Mapping[str, Download]) -> Receipt | None:
    """Return when the platform received it, where it says so with a time zone."""
    for path in found:
        if path.name in downloads and (moment := downloads[path.name].received_at):
            return Receipt(moment, "", METADATA)
    return None


def read_downloads(folder: Path, names: list[str], roster: Mapping[str, RosterEntry]) -> dict[str, Download]:
    """Return what those of the names that a platform made say."""
    meant = _by_words(roster)
    found = {name: one for name in names if (one := _read_name(name, meant))}
    if (folder / METADATA).is_file():
        found |= {name: one for name, one in _gradescope(folder / METADATA, meant) if name in names}
    return found


def newest(found: list[Path], downloads: Mapping[str, Download]) -> list[Path]:
    """Return the entries of a student's newest attempt, where platforms made all of them."""
    if not found or not all(path.name in downloads for path in found):
        return found
    last = max(downloads[path.name].when for path in found)
    return [path for path in found if downloads[path.name].when == last]


@dataclass(frozen=True)
class Loose:
    """Files of one attempt that lie beside each other, under the student's own names."""

    name: str
    files: Mapping[str, Path]

    def listing(self, base: str) -> list[Entry]:
        """List them as a folder would be."""
        return [self._entry(name, path) for name, path in self.files.items()] if not base else []

    def _entry(self, name: str, path: Path) -> Entry:
        if path.is_symlink() or not path.is_file():
            return Entry(name, "special file", 0, unread)
        size = path.stat().st_size
        return Entry(name, "file", size, lambda: read_regular(path, size))


def gathered(
    found: list[Path], downloads: Mapping[str, Download], hand_in: frozenset[str]
) -> Path | Loose | None:
    """Return what one attempt's entries are together, one of them or loose files; None when unclear."""
    if len(found) == 1 and (found[0].is_dir() or found[0].suffix.lower() == ".zip"):
        return found[0]
    if not found or any(path.name not in downloads or path.is_dir() for path in found):
        return found[0] if len(found) == 1 else None
    zips = [path for path in found if path.suffix.lower() == ".zip"]
    if zips:
        return zips[0] if len(zips) == 1 else None
    in_order = sorted(found, key=lambda path: downloads[path.name].number)
    own = {_own_name(downloads[path.name].file, hand_in): path for path in in_order}
    return Loose(found[0].name, {name: path for name, path in own.items() if name})


def _own_name(name: str, hand_in: frozenset[str]) -> str:
    """Return the name without the "-1" that Canvas adds to a file which is handed in again."""
    bare = re.sub(r"-\d+(?=\.py$)", "", name)
    return bare if bare in hand_in else name


def _by_words(roster: Mapping[str, RosterEntry]) -> dict[str, set[str]]:
    meant: dict[str, set[str]] = {}
    for student in roster.values():
        for word in student.words:
            meant.setdefault(word, set()).add(student.id)
    return meant


def _read_name(name: str, meant: Mapping[str, set[str]]) -> Download | None:
    for platform, form in FORMS.items():
        if match := re.fullmatch(form, name, re.DOTALL):
            parts = match.groupdict(default="")
            owners = sorted(set().union(*(meant.get(plain(w), ()) for w in _words(platform, parts["who"]))))
            if platform == "ILIAS" and not owners:  # other names look so too
                continue
            return Download(
                platform,
                parts["who"],
                tuple(owners),
                when=_moment(parts.get("when", "")),
                number=int(parts.get("number") or 0),
                late=bool(parts.get("late")),
                file=parts.get("file", ""),
            )
    return None


def _words(platform: str, who: str) -> Iterator[str]:
    """Yield what of a name may mean the student."""
    yield who
    if platform == "Brightspace":
        yield from who.split(" - ")
    pieces = who.split("_")
    if platform in ("Blackboard", "ILIAS"):  # the login stands last
        yield from ("_".join(pieces[start:]) for start in range(1, len(pieces)))
    if platform == "ILIAS":  # after the name
        yield from ("_".join(pieces[:end]) for end in range(2, len(pieces)))


def _moment(text: str) -> datetime:
    for form in DATES:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    return datetime.min


def _gradescope(path: Path, meant: Mapping[str, set[str]]) -> Iterator[tuple[str, Download]]:
    """Yield whose the folders of Gradescope's export are, by the lines that stand where it writes them.

    What students or tests wrote stands further in, and is not looked at.
    """
    try:
        text = read_regular(path, MAX_METADATA_BYTES).decode("utf-8", "replace")
    except Unreadable:
        return
    for name, block in re.findall(r"(?m)^([^\s:#]+):\n((?:[ ].*\n?)*)", text):
        people = re.search(r"(?m)^  :submitters:\n((?:  - .*\n?|    .*\n?)*)", block)
        words = re.findall(r"(?m)^  (?:- |  ):(?:name|sid|email): (.*)$", people[1] if people else "")
        created = re.search(r"(?m)^  :created_at: (.*)$", block)
        received_at = None
        with suppress(ValueError):
            stamp = re.sub(r"(\.\d{6})\d*", r"\1", created[1].strip("'\"")) if created else ""
            received_at = datetime.fromisoformat(
                stamp.replace(" -", "-").replace(" +", "+").replace(" Z", "Z")
            )
        owners = sorted(set().union(*(meant.get(plain(word.strip("'\"")), ()) for word in words)))
        moment = received_at.astimezone(UTC) if received_at and received_at.tzinfo else None
        yield name, Download("Gradescope", name, tuple(owners), received_at=moment, together=True)
