"""What the hidden checks run beside a student's code: a curved model and a curved encoder."""

from typing import Any

import torch
from torch import Tensor, nn


class CurvedNoise(nn.Module):
    """A model whose noise is tanh of a mixture of the pixels, and depends on the step."""

    def __init__(self, mix: Tensor) -> None:
        super().__init__()
        self.mix = nn.Parameter(mix)  # (values of an image, the same)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict the noise."""
        return torch.tanh(x.flatten(1) @ self.mix + t[:, None] / 4).reshape(x.shape)


class CurvedEncoder(nn.Module):
    """An encoder with a hidden layer, without a length of 1."""

    def __init__(self, inner: Tensor, outer: Tensor) -> None:
        super().__init__()
        self.inner, self.outer = nn.Parameter(inner), nn.Parameter(outer)

    def forward(self, x: Tensor) -> Tensor:
        """Return the embeddings."""
        return torch.tanh(x.flatten(1) @ self.inner) @ self.outer


def curved_gradient(
    code: Any, layers: list[Tensor], text: Tensor, x_t: Tensor, t: Tensor, alpha_bar: Tensor
) -> dict[str, Any]:
    """Return gradient and noise through curved parts, and the arguments afterwards."""
    model, encoder = CurvedNoise(layers[0]), CurvedEncoder(*layers[1:])
    gradient, eps = code.guidance.clip_gradient(model, encoder, text, x_t, t, alpha_bar)
    return {"gradient": gradient, "eps": eps, "arguments": [text, x_t, t, alpha_bar]}


def curved_sample(
    code: Any, layers: list[Tensor], text: Tensor, x_T: Tensor, alpha_bar: Tensor, scale: float, clip: bool
) -> dict[str, Any]:
    """Return what a guided chain through curved parts makes of x_T, and the arguments afterwards."""
    model, encoder = CurvedNoise(layers[0]), CurvedEncoder(*layers[1:])
    with torch.no_grad():
        result = code.guidance.clip_guided_sample(model, encoder, text, x_T, alpha_bar, scale, clip)
    return {"result": result, "arguments": [text, x_T, alpha_bar]}
