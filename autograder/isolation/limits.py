"""What a worker is locked into: the limits of its calls, its memory, and the layers that hold it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from ..spec import Limits
from .gpu import Gpu

LAYERS = frozenset({"rlimits", "uid", "namespace", "landlock", "seccomp"})
LIFE_CALLS_CPU = 30  # calls at their CPU limit that one worker may compute, all calls together
GPU_HOST_BYTES = 4 << 30  # of this machine's memory that the driver may hold beside a worker's budget
GPU_SLOWER = 3  # times a call's CPU limit on a device: each kernel is loaded when it first runs
START_S = 180.0  # for a zygote or a worker to become ready, on a machine that is busy many times over


@dataclass(frozen=True)
class SandboxLimits:
    """An assignment's limits and the layers that enforce them, for every worker of a sandbox."""

    calls: Limits = field(default_factory=Limits)
    layers: frozenset[str] = LAYERS  # proofs switch layers off
    landlock_abi_cap: int | None = None  # behave as on an older kernel (tests, proofs)
    exact_memory: bool = False  # what is freed leaves the process at once: a peak counts what was held
    gpu: Gpu | None = None  # the device that the worker gets: the cage is another then, of level `gpu`
    spare_cpu_s: int = 30  # of a worker's life, on top of what its calls may use

    @property
    def memory_bytes(self) -> int:
        """What a worker may map on top of what it has when it is locked."""
        return self.calls.memory_mb << 20

    @property
    def reply_bytes(self) -> int:
        """What one reply, or one request, may hold in tensors."""
        return self.calls.reply_mb << 20

    @property
    def life_cpu_s(self) -> int:
        """CPU seconds of a worker's whole life, all threads together; a backstop."""
        return int(self.calls.call_cpu_s * LIFE_CALLS_CPU) + self.spare_cpu_s

    def on(self, gpu: Gpu) -> SandboxLimits:
        """Return these limits for a worker that gets a device."""
        return self.changed(gpu=gpu, call_cpu_s=self.calls.call_cpu_s * GPU_SLOWER)

    def changed(self, **changes: Any) -> SandboxLimits:
        """Return these limits with some of them changed, those of calls by their own names."""
        calls = {name: changes.pop(name) for name in Limits.__struct_fields__ if name in changes}
        return replace(self, calls=msgspec.structs.replace(self.calls, **calls), **changes)
