"""The course's settings (`course.toml`) and its secret key, which never lies in the repository."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .seeds import assignment_key
from .spec import SpecError, assignment_folders, line_of
from .text import did_you_mean

KEY_ENV = "AUTOGRADER_COURSE_KEY"
ASSIGNMENT_KEY_ENV = "AUTOGRADER_ASSIGNMENT_KEY"  # "a04_ddpm:" and hexadecimal digits, for a container
KEY_FILE = Path("~/.config/autograder/course.key")
KEY_CHARACTERS = 16  # fewest that are accepted
MAKE_KEY = f"mkdir -p {KEY_FILE.parent} && (umask 077; head -c 32 /dev/urandom | base64 > {KEY_FILE})"


EXAMPLE_DUE = "due = 2026-10-14T21:59:59Z"
Table = TypeVar("Table", bound=msgspec.Struct)


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When one assignment is due (None: never), and how its repositories name it."""

    due: datetime | None = None  # without it nothing is late
    label: str = ""  # "a04" where repositories are not named after the folder
    published: datetime | None = None  # from when students see points on GitHub; None: once it is due
    extensions: dict[str, datetime] = {}  # user name -> when it is due for this student


class Hub(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the class's repositories are: an organisation on GitHub, or on a server of one's own."""

    organisation: str  # that holds the templates and the students' repositories
    api: str = "https://api.github.com"  # of a server of one's own: "https://HOST/api/v3"
    web: str = "https://github.com"  # where git clones from
    previews_a_day: int = 4  # how often feedback is renewed before the due time
    pages: bool = False  # also put published pages on branch feedback-page of students' repositories


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `course.toml` says."""

    name: str
    classroom: str  # student repositories are named <classroom>-<assignment>-<username>
    demo: str  # the assignment that `autograder demo` grades
    by_hand: dict[str, float] = {}  # what TAs mark themselves, in every assignment, and its most points
    github: Hub | None = None  # where the class's repositories are
    assignments: dict[str, Dates] = {}  # what is on, by the folder's name

    @property
    def on_github(self) -> Hub:
        """Where the class's repositories are; raises SpecError when course.toml does not say."""
        if self.github is None:
            raise SpecError('course.toml names no organisation: add\n[github]\norganisation = "its-name"')
        return self.github

    def due(self, assignment: str) -> datetime | None:
        """Return when an assignment is due."""
        return self.assignments.get(assignment, Dates()).due

    def extensions(self, assignment: str) -> dict[str, datetime]:
        """Return when an assignment is due for those who have longer, by user name."""
        return self.assignments.get(assignment, Dates()).extensions

    def due_for(self, assignment: str, student: str) -> datetime | None:
        """Return when an assignment is due for one student, whose name's case does not matter."""
        longer = {name.casefold(): until for name, until in self.extensions(assignment).items()}
        return longer.get(student.casefold(), self.due(assignment))

    def published(self, assignment: str) -> datetime | None:
        """Return from when students see points on GitHub."""
        return self.assignments.get(assignment, Dates()).published

    def label(self, assignment: str) -> str:
        """Return what an assignment's repositories call it; "" when they are named as its folder is."""
        return self.assignments.get(assignment, Dates()).label

    def short(self, assignment: str) -> str:
        """Return an assignment's short name, as in GitHub's repositories: "a04"."""
        return self.label(assignment) or assignment.split("_")[0]


def load_course(root: Path) -> Course:
    """Read `course.toml`; raises SpecError that names the file, the line and the field."""
    path = root / "course.toml"
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as problem:
        raise SpecError(
            f"{path}: cannot be read: {problem.strerror}; run this in the repository's root"
        ) from None
    except UnicodeDecodeError as problem:
        raise SpecError(f"course.toml: not UTF-8 (byte {problem.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        raise SpecError(f"course.toml: not valid TOML: {problem}") from None
    course = _converted(data, text)
    home = root / "solutions"
    known = [folder.name for folder in assignment_folders(home)]
    for name, dates in course.assignments.items():
        where = f"course.toml{line_of(text, f'assignments.{name}')}: [assignments.{name}]"
        if home.is_dir() and name not in known:  # a copy without solutions cannot tell
            raise SpecError(f"{where} is not in solutions/; {did_you_mean(name, known)}")
        for key, when in (("due", dates.due), ("published", dates.published)):
            if when and when.tzinfo is None:
                raise SpecError(f"{where} {key} has no time zone; add Z for UTC")
        for student, until in dates.extensions.items():
            place = _place(text, f"assignments.{name}.extensions", student)
            if until.tzinfo is None:
                raise SpecError(f"{place} {student} has no time zone; add Z for UTC")
            if dates.due is None or until <= dates.due:
                raise SpecError(
                    f"{place} {student} has no longer than everybody (due = {dates.due}); mend one of them"
                )
    return course


def extension_place(root: Path, assignment: str, student: str) -> str:
    """Return where `course.toml` says that a student has longer, as a message begins."""
    text = (root / "course.toml").read_text(encoding="utf-8")
    return _place(text, f"assignments.{assignment}.extensions", student)


def _converted(data: dict[str, Any], text: str) -> Course:
    """Check the tables one by one, so that a mistake has its table's name and its line."""
    tables = data.get("assignments", {})
    for name, table in tables.items():
        longer = table.get("extensions") if isinstance(table, dict) else None
        for student, until in longer.items() if isinstance(longer, dict) else ():
            if not isinstance(until, datetime):
                place = _place(text, f"assignments.{name}.extensions", student)
                raise SpecError(f"{place} {until} is no time of a day; write {student} = {EXAMPLE_DUE[6:]}")
    dates = {
        name: _table(table, Dates, text, f"assignments.{name}", EXAMPLE_DUE) for name, table in tables.items()
    }
    course = _table({**data, "assignments": {}}, Course, text, "", "")
    return msgspec.structs.replace(course, assignments=dates)


def _table(table: Any, kind: type[Table], text: str, name: str, example: str) -> Table:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as problem:
        what, _, where = str(problem).partition(" - at ")
        unknown = re.search(r"unknown field `(\w+)`", what)
        key = unknown[1] if unknown else where.strip("`$.")
        if unknown:
            what = f"unknown key {key!r}; {did_you_mean(key, kind.__struct_fields__)}"
        elif example and key:
            what = f"{key}: {what[0].lower()}{what[1:]}; write {example}"
        raise SpecError(f"{_place(text, name, key)} {what}") from None


def _place(text: str, name: str, key: str) -> str:
    """Return where a key stands in a table ("": at the top), as a message begins."""
    start = max(text.find(f"[{name}]"), 0) if name else 0
    line = text[:start].count("\n") + int(line_of(text[start:], key)[1:] or 1)
    return f"course.toml:{line}:" + (f" [{name}]" if name else "")


def key_for(assignment: str) -> bytes:
    """Return an assignment's key, from which its students' seeds are derived; raises SpecError."""
    name, _, digits = os.environ.get(ASSIGNMENT_KEY_ENV, "").partition(":")
    if name == assignment:
        try:
            return bytes.fromhex(digits)
        except ValueError:
            raise SpecError(f"{ASSIGNMENT_KEY_ENV}: the key of {name} is damaged; release it anew") from None
    return assignment_key(course_key(), assignment)


def course_key() -> bytes:
    """Return the key that assignments' keys are derived from; raises SpecError that says how to make one."""
    text = os.environ.get(KEY_ENV, "")
    path = KEY_FILE.expanduser()
    if not text and path.is_file():
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SpecError(f"{path}: others may read the course key; run: chmod 600 {path}")
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise SpecError(f"{path}: the course key is not text; make one with\n  {MAKE_KEY}") from None
    if not text.strip():
        raise SpecError(f"no course key: set {KEY_ENV}, or make one with\n  {MAKE_KEY}")
    if len(text.strip()) < KEY_CHARACTERS:
        raise SpecError(
            f"the course key is shorter than {KEY_CHARACTERS} characters; make one with\n  {MAKE_KEY}"
        )
    return text.strip().encode()
