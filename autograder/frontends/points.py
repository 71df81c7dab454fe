"""What a notebook's cell calls for a task: the public checks on the student's own machine, as practice.

They run as `autograder check` runs them, in a process of their own: the files count as they are saved.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..errors import UserError
from ..records import CheckResult, TaskResult, Verdict
from ..spec import SPEC_FILE, load_assignment
from .rows import Row, task_rows


class _Practised(msgspec.Struct):
    id: str
    checks: tuple[CheckResult, ...]


class Answer(msgspec.Struct):
    """What `autograder check --json` prints, as far as it is needed."""

    tasks: list[_Practised]


def ask(command: list[str], cwd: Path, env: dict[str, str] | None, timeout_s: float | None) -> Answer:
    """Run `autograder check`; raises SubprocessError, or DecodeError when no answer comes."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "check", *command, "--json"],
        cwd=cwd, env=env, capture_output=True, timeout=timeout_s, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines() or [done.stderr[-500:]]
    return msgspec.json.decode(lines[-1], type=Answer)


@contextmanager
def course_around(folder: Path) -> Iterator[Path]:
    """Yield the root of a course that holds a copy of one released assignment and no more."""
    with tempfile.TemporaryDirectory(prefix="autograder-") as tree:
        copy = Path(tree, "assignments", folder.name)
        shutil.copytree(folder, copy)
        (copy.parent / "__init__.py").touch()
        Path(tree, "autograder").mkdir()  # marks a course's repository; the engine is imported from elsewhere
        yield Path(tree)


def practised(task: str) -> None:
    """Raise an AssertionError that says which public checks fail; UserError when none could run."""
    failing = [row for row in _rows(task, _checks(task)) if row.verdict is not Verdict.PASS]
    if failing:
        raise AssertionError("\n\n".join(f"{row.verdict}: {row.title}\n{row.text}" for row in failing))


def points(task: str) -> float:
    """Say what the public checks find, and return what the task would earn by them alone."""
    from ..judging.score import earned  # loads torch, as practised() need not

    checks = _checks(task)
    sys.stdout.write(lines(_rows(task, checks)))
    return earned(load_assignment(Path.cwd()).task(task).points, checks)


def lines(rows: list[Row]) -> str:
    """Return rows as text, what helps below the checks that did not pass."""
    texts = (f"{row.verdict:4} {row.title}\n{row.text}".rstrip().replace("\n", "\n     ") for row in rows)
    return "".join(f"{text}\n" for text in texts)


def _checks(task: str) -> tuple[CheckResult, ...]:
    here = Path.cwd()
    if not (here / SPEC_FILE).is_file():
        raise UserError(f"{here} is no assignment's folder: keep the notebook where it was")
    with course_around(here) as tree:
        try:
            (found,) = ask([here.name, task], tree, _importing_ours(), None).tasks
        except msgspec.DecodeError:
            raise UserError(f"the checks did not run: try `autograder check {here.name} {task}`") from None
    return found.checks


def _importing_ours() -> dict[str, str]:
    """Return an environment in which the engine that runs here is imported."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def _rows(task: str, checks: tuple[CheckResult, ...]) -> list[Row]:
    return task_rows(TaskResult(task, "", "", 0.0, 0.0, checks))
