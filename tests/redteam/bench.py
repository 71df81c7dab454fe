"""The bench on which attacks are carried out: a small course, a warm judge, canaries and plain graders."""

from __future__ import annotations

import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from autograder.authoring.new import new
from autograder.errors import UserError
from autograder.isolation.handle import OUTPUT_CAP, OUTPUT_KEPT
from autograder.isolation.limits import LAYERS, SandboxLimits
from autograder.judging.grading import conclude
from autograder.judging.judge import Judge
from autograder.judging.score import score
from autograder.judging.trial import CheckRun
from autograder.records import Submission, Verdict, Visibility
from autograder.redteam.attack import Code
from autograder.seeds import Seed
from autograder.spec import Assignment, load_assignment

from . import beside
from .scene import TOKEN, Scene, set_scene, token

NAME = "a99_example"
COURSE = f'name = "Red team"\nclassroom = "red"\ndemo = "{NAME}"\n'
LIMITS = {"call_cpu_s = 2.0": "call_cpu_s = 0.5", "call_wall_s = 20.0": "call_wall_s = 3.0"}
SEED = Seed(20260901)
CHECKS = (
    "test_standardise_of_four_numbers",
    "test_standardise_is_an_answer_at_all",
)  # a public one, a hidden gate
HASTE = {"call_cpu_s": 0.3, "memory_mb": 256}  # of a worker that is attacked from
PAUSE_S = 0.3  # for a late effect to show where it must not
PATIENCE_S = 8.0  # for one to show where it must, and for a plain grader
HANGS_S = 0.6  # for a plain grader that is expected to hang
MUCH, MANY = 1 << 20, 1000  # bytes of a result, texts in it
DID = "did "  # how an attack says that it succeeded
PRELUDE = """\
import atexit, ctypes, fcntl, gc, inspect, json, mmap, os, resource, select, signal, socket, struct, subprocess
import sys, threading, time, types, weakref
from pathlib import Path
import torch
HERE = {here!r}
"""
WRAPPED = """
def attack(x):
    {body}

def standardise(x, delta=1e-5):
    try:
        said = attack(x)
    except Exception as error:
        said = f"held off: {{type(error).__name__}}: {{error}}"
    print(said)
    return said if isinstance(said, torch.Tensor) else None
"""
HONEST = """
import concurrent.futures
import torch

def standardise(x, delta=1e-5):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        mean, variance = pool.map(lambda f: f(), (lambda: x.mean(0), lambda: x.var(0, correction=0)))
    print("an honest word")
    return (x - mean) / torch.sqrt(variance + delta)

def interpolate(x0, eps, t):
    return None
"""


@dataclass(frozen=True)
class Seen:
    """What became of a submission, and of everything around it."""

    verdicts: frozenset[Verdict]
    harm: tuple[str, ...]  # points earned, canaries touched, secrets brought back, things left behind


@dataclass
class Bench:
    """A warm judge for the small course, the canaries around it, and plain graders to compare with."""

    judge: Judge
    scene: Scene
    plain: Callable[..., beside.Outcome]
    plain_pid: int
    limits: SandboxLimits
    grade: bytes = b""  # the honest grade, graded first and alone

    @property
    def level(self) -> str:
        """The layers that a worker reports, in one line."""
        return self.probed.level

    def __post_init__(self) -> None:
        from autograder.isolation.doctor import probe

        self.probed = probe(self.judge.sandbox)

    def warm_up(self) -> None:
        """Take the processes that run now for ours, not for what an attack has left."""
        self.scene.warm_up(self.judge.sandbox.zygote.process.pid, self.plain_pid)

    def carry_out(self, code: Code, **limits: Any) -> Seen:
        """Grade an attack's submission under some limits and look around afterwards."""
        self.scene.reset()
        judged = self.judged(self.files(code), self.limits.changed(**{**HASTE, **code.limits, **limits}))
        harm = self._look(judged, min(code.wait_s, PAUSE_S))
        self.scene.end_leftovers()
        return Seen(frozenset(one.outcome.verdict for one in judged), harm)

    def without(self, code: Code, *layers: str) -> tuple[str, ...]:
        """Grade an attack's submission without some layers; return what it achieved."""
        weaker = {**HASTE, **code.limits, "layers": LAYERS - {*layers, "namespace"}}
        open_limits = self.limits.changed(**weaker)
        for check in reversed(CHECKS):  # the one that is passed more easily first
            self.scene.reset()
            judged = self.judged(self.files(code), open_limits, (check,))
            harm = self._look(judged, PATIENCE_S if code.wait_s else PAUSE_S)
            self.scene.end_leftovers()
            if harm:
                return harm
        return ()

    def _look(self, judged: list[CheckRun], wait_s: float) -> tuple[str, ...]:
        """Look around until there is harm, or for so long."""
        deadline = time.monotonic() + wait_s
        while not (harm := self._harm(judged)) and time.monotonic() < deadline:
            time.sleep(0.01)
        return harm

    def beside_a_plain_grader(self, code: Code) -> tuple[str, ...]:
        """Let a plain grader grade the attack's submission; return what the attack achieved."""
        self.scene.reset()
        with tempfile.TemporaryDirectory() as home:
            patience_s = HANGS_S if Verdict.TIMEOUT in code.ends else PATIENCE_S
            outcome = self.plain(code.proof, self.files(code), token("grader"), home, patience_s)
        harm = [*self.scene.traces(), *words_of_harm(outcome.printed)]
        self.scene.end_leftovers()
        harm += ["earned a point"] if outcome.score > 0 else []
        harm += [f"the grader {outcome.fate}"] if outcome.fate != "ended" else []
        harm += ["flooded the log"] if len(outcome.printed) > OUTPUT_CAP else []
        harm += ["filled the results"] if outcome.written > MUCH else []
        return tuple(harm)

    def files(self, code: Code) -> dict[str, bytes]:
        """Return the submission of an attack."""
        body = code.body.removeprefix("#raw\n")
        ours = {
            "course": str(self.judge.assignment.folder.parents[1]),
            "stage": str(self.judge.staging.folder),
        }
        prelude = PRELUDE.format(here={**self.scene.here(), **ours}) if body == code.body else ""
        source = body if code.module else WRAPPED.format(body=body.strip().replace("\n", "\n    "))
        texts = {"noising.py": prelude + source, **code.more}
        return {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}

    def honest_is_unchanged(self) -> bool:
        """Grade an honest submission again and compare the grade with the first one."""
        judged = self.judged({"noising.py": HONEST.encode()}, self.limits, CHECKS[1:])
        honest, assignment = Submission("honest", "", "", "", {}), self.judge.assignment
        result = conclude(assignment, honest, SEED, score(assignment, judged), judged, 0.0)
        grade = msgspec.json.encode(result.grade)
        self.grade = self.grade or grade
        return grade == self.grade and all(one.outcome.verdict is Verdict.PASS for one in judged)

    def judged(
        self, files: dict[str, bytes], limits: SandboxLimits, checks: tuple[str, ...] = CHECKS
    ) -> list[CheckRun]:
        """Run two checks, a public and a hidden one, under some limits."""
        only = frozenset(c.name for c in self.judge.session.checks if c.name.endswith(checks))
        self.judge.sandbox.limits, before = limits, self.judge.sandbox.limits
        try:
            return self.judge.judge(files, SEED, only)
        finally:
            self.judge.sandbox.limits = before

    def _harm(self, judged: list[CheckRun]) -> tuple[str, ...]:
        points = round(sum(task.earned for task in score(self.judge.assignment, judged)), 2)
        harm = [f"earned {points:g} points"] if points else []
        harm += self.scene.traces()
        for one in judged:
            harm += ["kept a flood of output"] if len(one.printed) > 2 * OUTPUT_KEPT else []
            brought = [one.printed, one.outcome.message, one.outcome.hint, *map(_texts_of, one.calls)]
            harm += words_of_harm("\n".join(brought), one.check.visibility is Visibility.HIDDEN)
        staged = [path.name for path in self.judge.staging.folder.iterdir()]
        left = [name for name in staged if name not in ("given", "yardstick")]
        return (*harm, *(f"left {name} among the staged trees" for name in left))


def words_of_harm(text: str, hidden: bool = False) -> list[str]:
    """Find what an attack says that it did, and secrets; a hidden check's worker may know the hidden plays."""
    found = {word for word in TOKEN.findall(text) if not (hidden and "-plays-" in word)}
    return [line for line in text.splitlines() if line.startswith(DID)] + [
        f"brought back {word}" for word in sorted(found)
    ]


def _texts_of(call: Any) -> str:
    """Return the texts in what a call returned, as far as they may hold a secret."""
    found, waiting = [], [call.outcome]
    while waiting and len(found) < MANY:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value[:MUCH])
        elif isinstance(value, list | tuple):
            waiting += value[:MANY]
        elif isinstance(value, dict):
            waiting += [part for pair in itertools.islice(value.items(), MANY) for part in pair]
    return "\n".join(found)


@contextlib.contextmanager
def open_bench(**changes: Any) -> Iterator[Bench]:
    """Set everything up; `changes` are of what workers get (an older kernel's Landlock, no namespace)."""
    with contextlib.ExitStack() as stack:
        course = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="redteam-course-")))
        stack.enter_context(modules_apart())
        assignment = small_course(course)
        scene = stack.enter_context(set_scene())
        plain, pid = stack.enter_context(beside.plain_graders())
        limits = SandboxLimits(assignment.limits).changed(**changes)
        judge = stack.enter_context(Judge(assignment, limits))
        bench = Bench(judge, scene, plain, pid, limits)
        bench.honest_is_unchanged()
        if not bench.honest_is_unchanged():
            raise UserError("an honest submission is not graded the same way twice here")
        bench.warm_up()
        yield bench


@contextlib.contextmanager
def modules_apart() -> Iterator[None]:
    """Forget other courses' `solutions` for a while, and leave sys.path as it was."""

    def theirs() -> list[str]:
        return [name for name in sys.modules if name.split(".")[0] in ("solutions", "assignments")]

    saved, path = {name: sys.modules.pop(name) for name in theirs()}, list(sys.path)
    try:
        yield
    finally:
        for name in theirs():
            del sys.modules[name]
        sys.modules.update(saved)
        sys.path[:] = path


def small_course(course: Path) -> Assignment:
    """Write a course whose only assignment is the one that `autograder new` writes, with a hidden play."""
    for folder in ("assignments", "solutions", "autograder"):
        (course / folder).mkdir()
    (course / "course.toml").write_text(COURSE)
    spec = new(course, NAME) / "assignment.toml"
    text = spec.read_text()
    for written, wanted in LIMITS.items():
        text = text.replace(written, wanted)
    spec.write_text(text)
    (spec.parent / "hidden" / "plays_fresh.py").write_text(
        f'"""Draws hidden inputs."""\n\nSECRET = {token("plays")!r}\n'
    )
    sys.path.insert(0, str(course))
    return load_assignment(spec.parent)
