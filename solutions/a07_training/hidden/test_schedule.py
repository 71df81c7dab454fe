"""Hidden checks of the rate: fresh runs by another formula, and their edges."""

import math

from autograder.checks import Seed, expect, raises, task

from ..tests.near import near
from ..tests.test_schedule import rates


def fresh_run(seed: Seed) -> tuple[float, int, int, float]:
    """Return peak, warm-up, total and floor."""
    peak = 1e-4 + seed.fork("peak").uniform(1).item()
    warmup = seed.fork("warmup").integer(3, 9)
    total = warmup + seed.fork("total").integer(10, 20)
    return peak, warmup, total, peak * (0.05 + 0.3 * seed.fork("floor").uniform(1).item())


def by_squares(step: int, peak: float, warmup: int, total: int, floor: float = 0.0) -> float:
    """Return the rate by the square of the cosine of half the angle."""
    if step < warmup:
        return peak - peak * (warmup - 1 - step) / warmup
    angle = math.pi / 2 * (min(step, total) - warmup) / max(total - warmup, 1)
    return floor + (peak - floor) * math.cos(angle) ** 2


@task("warmup_cosine", gate=True)
def test_rates_are_an_answer_at_all(submission, seed):
    """The rate rises in the warm-up, and is low at the end"""
    peak, warmup, total, _ = fresh_run(seed)
    first, last, end = rates(submission, [1, warmup - 1, total - 1], peak, warmup, total)
    expect(0 < first < 0.95 * last, f"the rates of updates 1 and {warmup - 1} are {first} and {last}")
    expect(0 < last < 2 * peak and end < 0.7 * peak, "the rate does not rise to the peak, or does not fall")


@task("warmup_cosine", weight=2)
def test_fresh_runs(submission, seed):
    """Fresh runs with a floor follow the line and the square of a cosine, to the end and beyond

    (k + 1) / warmup in the warm-up, then half a cosine from peak to floor over total - warmup updates; beyond
    the end the floor stays.
    """
    settings = fresh_run(seed)
    steps = [*range(settings[2] + 3), settings[2] + 50]
    near(rates(submission, steps, *settings), [by_squares(step, *settings) for step in steps], "the rates")


@task("warmup_cosine")
def test_floor_is_0_unless_said(submission, seed):
    """Without a floor a fresh run ends at 0

    Leave the floor out: the last rate is 0.
    """
    peak, warmup, total, _ = fresh_run(seed)
    came = rates(submission, range(warmup - 1, total + 2), peak, warmup, total)
    near(came, [by_squares(step, peak, warmup, total) for step in range(warmup - 1, total + 2)], "the rates")


@task("warmup_cosine")
def test_edges_of_fresh_runs(submission, seed):
    """Warm-ups of 0, 1 and all updates, and runs of none, have the rates of the formula

    Try a warm-up of 0, of 1 and of all updates, and a run of none: no division by 0.
    """
    peak, _, total, floor = fresh_run(seed)
    for warmup in (0, 1, total):
        steps = [0, 1, total - 1, total, total + 1]
        expected = [by_squares(step, peak, warmup, total, floor) for step in steps[:3]] + [floor] * 2
        near(rates(submission, steps, peak, warmup, total, floor), expected, f"the rates with {warmup = }")
    near(rates(submission, [0, 3], peak, 0, 0, floor), [floor] * 2, "the rates of a run of no updates")


@task("warmup_cosine")
def test_fresh_refusals(submission, seed):
    """Fresh steps below 0 and warm-ups that do not fit are refused

    Steps below 0 and warm-ups longer than the run raise ValueError.
    """
    n = seed.integer(1, 30)
    for step, warmup, total in ((-n, 0, n), (-n, n, 2 * n), (n, -n, n), (0, n + 1, n), (0, 0, -1)):
        with raises(ValueError, f"step = {step}, warmup = {warmup}, total = {total} is to be refused."):
            submission.schedule.warmup_cosine(step, 1.0, warmup, total, 0.5)
