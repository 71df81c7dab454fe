"""Whether every front end comes to the same points: one cohort through each, task by task.

At home there is no sandbox and there are no hidden checks: `check` and pytest are compared with the public
part of the official results, without the hand-ins that would end or hold up the student's own process.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ..frontends.otter_files import NOTEBOOK
from ..records import Result, Verdict
from . import ways
from .cohort import NAME, Files, cohort, hostile, write_course
from .ways import Place, Points, points_of, public_points

OURS = "diffusion-autograder"
NOT_AT_HOME = {Verdict.CRASH, Verdict.TIMEOUT, Verdict.MEMORY}
NTH_HOSTILE = 3  # of the hand-ins, which bring a hostile notebook and files, too
AT_ONCE = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
Way = Callable[[Place, Result, Files], Points]
PUBLIC: tuple[tuple[str, str, Way], ...] = (
    ("pytest", "pytest", ways.plain_pytest),
    ("autograder check", OURS, ways.check),
)
OFFICIAL: tuple[tuple[str, str, Way], ...] = (
    ("otter run", "otter-grader", ways.otter),
    ("Gradescope's run_autograder", OURS, ways.gradescope),
)


class ParityRow(msgspec.Struct, frozen=True):
    """One front end on the cohort."""

    front_end: str
    version: str
    submissions: int
    equal: bool  # every task and the total, and nothing that was handed in ran in the front end
    seconds_each: float
    differing: tuple[str, ...] = ()  # students


def bench_parity(
    engine: Path, tell: Callable[[str], object], chosen: Collection[str] = ()
) -> Iterator[ParityRow]:
    """Put the cohort, or those chosen of it, through every front end; yield a row for each."""
    with TemporaryDirectory(prefix="autograder-parity-") as home:
        root, mark = Path(home, "course"), Path(home, "mark")
        root.mkdir()
        assignment = write_course(root, engine)
        place = Place(root, assignment, Path(home, "scratch"))
        files = {who: own for who, own in cohort(assignment).items() if who in chosen or not chosen}
        tell(f"releasing, then grading {len(files)}")
        ways.release(place)
        began = time.perf_counter()
        results = ways.grade(place, files)
        points = {who: points_of(one) for who, one in results.items()}
        yield _row("autograder grade", OURS, points, points, began, mark)
        at_home = {who: one for who, one in results.items() if not _verdicts(one) & NOT_AT_HOME}
        public = {who: _public(one) for who, one in at_home.items()}
        for name, package, way in PUBLIC:
            tell(f"{name}: {len(public)}")
            began = time.perf_counter()
            yield _row(name, package, public, _each(way, place, at_home, files), began, mark)
        for name, package, way in OFFICIAL:
            tell(f"{name}: {len(points)}")
            began = time.perf_counter()
            found = _each(way, place, results, _with_hostile(files, NOTEBOOK, mark))
            yield _row(name, package, points, found, began, mark)
        tell(f"nbgrader autograde and export: {len(points)}")
        began = time.perf_counter()
        found = ways.nbgrader(place, _with_hostile(files, f"{NAME}.ipynb", mark))
        yield _row("nbgrader autograde, export", "nbgrader", points, found, began, mark)


def _verdicts(result: Result) -> set[Verdict]:
    return {check.verdict for task in result.grade.tasks for check in task.checks}


def _public(result: Result) -> Points:
    return public_points((task.points, task.checks) for task in result.grade.tasks)


def _each(
    way: Way, place: Place, results: Mapping[str, Result], files: Mapping[str, Files]
) -> dict[str, Points]:
    """Put students through a front end, as many at once as there are cores."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        done = threads.map(lambda who: way(place, results[who], files[who]), results)
        return dict(zip(results, done, strict=True))


def _with_hostile(files: Mapping[str, Files], notebook: str, mark: Path) -> dict[str, Files]:
    bad = hostile(notebook, mark)
    return {
        who: {**(bad if i % NTH_HOSTILE == 0 else {}), **own} for i, (who, own) in enumerate(files.items())
    }


def _row(
    name: str,
    package: str,
    right: Mapping[str, Points],
    found: Mapping[str, Points],
    began: float,
    mark: Path,
) -> ParityRow:
    differing = tuple(who for who in right if found[who] != right[who])
    each = round((time.perf_counter() - began) / max(1, len(right)), 1)
    equal = not differing and not mark.exists()
    return ParityRow(name, version(package), len(right), equal, each, differing)
