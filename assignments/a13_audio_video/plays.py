"""What the checks run beside your code: networks with given weights, and models whose answers are known."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]


def calling(code: Any, file: str, function: str, args: list[Any]) -> dict[str, Any]:
    """Return what a function gives, and its arguments after that."""
    return {"value": getattr(getattr(code, file), function)(*args), "arguments": args}


def griffin_lim(code: Any, magnitude: Tensor, phase: Tensor, steps: list[int], sizes: list[int]) -> Any:
    """Return the waves after so many steps each, and what came in."""
    waves = [code.stft.griffin_lim(magnitude, phase, n, *sizes) for n in steps]
    return {"waves": waves, "arguments": [magnitude, phase]}


# -------------------- 2 DiffWave
def residual_block(
    code: Any, weights: Weights, dilation: int, x: Tensor, step: Tensor, mel: Tensor | None = None
) -> list[Tensor]:
    """Return both results of a block with these weights."""
    mels = 0 if mel is None else mel.shape[1]
    block = code.diffwave.ResidualBlock(x.shape[1], dilation, step.shape[1], mels).to(x.dtype)
    block.load_state_dict(weights)
    given = () if mel is None else (mel,)
    return [part.detach() for part in block(x, step, *given)]


def diffwave(
    code: Any, weights: Weights | None, sizes: list[int], wave: Tensor, t: Tensor, mel: Tensor | None = None
) -> Tensor:
    """Return the noise that a network with these weights predicts; None leaves it as it begins."""
    channels, layers, cycle, hop, half, width = sizes
    mels = 0 if mel is None else mel.shape[1]
    torch.manual_seed(0)
    model = code.diffwave.DiffWave(channels, layers, cycle, mels, hop, half, width).to(wave.dtype)
    if weights is not None:
        model.load_state_dict(weights)
    given = () if mel is None else (mel,)
    return model(wave, t, *given).detach()


class Affine(nn.Module):
    """A model whose noise is slope x + shift, plus what it is told: half of the step, and the mel's mean."""

    def __init__(self, slope: float, shift: float) -> None:
        super().__init__()
        self.line = nn.Parameter(torch.tensor([slope, shift], dtype=torch.float64))
        self.told: list[Tensor] = []

    def forward(self, x: Tensor, t: Tensor, mel: Tensor | None) -> Tensor:
        """Predict the noise."""
        if t.shape != x.shape[:1] or t.dtype != x.dtype:
            raise ValueError(f"for x {tuple(x.shape)} {x.dtype} the model got t {tuple(t.shape)} {t.dtype}")
        self.told.append(t.clone())
        slope, shift = self.line.to(x.dtype)
        wanted = 0 if mel is None else mel.mean(dim=(1, 2))[:, None]
        return slope * x + shift + t[:, None] / 8 + wanted


class Exact(Affine):
    """The noise in N(mean, std²) at steps between which the signal's root is linear."""

    def __init__(self, mean: float, std: float, alpha_bar: Tensor) -> None:
        super().__init__(mean, std)
        self.root = alpha_bar.sqrt()

    def forward(self, x: Tensor, t: Tensor, mel: Tensor | None) -> Tensor:
        """Predict the noise."""
        self.told.append(t.clone())
        mean, std = self.line
        low = t.long().clamp(0, len(self.root) - 2)
        root = torch.lerp(self.root[low], self.root[low + 1], t - low)[:, None]  # b 1
        return (1 - root**2).sqrt() / (root**2 * std**2 + 1 - root**2) * (x - root * mean)


def fast_sample(
    code: Any, model: str, numbers: list[float], mel: Tensor | None, x_T: Tensor, noises: list[Tensor],
    schedules: list[Tensor], clip: bool | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Sample with an affine or an exact model; tell what it was told, and how much noise was taken."""
    betas, alpha_bar = schedules
    net = Exact(*numbers, alpha_bar) if model == "exact" else Affine(*numbers)
    taken = []

    def one_by_one() -> Iterator[Tensor]:
        for noise in noises:
            taken.append(1)
            yield noise

    given = () if clip is None else (clip,)
    result = code.vocoder.fast_sample(net, mel, x_T, one_by_one(), betas, alpha_bar, *given)
    return {
        "result": result,
        "told": [one.detach() for one in net.told],
        "taken": len(taken),
        "recorded": result.requires_grad,
        "argument": x_T,
    }


# -------------------- 3 windows
def windowed_prediction(
    code: Any, model: str, x_t: Tensor, t: Tensor, window: int, hop: int
) -> dict[str, Any]:
    """Predict by a model that works frame by frame, or paints its window in its mean; tell its calls."""
    calls = []

    def predict(part: Tensor, step: Tensor) -> Tensor:
        if step.shape != part.shape[:1]:
            raise ValueError(f"the model got {len(part)} spectrograms and steps of shape {tuple(step.shape)}")
        calls.append(part.shape[3])
        told = 1 + step.to(part.dtype)[:, None, None, None]
        if model == "frames":
            return part.square() * told
        return (part.mean(dim=3, keepdim=True) * told).expand_as(part)

    result = code.spectrogram.windowed_prediction(predict, x_t, t, window, hop)
    return {"result": result, "calls": calls, "arguments": [x_t, t]}


# -------------------- 4 image models become video models
def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Attention of one head, for rows of tokens."""
    if q.ndim != 3:
        raise ValueError(f"attend takes (batch, tokens, d); it got {tuple(q.shape)}")
    scores = q @ k.mT / math.sqrt(q.shape[2])
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return scores.softmax(dim=2) @ v


def attention(code: Any, kind: str, x: Tensor, mask: Tensor | None = None) -> dict[str, Any]:
    """Return what "space" or "time" attention makes of tokens."""
    if kind == "space":
        result = code.attention.space_attention(x, attend)
    else:
        given = () if mask is None else (mask,)
        result = code.attention.time_attention(x, attend, *given)
    return {"value": result, "argument": x}


def pseudo3d(code: Any, weights: list[Tensor], x: Tensor) -> Tensor:
    """Return what a Pseudo3dConv makes of a video or of images.

    Its weights are those given, in the order of its parameters; where only two are, the rest is as it began.
    """
    channels_out, channels_in, kernel = weights[0].shape[:3]
    conv = code.inflation.Pseudo3dConv(channels_in, channels_out, kernel).to(x.dtype)
    for parameter, value in zip(conv.parameters(), weights, strict=False):
        parameter.data = value
    return conv(x).detach()


# -------------------- 5 frames
DENOISERS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "linear": lambda z, matrix: torch.einsum("fg,bg...->bf...", matrix, z),
    "curved": lambda z, matrix: torch.einsum("fg,bg...->bf...", matrix, z + z.square() / 4),
    "deaf": lambda z, matrix: matrix.sum() * torch.ones_like(z),
    "deaf, without weights": lambda z, matrix: matrix.detach().sum() * torch.ones_like(z),
}


def reconstruction_guidance(
    code: Any, kind: str, matrix: Tensor, frames: list[Tensor], mask: Tensor, numbers: list[float],
    recording: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Guide a denoiser that mixes frames by a matrix; its weights are parameters, as a network's are."""
    z, known = frames
    weights, calls = nn.Parameter(matrix), []

    def denoise(noisy: Tensor) -> Tensor:
        calls.append(1)
        return DENOISERS[kind](noisy, weights)

    with torch.set_grad_enabled(recording):
        result = code.known_frames.reconstruction_guidance(denoise, z, known, mask, *numbers)
    return {
        "result": result.detach(),
        "recorded": result.requires_grad or z.requires_grad or weights.grad is not None,
        "calls": len(calls),
        "arguments": [z, known.nan_to_num(), mask],
    }


# -------------------- 6 clips of any size
def pack(code: Any, clips: list[Tensor], capacity: int) -> dict[str, Any]:
    """Return the parts of what pack makes, and the clips after it."""
    packed = code.packing.pack(clips, capacity)
    place = [[int(row), int(start)] for row, start in packed.place]
    return {"tokens": packed.tokens, "segment": packed.segment, "place": place, "arguments": clips}


def a_conv(code: Any, weight: Tensor, bias: Tensor, stride: int | None) -> Any:
    """Return a CausalConv3d with these weights."""
    out, channels, frames, size = weight.shape[:4]
    given = () if stride is None else (stride,)
    conv = code.causal.CausalConv3d(channels, out, frames, size, *given).to(weight.dtype)
    conv.conv.weight.data, conv.conv.bias.data = weight, bias
    return conv


def causal(
    code: Any, weight: Tensor, bias: Tensor, parts: list[Tensor], stride: int | None = None
) -> list[list[Tensor]]:
    """Return result and cache of each part; each gets the cache of the one before.

    Parts but the first are done twice with the same cache, and the second counts: a cache must be as it was.
    """
    conv, cache, found = a_conv(code, weight, bias, stride), None, []
    for part in parts:
        if cache is not None:
            conv(part + 1, cache)
        y, cache = conv(part) if cache is None else conv(part, cache)
        found.append([y.detach(), cache.detach()])
    return found


def stream(code: Any, weight: Tensor, bias: Tensor, parts: list[Tensor]) -> dict[str, Any]:
    """Stream parts; tell how many had been asked for when each result came."""
    conv, asked = a_conv(code, weight, bias, None), []

    def one_by_one() -> Iterator[Tensor]:
        for part in parts:
            asked.append(1)
            yield part

    results, when = [], []
    for result in code.causal.stream(conv, one_by_one()):
        results.append(result.detach())
        when.append(len(asked))
    return {"results": results, "when": when}


# -------------------- what costs are compared with
def spectra(code: Any, wave: Tensor, n_fft: int, hop: int) -> Tensor:
    """Transform as many frames as the wave has, all of them the same."""
    frames = wave[:, None, :n_fft].repeat(1, 1 + wave.shape[1] // hop, 1)
    return torch.fft.rfft(frames)


def turned(code: Any, x: Tensor, patch: list[int]) -> Tensor:
    """Write the video down with its channels last."""
    return x.movedim(1, -1).contiguous()
