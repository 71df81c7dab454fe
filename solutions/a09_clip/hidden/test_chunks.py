"""Hidden checks of the loss in chunks and of GradCache: fresh sizes, plain loops, one graph."""

import torch

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .. import plays
from ..tests.near import SINGLE, gradients_near, near
from ..tests.test_chunks import a_step, in_one_graph, in_one_piece
from ..tests.worked import log_of, pairs
from .fresh import batches, entropy_loss, expect_alike


# -------------------- 2.4 chunked_clip_loss
@task("chunked_clip_loss", gate=True)
def test_chunks_are_an_answer_at_all(submission, seed):
    """Batches from perfect pairs to opposites cost ever more"""
    made = batches(seed, 6, 3)
    given = [[*one, log_of(4), 6] for one in made]
    came = submission.play(plays.of_batches, "chunks", "chunked_clip_loss", given)
    expect_alike(came, exactly(*(entropy_loss(*one, 4.0) for one in made)))


@task("chunked_clip_loss", weight=2)
def test_chunks_of_fresh_pairs(submission, seed):
    """Fresh pairs in fresh chunks agree with loops over plain numbers

    The loss is that of the whole matrix: log-sums over rows and over columns are gathered from all chunks.
    Try a chunk that does not divide n.
    """
    n = seed.integer(7, 11)
    image, text = pairs(seed, n, 3)
    expected = exactly(entropy_loss(image, text, 6.0))[0]
    for chunk in (1, seed.integer(2, 3), 5, n, n + seed.integer(1, 50)):
        came = submission.chunks.chunked_clip_loss(image, text, log_of(6), chunk)
        near(came, expected, f"the loss in chunks of {chunk}")


@task("chunked_clip_loss", weight=2)
def test_chunks_have_fresh_gradients(submission, seed):
    """All three gradients are those of the whole matrix, times what comes back

    All three gradients, log_scale's included, times what comes back from above.
    """
    image, text = pairs(seed, 8, 4, 1.5)
    factor = 0.5 + seed.uniform(1).item()
    _, whole = in_one_piece(image, text, 4.0)
    expected = {name: factor * gradient for name, gradient in whole.items()}
    for chunk in (3, 5):
        args = [image, text, log_of(4), chunk]
        came = submission.play(plays.with_gradients, "chunks", "chunked_clip_loss", args, factor)
        gradients_near(came["gradients"], expected)
        close(came["arguments"], args[:3], rtol=0, what="the arguments")


@task("chunked_clip_loss")
def test_chunks_in_float32_and_refusals(submission, seed):
    """At scale 100 in float32 nothing overflows; chunk 0 and unequal parts raise ValueError

    Logits of 100 overflow float32's exp: keep a running maximum. Chunks below 1 and unequal parts raise
    ValueError.
    """
    image, text = pairs(seed, 7, 4)
    came = submission.chunks.chunked_clip_loss(image.float(), text.float(), log_of(100, torch.float32), 3)
    expect_dtype(came, torch.float32)
    near(came, exactly(entropy_loss(image, text, 100.0))[0], "the loss", within=10 * SINGLE)
    for n, m, chunk in ((7, 7, 0), (7, 7, -3), (0, 0, 2), (6, 7, 2), (7, 6, 2)):
        with raises(ValueError):
            submission.chunks.chunked_clip_loss(image[:n], text[:m], log_of(3), chunk)


# -------------------- 2.5 cached_step
@task("cached_step", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """The gradients of a fresh batch go with those of one graph, or with those of its chunks"""
    step = a_step(seed, 8, 2.0)
    loss, expected, _ = in_one_graph(*step, 8)
    came = submission.play(plays.cached_step, *step, 4)
    expect(0.2 < came["loss"] / loss.item() < 5, "the loss does not go with the batch")
    found = [gradient.flatten() for gradient in came["gradients"] if gradient is not None]
    expect(len(found) == 5, "a parameter has lost its gradient")
    expect_alike(torch.cat(found), torch.cat([gradient.flatten() for gradient in expected.values()]))


@task("cached_step", weight=3)
def test_step_of_a_fresh_batch(submission, seed):
    """Loss and gradients are those of one graph over the whole batch, for fresh sizes

    First all embeddings without a graph, then the loss's gradients by them, then chunk by chunk again with
    these gradients: the scale gets its own once.
    """
    n = seed.integer(6, 11)
    step = a_step(seed, n, 5.0)
    loss, expected, _ = in_one_graph(*step, n)
    for chunk in (2, seed.integer(3, 5), n + 1):
        came = submission.play(plays.cached_step, *step, chunk)
        near(came["loss"], loss.item(), f"the loss in chunks of {chunk}")
        gradients_near(came["gradients"], expected)


@task("cached_step", weight=2)
def test_step_with_fresh_dropout(submission, seed):
    """With dropout of 0.3 loss, gradients and the next draws are those of the first pass in one graph

    The second pass must drop what the first one dropped: restore the generator's state of each chunk, and let
    the draws go on as if there had been one pass.
    """
    step, start = a_step(seed, 7, 2.5), seed.integer(1, 10**6)
    loss, expected, drawn = in_one_graph(*step, 3, 0.3, start)
    came = submission.play(plays.cached_step, *step, 3, 0.3, start)
    near(came["loss"], loss.item(), "the loss")
    gradients_near(came["gradients"], expected)
    near(came["drawn"], drawn, "the next draw")


@task("cached_step")
def test_step_calls_of_a_fresh_batch(submission, seed):
    """Both towers are called twice for each chunk, first without recording; odd sizes raise ValueError

    Each tower sees each chunk twice, first without a graph; sizes that do not fit raise ValueError.
    """
    weights, images, texts, log_scale = step = a_step(seed, 8, 2.0)
    came = submission.play(plays.cached_step, *step, 3)
    once = [[3, 0], [3, 0], [2, 0]]
    expected = once + [[n, 1] for n, _ in once]
    expect(came["calls"] == [expected, expected], f"the towers were called with {came['calls']}")
    near(came["loss"], in_one_graph(*step, 8)[0].item(), "the loss")
    for first, second, chunk in ((images, texts, 0), (images[1:], texts, 3), (images, texts[1:], 3)):
        with raises(ValueError):
            submission.play(plays.cached_step, weights, first, second, log_scale, chunk)
