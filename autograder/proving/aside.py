"""Runs one part of the proofs in a copy of this process, on another core, while this one goes on."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from ..judging.trial import CheckRun
from .harness import Harness, Tried

T = TypeVar("T")


def aside(harness: Harness, part: Callable[[Harness], T]) -> Callable[[], T]:
    """Begin a part that needs no sandbox; what is returned waits for it, and takes over what it found.

    Where all cores are busy with other assignments, or processes cannot be copied, it is done when asked for.
    """
    busy = multiprocessing.parent_process() is not None or os.cpu_count() == 1
    if busy or not hasattr(os, "fork"):
        return lambda: part(harness)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(harness, part, theirs), daemon=True)
    process.start()
    theirs.close()

    def join() -> T:
        found, problems, notes, tried = ours.recv()
        process.join()
        if isinstance(found, BaseException):
            raise found
        harness.problems += problems
        harness.notes += notes
        harness.tried += tried
        value: T = found
        return value

    return join


def _child(harness: Harness, part: Callable[[Harness], Any], to: Connection) -> None:
    known = [len(told) for told in (harness.problems, harness.notes, harness.tried)]
    try:
        found = part(harness)
    except BaseException as problem:
        found = problem
    problems, notes = harness.problems[known[0] :], harness.notes[known[1] :]
    tried = harness.tried[known[2] :]
    to.send((found, problems, notes, [_light(one) for one in tried]))


def _light(tried: Tried) -> Tried:
    """Leave out what a check's calls brought: the sandbox must come to the same verdicts."""
    return replace(tried, judged=[_verdict(one) for one in tried.judged])


def _verdict(one: CheckRun) -> CheckRun:
    return replace(one, calls=(), outcome=replace(one.outcome, seen=None))
