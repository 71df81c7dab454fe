"""Names a mistake: repeats a task's calls on its known wrong answers and looks for the same results."""

from __future__ import annotations

import functools
import itertools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from ..calls import wire
from ..calls.undertest import Call
from ..calls.wire import Request
from ..records import Verdict
from ..sources.variants import Wrong, load_package, read_wrong, variant_sources
from ..spec import Assignment
from .evidence import again, evidence_of, same, says_little, size_of
from .naming import sentences
from .trial import CheckRun

OUTCOMES_KEPT = 2000  # of repeated calls: the wrong answers of a task, each on the calls of its checks
BYTES_KEPT = 200_000_000  # of what they gave: a judge grows by no more, whatever was handed in

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def diagnose(assignment: Assignment, task: str, judged: Sequence[CheckRun]) -> dict[str, Wrong]:
    """Return for each failed check of a task the wrong answer that gives what its calls gave, if any does."""
    failed = {one.check.name: one for one in judged if one.outcome.verdict is Verdict.FAIL}
    if not failed:
        return {}
    passed = {
        one.check.name: one
        for one in judged
        if one.outcome.verdict is Verdict.PASS and not one.check.measured
    }
    evidence = {name: evidence_of(one) for name, one in (failed | passed).items()}
    known = {wrong.name: wrong for wrong in wrong_answers(assignment) if wrong.task == task}
    repeat = _Repeat(assignment)

    @functools.cache
    def finely(check: str) -> bool:
        """Say whether what a failed check got is the reference's but for rounding: then digits tell."""
        return check in failed and all(as_reference(check, place) for place in range(len(evidence[check])))

    @functools.cache
    def gives(name: str, check: str) -> bool:
        calls, wrong = evidence[check], known[name]
        alike = bool(calls) and all(same(call.outcome, repeat(wrong, call)) for call in calls)
        return alike and (
            not finely(check) or all(same(call.outcome, repeat(wrong, call), True) for call in calls)
        )

    def shows(name: str, check: str) -> bool | None:
        calls, wrong, alike, fine = evidence[check], known[name], gives(name, check), finely(check)
        if alike and check in failed:
            return True
        hidden = check in passed and not alike  # what is neither right nor this mistake may hide it
        visible = any(
            not repeat.like_reference(wrong, call, fine) and not (hidden and not as_reference(check, place))
            for place, call in enumerate(calls)
        )
        return alike if visible else None

    @functools.cache
    def as_reference(check: str, place: int) -> bool:
        call = evidence[check][place]
        return same(call.outcome, repeat(None, call))

    def telling(check: str) -> bool:
        return not all(map(says_little, (call.outcome for call in evidence[check])))

    likely = {
        name: wrong.says for name, wrong in known.items() if any(gives(name, check) for check in failed)
    }
    found = sentences(likely, [check for check in failed if evidence[check]], passed, shows, telling)
    return {check: known[name] for check, name in found.items()}


def remember(assignment: Assignment, wrong: Wrong, judged: Iterable[CheckRun]) -> None:
    """Keep what a wrong answer gave in these checks, so that `diagnose` need not ask it again."""
    repeat, package = _Repeat(assignment), _package(assignment, wrong)
    for call in itertools.chain.from_iterable(map(evidence_of, judged)):
        _outcomes.of((package, repeat.digest(call)), functools.partial(getattr, call, "outcome"))


class _Repeat:
    """Repeats calls on wrong answers, or on the reference (None); the same call once in many diagnoses."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._digests: dict[int, bytes] = {}

    def __call__(self, wrong: Wrong | None, call: Call) -> Any:
        package = _package(self._assignment, wrong) if wrong else self._assignment.package
        key = (package, self.digest(call))
        return _outcomes.of(key, lambda: again(package, call))

    def like_reference(self, wrong: Wrong, call: Call, fine: bool) -> bool:
        """Say whether a wrong answer and the reference give the same."""
        key = (_package(self._assignment, wrong), self.digest(call), fine)
        return _alike.of(key, lambda: same(self(None, call), self(wrong, call), fine))

    def digest(self, call: Call) -> bytes:
        """Return what is the same for calls that ask the same."""
        if id(call) not in self._digests:
            request = Request(0, call.target, call.args, call.kwargs, call.play)
            self._digests[id(call)] = wire.digest(request)
        return self._digests[id(call)]


class _Memory(Generic[Key, Value]):
    """Remembers what was found, up to so many things and bytes; the oldest is forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._held = 0

    def of(self, key: Key, find: Callable[[], Value]) -> Value:
        """Return what is known under a key, found now if need be."""
        if key in self._known:
            return self._known[key][0]
        value = find()
        self._known[key] = value, size_of(value)
        self._held += size_of(value)
        while len(self._known) > OUTCOMES_KEPT or self._held > BYTES_KEPT:
            self._held -= self._known.popitem(last=False)[1][1]
        return value


_outcomes: _Memory[tuple[str, bytes], Any] = _Memory()  # of repeated calls, by package and call
_alike: _Memory[tuple[str, bytes, bool], bool] = _Memory()  # a wrong answer's and the reference's


@functools.cache
def wrong_answers(assignment: Assignment) -> tuple[Wrong, ...]:
    """Return the assignment's wrong answers, read once per process."""
    return read_wrong(assignment)


@functools.cache
def _package(assignment: Assignment, wrong: Wrong) -> str:
    return load_package(assignment, variant_sources(assignment, wrong))
