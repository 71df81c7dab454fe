"""What the checks run beside your code: layers, models and decoders whose answers are known."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


# -------------------- 1 stable diffusion
class MaskedLayer(nn.Module):
    """A layer that adds the tanh of what attention finds; its scores are x M x', for one head."""

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.matrix = nn.Parameter(matrix)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the rows after this layer; a row that may look at nothing finds zeros."""
        if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
            raise ValueError("a layer needs a mask of True and False")
        scores = (x @ self.matrix @ x.mT).masked_fill(~mask, -torch.inf)
        seen = scores.softmax(dim=-1).nan_to_num(0)  # as fused kernels have it where there is nothing
        return x + torch.tanh(seen @ x)


def clip_context(code: Any, matrices: Tensor, scale: Tensor, x: Tensor, skip: int | None = None) -> Tensor:
    """Return the context that layers with these matrices and a LayerNorm make; None is no argument."""
    layers = nn.ModuleList(MaskedLayer(matrix) for matrix in matrices)
    norm = nn.LayerNorm(x.shape[2]).double()
    norm.weight.data = scale
    given = () if skip is None else (skip,)
    return code.stable_diffusion.clip_context(layers, norm, x, *given)


class Slopes(nn.Module):
    """A model whose noise at step t is slope[t] z + shift[t] + bend[t] z²; it remembers what it was asked."""

    def __init__(self, tables: Tensor) -> None:
        super().__init__()
        self.tables = nn.Parameter(tables)  # 3 T
        self.asked: list[tuple[Tensor, int]] = []

    def forward(self, z: Tensor, t: int) -> Tensor:
        """Predict the noise."""
        self.asked.append((z.detach().clone(), int(t)))
        slope, shift, bend = self.tables[:, t].to(z.dtype)
        return slope * z + shift + bend * z * z


def plms(
    code: Any, tables: Tensor, z: Tensor, t: list[int], signal: Tensor, times: int = 1
) -> dict[str, Any]:
    """Run the sampler so many times; return the last result and what the model was asked in that run."""
    ladder = code.ladder.Ladder(tuple(t), signal)
    for _ in range(times):
        model = Slopes(tables)
        result = code.stable_diffusion.plms(model, z, ladder)
    return {
        "result": result,
        "tracked": result.requires_grad,
        "z": [one for one, _ in model.asked],
        "t": torch.tensor([t for _, t in model.asked]),
        "argument": z,
    }


def enlarged(z: Tensor, factor: int) -> Tensor:
    """Return each pixel repeated."""
    return z.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)


def tiled_decode(code: Any, z: Tensor, tile: int, overlap: int, factor: int, decoder: str) -> dict[str, Any]:
    """Decode in tiles; the decoder works pixel by pixel, or paints its tile in the mean of its latents.

    The images have one channel more than the latents.
    """
    sizes, tracked = [], []
    nothing = nn.Parameter(torch.zeros((), dtype=z.dtype))

    def pixelwise(part: Tensor) -> Tensor:
        return torch.cat([part.square(), part[:, :1] - 2], dim=1)

    def painted(part: Tensor) -> Tensor:
        mean = part.mean(dim=(2, 3), keepdim=True).expand_as(part)
        return torch.cat([mean, 3 * mean[:, :1]], dim=1)

    def decode(part: Tensor) -> Tensor:
        sizes.append(list(part.shape[2:]))
        image = enlarged({"pixelwise": pixelwise, "painted": painted}[decoder](part), factor) + nothing
        tracked.append(image.requires_grad)
        return image

    result = code.stable_diffusion.tiled_decode(decode, z, tile, overlap, factor)
    recorded = result.requires_grad or any(tracked)
    return {"result": result, "sizes": sizes, "recorded": recorded, "argument": z}


# -------------------- 2 dvae
def with_gradient(code: Any, file: str, function: str, args: list[Any], weights: Tensor) -> dict[str, Any]:
    """Return a function's value, its first argument's gradient of sum(weights * value), and all arguments."""
    first = args[0].clone().requires_grad_()
    value = getattr(getattr(code, file), function)(first, *args[1:])
    gradient = None
    if isinstance(value, Tensor) and value.requires_grad:
        (gradient,) = torch.autograd.grad((weights * value).sum(), first)
    return {"value": value, "gradient": gradient, "arguments": [first.detach(), *args[1:]]}


# -------------------- 3 the stream
def vocabulary(code: Any, sizes: list[int]) -> Any:
    """Return the vocabulary of these sizes: words, text positions, codes."""
    return code.vocabulary.Vocabulary(*sizes)


def join(code: Any, text: Tensor, codes: Tensor, sizes: list[int]) -> dict[str, Any]:
    """Return the streams, and what came in."""
    stream = code.stream.join(text, codes, vocabulary(code, sizes))
    return {"stream": stream, "arguments": [text, codes]}


def split_logits(code: Any, logits: Tensor, past: int, sizes: list[int]) -> dict[str, Any]:
    """Return the logits that are left, and those that came in."""
    left = code.stream.split_logits(logits, past, vocabulary(code, sizes))
    return {"left": left, "argument": logits}


def stream_loss(code: Any, logits: Tensor, stream: Tensor, sizes: list[int]) -> dict[str, Any]:
    """Return the loss and its gradient by the logits."""
    logits.requires_grad_()
    loss = code.stream.stream_loss(logits, stream, vocabulary(code, sizes))
    (gradient,) = torch.autograd.grad(loss, logits)
    return {"loss": loss.detach(), "gradient": gradient}


def attend(
    code: Any, weights: list[Tensor], heads: int, parts: list[Tensor], mask: Tensor | None = None
) -> list[Tensor]:
    """Return what a CachedAttention makes of the parts, one call after the other.

    Each call but the first is made twice with the cache that the one before returned; the second counts, so
    a cache must be as it was.
    """
    layer = code.generate.CachedAttention(weights[2].shape[0], heads).double()
    for parameter, value in zip(layer.parameters(), weights, strict=True):  # qkv and proj, weight and bias
        parameter.data = value
    given = () if mask is None else (mask,)
    results, cache = [], None
    for part in parts:
        if cache is not None:
            layer(part + 1, cache, *given)
        result, cache = layer(part, cache, *given)
        results.append(result.detach())
    return results


class Remembering(nn.Module):
    """A model of streams whose logits are the sum of a row of its table for each token so far.

    Its cache is that sum. It remembers the ids of each call, and whether the call was recorded.
    """

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)  # V+1 V; the last row is that of BOS
        self.asked: list[Tensor] = []
        self.recorded = False

    def forward(self, ids: Tensor, cache: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return a row of logits for each id, and the sum with all of them."""
        self.asked.append(ids.clone())
        self.recorded |= torch.is_grad_enabled()
        sums = self.table[ids].cumsum(dim=1)  # b m V
        if cache is not None:
            sums = sums + cache[:, None]
        return sums, sums[:, -1]


def generate(code: Any, table: Tensor, prefix: Tensor, uniforms: Tensor, sizes: list[int]) -> dict[str, Any]:
    """Return the ids that a remembering model is led to, and the ids of each call."""
    model = Remembering(table)
    ids = code.generate.generate(model, prefix, uniforms, vocabulary(code, sizes))
    asked = [list(one.shape) for one in model.asked]
    seen = torch.cat(model.asked, dim=1) if model.asked else prefix[:, :0]
    return {"ids": ids, "asked": asked, "seen": seen, "recorded": model.recorded}


# -------------------- 4 unclip
def prior_loss(
    code: Any, slopes: Tensor, z_image: Tensor, cond: Tensor, noise: Tensor, t: Tensor, alpha_bar: Tensor
) -> dict[str, Any]:
    """Return the loss of a net that answers slopes[t] z_t + cond, what it was asked, and what came in."""
    asked: list[Tensor] = []

    def net(z_t: Tensor, t: Tensor, cond: Tensor) -> Tensor:
        if t.shape != z_t.shape[:1]:
            raise ValueError(f"the net got {len(z_t)} embeddings and steps of shape {tuple(t.shape)}")
        asked.append(z_t.detach().clone())
        return slopes[t][:, None].to(z_t.dtype) * z_t + cond

    loss = code.unclip.prior_loss(net, z_image, cond, noise, t, alpha_bar)
    return {"loss": loss, "asked": asked, "arguments": [z_image, noise, t, alpha_bar]}


def sample_prior(
    code: Any, slopes: Tensor, shifts: Tensor, cond: Tensor, noises: Tensor, betas: Tensor
) -> dict[str, Any]:
    """Return what ancestral sampling makes of a net that answers slopes[t] z_t + shifts[t] + cond."""
    weights = nn.Parameter(torch.stack([slopes, shifts]))  # 2 T
    asked: list[Tensor] = []

    def net(z_t: Tensor, t: Tensor, cond: Tensor) -> Tensor:
        if t.shape != z_t.shape[:1]:
            raise ValueError(f"the net got {len(z_t)} embeddings and steps of shape {tuple(t.shape)}")
        asked.append(t.clone())
        slope, shift = weights[:, t, None].to(z_t.dtype)  # b 1
        return slope * z_t + shift + cond

    result = code.unclip.sample_prior(net, cond, noises, betas)
    return {"result": result, "t": torch.stack(asked), "recorded": result.requires_grad, "argument": noises}


def decoder_condition(
    code: Any, weights: list[Tensor], z_image: Tensor, clock: Tensor, text: Tensor, drop: Tensor | None
) -> dict[str, Any]:
    """Return clock and rows of a DecoderCondition with these weights, and what came in."""
    width = text.shape[2]
    module = code.unclip.DecoderCondition(z_image.shape[1], clock.shape[1], width).double()
    layers = (module.to_time.weight, module.to_time.bias, module.to_tokens.weight, module.to_tokens.bias)
    for parameter, value in zip(layers, weights, strict=True):
        parameter.data = value
    given = () if drop is None else (drop,)
    clock_out, rows = module(z_image, clock, text, *given)
    return {"clock": clock_out.detach(), "rows": rows.detach(), "arguments": [z_image, clock, text]}


# -------------------- 5 gigagan
def pyramid(code: Any, x: Tensor, levels: int) -> dict[str, Any]:
    """Return the levels, and what came in."""
    return {"levels": list(code.gigagan.pyramid(x, levels)), "argument": x}


def gradients_of_losses(
    code: Any, real: list[Tensor], fake: list[Tensor], mismatched: list[Tensor]
) -> dict[str, Any]:
    """Return both losses, the adversary's gradients by all logits, and the generator's by those of fakes."""
    lists = [[one.requires_grad_() for one in part] for part in (real, fake, mismatched)]
    adversary, generator = code.gigagan.multiscale_losses(*lists)
    leaves = [one for part in lists for one in part]
    of_adversary = torch.autograd.grad(adversary, leaves, allow_unused=True)
    of_generator = torch.autograd.grad(generator, lists[1], allow_unused=True)
    return {
        "losses": [adversary.detach(), generator.detach()],
        "of adversary": list(of_adversary),
        "of generator": list(of_generator),
    }


# -------------------- what costs are compared with
def one_convolution(code: Any, x: Tensor, bank: Tensor, logits: Tensor, style: Tensor) -> Tensor:
    """Convolve all samples with the first kernel of the bank."""
    return F.conv2d(x, bank[0], padding=bank.shape[-1] // 2)


def products_of_all(code: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Work out all products of queries and keys, and their softmax."""
    return (q @ k.mT).softmax(dim=-1)[..., 0]
