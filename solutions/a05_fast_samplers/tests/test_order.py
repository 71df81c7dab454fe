"""Public checks of the exact flow, and of the slope that says of which order a sampler is."""

import math

import torch

from autograder.checks import close, raises, task

from .near import exactly, expect_dtype, near

NATURAL = "Both axes are natural logarithms; the order is minus the slope."


@task("observed_order")
def test_flow_of_a_gaussian(submission):
    """For data N(1, 3^2) the flow from sigma = 4 to 0 leads x = 6 to 4 and x = 1 to 1"""
    x = submission.order.exact_flow(exactly(6, 1, -4), 4.0, 0.0, 1.0, 3.0)
    hint = "x has the spread 5 at sigma = 4, and 3 at 0: the deviation from the mean shrinks like that."
    near(x, exactly(4, 1, -2), "x", hint)
    x = submission.order.exact_flow(exactly(6, 1), 4.0, math.sqrt(7), 1.0, 3.0)
    near(x, exactly(5, 1), "x at sigma = sqrt(7)", "The spread is 4 there.")


@task("observed_order")
def test_flow_of_a_point_and_back(submission, seed):
    """Data in one point draw x there; the flow there and back is the identity; float32 stays float32"""
    x = submission.order.exact_flow(exactly(6, -2), 4.0, 0.0, 1.0, 0.0)
    near(x, exactly(1, 1), "x when std is 0", "std may be 0 while sigma is not.")
    start = seed.normal(2, 3)
    there = submission.order.exact_flow(start, 2.0, 0.5, 0.3, 0.8)
    back = submission.order.exact_flow(there, 0.5, 2.0, 0.3, 0.8)
    near(back, start, "x there and back", "Exchanging sigma and sigma_end turns the ratio over.")
    single = submission.order.exact_flow(start.float(), 2.0, 0.5, 0.3, 0.8)
    expect_dtype(single, torch.float32, "math.sqrt of Python numbers leaves the images' dtype alone.")


@task("observed_order")
def test_order_of_powers(submission):
    """Errors of 3 / N^2 have order 2, those of 5 / sqrt(N) order 0.5, and those that grow a negative one"""
    steps = [10, 20, 30, 80]
    for factor, power in ((3, 2.0), (5, 0.5), (0.01, -1.0)):
        order = submission.order.observed_order(steps, [factor / n**power for n in steps])
        near(order, power, "the order", NATURAL, 1e-10)


@task("observed_order", weight=2)
def test_order_of_bent_errors(submission):
    """Errors e^0, e^-1.5, e^-1.9, e^-3.4 at 64, 128, 256, 512 steps have order 1.529257, by least squares"""
    errors = [math.exp(value) for value in (0, -1.5, -1.9, -3.4)]
    order = submission.order.observed_order([64, 128, 256, 512], errors)
    hint = (
        "The squares are those of distances in ln(error), at each ln(steps). "
        "The first and the last point alone, or the mean of neighbours' slopes, give 1.635054."
    )
    close(order, 1.529256743, rtol=1e-8, what="the order", hint=hint)


@task("observed_order")
def test_order_from_uneven_steps(submission):
    """Points at 4, 8 and 64 steps weigh by their distance from the middle of ln(steps)"""
    order = submission.order.observed_order([4, 8, 64], [1.0, 0.25, 0.125])
    across, up = (2, 3, 6), (0, -2, -3)  # in logarithms to the base 2; their means are 11/3 and -5/3
    slope = sum((a - 11 / 3) * (b + 5 / 3) for a, b in zip(across, up, strict=True))
    slope /= sum((a - 11 / 3) ** 2 for a in across)
    hint = "ln(steps) goes across and ln(error) up: least squares measures distances upwards."
    near(order, -slope, "the order", hint, 1e-10)


@task("observed_order")
def test_order_needs_two_points_and_errors(submission):
    """Two points are enough; one point, an error of 0, a negative one and unequal numbers raise ValueError"""
    near(submission.order.observed_order([10, 1000], [1e-2, 1e-8]), 3.0, "the order", NATURAL, 1e-10)
    for steps, errors in (
        ([8], [0.1]),
        ([8, 16], [0.1, 0.0]),
        ([8, 16], [0.1, -0.2]),
        ([8, 16, 32], [0.2, 0.1]),
    ):
        with raises(ValueError, hint="An error of 0 has no logarithm, and one point no slope."):
            submission.order.observed_order(steps, errors)
