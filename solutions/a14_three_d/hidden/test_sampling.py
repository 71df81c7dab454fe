"""Hidden checks of samples along rays: fresh bins, and inversion by hand."""

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, raises, task
from autograder.nearness import near, near_single

from ..tests.test_sampling import a_histogram, by_numpy
from .fresh import expect_alike, not_the_input


# -------------------- 2.1 stratified_samples
@task("stratified_samples", gate=True)
def test_bins_are_an_answer_at_all(submission, seed):
    """Fresh samples go up along the ray"""
    u = seed.uniform(2, 12)
    t, _ = submission.sampling.stratified_samples(1.0, 3.0, u)
    expect_alike(t, torch.arange(12).double().expand(2, -1))


@task("stratified_samples", weight=2)
def test_fresh_bins(submission, seed):
    """Fresh intervals and numbers of bins, sample by sample; one bin, many, and float32

    One sample in each bin, from its lower edge on by u times its width: try one bin, and other intervals for
    each ray.
    """
    for n in (1, 3, seed.integer(5, 9)):
        begin, far = -seed.fork(f"{n}").uniform(1).item(), 1.25 + n
        u = seed.fork(f"u{n}").uniform(3, n)
        rows = [[begin + (far - begin) / n * (k + v) for k, v in enumerate(row)] for row in u.tolist()]
        t, edges = submission.sampling.stratified_samples(begin, far, u)
        near(t, torch.tensor(rows, dtype=torch.float64), "samples")
        near(edges, torch.linspace(begin, far, n + 1, dtype=torch.float64), "edges")
        t, edges = submission.sampling.stratified_samples(begin, far, u.float())
        near_single(t, torch.tensor(rows), "samples")
        near_single(edges, torch.linspace(begin, far, n + 1), "edges")
    for low, high in ((1.0, 1.0), (0.0, -2.0)):
        with raises(ValueError):
            submission.sampling.stratified_samples(low, high, u)


# -------------------- 2.2 importance_samples
def by_hand(edges: Tensor, weights: Tensor, u: Tensor) -> Tensor:
    """Walk through the bins of each ray until the mass that u asks for is used up."""
    out = torch.zeros_like(u)
    for r in range(len(u)):
        masses = weights[r].tolist()
        masses = masses if sum(masses) > 0 else [1.0] * len(masses)
        for s, share in enumerate(u[r].tolist()):
            left = share * sum(masses)
            k = 0
            while left >= masses[k]:
                left, k = left - masses[k], k + 1
            low, high = edges[r, k].item(), edges[r, k + 1].item()
            out[r, s] = low + (high - low) * left / masses[k]
    return out


@task("importance_samples", gate=True)
def test_samples_are_an_answer_at_all(submission, seed):
    """Fresh samples go up with u"""
    edges, weights, u = a_histogram(seed, 2, 8, 14)
    came = submission.sampling.importance_samples(edges, weights, u)
    expect_alike(came, by_numpy(edges, weights, u))
    not_the_input(came, u)


@task("importance_samples", weight=3)
def test_fresh_samples(submission, seed):
    """Fresh rays, bin by bin: many bins, one bin, empty ones in the middle and at both ends

    Invert the cumulated weights, linear within a bin: try empty bins in the middle and at both ends, and one
    bin alone.
    """
    for bins, m in ((7, 5), (1, 4), (4, 11)):
        edges, weights, u = a_histogram(seed.fork(f"{bins}"), 4, bins, m)
        if bins > 1:
            weights[0, 0] = weights[1, 1:3] = weights[2, -1] = 0
            weights[3] = 0
        came = submission.sampling.importance_samples(edges, weights, u)
        near(came, by_hand(edges, weights, u), "samples", within=1e-10)
        near_single(
            submission.sampling.importance_samples(edges.float(), weights.float(), u.float()),
            by_hand(edges, weights, u),
            "samples",
        )


@task("importance_samples")
def test_no_samples_and_bad_weights(submission, seed):
    """No samples are none; u = 0 gives the first edge with weight; negative weights raise ValueError

    No u gives no samples, u = 0 the first edge that has weight behind it, weights of 0 everywhere equally
    likely bins; a negative weight raises ValueError.
    """
    edges, weights, u = a_histogram(seed)
    none = submission.sampling.importance_samples(edges, weights, u[:, :0])
    expect(none.shape == (3, 0), f"the shape is {tuple(none.shape)}; expected (3, 0)")
    weights[:, 0] = exactly(0, 1, 0)
    first = submission.sampling.importance_samples(edges, weights, torch.zeros(3, 1).double())
    close(
        first[:, 0],
        torch.stack([edges[0, 1], edges[1, 0], edges[2, 1]]),
        rtol=1e-12,
        what="the samples at u = 0",
    )
    weights[0, -1] = -1e-9
    with raises(ValueError):
        submission.sampling.importance_samples(edges, weights, u)
