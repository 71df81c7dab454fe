"""The emoji that a lab learns to draw on request, and measures of what it draws.

As in `digits.py` all measures are distances between pictures. Their scale is what the two artists do, who
drew one list in two hands: how near one's pictures are to the other's, and to each other.

    recognised  the share that is no further from the nearest of Google's pictures than 99 % of Twitter's are,
                and nearer to it than to a plain colour. The lab reaches 0.97, Twitter's 0.75, noise and plain
                colours 0.
    kinds       how many of the four kinds there are among the recognised.
    spread      how far samples lie from their nearest fellow, over what that is among Google's pictures. The
                lab reaches 0.55 with eight prompts; eight pictures in turns give 0.
    copies      the share that lies nearer to one of Google's pictures than 99 % of these are to each other.
                The lab gives 0.03, copies 1, also under noise of deviation 0.1.
    asked       the share that is recognised and of the kind that was asked for: 0.95 in the lab.
"""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..datasets import emoji
from ..records import CaptionedImages, select
from .images import apart, distances
from .measure import Measure

KINDS = ("face", "heart", "circle", "square")
PROMPTS = (  # of what the lab hands in: each of them EACH times
    "blue heart",
    "pink heart",
    "large green circle",
    "large red circle",
    "large blue square",
    "grinning face",
    "loudly crying face",
    "angry face",
)
EACH = 8


def kind_of(caption: str) -> int | None:
    """Return which of KINDS a caption names, the first in their order if there are more."""
    words = caption.lower().replace("-", " ").split()
    return next((number for number, kind in enumerate(KINDS) if kind in words), None)


def kinds_asked() -> Int[Tensor, " n"]:
    """Return the kind that each sample that is handed in must show."""
    return torch.tensor([kind_of(prompt) for prompt in PROMPTS for _ in range(EACH)])


def with_kind(data: CaptionedImages) -> CaptionedImages:
    """Return the pictures that show one of KINDS; people are left out."""
    people = data.names.index("People & Body")
    captions = enumerate(data.captions)
    rows = [row for row, text in captions if kind_of(text) is not None and data.labels[row] != people]
    return select(data, torch.tensor(rows))


@functools.cache
def scale_of_emoji() -> tuple[float, float, float]:
    """Return distances: 99 % of Twitter's pictures to Google's are below the first, 1 % and half of Google's
    to their nearest fellow below the others.
    """
    known, others = with_kind(emoji("google")).x, with_kind(emoji("twitter")).x
    far, theirs = distances(others, known).amin(dim=1).quantile(0.99), apart(known)
    return far.item(), theirs.quantile(0.01).item(), theirs.median().item()


def judge_emoji(
    x: Float[Tensor, "n 3 32 32"], bounds: dict[str, float], asked: Int[Tensor, " n"]
) -> tuple[Measure, ...]:
    """Measure samples in [-1, 1] of which these kinds were asked."""
    known, (far, near, fellow) = with_kind(emoji("google")), scale_of_emoji()
    kinds = torch.tensor([kind_of(caption) for caption in known.captions])
    distance, index = distances(x, known.x).min(dim=1)
    plain = (x - x.mean(dim=(2, 3), keepdim=True)).flatten(1).norm(dim=1)  # distance to its own mean colour
    sure, right, n = (distance <= far) & (distance < plain), kinds[index] == asked, len(x)
    copies = (distance < near).float().mean().item()
    spread = apart(x).median().item() / fellow
    found = len(set(kinds[index][sure].tolist()))
    alike = (
        f"{int(sure.sum())} of {n} samples are as near to a known emoji as another artist's are, and nearer "
        "than to a plain colour"
    )
    fellows = f"samples differ from their nearest fellow {spread:.2f} times as much as emoji do"
    doubt = "copies, it seems" if copies > bounds["copies"] else "few enough"
    repeated = f"{round(copies * n)} of {n} samples are nearer to a known emoji than these to each other"
    wishes = f"{int((sure & right).sum())} of {n} samples are recognised as the kind that was asked for"
    return (
        Measure("recognised", sure.float().mean().item(), bounds["recognised"], False, alike),
        Measure("kinds", found, bounds["kinds"], False, f"{found} of {len(KINDS)} kinds are among them"),
        Measure("spread", spread, bounds["spread"], False, fellows),
        Measure("copies", copies, bounds["copies"], True, f"{repeated}: {doubt}"),
        Measure("asked", (sure & right).float().mean().item(), bounds["asked"], False, wishes),
    )
