"""Save everything that training depends on, and continue to the bit as if it had never stopped.

    save_checkpoint(path, step.step, model=model, optimiser=optimiser, noise=generator)
    start = load_checkpoint(path, model=model, optimiser=optimiser, noise=generator)

What must be saved is every object that changes from step to step: the weights, the optimiser's moments, an
average of weights, each random generator. torch's global generators, which dropout uses, are always included.
The number of steps tells `minibatches(..., start=start)` where in which epoch it stood.
"""

from pathlib import Path
from typing import Any, Protocol

import torch


class Stateful(Protocol):
    """A module, an optimiser, a learning-rate schedule: whatever has a state that torch can save."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


Part = Stateful | torch.Generator


def save_checkpoint(path: str | Path, step: int, **parts: Part) -> None:
    """Write the step and the state of each part, under the names given.

    The file appears under its name only when it is complete, so being killed meanwhile leaves the older one.
    """
    states = {name: _state(part) for name, part in parts.items()}
    half_written = Path(f"{path}.part")
    torch.save({"step": step, "parts": states, "global_generators": _global_generators()}, half_written)
    half_written.replace(path)


def load_checkpoint(path: str | Path, **parts: Part) -> int:
    """Put each part, and torch's global generators, back into the saved state; return the step.

    Only tensors and plain values are read (`weights_only=True`), so a file from elsewhere cannot run code. A
    ValueError says when the names differ from those that were saved.
    """
    saved = torch.load(path, map_location="cpu", weights_only=True)
    if saved["parts"].keys() != parts.keys():
        raise ValueError(
            f"{path} holds {', '.join(sorted(saved['parts']))}; asked for {', '.join(sorted(parts))}"
        )
    for name, part in parts.items():
        _restore(part, saved["parts"][name])
    _restore_global_generators(saved["global_generators"])
    return int(saved["step"])


def _state(part: Part) -> Any:
    return part.get_state() if isinstance(part, torch.Generator) else part.state_dict()


def _restore(part: Part, state: Any) -> None:
    if isinstance(part, torch.Generator):
        part.set_state(state)
    else:
        part.load_state_dict(state)


def _global_generators() -> dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _restore_global_generators(states: dict[str, Any]) -> None:
    torch.set_rng_state(states["cpu"])
    if torch.cuda.is_available() and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
