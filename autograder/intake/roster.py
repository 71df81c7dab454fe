"""Read the two tables that staff keep: who is in the class (roster.csv), what arrived when (received.csv).

A mistake in them is a TA's to mend, so a message names file, line and remedy, and all of them come at once.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..errors import UserError
from ..records import is_student_id
from ..text import nearest
from .gitrefs import HEX

MAX_TABLE_BYTES = 5_000_000
USERS = ("github_username", "username", "login", "sis login id")
IDENTIFIERS = (
    "identifier",
    "id number",
    "sis user id",
    "sid",
    "student id",
    "email",
    "email address",
    "e-mail",
)
ADDRESS = re.compile(r"https?://")
_Line = tuple[int, dict[str, str]]  # line in the file, column -> value


class TableError(UserError):
    """A roster or received.csv cannot be used; the message has one line per mistake."""


@dataclass(frozen=True)
class RosterEntry:
    """One line of the roster; `id` is the user name, which also names the student's files."""

    id: str
    name: str = ""
    identifier: str = ""
    github_id: int = 0  # of the account, whatever it is called now; 0 where the roster does not say
    linked: bool = True  # False where the roster names no account: the id is made of the identifier
    words: frozenset[str] = field(
        default=frozenset(), compare=False
    )  # by which platforms may call them, plain


@dataclass(frozen=True)
class Receipt:
    """When the server received a submission, and which commit that was ("" when not said)."""

    received_at: datetime
    commit: str
    where: str  # "received.csv:3"
    address: str = ""  # of its repository, where the table says that


def read_roster(path: Path) -> dict[str, RosterEntry]:
    """Return the class by case-folded id; raises TableError.

    Reads GitHub Classroom's columns (identifier, github_username, github_id, name), Classroom 50's (username,
    first_name, last_name, ...) and those of platforms' own lists; other columns are left alone.
    """
    header, rows = read_table(path)
    if not set(header) & {*USERS, *IDENTIFIERS}:
        raise TableError(_no_column(path, "github_username", header))
    students: dict[str, RosterEntry] = {}
    lines: dict[str, int] = {}
    mistakes: list[str] = []
    for line, row in rows:
        student = _student(row)
        id = student.id
        if not is_student_id(id):
            what = f"{id!r} is no user name: letters, digits, '-', '_' and '.' only"
            mistakes.append(f"{path.name}:{line}: {what if id else 'says who of nobody: remove the line'}")
        elif id.casefold() in students:
            mistakes.append(f"{path.name}:{line}: {id} is on line {lines[id.casefold()]} already: remove one")
        elif row.get("github_id") and not student.github_id:
            mistakes.append(f"{path.name}:{line}: github_id {row['github_id']!r} is no account's number")
        else:
            students[id.casefold()] = student
            lines[id.casefold()] = line
    if mistakes:
        raise TableError("\n".join(mistakes))
    return students


def _student(row: dict[str, str]) -> RosterEntry:
    """Return who a row is; whoever has linked no account gets an id made of the identifier."""
    user = _value(row, USERS)
    known = [row[column] for column in IDENTIFIERS if row.get(column)]
    made = re.sub(r"[^A-Za-z0-9._-]+", "-", known[0] if known else "").strip("-._")[:64]
    name = _full_name(row)
    words = {user, *known, *(text.partition("@")[0] for text in known), *turned(name)}
    return RosterEntry(
        user or made,
        name,
        row.get("identifier", ""),
        int(account) if (account := row.get("github_id", "")).isdecimal() else 0,
        bool(user),
        frozenset(filter(None, map(plain, words))),
    )


def turned(name: str) -> set[str]:
    """Return a name's words, in their order, beginning with each: "Jane Doe" and "Doe Jane"."""
    words = name.replace(",", " ").split()
    return {" ".join(words[start:] + words[:start]) for start in range(len(words))}


def plain(text: str) -> str:
    """Return the letters and digits of a text, without accents and case, as platforms write people."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def read_received(path: Path) -> dict[str, list[Receipt]]:
    """Return what arrived, by case-folded student or repository name; raises TableError.

    Columns: student or repository, received_at (ISO 8601 with a time zone), and maybe commit. A log of all
    that arrived will do: it may speak of somebody more than once.
    """
    header, rows = read_table(path)
    key_columns = [column for column in ("student", "repository") if column in header]
    for needed, found in (("student", bool(key_columns)), ("received_at", "received_at" in header)):
        if not found:
            raise TableError(_no_column(path, needed, header))
    receipts: dict[str, list[Receipt]] = {}
    mistakes: list[str] = []
    for line, row in rows:
        where = f"{path.name}:{line}"
        said = next(filter(None, (row[column] for column in key_columns)), "")
        key, address = _repository_name(said), said if ADDRESS.match(said) else ""
        try:
            receipt = Receipt(_moment(row["received_at"]), _commit(row.get("commit", "")), where, address)
            if not key:
                raise ValueError("neither student nor repository is given")
            receipts.setdefault(key, []).append(receipt)
        except ValueError as problem:
            mistakes.append(f"{where}: {problem}")
    if mistakes:
        raise TableError("\n".join(mistakes))
    return receipts


def that_counts(log: Sequence[Receipt], due: datetime | None) -> Receipt:
    """Return the last that arrived in time, else the last."""
    in_time = [receipt for receipt in log if due is None or receipt.received_at <= due]
    return max(in_time or log, key=lambda receipt: receipt.received_at)


def find_owners(
    entry: str, labels: tuple[str, ...], roster: dict[str, RosterEntry] | None, classroom: str = ""
) -> list[str]:
    """Return whose submission an entry called `entry` may be, as roster ids where there are such.

    `<classroom>-<assignment>-<username>`, with the assignment's whole name or the only one that course.toml
    gives it, has one reading: no user name makes another's repository doubtful. For other names more than one
    owner means that nobody can tell. What follows the assignment is final: whoever is missing from the roster
    may have a name that ends with somebody else's. Students whose user name or identifier is the whole name
    may be meant as well. Where neither says anything it is whoever's user name ends the entry's, or the whole
    name.
    """
    known = roster or {}
    names = _names_in(entry, labels, classroom)
    whole, folded = entry.casefold(), {text.casefold() for text in (entry, *names)}
    if names and any(whole.startswith(f"{classroom}-{label}-".casefold()) for label in labels[:2]):
        student = known.get(names[0].casefold())
        return [student.id if student else names[0]]
    owners = [
        student.id
        for id, student in known.items()
        if id in folded or (student.identifier and student.identifier.casefold() == whole)
    ]
    if names and names[0].casefold() not in known:
        owners.append(names[0])
    if not owners:
        owners = [student.id for id, student in known.items() if whole.endswith("-" + id)]
    return owners or [entry]


def _names_in(entry: str, labels: tuple[str, ...], classroom: str) -> list[str]:
    """Return what follows `<classroom>-<label>-`, else the leftmost `-<label>-`, for each label that fits."""
    flags, any_label = re.IGNORECASE | re.DOTALL, "|".join(map(re.escape, labels))
    start = re.match(rf"(?:{re.escape(classroom)}|.*?)-(?=(?:{any_label})-.)", entry, flags)
    rest = entry[start.end() :] if start else ""
    fitting = [re.match(rf"{re.escape(label)}-(.+)", rest, flags) for label in labels]
    return [found[1] for found in fitting if found]


def read_table(path: Path) -> tuple[list[str], list[_Line]]:
    """Return the header and the rows that are not empty, values stripped; raises TableError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TABLE_BYTES + 1)
        text = content.decode("utf-16" if content[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig")
    except OSError as problem:
        raise TableError(f"{path}: cannot be read ({problem.strerror})") from problem
    except UnicodeDecodeError as problem:
        what = f"not {problem.encoding.upper()} (byte {problem.start}): save it as CSV UTF-8"
        raise TableError(f"{path.name}: {what}") from problem
    if len(content) > MAX_TABLE_BYTES or "\0" in text:
        raise TableError(f"{path.name}: not a table of a class: save it as CSV UTF-8")
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    separator = max(",;\t", key=first.count)  # Excel writes what the country's numbers leave free
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[_Line] = []
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        for values in reader:
            if any(value.strip() for value in values):
                rows.append((reader.line_num, _row(path, reader.line_num, header, values, separator)))
    except csv.Error as problem:
        raise TableError(
            f"{path.name}:{reader.line_num}: not valid CSV: {problem}; save it as CSV once more"
        ) from problem
    return header, rows


def _row(path: Path, line: int, header: list[str], values: list[str], separator: str) -> dict[str, str]:
    while len(values) > len(header) and not values[-1].strip():
        values = values[:-1]
    if len(values) > len(header):
        remedy = f"put quotes around a value that has a {separator!r}"
        raise TableError(f"{path.name}:{line}: {len(values)} values for {len(header)} columns: {remedy}")
    values = values + [""] * (len(header) - len(values))
    return {name: value.strip() for name, value in zip(header, values, strict=True)}


def _no_column(path: Path, needed: str, header: list[str]) -> str:
    found = ", ".join(header) or "nothing"
    return f"{path.name}:1: no column {needed!r}, found {found}{nearest(needed, header)}"


def _value(row: dict[str, str], names: tuple[str, ...]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


def _full_name(row: dict[str, str]) -> str:
    parts = (_value(row, ("first_name", "first name")), _value(row, ("last_name", "last name", "surname")))
    return _value(row, ("name", "full name", "student")) or " ".join(filter(None, parts))


def _repository_name(text: str) -> str:
    """Return the last part of "https://host/org/name.git", "org/name" or "name", case-folded."""
    return text.rstrip("/").rsplit("/", 1)[-1].removesuffix(".git").casefold()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError) as problem:  # the latter at the calendar's edges
        raise ValueError(f"received_at {text!r} is no time: write 2026-10-01T23:59:00+02:00") from problem
    if moment.tzinfo is None:
        raise ValueError(
            f"received_at {text!r} has no time zone: write 2026-10-01T23:59:00+02:00, or Z for UTC"
        )
    return in_utc


def _commit(text: str) -> str:
    if text and not HEX.fullmatch(text.lower()):
        raise ValueError(f"commit {text!r} is not written as 40 hexadecimal digits")
    return text.lower()
