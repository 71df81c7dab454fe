"""Feedback in the pull request of each repository: one comment, edited in place; run again, it goes on.

Where course.toml says `pages`, the published page lies on a branch beside it.

What was said to whom is kept beside the results, so that who has nothing new costs no request. The comment of
a run that was killed before it kept this is found by its mark. That is made of the student's seed: nobody can
write it before us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from githubkit.exception import RequestFailed

from ..errors import UserError
from ..files import write_whole
from ..pages.report import feedback_page
from ..records import Result
from ..spec import Assignment
from .client import PER_PAGE, Class, Repository, asking, repositories
from .comment import Level, comment_on
from .page import put_page, where

LEDGER = "feedback.ledger"
BRANCH = "feedback"  # holds the first commit, so that the pull request shows all of a student's work
TITLE = "Feedback"
OPENING = "Feedback on what you push appears here, in one comment. Please do not merge or close this."
CHECK_RUN = "autograder"
OF_APPS = "ghs_"  # begins a token of a GitHub App, the only kind that may write check runs


class Told(msgspec.Struct, frozen=True):
    """What one student was told last."""

    digest: str  # of the comment
    pull: int
    comment: int
    day: str = ""  # of the newest preview
    previews: int = 0  # on that day
    page: str = ""  # digest of the page on its branch; "" where there is none


@dataclass
class Given:
    """What `give_feedback` did, by user name."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    tomorrow: list[str] = field(default_factory=list)  # had as many previews as there are in a day
    nothing: list[str] = field(default_factory=list)  # no repository, or no commit in it
    problems: list[str] = field(default_factory=list)


def give_feedback(
    place: Class,
    results: Iterable[Result],
    assignment: Assignment,
    folder: Path,
    level: Callable[[str], Level],
    now: datetime,
    step: Callable[[], None],
) -> Given:
    """Tell every student of `results` what `level` allows; `folder` keeps what was said."""
    there = {one.name.casefold(): one for one in repositories(place)}
    ledger, given = _read(folder / LEDGER), Given()
    for result in results:
        student, told = result.grade.student, ledger.get(result.grade.student)
        one, may = there.get(f"{place.prefix}-{student}".casefold()), level(student)
        text = f"{_mark(result)}\n{comment_on(result, assignment, may)}"
        page = feedback_page(result, assignment) if place.hub.pages and may == "published" else ""
        text += f"\n\n{where(place, student, assignment)}" if page else ""
        day, digest, on_branch = now.date().isoformat(), _digest(text), page and _digest(page)
        previews = (told.previews if told and told.day == day else 0) + (may == "preview")
        if one is None or not result.grade.commit:
            given.nothing.append(student)
        elif told and (told.digest, told.page) == (digest, on_branch):
            given.unchanged.append(student)
        elif may == "preview" and previews > place.hub.previews_a_day:
            given.tomorrow.append(student)
        else:
            try:
                if on_branch != (told.page if told else ""):
                    put_page(place, one, assignment, page)
                pull, comment = _tell(place, one, text, told)
                _check_run(place, one, result, text)
                ledger[student] = Told(digest, pull, comment, day, previews, on_branch)
                given.written.append(student)
            except UserError as problem:  # one repository's trouble is nobody else's
                given.problems.append(str(problem))
            write_whole(folder / LEDGER, msgspec.json.encode(ledger))
        step()
    return given


def _read(path: Path) -> dict[str, Told]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Told]) if path.exists() else {}
    except msgspec.DecodeError:
        return {}  # all comments are found by their marks


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _mark(result: Result) -> str:
    """Return the line that nobody sees and nobody else can write before us."""
    grade = result.grade
    told = f"feedback:{grade.assignment}:{grade.student.casefold()}:{grade.seed}"
    return f"<!-- {_digest(told)[:32]} -->"


def _tell(place: Class, one: Repository, text: str, told: Told | None) -> tuple[int, int]:
    """Write the comment, or edit it; return the pull request's number and the comment's id."""
    issues, home = place.api.rest.issues, (place.organisation, one.name)
    with asking(f"the feedback to {one.name}"):
        pull, comment = (told.pull, told.comment) if told else _begun(place, one, text.partition("\n")[0])
        if comment:
            try:
                issues.update_comment(*home, comment, body=text)
                return pull, comment
            except RequestFailed as problem:
                if problem.response.status_code != 404:  # else somebody deleted it
                    raise
        return pull, issues.create_comment(*home, pull, body=text).parsed_data.id


def _begun(place: Class, one: Repository, mark: str) -> tuple[int, int]:
    """Return the feedback pull request, which is made where there is none, and our comment in it or 0."""
    rest, home = place.api.rest, (place.organisation, one.name)
    oldest: dict[str, Any] = {"direction": "asc", "per_page": 1}
    pulls = rest.pulls.list(*home, state="all", base=BRANCH, sort="created", **oldest).parsed_data
    if not pulls:
        return _make_pull_request(place, one), 0
    comments = rest.paginate(
        rest.issues.list_comments,
        owner=place.organisation,
        repo=one.name,
        issue_number=pulls[0].number,
        per_page=PER_PAGE,
    )
    ours = (found.id for found in comments if (found.body or "").startswith(mark))
    return int(pulls[0].number), next(ours, 0)


def _make_pull_request(place: Class, one: Repository) -> int:
    """Make the feedback pull request, which GitHub refuses before the first push, and return its number."""
    rest, home, main = place.api.rest, (place.organisation, one.name), one.default_branch
    oldest: dict[str, Any] = {"direction": "asc", "per_page": 1}
    first = rest.repos.list_activities(
        *home, ref=f"refs/heads/{main}", activity_type="branch_creation", **oldest
    ).parsed_data
    if not first:
        raise UserError(f"{one.name}: GitHub's log does not say which commit was the first")
    try:
        rest.git.create_ref(*home, ref=f"refs/heads/{BRANCH}", sha=first[0].after)
    except RequestFailed as problem:
        if problem.response.status_code != 422:  # it is there: a run before was cut off here
            raise
    made = rest.pulls.create(*home, title=TITLE, body=OPENING, head=main, base=BRANCH)
    return int(made.parsed_data.number)


def _check_run(place: Class, one: Repository, result: Result, text: str) -> None:
    """Show the same beside the commit, with a token that may."""
    if not place.token.startswith(OF_APPS):
        return
    checks, home, mark = place.api.rest.checks, (place.organisation, one.name), _mark(result)
    commit, output = result.grade.commit, {"title": TITLE, "summary": text}
    with asking(f"the check run in {one.name}"):
        there = checks.list_for_ref(*home, commit, check_name=CHECK_RUN, per_page=PER_PAGE).parsed_data
        ours = [run.id for run in there.check_runs if run.external_id == mark]
        if ours:
            checks.update(*home, ours[0], output=output)
        else:
            checks.create(
                *home,
                name=CHECK_RUN,
                head_sha=commit,
                external_id=mark,
                status="completed",
                conclusion="neutral",
                output=output,
            )
