"""Hidden checks of DALL-E 2's parts: fresh tokens, chains from precisions, angles, decoders."""

import math

import torch

from autograder.checks import any_of, close, exactly, expect, raises, task
from autograder.nearness import LONG, near, near_single, unchanged

from .. import plays
from ..tests.test_unclip import a_decoder, ancestral, conditions, cosine_betas, noised, turned
from .fresh import expect_alike, not_the_input


# -------------------- 4.1 prior
@task("prior", gate=True)
def test_prior_is_an_answer_at_all(submission, seed):
    """Tokens, losses, samples or choices go with fresh inputs"""
    text, *rest = (
        seed.fork(f"{i}").normal(*s) for i, s in enumerate(((3, 2, 4), (3, 4), (3, 4), (3, 4), (4,)))
    )
    betas = cosine_betas(5)
    noises, cond = seed.fork("noises").normal(6, 4, 6), 3 * seed.fork("cond").normal(4, 6)
    net = torch.full((5,), 0.6).double(), torch.zeros(5).double()
    z, candidates = seed.fork("z").normal(6, 5), seed.fork("candidates").normal(6, 3, 5)

    def tokens() -> None:
        came = submission.unclip.prior_tokens(text, *rest)
        expect_alike(came.sort(dim=1).values, torch.cat([text, torch.stack(
            [*rest[:3], rest[3].expand(3, 4)], dim=1)], dim=1).sort(dim=1).values)  # fmt: skip

    def choices() -> None:
        came = submission.unclip.choose(candidates, z)
        expect_alike(came, candidates[range(6), (candidates * z[:, None]).sum(2).argmax(1)])

    def losses() -> None:
        t, a = torch.tensor([1, 0, 1, 0]), exactly(0.9, 0.4)
        nets = torch.zeros(2).double()
        scales = (0.0, 1.0, 3.0, 9.0)
        made = [
            submission.play(plays.prior_loss, nets, cond, s * noises[1], noises[0], t, a)["loss"]
            for s in scales
        ]
        expect_alike(torch.stack([torch.as_tensor(one) for one in made]), exactly(*scales))

    def samples() -> None:
        nothing = torch.zeros_like(cond)
        came = submission.play(plays.sample_prior, *net, nothing, noises, betas)["result"]
        expect_alike(came, ancestral(net, nothing, noises, betas))

    any_of(samples, tokens, choices, losses)


@task("prior", weight=2)
def test_fresh_chains(submission, seed):
    """Fresh nets and noises end where the product of two Gaussians leads, from step to step

    The posterior's coefficients from predicted and present embedding: from step to step, without noise at the
    last.
    """
    for T, d in ((1, 3), (2, 4), (6, 2)):
        draw = seed.fork(f"{T}")
        betas = 0.05 + 0.9 * draw.fork("betas").uniform(T)
        noises, cond = draw.fork("noises").normal(T + 1, 3, d), 2 * draw.fork("cond").normal(3, d)
        net = draw.fork("slopes").normal(T), draw.fork("shifts").normal(T)
        came = submission.play(plays.sample_prior, *net, cond, noises, betas)
        near(
            came["result"], ancestral(net, cond, noises, betas), f"the embedding after {T} steps", within=LONG
        )
        expect(not came["recorded"], "the result is recorded")
        close(came["t"], torch.arange(T - 1, -1, -1)[:, None].expand(T, 3), rtol=0, what="t")
        unchanged(came["argument"], noises)


@task("prior", weight=2)
def test_fresh_losses_of_the_prior(submission, seed):
    """Fresh embeddings of any length, each at its step: what the net sees and what it costs

    Each embedding is brought to length sqrt(d), noised at its own step, and is itself the target: the clean,
    scaled one.
    """
    z_image, noise = 5 * seed.fork("z").normal(4, 3), seed.fork("noise").normal(4, 3)
    alpha_bar, t = exactly(0.99, 0.8, 0.3, 0.01), torch.tensor([1, 3, 0, 2])
    slopes, cond = seed.fork("slopes").normal(4), seed.fork("cond").normal(4, 3)
    clean, z_t = noised(z_image, noise, t.tolist(), alpha_bar)
    came = submission.play(plays.prior_loss, slopes, z_image, cond, noise, t, alpha_bar)
    near(came["asked"][0], z_t, "z_t")
    near(came["loss"], (slopes[t][:, None] * z_t + cond - clean).square().sum() / 12, "the loss")
    unchanged(came["arguments"], [z_image, noise, t, alpha_bar])


@task("prior")
def test_fresh_tokens_and_choices(submission, seed):
    """Fresh tokens in their order; of fresh candidates the one with the largest product

    Rows of text, the text's embedding, clock, noised image embedding, query, in this order; the candidate
    with the largest product, not cosine.
    """
    parts = [seed.fork(f"{i}").normal(*s) for i, s in enumerate(((2, 3, 4), (2, 4), (2, 4), (2, 4), (4,)))]
    came = submission.unclip.prior_tokens(*parts)
    for row in range(2):
        expected = [*parts[0][row], *(part[row] for part in parts[1:4]), parts[4]]
        close(came[row], torch.stack(expected), rtol=0, what="the tokens", axes=("token", "channel"))
    sizes = 1 + 5 * seed.fork("sizes").uniform(9, 4, 1)
    candidates, text = sizes * seed.fork("c").normal(9, 4, 3), seed.fork("text").normal(9, 3)
    candidates[0, 2] = candidates[0, 1]
    for one, words, chosen in zip(candidates, text, submission.unclip.choose(candidates, text), strict=True):
        products = [sum(a * b for a, b in zip(c, words.tolist(), strict=True)) for c in one.tolist()]
        close(chosen, one[products.index(max(products))], rtol=0, what="the choice")


# -------------------- 4.2 embedding_edits
@task("embedding_edits", gate=True)
def test_edits_are_an_answer_at_all(submission, seed):
    """Ways between fresh directions, edits or conditions go with what comes in"""
    a, b, c = (seed.fork(name).normal(12, 8) for name in "abc")
    parts = a_decoder(seed)

    def decoders() -> None:
        came = submission.play(plays.decoder_condition, *parts, None)
        not_the_input(came["clock"], parts[2])
        expect_alike(came["clock"], conditions(parts, [False] * 3)[0])

    any_of(
        lambda: expect_alike(submission.unclip.slerp(a, b, 0.5), b),
        lambda: expect_alike(submission.unclip.text_diff(a, b, c, 0.8), b - c),
        decoders,
    )


@task("embedding_edits", weight=3)
def test_fresh_ways(submission, seed):
    """Fresh directions, wide angles, shares outside [0, 1] and edits, in the plane of both

    Slerp between unit directions, with shares below 0 and above 1; a text difference is normalised before it
    is a direction.
    """
    for i, width in enumerate((1.0, 0.2, 0.005)):
        draw = seed.fork(f"{i}")
        a, noise = draw.fork("a").normal(4, 6), draw.fork("b").normal(4, 6)
        b = exactly(1, 1, -1, -1)[:, None] * a + width * noise
        t = draw.fork("t").uniform(4)
        expected = torch.stack([turned(*one) for one in zip(a, b, t.tolist(), strict=True)])
        near(submission.unclip.slerp(a, b, t), expected, "the way", within=LONG)
        theta = draw.fork("theta").uniform(1).item()
        new = draw.fork("new").normal(4, 6)
        edited = torch.stack([turned(z, d, theta) for z, d in zip(a, new - b, strict=True)])
        near(submission.unclip.text_diff(a, new, b, theta), edited, "the edit", within=LONG)
    near_single(submission.unclip.text_diff(*(one.float() for one in (a, new, b)), theta), edited)
    for t in (0.0, 1.0):
        end = (b if t else a) / (b if t else a).norm(dim=1, keepdim=True)
        near(submission.unclip.slerp(a, b, t), end, f"the end at t = {t}", within=LONG)


@task("embedding_edits", weight=2)
def test_fresh_edges(submission, seed):
    """Angles below and above 1e-4 from 0 and from pi, and equal texts

    Try angles next to 0 and to pi, and equal texts: sin of the angle vanishes there. atan2 keeps digits that
    acos loses.
    """
    a, across = seed.fork("a").normal(2, 3), exactly(0, 0, 0, 0, 0, 0).reshape(2, 3)
    a = a / a.norm(dim=1, keepdim=True)
    across[:, 0], across[:, 1] = -a[:, 1], a[:, 0]  # at right angles to a
    across = across / across.norm(dim=1, keepdim=True)
    for angle in (0.0, 1e-9, 5e-5, 5e-4):
        b = math.cos(angle) * a + math.sin(angle) * across
        expected = math.cos(angle / 4) * a + math.sin(angle / 4) * across
        near(
            submission.unclip.slerp(a, 3 * b, 0.25), expected, f"the way at an angle of {angle}", within=1e-10
        )
    for gap, refused in ((0.0, True), (5e-5, True), (1e-3, False)):
        b = -math.cos(gap) * a + math.sin(gap) * across
        if refused:
            with raises(ValueError):
                submission.unclip.slerp(a, torch.cat([a[:1], b[1:]]), 0.25)
        else:
            expected = torch.stack([turned(*one, 0.25) for one in zip(a, b, strict=True)])
            near(submission.unclip.slerp(a, b, 0.25), expected, "the way", within=LONG)
    with raises(ValueError):
        submission.unclip.text_diff(a, torch.cat([across[:1], a[1:]]), torch.cat([a[:1], a[1:]]), 0.3)


@task("embedding_edits", weight=2)
def test_fresh_conditions(submission, seed):
    """Clocks and rows of fresh decoders, with and without samples that are dropped

    What is dropped becomes zeros before both projections, so that their biases stay; four rows are put behind
    the text, and the clock is added to.
    """
    parts = a_decoder(seed)
    for drop in ([True, True, False], [False, False, True], None):
        told = None if drop is None else torch.tensor(drop)
        came = submission.play(plays.decoder_condition, *parts, told)
        clock, rows = conditions(parts, drop or [False] * 3)
        near(came["clock"], clock, "the clock")
        near(came["rows"], rows, "the rows")
        unchanged(came["arguments"], list(parts[1:]))
