"""Tasks 2.2 and 4.1: memory and time, in units of a yardstick. Bars show how far you are."""

import numpy as np
import torch
from scipy.interpolate import interpn
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays


def many_rays(seed: Seed) -> tuple[Tensor, Tensor, Tensor]:
    """512 rays with 256 bins, and 256 uniform numbers for each."""
    edges = torch.linspace(2, 6, 257, dtype=torch.float64).repeat(512, 1)
    return edges, seed.fork("weights").uniform(512, 256), seed.fork("u").uniform(512, 256)


def all_samples_are_right(came: Tensor, _: object, args: tuple[Tensor, ...]) -> None:
    """Every sample follows from the distribution of its ray."""
    rows = []
    for e, w, v in zip(*(one.numpy() for one in args), strict=True):
        rows.append(np.interp(v, np.concatenate([[0], np.cumsum(w / w.sum())]), e))
    close(came, torch.from_numpy(np.array(rows)), rtol=1e-9, what="samples")


@task("importance_samples")
def test_memory_of_a_search(memory):
    """512 rays with 256 bins and 256 samples hold some tables of 512 x 256, none of 512 x 256 x 257"""
    hint = "Do not compare each number with every edge: torch.searchsorted."
    memory("sampling.importance_samples", plays.sorted_numbers, many_rays, all_samples_are_right, hint=hint)


def many_places(seed: Seed) -> tuple[Tensor, Tensor]:
    """A grid of 4 x 32 x 32 x 32 and 1,024 places in it."""
    grid = seed.fork("grid").normal(4, 32, 32, 32, dtype=torch.float32)
    return grid, seed.fork("p").uniform(1024, 3, dtype=torch.float32)


def all_places_are_right(came: Tensor, _: object, args: tuple[Tensor, ...]) -> None:
    """Every value is a mean of its 8 corners."""
    grid, p = (one.double().numpy() for one in args)
    nodes = [np.linspace(0, 1, 32)] * 3
    expected = torch.from_numpy(interpn(nodes, np.moveaxis(grid, 0, -1), p))
    close(came, expected, rtol=1e-4, atol=1e-4, what="values")  # float32


@task("trilinear")
def test_all_places_at_once(speed):
    """1,024 places cost at most 20 times as much as taking the nearest node's value"""
    hint = "One call for all places, or eight, one for each corner: no loop over places."
    speed("grid.trilinear", plays.nearest_nodes, many_places, all_places_are_right, hint)
