"""Public checks of samples along rays: worked numbers, bins that are kept, numpy's interpolation."""

import numpy as np
import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task
from autograder.nearness import WORKED, near, unchanged

from .. import plays


# -------------------- 2.1 stratified_samples
@task("stratified_samples", weight=2)
def test_worked_bins(submission):
    """[2, 6] in 4 bins: u = 0 gives 2, 3, 4, 5, u = .5 the midpoints; the edges are 2, 3, 4, 5, 6"""
    t, edges = submission.sampling.stratified_samples(2.0, 6.0, exactly(0, 0, 0, 0, *[0.5] * 4).reshape(2, 4))
    near(
        t,
        exactly(2, 3, 4, 5, 2.5, 3.5, 4.5, 5.5).reshape(2, 4),
        "samples",
        "near + (far - near) (k + u) / n.",
    )
    near(edges, exactly(2, 3, 4, 5, 6), "edges", "n bins have n + 1 edges.")


@task("stratified_samples")
def test_one_sample_in_each_bin(submission, seed):
    """Whatever u is, every bin of every ray has its sample, at the share u of its own"""
    u = seed.uniform(3, 5)
    t, edges = submission.sampling.stratified_samples(-1.0, 1.5, u)
    hint = "Each sample has its own u: one for a whole ray only shifts the comb."
    near((t - edges[:-1]) / edges.diff(), u, "the share of its bin that is left of a sample", hint, 1e-11)
    t, edges = submission.sampling.stratified_samples(0.0, 1.0, u[:, :1].float())
    expect_dtype(t, torch.float32)
    near(edges, torch.tensor([0.0, 1.0]), "the edges of a single bin")


@task("stratified_samples")
def test_bins_have_a_length(submission, seed):
    """far = near and far < near raise ValueError"""
    for far in (2.0, 1.0):
        with raises(ValueError):
            submission.sampling.stratified_samples(2.0, far, seed.uniform(1, 3))


# -------------------- 2.2 importance_samples
EDGES, WEIGHTS = exactly(2, 3, 4, 6), exactly(1, 0, 3)
U = exactly(0.5, 0, 0.25, 0.125, 0.999)


def a_histogram(seed: Seed, rays: int = 3, bins: int = 6, m: int = 9) -> tuple[Tensor, Tensor, Tensor]:
    """Return edges and weights of some rays, and uniform numbers for them in no order."""
    edges = 2 + seed.fork("edges").uniform(rays, bins + 1).cumsum(dim=1)
    return edges, seed.fork("weights").uniform(rays, bins), seed.fork("u").uniform(rays, m)


def by_numpy(edges: Tensor, weights: Tensor, u: Tensor) -> Tensor:
    """Return samples by numpy's interpolation, ray by ray; right unless a bin is empty."""
    rows = []
    for e, w, v in zip(edges.numpy(), weights.numpy(), u.numpy(), strict=True):
        cdf = np.concatenate([[0], np.cumsum(w / w.sum())])
        rows.append(np.interp(v, cdf, e))
    return torch.from_numpy(np.array(rows))


@task("importance_samples", weight=2)
def test_worked_samples(submission):
    """Edges 2, 3, 4, 6 and weights 1, 0, 3: u = 0, 1/8, 1/4, 1/2 lead to 2, 2.5, 4, 4.6666667"""
    came = submission.sampling.importance_samples(EDGES[None], WEIGHTS[None], U[None])
    hint = "The distribution reaches 0, 1/4, 1/4, 1 at the edges; u = 1/4 is the end of the empty bin."
    expected = exactly(4.6666667, 2, 4, 2.5, 5.9973333)
    close(came[0], expected, rtol=0, atol=WORKED, what="samples", hint=hint)


@task("importance_samples", weight=2)
def test_samples_as_numpy_has_them(submission, seed):
    """Three rays with unequal bins agree with numpy.interp, whatever the scale of the weights"""
    edges, weights, u = a_histogram(seed)
    for factor in (1.0, 1e-3, 50.0):
        came = submission.sampling.importance_samples(edges, factor * weights, u)
        hint = "Divide by the sum of the weights; add nothing to them."
        near(came, by_numpy(edges, weights, u), f"samples for weights times {factor}", hint, 1e-11)


@task("importance_samples")
def test_empty_bins_stay_empty(submission, seed):
    """No sample falls into a bin without weight, be the others' as small as 1e-3 together"""
    weights = exactly(0, 2e-4, 0, 0, 8e-4, 0).expand(2, -1)
    edges = torch.arange(7).double().expand(2, -1)
    u = torch.cat([seed.uniform(2, 400), exactly(0, 0.2).expand(2, -1)], dim=1)
    came = submission.sampling.importance_samples(edges, weights, u)
    inside = ((came >= 1) & (came <= 2)) | ((came >= 4) & (came <= 5))
    hint = "Invert exactly; where the distribution is level, take its right end (searchsorted, right=True)."
    expect(inside.all(), f"{int((~inside).sum())} of {inside.numel()} samples are in empty bins", hint)
    near(came[:, -2:], exactly(1, 4).expand(2, -1), "the samples at u = 0 and u = .2", hint, 1e-9)


@task("importance_samples")
def test_rays_that_saw_nothing(submission):
    """Weights 0 make all bins equally likely: 2, 2.375, 2.75, 3.5 for u = 0, 1/8, 1/4, 1/2"""
    edges, weights = EDGES.expand(2, -1), torch.stack([0 * WEIGHTS, WEIGHTS])
    came = submission.sampling.importance_samples(edges, weights, U.expand(2, -1))
    close(came[0], exactly(3.5, 2, 2.75, 2.375, 5.994), rtol=0, atol=WORKED, what="samples")
    close(came[1, :4], exactly(4.6666667, 2, 4, 2.5), rtol=0, atol=WORKED, what="the other ray's samples")


@task("importance_samples")
def test_samples_are_no_function_of_weights(submission, seed):
    """No gradient flows through samples, arguments stay, and float32 never leaves the bins"""
    args = list(a_histogram(seed))
    came = submission.play(plays.with_gradients, "sampling", "importance_samples", args, [0, 1])
    expect(not came["tracked"][0], "a gradient flows through the samples", "Detach what is returned.")
    unchanged(came["arguments"], args)
    edges, weights = torch.linspace(0, 1, 41)[None], torch.full((1, 40), 0.1)
    u = torch.tensor([[1 - 2**-24, 0.0]])
    last = submission.sampling.importance_samples(edges, weights, u)
    expect_dtype(last, torch.float32)
    hint = "Divide the distribution by its last value, so that it ends at 1."
    near(last, torch.tensor([[1.0, 0.0]]), "samples for the largest u below 1 and for 0", hint, 1e-6)


@task("importance_samples")
def test_weights_are_not_negative(submission, seed):
    """A negative weight raises ValueError"""
    edges, weights, u = a_histogram(seed)
    weights[1, 2] = -1e-3
    with raises(ValueError):
        submission.sampling.importance_samples(edges, weights, u)
