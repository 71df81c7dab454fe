"""Public checks of ranks: tables small enough to count by hand, with ties."""

import math

import torch

from autograder.checks import close, exactly, raises, task

from .near import near

TABLE = exactly(0.9, 0.1, 0.9, 0.2, 0.8, 0.3, 0.5, 0.4, 0.1).reshape(3, 3)
OWN = torch.eye(3).bool()
SEVERAL = exactly(0.1, 0.7, 0.9, 0.2, 0.4, 0.3, 0.2, 0.35).reshape(2, 4)
PAIRED = torch.tensor([[1, 1, 0, 0], [0, 0, 1, 1]]).bool()
QUERY = ("query",)


# -------------------- 5.1 ranks
@task("ranks", weight=2)
def test_ranks_of_a_worked_table(submission):
    """The handout's table has ranks 2, 1 and 3, also less by 1: a tie counts against the model"""
    came = submission.retrieval.ranks(TABLE, OWN)
    hint = "1 + how many irrelevant items are at least as similar, in the query's own row."
    close(came, torch.tensor([2, 1, 3]), rtol=0, what="the rank", hint=hint, axes=QUERY)
    came = submission.retrieval.ranks(TABLE - 1, OWN)
    hint = "Similarities may all be negative: what is not relevant must be left out, and not count as 0."
    close(came, torch.tensor([2, 1, 3]), rtol=0, what="the rank, all less by 1", hint=hint, axes=QUERY)


@task("ranks", weight=2)
def test_ranks_with_several_relevant(submission):
    """Where two items are relevant the better one counts, and the other does not stand in its way: 2, 2"""
    close(submission.retrieval.ranks(SEVERAL, PAIRED), torch.tensor([2, 2]), rtol=0, what="the rank",
          hint="Compare the best relevant item with the irrelevant ones only.", axes=QUERY)  # fmt: skip
    tied = exactly(0.5, 0.5, 0.5, 0.2).reshape(1, 4)
    came = submission.retrieval.ranks(tied, PAIRED[:1])
    hint = "Relevant items that tie do not count against each other; the third item does."
    close(came, torch.tensor([2]), rtol=0, what="the rank", hint=hint, axes=QUERY)


@task("ranks", weight=2)
def test_a_constant_model_finds_nothing(submission):
    """Who calls everything equally similar has the last rank for all five queries, and R@1 = 0"""
    same = torch.zeros(5, 5)
    came = submission.retrieval.ranks(same, torch.eye(5).bool())
    hint = "> would give rank 1 to a model that says nothing, and a sort whatever order it leaves."
    close(came, torch.full((5,), 5), rtol=0, what="the rank", hint=hint, axes=QUERY)
    wide = torch.full((2, 4), -math.inf, dtype=torch.float64)
    came = submission.retrieval.ranks(wide, PAIRED)
    close(came, torch.tensor([3, 3]), rtol=0, what="the rank at -inf", hint=hint, axes=QUERY)


@task("ranks")
def test_ranks_refuse(submission):
    """A query without a relevant item, and a similarity that is NaN, raise ValueError"""
    with raises(ValueError, hint="Every row of `relevant` needs a True."):
        submission.retrieval.ranks(TABLE, OWN & torch.tensor([True, False, True])[:, None])
    broken = TABLE.clone()
    broken[1, 2] = math.nan
    with raises(ValueError, hint="NaN is neither more nor less similar: such a model would seem perfect."):
        submission.retrieval.ranks(broken, OWN)


@task("ranks")
def test_recall_counts_queries(submission):
    """Ranks 2, 1, 3 have R@1 = 1/3, R@2 = 2/3 and R@3 = 1"""
    for k, share in ((1, 1 / 3), (2, 2 / 3), (3, 1.0), (10, 1.0)):
        came = submission.retrieval.recall_at(torch.tensor([2, 1, 3]), k)
        near(came, share, f"R@{k}", "The share of queries whose rank is at most k.")
    with raises(ValueError, hint="0 / 0 is no share."):
        submission.retrieval.recall_at(torch.tensor([]).long(), 1)


@task("ranks")
def test_median_of_two_is_between(submission):
    """The median of 3 and 2 is 2.5, of 9, 1, 4 it is 4, and of 7, 1, 2, 40 it is 4.5"""
    for ranks, median in (([3, 2], 2.5), ([9, 1, 4], 4.0), ([7, 1, 2, 40], 4.5)):
        came = submission.retrieval.median_rank(torch.tensor(ranks))
        near(came, median, f"the median of {ranks}", "torch.median takes the lower of two in the middle.")
    with raises(ValueError, hint="No query has no median."):
        submission.retrieval.median_rank(torch.tensor([]).long())
