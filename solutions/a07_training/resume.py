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
    # BEGIN SOLUTION
    states = {
        name: part.get_state() if isinstance(part, torch.Generator) else part.state_dict()
        for name, part in parts.items()
    }
    return {"parts": copy.deepcopy(states), "random": torch.get_rng_state()}
    # END SOLUTION


def rewind(saved: dict[str, Any], parts: dict[str, Part]) -> None:
    """Put parts and torch's generator into the captured state, so that the run goes on to the same bits.

    The parts may be those that were captured or fresh ones of the same kinds, and one capture may be used as
    often as one likes. Raises ValueError, before anything is changed, when the names of the parts differ.
    """
    # BEGIN SOLUTION
    if saved["parts"].keys() != parts.keys():
        raise ValueError(f"captured {sorted(saved['parts'])}, asked for {sorted(parts)}")
    # An optimizer keeps the tensors that it loads, and training would write into ours.
    states = copy.deepcopy(saved["parts"])
    for name, part in parts.items():
        if isinstance(part, torch.Generator):
            part.set_state(states[name])
        else:
            part.load_state_dict(states[name])
    torch.set_rng_state(saved["random"])
    # END SOLUTION


def save_atomically(disk: Disk, name: str, data: bytes) -> None:
    """Write a file so that, whenever the power fails, it has all of its old bytes or all of the new ones.

    Once this has returned, it has the new ones. Files of other names may be written on the way.
    """
    # BEGIN SOLUTION
    part = f"{name}.part"
    disk.write(part, data)
    disk.flush(part)
    disk.rename(part, name)
    # END SOLUTION


def newest(disk: Disk) -> str | None:
    """Return the name of the newest checkpoint that is complete, None when there is none.

    Checkpoints are the files named "step-<digits>"; the largest number is the newest. `is_complete(data)`,
    from disk.py, says whether a file's bytes are all there.
    """
    # BEGIN SOLUTION
    numbers = {name: int(name[5:]) for name in disk.names() if re.fullmatch(r"step-\d+", name)}
    complete = [name for name in numbers if is_complete(disk.read(name))]
    return max(complete, key=lambda name: numbers[name], default=None)
    # END SOLUTION
