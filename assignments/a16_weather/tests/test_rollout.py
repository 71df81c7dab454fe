"""Public checks of roll-outs: plans in hours, and chains of models that write down what they were given."""

import torch

from autograder.checks import exactly, expect, raises, task
from autograder.nearness import near, unchanged

from .. import plays


# -------------------- 3.3 lead_times
@task("lead_times")
def test_plans(submission):
    """56 hours are 24 24 6 1 1, 31 are 24 6 1, 23 are 6 6 6 3 1 1; models in any order; no rest"""
    for hours, plan in ((56, [24, 24, 6, 1, 1]), (31, [24, 6, 1]), (23, [6, 6, 6, 3, 1, 1]), (1, [1])):
        came = submission.rollout.lead_times(hours)
        hint = "Always the longest lead that still fits, longest first."
        expect(came == plan, f"{hours} hours are {came}; expected {plan}", hint)
    came = submission.rollout.lead_times(30, (1, 24, 10))
    expect(came == [24] + 6 * [1], f"30 hours by (1, 24, 10) are {came}; expected [24, 1, 1, 1, 1, 1, 1]")
    for hours, models in ((0, (24, 1)), (-6, (6,)), (7, (6, 3)), (30, (24, 10))):
        with raises(ValueError):
            submission.rollout.lead_times(hours, models)


@task("lead_times", weight=2)
def test_every_hour(submission):
    """Hours 1 to 30 take 30 calls: each the longest lead that divides the hour, from so many hours before"""
    numbers = {1: 1.0, 3: 0.25, 6: -2.0, 24: 5.0}
    x = exactly(1, -1)
    came = submission.play(plays.hourly_forecasts, x, list(numbers.items()), 30)
    states = [x]
    for hour in range(1, 31):
        lead = 24 if hour == 24 else 6 if hour % 6 == 0 else 3 if hour % 3 == 0 else 1
        states.append(2 * states[hour - lead] + numbers[lead])
    expect(len(came["calls"]) == 30, f"the models were called {len(came['calls'])} times; expected 30")
    hint = (
        "Take the longest lead that divides h, not the longest that fits. Keep all states: hour h starts "
        "from that of hour h - lead."
    )
    near(came["states"], states[1:], "the states", hint)
    unchanged(came["arguments"], [x])
    with raises(ValueError):
        submission.play(plays.hourly_forecasts, x, [(6, 1.0), (3, 0.0)], 4)
    with raises(ValueError, "For 0 hours there is no forecast, not an empty one."):
        submission.play(plays.hourly_forecasts, x, [(1, 1.0)], 0)


# -------------------- 5.2 cascade
@task("cascade", weight=2)
def test_models_that_go_straight_on(submission):
    """Models that make 2 now - before lead from 0 and 1 to 2, 21, 22, 61 at steps 1, 20, 21, 60"""
    straight = [-1.0, 2.0, 0.0]
    came = submission.play(plays.cascade, 3 * [straight], [20, 20, 20], exactly(0), exactly(1))
    due = [exactly(step + 1) for step in range(1, 61)]
    hint = "model(before, now): also the next model gets the last two states."
    near(came["states"], due, "the states", hint)
    unchanged(came["arguments"], [exactly(0), exactly(1)])


@task("cascade")
def test_who_makes_which_step(submission):
    """Models that add 1, 100 and 10,000 lead to 20, 120, 2020, 12020, 202020 at steps 20, 21, 40, 41, 60"""
    slopes = [[0.0, 1.0, 1.0], [0.0, 1.0, 100.0], [0.0, 1.0, 10_000.0]]
    came = submission.play(plays.cascade, slopes, [20, 20, 20], exactly(0), exactly(0))
    expect(len(came["states"]) == 60, f"{len(came['states'])} states came; expected 60, one for each step")
    at = torch.cat([came["states"][step - 1] for step in (20, 21, 40, 41, 60)])
    near(at, exactly(20, 120, 2020, 12_020, 202_020), "the states", "All states of all models, in order.")


@task("cascade")
def test_other_numbers_of_steps(submission):
    """Two models, one model without steps, and none at all; as many models as numbers, or ValueError"""
    slopes = [[1.0, 1.0, 0.0], [0.0, 3.0, 0.0], [1.0, 0.0, 0.5]]
    for steps, due in (([1, 0, 2], [3, 2.5, 3.5]), ([0, 2, 0], [6, 18]), ([0, 0, 0], [])):
        came = submission.play(plays.cascade, slopes, steps, exactly(1), exactly(2))
        near(came["states"], [exactly(value) for value in due], f"the states of {steps}")
    for given, steps in ((slopes, [1, 1]), (slopes[:1], [1, 0])):
        with raises(ValueError):
            submission.play(plays.cascade, given, steps, exactly(1), exactly(2))
