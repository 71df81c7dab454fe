"""Public checks of scores of ensembles: five members by hand, spread and error by hand, ranks with ties."""

import math

import torch

from autograder.checks import exactly, expect, raises, task
from autograder.nearness import EXACT, near, near_single, unchanged

from .. import plays

FIVE = exactly(1, 4, 2, 8, 5)


# -------------------- 1.2 ensemble_scores
@task("ensemble_scores", weight=2)
def test_five_members(submission):
    """Members 1, 4, 2, 8, 5 and the truth 3: .5 over pairs of different members, .84 over all pairs"""
    truth = exactly(3)[0]
    hint = "The mean of |x - y|, less half the mean of |x - x'|: over m (m - 1) pairs, or over m²."
    near(submission.ensembles.crps(FIVE, truth), exactly(0.5)[0], "crps", hint)
    near(submission.ensembles.crps(FIVE, truth, fair=False), exactly(0.84)[0], "crps, not fair", hint)
    pair, truths = exactly(0, 0, 1, 1).view(2, 2), exactly(0.25, 2)
    near(submission.ensembles.crps(pair, truths), exactly(0, 1), "crps of two members", hint)
    near(submission.ensembles.crps(pair, truths, False), exactly(0.25, 1.25), "crps, not fair", hint)


@task("ensemble_scores")
def test_one_member_and_other_units(submission, seed):
    """One member costs |x - y|; in units 3 x + 7 the score is three times as large; float32 stays float32"""
    ensemble, truth = seed.fork("x").normal(4, 2, 3), seed.fork("y").normal(2, 3)
    for fair in (True, False):
        near(submission.ensembles.crps(ensemble[:1], truth, fair), (ensemble[0] - truth).abs(), "crps")
    came = submission.play(plays.calling, "ensembles", "crps", [ensemble, truth])
    unchanged(came["arguments"], [ensemble, truth])
    again = submission.ensembles.crps(3 * ensemble + 7, 3 * truth + 7)
    hint = "Members are compared with the truth, and with each other: nothing else counts."
    near(again, 3 * came["value"], "crps in other units", hint, 10 * EXACT)
    pressures = exactly(101_325, 101_330, 101_290, 101_411).float()
    near_single(
        submission.ensembles.crps(pressures, pressures[0] - 25), exactly(40 / 3)[0], "crps of pressures"
    )


@task("ensemble_scores", weight=2)
def test_spread_and_error(submission):
    """Two members, two rows with the weights .5 and 1.5: variances 2 and 8, errors 1 and 3, by hand"""
    members = torch.stack([exactly(0, 0).view(2, 1), exactly(2, 4).view(2, 1)])
    truth, weights = exactly(2, -1).view(2, 1), exactly(0.5, 1.5)
    # Means 1 and 2, errors 1 and 3; variances 2 and 8.
    expected = math.sqrt(3 / 2) * math.sqrt((0.5 * 2 + 1.5 * 8) / (0.5 * 1 + 1.5 * 9))
    hint = "Mean variance (by m - 1) and mean square first, then the roots, then sqrt((m + 1) / m)."
    came = submission.ensembles.spread_skill(members, truth, weights)
    near(came, expected, "spread / error", hint)
    maps = torch.stack([members, members + 5], dim=1)
    targets = torch.stack([truth, exactly(6, 3).view(2, 1)])
    # The second map's errors are 0 and 4.
    expected = math.sqrt(3 / 2) * math.sqrt((2 * (0.5 * 2 + 1.5 * 8)) / (0.5 + 13.5 + 0 + 1.5 * 16))
    near(
        submission.ensembles.spread_skill(maps, targets, weights),
        expected,
        "spread / error of two maps",
        hint,
    )
    gas = [(1e-23 * one).float() for one in (maps, targets)]
    hint = "Work in float64 inside: in float32 the square of 1e-23 is 0."
    near(
        submission.ensembles.spread_skill(*gas, weights),
        expected,
        "spread / error of a trace gas",
        hint,
        1e-6,
    )
    right = submission.ensembles.spread_skill(members, members.mean(dim=0), weights)
    expect(right == math.inf, f"without an error spread / error is {right}; expected inf")
    with raises(ValueError):
        submission.ensembles.spread_skill(members[:1], truth, weights)


@task("ensemble_scores", weight=2)
def test_ranks_with_ties(submission):
    """Truths with 2 of 3 members below, 2 and 3 equal ones, and none below: ranks 2, 2, 3, 0 by the lot"""
    ensemble = exactly(1, 1, 2, 5, 2, 1, 2, 5, 3, 4, 2, 5).view(3, 4)
    truth, lot = exactly(2.5, 1, 2, 0), exactly(0.3, 0.7, 0.99, 0.5)
    hint = "The number below, plus floor(u (equal + 1)): 2 equal members leave three places."
    counts = submission.ensembles.rank_histogram(ensemble, truth, lot)
    expect(counts.tolist() == [1, 0, 2, 1], f"the counts are {counts.tolist()}; expected 1, 0, 2, 1", hint)
    counts = submission.ensembles.rank_histogram(ensemble, truth, torch.zeros(4))
    expect(
        counts.tolist() == [3, 0, 1, 0], f"with u = 0 they are {counts.tolist()}; expected 3, 0, 1, 0", hint
    )
    # Dry everywhere, and a field of two axes.
    u = exactly(0, 0.24, 0.26, 0.51, 0.6, 0.99).view(2, 3)
    counts = submission.ensembles.rank_histogram(torch.zeros(3, 2, 3), torch.zeros(2, 3), u)
    expect(counts.tolist() == [2, 1, 2, 1], f"dry ones give {counts.tolist()}; expected 2, 1, 2, 1", hint)
