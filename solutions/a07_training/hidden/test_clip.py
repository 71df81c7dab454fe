"""Hidden checks of clipping: fresh gradients against torch's, halves, and norms that are no numbers."""

import math

import torch

from autograder.checks import Seed, close, expect, task

from .. import plays
from ..tests.near import TORCHS, same_bits


def fresh_gradients(seed: Seed, size: float = 1.0) -> list[torch.Tensor]:
    """Return gradients of three shapes, of norm `size`."""
    drawn = [seed.fork(str(i)).normal(*shape) for i, shape in enumerate(((4,), (2, 3), (1, 2, 2)))]
    norm = torch.cat([g.flatten() for g in drawn]).norm()
    return [size * g / norm for g in drawn]


@task("clip_by_norm", gate=True)
def test_gradients_become_shorter(submission, seed):
    """Long gradients are made shorter, or their size is told"""
    came = submission.play(plays.clip, [0 * g + 40 for g in fresh_gradients(seed)], 2.0)
    shorter = all(bool((g > 0).all() and (g < 36).all()) for g in came["gradients"])
    told = 100 < came["norm"] < 1000
    expect(
        came["norm"] > 0.5 and (shorter or told),
        "the gradients are as long as before, and the norm is not theirs",
    )


@task("clip_by_norm", weight=2)
def test_fresh_gradients_as_torch(submission, seed):
    """Fresh gradients of three shapes, clipped to fresh norms, are those of torch's clip_grad_norm_

    One norm over all parameters together, as torch.nn.utils.clip_grad_norm_ has it.
    """
    for i, max_norm in enumerate((0.5 + seed.fork("max").uniform(3)).tolist()):
        size = max_norm * (2 + 5 * seed.fork(f"size {i}").uniform(1).item())
        given = fresh_gradients(seed.fork(f"{i}"), size)
        came = submission.play(plays.clip, [g.clone() for g in given], max_norm, lazy=i == 1)
        close(came["norm"], size, rtol=1e-12, what="the norm")
        weights = plays.parameters_with(list(given))
        torch.nn.utils.clip_grad_norm_(weights, max_norm)
        close(came["gradients"], [w.grad for w in weights], rtol=2 * TORCHS, what="the gradients")
    given = fresh_gradients(seed.fork("near"), 0.8)  # longer than 0.7, and its square is not
    came = submission.play(plays.clip, [g.clone() for g in given], 0.7)
    close(
        came["gradients"], [0.875 * g for g in given], rtol=2 * TORCHS, what="gradients of norm 0.8 for 0.7"
    )


@task("clip_by_norm")
def test_fresh_short_gradients_stay(submission, seed):
    """Fresh gradients below the norm stay as they are, float32 too

    Gradients below the norm stay to the last bit: the factor is at most 1.
    """
    for size in (1e-3, 0.7):
        given = [g.float() for g in fresh_gradients(seed, size)]
        came = submission.play(plays.clip, [g.clone() for g in given], 1.0)
        close(came["norm"], size, rtol=1e-6, what="the norm")
        same_bits(came["gradients"], given, "the gradients")


@task("clip_by_norm")
def test_not_a_number_changes_nothing(submission, seed):
    """A NaN or an infinity anywhere: gradients stay as they are, and the norm is no number

    Try a NaN and an infinity anywhere: no gradient changes, and the norm that comes back is not finite.
    """
    for bad in (math.nan, -math.inf):
        given = fresh_gradients(seed, 30.0)
        given[seed.integer(0, 2)].view(-1)[0] = bad
        came = submission.play(plays.clip, [g.clone() for g in given], 1.0)
        expect(not math.isfinite(came["norm"]), f"the norm is {came['norm']} with a value of {bad}")
        for g, due in zip(came["gradients"], given, strict=True):
            same_bits(g.nan_to_num(7.0, 8.0, 9.0), due.nan_to_num(7.0, 8.0, 9.0), "the gradients")
    given = fresh_gradients(seed, 30.0)
    came = submission.play(plays.clip, [g.clone() for g in given], 1.0)
    close(came["gradients"], [g / 30 for g in given], rtol=TORCHS, what="finite gradients")


@task("clip_by_norm")
def test_fresh_halves(submission, seed):
    """Fresh float16 gradients of some hundreds have a finite norm, and are clipped in their own dtype

    float16 squares overflow beyond 255: form the norm in float32 or wider, and keep the gradients' dtype.
    """
    given = [(g.abs() + 0.1).half() * 800 for g in fresh_gradients(seed)]
    norm = torch.cat([g.double().flatten() for g in given]).norm().item()
    came = submission.play(plays.clip, [g.clone() for g in given] + [None], 4.0)
    close(came["norm"], norm, rtol=1e-6, what="the norm")
    dtypes = {g.dtype for g in came["gradients"][:3]}
    expect(dtypes == {torch.float16}, f"the gradients are {dtypes}")
    expected = [4 / norm * g.double() for g in given]
    close([g.double() for g in came["gradients"][:3]], expected, rtol=2e-3, what="the gradients")
