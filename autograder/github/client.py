"""A connection to GitHub: the token, patience with its limits, and its errors as sentences."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import GitHubException, RateLimitExceeded, RequestError, RequestFailed
from githubkit.response import Response
from githubkit.retry import RetryChainDecision, RetryOption, RetryServerError

from ..course import Course, Hub
from ..errors import UserError
from ..files import write_whole
from ..spec import Assignment

TOKEN_ENV = ("GH_TOKEN", "GITHUB_TOKEN")
TOKEN_FILE = Path("~/.config/autograder/github.token")
LONGEST_WAIT = timedelta(minutes=2)  # that a limit may ask for; after more, people start again
RETRIES = 3
TIMEOUT_S = 30.0
PER_PAGE = 100  # the most that GitHub gives
NOT_MODIFIED = 304
FINE_GRAINED = (
    "repository permissions Administration, Contents, Issues, Pull requests and Workflows, read and write"
)


@dataclass(frozen=True)
class Class:
    """One assignment's place on GitHub: the organisation, the names there and the way in."""

    api: GitHub[TokenAuthStrategy]
    hub: Hub
    token: str
    prefix: str  # "diffusion-a04": the template's name; "-<username>" follows in a student's

    @property
    def organisation(self) -> str:
        return self.hub.organisation

    def url(self, repository: str) -> str:
        """Return where git finds a repository."""
        return f"{self.hub.web}/{self.organisation}/{repository}.git"


def connect(course: Course, assignment: Assignment, token: str = "") -> Class:
    """Return an assignment's place on GitHub; raises UserError when course.toml names no organisation.

    Without a token it is looked for where people keep it.
    """
    hub = course.on_github
    logging.getLogger("githubkit").setLevel(logging.CRITICAL)  # it logs a traceback at each retry
    token = token or find_token()
    api = GitHub(
        TokenAuthStrategy(token),
        base_url=hub.api,
        http_cache=False,
        timeout=TIMEOUT_S,
        auto_retry=RetryChainDecision(_wait_out, RetryServerError(max_retry=RETRIES)),
    )
    return Class(api, hub, token, f"{course.classroom}-{course.short(assignment.name)}")


def _wait_out(problem: GitHubException, count: int) -> RetryOption:
    """Wait for a limit that ends soon."""
    if isinstance(problem, RateLimitExceeded) and problem.retry_after <= LONGEST_WAIT and count < RETRIES:
        return RetryOption(True, problem.retry_after)
    return RetryOption(False)


def find_token() -> str:
    """Return the token from the environment, a file of one's own or the `gh` command; raises UserError."""
    for name in TOKEN_ENV:
        if token := os.environ.get(name, "").strip():
            return token
    path = TOKEN_FILE.expanduser()
    if path.is_file():
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UserError(f"{path}: others may read the token; run: chmod 600 {path}")
        return path.read_text(encoding="utf-8").strip()
    try:
        said = subprocess.run(["gh", "auth", "token"], capture_output=True, text=True, timeout=20)
        if said.returncode == 0 and said.stdout.strip():
            return said.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        pass
    raise UserError(
        f"no GitHub token: set {TOKEN_ENV[0]}, write {TOKEN_FILE} (mode 600), or run `gh auth login`; "
        f"a fine-grained token for the organisation needs {FINE_GRAINED}"
    )


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn GitHub's errors into a sentence about what was asked."""
    try:
        yield
    except RateLimitExceeded as problem:
        minutes = problem.retry_after.total_seconds() / 60
        raise UserError(f"{what}: GitHub's limit of requests is reached for {minutes:.0f} minutes") from None
    except RequestFailed as problem:
        raise UserError(f"{what}: {_sentence(problem.response)}") from None
    except RequestError as problem:
        raise UserError(f"{what}: no answer from GitHub ({type(problem).__name__}); try again") from None


def _sentence(response: Response[Any, Any]) -> str:
    remedy = {
        401: "the token is wrong or has expired",
        403: f"the token may not do this; it needs {FINE_GRAINED}",
        404: "there is no such thing, or the token may not see it",
    }.get(response.status_code, "")
    try:
        told = str(response.json().get("message", ""))
    except ValueError:
        told = ""
    return f"GitHub answered {response.status_code} {told!r}" + (f": {remedy}" if remedy else "")


class Repository(msgspec.Struct, frozen=True):
    """What is asked of a repository in the organisation's list."""

    name: str
    pushed_at: str
    default_branch: str


class Page(msgspec.Struct, frozen=True):
    """One page of that list, as it was when it had this tag."""

    etag: str
    found: tuple[Repository, ...]
    is_last: bool


def repositories(place: Class, kept: Path | None = None) -> list[Repository]:
    """Return the class's repositories for the assignment, the template not among them, by name.

    `kept` holds the pages of the last time: GitHub says of each that it is the same, and counts no request.
    """
    pages: dict[int, Page] = {}
    before = _pages(kept) if kept else {}
    with asking(f"the repositories of {place.organisation}"):
        while not pages or not pages[len(pages)].is_last:
            number = len(pages) + 1
            pages[number] = _page(place, number, before.get(number))
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, msgspec.json.encode(pages))
    return sorted((one for page in pages.values() for one in page.found), key=lambda one: one.name)


def _page(place: Class, number: int, before: Page | None) -> Page:
    answer = place.api.rest.repos.list_for_org(
        place.organisation,
        sort="full_name",
        per_page=PER_PAGE,
        page=number,
        headers={"If-None-Match": before.etag} if before else {},
    )
    if before and answer.status_code == NOT_MODIFIED:
        return before
    ours = tuple(
        Repository(one.name, str(one.pushed_at), one.default_branch or "main")
        for one in answer.parsed_data
        if one.name.casefold().startswith(f"{place.prefix}-".casefold())
    )
    return Page(answer.headers.get("ETag", ""), ours, "next" not in answer.raw_response.links)


def _pages(path: Path) -> dict[int, Page]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[int, Page])
    except (OSError, msgspec.DecodeError):
        return {}  # all is asked anew
