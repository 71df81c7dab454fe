"""Runs a task's checks once more on a pretend GPU: nobody writes a check for it, and it costs no points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from ..calls.ontwin import ask_on_twin
from ..calls.undertest import Ask
from ..records import OnGpu, Verdict
from ..seeds import Seed
from ..twin.found import Log
from .plugin import Check
from .session import Session
from .trial import InProcess, run_check

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


def _with(one: OnGpu, other: OnGpu) -> OnGpu:
    """Return what two checks of a task found together, each sentence once."""
    waits = Counter(one.waits)
    waits.update(other.waits)
    told = tuple(dict.fromkeys((*one.told, *other.told)))
    return OnGpu(one.tried or other.tried, told, dict(waits), one.unclear or other.unclear)
