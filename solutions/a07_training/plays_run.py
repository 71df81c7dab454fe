"""What the checks of stopping and resuming run beside your code: a small training run, and a disk.

Each play returns its evidence as data: losses, what a model then says, what was done on the disk; bytes are
tensors of uint8.
"""

import io
from typing import Any

import torch
from torch import Tensor, nn

from .disk import Disk
from .plays import returned

Parts = dict[str, Any]


class Scale:
    """A part with a number for a state, as a LossScaler has one; each tick makes it half as large again."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def state_dict(self) -> dict[str, Any]:
        """Return the number."""
        return {"scale": self.scale}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take a number over."""
        self.scale = state["scale"]


def fresh_parts(seed: int, noise: int = 3) -> Parts:
    """Return a model with running statistics and dropout, AdamW, a schedule, a scale and a generator."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
    draws = torch.Generator().manual_seed(noise)
    return {"model": model, "optimizer": optimizer, "rate": rate, "scaler": Scale(), "noise": draws}


def train(parts: Parts, steps: int | Tensor) -> list[float]:
    """Return the losses of so many steps; each depends on every part, and on torch's generator by dropout.

    Rows (steps, b, 4) instead of a number are added to the noise that each step draws.
    """
    model, optimizer, rate, scaler, noise = parts.values()
    losses: list[float] = []
    for rows in torch.zeros(steps, 16, 4) if isinstance(steps, int) else steps:
        x = rows + torch.randn(rows.shape, generator=noise)
        loss = scaler.scale * (model(x) - x.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        scaler.scale *= 1.5
        losses.append(loss.item())
    return losses


def says(parts: Parts) -> Tensor:
    """Return what the model says in evaluation mode, where its running statistics count."""
    model = parts["model"].eval()
    with torch.no_grad():
        answer = model(torch.linspace(-1, 1, 12).reshape(3, 4)).flatten()
    model.train()
    return answer


def again(
    code: Any, seed: int, before: int, after: int, times: int = 2, fresh: bool = False
) -> dict[str, Any]:
    """Return losses and answers of a run that is captured, goes on, and is rewound so many times.

    With `fresh` it is rewound into objects that have trained on something else.
    """
    with torch.random.fork_rng(devices=[]):
        parts = fresh_parts(seed)
        train(parts, before)
        saved = returned(code.resume.capture(parts), "capture")
        runs = [(train(parts, after), says(parts))]
        for number in range(times):
            if fresh:
                parts = fresh_parts(seed + 1 + number, noise=99)
                train(parts, 2)
            code.resume.rewind(saved, parts)
            runs.append((train(parts, after), says(parts)))
    return {"losses": [losses for losses, _ in runs], "says": [answer for _, answer in runs]}


def captured(code: Any, seed: int, rows: Tensor) -> Tensor:
    """Return the bytes of what is captured after a step for each of these rows."""
    with torch.random.fork_rng(devices=[]):
        parts = fresh_parts(seed)
        train(parts, rows)
        file = io.BytesIO()
        torch.save(returned(code.resume.capture(parts), "capture"), file)
    return as_tensor(file.getvalue())


def resumed(code: Any, seed: int, held: Tensor, rows: Tensor, weights_only: bool = True) -> dict[str, Any]:
    """Rewind fresh parts to a capture's bytes; return a weight, and losses and answers of the steps after."""
    with torch.random.fork_rng(devices=[]):
        parts = fresh_parts(seed)
        code.resume.rewind(torch.load(io.BytesIO(as_bytes(held)), weights_only=weights_only), parts)
        weight = parts["model"][0].weight.detach().clone()
        losses = train(parts, rows)
        return {"weight": weight, "losses": losses, "says": says(parts)}


def wrong_names(code: Any, seed: int, before: int, name: str) -> dict[str, Any]:
    """Rewind into parts of other names; return whether that was refused, and how the run goes on."""
    with torch.random.fork_rng(devices=[]):
        parts = fresh_parts(seed)
        saved = returned(code.resume.capture(parts), "capture")
        train(parts, before)
        other = {("other" if key == name else key): part for key, part in parts.items()}
        missing = {key: part for key, part in parts.items() if key != name}
        refused: list[bool] = []
        for given in (other, missing):
            try:
                code.resume.rewind(saved, given)
                refused.append(False)
            except ValueError:
                refused.append(True)
        losses = train(parts, 3)
    return {"refused": refused, "losses": losses}


# -------------------- 5.2 save_atomically
WRITE, FLUSH, RENAME, REMOVE = range(4)  # operations on a disk


class Noting(Disk):
    """A disk on which the power never fails; it notes each operation."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.operations: list[list[int | str | Tensor]] = []

    def write(self, name: str, data: bytes) -> None:
        """Make a file."""
        super().write(name, data)
        self.operations.append([WRITE, name, as_tensor(data)])

    def flush(self, name: str) -> None:
        """Wait until a file's bytes are safe."""
        super().flush(name)
        self.operations.append([FLUSH, name])

    def rename(self, old: str, new: str) -> None:
        """Let a file have another name."""
        super().rename(old, new)
        self.operations.append([RENAME, old, new])

    def remove(self, name: str) -> None:
        """Let a file be gone."""
        super().remove(name)
        self.operations.append([REMOVE, name])


def save(code: Any, files: dict[str, Tensor], data: Tensor) -> list[list[int | str | Tensor]]:
    """Save bytes as "model" on a disk with these files, and return what was done there."""
    disk = Noting({name: as_bytes(kept) for name, kept in files.items()})
    code.resume.save_atomically(disk, "model", as_bytes(data))
    return disk.operations


def as_tensor(data: bytes) -> Tensor:
    """Return bytes as a tensor, which may cross to the judge."""
    return torch.tensor(list(data), dtype=torch.uint8)


def as_bytes(data: Tensor) -> bytes:
    """Return the bytes that a tensor stands for."""
    return bytes(data.tolist())


def newest(code: Any, disks: list[dict[str, Tensor]]) -> list[int]:
    """Return for each disk the place of the newest complete checkpoint among its files; -1: None.

    A name that is not on the disk is -2.
    """
    places: list[int] = []
    for files in disks:
        name = code.resume.newest(Disk({name: as_bytes(data) for name, data in files.items()}))
        names = list(files)
        places.append(-1 if name is None else names.index(name) if name in names else -2)
    return places
