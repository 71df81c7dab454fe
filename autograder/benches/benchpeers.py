"""Measures what people grade with now, each in its own way, in one run with ours on the same submissions."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import torch

from ..errors import MachineFault
from ..judging.judge import Judge
from ..pool.pool import Pool
from ..records import Submission
from ..seeds import Seed
from ..spec import load_assignment
from . import peerwork
from .bench import describe_machine, grade_in_fork, grade_officially
from .peers import ENVIRONMENT, Lane, Passed, Way, install, passed_of, prepare, ways_of_peers

TIMES_FASTER = 10.0  # than the fastest peer, at the same parallelism
PART = 10  # submissions of ours for each pair of a peer's: one alone would be too short to time
OURS, FORK = "autograder, official", "a bare fork, no sandbox"


class PeerRow(msgspec.Struct, frozen=True):
    """One grader: the median over its submissions, or over pairs that were graded at once."""

    tool: str
    at_once: int
    s_per_submission: float
    ratio: float  # to ours with as many at once
    same_scores: bool  # as ours, check by check, for every submission


class PeerReport(msgspec.Struct, frozen=True):
    """What was measured, and in sentences what could not be."""

    machine: str
    rows: list[PeerRow]
    left_out: list[str]
    ok: bool


@dataclass
class Tally:
    """The seconds for one submission of each measurement, and whether the scores were ours."""

    seconds: list[float] = field(default_factory=list)
    same: bool = True


def bench_peers(root: Path, tell: Callable[[str], object], submissions: int = 6) -> PeerReport:
    """Grade one submission after another, then two at once, with each grader in turn."""
    machine = describe_machine()
    torch.set_num_threads(1)  # a fork of a process that has started OpenMP's threads would hang
    tools = root / ENVIRONMENT / "bin"
    with tempfile.TemporaryDirectory() as folder:
        assignment = load_assignment(peerwork.write_ours(Path(folder) / "ours"))
        lanes = [prepare(Path(folder) / f"lane{i}", assignment, root) for i in range(2)]
        install(tools, tell)
        ways, left_out = usable(ways_of_peers(tools), lanes)
        with Judge(assignment) as judge:
            mine = our_ways(judge)
            usable(mine, lanes[:1])
            rows = rows_of(1, one_by_one(mine | ways, lanes[0], submissions))
        with Pool(assignment, 2) as pool:
            rows += rows_of(2, in_pairs(pool, ways, lanes, max(1, submissions // 2)))
    faster = min((row.ratio for row in rows if row.tool in ways), default=0.0)
    ok = faster >= TIMES_FASTER and all(row.same_scores for row in rows) and not left_out
    return PeerReport(machine, rows, left_out, ok)


def our_ways(judge: Judge) -> dict[str, Way]:
    """Return the official way, and a fork of the warm judge without any protection."""
    return {
        OURS: lambda number, _: passed_of(grade_officially(judge, *_work(number))),
        FORK: lambda number, _: passed_of(grade_in_fork(judge, *_work(number))),
    }


def one_by_one(ways: Mapping[str, Way], lane: Lane, submissions: int) -> dict[str, Tally]:
    """Grade each submission in all ways, in alternating order."""
    tallies = {tool: Tally() for tool in ways}
    for number in range(submissions):
        found: dict[str, Passed] = {}
        for tool in list(ways)[:: 1 if number % 2 else -1]:
            start = time.perf_counter()
            found[tool] = ways[tool](number, lane)
            tallies[tool].seconds.append(time.perf_counter() - start)
        for tool, passed in found.items():
            tallies[tool].same &= passed == found[OURS]
    return tallies


def in_pairs(pool: Pool, ways: Mapping[str, Way], lanes: list[Lane], pairs: int) -> dict[str, Tally]:
    """Grade two submissions at once in each way, ours by two judges."""
    tallies = {tool: Tally() for tool in (OURS, *ways)}
    _by_pool(pool, 4)  # until both judges are warm
    most = max(PART, 2 * pairs)
    for pair in range(pairs):
        start = time.perf_counter()
        ours = _by_pool(pool, most)
        tallies[OURS].seconds.append((time.perf_counter() - start) / most)
        numbers = (2 * pair, 2 * pair + 1)
        for tool, way in ways.items():
            start = time.perf_counter()
            with ThreadPoolExecutor(2) as threads:
                found = list(threads.map(way, numbers, lanes))
            tallies[tool].seconds.append((time.perf_counter() - start) / 2)
            tallies[tool].same &= found == [ours[number] for number in numbers]
    return tallies


def rows_of(at_once: int, tallies: Mapping[str, Tally]) -> list[PeerRow]:
    """Return medians and ratios."""
    medians = {tool: statistics.median(tally.seconds) for tool, tally in tallies.items()}
    return [
        PeerRow(tool, at_once, round(medians[tool], 4), round(medians[tool] / medians[OURS], 2), tally.same)
        for tool, tally in tallies.items()
    ]


def usable(ways: Mapping[str, Way], lanes: list[Lane]) -> tuple[dict[str, Way], list[str]]:
    """Try each way once in every lane; return those that work, and sentences about the others."""
    kept, left_out = dict(ways), []
    for tool, way in ways.items():
        try:
            for lane in lanes:
                way(0, lane)
        except (OSError, ValueError, subprocess.SubprocessError, MachineFault) as problem:
            del kept[tool]
            left_out.append(f"{tool} does not work here: {problem}")
    return kept, left_out


def _work(number: int) -> tuple[dict[str, bytes], Seed]:
    return {"idea.py": peerwork.submission(number).encode()}, Seed(number)


def _by_pool(pool: Pool, number: int) -> dict[int, Passed]:
    """Grade the first submissions by judges in processes of their own."""
    work = {f"{i}": _work(i) for i in range(number)}
    everybody = [Submission(student, "", "", "", files) for student, (files, _) in work.items()]
    seeds = {student: seed for student, (_, seed) in work.items()}
    return {
        int(result.grade.student): passed_of(
            {check.name: check.verdict for task in result.grade.tasks for check in task.checks}
        )
        for result in pool.grade_all(everybody, seeds)
    }
