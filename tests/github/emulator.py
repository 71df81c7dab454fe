"""An organisation on loopback: the few endpoints that a course needs, and real git over HTTP behind them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from githubkit_schemas.latest import models

from .models import filled

TOKEN = "t0ken-of-staff"
ZERO = "0" * 40
BACKEND = "git-http-backend"


@dataclass
class Fault:
    """An answer in place of the right one."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: bool = False  # the connection breaks in the middle of the answer


@dataclass
class Organisation:
    """What the server knows; tests set the clock, and read what was asked."""

    home: Path  # <home>/<organisation>/<repository>.git
    name: str = "diffusion-course"
    clock: str = "2026-10-01T00:00:00Z"
    url: str = ""
    users: set[str] = field(default_factory=set)
    accounts: dict[int, str] = field(default_factory=dict)  # id -> user name of now
    members: dict[str, set[str]] = field(default_factory=dict)  # repository -> who accepted
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)  # repository -> its settings
    log: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict
    )  # repository -> activities, newest first
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # repository -> oldest first
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    counted: int = 0  # requests against the limit
    faults: list[tuple[str, Fault]] = field(default_factory=list)  # part of a path -> answer it so, once each

    def bare(self, repository: str) -> Path:
        return self.home / self.name / f"{repository}.git"

    def make(self, repository: str, **facts: Any) -> dict[str, Any]:
        """Make an empty repository."""
        run_git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare(repository)))
        for setting in ("http.receivepack", "uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter"):
            run_git("-C", str(self.bare(repository)), "config", setting, "true")
        self.facts[repository] = {"name": repository, "default_branch": "main", "private": True, **facts}
        self.log[repository], self.members[repository] = [], set()
        return self.facts[repository]

    def refs(self, repository: str) -> dict[str, str]:
        lines = run_git("-C", str(self.bare(repository)), "for-each-ref", "--format=%(refname) %(objectname)")
        return dict(line.split(" ") for line in lines.splitlines())

    def note(self, repository: str, before: dict[str, str], kind: str = "push") -> None:
        """Log what a push changed, as the server sees it."""
        after = self.refs(repository)
        for ref in sorted(before.keys() | after.keys()):
            old, new = before.get(ref, ZERO), after.get(ref, ZERO)
            if old == new:
                continue
            what = "branch_deletion" if new == ZERO else kind if old != ZERO else "branch_creation"
            if what == "push" and not is_ancestor(self.bare(repository), old, new):
                what = "force_push"
            number = sum(map(len, self.log.values())) + 1
            entry = filled(models.Activity, id=number, before=old, after=new, ref=ref, timestamp=self.clock,
                           activity_type=what)  # fmt: skip
            self.log[repository].insert(0, entry)
            self.facts[repository]["pushed_at"] = self.clock


def run_git(*words: str, **more: Any) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True, **more).stdout.strip()


def is_ancestor(bare: Path, old: str, new: str) -> bool:
    return subprocess.run(["git", "-C", bare, "merge-base", "--is-ancestor", old, new]).returncode == 0


class Answers(BaseHTTPRequestHandler):
    """The API below /api, git below /."""

    protocol_version = "HTTP/1.1"
    hub: Organisation

    def log_message(self, *_: Any) -> None:
        pass

    def handle_any(self) -> None:
        url = urlparse(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        if not url.path.startswith("/api/"):
            return self._git(url.path, url.query, body)
        self.hub.asked.append((self.command, self.path.removeprefix("/api")))
        for place, (part, fault) in enumerate(self.hub.faults):
            if part in self.path:
                del self.hub.faults[place]
                return self._fail(fault)
        if self.headers.get("Authorization") not in (f"token {TOKEN}", f"Bearer {TOKEN}"):
            return self._say(401, {"message": "Bad credentials"})
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        self._say(*self._api(url.path.removeprefix("/api"), query, json.loads(body or b"{}")))

    do_GET = do_POST = do_PUT = do_PATCH = handle_any

    def _fail(self, fault: Fault) -> None:
        time.sleep(fault.delay_s)
        if fault.cut:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"[")
            self.close_connection = True
            return
        self._say(fault.status, {"message": "as the test wants it"}, fault.headers)

    def _api(self, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        hub, org = self.hub, self.hub.name
        if path == f"/orgs/{org}/repos" and self.command == "GET":
            return self._page(
                [self._repository(models.MinimalRepository, name) for name in sorted(hub.facts)], query
            )
        if path == f"/orgs/{org}/repos":
            if body["name"] in hub.facts:
                return 422, {"message": "name already exists on this account"}, {}
            hub.make(**{"repository": body.pop("name"), **body})
            return 201, self._repository(models.FullRepository, list(hub.facts)[-1]), {}
        if user := re.fullmatch(r"/users/([^/]+)", path):
            known = user[1] in hub.users
            return self._user(user[1]) if known else (404, {"message": "Not Found"}, {})
        if account := re.fullmatch(r"/user/(\d+)", path):
            name = hub.accounts.get(int(account[1]), "")
            return self._user(name) if name else (404, {"message": "Not Found"}, {})
        found = re.fullmatch(rf"/repos/{org}/([^/]+)(/.*)?", path)
        name = found[1] if found else ""
        if name not in hub.facts:
            return 404, {"message": "Not Found"}, {}
        return self._of_repository(name, found[2] or "" if found else "", query, body)

    def _of_repository(
        self, name: str, rest: str, query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        hub = self.hub
        if not rest:
            return 200, self._repository(models.FullRepository, name), {}
        if rest == "/topics":
            return 200, {"names": body["names"]}, {}
        if rest == "/generate":
            if not hub.facts[name].get("is_template") or not hub.refs(name):
                return 422, {"message": "not a template, or empty"}, {}
            hub.make(body["name"])
            bare = str(hub.bare(body["name"]))
            run_git("-C", bare, "fetch", "--quiet", str(hub.bare(name)), "main:main")
            hub.note(body["name"], {})
            return 201, self._repository(models.FullRepository, body["name"]), {}
        if rest == "/activity":
            rows = hub.log[name][:: -1 if query.get("direction") == "asc" else 1]
            for key, value in (("ref", query.get("ref")), ("activity_type", query.get("activity_type"))):
                rows = [one for one in rows if value in (None, one[key])]
            return self._page(rows, query)
        if rest.startswith(("/git/", "/pulls", "/issues/")):
            return self._talk(name, rest, query, body)
        if user := re.fullmatch(r"/collaborators/([^/]+)", rest):
            if user[1] not in hub.users:
                return 404, {"message": "Not Found"}, {}
            return (
                (204, None, {})
                if user[1] in hub.members[name]
                else (201, filled(models.RepositoryInvitation), {})
            )
        return 404, {"message": "Not Found"}, {}

    def _talk(
        self, name: str, rest: str, query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        """Answer what is asked of branches, pull requests and their comments."""
        hub, pulls = self.hub, self.hub.pulls.setdefault(name, [])
        if rest == "/git/refs":
            if body["ref"] in hub.refs(name):
                return 422, {"message": "Reference already exists"}, {}
            run_git("-C", str(hub.bare(name)), "update-ref", body["ref"], body["sha"])
            target = filled(models.GitRefPropObject, sha=body["sha"])
            return 201, filled(models.GitRef, ref=body["ref"], object_=target), {}
        if rest == "/pulls" and self.command == "GET":
            wanted = {key: query[key].rpartition(":")[2] for key in ("base", "head") if key in query}
            return self._page([one for one in pulls if wanted.items() <= one["test"].items()], query)
        if rest == "/pulls":
            refs, ends = hub.refs(name), {key: body[key] for key in ("base", "head")}
            if refs[f"refs/heads/{ends['base']}"] == refs[f"refs/heads/{ends['head']}"]:
                return 422, {"message": "No commits between them"}, {}
            number = len(pulls) + 1
            pulls.append(
                {**filled(models.PullRequestSimple, number=number, title=body["title"]), "test": ends}
            )
            return 201, filled(models.PullRequest, number=number), {}
        if of_pull := re.fullmatch(r"/issues/(\d+)/comments", rest):
            there = [one for one in hub.comments if one["issue_url"] == f"https://{name}/{of_pull[1]}"]
            if self.command == "GET":
                return self._page(there, query)
            where = f"https://{name}/{of_pull[1]}"
            made = filled(models.IssueComment, id=len(hub.asked), issue_url=where, body=body["body"])
            hub.comments.append(made)
            return 201, made, {}
        number = int(rest.removeprefix("/issues/comments/"))
        found = [one for one in hub.comments if one["id"] == number]
        if not found:
            return 404, {"message": "Not Found"}, {}
        found[0]["body"] = body["body"]
        return 200, found[0], {}

    def _user(self, login: str) -> tuple[int, Any, dict[str, str]]:
        return 200, filled(models.PublicUser, login=login), {}

    def _repository(self, model: Any, name: str) -> dict[str, Any]:
        return filled(model, **self.hub.facts[name])

    def _page(self, rows: list[Any], query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        """Give a page by number, or after a cursor as the log of activities does."""
        size, start = int(query.get("per_page", 30)), int(query.get("after", 0))
        start = start or (int(query.get("page", 1)) - 1) * size
        headers = {}
        if start + size < len(rows):
            more = {**query, "after": str(start + size)} if "/activity" in self.path else {
                **query, "page": str(start // size + 2)}  # fmt: skip
            words = "&".join(f"{key}={value}" for key, value in more.items())
            headers["Link"] = f'<{self.hub.url}{urlparse(self.path).path}?{words}>; rel="next"'
        return 200, rows[start : start + size], headers

    def _say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        tag = f'"{hashlib.sha256(data).hexdigest()}"'
        if status == 200 and self.command == "GET" and self.headers.get("If-None-Match") == tag:
            status, data = 304, b""
        self.hub.counted += status != 304
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "ETag": tag, **(headers or {})}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _git(self, path: str, query: str, body: bytes) -> None:
        words = self.headers.get("Authorization", "").removeprefix("Basic ")
        user = base64.b64decode(words).decode()
        name = path.split("/")[2].removesuffix(".git")
        if user != f"x-access-token:{TOKEN}" and not user.endswith(":student"):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if not self.hub.bare(name).exists():
            return self._say(404, {"message": "Not Found"})
        before = self.hub.refs(name)
        status, headers, data = backend(self, self.hub.home, path, query, body)
        if path.endswith("git-receive-pack") and self.command == "POST":
            self.hub.note(name, before)
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def backend(
    asked: BaseHTTPRequestHandler, home: Path, path: str, query: str, body: bytes
) -> tuple[int, list[list[str]], bytes]:
    """Have git itself answer a request; return status, headers and content."""
    environment = {
        "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(home), "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query, "REQUEST_METHOD": asked.command, "REMOTE_USER": "somebody",
        "CONTENT_TYPE": asked.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": asked.headers.get("Git-Protocol", ""), "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    program = Path(run_git("--exec-path"), BACKEND)
    said = subprocess.run([program], input=body, env=environment, capture_output=True).stdout
    head, _, content = said.partition(b"\r\n\r\n")
    headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
    status = next((int(value.split()[0]) for key, value in headers if key == "Status"), 200)
    return status, [header for header in headers if header[0] != "Status"], content


@contextmanager
def organisation(home: Path) -> Iterator[Organisation]:
    """Serve an organisation until the block ends."""
    hub = Organisation(home)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Answers,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
