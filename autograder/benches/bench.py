"""Measures seconds per submission: our official run, a fresh pytest process, and a bare fork without sandbox.

All three run the same checks on the same submissions, interleaved in one run, and must agree on all verdicts.
Only the first can neither be cheated nor crashed by a submission; the others show what that costs.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice, pairwise
from pathlib import Path

import msgspec
import torch

from ..course import load_course
from ..errors import MachineFault
from ..judging.judge import Judge
from ..judging.plugin import Check
from ..judging.score import score
from ..judging.trial import InProcess, in_order, run_checks
from ..pool.pool import Pool
from ..records import Submission
from ..seeds import Seed, student_seed
from ..sources.variants import load_package, read_right, read_wrong, variant_files
from ..spec import Assignment, find_assignment, load_assignment
from .plainly import Files, Fresh, Verdicts

KEY = b"the key of the bench, which is no secret"
FRESH = 5  # fresh processes; they take seconds, so a few must do
WHOLE = 9  # gradings with the measured checks
WORTH_IT = 8.0  # times that the official run must be faster than the fresh process
PRICE = 4.0  # times that it may be slower than the bare fork


@dataclass(frozen=True)
class Figures:
    """Medians in seconds per submission: of the checks that measure nothing alone, but for `whole_s`."""

    machine: str
    official_s: float
    fresh_pytest_s: float
    bare_fork_s: float
    pool_s: (
        float  # as `grade --jobs 1` does it: through a judge's own process, with the calls on a pretend GPU
    )
    fresh_to_official: float
    official_to_fork: float
    whole_s: float  # official, of the reference with all checks and the calls on a pretend GPU
    measured_s: float  # of it in the checks of speed and memory
    twin_s: float  # of it in the calls on a pretend GPU
    pairs: int  # of calls that these measured, at most
    submissions: int
    checks: int
    same_scores: bool
    ok: bool


@dataclass
class Times:
    """What was measured, in seconds for each submission."""

    official: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)
    beside_fresh: list[float] = field(default_factory=list)  # official, of the same submissions
    fork: list[float] = field(default_factory=list)


def bench(root: Path, submissions: int = 40) -> Figures:
    """Measure on the demo's assignment; half of the submissions are right, half have one known mistake."""
    machine = describe_machine()
    torch.set_num_threads(1)  # a fork of a process that has started OpenMP's threads would hang
    assignment = load_assignment(find_assignment(root, load_course(root).demo))
    chosen = ordinary_submissions(assignment, submissions)
    seeds = [student_seed(KEY, f"student-{i}") for i in range(len(chosen))]
    with Judge(assignment) as judge, tempfile.TemporaryDirectory() as folder:
        fresh = Fresh(assignment, root, Path(folder))
        grade_officially(judge, chosen[0], seeds[0])
        grade_in_fork(judge, chosen[0], seeds[0])
        times, same = measure(judge, fresh, chosen, seeds)
        whole_s, measured_s, twin_s, pairs = measure_whole(judge, chosen[0])
        checks = len(_checks(judge))
    official, fresh_s, fork = map(statistics.median, (times.official, times.fresh, times.fork))
    worth = fresh_s / statistics.median(times.beside_fresh)
    return Figures(
        machine=machine,
        official_s=round(official, 4),
        fresh_pytest_s=round(fresh_s, 4),
        bare_fork_s=round(fork, 4),
        pool_s=round(_through_pool(assignment, chosen, seeds), 4),
        fresh_to_official=round(worth, 2),
        official_to_fork=round(official / fork, 2),
        whole_s=round(whole_s, 4),
        measured_s=round(measured_s, 4),
        twin_s=round(twin_s, 4),
        pairs=pairs,
        submissions=len(chosen),
        checks=checks,
        same_scores=same,
        ok=same and worth >= WORTH_IT and official <= PRICE * fork,
    )


def ordinary_submissions(assignment: Assignment, number: int) -> list[Files]:
    """Return submissions in turn right and wrong: the reference, right answers, known wrong answers."""
    rights = [variant_files(assignment, right) for right in (None, *read_right(assignment))]
    wrongs = [variant_files(assignment, wrong) for wrong in read_wrong(assignment)] or rights
    mixed = (one for pair in zip(cycle(rights), cycle(wrongs), strict=False) for one in pair)
    return list(islice(mixed, number))


def describe_machine() -> str:
    """Describe processor, software and load; a busy machine says so, for its figures are too high."""
    cores, (load, *_) = os.cpu_count() or 1, os.getloadavg()
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2] for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0].strip() if names else model
    busy = " (busy: all figures are too high)" if load > cores / 4 else ""
    return (
        f"{model}, {cores} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}, load {load:.1f}{busy}"
    )


def measure(judge: Judge, fresh: Fresh, chosen: Sequence[Files], seeds: Sequence[Seed]) -> tuple[Times, bool]:
    """Run all ways in turn, the two quick ones in alternating order; also say whether they always agreed."""
    times, same = Times(), True
    stride = max(1, len(chosen) // FRESH) | 1  # odd, so that right and wrong submissions take their turn
    for i, (files, seed) in enumerate(zip(chosen, seeds, strict=True)):
        found: list[Verdicts] = []
        for way in ("official", "fork") if i % 2 else ("fork", "official"):
            start = time.perf_counter()
            found.append((grade_officially if way == "official" else grade_in_fork)(judge, files, seed))
            getattr(times, way).append(time.perf_counter() - start)
        if i % stride == 0 and len(times.fresh) < FRESH:
            start = time.perf_counter()
            found.append(fresh.run(files, seed))
            times.fresh.append(time.perf_counter() - start)
            times.beside_fresh.append(times.official[-1])
        same = same and all(verdicts == found[0] for verdicts in found)
    return times, same


def measure_whole(judge: Judge, files: Files) -> tuple[float, float, float, int]:
    """Return median seconds of everything on a right submission, of the measured checks, of the calls on a
    pretend GPU, and the pairs that were measured.
    """
    took: dict[bool, list[float]] = {False: [], True: []}
    measured, pairs = [], []
    for i in range(WHOLE):
        for twin in took:
            start = time.perf_counter()
            judged = judge.judge(files, student_seed(KEY, f"whole-{i}"), twin=twin)
            score(judge.assignment, judged)
            took[twin].append(time.perf_counter() - start)
        measured.append(sum(one.seconds for one in judged if one.measured))
        pairs.append(sum(one.measured.pairs for one in judged if one.measured))
    whole_s = statistics.median(took[True])
    return whole_s, statistics.median(measured), whole_s - statistics.median(took[False]), max(pairs)


def grade_officially(judge: Judge, files: Files, seed: Seed) -> Verdicts:
    """Run the checks in the sandbox, those of speed and memory left out."""
    judged = judge.judge(files, seed, frozenset(check.name for check in _checks(judge)))
    score(judge.assignment, judged)  # with the diagnosis of what failed
    return {one.check.name: one.outcome.verdict for one in judged}


def _checks(judge: Judge) -> list[Check]:
    """Return all checks in order, but for those of speed and memory."""
    checks = [check for check in judge.session.checks if not check.measured]
    return in_order(judge.assignment, checks)


def _through_pool(assignment: Assignment, chosen: Sequence[Files], seeds: Sequence[Seed]) -> float:
    """Return the median time between two results of a pool of one, after the first."""
    class_list = [Submission(f"student-{i}", "", "", "", files) for i, files in enumerate(chosen)]
    with Pool(assignment, 1, measured=False) as pool:
        moments = [
            time.perf_counter()
            for _ in pool.grade_all(
                class_list, dict(zip((one.student for one in class_list), seeds, strict=True))
            )
        ]
    gaps = [after - before for before, after in pairwise(moments)]
    return statistics.median(gaps) if gaps else 0.0


# -------------------------------------------------------------------------------- the two others
def grade_in_fork(judge: Judge, files: Files, seed: Seed) -> Verdicts:
    """Fork this warm process, run the checks on the submission there, and read the verdicts from a pipe."""
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with os.fdopen(sending, "wb") as pipe:
                pipe.write(msgspec.json.encode(_in_process(judge, files, seed)))
        finally:
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    if not answer:
        raise MachineFault("the forked process ended without its verdicts")
    return msgspec.json.decode(answer, type=Verdicts)


def _in_process(judge: Judge, files: Files, seed: Seed) -> Verdicts:
    assignment, checks = judge.assignment, _checks(judge)
    package = load_package(assignment, {name: content.decode() for name, content in files.items()})
    trial = InProcess(package, seed, assignment.package)
    judged = run_checks(judge.session, assignment, checks, trial)
    return {one.check.name: one.outcome.verdict for one in judged}
