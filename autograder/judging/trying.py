"""One package tried again and again on the calls of a task, each time for a bounded while."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..calls.undertest import Call
from .evidence import again, same

CALL_S = 0.25  # CPU time of one try: a slip may make a loop endless
OFTEN, SOON_S = 8, 0.05  # tries, and seconds, before the clock is read: that may cost more than a try


@dataclass(frozen=True)
class Trial:
    """What came in all calls, those first that tell most cheaply, and how to ask a package for it again."""

    package: str
    calls: Sequence[Call]
    by: Call  # by which numbers are chosen
    limit: Callable[[float], None]

    def gives(self) -> bool:
        """Say whether the package gives what came in all calls."""
        self.limit(CALL_S)
        try:
            return all(same(call.outcome, again(self.package, call)) for call in self.calls)
        except ValueError:  # a result that cannot cross
            return False
        finally:
            self.limit(0)

    def again(self, call: Call) -> Any:
        """Repeat one call; None stands for a result that cannot cross."""
        self.limit(CALL_S)
        try:
            return again(self.package, call)
        except ValueError:
            return None
        finally:
            self.limit(0)


@dataclass
class Clock:
    """CPU time since a start, read as rarely as may be."""

    start: float
    tries: int = 0
    seen: float = 0.0  # by the clock on the wall, when it was read

    def until(self, limit_s: float) -> Callable[[], bool]:
        """Return what says whether a time is over."""
        return functools.partial(self._over, limit_s)

    def _over(self, limit_s: float) -> bool:
        self.tries += 1
        now = time.perf_counter()
        if self.tries % OFTEN and now - self.seen < SOON_S:
            return False
        self.seen = now
        return time.process_time() - self.start > limit_s
