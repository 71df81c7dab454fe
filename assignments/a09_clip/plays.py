"""What the checks run beside your code: gradients of a call, encoders, models that say what they saw."""

from typing import Any

import torch
from torch import Tensor, nn

from .batch import per_image


def with_gradients(
    code: Any, file: str, function: str, args: list[Any], weights: Tensor | float = 1.0
) -> dict[str, Any]:
    """Return a function's value, the gradients of sum(weights * value), and its arguments afterwards.

    Gradients are those of the arguments that are floating-point tensors, None where there is none.
    """
    given = [
        arg.clone().requires_grad_() if isinstance(arg, Tensor) and arg.is_floating_point() else arg
        for arg in args
    ]
    leaves = [arg for arg in given if isinstance(arg, Tensor) and arg.requires_grad]
    value = getattr(getattr(code, file), function)(*given)
    gradients: list[Tensor | None] = [None] * len(leaves)
    if isinstance(value, Tensor) and value.requires_grad:
        gradients = list(torch.autograd.grad((weights * value).sum(), leaves, allow_unused=True))
    after = [arg.detach() for arg in given if isinstance(arg, Tensor)]
    return {"value": value, "gradients": gradients, "arguments": after}


def of_batches(code: Any, file: str, function: str, batches: list[list[Any]]) -> Tensor:
    """Return a function's value for each of these arguments, stacked."""
    return torch.stack([torch.as_tensor(getattr(getattr(code, file), function)(*args)) for args in batches])


# -------------------- 1 similarity
def clamped(code: Any, values: Tensor) -> dict[str, Any]:
    """Return what clamp_scale makes of each value, and where a step of SGD with gradient 3 goes then."""
    after, stepped, left = [], [], []
    for value in values:
        parameter = nn.Parameter(value.clone())
        optimizer = torch.optim.SGD([parameter], lr=0.125)
        parameter.grad = torch.full_like(value, 3.0)
        code.similarity.clamp_scale(parameter)
        after.append(parameter.detach().clone())
        left.append([parameter.requires_grad, parameter.is_leaf])
        optimizer.step()
        stepped.append(parameter.detach().clone())
    return {"after": torch.stack(after), "stepped": torch.stack(stepped), "leaf": left}


# -------------------- 2 losses
class Tower(nn.Module):
    """Two layers with dropout between them; remembers how many inputs came, and whether it was recorded."""

    def __init__(self, inner: Tensor, outer: Tensor, dropout: float) -> None:
        super().__init__()
        self.inner, self.outer = nn.Parameter(inner.clone()), nn.Parameter(outer.clone())
        self.dropout = nn.Dropout(dropout)
        self.calls: list[list[int]] = []

    def forward(self, x: Tensor) -> Tensor:
        """Return embeddings, which are not of unit length."""
        self.calls.append([len(x), int(torch.is_grad_enabled())])
        return self.dropout(torch.tanh(x @ self.inner)) @ self.outer


def towers(weights: list[Tensor], log_scale: Tensor, dropout: float) -> tuple[Tower, Tower, nn.Parameter]:
    """Return an image tower, a text tower, and the scale; each parameter has a gradient already, all 0.5."""
    image, text = Tower(*weights[:2], dropout), Tower(*weights[2:], dropout)
    scale = nn.Parameter(log_scale.clone())
    for parameter in (*image.parameters(), *text.parameters(), scale):
        parameter.grad = torch.full_like(parameter, 0.5)
    return image, text, scale


def cached_step(
    code: Any,
    weights: list[Tensor],
    images: Tensor,
    texts: Tensor,
    log_scale: Tensor,
    chunk: int,
    dropout: float = 0.0,
    start: int = 0,
) -> dict[str, Any]:
    """Return loss and gradients, the calls of both towers, and what torch's generator draws afterwards."""
    image, text, scale = towers(weights, log_scale, dropout)
    with torch.random.fork_rng():
        torch.manual_seed(start)
        loss = code.chunks.cached_step(image, text, images, texts, scale, chunk)
        drawn = torch.rand(3, dtype=torch.float64)
    parameters = (*image.parameters(), *text.parameters(), scale)
    return {
        "loss": loss,
        "gradients": [parameter.grad for parameter in parameters],
        "drawn": drawn,
        "calls": [image.calls, text.calls],
    }


# -------------------- 3 encoders
class Rows(nn.Module):
    """A tower that looks vectors up: row i of a table for token or picture number i."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)

    def forward(self, index: Tensor) -> Tensor:
        """Return a vector for each number."""
        return self.table[index]


class Running(nn.Module):
    """A text tower whose vector at a place is the sum of the words up to it, as a causal tower's may be."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return a vector for each token; padding adds its own."""
        return self.table[tokens].cumsum(dim=1)


def two_towers(
    code: Any, pictures: Tensor, words: Tensor, projections: list[Tensor], images: Tensor, tokens: Tensor
) -> tuple[Tensor, Tensor]:
    """Return what TwoTowers makes of numbered pictures and of tokens."""
    model = code.encoders.TwoTowers(
        Rows(pictures), Running(words), pictures.shape[1], words.shape[1], len(projections[0])
    )
    model.double()
    with torch.no_grad():
        model.image_projection.weight.copy_(projections[0])
        model.text_projection.weight.copy_(projections[1])
    return model(images, tokens)


# -------------------- 7 guidance
class AffineNoise(nn.Module):
    """A model whose noise is slope[t] x + shift[t]: with the right tables exact for Gaussian images."""

    def __init__(self, slope: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.slope, self.shift = nn.Parameter(slope), nn.Parameter(shift)  # (T,)
        self.dropout = nn.Dropout(0.5)  # tells whether it samples in evaluation mode
        self.asked: list[dict[str, Any]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Predict, and remember what was asked."""
        if not isinstance(t, Tensor) or t.shape != x.shape[:1]:
            raise ValueError(f"the model got {len(x)} images and t = {t!r:.40}; it needs a step for each")
        self.asked.append({"x": x.detach().clone(), "t": t, "fresh": x.grad_fn is None})
        one = self.dropout(torch.ones_like(x))
        return one * per_image(self.slope[t], x) * x + per_image(self.shift[t], x)


class AffineEncoder(nn.Module):
    """An encoder whose embedding is weight x + bias, of the flattened image."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)  # (e, values of an image), (e,)
        self.calls: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        """Return the embeddings, (b, e)."""
        self.calls.append(len(x))
        return x.flatten(1) @ self.weight.T + self.bias


class Leaning(nn.Module):
    """An encoder on the circle: its cosine with (1, 0) is c f.x, linear in the image."""

    def __init__(self, direction: Tensor) -> None:
        super().__init__()
        self.direction = nn.Parameter(direction)  # c f
        self.dropout = nn.Dropout(0.5)
        self.calls: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        """Return the embeddings, (b, 2)."""
        self.calls.append(len(x))
        cosine = self.dropout(torch.ones(len(x)).to(x)) * (x @ self.direction.to(x.dtype))
        return torch.stack([cosine, (1 - cosine.square()).sqrt()], dim=1)


def clip_gradient(
    code: Any,
    noise: list[Tensor],
    encoder: list[Tensor],
    text: Tensor,
    x_t: Tensor,
    t: Tensor,
    alpha_bar: Tensor,
    recording: bool = True,
) -> dict[str, Any]:
    """Return the gradient and the noise with what was left behind; with `recording` off under no_grad.

    x_t comes as a sampler hands it on that records: it requires a gradient.
    """
    model, image_encoder = AffineNoise(*noise).eval(), AffineEncoder(*encoder).eval()
    parameters = [*model.parameters(), *image_encoder.parameters()]
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 0.5)
    x_t.requires_grad_()
    with torch.set_grad_enabled(recording):
        gradient, eps = code.guidance.clip_gradient(model, image_encoder, text, x_t, t, alpha_bar)
    return {
        "gradient": gradient,
        "eps": eps,
        "tracked": gradient.requires_grad or eps.requires_grad,
        "of x_t": x_t.grad is not None,
        "held": [bool((p.grad == 0.5).all()) if p.grad is not None else False for p in parameters],
        "required": [p.requires_grad for p in parameters],
        "calls": [len(model.asked), len(image_encoder.calls)],
    }


def clip_guided_sample(
    code: Any,
    noise: list[Tensor],
    direction: Tensor,
    text: Tensor,
    x_T: Tensor,
    alpha_bar: Tensor,
    scale: float,
    clip: bool | None = None,
) -> dict[str, Any]:
    """Return the images with what model and encoder were asked; `clip` of None is not given.

    The model comes in training mode and the encoder in evaluation mode.
    """
    model, encoder = AffineNoise(*noise).train(), Leaning(direction).eval()
    given = () if clip is None else (clip,)
    x_T.requires_grad_()
    with torch.random.fork_rng():
        torch.manual_seed(0)  # of dropout, which should draw nothing
        result = code.guidance.clip_guided_sample(model, encoder, text, x_T, alpha_bar, scale, *given)
    return {
        "result": result,
        "tracked": result.requires_grad,
        "asked": model.asked,
        "encoded": len(encoder.calls),
        "modes": [model.training, encoder.training],
    }


# -------------------- what costs are compared with
def products_in_float32(code: Any, a: Tensor, b: Tensor) -> Tensor:
    """Multiply every row with every row in float32, and round once."""
    return (a.float() @ b.float().T / 2e7).to(a.dtype)


def square_in_chunks(
    code: Any, image: Tensor, text: Tensor, log_scale: Tensor, chunk: int
) -> tuple[Tensor, Tensor]:
    """Square all inner products, `chunk` rows at a time, forward and at once backward."""
    image.requires_grad_(), text.requires_grad_()
    for part in image.split(chunk):
        (part @ text.T).square().mean().backward()
    return image.grad, text.grad


def loss_in_chunks(
    code: Any, image: Tensor, text: Tensor, log_scale: Tensor, chunk: int
) -> tuple[Tensor, ...]:
    """Return chunked_clip_loss and all three gradients."""
    leaves = [image.requires_grad_(), text.requires_grad_(), log_scale.requires_grad_()]
    loss = code.chunks.chunked_clip_loss(*leaves, chunk)
    loss.backward()
    return loss.detach(), image.grad, text.grad, log_scale.grad


def encode_in_chunks(
    code: Any, weights: list[Tensor], images: Tensor, texts: Tensor, log_scale: Tensor, chunk: int
) -> list[Tensor]:
    """Square what both towers make of `chunk` inputs at a time, forward and at once backward."""
    image, text, _ = towers(weights, log_scale, 0.0)
    for tower, inputs in ((image, images), (text, texts)):
        for part in inputs.split(chunk):
            tower(part).square().mean().backward()
    return [parameter.grad for tower in (image, text) for parameter in tower.parameters()]


def compare_with_the_largest(code: Any, similarity: Tensor, relevant: Tensor) -> Tensor:
    """Count the values that reach the largest of their row."""
    return (similarity >= similarity.amax(dim=1, keepdim=True)).sum(dim=1)
