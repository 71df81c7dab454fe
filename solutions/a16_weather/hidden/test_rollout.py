"""Hidden checks of roll-outs: fresh leads and hours by another way, and fresh chains."""

import torch

from autograder.checks import any_of, expect, raises, task
from autograder.nearness import LONG, near

from .. import plays
from .fresh import expect_alike


# -------------------- 3.3 lead_times
@task("lead_times", gate=True)
def test_plans_are_an_answer_at_all(submission, seed):
    """Leads of fresh hours add up to them, or the first hour is what its model makes"""
    hours = seed.integer(40, 160)

    def adds_up() -> None:
        came = submission.rollout.lead_times(hours)
        expect(sum(came) == hours, f"the leads of {hours} hours add up to {sum(came)}")

    def grows() -> None:
        x = seed.normal(7)
        came = submission.play(plays.hourly_forecasts, x, [(1, 0.5), (4, 0.25)], 3)
        expect_alike(came["states"][0], 2 * x + 0.5)

    any_of(adds_up, grows)


@task("lead_times", weight=2)
def test_fresh_leads(submission, seed):
    """Fresh hours and leads, hour by hour; models in any order; leads that do not divide one another

    `lead_times` takes the longest lead that still fits, `hourly_forecasts` the longest that divides hour h,
    from hour h less that lead. Models come in any order.
    """
    for hours in (seed.integer(25, 200), 167, 361):
        left, plan = hours, []
        while left:
            plan.append(next(lead for lead in (24, 6, 3, 1) if lead <= left))
            left -= plan[-1]
        expect(submission.rollout.lead_times(hours) == plan, f"the plan of {hours} hours is another")
        expect(
            submission.rollout.lead_times(hours, [3, 1, 24, 6]) == plan, f"the order changes {hours} hours"
        )
    x = seed.normal(2, 2)
    for numbers, hours in (({10: 0.5, 1: -1.0, 24: 2.0}, 30), ({2: 1.0, 1: 0.5}, 5), ({1: 2.0}, 1)):
        states, leads = {0: x}, []
        for hour in range(1, hours + 1):
            leads.append(max(lead for lead in numbers if hour / lead == hour // lead))
            states[hour] = 2 * states[hour - leads[-1]] + numbers[leads[-1]]
        came = submission.play(plays.hourly_forecasts, x, list(numbers.items()), hours)
        near(came["states"], [states[hour] for hour in range(1, hours + 1)], "the states", within=LONG)
        found = sorted(int(lead) for lead, _ in came["calls"])
        expect(found == sorted(leads), f"the models called are {found}; expected {sorted(leads)}")
    for hours, models in ((5, (3, 4)), (0, (1,)), (-1, (24, 6, 3, 1))):
        with raises(ValueError):
            submission.rollout.lead_times(hours, models)
    for numbers, hours in (([(2, 1.0)], 3), ([(1, 1.0)], -2)):
        with raises(ValueError):
            submission.play(plays.hourly_forecasts, x, numbers, hours)


# -------------------- 5.2 cascade
@task("cascade", gate=True)
def test_chains_are_an_answer_at_all(submission, seed):
    """A chain of fresh models has a state for each step, or nearly so, and begins right"""
    before, now = seed.fork("before").normal(3), seed.fork("now").normal(3)
    came = submission.play(plays.cascade, [[0.5, 0.5, 0.1], [0.2, 0.9, 0.3]], [4, 5], before, now)
    states = came["states"]
    expect(7 <= len(states) <= 11 and len(came["calls"]) > 4, "there is not a state for each step")
    first = [0.5 * a + 0.5 * b + 0.1 for a, b in ((before, now), (now, before), (now, now), (before, before))]
    given = [before, now]
    hits = [bool((states[i] - one).abs().max() < 1e-9) for i in (0, 1, 2) for one in first + given]
    expect(any(hits), "no state is near where the chain begins")


@task("cascade", weight=2)
def test_fresh_chains(submission, seed):
    """Fresh models of both states, fresh numbers of steps: each state, and what each call was given

    Each model makes its own number of steps from both latest states, and hands both on to the next: what is
    the second state at the change?
    """
    for name, steps in (("three", [3, 2, 4]), ("four", [1, 0, 2, 1])):
        fresh = seed.fork(name)
        slopes = fresh.fork("slopes").normal(len(steps), 3).tolist()
        before, now = fresh.fork("before").normal(2, 3), fresh.fork("now").normal(2, 3)
        came = submission.play(plays.cascade, slopes, steps, before, now)
        a, b, states, calls = before, now, [], []
        for which, count in enumerate(steps):
            for _ in range(count):
                calls.append([which, a[0, 0].item(), b[0, 0].item()])
                a, b = b, slopes[which][0] * a + slopes[which][1] * b + slopes[which][2]
                states.append(b)
        near(came["states"], states, "the states", within=LONG)
        near(
            torch.tensor(came["calls"]),
            torch.tensor(calls),
            "model, before and now of each call",
            within=1e-5,
        )
    with raises(ValueError):
        submission.play(plays.cascade, slopes, [1, 2, 3], before, now)
