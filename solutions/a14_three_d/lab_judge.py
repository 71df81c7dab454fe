"""Judges what the lab hands in: a grid, which is rendered here from the ten views that nobody trained on.

Pictures are worked out plane by plane, from the camera backwards, so that a plane's distance is the depth
along the axis. Three measures:

    psnr        decibels of all ten pictures together. An empty grid has 9.4, a ball of the mean colour 12, a
                mirrored bear 23, the lab's 26.7.
    silhouette  mean overlap (intersection over union) of where the bear is and where the grid is opaque.
    depth       median error where both are.

The grid is data: no code of a hand-in runs.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from torch import Tensor

from common.datasets import split, teddy_bear
from common.labs.measure import Measure, Wanted
from common.records import PosedViews

from .bear import BOX, FAR, NEAR, SIZE, shaded

ARRAYS = {"grid": Wanted((4, SIZE, SIZE, SIZE), "f")}
PLANES = 80
BEYOND = 30.0  # what is larger is as good as that: softplus and sigmoid are straight and flat there


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure what a grid shows from ten places."""
    grid = arrays["grid"].astype(np.float32).clip(-BEYOND, BEYOND)
    _, views = split(teddy_bear())
    pictures, depth, opacity = (
        torch.stack(one) for one in zip(*(_seen(grid, views, k) for k in range(len(views.x))), strict=True)
    )
    error = (pictures - (views.x + 1) / 2).square().mean()
    decibels = float(-10 * torch.log10(error))
    bear, found = views.depth > 0, opacity > 0.5
    both, either = ((one.sum(dim=(1, 2))) for one in (bear & found, bear | found))
    overlap = float((both / either).mean())
    gaps = (depth - views.depth)[bear & found].abs()
    gap = float(gaps.median()) if len(gaps) else float("inf")
    return (
        Measure("psnr", decibels, bounds["psnr"], False, f"ten new views have {decibels:.2f} dB"),
        Measure("silhouette", overlap, bounds["silhouette"], False, f"silhouettes overlap by {overlap:.3f}"),
        Measure("depth", gap, bounds["depth"], True, f"depth is off by a median of {gap:.3f}"),
    )


def _seen(grid: NDArray[np.float32], views: PosedViews, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return picture (3, 64, 64), depth and opacity (64, 64) of a grid from the place of view k."""
    n = views.x.shape[-1]
    ticks = (torch.arange(n) + 0.5 - n / 2) / views.focal
    sheet = torch.stack([ticks.expand(n, n), -ticks[:, None].expand(n, n), -torch.ones(n, n)])  # 3 n n
    ways = torch.einsum("ij,jhw->hwi", views.poses[k, :3, :3], sheet)  # one unit of depth along each ray
    step = (FAR - NEAR) / PLANES
    stretch = ways.norm(dim=2)
    through, depth, picture = torch.ones(n, n), torch.zeros(n, n), torch.zeros(3, n, n)
    for plane in range(PLANES):
        z = NEAR + (plane + 0.5) * step
        points = views.poses[k, :3, 3] + z * ways  # n n 3
        nodes = ((points / BOX + 1) / 2 * (SIZE - 1)).permute(2, 0, 1).numpy()
        values = np.stack([map_coordinates(one, nodes, order=1, mode="nearest") for one in grid], axis=-1)
        sigma, colour = shaded(torch.from_numpy(values), points)
        left = through * torch.exp(-sigma * stretch * step)
        here, through = through - left, left
        picture, depth = picture + here * colour.permute(2, 0, 1), depth + here * z
    opacity = 1 - through
    return picture + through, depth / opacity.clamp(min=1e-6), opacity
