"""Runs labs on a pretend GPU: their cells as a person's script with a GPU, all code that they call as ever.

What the cells make is on the GPU. The answers, what is given beside them and `common/` must follow it there.
The labs are shortened: what they learn, and whether Otter's checks pass, says nothing then, and is not asked.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir, nullcontext, redirect_stdout
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType, SimpleNamespace

import common

from ..calls.ontwin import note
from ..errors import UserError
from ..spec import Assignment, SpecError
from ..text import one_line
from ..twin.device import on_twin
from ..twin.found import Log, place
from .notebook import SOURCE

TWIN = "twin"  # the pretended device; on the "cpu" a lab is run to tell what the other one changes
SHORT = "short_labs.toml"  # beside the assignments: of each, text of its lab = "what stands there instead"
LETTERS = 400  # of what an exception says


@dataclass(frozen=True)
class Tried:
    """How a shortened lab does on a device."""

    lab: str
    device: str
    told: tuple[str, ...]  # what would fail on a GPU, in sentences
    stops: str  #            another exception that ended it, with its line
    seconds: float  #        of a processor

    @property
    def holds(self) -> bool:
        """Say whether it came to its end, and nothing would fail."""
        return not (self.told or self.stops)


def try_labs(assignments: Sequence[Assignment], device: str, done: Callable[[], None]) -> list[Tried]:
    """Run shortened labs side by side, each in a process of its own; `done` is called after each."""
    sources = [shortened(assignment) for assignment in assignments]
    jobs, found = min(len(assignments), os.cpu_count() or 1), []
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        for one in pool.map(partial(try_lab, device=device), assignments, sources):
            found.append(one)
            done()
    return found


def shortened(assignment: Assignment) -> str:
    """Return a lab's code, with what takes time cut; raises UserError where there is none, or what to cut."""
    path = assignment.folder / SOURCE
    if not path.is_file():
        raise UserError(f"{assignment.name} has no {SOURCE}")
    source = path.read_text(encoding="utf-8")
    file = assignment.folder.with_name(SHORT)
    edits = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for old, new in edits.get(assignment.name, {}).items():
        if old not in source:
            raise SpecError(f"{SHORT}: {assignment.name}/{SOURCE} has no {old!r}; write what it has now")
        source = source.replace(old, new)
    return source


def try_lab(assignment: Assignment, source: str, device: str = TWIN) -> Tried:
    """Run a lab's code in this process, of which it takes hold, on the answers in the assignment's folder."""
    file, began, log, stops = assignment.folder / SOURCE, time.process_time(), Log(), ""
    cells = ModuleType(assignment.name)
    cells.__dict__["display"] = lambda *shown: None
    sys.modules |= {cells.__name__: cells, "assignments": _package(file.parents[1]), "otter": _otter()}
    around = on_twin(file.parent, log, Path(common.__file__).parent) if device == TWIN else nullcontext()
    with tempfile.TemporaryDirectory() as here, chdir(here), redirect_stdout(io.StringIO()):
        try:
            with warnings.catch_warnings(action="ignore"), around:
                exec(compile(source, file, "exec"), cells.__dict__)
        except Exception as error:
            note(error, log)
            stops = "" if log.told else _last_words(error, file)
    return Tried(assignment.name, device, tuple(log.told), stops, round(time.process_time() - began, 1))


def _last_words(error: Exception, file: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == str(file)]
    said = one_line(f"{type(error).__name__}: {error}", LETTERS)
    return f"{place(file.name, lines[-1])}: {said}" if lines else said


def _package(home: Path) -> ModuleType:
    """Return what the cells import as `assignments`: the folder in which the answers are."""
    package = ModuleType("assignments")
    package.__path__ = [str(home)]
    return package


def _otter() -> ModuleType:
    """Return what stands for Otter: its checks ask what a lab learnt."""
    otter = ModuleType("otter")
    otter.__dict__["Notebook"] = lambda *args, **kwargs: SimpleNamespace(check=lambda question: None)
    return otter
