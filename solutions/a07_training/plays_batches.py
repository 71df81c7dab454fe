"""What the checks of accumulation and recomputation run beside your code: models that note their calls.

Each play returns its evidence as data: results, gradients, and in which mode blocks were called.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint_sequential

from .plays import Once, returned

Rows = tuple[Tensor, Tensor, Tensor]  # inputs, targets, and how often each row counts


class Net(nn.Module):
    """Two layers, a frozen bias, and a parameter that nothing uses; weights as they come."""

    def __init__(self, first: Tensor, second: Tensor) -> None:
        super().__init__()
        self.first, self.second = nn.Parameter(first), nn.Parameter(second)
        self.bias = nn.Parameter(
            torch.full((second.shape[1],), 0.25, dtype=second.dtype), requires_grad=False
        )
        self.idle = nn.Parameter(torch.ones(2, dtype=first.dtype))

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, n) to (b, k)."""
        return torch.tanh(x @ self.first) @ self.second + self.bias


def weighted_error(model: nn.Module, rows: Rows) -> tuple[Tensor, int]:
    """Return the sum of the squared errors of the rows that count, and how many they are."""
    x, y, counts = rows
    number = int(counts.sum())
    if not number:
        return torch.zeros(()), 0
    return ((model(x) - y).square().sum(1) * counts).sum(), number


# -------------------- 3.1 accumulate
def accumulate(
    code: Any,
    first: Tensor,
    second: Tensor,
    rows: Sequence[Tensor],
    sizes: list[int],
    left: float | None = None,
    lazy: bool = False,
) -> dict[str, Any]:
    """Return the mean loss and the gradients over all rows, cut into batches of these sizes.

    `left` is what each parameter holds as a gradient beforehand; with `lazy` the batches come only once.
    """
    model = Net(first, second)
    trained = [model.first, model.second]
    for parameter in (*trained, model.idle):
        parameter.grad = None if left is None else torch.full_like(parameter, left)
    batches = list(zip(*(part.split(sizes) for part in rows), strict=True))
    given = Once(batches) if lazy else batches
    loss = returned(code.accumulate.accumulate(model, weighted_error, given), "accumulate")
    idle = torch.zeros(2) if model.idle.grad is None else model.idle.grad
    return {
        "loss": loss,
        "gradients": [p.grad for p in trained],
        "idle": idle,
        "frozen": model.bias.grad is None and not model.bias.requires_grad,
    }


class Layers(nn.Module):
    """Layers tanh(x w) of 64 values; each keeps what it gave until the gradient has come back."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(weight.clone()) for weight in weights])

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, 64) to (b, 64)."""
        for weight in self.weights:
            x = torch.tanh(x * weight)
        return x

    def gradients(self) -> Tensor:
        """Return the gradients of all weights."""
        return torch.stack([weight.grad for weight in self.weights])


def accumulate_many(code: Any, x: Tensor, batches: int, weights: Tensor) -> list[Any]:
    """Return the mean loss and the gradients of many batches, each of them x a little shifted."""
    model = Layers(weights)

    def loss(model: nn.Module, shift: float) -> tuple[Tensor, int]:
        return model(x + shift).square().sum(), len(x)

    mean = code.accumulate.accumulate(model, loss, (i / batches for i in range(batches)))
    return [mean, model.gradients()]


def one_batch(code: Any, x: Tensor, batches: int, weights: Tensor) -> list[Any]:
    """Return the loss and the gradients of a single batch: what training takes at least."""
    model = Layers(weights)
    loss = model(x + 0.5).square().sum() / len(x)
    loss.backward()
    return [loss.item(), model.gradients()]


# -------------------- 3.2 checkpointed
class Noted(nn.Module):
    """x -> dropout(tanh(x W)) + x; notes the number of the block and whether gradients are recorded."""

    def __init__(self, weight: Tensor, number: int, notes: list[list[int]], dropout: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.frozen = nn.Parameter(torch.full_like(weight[0], 0.5), requires_grad=False)
        self.idle = nn.Parameter(torch.ones(2, dtype=weight.dtype))
        self.number, self.notes, self.dropout = number, notes, dropout

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, n) to (b, n)."""
        self.notes.append([self.number, int(torch.is_grad_enabled())])
        inside = torch.tanh(x @ self.weight + self.frozen)
        return F.dropout(inside, self.dropout, self.training) + x


def blocks_of(weights: Sequence[Tensor], dropout: float) -> tuple[list[Noted], list[list[int]]]:
    """Return a block for each weight, and the list in which all of them note their calls."""
    notes: list[list[int]] = []
    return [Noted(weight, i, notes, dropout) for i, weight in enumerate(weights)], notes


def evidence(
    blocks: Sequence[Noted], x: Tensor, run: Any, needs: bool, seed: int, outer: Tensor | None, asked: bool
) -> dict[str, Any]:
    """Run something on x, and back; return all that comes of it, and where torch's generator then stands.

    With `outer` x is multiplied by a parameter before it comes in. `asked`: gradients are those that
    torch.autograd.grad gives, else those that backward leaves. The random state is as before afterwards.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        x = x.clone().requires_grad_(needs)
        scale = None if outer is None else nn.Parameter(outer)
        y = run(x if scale is None else scale * x)
        between = torch.rand(3)
        loss = y.square().sum() + y.sum()
        inputs = [t for t in (x, scale) if t is not None and t.requires_grad]
        leaves = [*inputs, *(block.weight for block in blocks)]
        if asked:
            gradients = list(torch.autograd.grad(loss, leaves))
        else:
            loss.backward()
            gradients = [leaf.grad for leaf in leaves]
        afterwards = torch.rand(3)
    by = {"by x": gradients[: len(inputs)], "by weights": gradients[len(inputs) :]}
    return {"y": y.detach(), **by, "draws": [between, afterwards]}


def checkpointed(
    code: Any,
    weight: Tensor,
    x: Tensor,
    dropout: float = 0.0,
    needs: bool = True,
    seed: int = 0,
    outer: Tensor | None = None,
    times: int = 1,
    asked: bool = False,
) -> dict[str, Any]:
    """Return what a recomputed block makes of x, its gradients, and how it was called.

    `needs`: whether x needs a gradient; `times`: how often the block is used, one after the other;
    `asked`: whether gradients come by torch.autograd.grad.
    """
    (block,), notes = blocks_of([weight], dropout)

    def run(x: Tensor) -> Tensor:
        for _ in range(times):
            x = returned(code.remat.checkpointed(block, x), "checkpointed")
        return x

    return {**evidence([block], x, run, needs, seed, outer, asked), "notes": notes}


def chain(
    code: Any, weights: list[Tensor], x: Tensor, segments: int, dropout: float = 0.0, needs: bool = True
) -> dict[str, Any]:
    """Return what a recomputed chain makes of x, its gradients, and in which order blocks were called."""
    blocks, notes = blocks_of(weights, dropout)

    def run(x: Tensor) -> Tensor:
        return returned(
            code.remat.checkpointed_chain(nn.ModuleList(blocks), x, segments), "checkpointed_chain"
        )

    return {**evidence(blocks, x, run, needs, 0, None, False), "notes": notes}


class Wide(nn.Module):
    """One block of the memory check: x + silu(x u) d, which keeps three tensors of the size of x."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.up = nn.Parameter(torch.full((64,), 0.5 + number / 64))
        self.down = nn.Parameter(torch.full((64,), 0.125))

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, 64) to (b, 64)."""
        return x + F.silu(x * self.up) * self.down


def deep_chain(code: Any, x: Tensor) -> list[Tensor]:
    """Return means over y and over the gradient of x for 64 blocks in 8 pieces, and the blocks' gradients."""
    return _means(x, lambda blocks, x: code.remat.checkpointed_chain(nn.ModuleList(blocks), x, 8))


def torchs_chain(code: Any, x: Tensor) -> list[Tensor]:
    """Return the same by torch's own checkpoint_sequential."""
    return _means(x, lambda blocks, x: checkpoint_sequential(blocks, 8, x, use_reentrant=False))


def _means(x: Tensor, run: Any) -> list[Tensor]:
    blocks, x = nn.Sequential(*(Wide(i) for i in range(64))), x.requires_grad_()
    y = run(blocks, x)
    y.sum().backward()
    return [y.detach().mean(0), x.grad.mean(0), torch.stack([p.grad for p in blocks.parameters()])]
