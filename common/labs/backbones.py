"""Measures of backbones that a lab made: are they proteins, do they differ, and are they new?

    bonds      the share of CA-CA steps within .2 Å of 3.8, and of C-N bonds within .25 Å of 1.33.
    clashes    the share of backbones no two CA of which, three or more residues apart, are nearer than 3.6 Å.
    handed     the share of CA dihedrals at 55 ± 25 degrees (right-handed helices) minus that at -55 ± 25.
    spread     the mean RMSD of all pairs, after superposition.
    new        the median RMSD to the nearest piece of a training chain.

A mirror image has the same distances: only `handed` sees it.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from ..proteins import backbones, split_chains, windows
from .measure import Measure

STEP, BOND, CLOSEST = 3.8, 1.33, 3.6  # Å


def judge_backbones(atoms: Float[Tensor, "b n 3 3"], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure backbones (N, CA and C) against the training chains that are shipped."""
    ca, n = atoms[:, :, 1], atoms.shape[1]
    steps = within((ca[:, 1:] - ca[:, :-1]).norm(dim=-1), STEP, 0.2)
    bonds = within((atoms[:, 1:, 0] - atoms[:, :-1, 2]).norm(dim=-1), BOND, 0.25)
    apart = (torch.arange(n)[:, None] - torch.arange(n)).abs() > 2
    free = (torch.cdist(ca, ca)[:, apart].amin(dim=1) >= CLOSEST).double().mean().item()
    turns = dihedrals(ca)
    handed = within(turns, 55, 25) - within(turns, -55, 25)
    training = windows(split_chains(backbones())[0], n)[:, :, 1]
    spread_, new = spread(ca), nearest(ca, training).median().item()
    return (
        Measure("steps", steps, bounds["steps"], False, f"{steps:.0%} of the CA-CA steps are 3.8 Å long"),
        Measure("bonds", bonds, bounds["bonds"], False, f"{bonds:.0%} of the C-N bonds are 1.33 Å long"),
        Measure("free", free, bounds["free"], False, f"{free:.0%} of the backbones have no clash"),
        Measure("handed", handed, bounds["handed"], False, f"right minus left turns: {handed:.2f}"),
        Measure(
            "spread", spread_, bounds["spread"], False, f"two backbones are {spread_:.2f} Å apart, on average"
        ),
        Measure(
            "new", new, bounds["new"], False, f"the nearest training piece is {new:.2f} Å away, by median"
        ),
    )


def within(values: Float[Tensor, "*s"], middle: float, reach: float) -> float:
    """Return the share of values that lie so near."""
    return ((values - middle).abs() < reach).double().mean().item()


def dihedrals(ca: Float[Tensor, "*b n 3"]) -> Float[Tensor, "*b n-3"]:
    """Return the angles between neighbouring planes of three CA in degrees; right turns are positive."""
    a, b, c = (
        ca[..., i + 1 : ca.shape[-2] - 2 + i, :] - ca[..., i : ca.shape[-2] - 3 + i, :] for i in range(3)
    )
    first, second = torch.linalg.cross(a, b), torch.linalg.cross(b, c)
    sine = (torch.linalg.cross(first, second) * F.normalize(b, dim=-1)).sum(dim=-1)
    return torch.rad2deg(torch.atan2(sine, (first * second).sum(dim=-1)))


def rmsd(one: Float[Tensor, "n 3"], others: Float[Tensor, "m n 3"]) -> Float[Tensor, " m"]:
    """Return the root mean squared distances after the best proper superpositions."""
    one, others = one - one.mean(dim=0), others - others.mean(dim=1, keepdim=True)
    products = one.mT @ others  # m 3 3
    scales = torch.linalg.svdvals(products)
    scales[:, 2] *= torch.linalg.det(products).sign()
    total = one.square().sum() + others.square().sum(dim=(1, 2)) - 2 * scales.sum(dim=1)
    root: Tensor = (total.clamp(min=0) / len(one)).sqrt()
    return root


def spread(ca: Float[Tensor, "b n 3"]) -> float:
    """Return the mean RMSD of all pairs."""
    b = len(ca)
    return sum(float(rmsd(one, ca).sum()) for one in ca) / (b * (b - 1))


def nearest(
    ca: Float[Tensor, "b n 3"], others: Float[Tensor, "m n 3"], *, index: bool = False
) -> Float[Tensor, " b"] | Int[Tensor, " b"]:
    """Return the RMSD of each backbone to the nearest of others, or which one that is."""
    found = [rmsd(one, others) for one in ca]
    return torch.stack([one.argmin() if index else one.min() for one in found])
