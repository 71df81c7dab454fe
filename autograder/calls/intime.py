"""Ends calls of a student's own run that take too long, by the CPU's clock: a busy machine fails nobody."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import Stop
from ..records import Verdict
from .answer import IMPORTING
from .outcomes import AT_IMPORT, ENDLESS
from .undertest import Ask
from .wire import Reply, Request

PATIENCE_S = 20.0  # of computing, for one call; official grading gives it less
LOOK_S = 0.2
WAITING = 0.01  # share of the time in which a call computes, below which it waits for something


def in_time(ask: Ask) -> Ask:
    """End calls that take too long, as Ctrl-C would; a target that did is not called again in this run."""
    late: set[str] = set()

    def asked(request: Request) -> Reply:
        target = request.target
        for before in (target, f"{IMPORTING}{target.partition('.')[0]}.py"):
            if before in late:
                raise Stop(Verdict.TIMEOUT, f"not run: {before} did not end before")
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(done, lambda: late.add(target)), daemon=True)
        try:
            with _heard():
                watcher.start()
                try:
                    return ask(request)
                finally:
                    done.set()
                    watcher.join()
        except KeyboardInterrupt:
            if target not in late:
                raise
            message = f"{target} did not end within {PATIENCE_S:g} s of computing"
            hint = AT_IMPORT if target.startswith(IMPORTING) else ENDLESS
            raise Stop(Verdict.TIMEOUT, message, hint) from None

    return asked


@contextmanager
def _heard() -> Iterator[None]:
    """Let interrupts be heard for a while where they are ignored, as in a shell's background."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)


def _watch(done: threading.Event, note: Callable[[], None]) -> None:
    """Interrupt the main thread when it has computed, or waited without computing, for too long.

    Again and again, for code may catch an interrupt, and one that comes while garbage is collected is lost.
    """
    start, looked_s = time.process_time(), 0.0
    while not done.wait(LOOK_S):
        looked_s += LOOK_S  # a machine that sleeps meanwhile does not count
        spent_s = time.process_time() - start
        if spent_s > PATIENCE_S or (looked_s > PATIENCE_S and spent_s < WAITING * looked_s):
            note()
            _thread.interrupt_main()
