"""What the checks run beside your modules: new ones as they are made, and others with given weights.

Each play returns its evidence as data: results, names and shapes of weights, or what passed between parts.
"""

from typing import Any

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]


def loaded(module: nn.Module, weights: Weights) -> nn.Module:
    """Return the module in float64 with these weights; their names must be the module's."""
    module = module.double()
    module.load_state_dict(weights)
    return module


def shapes_of(module: nn.Module) -> dict[str, list[int]]:
    """Return the shape of each weight by its name."""
    return {name: list(weight.shape) for name, weight in module.state_dict().items()}


# -------------------- 3 pooling
def pool_block(code: Any, sizes: list[int], weights: Weights, x: Tensor) -> Tensor:
    """Return what a RearrangePoolBlock(*sizes) of these weights gives."""
    return loaded(code.pooling.RearrangePoolBlock(*sizes), weights)(x).detach()


def fresh_pool_block(code: Any, sizes: list[int]) -> dict[str, list[int]]:
    """Return the shapes of the weights of a new RearrangePoolBlock(*sizes)."""
    return shapes_of(code.pooling.RearrangePoolBlock(*sizes))


# -------------------- 4 blocks
def res_block(code: Any, sizes: list[int], weights: Weights, x: Tensor, emb: Tensor) -> Tensor:
    """Return what a ResBlock(*sizes) of these weights gives."""
    return loaded(code.blocks.ResBlock(*sizes), weights)(x, emb).detach()


def fresh_res_block(code: Any, sizes: list[int], x: Tensor, emb: Tensor) -> dict[str, Any]:
    """Return what a new ResBlock(*sizes) gives, what its skip gives, its weights' shapes, and which learn."""
    torch.manual_seed(0)
    block = code.blocks.ResBlock(*sizes).double()
    result = block(x, emb)
    result.square().sum().backward()
    learn = [name for name, weight in block.named_parameters() if weight.grad is not None]
    return {
        "result": result.detach(),
        "skip": block.skip(x).detach(),
        "shapes": shapes_of(block),
        "learn": sorted(name for name in learn if block.get_parameter(name).grad.abs().max() > 0),
    }


def attention_block(code: Any, sizes: list[int], weights: Weights, x: Tensor) -> Tensor:
    """Return what a SelfAttention2d(*sizes) of these weights gives."""
    return loaded(code.blocks.SelfAttention2d(*sizes), weights)(x).detach()


def fresh_attention_block(code: Any, sizes: list[int], x: Tensor) -> dict[str, Any]:
    """Return what a new SelfAttention2d(*sizes) gives, and its weights' shapes."""
    torch.manual_seed(0)
    block = code.blocks.SelfAttention2d(*sizes).double()
    return {"result": block(x).detach(), "shapes": shapes_of(block)}


def down(code: Any, channels: int, weights: Weights, x: Tensor) -> Tensor:
    """Return what a Down(channels) of these weights gives."""
    return loaded(code.blocks.Down(channels), weights)(x).detach()


def up(code: Any, channels: int, weights: Weights, x: Tensor, size: tuple[int, int]) -> Tensor:
    """Return what an Up(channels) of these weights gives when this size is asked for."""
    return loaded(code.blocks.Up(channels), weights)(x, tuple(size)).detach()


# -------------------- 5 unet
def unet(
    code: Any,
    settings: dict[str, Any],
    weights: Weights,
    x: Tensor,
    t: Tensor | None = None,
    context: Tensor | None = None,
) -> Tensor:
    """Return what a UNet of these settings and weights gives."""
    return loaded(code.unet.UNet(**settings), weights)(x, t, context).detach()


def fresh_unet(code: Any, settings: dict[str, Any], x: Tensor, t: Tensor) -> dict[str, Any]:
    """Return what a new UNet gives, and its weights' shapes."""
    torch.manual_seed(0)
    model = code.unet.UNet(**settings).double()
    return {"result": model(x, t).detach(), "shapes": shapes_of(model)}


def dtypes_of_unet(code: Any, settings: dict[str, Any], x: Tensor, times: list[Tensor]) -> dict[str, Any]:
    """Return the dtypes of the results of a float32 and of a float64 model at each of these times."""
    model = code.unet.UNet(**settings)
    return {
        str(dtype): [str(model.to(dtype)(x.to(dtype), t).dtype) for t in times]
        for dtype in (torch.float32, torch.float64)
    }


def bridges(
    code: Any, settings: dict[str, Any], weights: Weights, x: Tensor, t: Tensor, context: Tensor | None = None
) -> dict[str, Any]:
    """Return what each block on the way down gave and each on the way up got, level by level, and the result.

    Of the lowest level also what the middle block was told and gave, and what the attention got; of the
    highest what its block on the way up gave.
    """
    model = loaded(code.unet.UNet(**settings), weights)
    levels = range(len(model.down_blocks))
    gave: dict[int, Tensor] = {}
    got: dict[int, Tensor] = {}
    for i in levels:
        model.down_blocks[i].register_forward_hook(lambda _, args, out, i=i: gave.update({i: out.detach()}))
        model.up_blocks[i].register_forward_hook(lambda _, args, out, i=i: got.update({i: args[0].detach()}))
    lowest: dict[str, Tensor] = {}
    model.middle.register_forward_hook(
        lambda _, args, out: lowest.update({"emb": args[1].detach(), "middle": out.detach()})
    )
    model.attention.register_forward_hook(lambda _, args, out: lowest.update({"attention": args[0].detach()}))
    highest: dict[str, Tensor] = {}
    model.up_blocks[0].register_forward_hook(lambda _, args, out: highest.update({"up": out.detach()}))
    result = model(x, t, context).detach()
    if len(gave) < len(levels) or len(got) < len(levels):
        raise ValueError("each of down_blocks and up_blocks must be called once: block(h, emb)")
    return {
        "gave": [gave[i] for i in levels],
        "got": [got[i] for i in levels],
        **lowest,
        **highest,
        "result": result,
    }


def idle(code: Any, settings: dict[str, Any], weights: Weights, x: Tensor, t: Tensor) -> list[str]:
    """Return the names of the weights that the result of a UNet does not depend on."""
    model = loaded(code.unet.UNet(**settings), weights)
    model(x, t).square().sum().backward()
    used = [name for name, weight in model.named_parameters() if weight.grad is not None]
    return [name for name in weights if name not in used]


# -------------------- 6 segmentation
class PixelModel(nn.Module):
    """A model whose logits are a 1 × 1 convolution of the image, bent by the square of its first channel.

    It remembers in which modes it and its part were asked.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)  # (c,)
        self.bias = nn.Parameter(bias)  #     (1,)
        self.bend = nn.Parameter(torch.zeros_like(bias))
        self.part = nn.Identity()
        self.modes: list[bool] = []

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits, (b, 1, h, w)."""
        self.modes.append(self.training and self.part.training)
        line = torch.einsum("bchw,c->bhw", x, self.weight)[:, None] + self.bias
        return self.part(line + self.bend * x[:, :1] ** 2)


def _kind(number: Any) -> str:
    """Return "float" for a plain number, else the name of what came."""
    return "float" if isinstance(number, float) else type(number).__name__


def _plain(number: Any) -> Any:
    """Return a number that came as a tensor as a float, and anything else as it is."""
    return number.item() if isinstance(number, Tensor) else number


def train_step(
    code: Any,
    weight: Tensor,
    bias: Tensor,
    x: Tensor,
    target: Tensor,
    max_norm: float | None = 1.0,
    lr: float = 1.0,
    steps: int = 1,
    momentum: float = 0.0,
    left: float | None = None,
) -> dict[str, Any]:
    """Return what equal steps of descent tell and leave; the model comes in evaluation mode.

    The optimizer has the parameters in two groups. `left` is what each holds as a gradient beforehand; a
    `max_norm` of None is not given.
    """
    model = PixelModel(weight, bias).eval()
    groups = [{"params": [model.weight]}, {"params": [model.bias, model.bend]}]
    optimizer = torch.optim.SGD(groups, lr=lr, momentum=momentum)
    for parameter in model.parameters():
        parameter.grad = None if left is None else torch.full_like(parameter, left)
    given = () if max_norm is None else (max_norm,)
    told = [code.segmentation.train_step(model, optimizer, x, target, *given) for _ in range(steps)]
    return {
        "losses": [_plain(loss) for loss, _ in told],
        "norms": [_plain(norm) for _, norm in told],
        "kinds": sorted({_kind(number) for pair in told for number in pair}),
        "weights": [parameter.detach() for parameter in model.parameters()],
        "modes": model.modes,
        "arguments": [x, target],
    }
