"""Hidden checks of context dropout: fresh samples, any shape, gradients."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from ..tests.near import near
from .fresh import between, expect_alike


# -------------------- 1.1 bernoulli_mask
@task("bernoulli_mask", gate=True)
def test_mask_is_an_answer_at_all(submission, seed):
    """A batch of small uniforms is treated otherwise than one of large ones"""
    b = seed.fork("b").integer(30, 60)
    small, large = 0.3 * seed.fork("small").uniform(b), 0.7 + 0.3 * seed.fork("large").uniform(b)
    masks = [submission.masks.bernoulli_mask(uniforms, 0.5) for uniforms in (small, large)]
    changed = (masks[0] != masks[1]).double().mean().item()
    expect(changed > 0.2, "the mask does not go with the uniforms")


@task("bernoulli_mask", weight=2)
@settings(max_examples=8)
@given(b=st.integers(1, 40), p_drop=st.floats(0, 1), n=st.integers(0, 10**6))
def test_mask_follows_its_definition(submission, b, p_drop, n):
    """A sample loses its context exactly when its uniform is below p_drop, for any batch and any p_drop

    True is kept: uniform >= p_drop. Try p_drop of 0 and 1, and a uniform equal to it.
    """
    uniforms = Seed(n).uniform(b)
    keep = submission.masks.bernoulli_mask(uniforms, p_drop)
    expected = torch.tensor([not u < p_drop for u in uniforms.tolist()])
    close(keep, expected, what="keep")


@task("bernoulli_mask")
def test_mask_takes_single_precision(submission, seed):
    """Uniforms in float32 do as well, those at a p_drop of 0.375 too

    Try float32 uniforms that equal p_drop: neither side may be rounded before they are compared.
    """
    uniforms = torch.cat([seed.fork("uniforms").uniform(50).float(), torch.tensor([0.375, 0.0])])
    keep = submission.masks.bernoulli_mask(uniforms, 0.375)
    close(keep, torch.tensor([u >= 0.375 for u in uniforms.tolist()]), what="keep")


@task("bernoulli_mask")
def test_mask_refuses_any_impossible_probability(submission, seed):
    """Every p_drop outside 0..1 raises ValueError, NaN included

    NaN is no probability: a comparison with it is False, so write the condition as `not 0 <= p_drop <= 1`.
    """
    uniforms = seed.fork("uniforms").uniform(5)
    impossible = seed.fork("p").integer(1, 90) / 100
    for p_drop in (-impossible, 1 + impossible, 7.0, float("nan")):
        with raises(ValueError):
            submission.masks.bernoulli_mask(uniforms, p_drop)


# -------------------- 1.2 drop_context
@task("drop_context", gate=True)
def test_drops_are_answers_at_all(submission, seed):
    """A batch of contexts goes with the contexts that came in and with `null`"""
    context, null = seed.fork("context").normal(12, 3, 12), 2 + seed.fork("null").normal(3, 12)
    keep = torch.arange(12) % 2 == 0
    dropped = submission.masks.drop_context(context, keep, null)
    ways = [
        torch.where(mask, context, other)
        for mask in (keep.reshape(12, 1, 1), ~keep.reshape(12, 1, 1), keep)
        for other in (null, context + null, 0 * null)
    ]
    expect_alike(dropped, *ways)


@task("drop_context", weight=2)
@settings(max_examples=8)
@given(b=st.integers(1, 6), dims=st.lists(st.integers(1, 6), max_size=3), n=st.integers(0, 10**6))
def test_drop_context_takes_any_shape(submission, b, dims, n):
    """Each dropped context is `null` and each other is itself, for contexts of any shape

    The mask has shape (b,): give it as many axes as the contexts have, so that it goes along the batch. Try b
    equal to other sides.
    """
    seed = Seed(n)
    context, null = seed.fork("context").normal(b, *dims), seed.fork("null").normal(*dims)
    keep = seed.fork("keep").uniform(b) < 0.5
    dropped = submission.masks.drop_context(context, keep, null)
    expected = torch.stack([context[i] if keep[i] else null for i in range(b)])
    close(dropped, expected, rtol=0, what="the contexts")


@task("drop_context", weight=2)
@settings(max_examples=6)
@given(b=st.integers(1, 8), k=st.integers(1, 8), n=st.integers(0, 10**6))
def test_drops_of_classes(submission, b, k, n):
    """Labels become num_classes and one-hot rows zero, for any number of classes, one included

    A dropped label is num_classes, a dropped one-hot row zeros: keep the dtype, and try one class.
    """
    seed = Seed(n)
    labels = (seed.fork("labels").uniform(b) * k).long()
    keep = seed.fork("keep").uniform(b) < 0.5
    expected = torch.tensor([labels[i].item() if keep[i] else k for i in range(b)])
    close(submission.masks.drop_labels(labels, keep, k), expected, what="the labels")
    rows = torch.eye(k, dtype=torch.float64)[labels]
    expected = torch.stack([rows[i] if keep[i] else torch.zeros(k).double() for i in range(b)])
    close(submission.masks.drop_one_hot(rows, keep), expected, rtol=0, what="the rows")


@task("drop_context")
def test_drop_nothing_and_everything(submission, seed):
    """When all are kept nothing changes; when none is, every sample has the null context

    Try a mask of all True and one of all False.
    """
    context, null = seed.fork("context").normal(3, 3, 3), seed.fork("null").normal(3, 3)
    everyone, nobody = torch.ones(3, dtype=torch.bool), torch.zeros(3, dtype=torch.bool)
    close(submission.masks.drop_context(context, everyone, null), context, rtol=0, what="all kept")
    close(submission.masks.drop_context(context, nobody, null), null.expand(3, 3, 3), rtol=0, what="none")
    close(submission.masks.drop_labels(torch.tensor([1, 0, 4]), nobody, 5), torch.full((3,), 5))
    rows = between(seed.fork("rows"), 0.1, 0.9, 3, 5)  # soft labels
    close(submission.masks.drop_one_hot(rows, everyone), rows, rtol=0, what="soft labels, all kept")


@task("drop_context")
def test_dropped_contexts_learn_nothing(submission, seed):
    """A dropped context gets no gradient, and `null` the sum over the samples that got it

    `null` is learnt: its gradient is the sum over the samples that got it, and the dropped contexts' own is
    0.
    """
    context, null = seed.fork("context").normal(6, 4), seed.fork("null").normal(4)
    keep, weights = seed.fork("keep").uniform(6) < 0.5, seed.fork("weights").normal(6, 4)
    keep[0], keep[1] = True, False
    came = submission.play(plays.gradients_of_drop_context, context, keep, null, weights)
    near(came["of null"], weights[~keep].sum(0), "the gradient of null")
    expected = torch.stack([weights[i] if keep[i] else 0 * weights[i] for i in range(6)])
    near(came["of context"], expected, "the gradient of the contexts")
