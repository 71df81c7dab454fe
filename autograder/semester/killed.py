"""Processes that are killed in the middle of their work, as a machine that loses power kills them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from ..errors import MachineFault
from ..ledger.book import Book
from ..ledger.entering import compare
from ..ledger.events import Entry, New
from ..records import Result
from .work import store


def killed_storing(results: list[Result], after: int, folder: Path) -> None:
    """Have a process write result files and die after so many."""
    _run(_store, results, after, folder)


def killed_entering(url: str, results: list[Result], after: int, at: datetime) -> None:
    """Have a process enter results and die within the transaction, after so many events."""
    _run(_enter, url, results, after, at)


def _run(work: Callable[..., None], *arguments: object) -> None:
    process = get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode != -signal.SIGKILL:
        raise MachineFault(f"a process that was to be killed ended by itself, with {process.exitcode}")


def _store(results: list[Result], after: int, folder: Path) -> None:
    store(results[:after], folder)
    (folder / f"{results[after].grade.student}.json.partial").write_text('{"grade":')
    os.kill(os.getpid(), signal.SIGKILL)


def _enter(url: str, results: list[Result], after: int, at: datetime) -> None:
    def some(held: list[Entry]) -> Iterator[New]:
        yield from compare(results, results, held).new[:after]
        os.kill(os.getpid(), signal.SIGKILL)

    with Book(url) as book:
        book.enter(some, at)
