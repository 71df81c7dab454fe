"""Requests for another look that students made by the issue form in their repositories.

An issue is one request, for ever as it was when it was first read: edited afterwards, closed or opened again
it is the same one. The moment when it was opened tells it from the student's others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC

from githubkit_schemas.latest.models import Issue

from ..ledger.events import Asked, Entry, New
from ..text import harmless, one_line
from .client import PER_PAGE, Class, Repository, asking

CHECK, REASON = "Which check?", "Why is your answer right?"  # the labels of the form that repositories have
FORM = re.compile(
    rf"\s*### {re.escape(CHECK)}\s*\n(?P<check>.*?)\n### {re.escape(REASON)}\s*\n(?P<reason>.*)", re.DOTALL
)
TITLE = "regrade:"


def asked_by_issue(
    place: Class,
    found: Sequence[Repository],
    assignment: str,
    students: Mapping[str, str],
    step: Callable[[], None],
) -> tuple[list[New], list[str]]:
    """Return the requests in these repositories, and what is wrong with others.

    `students` are those who may be named, by case-folded name.
    """
    requests, problems = list[New](), list[str]()
    for one in found:
        student = students.get(one.name[len(place.prefix) + 1 :].casefold(), "")
        for issue in _issues(place, one):
            where = f"{one.name}#{issue.number}"
            asked = _asked(issue, assignment)
            if asked and student:
                requests.append((student, asked))
            elif asked:
                problems.append(f"{where}: its repository is nobody's of the class")
            elif issue.title.casefold().startswith(TITLE):
                problems.append(
                    f"{where}: it is not as the form has it; enter it with `autograder regrade ask`"
                )
        step()
    return requests, problems


def not_read_yet(found: Iterable[New], held: list[Entry]) -> list[New]:
    """Return the requests that the ledger does not hold."""
    known = {_first(entry.student, entry.event) for entry in held if isinstance(entry.event, Asked)}
    return [one for one in found if isinstance(one[1], Asked) and _first(one[0], one[1]) not in known]


def _first(student: str, asked: Asked) -> tuple[object, ...]:
    return student.casefold(), asked.assignment, asked.asked_at


def _issues(place: Class, one: Repository) -> list[Issue]:
    """Return a repository's issues, also those that are closed, the oldest first."""
    with asking(f"the issues of {one.name}"):
        found = place.api.rest.paginate(
            place.api.rest.issues.list_for_repo,
            owner=place.organisation,
            repo=one.name,
            state="all",
            direction="asc",
            per_page=PER_PAGE,
        )
        return [issue for issue in found if not issue.pull_request]


def _asked(issue: Issue, assignment: str) -> Asked | None:
    """Return what an issue of the form asks; None for any other."""
    filled = FORM.fullmatch((issue.body or "").replace("\r\n", "\n"))
    if filled is None:
        return None
    check, reason = one_line(filled["check"]), harmless(filled["reason"].strip())
    return Asked(assignment, check, reason, issue.created_at.astimezone(UTC)) if check and reason else None
