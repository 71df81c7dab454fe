"""The GPUs of this machine, as files: what a worker that gets one must open, and what it then cannot promise.

Nothing here speaks to the driver: CUDA cannot be used again after a fork, so that only a worker does, once it
is forked and locked. Which files a driver needs is known from its documentation and its sources, and **was
never tried on a GPU**: `doctor --device cuda` starts a worker and says what it lacks.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError

CUDA, STAND_IN = "cuda", "cpu"  # the devices to grade on: a GPU, or the CPU in its place
LEVEL = "gpu"  # of a worker that gets a device: below full, never called full
NEVER = "never run on a GPU yet"
LOST = {
    "read": "the driver's files must be open, and no kernel layer sees what is read through them",
    "write": "the driver's devices must be open for writing",
    "memory": "CUDA maps more than any budget: a look from outside, every 20 ms, ends who holds too much; "
    "the allocator's own limit on the GPU's memory binds no hostile code",
    "time": "a kernel on the GPU may run to its end after SIGKILL, and the CPU clock does not see it",
}  # promises that do not hold, and why
COMMON = ("dev/nvidiactl", "dev/nvidia-uvm")  # for all cards; that of a card is /dev/nvidia0
READ = (
    "proc/driver/nvidia/params", "proc/driver/nvidia/version", "proc/driver/nvidia/gpus", "proc/devices",
    "proc/self/maps", "proc/self/status", "proc/self/task", "proc/cpuinfo", "proc/meminfo",
    "sys/devices/system/cpu", "sys/devices/system/node", "sys/bus/pci/devices", "etc/nvidia",
    "usr/local/nvidia", "usr/local/cuda", "usr/lib/wsl/lib",
)  # fmt: skip
DRIVER = "libcuda.so.1"
LIBRARIES = (
    "usr/lib",
    "usr/lib64",
    "lib",
    "usr/lib/*-linux-gnu",
    "usr/local/nvidia/lib64",
    "usr/lib/wsl/lib",
)


@dataclass(frozen=True)
class Gpu:
    """A device for workers, with what their cage opens for it; "cpu" stands in for one."""

    device: str = CUDA
    number: int = 0
    uuid: str = ""  # by which CUDA is told which card it is, where the driver says
    files: tuple[str, ...] = ()  # device files to read, write and command
    read: tuple[str, ...] = ()  # files and folders that the driver reads
    share: float = 0.4  # of the card's memory for one worker; two are at work where something is measured

    @property
    def lock(self) -> str:
        """The file that one job at a time locks: the device's own, which all jobs of a machine share."""
        return self.files[-1] if self.files else os.devnull


def find_gpus(share: float = 0.4, root: Path = Path("/")) -> list[Gpu]:
    """Return this machine's GPUs, by their device files; raises UserError that says what is missing."""
    cards = sorted(int(name[6:]) for name in _names(root / "dev") if re.fullmatch(r"nvidia\d+", name))
    common = [f"/{name}" for name in COMMON if (root / name).exists()]
    if not cards or len(common) < len(COMMON):
        known = ", ".join([*common, *(f"/dev/nvidia{card}" for card in cards)]) or "nothing of the kind"
        raise UserError(
            f"no GPU here: CUDA needs /dev/nvidiactl, /dev/nvidia-uvm and /dev/nvidia0, and there is "
            f"{known}; use a machine with one, or leave out --device cuda"
        )
    if not any(any(root.glob(f"{folder}/{DRIVER}")) for folder in LIBRARIES):
        raise UserError(f"no driver here: {DRIVER} is in no folder of libraries; install NVIDIA's driver")
    read = tuple(f"/{name}" for name in READ if (root / name).exists())
    return [
        Gpu(CUDA, card, told_of(card, "GPU UUID", root), (*common, f"/dev/nvidia{card}"), read, share)
        for card in cards
    ]


def settings_of(gpu: Gpu) -> dict[str, str]:
    """Return the environment under which a worker uses a device: one card, results that repeat, no files.

    CUDA counts the cards that it can open, so that a number would be another one's in the cage.
    """
    if gpu.device != CUDA:
        return {}
    return ({"CUDA_VISIBLE_DEVICES": gpu.uuid} if gpu.uuid else {}) | {
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it products may differ from run to run
        "CUDA_CACHE_DISABLE": "1",
    }


def devices_for(device: str, share: float = 0.4) -> tuple[Gpu, ...]:
    """Return what may be graded on; raises UserError where it is not there, before anything is done."""
    if device == STAND_IN:
        return (Gpu(STAND_IN, share=share),)
    if device != CUDA:
        raise UserError(f"--device is {device!r}; write cuda, or cpu, which stands in for a GPU")
    found = find_gpus(share)
    import torch  # takes seconds: only where there is a card

    if torch.version.cuda is None:
        raise UserError(f"torch {torch.__version__} is built without CUDA: install the build for this driver")
    return tuple(found)


@contextmanager
def one_of(gpus: tuple[Gpu, ...]) -> Iterator[Gpu]:
    """Yield a device that no other job uses, when one is free: a lock on its own file says so."""
    import fcntl  # which Windows lacks

    while True:
        for gpu in gpus:
            descriptor = os.open(gpu.lock, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            try:
                yield gpu
            finally:
                os.close(descriptor)
            return
        time.sleep(0.05)


def driver_version(root: Path = Path("/")) -> str:
    """Return the driver's version as the kernel tells it; "" where there is none."""
    try:
        told = (root / "proc/driver/nvidia/version").read_text()
    except OSError:
        return ""
    found = re.search(r"Module.*?\s(\d+(?:\.\d+)+)", told)
    return found[1] if found else ""


def card_name(number: int) -> str:
    """Return what the driver calls the card of a number; "" where it does not say."""
    return told_of(number, "Model")


def told_of(number: int, what: str, root: Path = Path("/")) -> str:
    """Return what the driver tells of the card of a number; "" where it does not."""
    for path in sorted((root / "proc/driver/nvidia/gpus").glob("*/information")):
        told = dict(line.partition(":")[::2] for line in path.read_text().splitlines())
        if told.get("Device Minor", "").strip() == str(number):
            return told.get(what, "").strip()
    return ""


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []
