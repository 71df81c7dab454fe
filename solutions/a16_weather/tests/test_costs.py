"""Tasks 1.2 and 4.1: memory and time, in units of a yardstick. Bars show how far you are."""

import numpy as np
import torch
from scipy.ndimage import map_coordinates
from torch import Tensor

from autograder.checks import Seed, close, task
from autograder.nearness import SINGLE

from .. import plays


def many_members(seed: Seed) -> tuple[Tensor, Tensor]:
    """50 members on 72 x 144 places, and a truth."""
    x = seed.fork("x").normal(50, 72, 144, dtype=torch.float32)
    return x, seed.fork("y").normal(72, 144, dtype=torch.float32)


def all_scores_are_right(came: Tensor, _: object, args: tuple[Tensor, Tensor]) -> None:
    """Add up all pairs of members, one member after the other."""
    x, y = (one.double() for one in args)
    pairs = torch.zeros_like(y)
    for member in x:
        pairs += (x - member).abs().sum(dim=0)
    expected = (x - y).abs().mean(dim=0) - pairs / (2 * 50 * 49)
    close(came, expected, rtol=0, atol=10 * SINGLE, what="the scores")  # float32, 50 terms


@task("ensemble_scores")
def test_memory_of_a_score(memory):
    """50 members on 72 x 144 places hold some fields of 50 x 72 x 144, none of 50 x 50 x 72 x 144"""
    hint = "No table of all pairs: a member of rank i counts 2 i - m - 1 times, or take member after member."
    memory("ensembles.crps", plays.sorted_members, many_members, all_scores_are_right, hint=hint)


def a_large_field(seed: Seed) -> tuple[Tensor, Tensor]:
    """A field of 256 x 256 pixels, and a motion of some pixels."""
    x = seed.fork("x").uniform(1, 1, 256, 256, dtype=torch.float32)
    return x, 3 * seed.fork("motion").normal(1, 2, 256, 256, dtype=torch.float32)


def all_pixels_are_right(came: Tensor, _: object, args: tuple[Tensor, Tensor]) -> None:
    """Compare with scipy's interpolation, in float64."""
    x, motion = (one.double().numpy() for one in args)
    rows, columns = np.mgrid[:256, :256]
    at = [rows - motion[0, 1], columns - motion[0, 0]]
    expected = torch.from_numpy(map_coordinates(x[0, 0], at, order=1, mode="nearest"))
    close(came[0, 0], expected, rtol=0, atol=100 * SINGLE, what="the field")  # places of 256 in float32


@task("advect")
def test_all_pixels_at_once(speed):
    """256 x 256 pixels cost about as much as torch's own look-up of so many"""
    hint = "One look-up for all pixels, or four, one for each neighbour: no loop over rows."
    speed("nowcast.advect", plays.looked_up, a_large_field, all_pixels_are_right, hint)
