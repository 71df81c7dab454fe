"""Given: two small towers, and the numbers that words are known by. Checks do not need them; the lab does."""

import re

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

LENGTH = 10  # words of a text that count


class Vocabulary:
    """The words of some texts, numbered from 1; 0 is padding, and the last number is every other word."""

    def __init__(self, texts: tuple[str, ...]) -> None:
        known = sorted({word for text in texts for word in words_of(text)})
        self.numbers = {word: number for number, word in enumerate(known, start=1)}
        self.size = len(known) + 2

    def tokens(self, texts: tuple[str, ...]) -> Int[Tensor, "n l"]:
        """Return the numbers of each text's words, padded with 0."""
        rows = torch.zeros(len(texts), LENGTH, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            known = [self.numbers.get(word, self.size - 1) for word in words_of(text)[:LENGTH]]
            row[: len(known)] = torch.tensor(known)
        return rows


def words_of(text: str) -> list[str]:
    """Return a text's words, in small letters."""
    return re.findall(r"[\w']+", text.lower())


class RunningWords(nn.Module):
    """A text tower: at each place the mean of the words so far, and a nonlinearity."""

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)

    def forward(self, tokens: Int[Tensor, "n l"]) -> Float[Tensor, "n l width"]:
        """Return a vector for each token, which has seen the tokens up to it."""
        there = (tokens != 0)[..., None]  # n l 1
        total = (self.words(tokens) * there).cumsum(dim=1)  # n l width
        return nn.functional.gelu(total / there.cumsum(dim=1).clamp(min=1))


def emoji_tower() -> nn.Module:
    """Return an image tower for 3 x 32 x 32 pixels: three convolutions and a layer, 128 numbers."""
    return nn.Sequential(
        *(nn.Conv2d(3, 32, 4, 2, 1), nn.GELU(), nn.GroupNorm(8, 32)),  # 32 x 16 x 16
        *(nn.Conv2d(32, 64, 4, 2, 1), nn.GELU(), nn.GroupNorm(8, 64)),  # 64 x 8 x 8
        *(nn.Conv2d(64, 128, 4, 2, 1), nn.GELU(), nn.Flatten()),  # 2048
        *(nn.Linear(2048, 128), nn.GELU()),
    )


def digit_tower() -> nn.Module:
    """Return an image tower for 1 x 8 x 8 pixels: three convolutions and a layer, 128 numbers."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.GELU()),
        *(nn.Conv2d(16, 32, 3, 2, 1), nn.GELU()),  # 32 x 4 x 4
        *(nn.Conv2d(32, 32, 3, padding=1), nn.GELU(), nn.Flatten()),  # 512
        *(nn.Linear(512, 128), nn.GELU()),
    )
