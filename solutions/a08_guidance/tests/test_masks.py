"""Public checks of context dropout: who keeps the context, and what stands in its place."""

import math

import torch

from autograder.checks import close, exactly, expect, expect_dtype, mean_is, raises, task

from .. import plays
from .images import CAST, IN_PLACE
from .near import SINGLE, near

KEEP = torch.tensor([True, False, True, False])  # of four samples
OF_SAMPLES = "Sample i as a whole is kept as it came or lost, as keep[i] says: is it so for all its axes?"


# -------------------- 1.1 bernoulli_mask
@task("bernoulli_mask")
def test_mask_follows_the_uniforms(submission, seed):
    """Uniforms in reverse order give the mask in reverse order: they are the draw, and there is no other"""
    uniforms = seed.uniform(64)
    forward = submission.masks.bernoulli_mask(uniforms, 0.5)
    backward = submission.masks.bernoulli_mask(uniforms.flip(0), 0.5)
    hint = "Compare each given number with p_drop. torch.bernoulli and torch.rand make a draw of their own."
    close(backward, forward.flip(0), what="the mask of the reversed uniforms", hint=hint)


@task("bernoulli_mask", weight=2)
def test_mask_of_four_samples(submission):
    """At p_drop = 0.25 the uniforms 0.1, 0.25, 0.5, 0.9 drop, keep, keep, keep"""
    keep = submission.masks.bernoulli_mask(exactly(0.1, 0.25, 0.5, 0.9), 0.25)
    hint = "The mask is True where the context stays; it goes where the uniform is below p_drop."
    close(keep, torch.tensor([False, True, True, True]), what="keep", hint=hint)


@task("bernoulli_mask", statistical=True)
def test_mask_drops_a_tenth(submission, seed):
    """At p_drop = 0.1 one sample in ten loses its context"""
    keep = submission.masks.bernoulli_mask(seed.uniform(20_000), 0.1)
    hint = "p_drop is the probability of losing the context. Nine in ten must keep it."
    mean_is(keep.double(), 0.9, 0.3, what="the share that keeps its context", hint=hint)  # sqrt(0.1 * 0.9)


@task("bernoulli_mask")
def test_mask_at_the_ends(submission):
    """p_drop = 0 keeps every sample and p_drop = 1 none, whatever the uniforms are"""
    uniforms = exactly(0, 2**-53, 0.3, 0.6, 1 - 2**-53)  # the smallest and the largest that can be drawn
    hint = "A uniform can be exactly 0, but never 1: which comparison keeps 0 at p_drop = 0?"
    everyone = submission.masks.bernoulli_mask(uniforms, 0.0)
    some = submission.masks.bernoulli_mask(uniforms, 0.4)
    nobody = submission.masks.bernoulli_mask(uniforms, 1.0)
    close(everyone, torch.ones(5, dtype=torch.bool), what="keep at p_drop = 0", hint=hint)
    close(some, torch.tensor([False, False, False, True, True]), what="keep at p_drop = 0.4", hint=hint)
    close(nobody, torch.zeros(5, dtype=torch.bool), what="keep at p_drop = 1", hint=hint)


@task("bernoulli_mask")
def test_mask_decides_each_sample_alone(submission):
    """Another uniform for one sample changes the decision of that sample and of no other"""
    uniforms = exactly(0.9, 0.2, 0.7, 0.4, 0.8)
    other = exactly(0.1, 0.2, 0.7, 0.4, 0.8)
    before = submission.masks.bernoulli_mask(uniforms, 0.3)
    changed = submission.masks.bernoulli_mask(other, 0.3) != before
    hint = "Neither a batch nor a fixed share of it is dropped: each sample is drawn by itself."
    close(changed, torch.tensor([True, False, False, False, False]), what="what has changed", hint=hint)


@task("bernoulli_mask")
def test_mask_refuses_what_is_no_probability(submission):
    """A p_drop of -0.1, of 1.1, or that is not a number raises ValueError"""
    expect(submission.masks.bernoulli_mask(exactly(0.5), 0.1).all(), "0.5 is not below 0.1: it keeps")
    hint = (
        "Compare p_drop with 0 and 1 before anything else. NaN is neither below 0 nor above 1: turn it round."
    )
    for p_drop in (-0.1, 1.1, math.nan):
        with raises(ValueError, hint=hint):
            submission.masks.bernoulli_mask(exactly(0.5), p_drop)


# -------------------- 1.2 drop_context
@task("drop_context", weight=2)
def test_labels_become_the_null_label(submission):
    """Of 10 classes, the labels 3, 0, 9, 4 become 3, 10, 9, 10"""
    labels = submission.masks.drop_labels(torch.tensor([3, 0, 9, 4]), KEEP, 10)
    hint = "Classes count from 0 to num_classes - 1, so num_classes is the first number that is no class."
    close(labels, torch.tensor([3, 10, 9, 10]), what="the labels", hint=hint)


@task("drop_context", weight=2)
def test_one_hot_rows_become_zero(submission):
    """Rows that are dropped are zero and the others stay, also with as many classes as samples"""
    one_hot = torch.eye(4, dtype=torch.float64)[[2, 0, 0, 1]]
    expected = torch.stack([one_hot[0], 0 * one_hot[1], one_hot[2], 0 * one_hot[3]])
    dropped = submission.masks.drop_one_hot(one_hot, KEEP)
    close(dropped, expected, what="the one-hot rows", hint=OF_SAMPLES)
    soft = exactly(0.2, 0.8, 0.5, 0.5, 0.9, 0.1, 0.3, 0.7).reshape(4, 2)
    dropped = submission.masks.drop_one_hot(soft, KEEP)
    hint = "A kept row comes back as it is, soft labels too: do not look for its class."
    close(dropped, soft * exactly(1, 0, 1, 0)[:, None], what="the soft rows", hint=hint)


@task("drop_context", weight=2)
def test_context_becomes_the_null_context(submission, seed):
    """Dropped contexts become `null`, whatever the shape of a context"""
    for dims in ((), (4,), (3, 4), (2, 3, 4)):  # (4,) and (3, 4) end in as many values as there are samples
        context, null = seed.fork("context").normal(4, *dims), seed.fork("null").normal(*dims)
        dropped = submission.masks.drop_context(context, KEEP, null)
        expected = torch.stack([context[0], null, context[2], null])
        close(dropped, expected, rtol=0, what=f"for shape {tuple(context.shape)}, context", hint=OF_SAMPLES)


@task("drop_context")
def test_null_context_learns(submission, seed):
    """Gradients reach `null` through the samples that got it, and kept contexts through their own"""
    context, weights = (seed.fork(name).normal(4, 2, 3) for name in ("context", "weights"))
    null = seed.fork("null").normal(2, 3)
    came = submission.play(plays.gradients_of_drop_context, context, KEEP, null, weights)
    hint = "detach, .data and torch.tensor(...) cut the graph: then the null embedding never learns."
    near(came["of null"], weights[1] + weights[3], "the gradient of null", hint)
    expected = torch.stack([weights[0], 0 * weights[1], weights[2], 0 * weights[3]])
    near(came["of context"], expected, "the gradient of the contexts", hint)


@task("drop_context")
def test_drops_keep_the_dtype(submission, seed):
    """int32 labels stay int32, rows float32 or float16, and float16 contexts float16 with a float32 `null`"""
    labels = torch.tensor([1, 2, 0, 1], dtype=torch.int32)
    expect_dtype(submission.masks.drop_labels(labels, KEEP, 3), torch.int32, CAST)
    for dtype in (torch.float32, torch.float16):
        expect_dtype(submission.masks.drop_one_hot(torch.eye(4, dtype=dtype), KEEP), dtype, CAST)
    context, null = seed.fork("context").normal(4, 3).half(), seed.fork("null").normal(3).float()
    dropped = submission.masks.drop_context(context, KEEP, null)
    expect_dtype(dropped, torch.float16, CAST)
    near(dropped[1], null, "null", within=1e-3)  # float16 rounds at 5e-4
    near(dropped[0], context[0].double(), "a kept context", within=SINGLE)


@task("drop_context")
def test_drops_leave_their_input_alone(submission, seed):
    """No argument of the three functions is changed"""
    labels, one_hot = torch.tensor([2, 0, 1, 1]), torch.eye(4, dtype=torch.float64)
    context, null = seed.fork("context").normal(4, 2), seed.fork("null").normal(2)
    after = submission.play(plays.after_drops, labels, one_hot, context, KEEP, null)
    close(after, [labels, one_hot, context, KEEP, null], rtol=0, what="the arguments", hint=IN_PLACE)
