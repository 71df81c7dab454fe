"""Judges what the lab hands in: the weights of encoder, decoder and transformer, with which it draws itself.

64 digits, 0 to 9 in turn, ten of them light and ten bold and so on, drawn here at guidance 2 and temperature
0.8 and looked at as all digits are (`common/labs/digits.py`). Three measures besides:

    restored    mean error of the digits that nobody trained on, through encoder and decoder. The mean picture
                of a class has 0.39, the lab's dVAE 0.17.
    repeated    the share of drawn digits that lie much nearer to what the dVAE makes of some training digit
                than fresh digits do: pixels tell no copy that went through the dVAE. The lab's have 0 to
                0.05, training digits 1.
    ink         mean brightness of the bold ones less that of the light ones.

Weights are data: they are put into the given networks, and no code of a hand-in runs.
"""

from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from common.datasets import digits, split
from common.labs.digits import judge_samples
from common.labs.images import distances
from common.labs.measure import Measure, Wanted

from .networks import GRID, LAYERS, VOCABULARY, DigitDecoder, StreamModel, digit_encoder, one_hot_grid

TOKENS = VOCABULARY.length + GRID**2
ASKED, BOLD = torch.arange(64) % 10, torch.arange(64) // 10 % 2 == 1
GUIDANCE, TEMPERATURE = 2.0, 0.8
NEAR = 0.3  # of the median distance that fresh digits have to the nearest training digit


class Whole(nn.Module):
    """Attention by torch, among all tokens at once: it keeps nothing."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, cache: None, mask: Tensor) -> tuple[Tensor, None]:
        """Return what attention makes of the tokens; whatever the mask says, none sees a later one."""
        n = x.shape[1]
        hidden = ~mask[:n, :n].tril()
        weights = (self.qkv.weight, self.qkv.bias, None, None, False, 0.0, self.proj.weight, self.proj.bias)
        x = x.transpose(0, 1)
        seen, _ = F.multi_head_attention_forward(
            x, x, x, x.shape[2], self.heads, *weights, training=False, need_weights=False, attn_mask=hidden
        )
        return seen.transpose(0, 1), None


def judged_networks() -> nn.ModuleDict:
    """Return the networks whose weights are handed in, under the names that they have in the lab."""
    masks = torch.zeros(LAYERS, TOKENS, TOKENS, dtype=torch.bool)
    return nn.ModuleDict(
        {"encoder": digit_encoder(), "decoder": DigitDecoder(), "transformer": StreamModel(Whole, masks)}
    )


ARRAYS = {
    name: Wanted(tuple(value.shape), "f" if value.is_floating_point() else "i")
    for name, value in judged_networks().state_dict().items()
}


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the dVAE, and digits drawn with the transformer."""
    networks = judged_networks().eval()
    weights = {name: torch.from_numpy(arrays[name]) for name in ARRAYS}
    networks.load_state_dict(weights)  # which casts: halves to floats, and 0 and 1 to truth values
    known, fresh = split(digits())
    with torch.no_grad():
        again, others = (_restored(networks, one.x) for one in (known, fresh))
        x = _decoded(networks, _drawn(networks["transformer"]))
    error = (others - fresh.x).abs().mean().item()
    restored = f"fresh digits come back from the dVAE with a mean error of {error:.2f}"
    repeated = _repeated(x, again, others)
    copies = f"{round(64 * repeated)} of 64 digits are nearly what the dVAE makes of a training digit"
    ink = (x[BOLD].mean() - x[~BOLD].mean()).item()
    brighter = f"bold digits are {ink:.2f} brighter than light ones; real ones 0.11"
    return (
        Measure("restored", error, bounds["restored"], True, restored),
        *judge_samples(x, bounds, known, ASKED),
        Measure("repeated", repeated, bounds["repeated"], True, copies),
        Measure("ink", ink, bounds["ink"], False, brighter),
    )


def _decoded(networks: nn.ModuleDict, codes: Tensor) -> Tensor:
    """Return the digits of rows of codes: the median of each pixel's law."""
    mu, _ = networks["decoder"](one_hot_grid(codes))
    return ((mu.sigmoid() - 0.5) / 0.4).clamp(-1, 1)


def _restored(networks: nn.ModuleDict, x: Tensor) -> Tensor:
    """Return what encoder and decoder make of digits."""
    return _decoded(networks, networks["encoder"](x).argmax(dim=1).flatten(1))


def _drawn(model: nn.Module) -> Tensor:
    """Draw 64 rows of codes, each logit guided away from what the model says without words."""
    draws = torch.Generator().manual_seed(1212)
    begin = torch.full((128, 1), VOCABULARY.size)
    paddings = VOCABULARY.text + torch.arange(VOCABULARY.length).expand(64, -1)
    words = torch.stack([11 + BOLD.long(), 1 + ASKED, paddings[:, 2]], dim=1)
    ids = torch.cat([begin, torch.cat([words, paddings])], dim=1)  # 128 4: with words, and without
    for _ in range(GRID**2):
        told, untold = model(ids)[0][:, -1, VOCABULARY.first_code :].chunk(2)
        p = ((untold + GUIDANCE * (told - untold)) / TEMPERATURE).softmax(dim=1)
        code = torch.multinomial(p.nan_to_num(1.0), 1, generator=draws)  # 64 1
        ids = torch.cat([ids, VOCABULARY.first_code + code.repeat(2, 1)], dim=1)
    return ids[:64, 1 + VOCABULARY.length :] - VOCABULARY.first_code


def _repeated(x: Tensor, known: Tensor, fresh: Tensor) -> float:
    """Return the share of digits that lie much nearer to a known one than fresh ones do."""
    usual = distances(fresh, known).amin(dim=1).median()
    return (distances(x, known).amin(dim=1) < NEAR * usual).double().mean().item()
