"""What the checks of stopping and resuming run beside your code: a small training run, and a disk that fails.

Each play returns its evidence as data: losses, what a model then says, and bytes as tensors of uint8.
"""

import io
import random
from typing import Any

import torch
from torch import Tensor, nn

from .disk import Disk, PowerFailure, complete
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


def train(parts: Parts, steps: int) -> list[float]:
    """Return the losses of so many steps; each depends on every part, and on torch's generator by dropout."""
    model, optimizer, rate, scaler, noise = parts.values()
    losses: list[float] = []
    for _ in range(steps):
        x = torch.randn(16, 4, generator=noise)
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


def straight_on(seed: int, before: int, after: int) -> tuple[list[float], Tensor]:
    """Return losses and answers of a run that is never stopped, after its first steps; for the judge."""
    with torch.random.fork_rng(devices=[]):
        parts = fresh_parts(seed)
        train(parts, before)
        return train(parts, after), says(parts)


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


def through_bytes(code: Any, seed: int, before: int, after: int) -> dict[str, Any]:
    """Return losses and answers of a run that is captured, stored as bytes, read again and rewound."""
    with torch.random.fork_rng(devices=[]):
        parts = fresh_parts(seed)
        train(parts, before)
        file = io.BytesIO()
        torch.save(returned(code.resume.capture(parts), "capture"), file)
        file.seek(0)
        parts = fresh_parts(seed + 5)
        code.resume.rewind(torch.load(file, weights_only=True), parts)
        losses = train(parts, after)
        answer = says(parts)
    return {"losses": losses, "says": answer}


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
def content(seed: int, label: str) -> bytes:
    """Return 24 bytes that the seed decides; the judge makes the same."""
    return random.Random(f"{seed}/{label}").randbytes(24)


def save_and_fail(code: Any, seed: int, old: bool, share: float, most: int = 12) -> dict[str, Any]:
    """Write a file once for each operation at which the power may fail, and return what is there afterwards.

    `old` says whether the file was there before; bytes come from the seed. An empty tensor: no such file.
    """
    before = {"model": content(seed, "old"), "other": content(seed, "other")}
    if not old:
        del before["model"]
    found: list[Tensor] = []
    others: list[Tensor] = []
    for operations in range(most):
        disk = Disk(before, operations)
        try:
            code.resume.save_atomically(disk, "model", content(seed, "new"))
            done = True
        except PowerFailure:
            done = False
        left = disk.after_failure(share)
        found.append(as_tensor(left.get("model", b"")))
        others.append(as_tensor(left.get("other", b"")))
        if done:
            break
    return {"found": found, "others": others, "finished": done}


def as_tensor(data: bytes) -> Tensor:
    """Return bytes as a tensor, which may cross to the judge."""
    return torch.tensor(list(data), dtype=torch.uint8)


def newest(code: Any, disks: list[list[str]], broken: list[list[str]]) -> list[int]:
    """Return for each disk, a list of names, the place of the newest complete checkpoint; -1: None.

    Files that are `broken` lack their last byte. A name that is not on the disk is -2.
    """
    places: list[int] = []
    for names, cut in zip(disks, broken, strict=True):
        whole = {name: complete(name.encode()) for name in names}
        disk = Disk({name: data[:-1] if name in cut else data for name, data in whole.items()})
        name = code.resume.newest(disk)
        places.append(-1 if name is None else names.index(name) if name in names else -2)
    return places
