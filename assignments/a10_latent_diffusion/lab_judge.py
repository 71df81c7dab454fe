"""Judges the pictures that the lab hands in: eight prompts, eight pictures of each."""

from typing import Any

from numpy.typing import NDArray

from common.labs.emoji import judge_emoji, kinds_asked
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted

ARRAYS = {"samples": Wanted((64, 3, 32, 32), "f"), "kinds": Wanted((64,), "i")}  # samples in [-1, 1]


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the pictures against both artists' emoji; ValueError when other kinds were asked for."""
    asked = kinds_asked()
    if arrays["kinds"].tolist() != asked.tolist():  # it is not for the file to choose
        raise ValueError("kinds must be those of the lab's prompts")
    return judge_emoji(as_seen(arrays["samples"]), bounds, asked)
