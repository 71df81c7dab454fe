"""Small real sounds that come with the installation: spoken words, and percussion.

Both are 8,192 samples at 8 kHz, kept in 8 bits by the mu-law of telephones. `data/LICENCES.md` says where
each file comes from, who made it and what was changed; `credit` is the line to print beside a picture.
"""

import string
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

DATA = Path(__file__).parent / "data"
MU = 255  # of the mu-law
TENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS = (*UNITS, *TENS, "nineteen", *ROUND)
ALPHABET = (
    *("alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo"),
    *("lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform"),
    *("victor", "whiskey", "x-ray", "yankee", "zulu"),
)


@dataclass(frozen=True)
class Sounds:
    """Sounds and what they are called."""

    x: Float[Tensor, "n samples"]  # in [-1, 1]
    names: tuple[str, ...]  # n of them
    rate: int  # samples a second
    credit: str

    def of(self, name: str) -> Float[Tensor, "1 samples"]:
        """Return the sound of this name, as a batch of one; raises KeyError if there is none."""
        if name not in self.names:
            raise KeyError(name)
        return self.x[self.names.index(name), None]


def spoken_words() -> Sounds:
    """Return 80 words by one speaker, (80, 8192): 28 numbers, the letters, and the spelling alphabet.

    Asterisk core sounds, English, spoken by Allison Smith, CC BY-SA 3.0.
    """
    x, _, rate = _read("spoken_8k_mulaw.npz")
    letters = tuple(f"letter {letter}" for letter in string.ascii_lowercase)
    credit = "Asterisk core sounds, spoken by Allison Smith, CC BY-SA 3.0"
    return Sounds(x, (*NUMBERS, *letters, *ALPHABET), rate, credit)


def percussion() -> Sounds:
    """Return 100 single strokes, (100, 8192); a name begins with its kind: bd_ (bass drum), perc_, tabla_.

    Samples of Sonic Pi, CC0.
    """
    x, names, rate = _read("percussion_8k_mulaw.npz")
    return Sounds(x, names, rate, "samples of Sonic Pi, CC0")


def expand(levels: UInt8[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """Undo the mu-law: 256 levels, denser near 0, to numbers in [-1, 1]."""
    y = levels.float() / 127.5 - 1
    return y.sign() * ((1 + MU) ** y.abs() - 1) / MU


def _read(name: str) -> tuple[Tensor, tuple[str, ...], int]:
    with np.load(DATA / name) as file:
        return expand(torch.from_numpy(file["x"])), tuple(map(str, file["name"])), int(file["sr"])
