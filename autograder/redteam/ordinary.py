"""Runs the command again as an ordinary user, as root may have to on a machine that is locked up."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError
from ..isolation.landlock import MS_BIND, MS_NOSUID, MS_PRIVATE, MS_REC
from ..isolation.lockdown import CLONE_NEWNS
from ..isolation.syscalls import call

USER = 64_998  # whom the process becomes


def run_again_as_user(root: Path, arguments: Sequence[str]) -> None:
    """Become an ordinary user in a mount namespace where Python and the project are open to all; run again.

    Raises UserError where that cannot be done; the caller's process is replaced otherwise.
    """
    if os.geteuid() != 0:
        raise UserError("only root can become another user; you are an ordinary user already")
    needed = [os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, root)]
    try:
        call("unshare", CLONE_NEWNS)
        call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        for folder in sorted({str(closed) for path in needed if (closed := _closed(Path(path)))}):
            _open(folder, [path for path in needed if path.startswith(folder + "/")])
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
    except OSError as problem:
        raise UserError(f"cannot become an ordinary user here: {problem}") from problem
    os.environ |= {"HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    code = f"import sys; sys.path.insert(0, {str(root)!r}); from autograder.cli import main; main()"
    os.execv(sys.executable, [sys.executable, "-c", code, *arguments])


def _closed(path: Path) -> Path | None:
    """Return the first folder on the way that others may not enter."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 1), None)


def _open(folder: str, needed: Sequence[str]) -> None:
    """Lay an open folder over a closed one, in which only the needed paths are, at their places."""
    handles = {path: os.open(path, os.O_PATH) for path in needed}
    call("mount", b"none", folder.encode(), b"tmpfs", MS_NOSUID, b"size=1m,mode=755")
    for path, handle in handles.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            call("mount", f"/proc/self/fd/{handle}".encode(), os.fsencode(path), None, MS_BIND | MS_REC, None)
        os.close(handle)
