"""The frozen records that pass between the stages, and the result file that a TA keeps.

A result file is one JSON object with two parts: `grade`, which is the same to the byte on every run, and
`run`, which holds what may differ (timings, machine, captured output): `docs/result.schema.json`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

import msgspec

_STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Verdict(StrEnum):
    """What became of one check. Only PASS earns points; ERROR, the grader's fault, withholds the grade."""

    PASS = "PASS"
    FAIL = "FAIL"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    SKIPPED = "SKIPPED"
    SLOW = "SLOW"
    TIMEOUT = "TIMEOUT"
    MEMORY = "MEMORY"
    CRASH = "CRASH"
    ERROR = "ERROR"


class Visibility(StrEnum):
    """Whether students have the check themselves."""

    PUBLIC = "public"
    HIDDEN = "hidden"


class Submission(msgspec.Struct, frozen=True):
    """One student's files as collected: allow-listed content, never a path into the student's repository."""

    student: str
    name: str  # from the roster; "" when unknown
    source: str  # folder, repository or zip as named on the command line
    commit: str  # git commit, or "sha256:..." of the content where there is no git
    files: dict[str, bytes]  # path below the assignment folder -> content
    received_at: str = ""  # UTC, ISO 8601; "" when no server record says
    late: bool = False
    notices: tuple[str, ...] = ()  # what the collector left out or replaced, in sentences
    problem: str = ""  # why nothing can be graded; "" when all is well
    ours: bool = False  # True when the problem is staff's to mend: a student is not told what it is
    remarks: tuple[str, ...] = ()  # for staff alone, in sentences
    enrolled: bool = True  # False when there is a roster and this is nobody's of it
    error: str = ""  # the collector's own traceback when it failed on this entry, for a TA


class CheckResult(msgspec.Struct, frozen=True, gc=False):  # in no cycle, and a class has 400,000
    """One check's outcome."""

    name: str  # "tests/test_schedule.py::test_first_beta"
    title: str  # first line of the check's docstring
    visibility: Visibility
    verdict: Verdict
    weight: int = 1
    gate: bool = False
    message: str = ""  # what came and what was expected
    hint: str = ""  # a first thing to try
    diagnosis: str = ""  # of a known wrong answer: what completes "This is what you get when"
    read: str = ""  # where in the handout to read


class Ruling(msgspec.Struct, frozen=True):
    """A TA's word on a task in place of the checks': never in a result file, put in when one is read."""

    by_checks: float
    why: str


class Mark(msgspec.Struct, frozen=True):
    """What a TA entered by hand for one student, in `marks.csv`."""

    what: str  # a part that is marked by hand, or a task; "" for a comment alone
    points: float | None
    most: float
    comment: str


class TaskResult(msgspec.Struct, frozen=True):
    """One task's outcome; `earned` is points times passed weight over total weight, 0 when a gate failed."""

    id: str
    number: str
    title: str
    points: float
    earned: float
    checks: tuple[CheckResult, ...]
    ruling: Ruling | None = None


def total(tasks: tuple[TaskResult, ...], added: float = 0.0) -> float:
    """Return the sum of what tasks earned, with what was added to it as far as there was room."""
    earned, most = sum(task.earned for task in tasks), sum(task.points for task in tasks)
    return round(max(earned, min(earned + added, most)), 2)


class Grade(msgspec.Struct, frozen=True):
    """The part of a result that is the same to the byte on every run."""

    student: str
    name: str
    assignment: str
    commit: str
    received_at: str
    late: bool
    seed: str  # hexadecimal; replays the checks even after the course key is lost
    score: float
    max_score: float
    withheld: bool  # True when a check ended in ERROR: a TA must look first
    tasks: tuple[TaskResult, ...]
    notices: tuple[str, ...] = ()
    problem: str = ""
    ours: bool = False  # the problem is staff's to mend
    remarks: tuple[str, ...] = ()  # for staff alone
    added: float = 0.0  # of the score, by a GPU's checks
    marks: tuple[Mark, ...] = ()  # of parts, and comments: never in a result file, put in when one is read

    @property
    def stands(self) -> bool:
        """Say whether the score counts: nobody must look first, and there was something to grade."""
        return not (self.withheld or self.problem)


COSTS = {"speed": "time", "memory": "memory"}  # what a kind of measured check is a limit on


class Measured(msgspec.Struct, frozen=True):
    """What a call costs, in units of its yardstick: the median of so many pairs."""

    kind: Literal["speed", "memory"]
    ratio: float
    limit: float
    naive: float  # what a naive answer costs
    pairs: int


class OnGpu(msgspec.Struct, frozen=True):
    """How a task's answer does on a pretend GPU; informs, and is worth no points."""

    tried: bool  # its lines met a tensor on the device
    told: tuple[str, ...] = ()  # what would fail on a GPU, in sentences
    waits: dict[str, int] = {}  # line -> how often the CPU waits there for the GPU
    unclear: str = ""  # what failed there for a reason that is not known to be CUDA's


def card_words(card: str, driver: str) -> str:
    """Name a card with its driver, which a stand-in has not."""
    return f"{card}, driver {driver}" if driver else card


class OnDevice(msgspec.Struct, frozen=True):
    """What the checks that pass on the CPU came to on a GPU, in a cage of level `gpu`."""

    device: str  # "cuda", or "cpu" where that stood in
    card: str
    driver: str
    counts: str  # "informs", "adds" or "required", as assignment.toml said
    tasks: dict[str, tuple[CheckResult, ...]]  # task -> its checks there, those for a GPU alone besides
    left_out: dict[str, str] = {}  # check -> why it says nothing: the reference fails it there, too
    measured: dict[str, Measured] = {}  # check name -> time or memory
    seconds: float = 0.0
    level: str = "gpu"

    @property
    def where(self) -> str:
        """Say what it was: card, driver and level."""
        return f"{card_words(self.card, self.driver)}, level {self.level}"

    @property
    def counted(self) -> bool:
        """Say whether points can depend on it: never where the CPU stood in."""
        return self.device == "cuda"

    def holds(self, task: str) -> bool:
        """Say whether a task was tried there, and nothing that counts failed."""
        known = self.tasks.get(task, ())
        return bool(known) and all(
            check.verdict is Verdict.PASS or check.name in self.left_out for check in known
        )


class Picture(msgspec.Struct, frozen=True):
    """What came and what was expected where a comparison failed: rows of numbers, None for no finite one."""

    kind: Literal["image", "curve", "path"]  # rows of pixels; one row of values; rows of two coordinates
    yours: tuple[tuple[float | None, ...], ...]
    target: tuple[tuple[float | None, ...], ...]


class Run(msgspec.Struct, frozen=True):
    """The part of a result that may differ from run to run."""

    level: str
    machine: str
    started: str
    seconds: float
    key: str  # what this result was computed from: content, checks, engine, lock, limits, seed, level
    inputs: dict[str, str] = {}  # the same by parts, but for content, seed and level: name -> hash or version
    check_seconds: dict[str, float] = {}
    measured: dict[str, Measured] = {}  # check name -> time or memory
    pictures: dict[str, Picture] = {}  # public check that failed -> what it saw
    output: dict[str, str] = {}  # check name -> what the student's code printed, capped
    errors: dict[str, str] = {}  # check name -> the grader's own traceback, for a TA
    on_device: OnDevice | None = None  # of `grade --device`
    on_gpu: dict[str, OnGpu] = {}  # check -> what the student's process says of its calls


class Result(msgspec.Struct, frozen=True):
    """One student's result file."""

    grade: Grade
    run: Run


def is_student_id(text: str) -> bool:
    """Tell whether a text is fit for a student's id, and so for a file's name."""
    return _STUDENT.fullmatch(text) is not None and ".." not in text and not text.endswith(".")
