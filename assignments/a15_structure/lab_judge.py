"""Judges what the lab hands in: 64 backbones of ten residues, N, CA and C in Å.

Six measures, of `common/labs/backbones.py`. The lab reaches, and held-out pieces have:

                                          seeds 0 to 4   held out
    steps    CA-CA steps of 3.8 Å         .85 to .91     1.00
    bonds    C-N bonds of 1.33 Å          .76 to .81     1.00
    free     backbones without a clash    .97 to 1.00    1.00
    handed   right minus left turns       .43 to .51     .33 to .41
    spread   mean RMSD of two, in Å       3.0 to 3.3     3.9
    new      median to training, in Å     .69 to 1.04    .74 to .89

One piece repeated has no spread, noise no bonds, a mirror image is left-handed; training pieces are 0 from
the nearest, and with noise that makes them new they have lost their bonds. Nothing of a hand-in runs.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from common.labs.backbones import judge_backbones
from common.labs.measure import Measure, Wanted

ARRAYS = {"atoms": Wanted((64, 10, 3, 3), "f")}
FARTHEST = 1000.0  # Å: what is beyond is no protein


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure 64 backbones."""
    atoms = arrays["atoms"].astype(np.float32).clip(-FARTHEST, FARTHEST)
    return judge_backbones(torch.from_numpy(atoms), bounds)
