"""Runs inside a probing worker: tries to break each promise and returns how it did ("" when it could not)."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def read(code: object, secrets: list[str]) -> str:
    """Read a file that is not the worker's."""
    for path in secrets:
        with contextlib.suppress(OSError), Path(path).open("rb"):
            return f"could read {path}"
        with contextlib.suppress(OSError):
            return f"could list {path}: {next(Path(path).iterdir(), None)}"
    return ""


def write(code: object, folders: list[str]) -> str:
    """Write, create or truncate a file anywhere."""
    for folder in [*folders, str(Path(__file__).parent), "/tmp", "/var/tmp", "/dev/shm"]:
        with contextlib.suppress(OSError):
            path = Path(folder) / f"probe-{os.getpid()}"
            path.touch()
            path.unlink()
            return f"could write in {folder}"
    for folder in folders:
        with contextlib.suppress(OSError):
            os.truncate(Path(folder) / "secret", 0)
            return f"could truncate a file in {folder}"
        for access in (os.O_RDONLY, os.O_ACCMODE):
            with contextlib.suppress(OSError):
                os.close(os.open(Path(folder) / "secret", access | os.O_TRUNC))
                return f"could truncate a file in {folder} by opening it"
    return ""


def network(code: object, port: int) -> str:
    """Reach a server on this machine by TCP, or any address by UDP."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return "could open a TCP connection"
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", ("127.0.0.1", port))
        return "could send a UDP packet"
    return ""


def processes(code: object, judge: int) -> str:
    """Start a process, or signal the judge's."""
    attempts: dict[str, Callable[[], object]] = {
        "fork": _fork,
        "run a program": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        "signal the judge": lambda: os.kill(judge, 0),
    }
    for name, attempt in attempts.items():
        with contextlib.suppress(OSError):
            attempt()
            return f"could {name}"
    return ""


def memory(code: object, megabytes: int) -> str:
    """Take more memory than was promised."""
    try:
        taken = bytearray(megabytes << 20)
    except MemoryError:
        return ""
    return f"could take {len(taken) >> 20} MB"


def time(code: object) -> None:
    """Never end."""
    while True:
        with contextlib.suppress(BaseException):
            while True:
                pass


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
