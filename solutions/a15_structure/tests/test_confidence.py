"""Public checks of confidence: worked scores, whose error it is, and the centres of bins."""

import math

import torch

from autograder.checks import close, exactly, expect, expect_dtype, task
from autograder.nearness import WORKED, near

from .turns import about_z, turns

SURE = 1e4  # a logit that leaves nothing to others


@task("confidence", weight=2)
def test_worked_plddt(submission):
    """Of 50 bins equal logits have 50, all in the last 99, all in the first 1; of two bins 25 and 75"""
    last, first = (SURE * (torch.arange(50) == k).double() for k in (49, 0))
    came = submission.confidence.plddt(torch.stack([torch.zeros(50).double(), last, first]))
    hint = "The mean of the bins' *centres*, (k + 1/2) / bins, times 100."
    near(came, exactly(50, 99, 1), "the scores", hint, 1e-9)
    two = submission.confidence.plddt(exactly(0, math.log(3))[None, None])
    near(two, exactly(62.5)[None], "the score of a quarter and three quarters", hint, 1e-9)
    expect_dtype(submission.confidence.plddt(torch.zeros(2, 4)), torch.float32)


@task("confidence", weight=2)
def test_whose_error_it_is(submission, seed):
    """A half moved by (3, 4, 0) is 5 Å off for the other half only; a turned frame errs in its row"""
    R, t = turns(seed, 6), 9 * seed.fork("t").normal(6, 3)
    moved = t.clone()
    moved[3:] += exactly(3, 4, 0)
    came = submission.confidence.aligned_error(R, moved, R, t)
    half = torch.arange(6) // 3
    near(came, 5 * (half[:, None] != half).double(), "the errors", within=1e-9)
    turned = R.clone()
    turned[0] = R[0] @ about_z(1.0)
    came = submission.confidence.aligned_error(turned, t, R, t)
    hint = "Rows are frames: to_local's first axis."
    near(came[1:], torch.zeros(5, 6).double(), "the rows of frames that are right", hint, 1e-9)
    expect(bool((came[0, 1:] > 0.1).any()), "the turned frame's row is 0", hint)


@task("confidence", weight=2)
def test_worked_errors(submission):
    """Errors 0, .4, .5, 31.4, 31.5, 99 have the bins 0, 0, 1, 62, 63, 63; equal logits expect 16 Å"""
    came = submission.confidence.error_bins(exactly(0, 0.4, 0.5, 31.4, 31.5, 99))
    expect(not came.is_floating_point(), f"the bins are {came.dtype}; expected whole numbers")
    hint = "Bin k goes from k / 2 to (k + 1) / 2, and an error of .1 lies in bin 0."
    close(came, torch.tensor([0, 0, 1, 62, 63, 63]), rtol=0, what="the bins", hint=hint)
    few = submission.confidence.error_bins(exactly(0.9, 7).reshape(2, 1), 8)
    close(few, torch.tensor([[1], [7]]), rtol=0, what="the bins of 8", hint=hint)
    logits = torch.zeros(2, 2, 64).double()
    logits[0, 1, 0], logits[1, 0, 63] = SURE, SURE
    came = submission.confidence.expected_aligned_error(logits)
    hint = "Centres .25, .75, ..., 31.75."
    near(came, exactly(16, 0.25, 31.75, 16).reshape(2, 2), "the expected errors", hint, 1e-9)


@task("confidence", weight=2)
def test_worked_ptm(submission):
    """30 residues: .9620135 where all is in bin 0, .0602121 for equal logits; the best frame counts"""
    sure = torch.zeros(30, 30, 64).double()
    sure[..., 0] = SURE
    hint = "The mean over residues of the expected 1 / (1 + (e / d0)²), and the largest of these over frames."
    close(submission.confidence.ptm(sure), 0.9620135, rtol=0, atol=WORKED, what="ptm", hint=hint)
    close(
        submission.confidence.ptm(0 * sure),
        0.0602121,
        rtol=0,
        atol=1e-6,
        what="ptm of equal logits",
        hint=hint,
    )
    one_row = torch.zeros(30, 30, 64).double()
    one_row[..., 63] = SURE
    one_row[4] = sure[4]
    close(
        submission.confidence.ptm(one_row),
        0.9620135,
        rtol=0,
        atol=WORKED,
        what="ptm of one sure frame",
        hint=hint,
    )
    own = torch.where(torch.eye(30).bool()[..., None], sure, sure.flip(-1))
    hint = "A frame's mean is over all residues, its own among them: how many terms does each row have?"
    came = submission.confidence.ptm(own)
    close(came, 0.0335826, rtol=0, atol=WORKED, what="ptm where only a frame's own place is sure", hint=hint)
