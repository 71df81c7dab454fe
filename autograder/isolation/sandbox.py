"""The judge's side of the sandbox: starts the zygote and orders workers of it."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..errors import MachineFault
from .limits import START_S, SandboxLimits
from .lockdown import default_read_paths
from .uids import BLOCK, claim_block

if TYPE_CHECKING:  # torch, which it imports, takes seconds: a zygote begins before
    from .handle import Worker


@dataclass
class Sandbox:
    """A zygote and the workers that it forks; use as a context manager."""

    limits: SandboxLimits = field(default_factory=SandboxLimits)
    libraries: tuple[str, ...] = ()  # modules that workers will import, beside those that most do

    def __enter__(self) -> Sandbox:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = Path(__file__).resolve().parents[2]
        refuse_readable(root / "solutions", default_read_paths())
        paths = [
            path for path in dict.fromkeys((*_standard_paths(), *sys.path)) if path and Path(path) != root
        ]
        libraries = ",".join(self.libraries)
        script = str(Path(__file__).with_name("zygote.py"))
        self._zygote = subprocess.Popen(
            [sys.executable, "-sPSB", script, str(root), str(theirs.fileno()), libraries, *paths],
            pass_fds=[theirs.fileno()],
            env={
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
                "HOME": "/nonexistent",
                "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # an import that asks for a GPU must not begin with it
                "PYTHONHASHSEED": "0",  # sets have one order in every run, and a grade with them
            },
            stdin=subprocess.DEVNULL,
            cwd="/",
        )
        theirs.close()
        self._control = ours
        self._control.settimeout(START_S)
        self._started = False
        self.usable = True  # until the zygote fails
        self._uids: Iterator[int] = iter(())
        self._block: socket.socket | None = None
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        if self._block:
            self._block.close()
        self._zygote.kill()
        self._zygote.wait()

    def start(self, package: str, path: tuple[str, ...], limits: SandboxLimits | None = None) -> Worker:
        """Order a worker for a staged tree; it becomes ready while the judge goes on."""
        from .handle import Worker
        from .worker import Order

        self._await_zygote()
        limits = limits or self.limits
        order = Order(package, path, self._next_uid(), limits)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        output, printed = os.pipe()
        try:
            socket.send_fds(self._control, [msgspec.json.encode(order)], [theirs.fileno(), printed])
            message, descriptors, _, _ = socket.recv_fds(self._control, 64, 1)
            if not descriptors:
                raise OSError("it ended")
        except OSError as problem:
            ours.close()
            os.close(output)
            raise self._failed(f"the zygote does not answer: {problem}") from None
        finally:
            theirs.close()
            os.close(printed)
        return Worker(self, limits, int(message), descriptors[0], ours, output)

    def exit_code(self, pid: int) -> int:
        """Return how an ended worker ended (negative: the signal)."""
        try:
            self._control.send(b"exit %d" % pid)
            return int(self._control.recv(64))
        except (OSError, ValueError) as problem:
            raise self._failed(f"the zygote does not answer: {problem}") from None

    def forget(self, pid: int) -> None:
        """Let the zygote collect a killed worker when it is gone."""
        with contextlib.suppress(OSError):  # then it is gone with the zygote
            self._control.send(b"kill %d" % pid)

    def settle(self) -> None:
        """Let the zygote join its memory's pages, before it forks many more workers."""
        with contextlib.suppress(OSError):  # then it is gone, and the next order tells
            self._control.send(b"join ")

    def _await_zygote(self) -> None:
        if not self.usable:
            raise MachineFault("the zygote failed before")
        if self._started:
            return
        try:
            self._started = self._control.recv(16) == b"ready"
        except OSError as problem:
            raise self._failed(f"the zygote does not become ready: {problem}") from None
        if not self._started:
            raise self._failed("the zygote could not start; run `autograder doctor`")

    def _failed(self, why: str) -> MachineFault:
        """Use the zygote no more: a late answer would be taken for the next one."""
        self.usable = False
        return MachineFault(why)

    def _next_uid(self) -> int | None:
        if os.geteuid() != 0:
            return None
        if not self._block:
            self._block, first = claim_block()
            self._uids = itertools.cycle(range(first, first + BLOCK))
        return next(self._uids)


def refuse_readable(secret: Path, readable: tuple[str, ...]) -> None:
    """Refuse to start when workers could read the solutions, because Python is installed around them."""
    for path in readable:
        if secret.resolve().is_relative_to(Path(path).resolve()):
            raise MachineFault(f"workers must read {path}, and {secret} lies in it: move the repository")


def _standard_paths() -> list[str]:
    paths = sysconfig.get_paths()
    return [paths["stdlib"], str(Path(paths["stdlib"]) / "lib-dynload"), paths["purelib"], paths["platlib"]]
