"""Checks again whenever a file is saved; torch stays loaded, so the answer comes within a second."""

from __future__ import annotations

from pathlib import Path

from watchfiles import DefaultFilter
from watchfiles import watch as changes_in

from .errors import UserError
from .practice import Practice
from .show import console, tables


class _Sources(DefaultFilter):
    """Python files other than the checks."""

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith(".py") and super().__call__(change, path)  # type: ignore[arg-type]


def watch(folder: Path) -> None:
    """Check all tasks, then after each save those that it concerns, until Ctrl-C."""
    with Practice(folder) as practice:
        show(practice, None)
        console.out.print(
            "[dim]watching; save a file to check again, Ctrl-C ends; `autograder check` measures[/dim]"
        )
        for changes in changes_in(folder, watch_filter=_Sources(), debounce=100, step=20):
            show(practice, practice.concerned({Path(path).name for _, path in changes}))


def show(practice: Practice, tasks: set[str] | None) -> None:
    """Run and print; a mistake in the checks themselves ends nothing."""
    try:
        found = practice.run(tasks, measure=False)
        console.show(tables.practice_table(practice.assignment, found, details=False))
        console.show(tables.notice_lines(practice.notices))
    except UserError as problem:
        console.out.print(str(problem), markup=False)
