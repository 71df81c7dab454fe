"""How long one submission may keep a judge, all its checks together: others are waiting for it.

Calls and workers have limits of their own, but a submission that always stays just below them could hold a
judge for an hour. The budget is several times what the reference takes here and now, so that a busy machine
costs nobody a point; it is measured once, and only when a submission has used what everybody may use.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import Stop
from ..records import Verdict
from ..seeds import PRACTICE
from .session import Session
from .trial import InProcess, run_check

LEAST_S = 120.0  # that every submission may use: graded work takes a few seconds
TIMES = 10  # the reference's time


@dataclass
class Patience:
    """The budget of one judge's submissions."""

    reference_s: Callable[[], float]
    least_s: float = LEAST_S
    _known_s: float | None = field(default=None, init=False)

    def over(self, spent_s: float) -> Stop | None:
        """Return what further checks of a submission end with when it has used up its budget."""
        if spent_s <= self.least_s:
            return None
        if self._known_s is None:
            self._known_s = self.reference_s()
        limit_s = max(self.least_s, TIMES * self._known_s)
        if spent_s <= limit_s:
            return None
        return Stop(Verdict.TIMEOUT, f"not run: the checks before took more than {limit_s:.0f} s together")


def time_of(package: str, session: Session) -> float:
    """Return how long a package takes, here, for all checks that measure nothing; call it between checks."""
    trial = InProcess(package, PRACTICE, package)
    start = time.perf_counter()
    for check in session.checks:
        if not check.measured:
            run_check(session, check, trial)
    return time.perf_counter() - start
