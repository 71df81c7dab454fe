"""Finds out what this machine's sandbox really holds: each promise is tried, whatever the versions say.

`full` holds all six promises, `full+` in a private file system and network as well. `full-`, on kernels with
Landlock ABI 1 or 2 (Linux 5.13 to 6.1), holds them too, truncation by seccomp alone. `partial` holds some of
those about files, network and processes, `process-only` none of them. Official grading asks for `full`.

A worker that gets a GPU, or the CPU in its place, is of level `gpu` at best, and never called `full`: it
cannot keep the promises in `gpu.LOST`. Points for what is right are earned in workers without one.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..calls.wire import Request
from ..errors import Stop
from ..records import Verdict
from .gpu import CUDA, LEVEL, LOST, Gpu
from .handle import Worker
from .landlock import UNTRUNCATED
from .limits import SandboxLimits
from .sandbox import Sandbox

PROMISES = ("read", "write", "network", "processes", "memory", "time")
GPU_DEVICES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia0", "/dev/kfd", "/dev/dri/renderD128")
BUDGET_MB = 256  # of the probing worker
LOOP_S = 1.0  # CPU time after which the probing worker's endless loop is ended


@dataclass(frozen=True)
class Health:
    """What was found: the level, each promise, and for each broken one how it was broken."""

    level: str
    promises: dict[str, bool]
    missing: tuple[str, ...]
    layers: dict[str, str]


def probe(sandbox: Sandbox) -> Health:
    """Try to break every promise from inside a worker."""
    folder = Path(tempfile.mkdtemp(prefix="autograder-probe-"))
    folder.chmod(0o711)
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            broken, layers = _try_all(sandbox, folder, server.getsockname()[1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    gpu, held = sandbox.limits.gpu, {name: name not in broken for name in PROMISES}
    missing = tuple(f"{name}: a worker {how}" for name, how in broken.items())
    level = LEVEL if gpu and set(broken) <= {"memory"} else _level(held, layers)
    if gpu and gpu.device == CUDA:  # what its driver opens cannot be tried out
        held |= dict.fromkeys(LOST, False)
    return Health(level, held, missing, layers)


def _try_all(sandbox: Sandbox, folder: Path, port: int) -> tuple[dict[str, str], dict[str, str]]:
    """Return the broken promises with how they were broken, and the layers that were in place."""
    (folder / "secret").write_text("secret")
    package = folder / "stage" / "probe"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    shutil.copy(Path(__file__).with_name("promises.py"), package)
    limits = sandbox.limits.changed(memory_mb=BUDGET_MB, call_cpu_s=LOOP_S)
    worker = sandbox.start("probe", (str(package.parent),), limits=limits)
    secrets = [
        str(folder / "secret"),
        "/etc/passwd",
        f"/proc/{os.getpid()}/environ",
        "/",
        str(Path(__file__).parents[2]),
        *(path for path in GPU_DEVICES if not (sandbox.limits.gpu and path in sandbox.limits.gpu.files)),
    ]
    broken = {
        "read": _ask(worker, "read", secrets),
        "write": _ask(worker, "write", [str(folder)]),
        "network": _ask(worker, "network", port),
        "processes": _ask(worker, "processes", os.getpid()),
        "memory": _ask(worker, "memory", 2 * BUDGET_MB),
        "time": _never_ends(worker),
    }
    worker.kill()
    return {name: how for name, how in broken.items() if how}, worker.layers


def _ask(worker: Worker, promise: str, argument: Any) -> str:
    if not worker.alive:
        return "was not tried: the probe before has ended it"
    try:
        reply = worker.ask(Request(1, f"promises.{promise}", (argument,), {}, play=True))
    except Stop as stop:
        return f"ended the probe: {stop.message}"
    return f"stopped with {reply.fault.type}: {reply.fault.message}" if reply.fault else str(reply.value)


def _never_ends(worker: Worker) -> str:
    if not worker.alive:
        return "was not tried: the probe before has ended it"
    try:
        worker.ask(Request(2, "promises.time", (), {}, play=True))
    except Stop as stop:
        return "" if stop.verdict is Verdict.TIMEOUT else f"ended with {stop.verdict}, not in time"
    return "answered from an endless loop"


def _level(held: dict[str, bool], layers: dict[str, str]) -> str:
    if all(held.values()):
        if UNTRUNCATED in layers["landlock"]:
            return "full-"
        return "full+" if "private root" in layers.get("namespace", "") else "full"
    return (
        "partial" if any(held[name] for name in ("read", "write", "network", "processes")) else "process-only"
    )


def noise(repeats: int = 30) -> dict[str, float]:
    """Measure how evenly this machine runs: the variation of equal pieces of work by either clock."""
    cpu, wall = [], []
    for _ in range(repeats):
        cpu_0, wall_0 = time.process_time(), time.perf_counter()
        sum(i * i for i in range(50_000))
        cpu.append(time.process_time() - cpu_0)
        wall.append(time.perf_counter() - wall_0)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {"cpu": _variation(cpu), "wall": _variation(wall), "load": round(load, 2)}


def _variation(values: list[float]) -> float:
    return round(statistics.stdev(values) / statistics.mean(values), 3)


def examine_device(gpu: Gpu) -> Health:
    """Try in a worker that gets a device what the cage for one still holds."""
    try:
        with Sandbox(SandboxLimits().on(gpu)) as sandbox:
            return probe(sandbox)
    except (Stop, OSError, AttributeError) as problem:
        told = (f"no worker could begin with the device: {problem}",)
        return Health("process-only", dict.fromkeys(PROMISES, False), told, {})


def examine() -> tuple[Health, dict[str, float]]:
    """Probe a fresh sandbox, and how evenly the machine runs."""
    try:
        with Sandbox() as sandbox:
            return probe(sandbox), noise()
    except (Stop, OSError, AttributeError) as problem:  # the last: Python does not know the system call
        health = Health(
            "process-only", dict.fromkeys(PROMISES, False), (f"no worker could start: {problem}",), {}
        )
        return health, noise()
