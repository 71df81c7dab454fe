"""Adversaries that rewrite whatever a worker reports, and the proof that this earns nothing.

Whoever works nothing out, and whoever gives a wrong answer of the catalogue, may report something else than
came: values, weights, recorded calls. Each check may be met by another rewriting. None may pass that did not
before, unless by *side conditions*: arguments that were left alone, and truth values. Those are told by the
worker and nobody else, so they are advice, and may weigh only a part of a task. Gates are coarse, and are
only there to be opened.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..calls.undertest import ask_here
from ..calls.wire import Reply, Request, digest
from ..judging.plugin import Check
from ..judging.trial import InProcess, run_check
from ..records import Verdict
from ..sources.variants import Wrong, read_wrong
from ..spec import Task
from .forging import Rewriting, blind, cloned, filled, noise, partial, parts_of, settled
from .harness import FIRST, Harness, Tried, imported
from .verified import Adversaries

Rule = Callable[[Any, Any, Sequence[Any]], Any]  # what came, what the reference gives, the arguments
WRONGS = 2  # answers of a task that are reported otherwise: the first ones, for each costs a second
ADVICE = 0.25  # of a task's weight may hang on side conditions


class Replies:
    """What a package answers; asked once for each request, for adversaries meet the same ones many times."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._ask = ask_here(package)
        self._known: dict[bytes, Reply] = {}

    def __call__(self, request: Request) -> Reply:
        """Return a copy of the reply."""
        key = digest(request)
        if key not in self._known:
            self._known[key] = self._ask(request)
        known = self._known[key]
        return Reply(request.id, filled(known.value, cloned, ()), known.fault)


class Forged(InProcess):
    """Judges a package whose replies are rewritten on their way to the check: of plays, or of every call."""

    def __init__(self, came: Replies, right: Replies, rule: Rule, every: bool = False) -> None:
        super().__init__(came.package, FIRST, right.package)

        def ask(request: Request) -> Reply:
            reply = came(request)
            if reply.fault and every:  # whoever works nothing out refuses nothing either
                return Reply(reply.id)
            if reply.fault or not (request.play or every):
                return reply
            expected = reply if came is right else right(request)
            given = leaves([request.args, request.kwargs])
            return Reply(reply.id, rule(reply.value, expected.value, given))

        self.ask = ask


def adversaries_earn_nothing(harness: Harness) -> Adversaries:
    """Let every task be met by whoever works nothing out, and by whoever reports a wrong answer otherwise."""
    search = _Search(harness)
    wrong: dict[str, Wrong] = {}
    for task in harness.tasks:
        own = [one for one in read_wrong(harness.assignment) if one.task == task.id]
        wrong |= {one.name: one for one in own[:WRONGS]}
    earning = sum(_by_nothing(search, task) for task in harness.tasks)
    earning += sum(_by_wrong(search, wrong[one.what], one) for one in harness.tried if one.what in wrong)
    advice = _weigh_advice(search)
    return Adversaries(search.tried, earning, advice)


@dataclass
class _Search:
    """Looks for rewritings that pass, and remembers what does not depend on an answer."""

    harness: Harness
    tried: int = 0

    def __post_init__(self) -> None:
        self.right = Replies(self.harness.assignment.package)
        judged = {one.check: one for one in self.harness.tried[0].judged}  # of the reference
        calls = {check: [call.outcome for call in one.calls if call.play] for check, one in judged.items()}
        self.parts = {check: max(len(parts_of(one)) for one in came) for check, came in calls.items() if came}
        self._blind: dict[tuple[Check, bool], list[Rewriting]] = {}
        self._advice: dict[Check, bool] = {}

    def passes(self, check: Check, came: Replies, rule: Rule, every: bool = False) -> bool:
        """Say whether a check passes when a package's replies are rewritten."""
        self.tried += 1
        trial = Forged(came, self.right, rule, every)
        return run_check(self.harness.session, check, trial).outcome.verdict is Verdict.PASS

    def is_advice(self, check: Check) -> bool:
        """Say whether side conditions are all that a check's plays are asked for."""
        if check not in self._advice:
            plays = check in self.parts
            self._advice[check] = plays and self.passes(check, self.right, nothing_but_side_conditions)
        return self._advice[check]

    def blindly(self, check: Check, every: bool) -> list[Rewriting]:
        """Return the first rewriting that passes though nothing of the right reply is left, if any does."""
        if (check, every) not in self._blind:
            ways = blind(self.parts.get(check, 1))
            found = (one for one in ways if self.passes(check, self.right, by(one), every))
            self._blind[check, every] = list(itertools.islice(found, 1))
        return self._blind[check, every]

    def repaired(self, check: Check, came: Replies) -> Rewriting | None:
        """Return the rewriting of an answer's plays with which a check passes, if any."""
        ways = [*self.blindly(check, False), *partial(self.parts[check])]
        return next((one for one in ways if self.passes(check, came, by(one))), None)


def _by_nothing(search: _Search, task: Task) -> bool:
    """Say whether somebody who works nothing out gets a task's checks passed, gates first."""
    own = search.harness.of_task(task)
    if not all(search.blindly(check, True) for check in own if check.gate):
        return False
    others = [check for check in own if check in search.parts and not check.gate]
    others = [check for check in others if not search.is_advice(check)]
    passed = {check: found[0] for check in others if (found := search.blindly(check, True))}
    if passed:
        _tell(search, task, "who works nothing out", passed)
    return bool(passed)


def _by_wrong(search: _Search, wrong: Wrong, tried: Tried) -> bool:
    """Say whether a wrong answer earns more when what its plays report is rewritten."""
    task = search.harness.assignment.task(wrong.task)
    own = [one for one in tried.judged if one.check.task == task.id]
    refused = [one for one in own if one.outcome.verdict is not Verdict.PASS]
    passed: dict[Check, Rewriting] = {}
    with imported(search.harness.assignment, tried.sources) as package:
        came = Replies(package)
        for one in sorted(refused, key=lambda one: not one.check.gate):
            check = one.check
            if check not in search.parts or search.passes(check, came, settled):
                found = None  # a value is wrong that is called for directly, or advice is not taken
            else:
                found = search.repaired(check, came)
            if check.gate and not found:
                return False
            if found and not check.gate:
                passed[check] = found
    if passed:
        _tell(search, task, wrong.name, passed)
    return bool(passed)


def _tell(search: _Search, task: Task, who: str, passed: Mapping[Check, Rewriting]) -> None:
    check, how = next(iter(passed.items()))
    more = f", and {len(passed) - 1} more checks pass" if len(passed) > 1 else ""
    search.harness.problems.append(
        f"task {task.id!r}: {check.name} lets {who} pass that reports {how}{more}; "
        "expect what the judge works out, and of that what is neither 0 nor an argument again"
    )


def _weigh_advice(search: _Search) -> int:
    """Count the checks that ask for side conditions only, and tell of each task that hangs on them."""
    every = [check for check in search.harness.checks if search.is_advice(check)]
    for task in search.harness.tasks:
        weights = [(check.weight, check in every) for check in search.harness.of_task(task)]
        share = sum(weight for weight, advice in weights if advice) / sum(weight for weight, _ in weights)
        if share > ADVICE:
            search.harness.problems.append(
                f"task {task.id!r}: {share:.0%} of its weight asks for side conditions only, which a worker "
                f"can report as it likes; {ADVICE:.0%} are the most"
            )
    return len(every)


def by(chosen: Rewriting) -> Rule:
    """Return the rule of one rewriting."""
    return lambda value, right, given: chosen.of(value, given)


def nothing_but_side_conditions(value: Any, right: Any, given: Sequence[Any]) -> Any:
    """Report noise, but arguments as they were and the truth values that are expected."""
    return settled(Rewriting(noise).of(value, given), right, given)


def leaves(value: Any) -> list[Any]:
    """Return the numbers, tensors and words in a structure."""
    if not isinstance(value, dict | tuple | list):
        return [value]
    items = value.values() if isinstance(value, dict) else value
    return [leaf for item in items for leaf in leaves(item)]
