"""Public checks of scores of one forecast: worked numbers on three rows, and hits counted by hand."""

import math
from itertools import pairwise

import torch
from torch import Tensor

from autograder.checks import exactly, expect, raises, task
from autograder.nearness import WORKED, near, near_single, unchanged

from .. import plays

ROWS = exactly(-90, 0, 90)
AREA = exactly(0.4393398, 2.1213203, 0.4393398)
TRACE = 1e-23  # of a gas: its square is 0 in float32
INSIDE = "Work in float64 inside: in float32 the square of 1e-23 is 0."


def by_row(*values: float) -> Tensor:
    """Return a map of three rows and four columns that is even along each row."""
    return exactly(*values)[:, None].repeat(1, 4)


# -------------------- 1.1 weighted_scores
@task("weighted_scores", weight=2)
def test_weights_of_three_rows(submission):
    """At -90, 0, 90 the areas are .4393398, 2.1213203, .4393398 and the cosines 0, 3, 0; any direction"""
    for lat in (ROWS, ROWS.flip(0)):
        hint = "sin(upper edge) - sin(lower edge), edges half-way between rows and none beyond a pole."
        near(submission.scores.latitude_weights(lat), AREA, "area", hint, WORKED)
        hint = "Degrees, not radians; divide by the mean."
        near(submission.scores.latitude_weights(lat, "cosine"), exactly(0, 3, 0), "cosine", hint)
    near(submission.scores.latitude_weights(exactly(37.5)), exactly(1), "the weight of a single row")


@task("weighted_scores")
def test_weights_of_a_cut_out(submission):
    """Rows at 50, 20, 0, -40 have edges at 65, 35, 10, -20, -60: the outermost reach as far outside"""
    edges = [math.sin(math.radians(edge)) for edge in (65, 35, 10, -20, -60)]
    areas = exactly(*(upper - lower for upper, lower in pairwise(edges)))
    hint = "The outermost edge lies as far outside its row as the next one lies inside."
    for dtype in (torch.float64, torch.float32):
        came = submission.scores.latitude_weights(exactly(50, 20, 0, -40).to(dtype))
        near(came, areas / areas.mean(), "area", hint)
    for lat, kind in ((exactly(0, 91), "area"), (exactly(-90.5, 0), "cosine"), (ROWS, "areas")):
        with raises(ValueError):
            submission.scores.latitude_weights(lat, kind)


@task("weighted_scores")
def test_errors_of_three_rows(submission):
    """Errors of 3, 1 and 0 by row have the weighted error 1.4230694; maps count each for itself"""
    truth = torch.arange(12, dtype=torch.float64).reshape(3, 4)
    weights = submission.scores.latitude_weights(ROWS)
    near(weights, AREA, "the weights", within=WORKED)
    hint = "The root of the mean of weight times square, over the rows and columns of each map."
    near(
        submission.scores.weighted_rmse(truth + by_row(3, -1, 0), truth, AREA),
        exactly(1.4230694)[0],
        "the error",
        hint,
        WORKED,
    )
    both = torch.stack([by_row(3, 1, 0), by_row(0, 0, 2)])
    came = submission.scores.weighted_rmse(both, torch.zeros(2, 3, 4), AREA)
    near(came, exactly(1.4230694, 2 * math.sqrt(0.4393398 / 3)), "errors of two maps", hint, WORKED)
    # float32 pressures: sums are in float64, the result is float32 again.
    high = (101_325 + by_row(3, -1, 0)).float()
    came = submission.scores.weighted_rmse(high, torch.full_like(high, 101_325), AREA)
    near_single(came, exactly(1.4230694)[0], "the error of float32 pressures")
    came = submission.scores.weighted_rmse((TRACE * both).float(), torch.zeros(2, 3, 4), AREA)
    near(
        came.double() / TRACE,
        exactly(1.4230694, 2 * math.sqrt(0.4393398 / 3)),
        "errors / 1e-23",
        INSIDE,
        1e-6,
    )


@task("weighted_scores")
def test_correlation_of_anomalies(submission):
    """Anomalies 3, 1, -1 and 1, 2, 0 by row correlate by .7292621; equal ones by 1, opposite ones by -1"""
    f, t = by_row(3, 1, -1), by_row(1, 2, 0)
    usual = 5 + torch.arange(12, dtype=torch.float64).reshape(3, 4)
    hint = "Take the climatology from both; do not take a mean away as well; weigh all three sums."
    for climatology in (usual, torch.full((3, 4), 5.0).double()):
        came = submission.scores.acc(climatology + f, climatology + t, climatology, AREA)
        near(came, exactly(0.7292621)[0], "acc", hint, WORKED)
    came = submission.scores.acc((TRACE * f).float(), (TRACE * t).float(), torch.zeros(3, 4), AREA)
    near_single(came, exactly(0.7292621)[0], "acc of a trace gas", INSIDE)
    seasons = torch.stack([usual, usual.flip(0)])
    came = submission.scores.acc(seasons + 2 * t, seasons + torch.stack([t, -t]), seasons, AREA)
    near(came, exactly(1, -1), "acc of two maps", hint)
    args = [usual + f, usual.clone(), usual, AREA]
    came = submission.play(plays.calling, "scores", "acc", args)
    expect(bool(came["value"].isnan()), f"acc without an anomaly is {came['value']}; expected NaN: 0/0")
    unchanged(came["arguments"], args)


@task("weighted_scores", weight=2)
def test_hits_and_events(submission):
    """Hits / (hits + false alarms + misses) at 1, 2, 4, 6 are .5, .3333333, .5, NaN; maps count together"""
    forecast, truth = exactly(0, 1, 2, 3, 4, 5, 0, 0).view(2, 4), exactly(0, 2, 2, 0, 4, 0, 3, 0).view(2, 4)
    came = submission.scores.csi(forecast, truth, exactly(1, 2, 4, 6))
    hint = "An event is a value at the threshold or above; what neither has does not count."
    near(came[:3], exactly(1 / 2, 1 / 3, 1 / 2), "csi", hint)
    expect(bool(came[3].isnan()), f"csi without any event is {came[3]}; expected NaN: 0/0", hint)
    near(submission.scores.csi(forecast, truth + 1, exactly(1)), exactly(0.625), "csi, all wet", hint)
    # One map has 1 hit of 1, the other 1 hit of 9.
    said, happened = torch.zeros(2, 3, 3), torch.zeros(2, 3, 3)
    said[0, 0, 0] = happened[0, 0, 0] = happened[1, 2, 2] = 1
    said[1] = 1
    hint = "Count hits, false alarms and misses of all maps, then divide."
    near(submission.scores.csi(said, happened, torch.tensor([0.5])), exactly(0.2), "csi of two maps", hint)
