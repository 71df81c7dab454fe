"""Hidden checks of the exact flow and the observed order: scipy's line, and the ODE itself."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autograder.checks import Seed, close, expect, raises, task

from .fresh import EXACT, between, exactly


@task("observed_order", gate=True)
def test_order_is_an_answer_at_all(submission, seed):
    """The order of fresh powers is a number that goes with them, or the flow is one that moves x"""
    x = seed.fork("x").normal(20)
    moved = submission.order.exact_flow(x, 3.0, 1.0, 0.2, 0.5)
    found = torch.corrcoef(torch.stack([moved.double(), x]))[0, 1].abs() if moved.shape == x.shape else 0
    if found > 0.9 and (moved - x).abs().max() > 1e-3:
        return
    orders = []
    for name in ("a", "b"):
        power = between(seed.fork(name), 1, 3)
        order = float(
            submission.order.observed_order([8, 16, 32, 64], [2 / n**power for n in (8, 16, 32, 64)])
        )
        orders.append(abs(order) / power)
    good = all(0.2 < ratio < 4 for ratio in orders) and abs(orders[0] - orders[1]) < 0.3 * orders[0]
    expect(good, "the order does not go with the errors")


@task("observed_order", weight=2)
@settings(max_examples=30)
@given(points=st.integers(2, 9), n=st.integers(0, 10**6))
def test_order_is_scipy_s_slope(submission, points, n):
    """Minus the slope of scipy's line through fresh points, evenly spaced or not

    Minus the slope of the line through (log n, log error): all points count, not only the first and last.
    """
    seed = Seed(n)
    steps = sorted(
        {int(2 ** (2 + 8 * v)) + i for i, v in enumerate(seed.fork("steps").uniform(points).tolist())}
    )
    errors = (-3 * seed.fork("errors").uniform(len(steps))).exp().tolist()
    if len(steps) < 2:
        return
    line = stats.linregress([math.log(step) for step in steps], [math.log(error) for error in errors])
    close(submission.order.observed_order(steps, errors), -line.slope, rtol=1e-7, atol=1e-9, what="the order")


@task("observed_order")
def test_order_refuses_what_has_none(submission):
    """One point, none, unequal numbers, an error of 0, a negative one and NaN raise ValueError

    Try one point, none, unequal numbers, an error of 0, a negative one and NaN: ValueError each time.
    """
    wrong = (
        ([8], [0.5]),
        ([], []),
        ([8, 16], [0.5]),
        ([8, 16], [0.5, 0.2, 0.1]),
        ([8, 16], [0.0, 0.2]),
        ([8, 16, 32], [0.5, -0.2, 0.1]),
        ([8, 16], [0.5, math.nan]),
    )
    for steps, errors in wrong:
        with raises(ValueError):
            submission.order.observed_order(steps, errors)
    close(
        submission.order.observed_order([8, 16], [2.0, 0.5]), 2.0, rtol=1e-9, what="the order of two points"
    )


@task("observed_order", weight=2)
def test_flow_solves_its_equation(submission, seed):
    """The flow of fresh Gaussians is the limit of 500 midpoint steps, down and up

    The flow moves x - mean by the ratio of the deviations at both levels, sqrt(std^2 + sigma^2), up and down.
    """
    x, mean, std = (
        seed.fork("x").normal(3, 2),
        between(seed.fork("mean"), -1, 1),
        between(seed.fork("std"), 0.3, 1),
    )
    for start, end in ((3.0, 0.2), (0.4, 2.0)):
        y, width = x.clone(), (end - start) / 500
        for i in range(500):
            middle = start + (i + 0.5) * width

            def slope(y: torch.Tensor, s: float) -> torch.Tensor:
                return (y - mean) * s / (std**2 + s**2)  # (x - E[x0 | x]) / sigma

            half = y + width / 2 * slope(y, start + i * width)
            y = y + width * slope(half, middle)
        came = submission.order.exact_flow(x, start, end, mean, std)
        close(came, y, rtol=1e-4, atol=1e-5, what=f"x from {start:g} to {end:g}")


@task("observed_order")
def test_flow_keeps_quantiles(submission, seed):
    """x at z spreads from the mean ends at z spreads from it; std may be 0; float32 stays

    A point z spreads from the mean stays z spreads from it, also where std is 0.
    """
    mean, std = between(seed.fork("mean"), -1, 1), between(seed.fork("std"), 0.2, 1)
    z = seed.fork("z").normal(4)
    start, end = between(seed.fork("start"), 1, 80), between(seed.fork("end"), 0, 0.9)
    came = submission.order.exact_flow(mean + math.hypot(std, start) * z, start, end, mean, std)
    close(came, mean + math.hypot(std, end) * z, rtol=1e-10, atol=1e-10, what="x")
    point = submission.order.exact_flow(exactly(5, -1), 2.0, 0.5, 1.0, 0.0)
    close(point, exactly(2, 0.5), rtol=EXACT, what="x for data in one point")
    single = submission.order.exact_flow(z.float(), start, end, mean, std)
    expect(single.dtype == torch.float32, f"float32 images came back as {single.dtype}")
