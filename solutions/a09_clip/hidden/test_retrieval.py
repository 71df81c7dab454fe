"""Hidden checks of ranks: fresh tables with many ties, counted by loops."""

import math
import statistics

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect, raises, task

from ..tests.near import near
from .fresh import expect_alike


def table(seed: Seed, n: int, m: int, steps: int = 6) -> tuple[Tensor, Tensor]:
    """Return similarities of few different values, so that many tie, and what is relevant."""
    similarity = (steps * seed.fork("similarity").uniform(n, m)).floor() / steps - 0.5
    relevant = seed.fork("relevant").uniform(n, m) < 0.3
    relevant[torch.arange(n), torch.arange(n) % m] = True
    return similarity, relevant


def counted(similarity: Tensor, relevant: Tensor) -> Tensor:
    """Return the ranks by loops."""
    ranks = []
    for values, marks in zip(similarity.tolist(), relevant.tolist(), strict=True):
        best = max(value for value, mark in zip(values, marks, strict=True) if mark)
        ranks.append(1 + sum(value >= best for value, mark in zip(values, marks, strict=True) if not mark))
    return torch.tensor(ranks)


# -------------------- 5.1 ranks
@task("ranks", gate=True)
def test_ranks_are_an_answer_at_all(submission, seed):
    """Fresh ranks go with the similarities, or shares and medians with the ranks"""
    similarity, relevant = table(seed, 12, 9, 1000)
    many = [(40 * seed.fork(f"{i}").uniform(9) ** (1 + i)).long() + 1 for i in range(5)]

    def recalls() -> None:
        came = exactly(*(submission.retrieval.recall_at(ranks, 5) for ranks in many))
        expect_alike(came, exactly(*((ranks <= 5).double().mean().item() for ranks in many)))

    def medians() -> None:
        came = exactly(*(submission.retrieval.median_rank(ranks) for ranks in many))
        expect_alike(came, exactly(*(statistics.median(ranks.tolist()) for ranks in many)))

    any_of(
        lambda: expect_alike(submission.retrieval.ranks(similarity, relevant), counted(similarity, relevant)),
        recalls,
        medians,
    )


@task("ranks", weight=3)
def test_ranks_of_fresh_tables(submission, seed):
    """Fresh tables, square and not, with many ties, agree with counting by loops

    1 plus the number of irrelevant items that are at least as similar as the best relevant one: ties count
    against the model, other relevant items never. Try tables with many ties, wide and tall, and of
    negative similarities alone.
    """
    for n, m in ((6, 6), (4, 9), (9, 5)):
        similarity, relevant = table(seed.fork(f"{n}"), n, m)
        for dtype, less in ((torch.float64, 0), (torch.float32, 1)):
            came = submission.retrieval.ranks(similarity.to(dtype) - less, relevant)
            close(came, counted(similarity, relevant), rtol=0, what="the rank", axes=("query",))


@task("ranks", weight=2)
def test_ranks_of_a_permutation(submission, seed):
    """Texts that are the images in another order: as many queries have rank 1 as the order leaves in place

    Shuffle the items: a rank of 1 for those that stayed in place. Rows are queries.
    """
    n = 9
    order = seed.uniform(n).argsort()
    order[torch.arange(2)] = order[torch.arange(2)].flip(0)
    similarity = torch.eye(n, dtype=torch.float64)[order]
    came = submission.retrieval.ranks(similarity, torch.eye(n).bool())
    stays = order == torch.arange(n)
    close(came, torch.where(stays, 1, n), rtol=0, what="the rank", axes=("query",))
    near(submission.retrieval.recall_at(came, 1), stays.double().mean().item(), "R@1")


@task("ranks", weight=2)
def test_summaries_of_fresh_ranks(submission, seed):
    """Shares and medians of fresh ranks, of even and odd numbers of them

    Recall at k counts ranks <= k; the median of an even number lies in the middle of two.
    """
    for n in (1, 6, 7, 20):
        ranks = (15 * seed.fork(f"{n}").uniform(n)).long() + 1
        for k in (1, 5, seed.integer(2, 14)):
            share = sum(rank <= k for rank in ranks.tolist()) / n
            near(submission.retrieval.recall_at(ranks, k), share, f"R@{k}")
        near(submission.retrieval.median_rank(ranks), statistics.median(ranks.tolist()), "the median")


@task("ranks")
def test_ranks_refuse_fresh_tables(submission, seed):
    """A NaN anywhere, a query without a relevant item and no query raise ValueError; infinities do not

    A NaN, a query without a relevant item, and no query raise ValueError; infinities are similarities like
    others.
    """
    similarity, relevant = table(seed, 5, 6)
    similarity[0, 1], similarity[3, 2] = math.inf, -math.inf
    came = submission.retrieval.ranks(similarity, relevant)
    close(came, counted(similarity, relevant), rtol=0, what="the rank", axes=("query",))
    broken, empty = similarity.clone(), relevant.clone()
    broken[seed.integer(0, 4), seed.integer(0, 5)] = math.nan
    empty[seed.integer(0, 4)] = False
    for first, second in ((broken, relevant), (similarity, empty)):
        with raises(ValueError):
            submission.retrieval.ranks(first, second)
    with raises(ValueError):
        submission.retrieval.recall_at(torch.zeros(0).long(), 5)
    with raises(ValueError):
        submission.retrieval.median_rank(torch.zeros(0).long())
    expect(came.dtype in (torch.int64, torch.int32), "ranks are whole numbers")
