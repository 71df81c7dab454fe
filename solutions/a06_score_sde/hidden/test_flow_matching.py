"""Hidden checks of straight paths: fresh times, the flow of a Gaussian, and pairings of fresh clouds."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task

from .. import plays
from .fresh import EXACT, SINGLE, expect_in_step, expect_unchanged, fresh_batch


# -------------------- 8.1 fm_path
@task("fm_path", gate=True)
def test_path_is_an_answer_at_all(submission, seed):
    """x_t or v is made of sample and noise, and a score goes with its velocity, on fresh input"""
    x0, eps = fresh_batch(seed, 40, 3)
    t = torch.full((40,), 0.5, dtype=torch.float64)
    x_t, v = submission.flow_matching.fm_path(x0, eps, t)
    expect_in_step(x_t, x0 + eps)
    expect_in_step(v, eps - x0)
    given = (eps - x0, (x0 + eps) / 2, t)
    expect_in_step(submission.flow_matching.velocity_to_score(*given), eps)


@task("fm_path")
@settings(max_examples=15)
@given(
    b=st.integers(1, 5),
    dims=st.lists(st.integers(1, 4), max_size=3),
    least=st.floats(0, 0.3),
    n=st.integers(0, 10**6),
)
def test_paths_of_any_shape(submission, b, dims, least, n):
    """x_t lies between its ends and v joins them, for any shape and any sigma_min

    x_t and v follow from one line: which end is the data's, and what does sigma_min leave there? Times need
    shape (b, 1, ..., 1).
    """
    x0, eps = fresh_batch(Seed(n), b, *dims)
    t = Seed(n).fork("t").uniform(b)
    x_t, v = submission.flow_matching.fm_path(x0, eps, t, least)
    for i in range(b):
        begin, end = x0[i] + least * eps[i], eps[i]
        close(x_t[i], torch.lerp(begin, end, t[i]), rtol=1e-9, atol=1e-9, what=f"x_t at t = {t[i]:.3f}")
        close(v[i], end - begin, rtol=1e-9, atol=1e-9, what="v")


@task("fm_path")
def test_flow_of_a_gaussian(submission, seed):
    """For Gaussian data the velocity that the exact score means carries the law to the law

    For Gaussian data integrate the velocity that the exact score means: the law at the end must be the
    data's.
    """
    mean, std = seed.fork("law").normal(2).tolist()
    t = 0.05 + 0.9 * seed.fork("t").uniform(6)
    x = seed.fork("x").normal(6, 2)
    at = t[:, None]
    variance = ((1 - at) * std) ** 2 + at**2
    score = -(x - (1 - at) * mean) / variance
    v = submission.flow_matching.score_to_velocity(score, x, t)
    growth = (at - (1 - at) * std**2) / variance  # of the deviation, per deviation
    close(v, -mean + growth * (x - (1 - at) * mean), rtol=1e-8, atol=1e-8, what="the velocity")
    back = submission.flow_matching.velocity_to_score(v, x, t)
    close(back, score, rtol=1e-8, atol=1e-8, what="the score again")


@task("fm_path")
def test_paths_in_float32(submission, seed):
    """Float32 stays float32, nothing is changed, and both ends are refused where one would divide by 0

    Float32 stays, nothing is changed; a score and a velocity cannot be exchanged at an end where one divides
    by 0.
    """
    x0, eps = fresh_batch(seed, 4, 1, 2, 3)
    t, score = exactly(0.2, 0.5, 0.7, 0.9), seed.fork("score").normal(4, 1, 2, 3)
    for exact, single in zip(
        submission.flow_matching.fm_path(x0, eps, t, 0.1),
        submission.flow_matching.fm_path(x0.float(), eps.float(), t, 0.1),
        strict=True,
    ):
        expect(single.dtype == torch.float32, f"float32 samples gave {single.dtype}")
        close(single, exact, rtol=SINGLE, atol=SINGLE, what="the path in float32")
    for name in ("velocity_to_score", "score_to_velocity"):
        convert = getattr(submission.flow_matching, name)
        single = convert(score.float(), x0.float(), t)
        expect(single.dtype == torch.float32, f"{name} of float32 samples gave {single.dtype}")
        close(single, convert(score, x0, t), rtol=SINGLE, atol=SINGLE, what=f"{name} in float32")
    after = submission.play(plays.after_flow_matching, x0, eps, t, eps - x0, score)
    expect_unchanged(after, [x0, eps, t, eps - x0, score])
    for name, end in (("velocity_to_score", 0), ("score_to_velocity", 1)):
        with raises(ValueError):
            getattr(submission.flow_matching, name)(score, x0, exactly(0.2, end, 0.7, 0.9))
        allowed = getattr(submission.flow_matching, name)(score, x0, exactly(1 - end, 0.5, 0.5, 1 - end))
        close(allowed[[0, 3]], -x0[[0, 3]], rtol=EXACT, atol=EXACT, what=f"{name} at the other end")


# -------------------- 8.2 ot_pairing
def best(x0: Tensor, eps: Tensor) -> Tensor:
    """Return the least sum of squared distances."""
    from scipy.optimize import linear_sum_assignment

    table = torch.stack([(x0 - one).reshape(len(x0), -1).square().sum(dim=1) for one in eps], dim=1)
    return table[linear_sum_assignment(table.numpy())].sum()


@task("ot_pairing", gate=True)
def test_pairing_is_an_answer_at_all(submission, seed):
    """On fresh clouds the pairs are nearer than in the order in which they came"""
    x0, eps = fresh_batch(seed, 40, 2)
    j = submission.flow_matching.ot_pairing(x0, eps)
    expect(((j >= 0) & (j < 40)).all(), "a number lies outside of 0 to 39")
    paired, before = ((x0 - y).norm(dim=1).mean() for y in (eps[j], eps))
    expect(paired < 0.8 * before, "the pairs are not nearer than before")


@task("ot_pairing")
@settings(max_examples=15)
@given(b=st.integers(1, 12), dims=st.lists(st.integers(1, 3), max_size=3), n=st.integers(0, 10**6))
def test_pairings_cost_the_least(submission, b, dims, n):
    """A permutation of the least cost, for any number of samples of any shape

    A permutation of the least sum of squared distances over whole samples: taking the nearest for one after
    the other costs more.
    """
    x0, eps = fresh_batch(Seed(n), b, *dims)
    x0 = 0.5 * x0 + 1
    j = submission.flow_matching.ot_pairing(x0, eps)
    expect(j.sort().values.tolist() == list(range(b)), f"{j.tolist()} is no permutation")
    close((x0 - eps[j]).square().sum(), best(x0, eps), rtol=1e-8, atol=1e-10, what="the cost")


@task("ot_pairing")
def test_pairing_of_a_shuffled_batch(submission, seed):
    """Noise that is a shuffled copy of the samples, moved a little, is put back in order

    Shuffle noise that lies near the samples: the pairing must put it back. Is the permutation or its inverse
    returned?
    """
    x0 = seed.fork("x0").normal(50, 1, 4, 4)
    order = seed.fork("order").uniform(50).argsort()
    eps = (x0 + 0.01 * seed.fork("off").normal(50, 1, 4, 4))[order]
    j = submission.flow_matching.ot_pairing(x0, eps)
    close(eps[j], x0, rtol=0, atol=0.1, what="the noise in its new order")
    after = submission.flow_matching.ot_pairing(x0.float(), eps.float())
    close(eps[after], x0, rtol=0, atol=0.1, what="the noise in its new order, in float32")
