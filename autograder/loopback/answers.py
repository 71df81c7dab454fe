"""What the interface answers, each answer as GitHub's own description of it wants it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from githubkit_schemas.latest import models

from .models import filled
from .organisation import Organisation, run_git


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What is said to it."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


NOT_FOUND = Answer(404, {"message": "Not Found"})


def answer(hub: Organisation, asked: Asked) -> Answer:
    """Answer a request about users, the organisation or one of its repositories."""
    if asked.path == f"/orgs/{hub.name}/repos":
        return _made(hub, asked.body) if asked.method == "POST" else _listed(hub, asked)
    if user := re.fullmatch(r"/users/([^/]+)", asked.path):
        return _user(user[1] if user[1] in hub.users else "")
    if account := re.fullmatch(r"/user/(\d+)", asked.path):
        return _user(hub.accounts.get(int(account[1]), ""))
    found = re.fullmatch(rf"/repos/{hub.name}/([^/]+)(/.*)?", asked.path)
    if found is None or found[1] not in hub.facts:
        return NOT_FOUND
    name, rest = found[1], found[2] or ""
    if rest == "/issues":
        return _page(hub, hub.issues.get(name, []), asked)
    if rest.startswith(("/git/", "/pulls", "/issues/")):
        return _talk(hub, name, rest, asked)
    if "/check-runs" in rest:
        return _check_run(hub, rest, asked)
    return _repository(hub, name, rest, asked)


def _user(login: str) -> Answer:
    return Answer(200, filled(models.PublicUser, login=login)) if login else NOT_FOUND


def _listed(hub: Organisation, asked: Asked) -> Answer:
    rows = [filled(models.MinimalRepository, **hub.facts[name]) for name in sorted(hub.facts)]
    return _page(hub, rows, asked)


def _made(hub: Organisation, body: dict[str, Any]) -> Answer:
    if body["name"] in hub.facts:
        return Answer(422, {"message": "name already exists on this account"})
    facts = hub.make(body["name"], **{key: value for key, value in body.items() if key != "name"})
    return Answer(201, filled(models.FullRepository, **facts))


def _repository(hub: Organisation, name: str, rest: str, asked: Asked) -> Answer:
    """Answer what is asked of a repository itself."""
    facts = hub.facts[name]
    if not rest:
        return Answer(200, filled(models.FullRepository, **facts))
    if rest == "/topics":
        return Answer(200, {"names": asked.body["names"]})
    if rest == "/generate":
        if not facts.get("is_template") or not hub.refs(name):
            return Answer(422, {"message": "not a template, or empty"})
        made = hub.make(asked.body["name"])
        bare = str(hub.bare(made["name"]))
        run_git("-C", bare, "fetch", "--quiet", str(hub.bare(name)), "main:main")
        hub.note(made["name"], {})
        return Answer(201, filled(models.FullRepository, **made))
    if rest == "/activity":
        wanted = {key: asked.query[key] for key in ("ref", "activity_type") if key in asked.query}
        rows = [one for one in hub.log[name] if wanted.items() <= one.items()]
        return _page(hub, rows[:: -1 if asked.query.get("direction") == "asc" else 1], asked)
    if user := re.fullmatch(r"/collaborators/([^/]+)", rest):
        if user[1] not in hub.users:
            return NOT_FOUND
        return (
            Answer(204) if user[1] in hub.members[name] else Answer(201, filled(models.RepositoryInvitation))
        )
    return NOT_FOUND


def _talk(hub: Organisation, name: str, rest: str, asked: Asked) -> Answer:
    """Answer what is asked of branches, pull requests and their comments."""
    pulls, body = hub.pulls.setdefault(name, []), asked.body
    if rest == "/git/refs":
        if body["ref"] in hub.refs(name):
            return Answer(422, {"message": "Reference already exists"})
        run_git("-C", str(hub.bare(name)), "update-ref", body["ref"], body["sha"])
        target = filled(models.GitRefPropObject, sha=body["sha"])
        return Answer(201, filled(models.GitRef, ref=body["ref"], object_=target))
    if rest == "/pulls" and asked.method == "GET":
        wanted = {end: asked.query[end].rpartition(":")[2] for end in ("base", "head") if end in asked.query}
        return _page(hub, [one for one in pulls if wanted.items() <= one["ends"].items()], asked)
    if rest == "/pulls":
        refs, ends = hub.refs(name), {end: body[end] for end in ("base", "head")}
        if refs[f"refs/heads/{ends['base']}"] == refs[f"refs/heads/{ends['head']}"]:
            return Answer(422, {"message": "No commits between them"})
        number = len(pulls) + 1
        made = filled(models.PullRequestSimple, number=number, title=body["title"])
        pulls.append({**made, "ends": ends})
        return Answer(201, filled(models.PullRequest, number=number))
    if of_pull := re.fullmatch(r"/issues/(\d+)/comments", rest):
        where = f"https://{name}/{of_pull[1]}"
        if asked.method == "GET":
            return _page(hub, [one for one in hub.comments if one["issue_url"] == where], asked)
        hub.comments.append(
            filled(models.IssueComment, id=len(hub.asked), issue_url=where, body=body["body"])
        )
        return Answer(201, hub.comments[-1])
    number = int(rest.removeprefix("/issues/comments/"))
    found = [one for one in hub.comments if one["id"] == number]
    if not found:
        return NOT_FOUND
    found[0]["body"] = body["body"]
    return Answer(200, found[0])


def _check_run(hub: Organisation, rest: str, asked: Asked) -> Answer:
    if of_commit := re.fullmatch(r"/commits/(\w+)/check-runs", rest):
        there = [one for one in hub.checks if one["head_sha"] == of_commit[1]]
        return Answer(200, {"total_count": len(there), "check_runs": there})
    if rest == "/check-runs":
        said = {key: asked.body[key] for key in ("name", "head_sha", "external_id", "status", "conclusion")}
        hub.checks.append(filled(models.CheckRun, id=len(hub.asked), **said))
    run = hub.checks[-1] if rest == "/check-runs" else _of_id(hub, int(rest.rpartition("/")[2]))
    run["output"] = filled(models.CheckRunPropOutput, **asked.body["output"])
    return Answer(201 if asked.method == "POST" else 200, run)


def _of_id(hub: Organisation, number: int) -> dict[str, Any]:
    return next(one for one in hub.checks if one["id"] == number)


def _page(hub: Organisation, rows: list[Any], asked: Asked) -> Answer:
    """Give a page by number, or after a cursor as the log of activities does."""
    query = asked.query
    size, start = int(query.get("per_page", 30)), int(query.get("after", 0))
    start = start or (int(query.get("page", 1)) - 1) * size
    headers = {}
    if start + size < len(rows):
        by_cursor = asked.path.endswith("/activity")
        more = {"after": str(start + size)} if by_cursor else {"page": str(start // size + 2)}
        words = "&".join(f"{key}={value}" for key, value in {**query, **more}.items())
        headers["Link"] = f'<{hub.url}/api{asked.path}?{words}>; rel="next"'
    return Answer(200, rows[start : start + size], headers)
