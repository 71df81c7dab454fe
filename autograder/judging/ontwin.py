"""Runs a task's checks once more on a pretend GPU: nobody writes a check for it, and it costs no points."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

from ..calls.ontwin import ON_TWIN, SENTENCES, ask_on_twin
from ..calls.undertest import Ask, Call
from ..calls.wire import Request
from ..errors import MachineFault, Stop
from ..records import OnGpu, Verdict, Visibility
from ..seeds import Seed
from ..text import one_line
from ..twin.found import Log
from .plugin import Check
from .session import Session
from .trial import CheckRun, InProcess, run_check

if TYPE_CHECKING:  # on Windows there is no sandbox to import
    from ..isolation.handle import Worker

LETTERS = 400  # of a worker's sentence
Around = Callable[[Ask], Ask]  # what is put around the answering of requests, such as a limit of time


def on_gpu(
    session: Session,
    checks: Iterable[Check],
    package: str,
    seed: Seed,
    reference: str = "",
    around: Around = lambda ask: ask,
) -> dict[str, OnGpu]:
    """Return of each task what would fail on a GPU; `checks` pass on the CPU, and are not measured.

    The package is run as it is imported: one that no call has been made of shows what importing leaves.
    """
    found: dict[str, OnGpu] = {}
    for check in checks:
        log = Log()
        trial = InProcess(package, seed, reference)
        trial.ask = around(ask_on_twin(package, log))
        outcome = run_check(session, check, trial).outcome
        unclear = outcome.verdict is not Verdict.PASS and not log.told
        told = OnGpu(log.touched, tuple(log.told), log.waits, f"{check.name}: {outcome.message}" * unclear)
        found[check.task] = _with(found.get(check.task, OnGpu(False)), told)
    return found


def with_twin(judged: Sequence[CheckRun], start: Callable[[Visibility], Worker]) -> list[CheckRun]:
    """Make the calls of a public and a hidden check of each task that passes again, on a pretend GPU.

    `start` starts a worker with nothing imported, on the tree for public checks or for hidden ones. All
    verdicts are known before. What a worker says is the word of a process that runs the student's code, and
    may be anything: it is shown as text, that of a hidden check to staff alone, and decides nothing.
    """
    found: dict[str, OnGpu] = {}
    for visibility in Visibility:
        worker: Worker | None = None
        with suppress(Stop, MachineFault):  # what was found until then stays
            for one in _cheapest(judged, visibility):
                worker = worker or start(visibility)
                found[one.check.name] = _told_by(worker, one.calls)
        if worker:
            worker.kill()
    return [replace(one, on_gpu=found.get(one.check.name)) for one in judged]


def _cheapest(judged: Sequence[CheckRun], visibility: Visibility) -> Iterator[CheckRun]:
    """Yield of each task that passes the check with tensors that is likely to take least."""
    tasks: dict[str, list[CheckRun]] = {}
    for one in judged:
        tasks.setdefault(one.check.task, []).append(one)
    for own in tasks.values():
        if all(one.outcome.verdict is Verdict.PASS or one.check.measured for one in own):
            seen = [one for one in own if one.check.visibility is visibility and not one.check.measured]
            yield from sorted((one for one in seen if any(map(_fit, one.calls))), key=_work)[:1]


def _fit(call: Call) -> bool:
    """Say whether a call got a tensor and was answered: one that shall raise, may raise for the device."""
    return bool(_numbers(call)) and not isinstance(call.outcome, BaseException)


def _numbers(call: Call) -> int:
    leaves = tree_leaves((call.args, call.kwargs))
    return sum(leaf.numel() for leaf in leaves if isinstance(leaf, Tensor))


def _work(one: CheckRun) -> tuple[int, int, int]:
    """Order checks by what is the same on each run, unlike their time: a play may train a model."""
    fit = list(filter(_fit, one.calls))
    return sum(call.play for call in fit), len(fit), sum(map(_numbers, fit))


def _told_by(worker: Worker, calls: Iterable[Call]) -> OnGpu:
    found = OnGpu(False)
    for call in filter(_fit, calls):
        asked = Request(secrets.randbits(62), ON_TWIN + call.target, call.args, call.kwargs, call.play)
        reply = worker.ask(asked)
        if fault := reply.fault:
            said = OnGpu(True, unclear=one_line(f"{fault.type}: {fault.message}", LETTERS))
        else:
            said = _read(reply.value)
        found = _with(found, said)
    return found


def _read(value: Any) -> OnGpu:
    """Read what a worker says; anything that is not as `tell_of_twin` says it counts as nothing."""
    match value:
        case [bool(touched), [*told]] if all(isinstance(one, str) for one in told):
            return OnGpu(touched, tuple(one_line(one, LETTERS) for one in told[:SENTENCES]))
    return OnGpu(False)


def _with(one: OnGpu, other: OnGpu) -> OnGpu:
    """Return what two checks of a task found together, each sentence once."""
    waits = Counter(one.waits)
    waits.update(other.waits)
    told = tuple(dict.fromkeys((*one.told, *other.told)))
    return OnGpu(one.tried or other.tried, told, dict(waits), one.unclear or other.unclear)
