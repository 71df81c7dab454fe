"""What the checks run beside your code: modules with the weights that they are told, and what came of it."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .clock import Clock

Weights = dict[str, Tensor]


def loaded(module: nn.Module, weights: Weights) -> Any:
    """Return the module with these weights, in their dtype; the names must be the module's."""
    module.to(next(iter(weights.values())).dtype)
    module.load_state_dict(weights)
    return module


def called(code: Any, file: str, function: str, args: list[Any]) -> dict[str, Any]:
    """Return what a function gives, and its arguments as it leaves them."""
    result = getattr(getattr(code, file), function)(*args)
    return {"result": result, "arguments": [arg for arg in args if isinstance(arg, Tensor)]}


def gradients_of(result: Tensor, leaves: list[Tensor], weights: Tensor) -> list[Tensor | None]:
    """Return the gradients of sum(weights * result), None where there is none."""
    if not result.requires_grad:
        return [None] * len(leaves)
    return list(torch.autograd.grad((weights * result).sum(), leaves, allow_unused=True))


# -------------------- 3 block
def modulated(code: Any, x: Tensor, shift: Tensor, scale: Tensor, weights: Tensor) -> dict[str, Any]:
    """Return the modulated tokens, the gradients of sum(weights * tokens), and the arguments afterwards."""
    leaves = [one.requires_grad_() for one in (x, shift, scale)]
    result = code.block.modulate(*leaves)
    gradients = gradients_of(result, leaves, weights)
    return {"result": result, "gradients": gradients, "arguments": [one.detach() for one in leaves]}


def self_attention(
    code: Any, heads: int, norm: bool, weights: Weights, x: Tensor, turns: Tensor | None = None
) -> dict[str, Any]:
    """Return what SelfAttention makes of x, and what was turned; `turns` holds a matrix for each token."""
    module = loaded(code.block.SelfAttention(x.shape[2], heads, norm), weights)
    given: list[Tensor] = []

    def turn(part: Tensor) -> Tensor:
        given.append(part.detach().clone())
        return torch.einsum("bhnc,nce->bhne", part, turns)

    result = module(x) if turns is None else module(x, turn)
    return {"result": result.detach(), "turned": given}


def dit_block(code: Any, heads: int, weights: Weights, x: Tensor, c: Tensor) -> Tensor:
    """Return what a DiTBlock makes of tokens under a condition."""
    return loaded(code.block.DiTBlock(x.shape[2], heads), weights)(x, c).detach()


def final_layer(code: Any, weights: Weights, x: Tensor, c: Tensor) -> Tensor:
    """Return what a FinalLayer makes of tokens under a condition."""
    module = code.block.FinalLayer(x.shape[2], len(weights["linear.bias"]))
    return loaded(module, weights)(x, c).detach()


def block_gradients(
    code: Any, heads: int, weights: Weights, x: Tensor, c: Tensor, by: Tensor
) -> list[Tensor | None]:
    """Return the gradients of sum(by * block) with respect to tokens and condition."""
    module = loaded(code.block.DiTBlock(x.shape[2], heads), weights)
    leaves = [x.requires_grad_(), c.requires_grad_()]
    return gradients_of(module(*leaves), leaves, by)


class Tokens(nn.Module):
    """The parts of a transformer that `start_at_zero` sets, on tokens that are there already."""

    def __init__(self, code: Any, d: int, depth: int, k: int) -> None:
        super().__init__()
        self.embed = nn.Linear(k, d)
        self.clock = Clock(d, 8)
        self.table = nn.Embedding(4, d)
        self.blocks = nn.ModuleList(code.block.DiTBlock(d, 2) for _ in range(depth))
        self.final = code.block.FinalLayer(d, k)

    def forward(self, tokens: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        """Predict numbers for each token."""
        condition = torch.add(self.clock(t), self.table(labels))
        x = self.embed(tokens)
        for number in range(len(self.blocks)):
            x = self.blocks[number](x, condition)
        return self.final(x, condition)


def started(code: Any, d: int, depth: int, k: int, seed: int) -> Tokens:
    """Return a model that has other weights everywhere before `start_at_zero` sets them."""
    torch.manual_seed(seed)
    model = Tokens(code, d, depth, k).double()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_()
    code.block.start_at_zero(model)
    return model


def start(code: Any, d: int, depth: int, k: int, seed: int, tokens: Tensor) -> dict[str, Any]:
    """Return all weights after start_at_zero, what the model makes of tokens, and its first block."""
    with torch.random.fork_rng(devices=[]):
        model = started(code, d, depth, k, seed)
    t, labels = torch.linspace(0.1, 0.9, len(tokens)), torch.arange(len(tokens)) % 4
    result = model(tokens, t, labels)
    x = tokens.repeat(1, 1, d)[..., :d]
    through = model.blocks[0](x, torch.ones(len(x), d, dtype=x.dtype))
    return {
        "weights": {name: weight.detach() for name, weight in model.named_parameters()},
        "shown": 1 + result.detach(),
        "through": (through - x).detach() + 2,
        "learning": [weight.requires_grad for weight in model.parameters()],
    }


def flags(model: nn.Module, names: set[str]) -> Tensor:
    """Return 1 for each parameter that is named and 0 for the others; last, how many strangers are named."""
    known = [name for name, _ in model.named_parameters()]
    return torch.tensor([int(name in names) for name in known] + [len(set(names) - set(known))])


def first_updates(
    code: Any, d: int, depth: int, k: int, seed: int, tokens: Tensor, target: Tensor
) -> dict[str, Any]:
    """Return which weights would move before each of three updates by SGD, and the loss before each.

    Of the adaLN of the first block, also which of its six parts did move in each update.
    """
    labels = torch.arange(len(tokens)) % 3
    t = torch.linspace(0.1, 0.9, len(tokens))
    named, losses, parts = [], [], []
    with torch.random.fork_rng(devices=[]):
        model = started(code, d, depth, k, seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(3):

        def loss() -> Tensor:
            return F.mse_loss(model(tokens, t, labels), target)

        named.append(flags(model, code.block.moving_weights(model, loss())))
        losses.append(loss().item())
        before = model.blocks[0].adaLN.weight.detach().clone()
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        change = (model.blocks[0].adaLN.weight.detach() - before).abs().unflatten(0, (6, d))
        parts.append((change.amax(dim=(1, 2)) > 0).int())
    return {"named": torch.stack(named), "losses": losses, "parts": torch.stack(parts)}


class Gated(nn.Module):
    """Parameters of every kind: in use, behind a gate that may be closed, unused, and frozen."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        for name, value in zip(("open", "gate", "behind", "unused", "frozen", "late"), values, strict=True):
            setattr(self, name, nn.Parameter(value.clone()))
        self.frozen.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """Use all of them but one."""
        return self.open * x + self.gate * self.behind * x + self.frozen * x + self.late.sum()


def moving(code: Any, values: Tensor, x: Tensor, held: float) -> dict[str, Any]:
    """Return which weights of a Gated move, which do without a graph, and which gradients are as before."""
    model = Gated(values)
    for weight in (model.open, model.behind, model.unused):
        weight.grad = torch.full_like(weight, held)
    named = flags(model, code.block.moving_weights(model, model(x).square().sum()))
    with torch.no_grad():
        without = model(x).square().sum()
    none = flags(model, code.block.moving_weights(model, without))
    gradients = [0.0 if one.grad is None else one.grad.sum().item() for one in model.parameters()]
    return {"named": named, "without a graph": none, "gradients": gradients}


# -------------------- 4 dit
def dit(
    code: Any,
    sizes: dict[str, int],
    weights: Weights,
    x: Tensor,
    t: Tensor,
    labels: Tensor,
    drop: Tensor | None = None,
    training: bool = False,
) -> Tensor:
    """Return what a DiT of these sizes and weights predicts; a `drop` of None is not given."""
    model = loaded(code.dit.DiT(**sizes), weights).train(training)
    given = (x, t, labels) if drop is None else (x, t, labels, drop)
    return model(*given).detach()


def dit_gradients(
    code: Any,
    sizes: dict[str, int],
    weights: Weights,
    x: Tensor,
    t: Tensor,
    labels: Tensor,
    drop: Tensor,
    by: Tensor,
) -> dict[str, Tensor]:
    """Return the gradient of sum(by * prediction) of the table of labels and of the clock's last bias."""
    model = loaded(code.dit.DiT(**sizes), weights).train()
    (by * model(x, t, labels, drop)).sum().backward()
    found = {"table": model.table.weight.grad, "clock": model.clock.fc2.bias.grad}
    return {name: torch.zeros(1) if one is None else one for name, one in found.items()}


# -------------------- 5 joint
def joint(
    code: Any,
    heads: int,
    last: bool,
    weights: Weights,
    x: Tensor,
    text: Tensor,
    c: Tensor,
    mask: Tensor | None = None,
) -> dict[str, Any]:
    """Return both streams behind a JointBlock, and the arguments afterwards; no mask is not given."""
    module = loaded(code.joint.JointBlock(x.shape[2], heads, last), weights)
    found = module(x, text, c) if mask is None else module(x, text, c, mask)
    streams = [one.detach() if isinstance(one, Tensor) else one for one in found]
    return {"streams": streams, "arguments": [x, text, c] + ([] if mask is None else [mask])}


# -------------------- 6 flow
class Affine(nn.Module):
    """A model whose velocity is slope x + pull t + offset[label], without the offset where it is dropped."""

    def __init__(self, slope: Tensor, pull: Tensor, offset: Tensor) -> None:
        super().__init__()
        self.slope, self.pull = nn.Parameter(slope), nn.Parameter(pull)
        self.offset = nn.Parameter(offset)  # (labels,)
        self.asked: list[list[int]] = []

    def forward(self, x: Tensor, t: Tensor, labels: Tensor, drop: Tensor) -> Tensor:
        """Predict, and remember how it was asked."""
        if not isinstance(t, Tensor) or t.shape != x.shape[:1]:
            raise ValueError(f"the model got {len(x)} images and t = {t!r:.40}; it needs a time for each")
        self.asked.append([len(x), len(t), len(labels), len(drop)])
        told = torch.where(drop, 0.0, self.offset[labels])
        given = (self.pull * t + told).reshape(-1, *[1] * (x.ndim - 1))
        return self.slope * x + given


def flow_steps(
    code: Any,
    tables: list[Tensor],
    momentum: float,
    batches: list[dict[str, Tensor]],
    held: float = 0.0,
) -> dict[str, Any]:
    """Return losses and parameters after each update by SGD, and how the model was asked.

    Gradients of `held` are there before the first call.
    """
    model = Affine(*tables)
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, held)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25, momentum=momentum)
    losses, after = [], []
    for batch in batches:
        losses.append(code.flow.flow_step(model, optimizer, **batch))
        after.append([parameter.detach().clone() for parameter in model.parameters()])
    given = [value for batch in batches for value in batch.values()]
    return {"losses": losses, "after": after, "asked": model.asked, "arguments": given}


class Gaussian(nn.Module):
    """The exact velocity of data N(mean, deviation²), for each label and channel."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.mean, self.deviation = nn.Parameter(mean), nn.Parameter(deviation)  # (labels, channels)
        self.calls: list[dict[str, Any]] = []

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        """Return E[eps - x0 | x_t = x], and remember what was asked."""
        if not isinstance(t, Tensor) or t.shape != x.shape[:1] or labels.shape != x.shape[:1]:
            raise ValueError(f"the model got {len(x)} images, labels {labels!r:.40} and t = {t!r:.40}")
        self.calls.append({"t": t.clone(), "labels": labels.clone(), "x": x.detach().clone()})
        t = t.reshape(-1, 1, 1, 1)
        mean, variance = self.mean[labels][..., None, None], self.deviation[labels][..., None, None].square()
        data = 1 - t
        gain = (t - data * variance) / (data.square() * variance + t.square())
        return (gain * (x - data * mean) - mean).to(x.dtype)


class Told(Gaussian):
    """The same as a model in training, which gets to know which labels are dropped."""

    def forward(self, x: Tensor, t: Tensor, labels: Tensor, drop: Tensor) -> Tensor:  # type: ignore[override]
        """Return the velocity of its only label."""
        return super().forward(x, t, labels)


def best_loss(code: Any, deviation: float, x0: Tensor, eps: Tensor, t: Tensor) -> float:
    """Return the loss that flow_step reports of the exact velocity of N(0, deviation²)."""
    table = torch.zeros(1, 1, dtype=torch.float64)
    model = Told(table, table + deviation)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    labels = torch.zeros(len(x0), dtype=torch.long)
    return code.flow.flow_step(model, optimizer, x0, labels, labels > 0, t, eps)


def flow_sample(
    code: Any,
    tables: list[Tensor],
    noise: Tensor,
    labels: Tensor,
    null: int,
    times: Tensor,
    w: float,
    guided: int | None = None,
) -> dict[str, Any]:
    """Return the images with what the model was asked; a `guided` of None is not given."""
    model = Gaussian(*tables)
    options = {} if guided is None else {"guided": guided}
    result = code.flow.flow_sample(model, noise, labels, null, times, w, **options)
    return {
        "result": result.detach(),
        "tracked": result.requires_grad,
        "asked": model.calls,
        "arguments": [noise, labels, times],
    }


def attention_of_many(code: Any, weights: Weights, x: Tensor, heads: int) -> Tensor:
    """Return what SelfAttention makes of x, unrecorded."""
    module = loaded(code.block.SelfAttention(x.shape[2], heads), weights)
    with torch.no_grad():
        result: Tensor = module(x)
    return result


# -------------------- what costs are compared with
def four_tables(code: Any, weights: Weights, x: Tensor, heads: int) -> Tensor:
    """Hold queries, keys, values and the result, as tables of the size of x."""
    q, k, v = x + 1, x + 2, x + 3
    return q + k + v


def shuffle_pixels(code: Any, x: Tensor, p: int) -> Tensor:
    """Move every pixel once, in torch's own order of the channels."""
    return F.pixel_unshuffle(x, p)


def turn_all_alike(code: Any, x: Tensor, h: int, w: int) -> Tensor:
    """Turn all pairs of neighbouring channels by one angle, as complex numbers."""
    numbers = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
    return torch.view_as_real(numbers * (0.6 + 0.8j)).flatten(-2)
