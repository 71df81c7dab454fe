"""Measures how often the speed check errs: an honest copy failed, or a slow one passed, idle and under load.

The code under test does exactly `true ratio` times the yardstick's work, so what is right is known.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import torch

from ..errors import MachineFault
from ..judging.judge import Judge
from ..records import Verdict
from ..seeds import Seed
from ..spec import load_assignment

LIMIT = 1.5
CALL_MS = (0.5, 2.0, 10.0, 50.0)
RATIOS = (0.6, 1.0, 1.2, 2.0, 4.5)  # 0.4 to 3 times the limit
CLEAR_MS = 2.0  # from this size on, a slow answer must be caught
MISSED = 1 / 400
CELLS = len(CALL_MS) * len(RATIOS) * 2  # idle and loaded
FILES = {
    "assignment.toml": f"""\
title = "Speed"
lecture = "0"

[[tasks]]
id = "burn"
number = "1"
title = "Work"
file = "idea.py"
points = 100
difficulty = 1
minutes = 1
speed = {{ limit = {LIMIT}, naive = 2 }}
""",
    "__init__.py": "",
    "tests/__init__.py": "",
    "hidden/__init__.py": "",
    "idea.py": """\
def burn(x, times):
    # BEGIN SOLUTION
    for _ in range(round(times * RATIO)):
        x = x * 1.0000001
    # END SOLUTION
    return x
""",
    "plays.py": """\
def burn(code, x, times):
    for _ in range(times):
        x = x * 1.0000001
    return x
""",
    "tests/test_speed.py": """\
from autograder.checks import close, task

from .. import plays

@task("burn")
def test_NAME(speed):
    \"\"\"Work\"\"\"
    case = lambda seed: (1 + seed.uniform(64, 64), TIMES)
    right = lambda value, _, args: close(value, args[0], rtol=0.1)
    speed("idea.burn", plays.burn, case, right)
""",
}


class Cell(msgspec.Struct, frozen=True):
    """So many gradings of one call size, load and true ratio, and how many of them were wrong."""

    call_ms: float
    load: str  # "idle" or "loaded": every core has other work
    true_ratio: float
    n: int
    false_fail: int
    missed: int
    pairs: float  # mean of a grading

    @property
    def ok(self) -> bool:
        """Say whether the target is met: no honest copy fails, and slow ones are caught from 2 ms up."""
        return not self.false_fail and (self.missed <= MISSED * self.n or self.call_ms < CLEAR_MS)


def bench_speed(gradings: int, step: Callable[[], object] = lambda: None) -> list[Cell]:
    """Grade all combinations of call size, load and true ratio so many times each."""
    cells = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        judges = [stack.enter_context(open_judge(Path(folder), i, ms)) for i, ms in enumerate(CALL_MS)]
        for load in ("idle", "loaded"):
            with _other_work() if load == "loaded" else ExitStack():
                for judge, call_ms in zip(judges, CALL_MS, strict=True):
                    for ratio in RATIOS:
                        cells.append(_cell(judge, call_ms, load, ratio, gradings))
                        step()
    return cells


def _cell(judge: Judge, call_ms: float, load: str, ratio: float, gradings: int) -> Cell:
    idea = FILES["idea.py"].replace("RATIO", str(ratio)).encode()
    verdicts, pairs = [], 0
    for i in range(gradings):
        (judged,) = judge.judge({"idea.py": idea}, Seed(i))
        verdicts.append(judged.outcome.verdict)
        pairs += judged.measured.pairs if judged.measured else 0
    if set(verdicts) - {Verdict.PASS, Verdict.SLOW}:
        raise MachineFault(f"a speed check ended in {set(verdicts)}")
    slow = verdicts.count(Verdict.SLOW)
    honest = ratio <= LIMIT
    return Cell(
        call_ms, load, ratio, gradings,
        false_fail=slow if honest else 0,
        missed=0 if honest else gradings - slow,
        pairs=round(pairs / gradings, 1),
    )  # fmt: skip


@contextmanager
def open_judge(folder: Path, number: int, call_ms: float) -> Iterator[Judge]:
    """Open a judge for an assignment whose yardstick takes this long."""
    home = folder / f"speed{number}" / "a00_speed"
    names = {"TIMES": str(max(1, round(call_ms / 1e3 / _product_s()))), "NAME": f"{number}", "RATIO": "1"}
    for path, text in FILES.items():
        for word, value in names.items():
            text = text.replace(word, value)
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text)
    (home.parent / "__init__.py").touch()
    assignment = load_assignment(home)
    with Judge(assignment) as judge:
        yield judge


def _product_s() -> float:
    """Return the seconds that one product of the yardstick takes here."""
    x, start = torch.ones(64, 64, dtype=torch.float64), time.process_time()
    for _ in range(2000):
        x = x * 1.0000001
    return (time.process_time() - start) / 2000


@contextmanager
def _other_work() -> Iterator[None]:
    """Keep every core busy with products of matrices that fill the caches."""
    code = "import torch; torch.set_num_threads(1); a = torch.randn(1500, 1500)\nwhile True: a @ a"
    cores = len(os.sched_getaffinity(0))
    busy = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(cores)]
    try:
        time.sleep(5)  # until torch is imported
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
