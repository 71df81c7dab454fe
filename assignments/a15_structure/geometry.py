"""Given: where the backbone's atoms lie in a residue's own axes, and where its side chain would begin."""

import torch
from jaxtyping import Float
from torch import Tensor

N_CA_C = ((-0.525, 1.363, 0.0), (0.0, 0.0, 0.0), (1.526, 0.0, 0.0))  # N, CA, C of an ideal residue, in Å


def place_backbone(R: Float[Tensor, "*n 3 3"], t: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3 3"]:
    """Return N, CA and C of ideal residues that stand in these frames."""
    ideal = torch.tensor(N_CA_C, dtype=R.dtype, device=R.device)  # atoms 3
    return ideal @ R.mT + t.unsqueeze(-2)


def virtual_cb(atoms: Float[Tensor, "*n 3 3"]) -> Float[Tensor, "*n 3"]:
    """Return where CB, the first atom of the side chain, would be.

    The constants are those of ESMFold's code; they also hold for glycine, which has no CB.
    """
    n, ca, c = atoms.unbind(dim=-2)
    to_ca, to_c = ca - n, c - ca
    return ca - 0.58273431 * torch.linalg.cross(to_ca, to_c) + 0.56802827 * to_ca - 0.54067466 * to_c
