"""A private repository for each student, made from the template; run again, it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from githubkit.exception import RequestFailed

from ..intake.roster import RosterEntry
from .client import Class, asking, repositories


@dataclass
class Opened:
    """What `open_class` found and did, by user name."""

    made: list[str] = field(default_factory=list)
    had: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # invited, and have not accepted
    unknown: list[str] = field(default_factory=list)  # GitHub knows no such user
    unlinked: list[str] = field(default_factory=list)  # the roster names no account of theirs
    renamed: dict[str, str] = field(default_factory=dict)  # what the roster's account is called now


def open_class(place: Class, students: Iterable[RosterEntry], step: Callable[[], None]) -> Opened:
    """Give every student a repository and an invitation to it; what is there already is left as it is.

    Repositories are named by the roster's user names, and stay so when an account is renamed: its id decides
    who is invited, where the roster says it.
    """
    there = {one.name.casefold() for one in repositories(place)}
    opened = Opened()
    for student in students:
        step()
        if not student.linked:
            opened.unlinked.append(student.id)
            continue
        name = f"{place.prefix}-{student.id}"
        had = name.casefold() in there
        with asking(f"{student.id}'s repository {name}"):
            login = student.id if had and not student.github_id else _login(place, student)
            if login and login.casefold() != student.id.casefold():
                opened.renamed[student.id] = login
            if not login:
                opened.unknown.append(student.id)
            else:
                (opened.had if had else opened.made).append(student.id)
                if not had:
                    place.api.rest.repos.create_using_template(
                        place.organisation, place.prefix, owner=place.organisation, name=name, private=True
                    )
                if _invited(place, name, login):
                    opened.waiting.append(student.id)
    return opened


def _login(place: Class, student: RosterEntry) -> str:
    """Return what a student's account is called now; "" when there is none, so that nobody's is made."""
    users = place.api.rest.users
    try:
        if student.github_id:
            return str(users.get_by_id(student.github_id).parsed_data.login)
        return str(users.get_by_username(student.id).parsed_data.login)
    except RequestFailed as problem:
        if problem.response.status_code != 404:
            raise
    return ""


def _invited(place: Class, repository: str, user: str) -> bool:
    """Let a student push; say whether that is still an invitation (201), or the student is in (204)."""
    answer = place.api.rest.repos.add_collaborator(place.organisation, repository, user, permission="push")
    return bool(answer.status_code == 201)
