"""Public checks of straight paths: their ends, their velocity and score, and pairs that do not cross."""

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .near import BY_SAMPLE, EXACT, SINGLE, expect_dtype, expect_unchanged


# -------------------- 8.1 fm_path
@task("fm_path")
def test_ends_of_the_path(submission, seed):
    """At t = 0 is the sample, at t = 1 the noise, at t = 0.25 a quarter of it; the velocity is eps - x0"""
    x0, eps, t = seed.fork("x0").normal(3, 2, 4), seed.fork("eps").normal(3, 2, 4), exactly(0, 1, 0.25)
    x_t, v = submission.flow_matching.fm_path(x0, eps, t)
    expected = torch.stack([x0[0], eps[1], 0.75 * x0[2] + 0.25 * eps[2]])
    hint = f"t = 0 is data here; Lipman et al. and Liu et al. count the other way. {BY_SAMPLE}"
    close(x_t, expected, rtol=EXACT, atol=EXACT, what="x_t", hint=hint)
    hint = "The velocity is dx_t / dt, and t grows towards the noise."
    close(v, eps - x0, rtol=EXACT, atol=EXACT, what="v", hint=hint)


@task("fm_path")
def test_a_little_noise_at_the_data(submission, seed):
    """With sigma_min = 0.1: x_0 is x0 + 0.1 eps, x_1 is eps, and v is 0.9 eps - x0"""
    x0, eps, t = seed.fork("x0").normal(3, 2), seed.fork("eps").normal(3, 2), exactly(0, 1, 0.5)
    x_t, v = submission.flow_matching.fm_path(x0, eps, t, 0.1)
    expected = torch.stack([x0[0] + 0.1 * eps[0], eps[1], 0.5 * x0[2] + 0.55 * eps[2]])
    hint = "The noise grows from sigma_min to 1: sigma_min + (1 - sigma_min) t."
    close(x_t, expected, rtol=EXACT, atol=EXACT, what="x_t for sigma_min = 0.1", hint=hint)
    close(
        v,
        0.9 * eps - x0,
        rtol=EXACT,
        atol=EXACT,
        what="v for sigma_min = 0.1",
        hint="Differentiate x_t by t.",
    )


@task("fm_path")
def test_sample_and_noise_come_back(submission, seed):
    """x_t - t v is the sample and x_t + (1 - t) v the noise, for samples of any shape and dtype"""
    for dims in ((4,), (2, 1, 3)):
        x0, eps, t = (
            seed.fork("x0").normal(4, *dims),
            seed.fork("eps").normal(4, *dims),
            exactly(0.1, 0.4, 0.6, 0.95),
        )
        at = t.reshape(4, *[1] * len(dims))
        x_t, v = submission.flow_matching.fm_path(x0, eps, t)
        close(x_t - at * v, x0, rtol=EXACT, atol=EXACT, what="x_t - t v", hint=BY_SAMPLE)
        close(x_t + (1 - at) * v, eps, rtol=EXACT, atol=EXACT, what="x_t + (1 - t) v", hint=BY_SAMPLE)
        for value in submission.flow_matching.fm_path(x0.float(), eps.float(), t):
            expect_dtype(value, torch.float32)


@task("fm_path")
def test_score_of_a_gaussian(submission):
    """N(0.3, 0.5^2), t = 0.3, x = 1: velocity 0.1647059 and score -3.7176471 belong together"""
    x, t, v, score = (
        exactly(1)[:, None],
        exactly(0.3),
        exactly(0.56 / 3.4)[:, None],
        exactly(-0.79 / 0.2125)[:, None],
    )
    hint = "The score is -eps / t, and eps = x_t + (1 - t) v."
    came = submission.flow_matching.velocity_to_score(v, x, t)
    close(came, score, rtol=EXACT, what="the score", hint=hint)
    came = submission.flow_matching.score_to_velocity(score, x, t)
    close(came, v, rtol=EXACT, what="the velocity", hint="Solve the same equation for v.")


@task("fm_path")
def test_there_and_back(submission, seed):
    """From velocity to score and back, each sample at its own time; nothing is changed"""
    for dims in ((3,), (2, 1, 2)):
        x, v = seed.fork("x").normal(3, *dims), seed.fork("v").normal(3, *dims)
        t = exactly(0.2, 0.5, 0.9)
        score = submission.flow_matching.velocity_to_score(v, x, t)
        at = t.reshape(3, *[1] * len(dims))
        close(score, -(x / at + (1 / at - 1) * v), rtol=EXACT, atol=EXACT, what="the score", hint=BY_SAMPLE)
        back = submission.flow_matching.score_to_velocity(score, x, t)
        close(back, v, rtol=1e-9, atol=1e-9, what="the velocity again", hint=BY_SAMPLE)
        after = submission.play(plays.after_flow_matching, x, x + v, t, v, score)
        expect_unchanged(after, [x, x + v, t, v, score])
        single = submission.flow_matching.velocity_to_score(v.float(), x.float(), t)
        expect_dtype(single, torch.float32, "the score of float32 samples")
        close(single, score, rtol=SINGLE, atol=SINGLE, what="the score in float32")
        expect_dtype(submission.flow_matching.score_to_velocity(v.float(), x.float(), t), torch.float32)


@task("fm_path")
def test_ends_where_one_would_divide_by_zero(submission, seed):
    """No score at t = 0 and no velocity at t = 1: ValueError; at the other ends both are -x_t"""
    x, v = seed.fork("x").normal(2, 3), seed.fork("v").normal(2, 3)
    with raises(ValueError, hint="One sample at t = 0 is enough to refuse."):
        submission.flow_matching.velocity_to_score(v, x, exactly(0.5, 0))
    with raises(ValueError, hint="One sample at t = 1 is enough to refuse."):
        submission.flow_matching.score_to_velocity(v, x, exactly(0.5, 1))
    end = submission.flow_matching.velocity_to_score(v, x, exactly(1, 1))
    close(end, -x, rtol=EXACT, atol=EXACT, what="the score at t = 1")
    end = submission.flow_matching.score_to_velocity(v, x, exactly(0, 0))
    close(end, -x, rtol=EXACT, atol=EXACT, what="the velocity at t = 0")


# -------------------- 8.2 ot_pairing
def cost(x0: Tensor, eps: Tensor, j: Tensor) -> Tensor:
    """Return the sum of squared distances of the pairs."""
    return (x0 - eps[j]).flatten(1).square().sum()


def expect_permutation(j: Tensor) -> None:
    """Expect each number once."""
    right = torch.equal(j.sort().values, torch.arange(len(j)))
    hint = "Each noise belongs to one sample: scipy.optimize.linear_sum_assignment."
    expect(right, f"{j.tolist()[:12]} is no permutation of 0 to {len(j) - 1}", hint)


@task("ot_pairing")
def test_squares_decide(submission):
    """(0, 0), (1, 0) with (1, 0), (2, 0.2): straight, at 2.04 against 4.04; distances would cross them"""
    x0, eps = exactly(0, 0, 1, 0).reshape(2, 2), exactly(1, 0, 2, 0.2).reshape(2, 2)
    j = submission.flow_matching.ot_pairing(x0, eps)
    hint = "The sum of squared distances is made small, not that of the distances."
    expect_permutation(j)
    close(cost(x0, eps, j), exactly(2.04)[0], rtol=EXACT, what="the cost", hint=hint)
    close(
        submission.flow_matching.ot_pairing(x0[:1], eps[:1]),
        torch.tensor([0]),
        what="the pairing of one sample",
    )


@task("ot_pairing")
def test_on_a_line_pairing_is_sorting(submission, seed):
    """In one dimension the smallest goes to the smallest, and so on"""
    x0, eps = seed.fork("x0").normal(9, 1), seed.fork("eps").normal(9, 1)
    j = submission.flow_matching.ot_pairing(x0, eps)
    expected = eps.flatten().argsort()[x0.flatten().argsort().argsort()]
    hint = "j[i] is the noise of sample i, not the other way round; only squared distances lead to this."
    close(j, expected, what="the pairing", hint=hint)


@task("ot_pairing")
def test_pairing_of_a_batch(submission, seed):
    """64 samples and noises: a permutation, and no cheaper one exists"""
    from scipy.optimize import linear_sum_assignment

    for dims in ((2,), (2, 1, 3)):
        x0, eps = 0.5 * seed.fork("x0").normal(64, *dims) + 1, seed.fork("eps").normal(64, *dims)
        table = (x0[:, None] - eps[None]).flatten(2).square().sum(dim=2)
        rows, columns = linear_sum_assignment(table.numpy())
        j = submission.flow_matching.ot_pairing(x0, eps)
        expect_permutation(j)
        what = f"the cost of samples {list(x0.shape)}"
        close(
            cost(x0, eps, j),
            table[rows, columns].sum(),
            rtol=1e-9,
            what=what,
            hint="A cheaper pairing exists: neither sorting nor taking the nearest in turn finds it.",
        )
    j = submission.flow_matching.ot_pairing(x0.float(), eps.float())
    close(cost(x0, eps, j), table[rows, columns].sum(), rtol=1e-5, what="the cost of float32 samples")
