"""Runs calls of a hand-in, as it is or with one edit made, in locked workers, and says what came."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..calls.outcomes import CheckFailed, StudentError
from ..calls.undertest import Call, UnderTest
from ..calls.wire import Opaque
from ..errors import MachineFault, Stop
from ..isolation.handle import Worker
from ..judging.judge import Judge
from ..records import Verdict, Visibility
from ..text import one_line

APART = 1e-3  # of the largest value: from here on a person sees that two results differ
TOLD = 120  # characters of an exception's text
ENDED = {
    Verdict.TIMEOUT: "does not end: it was stopped after {limit:g} s of computing",
    Verdict.MEMORY: "runs out of memory",
    Verdict.CRASH: "ends the whole program",
}


@dataclass(frozen=True)
class Came:
    """What a call gave: a value, or how it ended without one."""

    value: Any = None
    ended: str = ""  # "raises IndexError: ...", which follows a function's name
    type: str = ""  # of the exception
    place: str = ""  # "forward.py, line 12", of its innermost line

    @property
    def usable(self) -> bool:
        """Say whether the result is data that can be compared."""
        return bool(self.ended) or not any(isinstance(one, Opaque) for one in _leaves(self.value))


NOT_RUN = Came(Opaque("nothing"))


@dataclass
class Runner:
    """Runs calls on one hand-in. After one that does not end, no others are run with the same edit."""

    judge: Judge
    files: Mapping[str, bytes]
    _names: Iterator[int] = field(default_factory=itertools.count)

    def came(self, calls: Sequence[Call], replaced: Mapping[str, bytes] | None = None) -> list[Came]:
        """Return what each call gives, one after the other in one worker, with some files replaced."""
        name = f"viva{next(self._names)}"
        paths = self.judge.staging.stage(name, {**self.files, **(replaced or {})})
        worker: Worker | None = None
        found: list[Came] = []
        try:
            for call in calls:
                if worker is None or not worker.alive:
                    worker = self.judge.sandbox.start(self.judge.staging.package, paths[Visibility.PUBLIC])
                found.append(self._asked(worker, call))
                if found[-1].type == Verdict.TIMEOUT:
                    break
        finally:
            if worker:
                worker.kill()
            self.judge.staging.remove(name)
        return found + [NOT_RUN] * (len(calls) - len(found))

    def steady(self, calls: Sequence[Call]) -> list[Came | None]:
        """Return what each call gives where that hangs neither on chance nor on the calls before it."""
        first = self.came(calls)
        again = reversed(self.came(calls[::-1])) if Verdict.TIMEOUT not in [c.type for c in first] else first
        return [
            one if one.usable and compare(one, other) == "same" else None
            for one, other in zip(first, again, strict=True)
        ]

    def _asked(self, worker: Worker, call: Call) -> Came:
        code = UnderTest(worker.ask, lambda target: None)
        try:
            worker.import_first(call.target.partition(".")[0] + ".py")
            return Came(code.call(call.target, call.args, call.kwargs))
        except MachineFault:
            raise
        except StudentError as error:
            return _raised(error)
        except CheckFailed as problem:
            return Came(ended=f"is refused by the grader: {problem.message}", type="CheckFailed")
        except Stop as stop:
            limit = self.judge.sandbox.limits.calls.call_cpu_s
            ended = ENDED.get(stop.verdict, "is not written yet").format(limit=limit)
            return Came(ended=ended, type=stop.verdict)


def _raised(error: StudentError) -> Came:
    fault = error.fault
    last = fault.frames[-1] if fault.frames else None
    text = f": {one_line(fault.message, TOLD)}" if fault.message else ""
    place = f"{last.file}, line {last.line}" if last else ""
    return Came(ended=f"raises {fault.type}{text}", type=fault.type, place=place)


def compare(one: Came, other: Came) -> str:
    """Return "same", "differs" where a person sees it, or "unsure"."""
    if one.ended or other.ended:
        if one.ended == other.ended:
            return "same"
        return "unsure" if one.ended and other.ended else "differs"
    return _compared(one.value, other.value)


def _compared(a: Any, b: Any) -> str:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return "differs" if a.shape != b.shape or a.dtype != b.dtype else _arrays(a, b)
    if isinstance(a, float | int) and isinstance(b, float | int) and type(a) is type(b):
        return _arrays(
            torch.tensor(float(a), dtype=torch.float64), torch.tensor(float(b), dtype=torch.float64)
        )
    if type(a) is not type(b):
        return "differs"
    if isinstance(a, dict) and a.keys() == b.keys():
        return _worst(_compared(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and len(a) == len(b):
        return _worst(map(_compared, a, b))
    return "same" if a == b else "differs"


def _worst(found: Iterator[str]) -> str:
    words = set(found)
    return next((word for word in ("differs", "unsure") if word in words), "same")


def _arrays(a: Tensor, b: Tensor) -> str:
    if not (a.is_floating_point() or a.is_complex()):
        return "same" if torch.equal(a, b) else "differs"
    a, b = (torch.view_as_real(one).double() if one.is_complex() else one.double() for one in (a, b))
    equal, finite = (a == b) | (a.isnan() & b.isnan()), a.isfinite() & b.isfinite()
    if equal.all():
        return "same"
    if not equal[~finite].all():
        return "differs"
    scale = torch.maximum(a[finite].abs().max(), b[finite].abs().max())
    return "differs" if ((a - b)[finite].abs() > APART * scale).any() else "unsure"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
