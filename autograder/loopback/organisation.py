"""What the server knows of an organisation; whoever starts it sets the clock, and reads what was asked."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from githubkit_schemas.latest import models

from .models import filled

TOKEN = "t0ken-of-staff"
ZERO = "0" * 40
SERVED = """
[http]
receivepack = true
[uploadpack]
allowAnySHA1InWant = true
allowFilter = true
"""


@dataclass
class Fault:
    """An answer in place of the right one."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: bool = False  # the connection breaks in the middle of the answer


@dataclass
class Organisation:
    """Its repositories, users and pull requests."""

    home: Path  # <home>/<organisation>/<repository>.git
    name: str = "diffusion-course"
    clock: str = "2026-10-01T00:00:00Z"
    url: str = ""
    users: set[str] = field(default_factory=set)
    accounts: dict[int, str] = field(default_factory=dict)  # id -> user name of now
    members: dict[str, set[str]] = field(default_factory=dict)  # repository -> who accepted
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)  # repository -> its settings
    log: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # its activities, newest first
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # repository -> oldest first
    issues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # repository -> oldest first
    comments: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)  # check runs
    asked: list[tuple[str, str]] = field(default_factory=list)
    counted: int = 0  # requests against the limit
    faults: list[tuple[str, Fault]] = field(default_factory=list)  # part of a path -> answer it so, once each

    def bare(self, repository: str) -> Path:
        return self.home / self.name / f"{repository}.git"

    def make(self, repository: str, **facts: Any) -> dict[str, Any]:
        """Make an empty repository."""
        run_git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare(repository)))
        with (self.bare(repository) / "config").open("a") as settings:
            settings.write(SERVED)
        self.facts[repository] = {"name": repository, "default_branch": "main", "private": True, **facts}
        self.log[repository], self.members[repository] = [], set()
        return self.facts[repository]

    def open_issue(self, repository: str, title: str, body: str) -> dict[str, Any]:
        """Open an issue, as a student does."""
        found = self.issues.setdefault(repository, [])
        number = len(found) + 1
        found.append(filled(models.Issue, number=number, title=title, body=body, created_at=self.clock))
        return found[-1]

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


def run_git(*words: str, cwd: Path | None = None) -> str:
    """Run git without anybody's settings."""
    environment = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", *words]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=cwd)
    return ran.stdout.strip()


def is_ancestor(bare: Path, old: str, new: str) -> bool:
    return subprocess.run(["git", "-C", bare, "merge-base", "--is-ancestor", old, new]).returncode == 0
