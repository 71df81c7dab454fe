"""Public checks of the three losses: worked pairs, closed forms, gradients from the softmax by hand."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import close, exactly, expect_dtype, raises, task

from .. import plays
from .near import IN_PLACE, SINGLE, WORKED, gradients_near, near
from .worked import IMAGES, LOG_TWO, TEXTS, log_of, pairs, through_cosines

MINUS_ONE = torch.tensor(-1.0, dtype=torch.float64)
SOFTPLUS = (math.log1p(math.exp(-10)) + 10, math.log1p(math.exp(-10)))  # of 10 and of -10


def identity(n: int) -> Tensor:
    """Return n orthonormal rows."""
    return torch.eye(n, dtype=torch.float64)


def cosines(image: Tensor, text: Tensor) -> Tensor:
    """Return torch's cosines of all pairs."""
    return F.cosine_similarity(image[:, None], text[None], dim=2)


def refuse_odd_batches(call) -> None:
    """Expect ValueError without a pair, and for different numbers of images and texts."""
    for image, text in ((IMAGES[:0], TEXTS[:0]), (IMAGES, TEXTS[:2]), (IMAGES[:2], TEXTS)):
        with raises(ValueError, hint="count_pairs in batch.py raises it."):
            call(image, text)


# -------------------- 2.1 clip_loss
@task("clip_loss", weight=3)
def test_clip_loss_of_the_worked_pairs(submission):
    """The handout's three pairs at scale 2 cost 0.8068101291"""
    came = submission.loss.clip_loss(IMAGES, TEXTS, LOG_TWO)
    hint = "Half of the mean over rows, 0.7963409825, and of the mean over columns, 0.8172792757."
    near(came, exactly(0.8068101291)[0], "the loss", hint, WORKED)


@task("clip_loss")
def test_clip_loss_of_equal_embeddings(submission):
    """Where all are the same the loss is ln N: 3.465735903 for 32; a single pair costs nothing"""
    same = torch.ones(32, 3, dtype=torch.float64)
    hint = "An image is compared with all N texts and with no image, a text with all N images."
    near(
        submission.loss.clip_loss(same, 2 * same, log_of(10)),
        exactly(math.log(32))[0],
        "the loss of 32",
        hint,
    )
    came = submission.loss.clip_loss(same[:1], -same[:1], log_of(10))
    near(came, exactly(0)[0], "the loss of one pair", hint)


@task("clip_loss")
def test_clip_loss_at_its_least(submission):
    """Orthonormal pairs cost ln(1 + (N - 1) e^-s); corners of a simplex cost less, 0.5826576531 for N = 4"""
    hint = "s = exp(log_scale) multiplies the cosine, which is 1 for a pair, and 0 or -1/3 for others."
    for n, s, worked in ((4, 1.0, 0.7436683806), (64, 1 / 0.07, math.log1p(63 * math.exp(-1 / 0.07)))):
        came = submission.loss.clip_loss(identity(n), identity(n), log_of(s))
        near(came, exactly(worked)[0], f"the loss of {n} orthonormal pairs at scale {s:.4g}", hint, WORKED)
    corners = identity(4) - 0.25
    came = submission.loss.clip_loss(corners, corners, log_of(1))
    near(came, exactly(0.5826576531)[0], "the loss of a simplex", hint, WORKED)


@task("clip_loss", weight=2)
def test_clip_loss_gradients(submission, seed):
    """The gradient of the logits is (rows' softmax + columns' softmax - 2 where a pair is) / 2N"""
    image, text = pairs(seed, 5, 3)
    for first, second, log_scale in ((IMAGES, TEXTS, LOG_TWO), (image, text, log_of(3))):
        logits, n = log_scale.exp() * cosines(first, second), len(first)
        of_logits = (logits.softmax(1) + logits.softmax(0) - 2 * identity(n)) / (2 * n)
        args = [first, second, log_scale]
        came = submission.play(plays.with_gradients, "loss", "clip_loss", args)
        expected = through_cosines(of_logits, first, second, log_scale.exp().item())
        gradients_near(came["gradients"], expected, "In the worked pairs -0.0803452212 for log_scale.")
        close(came["arguments"], args, rtol=0, what="the arguments", hint=IN_PLACE)


@task("clip_loss")
def test_clip_loss_at_scale_100(submission):
    """In float32 at scale 100, pairs that are all mistaken cost 100, and right ones nothing"""
    rows = torch.eye(5)
    hint = "e^100 is no float32 number: F.cross_entropy and logsumexp subtract the largest logit first."
    for text, loss in ((rows.roll(1, 0), 100.0), (rows, 0.0)):
        came = submission.loss.clip_loss(rows, text, log_of(100, torch.float32))
        expect_dtype(came, torch.float32)
        near(came, exactly(loss)[0], "the loss", hint, SINGLE)


@task("clip_loss")
def test_clip_loss_refuses_odd_batches(submission):
    """No pair, or different numbers of images and texts, raises ValueError"""
    refuse_odd_batches(lambda image, text: submission.loss.clip_loss(image, text, LOG_TWO))


@task("clip_loss")
def test_clip_loss_of_a_noisy_bit(submission):
    """A bit that flips one time in ten: over all batches of two the mean is 0.50911508 at scale 3's log"""
    bit, weights, batches = exactly(1, 0, -1, 0).reshape(2, 2), [], []
    for number in range(16):
        sent, came = [number >> 3 & 1, number >> 2 & 1], [number >> 1 & 1, number & 1]
        weights.append(math.prod(0.5 * (0.1 if a != b else 0.9) for a, b in zip(sent, came, strict=True)))
        batches.append([bit[sent], bit[came], torch.tensor(math.log(math.log(3))).double()])
    losses = submission.play(plays.of_batches, "loss", "clip_loss", batches)
    hint = "ln 3 is the scale that training finds there; 1 and 2 cost more. Equal texts are negatives too."
    near(exactly(*weights) @ losses.double(), exactly(0.50911508)[0], "the mean loss", hint, 1e-8)


# -------------------- 2.2 siglip_loss
@task("siglip_loss", weight=2)
def test_siglip_of_the_worked_pairs(submission):
    """The handout's three pairs at scale 2 and bias -1 cost 1.8649259050"""
    came = submission.loss.siglip_loss(IMAGES, TEXTS, LOG_TWO, MINUS_ONE)
    hint = "All nine pairs, y = 1 on the diagonal and -1 elsewhere; the sum is divided by 3, not by 9."
    near(came, exactly(1.8649259050)[0], "the loss", hint, WORKED)


@task("siglip_loss")
def test_siglip_at_the_start(submission):
    """At scale 10 and bias -10 embeddings at right angles cost 10.0000453989, 10.0001815956 for N = 1, 4"""
    hint = "ln(1 + e^10) for the pair and ln(1 + e^-10) for each of N - 1 others."
    for n in (64, 1, 4):  # with 64 a wrong weight of the others changes more than float32's digits
        rows = identity(2 * n)
        came = submission.loss.siglip_loss(rows[:n], rows[n:], log_of(10), 10 * MINUS_ONE)
        near(came, exactly(SOFTPLUS[0] + (n - 1) * SOFTPLUS[1])[0], f"the loss for N = {n}", hint, WORKED)
    rows = identity(64)
    came = submission.loss.siglip_loss(rows, rows, log_of(10), 10 * MINUS_ONE)
    near(came, exactly(math.log(2) + 63 * SOFTPLUS[1])[0], "the loss of perfect pairs", hint, WORKED)


@task("siglip_loss", weight=2)
def test_siglip_gradients(submission, seed):
    """The gradient of each logit is (sigmoid - 1 where a pair is) / N; log_scale and bias get theirs"""
    image, text = pairs(seed, 5, 3)
    logits = 3 * cosines(image, text) - 1
    of_logits = (torch.sigmoid(logits) - identity(5)) / 5
    args = [image, text, log_of(3), MINUS_ONE]
    came = submission.play(plays.with_gradients, "loss", "siglip_loss", args)
    expected = through_cosines(of_logits, image, text, 3.0) | {"bias": of_logits.sum()}
    gradients_near(came["gradients"], expected, "The bias is added to the logits, behind the scale.")
    close(came["arguments"], args, rtol=0, what="the arguments", hint=IN_PLACE)


@task("siglip_loss")
def test_siglip_far_from_right(submission):
    """In float32 a pair at scale 100 and bias -100 whose cosine is -1 costs 200, not infinity"""
    row = torch.tensor([[3.0, 4.0]])
    came = submission.loss.siglip_loss(row, -row, log_of(100, torch.float32), torch.tensor(-100.0))
    expect_dtype(came, torch.float32)
    near(came, exactly(200)[0], "the loss", "sigmoid(-200) is 0 in float32: take F.logsigmoid.", SINGLE)


@task("siglip_loss")
def test_siglip_refuses_odd_batches(submission):
    """No pair, or different numbers of images and texts, raises ValueError; one pair does not"""
    refuse_odd_batches(lambda image, text: submission.loss.siglip_loss(image, text, LOG_TWO, MINUS_ONE))


@task("siglip_loss")
def test_initial_bias(submission):
    """initial_bias is -ln(N - 1): 0, -ln 3, -ln 255 for 2, 4, 256; N = 1 raises ValueError"""
    biases = {n: submission.loss.initial_bias(n) for n in (2, 4, 256)}
    for n, came in biases.items():
        hint = "Set the derivative of softplus(-b) + (N - 1) softplus(b) to 0."
        near(came, math.log(1 / (n - 1)), f"the bias for N = {n}", hint)
    for n in (1, 0):
        with raises(ValueError, hint="One pair has no negative: any bias could grow for ever."):
            submission.loss.initial_bias(n)


# -------------------- 2.3 multi_positive_loss
def of_groups(group: list[int], logits: Tensor) -> Tensor:
    """Return the gradient of the logits: both softmaxes, less the even share of each group's members."""
    member = torch.tensor([[float(a == b) for b in group] for a in group]).double()
    share = member / member.sum(dim=1, keepdim=True)
    return (logits.softmax(1) + logits.softmax(0) - share - share.T) / (2 * len(group))


@task("multi_positive_loss", weight=2)
def test_groups_of_the_worked_pairs(submission):
    """The worked pairs at scale 2 in groups 0, 1, 0 cost 1.3401434624; all in one group 1.3756990180"""
    hint = "The target of a row is 1/2 for both members of its group; cross-entropy takes such targets."
    for group, worked in (([0, 1, 0], 1.3401434624), ([5, 5, 5], 1.3756990180)):
        came = submission.loss.multi_positive_loss(IMAGES, TEXTS, torch.tensor(group), LOG_TWO)
        near(came, exactly(worked)[0], f"the loss of groups {group}", hint, WORKED)


@task("multi_positive_loss")
def test_groups_of_one_are_clip(submission):
    """Where each row is a group of its own, whatever its number, the loss is 0.8068101291 as in 2.1"""
    came = submission.loss.multi_positive_loss(IMAGES, TEXTS, torch.tensor([40, -3, 7]), LOG_TWO)
    near(came, exactly(0.8068101291)[0], "the loss", "Numbers of groups are names, and no indices.", WORKED)


@task("multi_positive_loss")
def test_least_loss_is_not_zero(submission):
    """Two groups of perfect pairs at scale 100 still cost ln 2 and ln 3: the entropy of the target"""
    rows = identity(2)[[0, 0, 1, 1, 1]]
    came = submission.loss.multi_positive_loss(rows, rows, torch.tensor([9, 9, 2, 2, 2]), log_of(100))
    hint = "Each of k members gets the probability 1/k at best."
    near(came, exactly(0.4 * math.log(2) + 0.6 * math.log(3))[0], "the loss", hint)


@task("multi_positive_loss", weight=2)
@pytest.mark.parametrize("group", [[0, 1, 0, 2, 1, 0], [3, 3, 3, 3, 3, 3]], ids=["three", "one"])
def test_gradients_of_groups(submission, seed, group):
    """The gradient of the logits is the softmaxes less the even targets, for three groups and for one"""
    image, text = pairs(seed, 6, 3)
    args = [image, text, torch.tensor(group), log_of(3)]
    came = submission.play(plays.with_gradients, "loss", "multi_positive_loss", args)
    expected = through_cosines(of_groups(group, 3 * cosines(image, text)), image, text, 3.0)
    gradients_near(came["gradients"], expected, "Both directions have the same targets.")
    close(came["arguments"], args, rtol=0, what="the arguments", hint=IN_PLACE)


@task("multi_positive_loss")
def test_groups_refuse_odd_batches(submission):
    """No pair, or different numbers of images, texts and groups, raises ValueError; float32 stays float32"""
    refuse_odd_batches(
        lambda image, text: submission.loss.multi_positive_loss(
            image, text, torch.arange(len(image)), LOG_TWO
        )
    )
    with raises(ValueError, hint="count_pairs takes the groups too."):
        submission.loss.multi_positive_loss(IMAGES, TEXTS, torch.arange(2), LOG_TWO)
    single = [part.float() for part in (IMAGES, TEXTS)]
    came = submission.loss.multi_positive_loss(*single, torch.tensor([0, 1, 0]), LOG_TWO.float())
    expect_dtype(came, torch.float32, "A mask of truth values becomes numbers of the logits' dtype.")
