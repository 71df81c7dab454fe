"""Public checks of the loss in chunks and of GradCache: equal to one piece, in value, gradients and draws."""

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task

from .. import plays
from .near import IN_PLACE, SINGLE, WORKED, gradients_near, near
from .worked import IMAGES, LOG_TWO, TEXTS, log_of, pairs, through_cosines

NAMES = ("image inner", "image outer", "text inner", "text outer", "log_scale")  # of the parameters


# -------------------- 2.4 chunked_clip_loss
def in_one_piece(image: Tensor, text: Tensor, scale: float) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the loss of the whole matrix and its gradients, from the two softmaxes."""
    logits = scale * F.cosine_similarity(image[:, None], text[None], dim=2)
    rows, columns = logits.softmax(1), logits.softmax(0)
    loss = -(rows.diagonal().log() + columns.diagonal().log()).mean() / 2
    of_logits = (rows + columns - 2 * torch.eye(len(image))) / (2 * len(image))
    return loss, through_cosines(of_logits, image, text, scale)


@task("chunked_clip_loss", weight=2)
def test_chunks_of_the_worked_pairs(submission):
    """The worked pairs at scale 2 cost 0.8068101291 in chunks of 1, 2, 3 and 100"""
    for chunk in (1, 2, 3, 100):
        came = submission.chunks.chunked_clip_loss(IMAGES, TEXTS, LOG_TWO, chunk)
        hint = "Every image is compared with all texts, whatever chunk it is in; the last may be smaller."
        near(came, exactly(0.8068101291)[0], f"the loss in chunks of {chunk}", hint, WORKED)


@task("chunked_clip_loss", weight=2)
def test_chunks_have_all_gradients(submission, seed):
    """Loss and gradients of images, texts and log_scale are those of the whole matrix"""
    image, text = pairs(seed, 7, 3)
    loss, expected = in_one_piece(image, text, 5.0)
    for chunk in (3, 7):
        args = [image, text, log_of(5), chunk]
        came = submission.play(plays.with_gradients, "chunks", "chunked_clip_loss", args)
        near(came["value"], loss, f"the loss in chunks of {chunk}")
        gradients_near(came["gradients"], expected, "Rows and columns both send gradients to both sides.")
        close(came["arguments"], args[:3], rtol=0, what="the arguments", hint=IN_PLACE)


@task("chunked_clip_loss")
def test_chunks_pass_on_what_comes_back(submission, seed):
    """Where the loss is only a part of a sum, weighted with 0.25, all gradients are a quarter"""
    image, text = pairs(seed, 5, 3)
    _, whole = in_one_piece(image, text, 2.0)
    args = [image, text, log_of(2), 2]
    came = submission.play(plays.with_gradients, "chunks", "chunked_clip_loss", args, 0.25)
    hint = "An autograd.Function's backward multiplies by the gradient that comes in."
    gradients_near(came["gradients"], {name: 0.25 * gradient for name, gradient in whole.items()}, hint)


@task("chunked_clip_loss")
def test_chunks_at_scale_100(submission):
    """In float32 at scale 100, five mistaken pairs in chunks of 2 cost 100, and right ones nothing"""
    rows = torch.eye(5)
    for text, loss in ((rows.roll(1, 0), 100.0), (rows, 0.0)):
        came = submission.chunks.chunked_clip_loss(rows, text, log_of(100, torch.float32), 2)
        expect_dtype(came, torch.float32)
        hint = "Add the columns up as logarithms: torch.logaddexp, which starts at -inf."
        near(came, exactly(loss)[0], "the loss", hint, SINGLE)


@task("chunked_clip_loss")
def test_chunks_refuse(submission):
    """Chunks of 0 or -1, no pair, and different numbers of images and texts raise ValueError"""
    for image, text, chunk in (
        (IMAGES, TEXTS, 0),
        (IMAGES, TEXTS, -1),
        (IMAGES[:0], TEXTS[:0], 2),
        (IMAGES[:2], TEXTS, 2),
    ):
        with raises(ValueError):
            submission.chunks.chunked_clip_loss(image, text, LOG_TWO, chunk)


# -------------------- 2.5 cached_step
def a_step(seed: Seed, n: int, scale: float) -> tuple[list[Tensor], Tensor, Tensor, Tensor]:
    """Return the weights of two towers, inputs of n pairs, and the log-scale."""
    shapes = ((4, 6), (6, 3), (5, 6), (6, 3))
    weights = [seed.fork(f"w{i}").normal(*shape) for i, shape in enumerate(shapes)]
    return weights, seed.fork("images").normal(n, 4), seed.fork("texts").normal(n, 5), log_of(scale)


def in_one_graph(
    weights: list[Tensor],
    images: Tensor,
    texts: Tensor,
    log_scale: Tensor,
    chunk: int,
    dropout: float = 0.0,
    start: int = 0,
) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """Return loss, gradients on top of 0.5 and the next draws of one graph over the whole batch."""
    image, text, scale = plays.towers(weights, log_scale, dropout)
    with torch.random.fork_rng():
        torch.manual_seed(start)
        u = F.normalize(torch.cat([image(part) for part in images.split(chunk)]), dim=1)
        v = F.normalize(torch.cat([text(part) for part in texts.split(chunk)]), dim=1)
        drawn = torch.rand(3, dtype=torch.float64)
    logits = scale.exp() * (u @ v.T)
    loss = -(logits.log_softmax(1) + logits.log_softmax(0)).diagonal().mean() / 2
    loss.backward()
    parameters = (*image.parameters(), *text.parameters(), scale)
    gradients = {name: one.grad for name, one in zip(NAMES, parameters, strict=True)}
    return loss.detach(), gradients, drawn


@task("cached_step", weight=3)
def test_step_has_the_gradients_of_the_whole_batch(submission, seed):
    """In chunks of 4, 1 and 100 the gradients of 9 pairs are those of one graph, added to what was there"""
    step = a_step(seed, 9, 3.0)
    loss, expected, _ = in_one_graph(*step, 9)
    hint = (
        "The loss is no sum over chunks: each embedding's gradient comes from the whole batch's loss, and is "
        "handed on as it is, whatever the size of the chunk."
    )
    for chunk in (4, 1, 100):
        came = submission.play(plays.cached_step, *step, chunk)
        near(came["loss"], loss.item(), f"the loss in chunks of {chunk}", hint)
        gradients_near(came["gradients"], expected, hint)


@task("cached_step", weight=2)
def test_step_repeats_its_dropout(submission, seed):
    """With dropout both passes drop the same values, chunk by chunk, images first"""
    step = a_step(seed, 9, 3.0)
    loss, expected, _ = in_one_graph(*step, 4, 0.5, 11)
    came = submission.play(plays.cached_step, *step, 4, 0.5, 11)
    hint = (
        "Pass 1 drops values, too: all images are encoded first, then all texts, once, in the mode that came."
    )
    near(came["loss"], loss.item(), "the loss", hint)
    hint = "torch.get_rng_state() before each chunk of the first pass, set_rng_state in the second."
    gradients_near(came["gradients"], expected, hint)


@task("cached_step")
def test_step_leaves_the_generator_after_pass_one(submission, seed):
    """What torch draws afterwards is what it would have drawn after the first pass"""
    step = a_step(seed, 5, 2.0)
    _, _, drawn = in_one_graph(*step, 2, 0.5, 12)
    came = submission.play(plays.cached_step, *step, 2, 0.5, 12)
    near(came["drawn"], drawn, "the next draw", "Set the state back that there was when pass 1 ended.")


@task("cached_step")
def test_step_encodes_everything_twice(submission, seed):
    """Each tower gets 4, 4 and 1 inputs without recording, and the same again with it"""
    step = a_step(seed, 9, 2.0)
    came = submission.play(plays.cached_step, *step, 4)
    twice = exactly(4, 0, 4, 0, 1, 0, 4, 1, 4, 1, 1, 1).reshape(6, 2)
    for calls, tower in zip(came["calls"], ("image", "text"), strict=True):
        hint = "Pass 1 under torch.no_grad(): a graph of the whole batch is what does not fit."
        expect(len(calls) == 6, f"the {tower} tower was called {len(calls)} times; expected 6", hint)
        table, axes = torch.tensor(calls).double(), ("call", ("inputs", "recording"))
        close(table, twice, rtol=0, hint=hint, what=f"the {tower} tower", axes=axes)


@task("cached_step")
def test_step_refuses(submission, seed):
    """Chunks of 0 and -2, and different numbers of images and texts, raise ValueError"""
    weights, images, texts, log_scale = a_step(seed, 5, 2.0)
    for first, second, chunk in ((images, texts, 0), (images, texts, -2), (images[:4], texts, 2)):
        with raises(ValueError):
            submission.play(plays.cached_step, weights, first, second, log_scale, chunk)
