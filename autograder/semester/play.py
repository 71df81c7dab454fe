"""A semester as it happens: graded, entered, extended, disputed, mended, killed twice, exported.

Students are invented and their points are drawn: nothing is graded here, and no sandbox is needed. What is
tried is the books, through the functions that the commands call, at the semester's own times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from ..course import Course, Hub, load_course
from ..democlass.demo import empty_folder
from ..exports.formats import of_ledger
from ..exports.kinds import Format
from ..files import write_whole
from ..intake.marks import read_marked
from ..intake.roster import read_roster
from ..ledger.account import Account, accounts
from ..ledger.book import Book
from ..ledger.entering import compare, enter_new
from ..ledger.events import Asked, Event, Extended, Marked, Regraded, Voided
from ..ledger.facts import facts_of
from ..ledger.marking import new_marks, read_marks
from ..ledger.regrading import decide, moves, requests
from ..pages.account import write_accounts
from ..pages.overview import write_overview
from ..policy import PARTS
from ..records import Result
from ..results.store import read_results
from ..spec import load_assignment
from .facts import DAY, HOUR, Dispute, Term, draw
from .killed import killed_entering, killed_storing
from .work import gradebook, last_by, result_of, store, write_marks, write_table

FIRST, SECOND = 12 * HOUR, 7 * DAY  # after the due time: the first grading, and the second with the labs
MENDED = 18 * HOUR  # after the due time the wrong check is
KILLED_STORING, KILLED_ENTERING = 4, 7  # places of assignments
KILLED_AFTER = 23
TA = "ta"
EXPORTS = {
    Format.PLAIN: "grades.csv",
    Format.SPREADSHEET: "grades.xlsx",
    Format.GITHUB_CLASSROOM: "classroom.csv",
    Format.CLASSROOM50: "scores.json",
    Format.MOODLE: "moodle.csv",
    Format.CANVAS: "canvas.csv",
    Format.GRADESCOPE: "gradescope.zip",  # of the first assignment
    Format.JUNIT: "grades.xml",
}
Step = tuple[datetime, Callable[[datetime], None]]


class Semester:
    """A semester in a ledger, and what came of it."""

    def __init__(self, root: Path, url: str, folder: Path) -> None:
        course = load_course(root)
        dates = {name: one for name, one in course.assignments.items() if one.due}
        self.course: Course = replace(course, assignments=dates, github=course.github or Hub("semester"))
        self.assignments = {name: load_assignment(root / "solutions" / name) for name in dates}
        self.term: Term = draw(self.course, list(self.assignments.values()))
        self.folder, self.url = folder, url or f"sqlite:///{folder}/ledger.db"
        self.mended = False
        self.moved = self.killed = self.events = 0
        self.books: dict[str, Account] = {}
        self.seconds = 0.0
        self._book = Book(self.url)

    def happen(self) -> None:
        """Take all steps in the order of their times, then write what follows from them."""
        start = time.perf_counter()
        with self._book:
            for when, step in sorted(self._story(), key=lambda one: one[0]):
                step(when)
            self._write()
        self.seconds = round(time.perf_counter() - start, 2)

    def _story(self) -> Iterator[Step]:
        """Yield what happens, and when."""
        due = {name: when for name in self.assignments if (when := self.course.due(name))}
        for place, name in enumerate(due):
            yield due[name] + FIRST, partial(self._grade, name, place)
            yield due[name] + SECOND, partial(self._grade, name, -1)
        yield due[self.term.wrong] + MENDED, self._mend
        name, later = self.term.moved
        yield due[name] + 9 * DAY, partial(self._move_due, name, later)
        end = max(due.values()) + 3 * SECOND
        for student, what, longer, afterwards in self.term.extensions:
            general = due.get(what) or self.course.late.none_after.get(what) or end
            extended = Extended(what, general + longer, "drawn")
            yield general + (8 * DAY if afterwards else -DAY), partial(self._enter, student, extended)
        for one in self.term.disputes:
            asked_at = due[one.assignment] + SECOND + one.after
            asked = Asked(one.assignment, one.task, "drawn", asked_at)
            yield asked_at, partial(self._enter, one.student, asked)
            yield asked_at + DAY, partial(self._decide, one, asked)
        yield end, self._mark

    def _enter(self, student: str, event: Event, at: datetime) -> None:
        self._book.enter(lambda _: [(student, event)], at, TA)

    def _grade(self, name: str, place: int, at: datetime) -> None:
        """Write result files and enter them; the second time (place -1) with the marks of the lab."""
        folder, results = self.folder / "results" / name, self._results(name, at, place < 0)
        if place == KILLED_STORING:
            killed_storing(results, KILLED_AFTER, folder)
            self.killed += 1
        store(results, folder)
        if place == KILLED_ENTERING:
            killed_entering(self.url, results, KILLED_AFTER, at)
            self.killed += 1
        if place < 0:
            write_marks(folder, {who: lab for (who, what), lab in self.term.labs.items() if what == name})
        plain = read_results(folder)
        marked = read_marked(folder, self.assignments[name], self.course.by_hand)
        enter_new(self._book, plain, marked, at, TA)

    def _results(self, name: str, at: datetime, second: bool) -> list[Result]:
        unsure = self.term.withheld[1] if name == self.term.withheld[0] and not second else frozenset()
        return [
            result_of(
                self.assignments[name],
                person,
                last_by(self.term.handed[person.id, name], at),
                self.mended,
                person.id in unsure,
            )
            for person in self.term.people
        ]

    def _mend(self, at: datetime) -> None:
        """Grade again with the check that is right now, and publish all that moves as one event."""
        name, self.mended = self.term.wrong, True
        folder = self.folder / "results" / name
        store(self._results(name, at, second=False), folder)
        plain, held = read_results(folder), self._book.entries()
        moved = compare(plain, plain, held).moved
        self.moved = len(moves(self.course, name, moved, held, at))
        self._enter("", Regraded(name, "a check was wrong", moved), at)

    def _move_due(self, name: str, later: timedelta, at: datetime) -> None:
        dates = self.course.assignments[name]
        assert dates.due
        moved = {name: replace(dates, due=dates.due + later)}
        self.course = replace(self.course, assignments={**self.course.assignments, **moved})

    def _decide(self, one: Dispute, asked: Asked, at: datetime) -> None:
        requests = [entry for entry in self._book.entries() if entry.event == asked]
        number = next(entry.number for entry in requests if entry.student == one.student)
        ruling = None if one.points is None else (one.task, one.points)
        self._book.enter(lambda held: decide(held, self.course, number, one.granted, "drawn", ruling), at, TA)

    def _mark(self, at: datetime) -> None:
        """Enter the marks of the other parts, after one that was a mistake."""
        rows: list[tuple[str, ...]] = [("student", "what", "points", "most", "comment", "received_at")]
        due = self.course.late.none_after.get("project")
        for (student, part), (points, most) in self.term.parts.items():
            late = self.term.late_projects.get(student) if part == "project" else None
            received = (due + late).isoformat() if due and late else ""
            rows.append((student, part, f"{points:g}", f"{most:g}", "", received))
        write_table(self.folder / "parts.csv", rows)
        first = self.term.people[0].id
        (slip,) = self._book.enter(lambda _: [(first, Marked("", PARTS[0], 0, 1))], at + HOUR, TA)
        self._enter(first, Voided(slip.number, "of somebody else"), at + HOUR)
        marks = read_marks(self.folder / "parts.csv", {one.id: one.id for one in self.term.people})
        self._book.enter(lambda held: new_marks(marks, held), at + 2 * HOUR, TA)

    def _write(self) -> None:
        """Write a backup, each export, and everybody's page."""
        people, entries = self.term.people, self._book.entries()
        self.events = len(entries)
        self._book.backup(self.folder / "backup.jsonl")
        self.books = accounts(self.course, entries, [one.id for one in people])
        table = [(f"s{4021 + 37 * i}", one.id, one.name) for i, one in enumerate(people)]
        write_table(self.folder / "roster.csv", [("identifier", "github_username", "name"), *table])
        roster = read_roster(self.folder / "roster.csv")
        for kind, name in EXPORTS.items():
            only = list(self.assignments)[:1] if kind is Format.GRADESCOPE else []
            made = of_ledger(self.course, kind, roster, self.books, only, gradebook(people))
            write_whole(self.folder / name, made.content)
        facts = facts_of(entries, [one.id for one in people])
        names = {one.id.casefold(): one.name for one in people}
        write_accounts(self.course, facts, names, self.folder / "pages")
        asked, page = requests(self.course, entries), self.folder / "pages" / "course.html"
        write_overview(self.course, self.books, asked, names, page)


def run_semester(root: Path, url: str = "", keep: Path | None = None) -> Semester:
    """Have a semester happen, in an SQLite file unless a URL is named; what it wrote stays in its folder."""
    semester = Semester(root, url, empty_folder(keep))
    semester.happen()
    return semester
