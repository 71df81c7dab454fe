"""Names mistakes that nobody foresaw, once all verdicts are known, in the first tasks that failed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Protocol

import msgspec

from ..calls.undertest import Ask
from ..errors import MachineFault, Stop
from ..records import CheckResult, TaskResult, Verdict, Visibility
from ..spec import Assignment
from .budget import limited_time
from .copied import in_a_copy
from .located import located
from .score import BESIDES
from .slipped import slipped
from .telling import evidence
from .trial import CheckRun

OPEN = re.compile(r"stands where (a|another) \w+ belongs|there all is right")
WIDE = re.compile(r" \.\.\.` in line \d")
TASKS = 3  # of a submission, at most
MOST_S = 5.0  # of this process's CPU time for a task; usual are tenths of a second
Sentences = dict[str, str]  # of checks


class Looking(Protocol):
    """Looks into calls of a submission, in a worker for checks of one visibility."""

    def __call__(self, visibility: Visibility) -> AbstractContextManager[Ask]:
        """Start the worker, and end it."""


def with_unforeseen(
    assignment: Assignment,
    tasks: Sequence[TaskResult],
    judged: Sequence[CheckRun],
    files: Mapping[str, bytes],
    looking: Looking,
) -> tuple[TaskResult, ...]:
    """Return the tasks with sentences in the first few that failed and of which no mistake explains all.

    Which part of the student's own code is wrong is told before a slip of the reference that gives the same,
    for that may be another mistake; but not a part that is too wide to be quoted. It is told before a known
    mistake, too, that some failed checks alone show: one that mends all is the likelier cause.
    """
    unnamed = [task.id for task in tasks if _unexplained(task)][:TASKS]
    looks = True  # until a worker dies or hangs at it: that could be repeated for each task

    def named(task: TaskResult) -> TaskResult:
        nonlocal looks
        if task.id not in unnamed:
            return task
        mine = [one for one in judged if one.check.task == task.id]
        source = files.get(assignment.task(task.id).file, b"").decode("utf-8", "replace")
        own: Sentences = {}
        if looks:
            try:
                own = in_own_code(assignment, task.id, mine, source, looking)
            except (Stop, MachineFault):
                looks = False
        wide = not own or any(map(WIDE.search, own.values()))
        if wide and any(check.diagnosis for check in task.checks):
            return task
        found = own
        if wide:
            slip = in_a_copy(partial(slipped, assignment, task.id, mine), MOST_S)
            found = own if own and any(map(OPEN.search, slip.values())) else slip or own
        return msgspec.structs.replace(task, checks=tuple(_with(check, found) for check in task.checks))

    return tuple(map(named, tasks))


def in_own_code(
    assignment: Assignment, task: str, judged: Sequence[CheckRun], source: str, looking: Looking
) -> Sentences:
    """Return for each failed check of a task which part of the student's code is wrong.

    Public checks are asked first, and what hidden ones show stands under these alone: their calls are not
    the students' to see. Raises Stop when the worker misbehaves, and MachineFault when it takes too long.
    """
    for visibility in Visibility:
        seen = [one for one in judged if one.check.visibility is visibility]
        with suppress(Exception):  # a worker may tell anything, and no sentence is worth a grade
            if found := evidence(assignment.package, seen):
                with limited_time(MOST_S), looking(visibility) as ask:
                    says = located(assignment, task, found, source, ask)
                if says:
                    return dict.fromkeys(found.checks, says)
    return {}


def _unexplained(task: TaskResult) -> bool:
    failed = any(check.verdict is Verdict.FAIL for check in task.checks)
    says = [check.diagnosis for check in task.checks if check.diagnosis]
    return failed and (not says or any(BESIDES in one for one in says))


def _with(check: CheckResult, found: Sentences) -> CheckResult:
    """Return a check with its sentence; its hint stays where that is open, and that of a hidden check."""
    if not (says := found.get(check.name)):
        return check
    stays = check.visibility is Visibility.HIDDEN or OPEN.search(says)
    return msgspec.structs.replace(check, hint=check.hint if stays else "", diagnosis=says, read="")
