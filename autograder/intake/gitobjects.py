"""Ask git for objects by name, and believe only what hashes to that name.

No command ever runs inside a student's repository: git works in a bare one of our own, with our configuration
and an empty environment, that borrows the student's objects. No hook, filter, attribute, lazy fetch, replaced
object or setting of theirs takes part.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from ..errors import UserError
from ..files import Ours, Unreadable

MAX_MEMORY_BYTES = 2 << 30  # of one git process: a small delta may rest on a huge base
_STOPPED = "made git stop: it is damaged, or reading it took too long"
_CONFIG = """[core]
\trepositoryformatversion = {version}
\tbare = true
\tcommitGraph = false
\tmultiPackIndex = false
\tpackedGitWindowSize = 32m
\tpackedGitLimit = 256m
\tbigFileThreshold = 16m
{extensions}"""


class MissingObject(Unreadable):
    """The repository does not hold this object."""


class Objects:
    """Two git processes that say what an object is and what it holds, ended when the time is up.

    `home` is a folder of ours to work in; `objects` is the student's folder of objects.
    """

    def __init__(self, home: Path, objects: Path, *, sha256: bool, timeout_s: float) -> None:
        _make_repository(home, objects, sha256)
        self._describe = _start_git(home, "--batch-check")
        self._content = _start_git(home, "--batch")
        self._timer = threading.Timer(timeout_s, self._kill)
        self._timer.daemon = True

    def __enter__(self) -> Objects:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._kill()
        for process in (self._describe, self._content):
            with contextlib.suppress(BrokenPipeError), process:  # closes its pipes and waits for it
                pass

    def _kill(self) -> None:
        for process in (self._describe, self._content):
            process.kill()

    def size(self, name: str, kind: str) -> int:
        """Return the size of an object of this kind; raises MissingObject, or Unreadable for another kind."""
        words = _ask(self._describe, name).split()
        if len(words) != 3 or words[0] != name:
            raise MissingObject(
                "is incomplete: an object is missing or damaged; fetch the whole repository again"
            )
        if words[1] != kind:
            raise Unreadable(f"has a {words[1]} where a {kind} was expected")
        return int(words[2])

    def read(self, name: str, kind: str, most: int) -> bytes:
        """Return an object's bytes, after its size was seen to be at most `most`, and check its hash."""
        size = self.size(name, kind)
        if size > most:
            raise Unreadable(f"holds a {kind} of {size} bytes, more than the {most} that are read")
        _ask(self._content, name)
        content = _pipe(self._content.stdout).read(size + 1)[:-1]
        if len(content) != size:
            raise Unreadable(_STOPPED)
        hashed = hashlib.sha1 if len(name) == 40 else hashlib.sha256
        if hashed(b"%s %d\0" % (kind.encode(), size) + content).hexdigest() != name:
            raise Unreadable("is damaged: an object does not hold what its name says")
        return content


def _make_repository(home: Path, objects: Path, sha256: bool) -> None:
    if "\n" in str(objects):
        raise Ours("lies in a folder whose name has a line break: rename it")
    (home / "objects" / "info").mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "HEAD").write_text("ref: refs/heads/none\n", encoding="utf-8")
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    config = _CONFIG.format(version=1 if sha256 else 0, extensions=extensions)
    (home / "config").write_text(config, encoding="utf-8")
    (home / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")


@functools.cache
def _git() -> str:
    found = shutil.which("git")
    if found is None:
        raise UserError("git is not installed: install it to collect repositories")
    return found


def _start_git(home: Path, mode: str) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.defpath,
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_DIR": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "none",
    }
    process = subprocess.Popen(
        [_git(), "--no-pager", "cat-file", mode],
        cwd=home,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if sys.platform == "linux":
        import resource

        resource.prlimit(process.pid, resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    return process


def _ask(process: subprocess.Popen[bytes], name: str) -> str:
    line = b""
    with contextlib.suppress(BrokenPipeError):
        _pipe(process.stdin).write(name.encode("ascii") + b"\n")
        _pipe(process.stdin).flush()
        line = _pipe(process.stdout).readline(1000)
    if not line:
        raise Unreadable(_STOPPED)
    return line.decode("ascii", "replace")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
