"""Public checks of the rate: a whole run worked out, both ends of the warm-up, and runs that lack a part."""

from autograder.checks import close, raises, task

from .near import near

SEAM = "The cosine counts from the end of the warm-up: (step - warmup) / (total - warmup)."


def rates(submission, steps, *settings):
    """Return the rates of several updates."""
    return [submission.schedule.warmup_cosine(step, *settings) for step in steps]


@task("warmup_cosine", weight=2)
def test_whole_run(submission):
    """Four updates that rise to 0.001, eight that fall to 0.0001, and two more, as on the page"""
    came = rates(submission, range(14), 1e-3, 4, 12, 1e-4)
    expected = [2.5e-4, 5e-4, 7.5e-4, 1e-3, 1e-3, 9.65745790e-4, 8.68198052e-4, 7.22207545e-4]
    expected += [5.5e-4, 3.77792455e-4, 2.31801948e-4, 1.34254210e-4, 1e-4, 1e-4]
    close(came, expected, rtol=1e-8, what="the rates", hint=SEAM)  # nine digits are given


@task("warmup_cosine")
def test_first_update_has_a_rate(submission):
    """Update 0 of a warm-up of 5 has a fifth of the peak, and update 4 all of it"""
    hint = "Updates count from 0: peak * (step + 1) / warmup."
    near(rates(submission, [0, 1, 4], 2.0, 5, 9), [0.4, 0.8, 2.0], "the rates of updates 0, 1 and 4", hint)


@task("warmup_cosine")
def test_no_warmup(submission):
    """Without a warm-up the first update has the peak, and half-way it is half of it"""
    expected = [1, 0.853553390593274, 0.5, 0.146446609406726, 0]
    near(rates(submission, range(5), 1.0, 0, 4), expected, "the rates with warmup = 0", within=1e-12)


@task("warmup_cosine")
def test_floor_for_ever(submission):
    """From `total` on the rate is the floor, also when the warm-up is the whole run"""
    hint = "After `total` nothing rises again; and with warmup = total nothing is divided by 0."
    near(rates(submission, [12, 15, 20, 100], 1.0, 4, 12, 0.1), [0.1] * 4, "the rates from total on", hint)
    came = rates(submission, range(4), 1.0, 2, 2, 0.1)
    near(came, [0.5, 1, 0.1, 0.1], "the rates with warmup = total = 2", hint)


@task("warmup_cosine")
def test_refuses_what_is_no_run(submission):
    """A step below 0, a warm-up below 0 and one longer than the run raise ValueError"""
    for step, warmup, total in ((-1, 2, 4), (0, -1, 4), (0, 5, 4)):
        with raises(ValueError, f"step = {step}, warmup = {warmup}, total = {total} is to be refused."):
            submission.schedule.warmup_cosine(step, 1.0, warmup, total)
