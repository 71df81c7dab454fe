"""What a model was asked, and what its parameters hold afterwards; the order of the halves is yours."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import close, expect

DOUBLED = "Put x_t twice into one batch, with `context` for one half and `negative` for the other."


def expect_calls(asked: list[dict[str, Any]], calls: int) -> None:
    """Expect this many calls of the model."""
    hint = DOUBLED if len(asked) > calls else "Fewer calls than steps: which step is left out, the last one?"
    expect(len(asked) == calls, f"the model was called {len(asked)} times; expected {calls}", hint)


def expect_asked(call: dict[str, Any], x_t: Tensor, t: int, *contexts: Tensor) -> None:
    """Expect one call with every image once under each of the contexts, in any order."""
    images = len(x_t) * len(contexts)
    came = len(call["x"])
    expect(came == images, f"the batch had {came} images; expected {images}", DOUBLED)
    expected = _rows(x_t.repeat(len(contexts), *[1] * (x_t.ndim - 1)), t, torch.cat(contexts))
    rows = _rows(call["x"], call["t"], call["context"])
    parts = {"image": x_t, "context": contexts[0]}
    names = [name for part, x in parts.items() for name in _columns(part, x[0].numel())]
    close(rows, expected, rtol=0, hint=DOUBLED, axes=("row", (*names, "t")))


def expect_held(held: list[list[bool]], hint: str = "") -> None:
    """Expect every parameter to hold the gradient of 1 that it had, and to require one as before."""
    for there, same, requires in held:
        expect(there and same, "a parameter's .grad is not what it was before the call", hint)
        expect(requires, "a parameter does not require grad any more", hint)


def _columns(name: str, values: int) -> list[str]:
    return [name] if values == 1 else [f"{name}'s value {i}" for i in range(values)]


def _rows(x: Tensor, t: int | Tensor, context: Tensor) -> Tensor:
    """Return one row of numbers for each image with its context and step, sorted."""
    steps = torch.as_tensor(t).expand(len(x)).reshape(-1, 1)
    columns = [x.reshape(len(x), -1), context.reshape(len(x), -1), steps]
    rows = torch.cat([column.double() for column in columns], dim=1)
    return torch.tensor(sorted(rows.tolist()), dtype=torch.float64)
