"""What `autograder verify` found about one assignment, and the memory of it.

What has not changed is not verified again, and a remembered answer needs no torch.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ..files import write_whole
from ..results.key import files_below, hash_files, inputs_digest, parts_of
from ..spec import Assignment

CACHE = Path(".cache/verify")
HONEST, NAIVE = 1.25, 1.5  # slowest right answer x HONEST <= limit <= fastest naive answer / NAIVE


class Degenerates(msgspec.Struct, frozen=True):
    """How many degenerate answers there are, and how many of them earn 0."""

    total: int = 0
    zero: int = 0


class Delegates(msgspec.Struct, frozen=True):
    """How many functions were tried in the place of a task's, and how many answer it."""

    tried: int = 0
    earning: int = 0


class Adversaries(msgspec.Struct, frozen=True):
    """How many rewritings of reports were tried, who earns by them, and how many checks are advice."""

    tried: int = 0
    earning: int = 0
    advice: int = 0


class Wrongs(msgspec.Struct, frozen=True):
    """How many wrong answers there are, fail a check of their task, and are named by the diagnosis.

    `shut_out` pass half of their task's checks, and earn 0 because one of the others is a gate.
    """

    total: int = 0
    caught: int = 0
    named: int = 0
    shut_out: int = 0


class Pairs(msgspec.Struct, frozen=True):
    """How many pairs of wrong answers were put together, both were named, and hints went missing."""

    total: int = 0
    named: int = 0
    hints_lost: int = 0


class Rights(msgspec.Struct, frozen=True):
    """How many right answers there are, and how many earn full marks."""

    total: int = 0
    accepted: int = 0


class Kills(msgspec.Struct, frozen=True):
    """How many mutants there are, how many a check kills, and how many are marked equivalent."""

    total: int = 0
    killed: int = 0
    equivalent: int = 0


class Described(msgspec.Struct, frozen=True):
    """Of how many killed mutants a failed comparison says what the difference looks like, and wrongly."""

    total: int = 0
    described: int = 0
    misled: int = 0


class OnTwin(msgspec.Struct, frozen=True):
    """What a pretend GPU showed: no check on it is worth points."""

    tasks: int = 0  # whose functions take tensors
    covered: int = 0  # of these, whose lines met a tensor on it
    holding: int = 0  # of the covered, on which the reference does what it does on the CPU
    right: int = 0  # right answers that were tried
    right_holding: int = 0
    strays: int = 0  # answers that fail on a GPU only
    caught: int = 0
    named: int = 0


class ForGpu(msgspec.Struct, frozen=True):
    """Checks for a GPU alone, tried with the CPU in its place: their limits are not proven."""

    checks: int = 0
    named: int = 0  # answers that are right, and that cost alone tells from the reference


class Pace(msgspec.Struct, frozen=True):
    """One limit on time or memory, with what was measured, as ratios to the yardstick."""

    task: str
    kind: str
    limit: float
    slowest_right: float
    naive: float  # of the fastest naive answer

    @property
    def holds(self) -> bool:
        """Say whether the limit lies clearly between the two."""
        return between(self.slowest_right, self.limit, self.naive)


class ProofReport(msgspec.Struct, frozen=True):
    """Everything that was proven about one assignment; scores are percent."""

    name: str
    tasks: int
    points: float
    reference: tuple[float, ...] = ()  # one score per seed
    skeleton: float = 0.0
    degenerate: Degenerates = Degenerates()
    delegates: Delegates = Delegates()
    wrong: Wrongs = Wrongs()
    adversaries: Adversaries = Adversaries()
    pairs: Pairs = Pairs()
    right: Rights = Rights()
    mutants: Kills = Kills()
    described: Described = Described()
    speed: tuple[Pace, ...] = ()
    on_gpu: OnTwin = OnTwin()
    for_gpu: ForGpu = ForGpu()
    modes_agree: bool = False
    seconds: float = 0.0
    problems: tuple[str, ...] = ()  # one sentence for each violation; none: all is proven
    notes: tuple[str, ...] = ()  # worth knowing, and no violation

    @property
    def ok(self) -> bool:
        """Say whether everything was proven."""
        return not self.problems

    @property
    def strained(self) -> bool:
        """Say whether nothing but limits on time or memory stands against it, as when others are at work."""
        return 0 < len(self.problems) == sum(not pace.holds for pace in self.speed)


def between(honest: float, limit: float, naive: float) -> bool:
    """Say whether a limit has room on both sides."""
    return honest * HONEST <= limit <= naive / NAIVE


def key_of(assignment: Assignment, seeds: int) -> str:
    """Hash all that a report depends on: what a grade does, the release, and how many seeds are drawn."""
    root = assignment.folder.parents[1]
    folders = (assignment.folder, root / "assignments" / assignment.name)
    files = [path for folder in folders for path in files_below(folder)]
    parts = [inputs_digest(parts_of(assignment)), hash_files(files, root), str(seeds)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def recall(assignment: Assignment, key: str) -> ProofReport | None:
    """Return the report that was kept under this key, if any."""
    try:
        kept_key, report = msgspec.json.decode(_path(assignment).read_bytes(), type=tuple[str, ProofReport])
    except (OSError, msgspec.DecodeError):
        return None
    return report if kept_key == key else None


def remember(assignment: Assignment, key: str, report: ProofReport) -> None:
    """Keep a report without problems; one with problems is found again, in case the machine was the cause."""
    if report.ok:
        path = _path(assignment)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, msgspec.json.encode((key, report)))


def _path(assignment: Assignment) -> Path:
    return assignment.folder.parents[1] / CACHE / f"{assignment.name}.json"
