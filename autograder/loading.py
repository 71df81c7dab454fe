"""Import large libraries, and end with them loaded, without walking over all that they made."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Collect no garbage meanwhile: for torch that is a fifth of the time, and nothing of it is garbage.

    Nor is it walked over again later: a tenth of a second each time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def end_at_once() -> None:
    """Leave out, when this process ends, the search for garbage among all that is loaded."""
    atexit.register(gc.freeze)
