"""Hidden checks of DiffWave: fresh steps, blocks and networks, by plain products."""

import torch

from autograder.checks import any_of, close, exactly, expect, task
from autograder.nearness import LONG, WORKED, near

from .. import plays
from ..tests.test_diffwave import block, drawn, embedding, network, of_block, of_network
from .fresh import expect_alike

DIGITS_LEFT = 1e-7  # angles go up to 1e7, so float64 leaves 1e-9 of them, and a few operations more


# -------------------- 2.1 step_embedding
@task("step_embedding", gate=True)
def test_embedding_is_an_answer_at_all(submission, seed):
    """Embeddings of fresh steps go with these"""
    t = 1 + (40 * seed.uniform(6)).long()
    expect_alike(submission.diffwave.step_embedding(t), embedding(t, 64))


@task("step_embedding", weight=3)
def test_fresh_steps(submission, seed):
    """Fresh whole and fractional steps up to 1000, of other widths, number by number

    Between whole steps the rows of the step below and above are interpolated; the formula itself at 10.5 is
    another row. Sines first, all in float64.
    """
    t = torch.cat([1000 * seed.fork("t").uniform(4), exactly(999, 0)])
    for half in (64, 17, 2):
        near(submission.diffwave.step_embedding(t, half), embedding(t, half), within=DIGITS_LEFT)
        single = t.float()
        close(
            submission.diffwave.step_embedding(single, half), embedding(single, half), rtol=0, atol=5 * WORKED
        )


# -------------------- 2.2 diffwave
@task("diffwave", gate=True)
def test_diffwave_is_an_answer_at_all(submission, seed):
    """Fresh blocks, networks or fields are those of an honest attempt"""
    w, sizes = drawn(seed, of_network(3, 2, 4, 5, 0)), [3, 2, 2, 4, 4, 5]
    wave, t = seed.fork("wave").normal(3, 30), exactly(1, 5, 9)
    x, step = seed.fork("x").normal(3, 2, 20), seed.fork("step").normal(3, 4)
    own = drawn(seed, of_block(2, 4, 0))

    def fields() -> None:
        d = [seed.fork(f"{i}").integer(1, 99) for i in range(4)]
        expect(submission.diffwave.receptive_field(d, 3) in (1 + 2 * sum(d), 2 * sum(d)), "no field")

    def skips() -> None:
        came = submission.play(plays.residual_block, own, 1, x, step)
        expect_alike(came[1], block(own, 1, x, step, None)[1])

    any_of(
        lambda: expect_alike(
            submission.play(plays.diffwave, w, sizes, wave, t), network(w, sizes, wave, t, None)
        ),
        skips,
        fields,
    )


@task("diffwave", weight=2)
def test_fresh_fields_and_blocks(submission, seed):
    """Fresh dilations and kernels; fresh blocks with and without a mel image

    The receptive field is 1 + (kernel - 1) times the sum of dilations. sigmoid of the first half times tanh
    of the second, and x itself, without the step, goes on: (x + first) / sqrt(2).
    """
    d = [seed.fork(f"{i}").integer(1, 99) for i in range(3)]
    for kernel in (1, 2, 5):
        came = submission.diffwave.receptive_field(d, kernel)
        expect(came == 1 + (kernel - 1) * sum(d), f"{d} with kernel {kernel} see {came} samples")
    for m, dilation in ((0, 3), (2, 1)):
        w, x = drawn(seed, of_block(4, 3, m)), seed.fork("x").normal(2, 4, 6)
        step, mel = seed.fork("step").normal(2, 3), seed.fork("mel").normal(2, m, 6) if m else None
        came = submission.play(plays.residual_block, w, dilation, x, step, mel)
        near(came, list(block(w, dilation, x, step, mel)), "the results: next and skip", within=LONG)


@task("diffwave", weight=3)
def test_fresh_networks(submission, seed):
    """Fresh networks of 1 to 5 layers with and without a mel image, for fractional steps

    Skips are added up and divided by the root of the number of layers, and ReLUs stand only where the page
    lists them; try 1 to 5 layers with and without a mel image.
    """
    for layers, cycle, m in ((5, 2, 3), (1, 1, 0), (3, 3, 1)):
        sizes = [2, layers, cycle, 3, 4, 5]
        w, t = drawn(seed.fork(f"{layers}"), of_network(2, layers, 4, 5, m)), 60 * seed.fork("t").uniform(2)
        wave, mel = seed.fork("wave").normal(2, 10), seed.fork("mel").normal(2, m, 4) if m else None
        came = submission.play(plays.diffwave, w, sizes, wave, t, mel)
        near(came, network(w, sizes, wave, t, mel), f"the noise of {layers} layers", within=LONG)
