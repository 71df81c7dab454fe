"""Hidden checks of confidence: fresh logits and frames, bin by bin."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, exactly, task
from autograder.nearness import near, near_single

from ..tests.turns import turns
from .fresh import expect_alike
from .test_frames import seen


def mean_of(logits: Tensor, values: list[float]) -> Tensor:
    """Return the mean of some values under softmax weights, row by row."""
    rows = []
    for row in logits.reshape(-1, logits.shape[-1]).tolist():
        weights = [math.exp(one) for one in row]
        rows.append(sum(w * value for w, value in zip(weights, values, strict=True)) / sum(weights))
    return exactly(*rows).reshape(logits.shape[:-1])


def best_frame(logits: Tensor) -> float:
    """Return the predicted TM score."""
    n, bins = len(logits), logits.shape[-1]
    d0 = 1.24 * (max(n, 19) - 15) ** (1 / 3) - 1.8
    terms = mean_of(logits, [1 / (1 + ((k + 0.5) / 2 / d0) ** 2) for k in range(bins)])
    return max(sum(row) / n for row in terms.tolist())


@task("confidence", gate=True)
def test_confidence_is_an_answer_at_all(submission, seed):
    """One of the scores goes with fresh logits, or the error with fresh frames"""
    logits = 3 * seed.normal(6, 20)
    R, t, Q, u = (
        turns(seed, 5),
        seed.fork("t").normal(5, 3),
        turns(seed.fork("Q"), 5),
        seed.fork("u").normal(5, 3),
    )
    wide = 2 * seed.fork("wide").normal(4, 4, 64)
    errors = 30 * seed.fork("errors").uniform(20)
    logit_sets = [2 * seed.fork(f"{i}").normal(4, 4, 8) - i * torch.arange(8) for i in range(6)]
    any_of(
        lambda: expect_alike(
            submission.confidence.plddt(logits), mean_of(logits, [(k + 0.5) * 5 for k in range(20)])
        ),
        lambda: expect_alike(
            submission.confidence.aligned_error(R, t, Q, u), (seen(R, t, t) - seen(Q, u, u)).norm(dim=2)
        ),
        lambda: expect_alike(
            submission.confidence.expected_aligned_error(wide),
            mean_of(wide, [(k + 0.5) / 2 for k in range(64)]),
        ),
        lambda: expect_alike(submission.confidence.error_bins(errors), (errors * 2).floor()),
        lambda: expect_alike(
            torch.stack([submission.confidence.ptm(one) for one in logit_sets]),
            exactly(*(best_frame(one) for one in logit_sets)),
        ),
    )


@task("confidence", weight=2)
def test_fresh_scores(submission, seed):
    """Fresh logits of any number of bins, short and long chains: pLDDT, errors and pTM; float32 too

    Bins count with their centres; pTM takes the d0 of the chain's length, of 19 for short ones, the mean over
    all j, i among them, and the best row.
    """
    logits = 2 * seed.normal(2, 5, 7)
    due = mean_of(logits, [(k + 0.5) / 7 * 100 for k in range(7)])
    near(submission.confidence.plddt(logits), due, "plddt", within=1e-11)
    near_single(submission.confidence.plddt(logits.float()), due, "plddt")
    for n, bins in ((4, 64), (22, 12)):
        wide = 2 * seed.fork(f"{n}").normal(n, n, bins) - torch.arange(bins) / 8
        due = mean_of(wide, [k / 2 + 0.25 for k in range(bins)])
        near(submission.confidence.expected_aligned_error(wide), due, "the expected errors", within=1e-11)
        near_single(submission.confidence.expected_aligned_error(wide.float()), due, "the expected errors")
        close(submission.confidence.ptm(wide), best_frame(wide), rtol=1e-10, what=f"ptm of {n} residues")


@task("confidence", weight=2)
def test_fresh_errors(submission, seed):
    """Fresh frames, seen one by one; fresh errors in bins, of other numbers too; float32

    Residue j seen from frame i: (i, j) is not (j, i). Bin k goes from k/2 to (k + 1)/2, so .1 lies in bin 0;
    the last is open.
    """
    R, t, Q, u = (
        turns(seed, 5),
        seed.fork("t").normal(5, 3),
        turns(seed.fork("Q"), 5),
        seed.fork("u").normal(5, 3),
    )
    due = (seen(R, t, t) - seen(Q, u, u)).square().sum(dim=2).sqrt()
    near(submission.confidence.aligned_error(R, t, Q, u), due, "the errors", within=1e-11)
    near_single(
        submission.confidence.aligned_error(*(one.float() for one in (R, t, Q, u))), due, "the errors"
    )
    errors = 40 * seed.fork("errors").uniform(3, 9)
    for bins in (64, 20, 3):
        due = torch.tensor([[min(bins - 1, int(one / 0.5)) for one in row] for row in errors.tolist()])
        close(submission.confidence.error_bins(errors, bins), due, rtol=0, what=f"the bins of {bins}")
