"""Draws a semester: who handed in what and when, what came of it, and what people decided.

These are the facts alone; `play.py` has them happen, and tests work out the final grades from them again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

from ..course import Course
from ..errors import UserError
from ..policy import PARTS
from ..spec import Assignment

SEED = 2026
STUDENTS = 60
GIVEN = ("Ayla", "Bela", "Chioma", "Dariush", "Emre", "Fleur", "Goran", "Hina", "Ivo", "Jaya")
FAMILY = ("Abara", "Bruun", "Castillo", "Dvořák", "Eriksen", "Farouk")
WRONG, MOVED, WITHHELD = 3, 5, 6  # places of assignments of which something is told
LEAST = 8  # assignments
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
LATE = (SECOND, HOUR, DAY, DAY + SECOND, 2 * DAY, 3 * DAY)


@dataclass(frozen=True)
class Person:
    """One invented student."""

    id: str
    name: str


@dataclass(frozen=True)
class Handed:
    """One submission."""

    commit: str
    received: datetime
    points: dict[str, float]  # by task, by checks that are right
    at_first: dict[str, float]  # by the checks as they were when it was graded


@dataclass(frozen=True)
class Dispute:
    """A request for another look, and its answer."""

    student: str
    assignment: str
    task: str
    granted: bool
    points: float | None  # in place of the checks', where it was granted
    after: timedelta  # of the grade


@dataclass
class Term:
    """All that happens in a semester, besides the course's own rules."""

    people: list[Person]
    moved: tuple[str, timedelta]  # an assignment whose due time is moved afterwards, and by how much
    wrong: str  # the assignment of which a check was wrong
    withheld: tuple[str, frozenset[str]] = (
        "",
        frozenset(),
    )  # where, and on whose, a TA must look
    handed: dict[tuple[str, str], list[Handed]] = field(default_factory=dict)  # by student and assignment
    labs: dict[tuple[str, str], float] = field(default_factory=dict)
    extensions: list[tuple[str, str, timedelta, bool]] = field(default_factory=list)  # bool: given afterwards
    disputes: list[Dispute] = field(default_factory=list)
    parts: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)  # points of the most
    late_projects: dict[str, timedelta] = field(default_factory=dict)  # by student: how late


def draw(course: Course, assignments: Sequence[Assignment]) -> Term:
    """Draw a semester, the same each time; raises UserError where the course is too small for it."""
    if len(assignments) < LEAST:
        raise UserError(f"course.toml: a semester needs {LEAST} assignments with a due time")
    chance, names = random.Random(SEED), [one.name for one in assignments]
    people = [
        Person(f"{given}-{family}".lower().replace("ř", "r").replace("á", "a"), f"{given} {family}")
        for given, family in product(GIVEN, FAMILY)
    ][:STUDENTS]
    term = Term(people, (names[MOVED], DAY), names[WRONG])
    for person in people:
        skill = chance.uniform(0.35, 1)
        for assignment in assignments:
            key = (person.id, assignment.name)
            term.handed[key] = _submissions(chance, course, assignment, skill, term.wrong == assignment.name)
            if term.handed[key]:
                term.labs[key] = round(chance.uniform(0.5, 1) * course.by_hand.get("lab", 0) * 2) / 2
        for part in PARTS:
            most = {"attendance": len(course.lectures) or 1, "participation": 5}.get(part, 45)
            term.parts[person.id, part] = (float(round(most * chance.uniform(0.4, 1))), float(most))
    _decisions(chance, term, {one.name: one for one in assignments})
    return term


def _submissions(
    chance: random.Random, course: Course, assignment: Assignment, skill: float, wrong: bool
) -> list[Handed]:
    """Draw what one student hands in: nothing, once, or twice."""
    due, fate = course.due(assignment.name), chance.random()
    assert due is not None
    if fate < 0.04:
        return []
    late = fate > 0.75
    first = due + (chance.choice(LATE) if late else -chance.choice(LATE))
    times = [first] if late or fate < 0.55 else [first, due + chance.choice(LATE[2:])]
    made = []
    for received in times:
        points = {
            task.id: round(task.points * min(1.0, max(0.0, chance.gauss(skill, 0.2))), 2)
            for task in assignment.tasks
        }
        spoilt = assignment.tasks[0].id if wrong and chance.random() < 0.4 else ""
        at_first = {name: round(value / 2, 2) if name == spoilt else value for name, value in points.items()}
        made.append(Handed(f"{chance.getrandbits(160):040x}", received, points, at_first))
    return made


def _decisions(chance: random.Random, term: Term, assignments: Mapping[str, Assignment]) -> None:
    """Draw extensions, requests for another look, and projects that come late."""
    unsure = list(assignments)[WITHHELD]
    alone = [key for key, found in term.handed.items() if len(found) == 1]
    term.withheld = (unsure, frozenset([who for who, what in alone if what == unsure][:2]))
    once = [key for key in alone if key[1] not in (term.wrong, unsure)]
    for number, (who, what) in enumerate(chance.sample(once, 10)):
        term.extensions.append((who, what, (number % 3 + 1) * DAY, number % 2 == 0))
    for number, (who, what) in enumerate(chance.sample(once, 8)):
        task = min(assignments[what].tasks, key=lambda one: one.points)
        lower, granted = number == 0, number % 3 != 2
        points = round(task.points * (0.25 if lower else 1), 2) if granted else None
        after = 2 * DAY if granted else 3 * DAY + SECOND
        term.disputes.append(Dispute(who, what, task.id, granted, points, after))
    for number, person in enumerate(chance.sample(term.people, 4)):
        term.late_projects[person.id] = (SECOND, DAY)[number % 2]
        if number < 2:
            term.extensions.append((person.id, "project", DAY, False))
