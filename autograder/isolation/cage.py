"""What a worker is locked into: the layers, and the limits of one call."""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = ("rlimits", "uid", "namespace", "landlock", "seccomp")


@dataclass(frozen=True)
class Cage:
    """What every worker of a sandbox gets: the layers, and the limits of one call."""

    call_cpu_s: float = 2.0
    call_wall_s: float = 20.0
    memory_mb: int = 1024
    reply_mb: int = 64
    layers: tuple[str, ...] = LAYERS
    namespace: bool = True
    landlock_abi_cap: int | None = None
    exact_memory: bool = False  # what is freed leaves the process at once: a peak counts what was held
