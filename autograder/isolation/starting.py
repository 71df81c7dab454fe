"""Starts the process that forks workers, for one judge or for all those of a pool."""

from __future__ import annotations

import socket
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from ..errors import MachineFault
from .lockdown import default_read_paths


@dataclass
class Zygote:
    """A zygote; use as a context manager. Judges are introduced to it by its `way`."""

    libraries: tuple[str, ...] = ()  # modules that workers will import, beside those that most do

    def __enter__(self) -> Zygote:
        self.way, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = Path(__file__).resolve().parents[2]
        refuse_readable(root / "solutions", default_read_paths())
        paths = [
            path for path in dict.fromkeys((*_standard_paths(), *sys.path)) if path and Path(path) != root
        ]
        libraries = ",".join(self.libraries)
        script = str(Path(__file__).with_name("zygote.py"))
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-sPSB", script, str(root), str(theirs.fileno()), libraries, *paths],
                pass_fds=[theirs.fileno()],
                env={
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",
                    "MKL_NUM_THREADS": "1",
                    "HOME": "/nonexistent",
                    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # a question must not begin with the GPU
                    "PYTHONHASHSEED": "0",  # sets have one order in every run, and a grade with them
                },
                stdin=subprocess.DEVNULL,
                cwd="/",
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.way.close()
        self.process.kill()
        self.process.wait()


def introduce(way: socket.socket) -> socket.socket:
    """Return a judge's own connection to a zygote, on which it sends "ready" when it is."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(way, [b"judge"], [theirs.fileno()])
    return ours


def refuse_readable(secret: Path, readable: tuple[str, ...]) -> None:
    """Refuse to start when workers could read the solutions, because Python is installed around them."""
    for path in readable:
        if secret.resolve().is_relative_to(Path(path).resolve()):
            raise MachineFault(f"workers must read {path}, and {secret} lies in it: move the repository")


def _standard_paths() -> list[str]:
    paths = sysconfig.get_paths()
    return [paths["stdlib"], str(Path(paths["stdlib"]) / "lib-dynload"), paths["purelib"], paths["platlib"]]
