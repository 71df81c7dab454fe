"""Hidden checks of safety: margins image by image, and erased weights as a least-squares problem."""

import math

import numpy as np
import torch
from torch import Tensor

from autograder.checks import any_of, close, expect, expect_dtype, raises, task

from .. import plays
from ..tests.near import near, near_single
from .fresh import expect_alike, not_the_input


def cosine(a: list[float], b: list[float]) -> float:
    """Return the cosine of two embeddings, 0 where one is zeros."""
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(p * q for p, q in zip(a, b, strict=True)) / lengths if lengths else 0.0


def one_by_one(images: Tensor, sets: list[Tensor], adjustment: float) -> Tensor:
    """Return margins image by image; sets are concepts, thresholds, special ones and theirs."""
    concepts, thresholds, special, theirs = (one.tolist() for one in sets)
    margins = []
    for image in images.tolist():
        strict = any(cosine(image, c) - t > 0 for c, t in zip(special, theirs, strict=True))
        more = adjustment if strict else 0.0
        margins.append([cosine(image, c) - t + more for c, t in zip(concepts, thresholds, strict=True)])
    return torch.tensor(margins, dtype=torch.float64)


def filter_of(seed, d: int, c: int, s: int) -> list[Tensor]:
    """Return fresh concepts of all lengths, their thresholds, and the same of special ones."""
    sets = []
    for name, n in (("concepts", c), ("special", s)):
        lengths = 0.1 + 3 * seed.fork(f"{name} l").uniform(n, 1)
        sets += [lengths * seed.fork(name).normal(n, d), seed.fork(f"{name} t").uniform(n) - 0.4]
    return sets


# -------------------- 5.1 concept_filter
@task("concept_filter", gate=True)
def test_margins_are_an_answer_at_all(submission, seed):
    """Margins, or verdicts, go with fresh embeddings"""
    images, sets = seed.fork("images").normal(8, 4), filter_of(seed, 4, 3, 1)
    margins = seed.fork("margins").normal(40, 1)
    any_of(
        lambda: expect_alike(
            submission.safety.concept_margins(images, *sets), one_by_one(images, sets, 0.01)
        ),
        lambda: expect_alike(submission.safety.is_unsafe(margins), margins[:, 0] > 0),
    )


@task("concept_filter", weight=3)
def test_fresh_margins(submission, seed):
    """Fresh images of all lengths, one by one: special concepts, float32, any adjustment

    Images and concepts to unit length, zeros have cosine 0. An image that any special concept catches has
    `adjustment` added to all its margins: try none, several, a negative adjustment, float32 and NaN.
    """
    for d, c, s, adjustment in ((5, 4, 3, 0.3), (3, 1, 0, 0.2), (7, 2, 1, -0.05)):
        fork = seed.fork(f"{d}")
        images = 0.01 * fork.fork("images").normal(6, d)
        images[2] = 0.0
        sets = filter_of(fork, d, c, s)
        came = submission.safety.concept_margins(images, *sets, adjustment)
        near(came, one_by_one(images, sets, adjustment), f"margins to {c} concepts")
        unsafe = submission.safety.is_unsafe(came)
        close(unsafe, torch.tensor([max(row) > 0 for row in came.tolist()]), rtol=0, what="is_unsafe")
    single = [images.float(), *(one.float() for one in sets)]
    came = submission.safety.concept_margins(*single)
    expect_dtype(came, torch.float64)
    near(came, one_by_one(single[0], single[1:], 0.01), "margins of float32", within=1e-7)
    with raises(ValueError):
        submission.safety.concept_margins(images / 0 * 0, *sets)


# -------------------- 5.2 erase_concept
def problem(seed, o: int, d: int, a: int, k: int) -> list[Tensor]:
    """Return weights, concepts, targets and what stays."""
    shapes = {"weight": (o, d), "concept": (d, a), "target": (d, a), "kept": (d, k)}
    return [seed.fork(name).normal(*shape) for name, shape in shapes.items()]


def by_least_squares(args: list[Tensor], keep: float, ridge: float) -> Tensor:
    """Return the weights by numpy's least squares, all terms stacked as equations."""
    weight, concept, target, kept = (one.numpy() for one in args)
    eye = np.eye(len(kept))
    inputs = np.hstack([concept, keep**0.5 * kept, ridge**0.5 * eye])
    outputs = weight @ np.hstack([target, keep**0.5 * kept, ridge**0.5 * eye])
    return torch.from_numpy(np.linalg.lstsq(inputs.T, outputs.T, rcond=None)[0].T)


@task("erase_concept", gate=True)
def test_erasing_is_an_answer_at_all(submission, seed):
    """Targets of noise, or erased weights, go with fresh numbers"""
    u, c = seed.fork("u").normal(3, 6), seed.fork("c").normal(3, 6)
    args = problem(seed, 4, 5, 2, 3)

    def noise() -> None:
        came = submission.erasure.erased_noise(u, c, 2.0)
        expect_alike(came, u - 2 * (c - u))
        not_the_input(came, u)

    def weights() -> None:
        came = submission.erasure.erase_linear(*args, 1.0, 0.1)
        expect_alike(came - args[0], by_least_squares(args, 1.0, 0.1) - args[0])

    any_of(noise, weights)


@task("erase_concept", weight=3)
def test_fresh_weights(submission, seed):
    """Fresh weights are numpy's least-squares solutions, with any keep and ridge, float32 too

    The ridge holds on to the old weights, and targets are answers of the old weights: stack all three terms
    as one least-squares problem and compare with numpy's.
    """
    for o, d, a, k, keep, ridge in ((3, 4, 2, 5, 1.7, 0.3), (5, 2, 1, 0, 1.0, 0.01), (2, 6, 3, 2, 0.2, 2.0)):
        args = problem(seed.fork(f"{d}"), o, d, a, k)
        due = by_least_squares(args, keep, ridge)
        came = submission.erasure.erase_linear(*args, keep, ridge)
        near(came, due, f"the weights with {a} concepts", within=1e-9)
        near_single(
            submission.erasure.erase_linear(*(one.float() for one in args), keep, ridge),
            due,
            "float32 weights",
        )
    args = problem(seed.fork("defaults"), 3, 4, 2, 5)
    near(
        submission.erasure.erase_linear(*args), by_least_squares(args, 1.0, 1e-6), "the weights", within=1e-8
    )


@task("erase_concept", weight=2)
def test_fresh_noise(submission, seed):
    """Fresh targets of any shape and strength, detached, float32 too

    u - strength (c - u), detached, for any shape and strength, in the dtype that came in.
    """
    for shape, strength in (((2, 3), 0.5), ((2, 1, 4, 3), 7.0), ((5, 2), -1.0)):
        u, c = (seed.fork(f"{name}{len(shape)}").normal(*shape) for name in "uc")
        due = (1 + strength) * u - strength * c
        near(submission.erasure.erased_noise(u, c, strength), due, "the noise")
        near_single(submission.erasure.erased_noise(u.float(), c.float(), strength), due, "the float32 noise")
    near(submission.erasure.erased_noise(u, c), 2 * u - c, "the noise with strength 1")
    came = submission.play(plays.erased_noise, u, c, 3.0)
    near(came["result"], 4 * u - 3 * c, "the noise with strength 3")
    expect(not came["tracked"], "a gradient flows through the target")
