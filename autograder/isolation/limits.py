"""What a worker is locked into."""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = frozenset({"rlimits", "uid", "namespace", "landlock", "seccomp"})


@dataclass(frozen=True)
class Cage:
    """The layers that lock every worker of a sandbox, the limits of its calls, and that of its memory."""

    call_cpu_s: float = 2.0
    call_wall_s: float = 20.0
    memory_mb: int = 1024
    reply_mb: int = 64
    layers: frozenset[str] = LAYERS  # proofs switch layers off
    landlock_abi_cap: int | None = None
    exact_memory: bool = False  # what is freed leaves the process at once: a peak counts what was held
