"""Hidden checks of GigaGAN's parts: fresh kernels, distances and levels, one by one."""

import torch
import torch.nn.functional as F

from autograder.checks import any_of, close, expect, raises, task
from autograder.nearness import near, near_single, unchanged

from .. import plays
from ..tests.test_gigagan import a_bank, by_distance, heads, levels, losses, one_by_one
from .fresh import expect_alike


# -------------------- 5.1 adaptive_conv
@task("adaptive_conv", gate=True)
def test_kernels_are_an_answer_at_all(submission, seed):
    """Mixed kernels or convolved images go with fresh inputs"""
    x, bank, logits, style = a_bank(seed)
    style = 1 + style.abs()
    mixed = torch.einsum("bn,noikl->boikl", logits.softmax(1), bank)
    any_of(
        lambda: expect_alike(submission.gigagan.select_kernel(bank, logits), mixed),
        lambda: expect_alike(
            submission.gigagan.adaptive_conv(x, bank, logits, style), one_by_one(x, bank, logits, style, True)
        ),
    )


@task("adaptive_conv", weight=3)
def test_fresh_convolutions(submission, seed):
    """Fresh kernels of 1, 3 and 5 pixels, demodulated and not, with other eps

    Demodulation divides each sample's and each output channel's kernel by its root of squares plus eps;
    padding keeps the size. Try kernels of 1, 3 and 5.
    """
    for k, eps in ((1, 1e-8), (3, 0.5), (5, 1e-8)):
        parts = a_bank(seed.fork(f"{k}"), k)
        came = submission.gigagan.adaptive_conv(*parts, eps=eps)
        near(came, one_by_one(*parts, True, eps), f"the image, k = {k}")
        plain = submission.gigagan.adaptive_conv(*parts, demodulate=False)
        near(plain, one_by_one(*parts, False), f"the image without demodulation, k = {k}")
        single = submission.gigagan.adaptive_conv(*(part.float() for part in parts), True, eps)
        near_single(single, one_by_one(*parts, True, eps))


@task("adaptive_conv")
def test_fresh_mixtures(submission, seed):
    """Kernels are mixed for each sample, and large logits choose one

    Kernels are mixed by softmax for each sample: try logits of thousands.
    """
    _, bank, logits, _ = a_bank(seed)
    shares = (logits - logits.logsumexp(dim=1, keepdim=True)).exp()
    expected = torch.stack([torch.tensordot(one, bank, 1) for one in shares])
    near(submission.gigagan.select_kernel(bank, logits), expected, "the kernels")
    sure = torch.tensor([[0.0, 900, 0, 0], [0, 0, 0, 900], [5, 5, 5, 5]]).double()
    expected = torch.stack([bank[1], bank[3], bank.mean(dim=0)])
    near(submission.gigagan.select_kernel(bank, sure), expected, "the kernels")


# -------------------- 5.2 l2_attention
@task("l2_attention", gate=True)
def test_attention_is_an_answer_at_all(submission, seed):
    """Attention among fresh tokens goes with their distances"""
    parts = heads(seed, 6, 6)
    expect_alike(submission.gigagan.l2_attention(*parts), by_distance(*parts))


@task("l2_attention", weight=3)
def test_fresh_attention(submission, seed):
    """Fresh queries, keys and values of other sizes, near and far, query by query

    -|q - k|^2 / sqrt(d), the distance squared, then softmax over keys: keys and values need not be as many as
    queries.
    """
    for scale, n, m in ((0.3, 2, 6), (1.0, 7, 3), (6.0, 4, 4)):
        q, k, v = heads(seed.fork(f"{n}"), n, m)
        parts = [scale * q, scale * k, v]
        near(submission.gigagan.l2_attention(*parts), by_distance(*parts), "the result", within=1e-11)
        near_single(submission.gigagan.l2_attention(*(part.float() for part in parts)), by_distance(*parts))


@task("l2_attention")
def test_keys_of_one_length(submission, seed):
    """Where all keys have one length it is attention by products with twice the queries

    Where all keys have one length, squared distances and twice the products differ by what softmax does not
    see.
    """
    q, k, v = heads(seed, 4, 6)
    k = F.normalize(k, dim=3)
    scores = 2 * torch.einsum("bhnd,bhmd->bhnm", q, k) / 2
    near(submission.gigagan.l2_attention(q, k, v), scores.softmax(dim=3) @ v, "the result")


# -------------------- 5.3 gigagan_loss
@task("gigagan_loss", gate=True)
def test_losses_are_an_answer_at_all(submission, seed):
    """Losses go with fresh logits, or levels and texts with what comes in"""
    made = [levels(seed.fork(f"{i}"), 3.0 * i) for i in range(6)]
    x, texts = seed.fork("x").normal(2, 2, 4, 4), seed.fork("texts").normal(5, 3)

    def adversaries() -> None:
        came = [submission.gigagan.multiscale_losses(*one)[0] for one in made]
        expect_alike(torch.stack(came), torch.stack([losses(*one)[0] for one in made]))

    def images() -> None:
        came = submission.play(plays.pyramid, x, 3)["levels"]
        sizes = sorted(tuple(one.shape[2:]) for one in came)
        expect(sizes == [(1, 1), (2, 2), (4, 4)], f"the levels have sizes {sizes}")
        expect(all(one.shape[2:] == x.shape[2:] or one.std() > 0 for one in came), "the levels are empty")
        means = torch.stack([one.mean() for one in came])
        expect((means - x.mean()).abs().max() < 1, "the levels are of other images")

    def others() -> None:
        came = submission.gigagan.wrong_texts(texts)
        rows = [[bool((a == b).all()) for b in texts] for a in came]
        expect(all(map(any, rows)) and not all(rows[i][i] for i in range(5)), "the texts are not others'")

    any_of(adversaries, images, others)


@task("gigagan_loss", weight=3)
def test_fresh_losses_of_levels(submission, seed):
    """Fresh logits of three levels, and the gradients of both losses

    The mean within a level, then over levels: three softplus terms for the adversary, the wrong texts' whole;
    the generator's with the other sign.
    """
    given = levels(seed, 4.0)
    due = losses(*given)
    came = submission.play(plays.gradients_of_losses, *given)
    near(came["losses"], due, "the losses: adversary and generator")
    signs = (-1, 1, 1)
    of_adversary = [
        sign * (sign * one).sigmoid() / one.numel() / 3
        for sign, part in zip(signs, given, strict=True)
        for one in part
    ]
    of_generator = [-(-one).sigmoid() / one.numel() / 3 for one in given[1]]
    for name, gradients, expected in (
        ("adversary", came["of adversary"], of_adversary),
        ("generator", came["of generator"], of_generator),
    ):
        expect(all(one is not None for one in gradients), f"a gradient of the {name}'s loss is missing")
        near(gradients, expected, f"the gradients of the {name}'s loss")
    with raises(ValueError):
        submission.gigagan.multiscale_losses(given[0], given[1], given[2][:2])


@task("gigagan_loss", weight=2)
def test_fresh_pyramids_and_texts(submission, seed):
    """Levels of fresh images are means block by block; every shift gives others' texts or is refused

    Levels are means of blocks; texts are shifted along the batch, and a shift that gives some image its own
    text is refused.
    """
    x = seed.normal(2, 3, 8, 4)
    came = submission.play(plays.pyramid, x, 3)
    blocks = [x] + [x.unfold(2, s, s).unfold(3, s, s).mean(dim=(4, 5)) for s in (2, 4)]
    near(came["levels"], blocks, "the levels")
    unchanged(came["argument"], x)
    for size in ((8, 2), (2, 8), (3, 4), (4, 3)):
        with raises(ValueError):
            submission.play(plays.pyramid, torch.zeros(1, 1, *size).double(), 3)
    texts = seed.fork("texts").normal(4, 2)
    for shift in (1, 2, 3, 5, -1):
        expected = torch.stack([texts[(i - shift) % 4] for i in range(4)])
        close(submission.gigagan.wrong_texts(texts, shift), expected, rtol=0, what="the text")
    for shift in (4, 0, -8):
        with raises(ValueError):
            submission.gigagan.wrong_texts(texts, shift)
