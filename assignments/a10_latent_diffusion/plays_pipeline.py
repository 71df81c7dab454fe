"""What the checks of training and sampling run beside your code: a model and an encoder that are affine.

Both remember what they were asked. With the right tables the model is the exact one of Gaussian latents.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .ladder import Ladder
from .tokenizer import PAD


class WordTable(nn.Module):
    """An encoder that looks each word up, (words, d), and knows padding."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)
        self.asked: list[Tensor] = []

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return context and mask."""
        self.asked.append(tokens.clone())
        return self.table[tokens], tokens != PAD


class Denoiser(nn.Module):
    """A model whose prediction is slope[t] z + shift[t] (mean of the words' vectors), by channel."""

    def __init__(self, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)
        self.shift = nn.Parameter(shift)
        self.asked: list[dict[str, Any]] = []

    def forward(self, z: Tensor, t: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        """Predict, and remember what was asked."""
        for name, value in (("t", t), ("the context", context), ("the mask", mask)):
            if not isinstance(value, Tensor) or value.shape[:1] != z.shape[:1]:
                came = f"of shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"{value!r:.40}"
                raise ValueError(
                    f"the model got {len(z)} latents, but {name} is {came}; it needs one for each"
                )
        mean = (context * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]  # (b, c)
        self.asked.append(
            {"z": z.detach().clone(), "t": t.clone(), "words": mean.detach(), "tracked": z.requires_grad}
        )
        scaled = self.slope[t][:, None, None, None] * z
        return (scaled + (self.shift[t][:, None] * mean)[:, :, None, None]).to(z.dtype)


class Doubler:
    """A decoder that repeats each value twice along both axes, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, z: Tensor) -> Tensor:
        """Return images of twice the size."""
        self.calls += 1
        return z.repeat_interleave(2, 2).repeat_interleave(2, 3)


# -------------------- 6.2 latent_train_step
def latent_train_step(
    code: Any,
    tables: list[Tensor],  # slope, shift, and the table of words
    batch: list[Tensor],  #  z, tokens, null_tokens, keep, t, eps
    alpha_bar: Tensor,
    lr: float = 0.1,
    steps: int = 1,
    frozen: bool = False,
    momentum: float = 0.0,
    left: float | None = None,
) -> dict[str, Any]:
    """Return losses, weights, and what was asked; with `frozen`, the encoder's weights are not trained.

    `left` is what each trained weight holds as a gradient beforehand.
    """
    slope, shift, words = tables
    model, encoder = Denoiser(slope, shift), WordTable(words)
    weights = [*model.parameters(), *(() if frozen else encoder.parameters())]
    optimizer = torch.optim.SGD(weights, lr=lr, momentum=momentum)
    for weight in weights:
        weight.grad = None if left is None else torch.full_like(weight, left)
    losses = [
        code.diffusion.latent_train_step(model, encoder, optimizer, *batch, alpha_bar) for _ in range(steps)
    ]
    return {
        "losses": losses,
        "weights": [model.slope.detach(), model.shift.detach(), encoder.table.detach()],
        "asked": model.asked,
        "texts": encoder.asked,
        "arguments": [*batch, alpha_bar],
    }


# -------------------- 7 pipeline
def encode_prompts(code: Any, words: Tensor, tokens: Tensor, null_tokens: Tensor) -> dict[str, Any]:
    """Return context and mask, and the calls of the encoder."""
    encoder = WordTable(words)
    context, mask = code.pipeline.encode_prompts(encoder, tokens, null_tokens)
    return {"context": context.detach(), "mask": mask, "texts": encoder.asked}


def guided_noise(
    code: Any, tables: list[Tensor], z: Tensor, t: int, context: Tensor, mask: Tensor, w: float
) -> dict[str, Any]:
    """Return the guided prediction, and what the model was asked."""
    model = Denoiser(*tables[:2])
    eps = code.pipeline.guided_noise(model, z, t, context, mask, w)
    return {"eps": eps.detach(), "asked": model.asked}


def text_to_image(
    code: Any,
    tables: list[Tensor],  # slope, shift, and the table of words
    texts: list[Tensor],  #  tokens, null_tokens
    noise: Tensor,
    t: tuple[int, ...],
    signal: Tensor,
    w: float,
) -> dict[str, Any]:
    """Return the images with everything that was asked on the way."""
    return _asked(
        tables, lambda *models: code.pipeline.text_to_image(*models, *texts, noise, Ladder(t, signal), w)
    )


def img2img(
    code: Any,
    tables: list[Tensor],
    texts: list[Tensor],
    z0: Tensor,
    noise: Tensor,
    t: tuple[int, ...],
    signal: Tensor,
    strength: float,
    w: float,
) -> dict[str, Any]:
    """Return the images with everything that was asked on the way."""
    ladder = Ladder(t, signal)
    return _asked(
        tables, lambda *models: code.pipeline.img2img(*models, z0, *texts, noise, ladder, strength, w)
    ) | {"arguments": [z0, noise]}


def inpaint(
    code: Any,
    tables: list[Tensor],
    texts: list[Tensor],
    z0: Tensor,
    mask: Tensor,
    noise: Tensor,
    t: tuple[int, ...],
    signal: Tensor,
    w: float,
) -> dict[str, Any]:
    """Return the images with everything that was asked on the way."""
    ladder = Ladder(t, signal)
    return _asked(
        tables, lambda *models: code.pipeline.inpaint(*models, z0, mask, *texts, noise, ladder, w)
    ) | {"arguments": [z0, mask, noise]}


def _asked(tables: list[Tensor], run: Any) -> dict[str, Any]:
    """Run a pipeline on an affine model, an encoder and a decoder, and collect what they were asked."""
    slope, shift, words = tables
    model, encoder, decode = Denoiser(slope, shift), WordTable(words), Doubler()
    result = run(model, encoder, decode)
    return {
        "images": result.detach(),
        "tracked": result.requires_grad,
        "asked": model.asked,
        "texts": encoder.asked,
        "decoded": decode.calls,
    }
