"""Hidden checks of scores of one forecast: fresh rows and maps, place by place."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, expect, raises, task
from autograder.nearness import near, near_single

from .fresh import expect_alike


def some_rows(seed: Seed, h: int = 6) -> Tensor:
    """Return latitudes that fall, unevenly, from pole to pole or from somewhere between."""
    steps = seed.uniform(h) + 0.3
    return 85 - 160 * steps.cumsum(dim=0) / steps.sum()


def areas(lat: Tensor) -> Tensor:
    """Return the weights of rows, row by row, by integrals of the cosine."""
    rows, sizes = lat.tolist(), []
    for i, row in enumerate(rows):
        below = (row - rows[i + 1]) / 2 if i + 1 < len(rows) else (rows[i - 1] - row) / 2
        above = (rows[i - 1] - row) / 2 if i else (row - rows[1]) / 2
        top, bottom = min(row + above, 90.0), max(row - below, -90.0)
        sizes.append(math.sin(math.radians(top)) - math.sin(math.radians(bottom)))
    return torch.tensor(sizes, dtype=torch.float64) * len(rows) / sum(sizes)


def mean_of(w: Tensor, values: Tensor) -> float:
    """Return the weighted mean over a map, place by place."""
    h, width = values.shape
    total = sum(w[i].item() * values[i, j].item() for i in range(h) for j in range(width))
    return total / (h * width)


@task("weighted_scores", gate=True)
def test_scores_are_an_answer_at_all(submission, seed):
    """Weights of fresh rows, or errors of fresh maps, go with what came in"""
    lat = some_rows(seed)
    factors = seed.fork("factors").uniform(9)[:, None, None]
    maps = factors * seed.fork("maps").normal(9, 6, 5)
    any_of(
        lambda: expect_alike(submission.scores.latitude_weights(lat), areas(lat)),
        lambda: expect_alike(
            submission.scores.weighted_rmse(maps, torch.zeros_like(maps), torch.ones(6)), factors
        ),
    )


@task("weighted_scores", weight=2)
def test_fresh_rows(submission, seed):
    """Fresh rows by both kinds, rising and falling; 721 rows with poles; what is refused

    Weights by the area between borders, or by cosines, with mean 1: rows that rise and that fall, and with
    poles. Other rows are refused.
    """
    lat = some_rows(seed)
    for rows in (lat, lat[1:4], lat[:2]):
        came = submission.scores.latitude_weights(rows)
        near(came, areas(rows), "area")
        near(submission.scores.latitude_weights(rows.flip(0)), areas(rows).flip(0), "area, other direction")
        cosine = torch.cos(rows * math.pi / 180)
        near(submission.scores.latitude_weights(rows, "cosine"), cosine / cosine.mean(), "cosine")
    whole = submission.scores.latitude_weights(torch.linspace(90, -90, 721))
    expected = torch.tensor([0.000857926, 0.006863384, 1.572976741], dtype=torch.float64)
    close(
        whole[[0, 1, 360]], expected, rtol=0, atol=2e-9, what="weights of the pole, the next row, the equator"
    )
    for bad, kind in ((torch.tensor([0.0, 90.01]), "cosine"), (-90.5 + lat * 0, "area"), (lat, "")):
        with raises(ValueError):
            submission.scores.latitude_weights(bad, kind)


@task("weighted_scores", weight=2)
def test_fresh_maps(submission, seed):
    """Errors and correlations of fresh maps, place by place, with two axes before the maps; float32

    Each map has its own root and its own correlation, of anomalies from the climatology, not centred any
    further; weights stand in every mean.
    """
    f, t, usual = (seed.fork(name).normal(2, 3, 4, 5) for name in "ftu")
    w = seed.fork("w").uniform(4) + 0.1
    for climatology in (usual, usual[0, 0]):
        rmse = submission.scores.weighted_rmse(f, t, w)
        acc = submission.scores.acc(f, t, climatology, w)
        for a in range(2):
            for b in range(3):
                c = climatology if climatology.ndim == 2 else climatology[a, b]
                x, y = f[a, b] - c, t[a, b] - c
                expected = math.sqrt(mean_of(w, (f - t)[a, b] ** 2))
                close(rmse[a, b], expected, rtol=1e-11, what="rmse")
                expected = mean_of(w, x * y) / math.sqrt(mean_of(w, x * x) * mean_of(w, y * y))
                close(acc[a, b], expected, rtol=1e-11, what="acc")
    near_single(submission.scores.acc(f.float(), t.float(), usual.float(), w), acc_of(f, t, usual, w), "acc")
    near_single(submission.scores.weighted_rmse(f.float(), t.float(), w.float()), rmse, "rmse")


def acc_of(f: Tensor, t: Tensor, usual: Tensor, w: Tensor) -> Tensor:
    """Return correlations of anomalies by cosines of angles."""
    x, y = ((one - usual) * w.sqrt()[:, None] for one in (f, t))
    return torch.cosine_similarity(x.flatten(2), y.flatten(2), dim=2)


@task("weighted_scores")
def test_fresh_events(submission, seed):
    """Fresh whole numbers, many at a threshold, place by place; thresholds in any order

    A value at the threshold is an event; hits, misses and false alarms of all maps are added before anything
    is divided, and 0 / 0 is NaN.
    """
    f, t = ((seed.fork(name).uniform(3, 4, 5) * 6).floor() for name in "ft")
    thresholds = torch.tensor([4.0, 1.0, 2.5, 9.0])
    came = submission.scores.csi(f.float(), t.float(), thresholds)
    for k, limit in enumerate(thresholds.tolist()):
        pairs = [
            (x >= limit, y >= limit) for x, y in zip(f.flatten().tolist(), t.flatten().tolist(), strict=True)
        ]
        hits, events = sum(x and y for x, y in pairs), sum(x or y for x, y in pairs)
        if events:
            close(came[k], hits / events, rtol=1e-12, what=f"csi at {limit}")
        else:
            expect(bool(came[k].isnan()), f"csi at {limit} is {came[k]}; expected NaN")
