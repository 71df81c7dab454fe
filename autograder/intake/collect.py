"""Stage 1 of 4: collect. Reads a folder of submissions into records that hold bytes and no path to follow.

One entry per student: a git work tree, a bare repository, a plain folder or a zip. What is wrong with one of
them is told in its record and costs nobody else anything; a mistake in staff's own tables rises as an error.
"""

from __future__ import annotations

import hashlib
import os
import re
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from ..errors import UserError
from ..files import Ours, Unreadable
from ..records import Submission, is_student_id
from ..text import nearest, one_line
from .allowlist import AllowList
from .archive import lone_zip, open_zip
from .downloads import OF_PLATFORMS, Download, Loose, by_platform, gathered, newest, read_downloads
from .gitread import open_commit, own_date
from .gitrefs import Head, git_folder, read_head
from .handin import Taken, choose, locate
from .roster import Receipt, RosterEntry, TableError, find_owners, read_received, read_roster, that_counts
from .tree import Listing, folder_listing, is_clutter

__all__ = ["AllowList", "collect"]

MAX_TRACEBACK = 4_000  # characters, from its end
GONE = ": mend the name, or remove the line of who left the class"


@dataclass(frozen=True)
class Tables:
    """Staff's own tables, with the names that their files have; None without one."""

    roster: Path | None
    received: Path | None
    students: dict[str, RosterEntry] | None
    receipts: dict[str, list[Receipt]] | None
    latest: bool = False  # the last that came counts, although something came in time

    @property
    def roster_name(self) -> str:
        """What messages call the roster."""
        return one_line(self.roster.name) if self.roster else ""

    @property
    def received_name(self) -> str:
        """What messages call the table of what was received when."""
        return one_line(self.received.name) if self.received else ""


def read_tables(roster: Path | None, received: Path | None, latest: bool = False) -> Tables:
    """Read both tables, as far as there are any."""
    students = read_roster(roster) if roster else None
    return Tables(roster, received, students, read_received(received) if received else None, latest)


def collect(
    folder: Path,
    assignment_files: AllowList,
    roster: Path | None = None,
    received: Path | None = None,
    due: datetime | None = None,
    classroom: str = "",
    extensions: Mapping[str, datetime] | None = None,
    latest: bool = False,
) -> list[Submission]:
    """Return one record per student, by student; raises UserError.

    What counts is the last that came in time, else the last; with `latest` the last in any case.
    `due` has a time zone; by `extensions` a student has longer. Whether something is late is decided by
    the table `received` alone: a commit's own date is whatever its author wrote. Repositories are named
    `<classroom>-<assignment>-<username>`.
    """
    if due is not None and due.tzinfo is None:
        raise ValueError(f"the due time {due.isoformat()} has no time zone")
    tables = read_tables(roster, received, latest)
    students, receipts = tables.students, tables.receipts
    entries = _entries(folder, [path for path in (roster, received) if path])
    by_student: dict[str, list[Path]] = defaultdict(list)
    spelt: dict[str, str] = {}  # case-folded, since two that differ in case cannot both be files everywhere
    disputes: dict[Path, str] = {}  # what may belong to several, and what to do about it
    downloads = read_downloads(folder, [entry.name for entry in entries], students or {})
    for entry in entries:
        download = downloads.get(entry.name)
        owners = find_owners(_stem(entry), assignment_files.labels, students, classroom)
        if students is not None and download:
            owners = list(download.owners) or [_stem(entry)]
        for owner in owners:
            by_student[spelt.setdefault(owner.casefold(), owner)].append(entry)
        if len(owners) > 1 and not (download and download.together):
            disputes[entry] = _dispute(
                entry, owners, f"{classroom or 'class'}-{assignment_files.name}", tables
            )
    if receipts and students is not None:
        _check_known(receipts, students, entries, by_student)
    for student in (students or {}).values():
        by_student.setdefault(student.id, [])
    longer = {student.casefold(): until for student, until in (extensions or {}).items()}
    submissions = [
        _submission(
            student,
            found,
            assignment_files,
            tables,
            longer.get(student.casefold(), due),
            disputes,
            downloads,
        )
        for student, found in by_student.items()
    ]
    return sorted(submissions, key=lambda submission: submission.student)


def _entries(folder: Path, tables: list[Path]) -> list[Path]:
    """Return what lies in a folder of submissions but for staff's own tables; no entry's link is followed."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of submissions")
    device = folder.stat().st_dev
    ours = {(seen.st_dev, seen.st_ino) for path in tables for seen in (path.stat(), path.lstat())}
    with os.scandir(folder) as items:
        found = [item.name for item in items if (device, item.inode()) not in ours]
    return sorted(folder / name for name in found if not is_clutter(name) and name not in OF_PLATFORMS)


def _stem(entry: Path) -> str:
    """Return an entry's name without ".zip" or the ".git" of a bare repository."""
    return re.sub(r"\.(zip|git)$", "", entry.name, flags=re.IGNORECASE)


def _folded(entry: Path) -> str:
    return _stem(entry).casefold()


def _dispute(entry: Path, owners: list[str], label: str, tables: Tables) -> str:
    name, whose = one_line(entry.name), " or to ".join(map(one_line, owners))
    there = f", in {tables.received_name} too" if tables.received else ""
    return f"{name} may belong to {whose}: rename it {label}-<user name>{there}"


def _submission(
    student: str,
    found: list[Path],
    allow: AllowList,
    tables: Tables,
    due: datetime | None,
    disputes: dict[Path, str],
    downloads: dict[str, Download],
) -> Submission:
    found = newest(found, downloads)
    known = (tables.students or {}).get(student.casefold())
    blank = Submission(
        student=student if is_student_id(student) else _file_name(student),
        name=known.name if known else "",
        source=", ".join(one_line(path.name) for path in found),
        commit="",
        files={},
        enrolled=tables.students is None or known is not None,
    )
    disputed = [disputes[entry] for entry in found if entry in disputes]
    if disputed:
        return replace(blank, problem=disputed[0], ours=True)
    receipt = _receipt(student, found, tables, due) or by_platform(found, downloads)
    blank = _with_time(blank, receipt, tables.received_name if found else "", due)
    if known and not known.linked:
        remark = f"{tables.roster_name} names no account of {known.identifier or student}: not linked."
        blank = replace(blank, remarks=(*blank.remarks, remark))
    if not receipt and any(downloads[path.name].late for path in found if path.name in downloads):
        blank = replace(blank, late=True, remarks=(*blank.remarks, "Late by the platform's own mark."))
    entry = gathered(found, downloads, allow.hand_in)
    problem = _why_not_read(student, found, entry, tables, downloads)
    if problem or entry is None:
        return replace(blank, problem=problem, ours=bool(found))
    return _filled(blank, entry, allow, receipt.commit if receipt else "", due)


def _filled(
    blank: Submission, entry: Path | Loose, allow: AllowList, commit: str, due: datetime | None
) -> Submission:
    """Read one entry: whatever goes wrong meanwhile is its problem and nobody else's."""
    name = one_line(entry.name)
    try:
        commit, taken = read_entry(entry, allow, commit)
        if due and not blank.received_at:
            blank = replace(blank, remarks=(*blank.remarks, *_own_word(entry, commit)))
    except Unreadable as problem:
        return replace(blank, problem=f"{name} {problem}", ours=isinstance(problem, Ours))
    except OSError as problem:
        return replace(blank, problem=f"{name} cannot be read ({problem.strerror})", ours=True)
    except UserError:  # of this machine: git is not installed
        raise
    except Exception as problem:
        reason = f"cannot be read: the collector failed on it ({type(problem).__name__}), and a TA must look"
        trace = traceback.format_exc()[-MAX_TRACEBACK:]
        return replace(blank, problem=f"{name} {reason}", ours=True, error=trace)
    nothing = "" if taken.files else f"{name} holds nothing that can be graded"
    return replace(blank, commit=commit, files=taken.files, notices=taken.notices, problem=nothing)


def read_entry(entry: Path | Loose, allow: AllowList, commit: str = "") -> tuple[str, Taken]:
    """Return the commit (or content id) and the files of one submission; raises Unreadable."""
    if isinstance(entry, Path) and entry.is_symlink():
        raise Ours("is a symbolic link: put the submission itself here")
    head, opened = open_entry(entry, commit)
    with opened as listing:
        taken = choose(locate(listing, allow), allow)
    if head.notice:
        taken = Taken(taken.files, (head.notice, *taken.notices))
    return head.commit or _content_id(taken.files), taken


def _own_word(entry: Path | Loose, commit: str) -> Iterator[str]:
    """Yield when a commit was made if its author is to be believed, where nothing else tells."""
    repository = git_folder(entry) if isinstance(entry, Path) and entry.is_dir() else None
    if repository and (moment := own_date(repository, commit)):
        yield f"Committed {moment:%Y-%m-%d %H:%M} UTC by the student's own word, which decides nothing."


def open_entry(entry: Path | Loose, commit: str) -> tuple[Head, AbstractContextManager[Listing]]:
    if isinstance(entry, Path) and entry.is_dir():
        repository = git_folder(entry)
        if repository:
            head = Head(commit) if commit else read_head(repository)
            return head, open_commit(repository, head.commit)
    if commit:
        raise Ours(f"has no history, but its commit {commit} is what counts: put the repository here")
    if isinstance(entry, Loose):
        return Head(""), nullcontext(entry.listing)
    if entry.is_dir():
        inside = lone_zip(entry)
        return Head(""), open_zip(inside) if inside else nullcontext(folder_listing(entry))
    if entry.suffix.lower() == ".zip":
        return Head(""), open_zip(entry)
    raise Ours("is neither a folder, a git repository nor a .zip file")


def _why_not_read(
    student: str,
    found: list[Path],
    entry: Path | Loose | None,
    tables: Tables,
    downloads: dict[str, Download],
) -> str:
    if not found:
        return "no submission found"
    if entry is None:
        names = " and ".join(one_line(path.name) for path in found)
        return f"{len(found)} submissions for one student, {names}: keep one of them"
    students, roster = tables.students, tables.roster_name
    if students is not None and student.casefold() not in students:
        if download := downloads.get(found[0].name):
            what = f"by {download.platform} is {one_line(download.who)}'s, whom no line of {roster} names"
            return f"{one_line(found[0].name)} {what}: add that name, login or e-mail there"
        hint = nearest(student, [known.id for known in students.values()])
        hint = hint or "; unpack a whole class's download first"
        return f"{one_line(student)} is not in {roster}: add a line or rename the folder{hint}"
    if not is_student_id(student):
        return (
            f"{one_line(student)!r} is no student's id (letters, digits, '-', '_' and '.'): rename the folder"
        )
    return ""


def _receipt(student: str, found: list[Path], tables: Tables, due: datetime | None) -> Receipt | None:
    """Return what counts of all that arrived from somebody."""
    names = {student.casefold(), *(_stem(entry).casefold() for entry in found)}
    hits = [receipt for name in sorted(names) for receipt in (tables.receipts or {}).get(name, [])]
    if not hits:
        return None
    last, counts = that_counts(hits, None), that_counts(hits, None if tables.latest else due)
    if counts is not last and not counts.commit:
        raise TableError(
            f"{counts.where} says what counts of {student}, but not which commit, and {last.where} is later: "
            "add the commit"
        )
    return counts


def _check_known(
    receipts: dict[str, list[Receipt]],
    roster: dict[str, RosterEntry],
    entries: list[Path],
    by_student: dict[str, list[Path]],
) -> None:
    """Raise TableError when received.csv speaks of nobody, and not of somebody who handed in.

    A slip there would hide that somebody was late; lines about those who left the class are no slips.
    """
    said = {id for id, found in by_student.items() if {id.casefold(), *map(_folded, found)} & set(receipts)}
    if all(id in said for id in by_student):
        return
    known = {*roster, *map(_folded, entries), *(id.casefold() for id in by_student)}
    lost = [
        f"{log[0].where}: no student or repository {key!r}{nearest(key, sorted(known)) or GONE}"
        for key, log in receipts.items()
        if key not in known
    ]
    if lost:
        raise TableError("\n".join(lost))


def _with_time(
    blank: Submission, receipt: Receipt | None, expected_in: str, due: datetime | None
) -> Submission:
    if receipt:
        moment = receipt.received_at
        late = due is not None and moment > due
        return replace(
            blank, received_at=moment.astimezone(UTC).isoformat().replace("+00:00", "Z"), late=late
        )
    if expected_in:
        remark = f"{expected_in} has no line for this submission: nobody knows if it was late."
        return replace(blank, remarks=(remark,))
    return blank


def _content_id(files: dict[str, bytes]) -> str:
    """Return "sha256:..." over sorted paths and contents, each with its length."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        for part in (path.encode(), content):
            digest.update(b"%d:" % len(part) + part)
    return f"sha256:{digest.hexdigest()}"


def _file_name(text: str) -> str:
    """Return a name for the files of somebody whose folder has an impossible one."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "_", text)[:40].strip("_")
    return f"unnamed-{kept}-{hashlib.sha256(os.fsencode(text)).hexdigest()[:8]}"
