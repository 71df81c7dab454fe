"""Builds the bundled class: 24 invented students, most with a real git repository, and staff's two tables."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from ..sources.given import released_modules
from ..sources.source import skeletons
from ..spec import Assignment, SpecError
from .classwork import Sources, Work

Form = Literal["work tree", "bare", "folder", "zip"]

TIME_TO_WORK = timedelta(days=14)
STRIDE = 7  # shuffles the works; it has no factor in common with 24
STAFF = ("Course staff", "staff@course.invalid")
PEOPLE = (  # invented
    ("aiko-tanabe", "Aiko Tanabe"), ("amara-okonjo", "Amara Okonjo"), ("anneli-saar", "Anneli Saar"),
    ("bastien-roche", "Bastien Roché"), ("chidi-nwosu", "Chidi Nwosu"), ("daria-melnyk", "Daria Melnyk"),
    ("elif-yalcin", "Elif Yalçın"), ("farid-haddad", "Farid Haddad"), ("gita-raman", "Gita Raman"),
    ("hoang-minh-le", "Lê Hoàng Minh"), ("ines-carvalho", "Inês Carvalho"),
    ("jonas-lindqvist", "Jonas Lindqvist"),
    ("kaveh-sohrabi", "Kaveh Sohrabi"), ("leilani-kealoha", "Leilani Kealoha"),
    ("mateo-quispe", "Mateo Quispe"),
    ("nomvula-dube", "Nomvula Dube"), ("oskar-wojcik", "Oskar Wójcik"), ("priya-deshmukh", "Priya Deshmukh"),
    ("ruth-adeyemi", "Ruth Adeyemi"), ("samir-benali", "Samir Benali"), ("siobhan-oneill", "Siobhán O'Neill"),
    ("tomas-novotny", "Tomáš Novotný"), ("wen-xiulan", "Wen Xiulan"), ("yusuf-demir", "Yusuf Demir"),
)  # fmt: skip
FORMS: dict[int, Form] = {1: "zip", 3: "bare", 5: "folder", 11: "bare", 14: "bare"}  # the others: work trees


@dataclass(frozen=True)
class Student:
    """One invented student, with what is handed in."""

    username: str
    name: str
    work: Work
    form: Form
    received: datetime


@dataclass(frozen=True)
class Room:
    """The folder that holds a class's submissions and tables."""

    folder: Path
    assignment: Assignment
    classroom: str
    due: datetime

    @property
    def submissions(self) -> Path:
        """The folder of the students' repositories."""
        return self.folder / "submissions"

    @property
    def roster(self) -> Path:
        """The table of students, in GitHub Classroom's columns."""
        return self.folder / "roster.csv"

    @property
    def received(self) -> Path:
        """The table of what the server received, and when."""
        return self.folder / "received.csv"

    def repository(self, username: str) -> str:
        """Return a repository's name."""
        return f"{self.classroom}-{self.assignment.name.replace('_', '-')}-{username}"


def enrol(room: Room, works: Sequence[Work]) -> list[Student]:
    """Give each student a work; all but the late one hand in during the last days."""
    students = []
    for i, (username, name) in enumerate(PEOPLE):
        work = works[i * STRIDE % len(works)]
        received = (
            room.due + timedelta(seconds=1) if work.late else room.due - timedelta(hours=5 * i, minutes=i)
        )
        form = FORMS.get(i, "work tree") if work.sources else "work tree"
        students.append(Student(username, name, work, form, received))
    return students


def build(room: Room, students: list[Student]) -> None:
    """Write every student's submission and the two tables; raises SpecError without git."""
    if not shutil.which("git"):
        raise SpecError("git was not found: the demo builds real repositories; install git and run it again")
    room.submissions.mkdir(parents=True)
    template = room.folder / "template"
    _write_given(template / "assignments" / room.assignment.name, room.assignment)
    _write(template, room, skeletons(room.assignment))
    _git(template, "init", "--quiet", "--initial-branch=main")
    _commit(template, "Release", room.due - TIME_TO_WORK, *STAFF)
    commits = {student.username: _hand_in(room, student, template) for student in students}
    shutil.rmtree(template)
    _write_tables(room, students, commits)


def _hand_in(room: Room, student: Student, template: Path) -> str:
    """Write one submission; returns its commit, "" when it has none."""
    target, desk = room.submissions / room.repository(student.username), room.folder / "desk"
    if student.work.sources is None:
        target.mkdir()
        _git(target, "init", "--quiet", "--initial-branch=main")
        return ""
    shutil.copytree(template, desk)
    _write(desk, room, student.work.sources)
    email = f"{student.username}@students.invalid"
    commit = _commit(desk, "My answers", student.received, student.name, email)
    match student.form:
        case "work tree":
            desk.rename(target)
        case "bare":
            _git(room.submissions, "clone", "--quiet", "--bare", str(desk), f"{target.name}.git")
        case "folder":
            shutil.copytree(desk / "assignments", target / "assignments")
        case "zip":
            _zip(desk / "assignments" / room.assignment.name, target.with_suffix(".zip"))
    shutil.rmtree(desk, ignore_errors=True)
    return commit if student.form in ("work tree", "bare") else ""


def _write_given(folder: Path, assignment: Assignment) -> None:
    """Write the modules that are released."""
    folder.mkdir(parents=True)
    for name, content in released_modules(assignment).items():
        (folder / name).write_bytes(content)


def _write(repository: Path, room: Room, sources: Sources) -> None:
    for name, text in sources.items():
        (repository / "assignments" / room.assignment.name / name).write_text(text, encoding="utf-8")


def _zip(folder: Path, to: Path) -> None:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)


def _commit(repository: Path, message: str, when: datetime, name: str, email: str) -> str:
    """Commit everything, also when nothing has changed; returns the commit."""
    _git(repository, "add", "--all")
    identity = ("-c", f"user.name={name}", "-c", f"user.email={email}")
    _git(repository, *identity, "commit", "--quiet", "--allow-empty", "--message", message, when=when)
    return _git(repository, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str, when: datetime | None = None) -> str:
    """Run git without the user's own settings; `when` is the date of a commit."""
    date = when.isoformat() if when else ""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TEMPLATE_DIR": "",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
    }
    command = ["git", "-c", "core.autocrlf=false", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SpecError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
    return done.stdout


def _write_tables(room: Room, students: list[Student], commits: Mapping[str, str]) -> None:
    roster = [
        (f"s{4021 + 37 * i}", student.username, 90_000_000 + 7919 * i, student.name)
        for i, student in enumerate(students)
    ]
    received = [
        (room.repository(student.username), student.received.isoformat(), commits[student.username])
        for student in students
    ]
    _write_csv(room.roster, ("identifier", "github_username", "github_id", "name"), roster)
    _write_csv(room.received, ("repository", "received_at", "commit"), received)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
