"""What the checks of inference run beside your code: layers with given weights, and exported graphs.

Each play returns its evidence as data: results, gradients, weights, and modes afterwards.
"""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .plays import returned


# -------------------- 7.1 lora_and_int8
def lora(
    code: Any,
    weight: Tensor,
    bias: Tensor | None,
    r: int,
    alpha: float,
    A: Tensor | None,
    B: Tensor | None,
    x: Tensor,
) -> dict[str, Any]:
    """Return what the layer makes of x, and the gradients of A and B.

    Where A and B are None they are as the layer begins; A comes back then, since it is drawn.
    """
    layer = _layer(code, weight, bias, r, alpha, A, B)
    y = returned(layer(x), "forward")
    y.square().sum().backward()
    still = all(p.grad is None for p in layer.base.parameters())
    by = {"by A": layer.A.grad, "by B": layer.B.grad, "base without gradient": still}
    return {"y": y.detach(), **by, "A": layer.A.detach()}


def merged(
    code: Any, weight: Tensor, bias: Tensor | None, r: int, alpha: float, A: Tensor, B: Tensor, x: Tensor
) -> dict[str, Any]:
    """Return the merged weight, what two merged layers make of x, and the base's weight afterwards."""
    layer = _layer(code, weight, bias, r, alpha, A, B)
    first, second = (returned(layer.merged(), "merged") for _ in range(2))
    of_x = {"of x": first(x).detach(), "second of x": second(x).detach()}
    return {"weight": first.weight.detach(), **of_x, "base afterwards": layer.base.weight.detach()}


def _layer(
    code: Any, weight: Tensor, bias: Tensor | None, r: int, alpha: float, A: Tensor | None, B: Tensor | None
) -> nn.Module:
    """Return a layer with these weights."""
    base = nn.Linear(weight.shape[1], weight.shape[0], bias is not None, dtype=weight.dtype)
    base.weight.data = weight.clone()
    if bias is not None:
        base.bias.data = bias.clone()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        layer = code.small.LoRALinear(base, r, alpha)
    for name, value in (("A", A), ("B", B)):
        if value is not None:
            getattr(layer, name).data = value.clone()
    return layer


# -------------------- 7.2 export
def fold(
    code: Any,
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    settings: dict[str, int],
    statistics: tuple[Tensor, Tensor],
    affine: tuple[Tensor, Tensor] | None,
    eps: float,
    training: bool = False,
) -> dict[str, Any]:
    """Return weight, bias and result of the folded convolution, and what both layers do afterwards."""
    conv, bn = layers(weight, bias, settings, statistics, affine, eps)
    conv.train(True)  # the convolution's own mode does not matter
    bn.train(training)
    folded = returned(code.inference.fold_batch_norm(conv, bn), "fold_batch_norm")
    return {
        "weight": folded.weight.detach(),
        "bias": folded.bias.detach(),
        "y": folded(x).detach(),
        "y of both afterwards": bn(conv(x)).detach(),
    }


def layers(
    weight: Tensor,
    bias: Tensor | None,
    settings: dict[str, int],
    statistics: tuple[Tensor, Tensor],
    affine: tuple[Tensor, Tensor] | None,
    eps: float,
) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """Return a convolution and a batch norm with these numbers; the latter in evaluation mode."""
    groups = settings.get("groups", 1)
    c_out, c_in = weight.shape[0], weight.shape[1] * groups
    kind: dict[str, Any] = {**settings, "bias": bias is not None, "dtype": weight.dtype}
    conv = nn.Conv2d(c_in, c_out, weight.shape[2:], **kind)
    bn = nn.BatchNorm2d(c_out, eps, affine=affine is not None, dtype=weight.dtype).eval()
    conv.weight.data = weight.clone()
    if bias is not None:
        conv.bias.data = bias.clone()
    bn.running_mean, bn.running_var = (value.clone() for value in statistics)
    if affine is not None:
        bn.weight.data, bn.bias.data = (value.clone() for value in affine)
    return conv, bn


class Small(nn.Module):
    """A model with a batch norm, dropout and a mean over places; its weights come from a seed."""

    def __init__(self, seed: int, width: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.conv = nn.Conv2d(1, width, 3, padding=1)
            self.norm = nn.BatchNorm2d(width)
            self.dropout = nn.Dropout(0.5)
            self.head = nn.Linear(width, 3)
            self.norm.running_mean = torch.randn(width)
            self.norm.running_var = 0.5 + torch.rand(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, 1, h, w) to (b, 3)."""
        places = self.dropout(torch.relu(self.norm(self.conv(x)))).flatten(2)
        return self.head(places.mean(2))


def exported(
    code: Any, seed: int, width: int, example: Tensor, batches: list[Tensor], training: bool = True
) -> dict[str, Any]:
    """Return what the exported graph makes of batches, once more after it was stored and read, and the modes.

    The norm is in evaluation mode when the model comes, whatever the mode of the rest.
    """
    model = Small(seed, width).train(training)
    model.norm.eval()
    with _a_folder_named(), torch.random.fork_rng(devices=[]):
        program = returned(code.inference.export_any_batch(model, example), "export_any_batch")
        file = io.BytesIO()
        torch.export.save(program, file)
        file.seek(0)
        stored = torch.export.load(file)
        torch.manual_seed(0)  # for a graph in which dropout is left
        results = [program.module()(batch).detach() for batch in batches]
        again = [stored.module()(batch).detach() for batch in batches]
    after = [int(part.training) for part in model.modules()]
    return {"results": results, "from storage": again, "modes": after}


@contextmanager
def _a_folder_named() -> Iterator[None]:
    """Name a folder that exists: torch looks for one to write to, and in grading none can be written."""
    here = str(Path(torch.__file__).parent)
    before, os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.environ.get("TORCHINDUCTOR_CACHE_DIR"), here
    directory, tempfile.tempdir = tempfile.tempdir, here
    try:
        yield
    finally:
        tempfile.tempdir = directory
        del os.environ["TORCHINDUCTOR_CACHE_DIR"]
        if before is not None:
            os.environ["TORCHINDUCTOR_CACHE_DIR"] = before
