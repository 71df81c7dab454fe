"""Given: the clips of the lab. A curtain opens over a digit, from one of four sides, two lines a frame."""

import torch
from jaxtyping import Float
from torch import Tensor

FRAMES, SIZE = 4, 8
SIDES = ("left", "right", "top", "bottom")


def curtains() -> Float[Tensor, "4 f 8 8"]:
    """Return for each side what is open in each frame: 1 where the digit shows, 0 where the curtain hangs."""
    frame, line = torch.arange(FRAMES)[:, None], torch.arange(SIZE)
    left = (line < 2 * frame + 2).float()[:, None, :].expand(-1, SIZE, -1)  # f 8 8
    top = left.mT
    return torch.stack([left, left.flip(2), top, top.flip(1)])


def opened(x: Float[Tensor, "n 1 8 8"], side: Tensor) -> Float[Tensor, "n 1 f 8 8"]:
    """Return clips in which a curtain opens over the digits; closed is -1, the background."""
    return (x[:, :, None] + 1) * curtains().to(x.device)[side][:, None] - 1


def make_clips(x: Float[Tensor, "n 1 8 8"], count: int, generator: torch.Generator) -> Tensor:
    """Return so many clips (count, 1, f, 8, 8) of digits and sides that are drawn."""
    chosen, side = (
        torch.randint(most, (count,), generator=generator, device=generator.device)
        for most in (len(x), len(SIDES))
    )
    return opened(x[chosen], side)
