"""The course's settings: `course.toml`."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec

from .policy import Late, Percent, Regrades, Weights
from .spec import SpecError, assignment_folders, line_of
from .text import did_you_mean

EXAMPLE_DUE = "due = 2026-10-14T21:59:59Z"
EXAMPLE_STARTS = "starts = 2026-09-07T10:15:00Z"
ADD_ZONE = 'has no time zone; add Z for UTC, or a line such as zone = "Europe/Berlin" at the top'
Table = TypeVar("Table", bound=msgspec.Struct)
RULES: dict[str, type[Weights | Late | Regrades]] = {"weights": Weights, "late": Late, "regrades": Regrades}


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When one assignment is due (None: never), and how its repositories name it."""

    released: datetime | None = None  # when students get it: told in the calendar
    due: datetime | None = None  # without it nothing is late
    label: str = ""  # "a04" where repositories are not named after the folder
    published: datetime | None = None  # from when students see points on GitHub; None: once it is due
    extensions: dict[str, datetime] = {}  # user name -> when it is due for this student


class Lecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One lecture of the calendar."""

    title: str
    starts: datetime  # in the course's zone, unless it names one
    minutes: int = 90  # how long it lasts


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
    zone: str = ""  # of times that name none: "Europe/Berlin"
    lectures: tuple[Lecture, ...] = ()  # in their order
    by_hand: dict[str, float] = {}  # what TAs mark themselves, in every assignment, and its most points
    weights: Weights = Weights()  # what the final grade is made of
    late: Late = Late()  # what it costs to hand in late
    regrades: Regrades = Regrades()  # when somebody may ask for another look
    boundaries: dict[str, Percent] = {}  # grade -> the least percent that earns it; none: percent alone
    github: Hub | None = None  # where the class's repositories are
    assignments: dict[str, Dates] = {}  # what is on, by the folder's name

    @property
    def on_github(self) -> Hub:
        """Where the class's repositories are; raises SpecError when course.toml does not say."""
        if self.github is None:
            raise SpecError('course.toml names no organisation: add\n[github]\norganisation = "its-name"')
        return self.github

    @property
    def clock(self) -> ZoneInfo:
        """The zone in which times are shown to people: UTC where the course names none."""
        return ZoneInfo(self.zone or "UTC")

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
    course = _in_utc(_converted(data, text), text)
    home = root / "solutions"
    known = [folder.name for folder in assignment_folders(home)]
    for name, dates in course.assignments.items():
        where = f"course.toml{line_of(text, f'assignments.{name}')}: [assignments.{name}]"
        if home.is_dir() and name not in known:  # a copy without solutions cannot tell
            raise SpecError(f"{where} is not in solutions/; {did_you_mean(name, known)}")
        for student, until in dates.extensions.items():
            place = _place(text, f"assignments.{name}.extensions", student)
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
    lectures = data.get("lectures", [])
    if isinstance(lectures, list):
        lectures = [
            _table(table, Lecture, text, "[lectures]", EXAMPLE_STARTS, number)
            for number, table in enumerate(lectures)
        ]
    rules = {name: _rules(data[name], kind, text, name) for name, kind in RULES.items() if name in data}
    plain = {name: value for name, value in data.items() if name not in RULES}
    course = _table(
        {**plain, "assignments": {}, "lectures": lectures}, Course, text, "", {"boundaries": "A = 90"}
    )
    return msgspec.structs.replace(course, assignments=dates, **rules)


def _rules(table: Any, kind: type[Weights | Late | Regrades], text: str, name: str) -> Any:
    """Check one of the tables of policy, and that what it says fits together."""
    if not isinstance(table, dict):
        raise SpecError(f"{_place(text, '', name)} {name} is a table: begin it with a line [{name}]")
    example = {key: f"{key} = {getattr(kind(), key)!r}" for key in kind.__struct_fields__}
    found = _table(table, kind, text, name, example)
    wrong = None if isinstance(found, Regrades) else found.wrong()
    if wrong:
        raise SpecError(f"{_place(text, name, wrong[0])} {wrong[1]}")
    return found


def _in_utc(course: Course, text: str) -> Course:
    """Return the course with all times in UTC: those that name no zone are in the course's."""
    try:
        zone = ZoneInfo(course.zone) if course.zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = did_you_mean(course.zone, sorted(available_timezones()))
        raise SpecError(f"{_place(text, '', 'zone')} {course.zone!r} is no time zone; {known}") from None

    def utc(when: datetime, table: str, key: str, number: int = 0) -> datetime:
        if when.tzinfo is None and zone is None:
            raise SpecError(f"{_place(text, table, key, number)} {key} {ADD_ZONE}")
        return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)

    lectures = tuple(
        msgspec.structs.replace(one, starts=utc(one.starts, "[lectures]", "starts", number))
        for number, one in enumerate(course.lectures)
    )
    assignments = {}
    for name, dates in course.assignments.items():
        table = f"assignments.{name}"
        moments = {key: getattr(dates, key) for key in ("released", "due", "published")}
        assignments[name] = msgspec.structs.replace(
            dates,
            **{key: utc(when, table, key) for key, when in moments.items() if when},
            extensions={
                student: utc(until, f"{table}.extensions", student)
                for student, until in dates.extensions.items()
            },
        )
    ends = {part: utc(when, "late", "none_after") for part, when in course.late.none_after.items()}
    late = msgspec.structs.replace(course.late, none_after=ends)
    return msgspec.structs.replace(course, lectures=lectures, assignments=assignments, late=late)


def _table(
    table: Any, kind: type[Table], text: str, name: str, example: str | dict[str, str], number: int = 0
) -> Table:
    """Check one table; `example` is a right line of it, or one for each key."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as problem:
        what, _, where = str(problem).partition(" - at ")
        unknown = re.search(r"unknown field `(\w+)`", what)
        key = unknown[1] if unknown else where.strip("`$.").partition("[")[0]
        write = example if isinstance(example, str) else example.get(key, "")
        if unknown:
            what = f"unknown key {key!r}; {did_you_mean(key, kind.__struct_fields__)}"
        elif write and key:
            what = f"{key}: {what[0].lower()}{what[1:]}; write {write}"
        place = _place(text, name, key, number)
        raise SpecError(f"{place} {what}") from None


def _place(text: str, name: str, key: str, number: int = 0) -> str:
    """Return where a key stands in a table ("": at the top; of several one by number) as a message begins."""
    start = max(text.find(f"[{name}]"), 0) if name else 0
    for _ in range(number):
        start = max(text.find(f"[{name}]", start + 1), 0)
    line = text[:start].count("\n") + int(line_of(text[start:], key)[1:] or 1)
    return f"course.toml:{line}:" + (f" [{name}]" if name else "")
