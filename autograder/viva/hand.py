"""One hand-in with all that questions are made of, run when it is first asked for."""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..calls.undertest import Call
from ..judging.judge import Judge
from ..judging.trial import CheckRun
from ..proving.operators import changes
from ..records import Verdict, Visibility
from ..seeds import Seed
from ..sources.edits import edited, edits
from ..spec import Task
from .changes import Change
from .kinds import Row, Table
from .running import Runner
from .words import arguments, is_plain
from .written import Part, Written

DELETED = "deleted"  # the operator that drops a statement
EDITS = 8  # that are run for one function
CALLS = 6  # of one function that each edit is run on
TRIED = 60  # edits that are made for these: some give what another gave


@dataclass
class Hand:
    """What was handed in, what the student wrote of it, and what the public checks asked of it."""

    judge: Judge
    files: Mapping[str, bytes]
    own: Written
    seed: Seed

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed.n)
        self.runner = Runner(self.judge, self.files)
        checks = self.judge.session.checks
        public = {one.name for one in checks if one.visibility is Visibility.PUBLIC and not one.measured}
        self.runs: list[CheckRun] = self.judge.judge(dict(self.files), self.seed, frozenset(public))
        self._tables: dict[str, list[Table]] = {}

    def tables(self, task: Task) -> list[Table]:
        """Return the tables of a task's functions that public checks call."""
        if task.id not in self._tables:
            found = (self._table(task, name) for name in task.functions)
            self._tables[task.id] = [table for table in found if table]
        return self._tables[task.id]

    def parts(self, task: Task) -> list[Part]:
        """Return what the student wrote for a task: functions, methods, and what these mention."""
        own = [
            part.name
            for part in self.own.parts
            if part.file == task.file and {part.name, part.name.split(".")[0]} & set(task.functions)
        ]
        return list(dict.fromkeys(part for name in own for part in self.own.reached(name)))

    def changes(self, parts: Sequence[Part], most: int) -> list[Change]:
        """Return some edits of some parts, no two the same, every second one a deletion.

        A `return` is never deleted: what happens then asks for no understanding.
        """
        possible = [
            (part, edit)
            for part in parts
            for edit in edits(part.tree, [part.region], changes)
            if not (edit.operator == DELETED and isinstance(edit.node, ast.Return))
        ]
        self.rng.shuffle(possible)
        deletions = [one for one in possible if one[1].operator == DELETED]
        others = [one for one in possible if one[1].operator != DELETED]
        mixed = [one for pair in itertools.zip_longest(deletions, others) for one in pair if one]
        found: dict[str, Change] = {}
        for part, edit in mixed[:TRIED]:
            made = edited(part.source, edit)
            if made.source != part.source and len(found) < most:
                found.setdefault(made.source, Change(part, made, edit.operator == DELETED))
        return list(found.values())

    def _table(self, task: Task, function: str) -> Table | None:
        reached = self.own.reached(function)
        part = next((one for one in reached if (one.name, one.file) == (function, task.file)), None)
        if part is None:
            return None
        calls = self._calls(f"{task.file.removesuffix('.py')}.{function}", part)
        steady = self.runner.steady([call for call, _ in calls])
        kept = [
            (call, wanted, came)
            for (call, wanted), came in zip(calls, steady, strict=True)
            if came is not None and came.type != Verdict.NOT_IMPLEMENTED
        ]
        if not kept:
            return None
        asked, wanted, base = zip(*kept, strict=True)
        rows = [
            Row(change, self.runner.came(asked, change.replaced)) for change in self.changes(reached, EDITS)
        ]
        return Table(task, part, asked, base, wanted, rows)

    def _calls(self, target: str, part: Part) -> list[tuple[Call, bool]]:
        """Return calls that public checks made of a function, those first that a person can work out.

        Each with whether its check passed.
        """
        made = {
            str(arguments(call, part.node)): (call, run.outcome.verdict is Verdict.PASS)
            for run in self.runs
            for call in run.calls
            if call.target == target and not call.play
        }
        order = sorted(
            made, key=lambda text: (not is_plain((made[text][0].args, made[text][0].kwargs)), len(text))
        )
        return [made[text] for text in order[:CALLS]]
