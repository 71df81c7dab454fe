"""Hidden checks of the three losses: plain loops over fresh pairs, and a channel with a known best scale."""

import itertools
import math

import torch
import torch.nn.functional as F

from autograder.checks import Seed, any_of, close, exactly, expect, expect_dtype, raises, task

from .. import plays
from ..tests.near import SINGLE, gradients_near, near
from ..tests.worked import log_of, pairs, through_cosines
from .fresh import batches, cosines, entropy_loss, expect_alike


def scale_of(seed: Seed) -> float:
    """Return a fresh scale from 1 to 11."""
    return 1 + 10 * seed.fork("scale").uniform(1).item()


# -------------------- 2.1 clip_loss
@task("clip_loss", gate=True)
def test_clip_loss_is_an_answer_at_all(submission, seed):
    """Batches from perfect pairs to opposites cost ever more"""
    made = batches(seed, 6, 3)
    came = submission.play(plays.of_batches, "loss", "clip_loss", [[*one, log_of(4)] for one in made])
    expect_alike(came, exactly(*(entropy_loss(*one, 4.0) for one in made)))


@task("clip_loss", weight=2)
def test_clip_loss_of_fresh_pairs(submission, seed):
    """Fresh pairs of any length agree with loops over plain numbers

    The mean of both cross-entropies, rows and columns, of scaled cosines: normalise first, and halve the sum.
    """
    for n in (2, 5):
        image, text = pairs(seed.fork(f"{n}"), n, 3)
        scale = scale_of(seed)
        came = submission.loss.clip_loss(image, text, log_of(scale))
        near(came, exactly(entropy_loss(image, text, scale))[0], "the loss")


@task("clip_loss", weight=2)
def test_clip_loss_gradients_of_fresh_pairs(submission, seed):
    """All three gradients follow from the softmaxes of rows and columns

    Gradients reach both towers and log_scale: exp of log_scale is inside the graph.
    """
    image, text = pairs(seed, 4, 5, 1.5)
    scale = scale_of(seed)
    logits = scale * torch.tensor(cosines(image, text), dtype=torch.float64)
    of_logits = (logits.softmax(1) + logits.softmax(0) - 2 * torch.eye(4)) / 8
    args = [image, text, log_of(scale)]
    came = submission.play(plays.with_gradients, "loss", "clip_loss", args)
    gradients_near(came["gradients"], through_cosines(of_logits, image, text, scale))
    close(came["arguments"], args, rtol=0, what="the arguments")


@task("clip_loss", weight=2)
def test_best_scale_of_a_noisy_bit(submission, seed):
    """A bit that flips with a fresh probability: the mean over all batches of three, at two scales

    The scale multiplies the cosines, exp(log_scale): compare two scales on batches in which pairs are not
    perfect.
    """
    flip = 0.05 + 0.3 * seed.uniform(1).item()
    bit, best = exactly(1, 0, -1, 0).reshape(2, 2), math.log((1 - flip) / flip) / 2
    for scale in (best, 1.4 * best):
        weights, given, expected = [], [], []
        for second, third, *came in itertools.product((0, 1), repeat=5):
            sent = [0, second, third]  # with 1 sent first everything is the same, mirrored
            odds = (flip if a != b else 1 - flip for a, b in zip(sent, came, strict=True))
            weights.append(math.prod(odds) / 4)
            given.append([bit[sent], bit[came], log_of(scale)])
            expected.append(entropy_loss(bit[sent], bit[came], scale))
        losses = submission.play(plays.of_batches, "loss", "clip_loss", given).double()
        near(exactly(*weights) @ losses, exactly(*weights) @ exactly(*expected), "the mean loss")


@task("clip_loss")
def test_clip_loss_in_float32_and_refusals(submission, seed):
    """Fresh pairs at scale 100 in float32 keep dtype and digits; unequal parts raise ValueError

    Try scale 100 in float32, and unequal parts: cross_entropy of logits, not the log of a softmax.
    """
    image, text = pairs(seed, 6, 4)
    came = submission.loss.clip_loss(image.float(), text.float(), log_of(100, torch.float32))
    expect_dtype(came, torch.float32)
    near(came, exactly(entropy_loss(image, text, 100.0))[0], "the loss", within=10 * SINGLE)
    one = submission.loss.clip_loss(image[:1], text[:1], log_of(3))
    near(one + 1, exactly(1)[0], "1 more than the loss of one pair")
    for n, m in ((0, 0), (5, 6), (6, 5)):
        with raises(ValueError):
            submission.loss.clip_loss(image[:n], text[:m], log_of(3))


# -------------------- 2.2 siglip_loss
def logistic(image: torch.Tensor, text: torch.Tensor, scale: float, bias: float) -> float:
    """Return the SigLIP loss by loops."""
    total = 0.0
    for i, row in enumerate(cosines(image, text)):
        for j, value in enumerate(row):
            wrong_way = (-1 if i == j else 1) * (scale * value + bias)
            total += max(wrong_way, 0) + math.log1p(math.exp(-abs(wrong_way)))
    return total / len(image)


@task("siglip_loss", gate=True)
def test_siglip_is_an_answer_at_all(submission, seed):
    """Batches from perfect pairs to opposites cost ever more, or the bias goes down with their size"""
    made, bias = batches(seed, 6, 3), torch.tensor(-2.0, dtype=torch.float64)

    def loss() -> None:
        given = [[*one, log_of(4), bias] for one in made]
        came = submission.play(plays.of_batches, "loss", "siglip_loss", given)
        expect_alike(came, exactly(*(logistic(*one, 4.0, -2.0) for one in made)))

    def initial() -> None:
        sizes = [3, 9, 30, 100 + seed.integer(1, 9)]
        ratios = [abs(submission.loss.initial_bias(n)) / math.log(n - 1) for n in sizes]
        expect(min(ratios) > 0.3 and max(ratios) < 3, "the biases do not go with the sizes")

    any_of(loss, initial)


@task("siglip_loss", weight=2)
def test_siglip_of_fresh_pairs(submission, seed):
    """Fresh pairs at a fresh scale and bias agree with loops over plain numbers

    -logsigmoid of sign times logit over all n^2 pairs, divided by n and not by n^2; the bias is added after
    the scale.
    """
    for n in (1, 2, 5):
        image, text = pairs(seed.fork(f"{n}"), n, 3)
        scale, bias = scale_of(seed), -8 * seed.fork("bias").uniform(1).item()
        came = submission.loss.siglip_loss(image, text, log_of(scale), torch.tensor(bias).double())
        near(came, exactly(logistic(image, text, scale, torch.tensor(bias).item()))[0], "the loss")


@task("siglip_loss", weight=2)
def test_siglip_gradients_of_fresh_pairs(submission, seed):
    """All four gradients follow from the sigmoid of the logits

    Four gradients: images, texts, log_scale, bias; that of a logit is a sigmoid less 1 on the diagonal.
    """
    image, text = pairs(seed, 4, 5, 1.5)
    scale, bias = scale_of(seed), torch.tensor(-1.75, dtype=torch.float64)
    logits = scale * torch.tensor(cosines(image, text), dtype=torch.float64) + bias
    of_logits = (torch.sigmoid(logits) - torch.eye(4)) / 4
    args = [image, text, log_of(scale), bias]
    came = submission.play(plays.with_gradients, "loss", "siglip_loss", args)
    expected = through_cosines(of_logits, image, text, scale) | {"bias": of_logits.sum()}
    gradients_near(came["gradients"], expected)
    close(came["arguments"], args, rtol=0, what="the arguments")


@task("siglip_loss")
def test_siglip_in_float32_and_refusals(submission, seed):
    """Logits of -150 cost 150 in float32; unequal parts raise ValueError

    Try logits of -150 in float32: logsigmoid, not log(sigmoid).
    """
    rows = torch.eye(4)
    came = submission.loss.siglip_loss(rows, -rows, log_of(100, torch.float32), torch.tensor(-50.0))
    expect_dtype(came, torch.float32)
    near(came, exactly(150)[0], "the loss", within=SINGLE)
    bias = torch.tensor(-1.0)
    for n, m in ((0, 0), (3, 4), (4, 3)):
        with raises(ValueError):
            submission.loss.siglip_loss(rows[:n], rows[:m], log_of(3, torch.float32), bias)


@task("siglip_loss")
def test_initial_bias_costs_least(submission, seed):
    """At the bias of a fresh N the loss of embeddings at right angles is ln N + (N - 1) ln(N / (N - 1))

    Set the derivative of softplus(-b) + (N - 1) softplus(b) to 0: each pair meets N - 1 strangers. A float
    comes back, and fewer than two pairs are refused.
    """
    n = seed.integer(3, 20)
    bias = submission.loss.initial_bias(n)
    near(bias, math.log(1 / (n - 1)), f"the bias for N = {n}")
    with raises(ValueError):
        submission.loss.initial_bias(-seed.integer(0, 3))
    with raises(ValueError):
        submission.loss.initial_bias(1)
    expect(isinstance(bias, float), "a number is asked for, not a tensor")


# -------------------- 2.3 multi_positive_loss
@task("multi_positive_loss", gate=True)
def test_groups_are_an_answer_at_all(submission, seed):
    """Batches from perfect pairs to opposites cost ever more"""
    made, group = batches(seed, 6, 3), [0, 1, 2, 1, 4, 5]
    given = [[*one, torch.tensor(group), log_of(4)] for one in made]
    came = submission.play(plays.of_batches, "loss", "multi_positive_loss", given)
    expect_alike(came, exactly(*(entropy_loss(*one, 4.0, group) for one in made)))


@task("multi_positive_loss", weight=2)
def test_groups_of_fresh_pairs(submission, seed):
    """Fresh pairs in fresh groups agree with loops over plain numbers

    Targets are shared evenly among all members of a group, in rows and in columns; groups need not stand
    together.
    """
    for n in (3, 7):
        image, text = pairs(seed.fork(f"{n}"), n, 3)
        group = (3 * seed.fork(f"group {n}").uniform(n)).long() * 17 - 20
        scale = scale_of(seed)
        came = submission.loss.multi_positive_loss(image, text, group, log_of(scale))
        near(came, exactly(entropy_loss(image, text, scale, group.tolist()))[0], "the loss")


@task("multi_positive_loss", weight=2)
def test_group_gradients_are_those_of_torch(submission, seed):
    """All gradients are those of F.cross_entropy with the even targets

    Compare with F.cross_entropy on probabilities as targets.
    """
    image, text = pairs(seed, 6, 4)
    group, scale = torch.tensor([2, 0, 2, 7, 0, 2]), scale_of(seed)
    leaves = [one.clone().requires_grad_() for one in (image, text, log_of(scale))]
    u, v = (F.normalize(one, dim=1) for one in leaves[:2])
    share = torch.stack([F.normalize((group == own).double(), p=1, dim=0) for own in group])
    logits = leaves[2].exp() * (u @ v.T)
    loss = (F.cross_entropy(logits, share) + F.cross_entropy(logits.T, share)) / 2
    expected = torch.autograd.grad(loss, leaves)
    args = [image, text, group, log_of(scale)]
    came = submission.play(plays.with_gradients, "loss", "multi_positive_loss", args)
    names = ("image", "text", "log_scale")
    gradients_near(came["gradients"], dict(zip(names, expected, strict=True)))
    close(came["arguments"], args, rtol=0, what="the arguments")


@task("multi_positive_loss")
def test_groups_in_float32_and_refusals(submission, seed):
    """At scale 100 in float32 nothing overflows; unequal parts raise ValueError

    Try scale 100 in float32: 0 times -inf is NaN, so mask rather than multiply. Unequal parts raise
    ValueError.
    """
    image, text = pairs(seed, 5, 3)
    group = torch.tensor([0, 1, 1, 0, 2])
    single = (image.float(), text.float(), group, log_of(100, torch.float32))
    came = submission.loss.multi_positive_loss(*single)
    expect_dtype(came, torch.float32)
    near(came, exactly(entropy_loss(image, text, 100.0, group.tolist()))[0], "the loss", within=10 * SINGLE)
    for n, m, k in ((0, 0, 0), (4, 5, 5), (5, 4, 5), (5, 5, 4)):
        with raises(ValueError):
            submission.loss.multi_positive_loss(image[:n], text[:m], group[:k], log_of(3))
