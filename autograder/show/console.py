"""The terminal: what the other files of this room return is printed here, or JSON for machines instead."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..text import harmless

out = Console(highlight=False, emoji=False)  # else "a.py:100:" ends in a picture
err = Console(stderr=True, highlight=False, emoji=False)


def print_json(fields: dict[str, Any], ok: bool) -> None:
    """Print one JSON object whose last field is `ok`."""
    sys.stdout.buffer.write(msgspec.json.encode({**fields, "ok": ok}, enc_hook=str) + b"\n")
    sys.stdout.flush()


def finish(ok: bool, fields: dict[str, Any], shown: Iterable[RenderableType], as_json: bool) -> NoReturn:
    """End a command: print its fields for machines or what people see; exit code 0, or 1 when not `ok`."""
    if as_json:
        print_json(fields, ok)
    else:
        show(shown)
    raise typer.Exit(0 if ok else 1)


def show(shown: Iterable[RenderableType]) -> None:
    """Print what people see, line by line; the terminal wraps lines of text."""
    for one in shown:
        out.print(one, soft_wrap=isinstance(one, str))


def safe(text: str) -> str:
    """Return text that a student may have written, harmless to a terminal."""
    return escape(harmless(text))


def tell(sentence: str) -> None:
    """Show a sentence on stderr, above a progress bar."""
    err.print(safe(sentence), soft_wrap=True)


@contextmanager
def growing(quiet: bool) -> Iterator[Callable[[RenderableType], None]]:
    """Yield a function that shows, on a terminal, what is known so far; all of it is gone at the end."""
    if quiet or not out.is_terminal:
        yield lambda shown: None
        return
    with Live(console=out, auto_refresh=False, transient=True) as live:
        yield lambda shown: live.update(shown, refresh=True)


@contextmanager
def progress_bar(total: int, quiet: bool, doing: str = "grading") -> Iterator[Any]:
    """Yield a function to call when one more is finished; shows rate and time left on stderr."""
    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=quiet) as bar:
        job = bar.add_task("", total=total, rate="")

        def step(*_: Any) -> None:
            bar.advance(job)
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(job, rate=f"{speed:.1f}/s" if speed else "")

        yield step
