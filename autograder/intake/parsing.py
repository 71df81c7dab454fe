"""Says of files that were handed in which Python cannot read, before anything of them runs.

A source can end its reader (a hundred thousand nested signs), so a process of its own reads them, with
bounds. When that ends, nothing is said: the checks will tell.
"""

from __future__ import annotations

import base64
import os
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from msgspec.structs import replace

from ..records import Submission

READER = """
import ast, base64, gc, resource, sys

gc.disable()
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for text in sys.stdin:
    line = -1
    try:
        ast.parse(base64.b64decode(text))
    except (SyntaxError, ValueError) as problem:
        line = getattr(problem, "lineno", 0) or 0
    print(line, flush=True)
"""
UNREADABLE = "Python cannot read this, so nothing in the file counts until it is mended."
PATIENCE_S = 5.0  # with one file
READERS = 4  # side by side, at most


def tell_what_python_cannot_read(submissions: Sequence[Submission]) -> list[Submission]:
    """Return the submissions, each with a notice for each file that does not parse."""
    readers = min(READERS, os.cpu_count() or 1)
    each = -(-len(submissions) // readers) or 1
    parts = [submissions[start : start + each] for start in range(0, len(submissions), each)]
    with ThreadPoolExecutor(readers) as pool:
        return [one for part in pool.map(_all_told, parts) for one in part]


def told_before(one: Submission, notices: Sequence[str]) -> Submission:
    """Return a submission with what was told, among other notices, when the same files were read."""
    told = [notice for notice in notices if notice.endswith(UNREADABLE)]
    return replace(one, notices=(*told, *one.notices)) if told else one


def parses(files: Mapping[str, bytes]) -> frozenset[str]:
    """Return the names of the files that Python can read, and whose reader survived them."""
    with closing(_Reader()) as reader:
        return frozenset(
            name for name, content in files.items() if reader.line_that_is_no_python(content) == -1
        )


def _all_told(submissions: Sequence[Submission]) -> list[Submission]:
    with closing(_Reader()) as reader:
        return [_told(one, reader) for one in submissions]


def _told(one: Submission, reader: _Reader) -> Submission:
    notices: list[str] = []
    for name, content in one.files.items():
        line = reader.line_that_is_no_python(content)
        if line is None:  # it ended on this one: no more of theirs
            break
        if line >= 0:
            notices += notice_of(name, line, one.notices)
    return replace(one, notices=(*notices, *one.notices)) if notices else one


def notice_of(name: str, line: int, known: Sequence[str]) -> list[str]:
    """Return the notice of a file that Python cannot read, where it says so; none when one is about it."""
    if any(notice.startswith(f"{name} ") for notice in known):
        return []
    return [f"{name}, line {line}: {UNREADABLE}" if line else f"{name}: {UNREADABLE}"]


class _Reader:
    """A process that reads one source after the other; started when needed, again when one has ended it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def line_that_is_no_python(self, content: bytes) -> int | None:
        """Return the line that Python cannot read, -1 when there is none; None when it did not survive."""
        if self._process is None:
            command = [sys.executable, "-I", "-S", "-W", "ignore", "-c", READER]
            streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(command, **streams)  # type: ignore[call-overload]
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(base64.b64encode(content) + b"\n")
            self._process.stdin.flush()
            if select.select([self._process.stdout], [], [], PATIENCE_S)[0]:
                return int(self._process.stdout.readline())
        except (BrokenPipeError, ValueError):
            pass
        self.close()
        return None

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
        self._process = None
