"""Stopping and going on: a run as a value that can be stored, and files that survive a crash."""

import copy
import re
from typing import Any, Protocol

import torch

from .disk import Disk, is_complete


class Stateful(Protocol):
    """A module, an optimizer, a schedule, a LossScaler: whatever has a state."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> Any: ...


Part = Stateful | torch.Generator


def capture(parts: dict[str, Part]) -> dict[str, Any]:
    """Return everything that the rest of a run depends on: the state of each part and of torch's generator.

    The result does not change when training goes on, and survives torch.save and
    torch.load(weights_only=True).
    """
    raise NotImplementedError("TODO rewind: read task 5.1 in README.md")


def rewind(saved: dict[str, Any], parts: dict[str, Part]) -> None:
    """Put parts and torch's generator into the captured state, so that the run goes on to the same bits.

    The parts may be those that were captured or fresh ones of the same kinds, and one capture may be used as
    often as one likes. Raises ValueError, before anything is changed, when the names of the parts differ.
    """
    raise NotImplementedError("TODO rewind: read task 5.1 in README.md")


def save_atomically(disk: Disk, name: str, data: bytes) -> None:
    """Write a file so that, whenever the power fails, it has all of its old bytes or all of the new ones.

    Once this has returned, it has the new ones. Files of other names may be written on the way.
    """
    raise NotImplementedError("TODO save_atomically: read task 5.2 in README.md")


def newest(disk: Disk) -> str | None:
    """Return the name of the newest checkpoint that is complete, None when there is none.

    Checkpoints are the files named "step-<digits>"; the largest number is the newest. `is_complete(data)`,
    from disk.py, says whether a file's bytes are all there.
    """
    raise NotImplementedError("TODO save_atomically: read task 5.2 in README.md")
