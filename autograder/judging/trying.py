"""One package tried again and again on the calls of a task, each time for a bounded while."""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..calls import wire
from ..calls.answer import Code, answer
from ..calls.outcomes import StudentError
from ..calls.undertest import Call
from ..calls.wire import Request
from .evidence import again, same

CALL_S = 0.25  # CPU time of one try: a slip may make a loop endless
OFTEN, SOON_S = 8, 0.05  # tries, and seconds, before the clock is read: that may cost more than a try


@dataclass(frozen=True)
class Trial:
    """What came in all calls, those first that tell most cheaply, and how to ask a package for it again."""

    package: str
    calls: Sequence[Call]
    by: Call  # by which numbers are chosen
    digits: float  # of what came that differ from what is due
    limit: Callable[[float], None]

    @functools.cached_property
    def _written(self) -> dict[int, tuple[bytes, bytearray]]:
        return {id(call): _written(call) for call in self.calls}

    def gives(self) -> bool:
        """Say whether the package gives what came in all calls."""
        self.limit(CALL_S)
        try:
            return all(
                self._gives(call) and same(call.outcome, again(self.package, call)) for call in self.calls
            )
        except ValueError:  # a result that cannot cross
            return False
        finally:
            self.limit(0)

    def _gives(self, call: Call) -> bool:
        """Say whether a call gives what came before that has crossed the wire, which costs more than most."""
        try:
            return same(call.outcome, self._answered(call))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            came = call.outcome
            return isinstance(came, StudentError) and came.fault.type == type(error).__name__

    def _answered(self, call: Call) -> Any:
        with warnings.catch_warnings(action="ignore"):
            written = self._written.get(id(call)) or _written(call)
            return answer(Code(self.package), wire.load_request(*written))

    def again(self, call: Call) -> Any:
        """Repeat a call; None stands for a result that there is not."""
        self.limit(CALL_S)
        try:
            return self._answered(call)
        except KeyboardInterrupt:
            raise
        except BaseException:  # a time that is over is none of Exception's
            return None
        finally:
            self.limit(0)


def _written(call: Call) -> tuple[bytes, bytearray]:
    request = Request(0, call.target, call.args, call.kwargs, call.play)
    _, header, *buffers = wire.dump(request)
    return header, bytearray().join(buffers)


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
