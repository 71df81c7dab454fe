"""Names a mistake: repeats a task's calls on its known wrong answers and looks for the same results."""

from __future__ import annotations

import functools
import itertools
import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from ..calls import wire
from ..calls.outcomes import StudentError
from ..calls.undertest import Call, UnderTest, ask_here
from ..calls.wire import Opaque, Request
from ..errors import Stop
from ..records import Verdict
from ..sources.variants import Wrong, load_package, read_wrong, variant_sources
from ..spec import Assignment
from .fingerprint import GROUPS, TOLERANCES
from .naming import sentences
from .trial import CheckRun

FINE = 1e-12  # of the largest value: what the same code may differ by
CALLS = 200  # of one check that are compared; a drawn check makes many
OUTCOMES_KEPT = 2000  # of repeated calls: the wrong answers of a task, each on the calls of its checks
BYTES_KEPT = 200_000_000  # of what they gave: a judge grows by no more, whatever was handed in
LARGE = 4_000_000  # bytes of what one check's calls were given and gave: more is not kept, nor repeated

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
    evidence = {name: _evidence(one) for name, one in (failed | passed).items()}
    known = {wrong.name: wrong for wrong in wrong_answers(assignment) if wrong.task == task}
    repeat = _Repeat(assignment)

    @functools.cache
    def finely(check: str) -> bool:
        """Say whether what a failed check got is the reference's but for rounding: then digits tell."""
        return check in failed and all(as_reference(check, place) for place in range(len(evidence[check])))

    @functools.cache
    def gives(name: str, check: str) -> bool:
        calls, wrong = evidence[check], known[name]
        same = bool(calls) and all(_same(call.outcome, repeat(wrong, call)) for call in calls)
        return same and (
            not finely(check) or all(_same(call.outcome, repeat(wrong, call), True) for call in calls)
        )

    def shows(name: str, check: str) -> bool | None:
        calls, wrong, same, fine = evidence[check], known[name], gives(name, check), finely(check)
        if same and check in failed:
            return True
        hidden = check in passed and not same  # what is neither right nor this mistake may hide it
        visible = any(
            not repeat.like_reference(wrong, call, fine) and not (hidden and not as_reference(check, place))
            for place, call in enumerate(calls)
        )
        return same if visible else None

    @functools.cache
    def as_reference(check: str, place: int) -> bool:
        call = evidence[check][place]
        return _same(call.outcome, repeat(None, call))

    def telling(check: str) -> bool:
        return not all(map(_says_little, (call.outcome for call in evidence[check])))

    likely = {
        name: wrong.says for name, wrong in known.items() if any(gives(name, check) for check in failed)
    }
    found = sentences(likely, failed, passed, shows, telling)
    return {check: known[name] for check, name in found.items()}


def remember(assignment: Assignment, wrong: Wrong, judged: Iterable[CheckRun]) -> None:
    """Keep what a wrong answer gave in these checks, so that `diagnose` need not ask it again."""
    repeat, package = _Repeat(assignment), _package(assignment, wrong)
    for call in itertools.chain.from_iterable(map(_evidence, judged)):
        _outcomes.of((package, repeat.digest(call)), functools.partial(getattr, call, "outcome"))


def _evidence(judged: CheckRun) -> list[Call]:
    """Return the calls of a check that can be repeated; none of one that a call ended, or of large ones."""
    calls = [call for call in judged.calls if call.outcome is not None][:CALLS]
    if any(isinstance(call.outcome, Stop) for call in calls):
        return []
    return calls if sum(_bytes([c.args, c.kwargs, c.outcome]) for c in calls) <= LARGE else []


def _says_little(outcome: Any) -> bool:
    """Say whether many mistakes end so: in an exception, or in zeros alone."""
    return isinstance(outcome, StudentError) or (isinstance(outcome, Tensor) and not outcome.any())


def _bytes(value: Any) -> int:
    """Return how much the tensors in a structure hold."""
    if isinstance(value, Tensor):
        return value.nbytes
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    return sum(map(_bytes, value)) if isinstance(value, tuple | list) else 0


class _Repeat:
    """Repeats calls on wrong answers, or on the reference (None); the same call once in many diagnoses."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._digests: dict[int, bytes] = {}

    def __call__(self, wrong: Wrong | None, call: Call) -> Any:
        package = _package(self._assignment, wrong) if wrong else self._assignment.package
        key = (package, self.digest(call))
        return _outcomes.of(key, lambda: _again(package, call))

    def like_reference(self, wrong: Wrong, call: Call, fine: bool) -> bool:
        """Say whether a wrong answer and the reference give the same."""
        key = (_package(self._assignment, wrong), self.digest(call), fine)
        return _alike.of(key, lambda: _same(self(None, call), self(wrong, call), fine))

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
        self._known[key] = value, _bytes(value)
        self._held += _bytes(value)
        while len(self._known) > OUTCOMES_KEPT or self._held > BYTES_KEPT:
            self._held -= self._known.popitem(last=False)[1][1]
        return value


_outcomes: _Memory[tuple[str, bytes], Any] = _Memory()  # of repeated calls, by package and call
_alike: _Memory[tuple[str, bytes, bool], bool] = _Memory()  # a wrong answer's and the reference's


def _again(package: str, call: Call) -> Any:
    """Repeat a call on a package that is imported here."""
    code = UnderTest(ask_here(package), lambda target: None)
    try:
        return code.call(call.target, call.args, call.kwargs, play=call.play)
    except (Stop, StudentError) as error:
        return error


@functools.cache
def wrong_answers(assignment: Assignment) -> tuple[Wrong, ...]:
    """Return the assignment's wrong answers, read once per process."""
    return read_wrong(assignment)


@functools.cache
def _package(assignment: Assignment, wrong: Wrong) -> str:
    return load_package(assignment, variant_sources(assignment, wrong))


def _same(a: Any, b: Any, fine: bool = False) -> bool:
    """Say whether two outcomes of a call are the same but for rounding; here NaN equals NaN."""
    alike = functools.partial(_same, fine=fine)
    if isinstance(a, StudentError) or isinstance(b, StudentError):
        return isinstance(a, StudentError) and isinstance(b, StudentError) and a.fault.type == b.fault.type
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and a.dtype == b.dtype and _same_numbers(a, b, fine)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=FINE if fine else TOLERANCES[0]) or (
            math.isnan(a) and math.isnan(b)
        )
    return type(a) is type(b) and not isinstance(a, Opaque) and bool(a == b)


def _same_numbers(a: Tensor, b: Tensor, fine: bool) -> bool:
    rtol, tolerance = (FINE, FINE) if fine else (TOLERANCES[0], TOLERANCES[GROUPS.get(a.dtype, 0)])
    if torch.equal(a, b):
        return True
    wide = torch.complex128 if a.is_complex() else torch.float64
    x, y = (value.detach().to(wide).resolve_conj().resolve_neg().numpy() for value in (a, b))
    with np.errstate(invalid="ignore", over="ignore"):
        farthest, scale = np.abs(x - y).max(), np.abs(y).max()
        if farthest > (rtol + tolerance) * scale:  # False where something is not finite
            return False
        scale = np.abs(y[np.isfinite(y)]).max(initial=0.0)
    return np.allclose(x, y, rtol=rtol, atol=tolerance * scale, equal_nan=True)
