"""Given: words become numbers, and a short text is filled up with padding."""

import re
from collections.abc import Iterable, Mapping, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

PAD, START, UNKNOWN = 0, 1, 2  # behind the text, before it, and for a word that was never seen


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return re.findall(r"[\w']+", text.lower())


def vocabulary_of(texts: Iterable[str]) -> dict[str, int]:
    """Number the words of all texts from 3 on, in alphabetical order."""
    words = sorted({word for text in texts for word in words_of(text)})
    return {word: number for number, word in enumerate(words, start=UNKNOWN + 1)}


def tokenize(texts: Sequence[str], vocabulary: Mapping[str, int], length: int) -> Int[Tensor, "b length"]:
    """Return START and the words of each text, cut or filled up to `length`. "" is START alone."""
    tokens = torch.full((len(texts), length), PAD)
    for row, text in zip(tokens, texts, strict=True):
        numbers = [START, *(vocabulary.get(word, UNKNOWN) for word in words_of(text))][:length]
        row[: len(numbers)] = torch.tensor(numbers)
    return tokens
