"""Public checks of GigaGAN's parts: sample by sample, by hand, and where logits are far out."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task
from autograder.nearness import EXACT, WORKED, near, near_single, unchanged

from .. import plays


# -------------------- 5.1 adaptive_conv
def a_bank(seed: Seed, k: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return two images of 3 channels, four kernels to 5 channels, their logits, and styles."""
    x, bank = seed.fork("x").normal(2, 3, 4, 6), seed.fork("bank").normal(4, 5, 3, k, k)
    return x, bank, seed.fork("logits").normal(2, 4), seed.fork("style").normal(2, 3)


def one_by_one(x: Tensor, bank: Tensor, logits: Tensor, style: Tensor, unit: bool, eps: float = 0) -> Tensor:
    """Return the images, sample by sample and filter by filter."""
    images = []
    for image, chosen, factors in zip(x, logits, style, strict=True):
        shares = chosen.exp() / chosen.exp().sum()
        maps = []
        for o in range(bank.shape[1]):
            kernel = sum(share * one[o] for share, one in zip(shares, bank, strict=True))
            kernel = torch.stack([f * plane for f, plane in zip(factors, kernel, strict=True)])
            if unit:
                kernel = kernel / math.sqrt((kernel**2).sum().item() + eps)
            maps.append(F.conv2d(image[None], kernel[None], padding=bank.shape[-1] // 2)[0, 0])
        images.append(torch.stack(maps))
    return torch.stack(images)


@task("adaptive_conv")
def test_worked_kernels(submission):
    """Logits (ln 3, 0) mix kernels 1 and 5 to 2; (0, 0) to 3; (-1000, 0) to 5"""
    bank = exactly(1, 1, 5, 5).reshape(2, 2, 1, 1, 1)
    logits = exactly(math.log(3), 0, 0, 0, -1000, 0).reshape(3, 2)
    came = submission.gigagan.select_kernel(bank, logits)
    expected = exactly(2, 2, 3, 3, 5, 5).reshape(3, 2, 1, 1, 1)
    near(came, expected, "the kernel", "A softmax over the bank for each sample.")


@task("adaptive_conv", weight=3)
def test_each_sample_has_its_kernel(submission, seed):
    """Two samples come out as each does alone, with filters of length 1 after mixing and style"""
    for k in (3, 1):
        parts = a_bank(seed, k)
        came = submission.gigagan.adaptive_conv(*parts)
        hint = "Mix, then style on input channels, then divide each filter by its length; groups = b."
        axes = ("sample", "channel", "row", "column")
        expected = one_by_one(*parts, True, 1e-8)
        close(came, expected, rtol=EXACT, atol=EXACT, hint=hint, axes=axes)


@task("adaptive_conv")
def test_style_only_turns(submission, seed):
    """Styles times 7 change nothing, and styles times -1 the sign"""
    x, bank, logits, style = a_bank(seed)
    expected = one_by_one(x, bank, logits, style, True)
    for factor, sign in ((7, 1), (-1, -1)):
        came = submission.gigagan.adaptive_conv(x, bank, logits, factor * style)
        hint = "Demodulation comes last, after the style, and divides by the filter's length."
        close(
            came, sign * expected, rtol=1e-7, atol=1e-7, what=f"the image at {factor} times style", hint=hint
        )


@task("adaptive_conv")
def test_without_demodulation(submission, seed):
    """With demodulate=False the kernels keep their lengths: the mix of four convolutions"""
    parts = a_bank(seed)
    came = submission.gigagan.adaptive_conv(*parts, demodulate=False)
    near(came, one_by_one(*parts, False), "the image", "The style multiplies as it is: 1 changes nothing.")
    single = submission.gigagan.adaptive_conv(*(part.float() for part in parts), demodulate=False)
    near_single(single, one_by_one(*parts, False), "the image")


@task("adaptive_conv")
def test_eps_inside_the_root(submission, seed):
    """eps is added to the sum of squares: at eps = 4, and at the default 1e-8 for a style of 0"""
    x, bank, logits, style = a_bank(seed)
    came = submission.gigagan.adaptive_conv(x, bank, logits, style, True, 4.0)
    near(came, one_by_one(x, bank, logits, style, True, 4.0), "the image at eps = 4")
    small = 1e-4 * style
    came = submission.gigagan.adaptive_conv(x, bank, logits, small)
    near(came, one_by_one(x, bank, logits, small, True, 1e-8), "the image at a style near 0", within=1e-9)


# -------------------- 5.2 l2_attention
def by_distance(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return attention by squared distances, query by query."""
    out = torch.zeros(*q.shape[:3], v.shape[-1], dtype=torch.float64)
    for b in range(q.shape[0]):
        for h in range(q.shape[1]):
            for i, query in enumerate(q[b, h]):
                far = ((query - k[b, h]) ** 2).sum(dim=1) / math.sqrt(len(query))
                weights = (far.min() - far).exp()
                out[b, h, i] = weights @ v[b, h] / weights.sum()
    return out


def heads(seed: Seed, n: int = 3, m: int = 5) -> list[Tensor]:
    """Return queries, keys and values of 2 samples and 2 heads, of 4 numbers."""
    return [seed.fork(name).normal(2, 2, rows, 4) for name, rows in (("q", n), ("k", m), ("v", m))]


@task("l2_attention", weight=2)
def test_worked_attention(submission):
    """Query 0 sees keys 0, 1, 2 with weights .7213992, .2653880, .0132129, and query 2 the other way round"""
    q, k = exactly(0, 2).reshape(1, 1, 2, 1), exactly(0, 1, 2).reshape(1, 1, 3, 1)
    came = submission.gigagan.l2_attention(q, k, exactly(1, 10, 100).reshape(1, 1, 3, 1))
    total = 1 + math.exp(-1) + math.exp(-4)
    expected = exactly(1 + 10 * math.exp(-1) + 100 * math.exp(-4), math.exp(-4) + 10 * math.exp(-1) + 100)
    hint = "Minus the squared distance, over the root of d, softmax over keys."
    near(came.flatten(), expected / total, "the result", hint)


@task("l2_attention", weight=2)
def test_attention_query_by_query(submission, seed):
    """Two samples of two heads, 3 queries and 5 keys, agree with distances one by one"""
    parts = heads(seed)
    came = submission.gigagan.l2_attention(*parts)
    near(
        came,
        by_distance(*parts),
        "the result",
        "Divide by sqrt(d), d = 4 here; keys have lengths of their own.",
    )
    single = submission.gigagan.l2_attention(*(part.float() for part in parts))
    near_single(single, by_distance(*parts))


@task("l2_attention")
def test_common_shift_changes_nothing(submission, seed):
    """Queries and keys that are all moved by one vector give the same"""
    q, k, v = heads(seed)
    shift = 3 * seed.fork("shift").normal(4)
    came = submission.gigagan.l2_attention(q + shift, k + shift, v)
    near(came, by_distance(q, k, v), "the result", "What counts is q - k alone.", 1e-11)


@task("l2_attention")
def test_tokens_far_apart_see_themselves(submission, seed):
    """Where q = k and all are far apart, each token gets its own value"""
    _, k, v = heads(seed)
    came = submission.gigagan.l2_attention(40 * k, 40 * k, v)
    near(came, v, "the result", "A distance of 0 is the nearest: it needs the minus sign.")


# -------------------- 5.3 gigagan_loss
def softplus(x: float) -> float:
    """Return ln(1 + e^x) without overflow."""
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def losses(real: list[Tensor], fake: list[Tensor], mismatched: list[Tensor]) -> list[Tensor]:
    """Return both losses in plain numbers."""
    adversary, generator = [], []
    for r, f, m in zip(real, fake, mismatched, strict=True):
        means = [
            math.fsum(softplus(sign * value) for value in part.flatten().tolist()) / part.numel()
            for sign, part in ((-1, r), (1, f), (1, m), (-1, f))
        ]
        adversary.append(sum(means[:3]))
        generator.append(means[3])
    return [exactly(sum(one) / len(one))[0] for one in (adversary, generator)]


@task("gigagan_loss", weight=2)
def test_worked_losses(submission):
    """Real (1, -1), fake (0, 2), mismatched (.5, .5) cost 3.1973763 and .4100376; zeros 3 ln 2 and ln 2"""
    came = submission.gigagan.multiscale_losses([exactly(1, -1)], [exactly(0, 2)], [exactly(0.5, 0.5)])
    hint = "softplus(-real) + softplus(fake) + softplus(mismatched), each a mean; softplus(-fake)."
    close(came, (3.1973763, 0.4100376), rtol=0, atol=WORKED, what="adversary and generator", hint=hint)
    zeros = [torch.zeros(2, 1, 3, 3).double(), torch.zeros(2, 1).double()]
    came = submission.gigagan.multiscale_losses(zeros, zeros, zeros)
    near(tuple(came), (exactly(3 * math.log(2))[0], exactly(math.log(2))[0]), "adversary and generator", hint)


def levels(seed: Seed, scale: float) -> list[list[Tensor]]:
    """Return logits of three levels for real, fake and mismatched pairs, of unequal numbers."""
    shapes = ((2, 1, 4, 4), (2, 1, 2, 2), (2, 1))
    return [
        [scale * seed.fork(f"{name}{i}").normal(*shape) for i, shape in enumerate(shapes)] for name in "rfm"
    ]


@task("gigagan_loss", weight=2)
def test_every_level_counts_the_same(submission, seed):
    """Three levels of 32, 8 and 2 logits: the mean of the three means, also where logits are hundreds"""
    for scale in (1.0, 200.0):
        given = levels(seed, scale)
        came = submission.gigagan.multiscale_losses(*given)
        hint = "Average within a level first; F.softplus does not overflow."
        near(list(came), losses(*given), "the losses: adversary and generator", hint)
        learnt = submission.play(plays.gradients_of_losses, *given)
        reached = [one is not None for one in (*learnt["of adversary"], *learnt["of generator"])]
        expect(all(reached), "a gradient is missing", "Both losses reach all their logits: detach nothing.")
        single = submission.gigagan.multiscale_losses(*([one.float() for one in part] for part in given))
        for name, value, due in zip(("adversary", "generator"), single, losses(*given), strict=True):
            near_single(value, due, f"the loss of the {name}")


@task("gigagan_loss")
def test_levels_are_refused(submission):
    """No level, and lists of unequal length, raise ValueError"""
    one = [exactly(1)]
    for parts in (([], [], []), (one, one, []), (one, 2 * one, one), (2 * one, one, one)):
        with raises(ValueError):
            submission.gigagan.multiscale_losses(*parts)


@task("gigagan_loss")
def test_texts_of_others(submission):
    """Of texts 1, 2, 3 sample 0 gets the third, and with shift 2 or -1 the second; shifts 3 and 0 raise"""
    texts = exactly(1, 10, 2, 20, 3, 30).reshape(3, 2)
    for shift, order in (((), [2, 0, 1]), ((2,), [1, 2, 0]), ((-1,), [1, 2, 0])):
        came = submission.gigagan.wrong_texts(texts, *shift)
        close(came, texts[order], rtol=0, what="the text", axes=("sample", "channel"))
    for rows, shift in ((3, 3), (3, 0), (1, 1), (2, -4)):
        with raises(ValueError):
            submission.gigagan.wrong_texts(texts[:rows], shift)


@task("gigagan_loss")
def test_pyramid_of_means(submission):
    """Pixels 0 to 23 in 4 x 6 have the means 3.5 5.5 7.5 15.5 17.5 19.5, which go no further"""
    x = torch.arange(24, dtype=torch.float64).reshape(1, 1, 4, 6).expand(2, 2, 4, 6)
    came = submission.play(plays.pyramid, x, 2)
    half = exactly(3.5, 5.5, 7.5, 15.5, 17.5, 19.5).reshape(1, 1, 2, 3).expand(2, 2, 2, 3)
    near(came["levels"], [x, half], "the levels", "2 x 2 means, and x itself is the first of the levels.")
    unchanged(came["argument"], x)
    near(submission.play(plays.pyramid, x, 1)["levels"], [x], "the levels when there is one", within=EXACT)
    tall = x.reshape(2, 2, 6, 4)
    for image, number in ((x, 3), (tall, 3)):
        with raises(ValueError):
            submission.play(plays.pyramid, image, number)
    expect(len(came["levels"]) == 2, "levels counts x too")
