"""One rank of the lab's training: started by the notebook, killed by it, and started again. Given.

    python -m assignments.a07_training.lab_worker '{"rank": 0, "world": 2, "port": 29500, ...}'

All of it is yours but the order: shards, accumulation, averaged gradients over the ring, clipping, schedule,
groups, power averages, capture and rewind, and files that survive.
"""

import copy
import functools
import io
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from common.datasets import digits, split
from common.networks import SmallNet

from .accumulate import accumulate
from .clip import clip_by_norm
from .disk import complete
from .ema import power_beta, power_gamma
from .optim import decay_groups
from .parallel import average_gradients, ring_all_reduce, shard_indices
from .ranks import Member
from .resume import capture, newest, rewind, save_atomically
from .schedule import warmup_cosine

T = 500  #              steps of the diffusion, on the cosine schedule
SIZE = 64  #            images of one rank in an update
PEAK, WARMUP = 3e-3, 100
LENGTHS = (0.05, 0.10)  # of the averages, as shares of the run
STORED = 8  #           times that they are stored


class Folder:
    """A folder as a disk: what task 5.2 does, on real files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, data: bytes) -> None:
        """Write bytes; they may still be on their way to the disk."""
        (self.path / name).write_bytes(data)

    def flush(self, name: str) -> None:
        """Wait until a file's bytes are on the disk."""
        with (self.path / name).open("rb+") as file:
            os.fsync(file.fileno())

    def rename(self, old: str, new: str) -> None:
        """Let a file have another name, in one operation."""
        (self.path / old).replace(self.path / new)

    def remove(self, name: str) -> None:
        """Let a file be gone."""
        (self.path / name).unlink()

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""
        return (self.path / name).read_bytes()

    def names(self) -> list[str]:
        """Return the names of all files."""
        return sorted(path.name for path in self.path.iterdir())


class Process:
    """A rank that is a process: sends to the next one over gloo, and counts the values that it sends."""

    def __init__(self, rank: int, world: int) -> None:
        self.rank, self.world, self.sent = rank, world, [0]

    def shift(self, x: Tensor) -> Tensor:
        """Send x to rank + 1, and return what rank - 1 sent; its length goes before it."""
        self.sent.append(x.numel())
        length = self._swap(torch.tensor([x.numel()]), torch.zeros(1, dtype=torch.int64))
        return self._swap(x.contiguous(), torch.empty(int(length), dtype=x.dtype))

    def _swap(self, x: Tensor, into: Tensor) -> Tensor:
        import torch.distributed as dist

        to, back = (self.rank + 1) % self.world, (self.rank - 1) % self.world
        both = [dist.P2POp(dist.isend, x, to), dist.P2POp(dist.irecv, into, back)]
        for waiting in dist.batch_isend_irecv(both):
            waiting.wait()
        return into


def fresh_parts(rank: int, seed: int) -> dict[str, Any]:
    """Return the model, the same on all ranks, its optimizer and averages, and this rank's own generator."""
    torch.manual_seed(seed)
    model = SmallNet((1, 8, 8), T)
    optimizer = torch.optim.AdamW(decay_groups(model, 0.01), lr=0.0, betas=(0.9, 0.99), fused=True)
    averages = {f"average {length}": copy.deepcopy(model) for length in LENGTHS}
    noise = torch.Generator().manual_seed(1000 * seed + rank)
    return {"model": model, "optimizer": optimizer, "noise": noise, **averages}


def alpha_bar() -> Tensor:
    """Return the signal variance of each step (cosine schedule)."""
    angle = (torch.arange(1, T + 1, dtype=torch.float64) / T + 0.008) / 1.008 * math.pi / 2
    return torch.cos(angle).square().clamp(min=1e-5)


def noised(x0: Tensor, noise: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Return noisy images, their steps, and the v that the model is to predict."""
    t = torch.randint(T, (len(x0),), generator=noise)
    eps = torch.randn(x0.shape, generator=noise)
    a = alpha_bar()[t].float()[:, None, None, None]
    signal, size = a.sqrt(), (1 - a).sqrt()
    return signal * x0 + size * eps, t, signal * eps - size * x0


def v_loss(model: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, int]:
    """Return the sum over the images of their mean squared errors, and how many images there are."""
    x, t, v = batch
    return (model(x, t) - v).square().mean((1, 2, 3)).sum(), len(x)


def update(parts: dict[str, Any], me: Member, step: int, updates: int, seed: int, falling: bool) -> float:
    """Make update number `step`, from 0; return this rank's mean loss before it."""
    model, images = parts["model"], training_images()
    # This rank's images, in two batches, one graph at a time.
    epoch, at = divmod(step, math.ceil(len(images) / me.world / SIZE))
    mine = shard_indices(len(images), me.rank, me.world, epoch, seed, start=at * SIZE)[:SIZE]
    batches = [noised(images[half], parts["noise"]) for half in mine.chunk(2)]
    value = accumulate(model, v_loss, batches)
    # One gradient for all ranks, one step.
    average_gradients(model.parameters(), len(mine), me, ring_all_reduce)
    clip_by_norm(model.parameters(), 1.0)
    for group in parts["optimizer"].param_groups:
        group["lr"] = warmup_cosine(step, PEAK, WARMUP, updates, floor=0.0 if falling else PEAK)
    parts["optimizer"].step()
    for length in LENGTHS:
        average(parts[f"average {length}"], model, power_beta(step + 1, power_gamma(length)))
    return value


def average(held: nn.Module, model: nn.Module, beta: float) -> None:
    """Move an average towards the model: it keeps `beta` of itself."""
    with torch.no_grad():
        torch._foreach_lerp_([*held.parameters()], [*model.parameters()], 1 - beta)  # all at once: faster


@functools.cache
def training_images() -> Tensor:
    """Return the images to train on."""
    return split(digits())[0].x


def learn(
    me: Member, folder: Path, updates: int, every: int, seed: int, falling: bool, end: int | None = None
) -> None:
    """Train from the newest checkpoint that all ranks have to the end; note each loss, to the bit."""
    parts = fresh_parts(me.rank, seed)
    disks = [Folder(folder / f"rank-{rank}") for rank in range(me.world)]
    start = go_on(parts, disks, me.rank)
    with (folder / f"losses-{me.rank}-from-{start}.txt").open("w") as log:
        for step in range(start, updates if end is None else end):
            log.write(update(parts, me, step, updates, seed, falling).hex() + "\n")
            log.flush()
            if (step + 1) % every == 0:
                state = io.BytesIO()
                torch.save(capture(parts), state)
                save_atomically(disks[me.rank], f"step-{step + 1}", complete(state.getvalue()))
            if (step + 1) % (updates // STORED) == 0 and me.rank == 0:
                store(parts, folder, step + 1)
            if step == start:
                (folder / f"sent-{me.rank}.txt").write_text(str(sum(me.sent)))
    if me.rank == 0:
        torch.save(parts["model"].state_dict(), folder / "last.pt")


def go_on(parts: dict[str, Any], disks: list[Folder], rank: int) -> int:
    """Put the parts into the newest state that every rank has stored; return the number of its updates."""
    found = [newest(disk) for disk in disks]
    if None in found:
        return 0
    name = min(found, key=lambda name: int(name.split("-")[1]))
    data = disks[rank].read(name)[:-4]  # without the checksum
    rewind(torch.load(io.BytesIO(data), weights_only=True), parts)
    return int(name.split("-")[1])


def store(parts: dict[str, Any], folder: Path, step: int) -> None:
    """Store both averages, in half precision."""
    names = [f"average {length}" for length in LENGTHS]
    halves = [{name: w.half() for name, w in parts[one].state_dict().items()} for one in names]
    torch.save(halves, folder / f"averages-{step}.pt")


def main() -> None:
    """Be one process of several."""
    import torch.distributed as dist

    given = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    rank, world, port = given.pop("rank"), given.pop("world"), given.pop("port")
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=world)
    learn(Process(rank, world), Path(given.pop("folder")), **given)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
