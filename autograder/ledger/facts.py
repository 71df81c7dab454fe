"""What the events say of one student, sorted by what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..course import Course
from .events import Chosen, Entry, Extended, Graded, Marked, Ruled, in_force


@dataclass
class Facts:
    """One student's events, in the order of time: of those that exclude each other the last holds."""

    student: str
    gradings: dict[str, dict[str, list[Entry]]] = field(default_factory=dict)  # assignment -> commit -> words
    rulings: dict[tuple[str, str, str], Entry] = field(default_factory=dict)  # assignment, commit, task
    ruled: dict[tuple[str, str, str], Ruled] = field(default_factory=dict)  # the same, but for requests
    marks: dict[tuple[str, str], Entry] = field(default_factory=dict)  # assignment ("" for none), part
    longer: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))  # what -> extensions
    chosen: dict[str, str] = field(default_factory=dict)  # assignment -> commit

    def due(self, course: Course, what: str) -> datetime | None:
        """Return when an assignment, or a part of the final grade, is due for this student."""
        general = course.late.none_after.get(what) or course.due_for(what, self.student)
        until = [entry.event.until for entry in self.longer[what] if isinstance(entry.event, Extended)]
        return max([general, *until]) if general else None


def facts_of(entries: list[Entry], students: Iterable[str] = ()) -> dict[str, Facts]:
    """Return what is known of each student, by case-folded name; of `students` also when there is nothing."""
    found = {student.casefold(): Facts(student) for student in students}
    for entry in in_force(entries):
        if not entry.student:
            continue
        facts = found.setdefault(entry.student.casefold(), Facts(entry.student))
        match entry.event:
            case Graded(assignment=assignment, commit=commit):
                facts.gradings.setdefault(assignment, {}).setdefault(commit, []).append(entry)
            case Ruled(assignment=assignment, commit=commit, task=task) as ruled:
                facts.rulings[assignment, commit, task] = entry
                if not ruled.request:
                    facts.ruled[assignment, commit, task] = ruled
            case Marked(assignment=assignment, what=what):
                facts.marks[assignment, what] = entry
            case Extended(what=what):
                facts.longer[what].append(entry)
            case Chosen(assignment=assignment, commit=commit):
                facts.chosen[assignment] = commit
    return found
