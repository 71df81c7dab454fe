"""What running on the twin finds, and the sentences that tell a student."""

from __future__ import annotations

from dataclasses import dataclass, field

from .tags import Made

WRITTEN = 'writes "cuda" into the code'
NUMPY = "numpy"
TO_CPU = ".cpu()"


class OnTwin(Exception):
    """What CUDA would refuse; `told` is the sentence for the student."""

    told: str = ""


class Mixed(OnTwin, RuntimeError):
    """Tensors of two devices meet, or a generator and a tensor of two."""


class NoNumpy(OnTwin, TypeError):
    """A tensor on the twin is asked for numpy's view of its memory."""


class Lacking(OnTwin, RuntimeError):
    """An operation that CUDA does not have, or not for tensors of this dtype."""


@dataclass
class Log:
    """What one run on the twin found out."""

    told: dict[str, None] = field(default_factory=dict)  # sentences about what would fail, each once
    waits: dict[str, int] = field(default_factory=dict)  # line -> how often the CPU waits there for the GPU
    touched: bool = False  # a line of the student's, or what it calls, worked on a tensor on the twin

    def wait(self, file: str, line: int) -> None:
        """Count that the CPU waits for the GPU."""
        where = place(file, line)
        self.waits[where] = self.waits.get(where, 0) + 1


def place(file: str, line: int) -> str:
    """Return "forward.py, line 31"."""
    return f"{file}, line {line}"


def of_made(made: Made | None, effect: str) -> str:
    """Say where a tensor was left on the CPU, what that does on a GPU, and the remedy."""
    if made is None:
        return f"a tensor is on the CPU, perhaps since its file was imported: {effect}. Write .to(x.device)."
    where = place(made.file, made.line)
    device = f"device={made.like or 'x'}.device"
    if made.when == "imported":
        return (
            f"{where}: {made.by} makes a tensor on the CPU while the file is imported: {effect}. Make it in "
            "the function that needs it, with device=x.device, or move it there: .to(x.device)."
        )
    if made.when == "built":
        return (
            f"{where}: {made.by} makes a tensor that is no parameter and no buffer, so .to(device) leaves "
            f"it on the CPU: {effect}. Use self.register_buffer."
        )
    if made.by == NUMPY:
        return f"{where}: numpy in between leaves a tensor on the CPU: {effect}. Stay with torch."
    if made.by == TO_CPU:
        return f"{where}: a tensor is moved to the CPU and stays there: {effect}. Leave it where it is."
    which = "" if made.like else ", where x is a tensor that came in"
    return f"{where}: {made.by} makes a tensor on the CPU: {effect}. Give it {device}{which}."
