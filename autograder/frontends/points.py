"""What a notebook's cell calls for a task: the public checks on the student's own machine, as practice.

They run as `autograder check` runs them, in a process of their own: the files count as they are saved.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from ..errors import UserError
from ..records import CheckResult, TaskResult, Verdict
from ..spec import SPEC_FILE
from .rows import task_rows


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


def practised(task: str) -> None:
    """Raise an AssertionError that says which public checks fail; UserError when none could run."""
    here = Path.cwd()
    if not (here / SPEC_FILE).is_file():
        raise UserError(f"{here} is no assignment's folder: keep the notebook where it was")
    try:
        (found,) = ask([here.name, task], here, None, None).tasks
    except msgspec.DecodeError:
        raise UserError(f"the checks did not run: try `autograder check {here.name} {task}`") from None
    rows = task_rows(TaskResult(task, "", "", 0.0, 0.0, found.checks))
    failing = [row for row in rows if row.verdict is not Verdict.PASS]
    if failing:
        raise AssertionError("\n\n".join(f"{row.verdict}: {row.title}\n{row.text}" for row in failing))
