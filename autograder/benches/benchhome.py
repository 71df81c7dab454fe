"""Measures what a student waits for at home: the first row of `check`, all of it, and `watch` after a save.

The commands run on a terminal of their own, in a student's tree of the demo's assignment.
"""

from __future__ import annotations

import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..course import load_course
from ..errors import MachineFault
from ..sources.source import skeletons
from ..sources.variants import variant_files
from ..spec import find_assignment, load_assignment
from .bench import describe_machine
from .ways import Place, students_tree

TIMES = 5  # that each figure is measured; the median counts
SLOWEST_S = 120.0  # that anything may take on a busy machine
WATCHING = b"watching;"  # ends what `watch` says before it waits for a save


@dataclass(frozen=True)
class Home:
    """Medians in seconds, from the command to what is seen; Python and torch start within them."""

    machine: str
    first_row_s: float  # of `check`, all tasks answered: the first one's row stands
    answered_s: float  # of `check`, all tasks answered, its costs measured
    skeleton_s: float  # of `check`, no task answered
    watch_s: float  # from a save of the first task's file to its rows


def bench_home(root: Path) -> Home:
    """Measure on the demo's assignment."""
    machine = describe_machine()
    assignment = load_assignment(find_assignment(root, load_course(root).demo))
    answers = variant_files(assignment, None)
    blank = {name: text.encode() for name, text in skeletons(assignment).items()}
    first = assignment.tasks[0]
    row = first.id.encode()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(root, assignment, Path(folder))
        answered = students_tree(place, "home", "answered", answers)
        skeleton = students_tree(place, "home", "skeleton", blank)
        ran = [check(place, answered, row) for _ in range(TIMES)]
        unanswered = [check(place, skeleton, row)[1] for _ in range(TIMES)]
        saved = saves(place, answered, answered / "assignments" / assignment.name / first.file, row)
    rows, wholes = zip(*ran, strict=True)
    figures = [round(statistics.median(one), 2) for one in (rows, wholes, unanswered, saved)]
    return Home(machine, *figures)


def check(place: Place, tree: Path, row: bytes) -> tuple[float, float]:
    """Run `check`; return the seconds until a row is seen, and until it ends."""
    start = time.perf_counter()
    with on_terminal(place, tree, "check") as terminal:
        _read_until(terminal, row)
        seen_s = time.perf_counter() - start
        _read_until(terminal, None)
        return seen_s, time.perf_counter() - start


def saves(place: Place, tree: Path, file: Path, row: bytes) -> list[float]:
    """Run `watch` and save a file some times; return the seconds until each time a row is seen."""
    took = []
    with on_terminal(place, tree, "watch") as terminal:
        _read_until(terminal, WATCHING)
        for number in range(TIMES):
            time.sleep(1)  # what is shown has been read, and the watcher waits
            _read_what_is_there(terminal)
            start = time.perf_counter()
            file.write_bytes(file.read_bytes() + b"\n# %d\n" % number)
            _read_until(terminal, row)
            took.append(time.perf_counter() - start)
    return took


@contextmanager
def on_terminal(place: Place, tree: Path, verb: str) -> Iterator[int]:
    """Run a command of a student's on a terminal; yield what reads from that."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(place.root), "COLUMNS": "200", "TERM": "xterm"}
    command = [sys.executable, "-m", "autograder", verb, place.assignment.name]
    running = subprocess.Popen(command, cwd=tree, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield ours
    finally:
        running.kill()
        running.wait()
        os.close(ours)


def _read_until(terminal: int, wanted: bytes | None) -> None:
    """Read until something is seen; with None, until the command has ended."""
    seen, end = b"", time.monotonic() + SLOWEST_S
    while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        try:
            seen += os.read(terminal, 1 << 16)
        except OSError:  # how the end of a terminal is told
            if wanted is None:
                return
            break
        if wanted is not None and wanted in seen:
            return
    raise MachineFault(f"{wanted!r} is not to be seen: {seen[-500:]!r}")


def _read_what_is_there(terminal: int) -> None:
    while select.select([terminal], [], [], 0)[0]:
        os.read(terminal, 1 << 16)
