"""Small real proteins that come with the installation: the backbones of fifty chains.

`data/LICENCES.md` says where the file comes from, who made it and what was changed; `CREDIT` is the line to
print under a picture.

    training, held_out = split_chains(backbones())
    pieces = windows(training, 10)
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

DATA = Path(__file__).parent / "data"
CREDIT = "50 entries of the Protein Data Bank, free of copyright"
BOND = 1.6  # Å: where C and the next N are farther apart, the chain is broken


@dataclass(frozen=True)
class Chain:
    """The backbone of one chain."""

    name: str  # of the entry, four letters, and of the chain in it
    atoms: Float[Tensor, "n 4 3"]  # N, CA, C, O in Å
    sequence: str  # a letter for each residue
    structure: str  # H helix, E strand, - neither

    @property
    def broken(self) -> bool:
        """Tell whether residues are missing in the middle."""
        return bool((_bonds(self.atoms) > BOND).any())


def backbones() -> tuple[Chain, ...]:
    """Return fifty chains of 79 to 173 residues, 6,860 in all; two of them are broken once."""
    with np.load(DATA / "proteins_bb.npz") as file:
        atoms, ends = torch.from_numpy(file["xyz"]).float() / 100, file["off"].tolist()
        words = (map(str, file[name]) for name in ("name", "seq", "ss"))
        named = list(zip(*words, strict=True))
    chains = (atoms[start:end] for start, end in itertools.pairwise(ends))
    return tuple(Chain(name, one, *rest) for (name, *rest), one in zip(named, chains, strict=True))


def split_chains(chains: Iterable[Chain]) -> tuple[tuple[Chain, ...], tuple[Chain, ...]]:
    """Return the chains for training, and every fifth one, which is held out."""
    every = tuple(chains)
    return tuple(one for i, one in enumerate(every) if i % 5 != 4), every[4::5]


def windows(chains: Iterable[Chain], length: int, stride: int = 1) -> Float[Tensor, "w length 3 3"]:
    """Return N, CA and C of all unbroken pieces of so many residues; every `stride` residues one begins."""
    pieces = [
        chain.atoms[start : start + length, :3]
        for chain in chains
        for start in range(0, len(chain.atoms) - length + 1, stride)
    ]
    return torch.stack([piece for piece in pieces if bool((_bonds(piece) <= BOND).all())])


def _bonds(atoms: Float[Tensor, "n atoms 3"]) -> Float[Tensor, " n-1"]:
    """Return the distances from C to the next residue's N."""
    lengths: Tensor = (atoms[1:, 0] - atoms[:-1, 2]).norm(dim=-1)
    return lengths
