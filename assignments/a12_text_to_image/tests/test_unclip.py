"""Public checks of DALL-E 2's parts: worked tokens, a Gaussian prior that is known exactly, angles."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, raises, task
from autograder.nearness import LONG, WORKED, near, near_single, unchanged

from .. import plays

ALPHA_BAR = exactly(0.9216, 0.64, 0.36, 0.0784)  # signal 24/25, 4/5, 3/5, 7/25


# -------------------- 4.1 prior
@task("prior")
def test_tokens_in_their_order(submission):
    """Rows of text (1, 2), text embedding 3, clock 4, noised embedding 5 and query 6 are the tokens 1 to 6"""
    text = torch.tensor([1.0, 2.0])[None, :, None].expand(2, 2, 3).double()
    three, four, five = (torch.full((2, 3), float(value)).double() for value in (3, 4, 5))
    five[1] = -5
    came = submission.unclip.prior_tokens(text, three, four, five, torch.full((3,), 6.0).double())
    expected = exactly(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, -5, 6).reshape(2, 6, 1).expand(2, 6, 3)
    close(came, expected, rtol=0, what="the token", axes=("sample", "token", "channel"))


@task("prior", weight=2)
def test_loss_of_a_net_that_knows(submission, seed):
    """A net that answers the unit embedding times the root of d costs 0, and 0.5 beside it 0.25"""
    z_image, noise = seed.fork("z").normal(3, 5), seed.fork("noise").normal(3, 5)
    clean = math.sqrt(5) * z_image / z_image.norm(dim=1, keepdim=True)
    t = torch.tensor([2, 0, 3])
    for off in (0.0, 0.5):
        cond = clean + off
        came = submission.play(plays.prior_loss, torch.zeros(4), z_image, cond, noise, t, ALPHA_BAR)
        hint = "The net predicts the clean embedding, of length sqrt(d): not the noise, not unit length."
        near(came["loss"], exactly(off**2)[0], "the loss", hint)


def noised(z_image: Tensor, noise: Tensor, t: list[int], alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return the clean and the noised embeddings in scaled coordinates, sample by sample."""
    clean, found = [], []
    for z, eps, step in zip(z_image, noise, t, strict=True):
        clean.append(z * math.sqrt(len(z)) / math.sqrt((z * z).sum().item()))
        a = alpha_bar[step].item()
        found.append(math.sqrt(a) * clean[-1] + math.sqrt(1 - a) * eps)
    return torch.stack(clean), torch.stack(found)


@task("prior", weight=2)
def test_what_the_prior_is_shown(submission, seed):
    """The net sees signal sqrt(alpha_bar[t]) and noise sqrt(1 - alpha_bar[t]), each sample at its step"""
    z_image, noise = 3 * seed.fork("z").normal(3, 5), seed.fork("noise").normal(3, 5)
    slopes, t = exactly(0.5, -1, 2, 0.25), torch.tensor([2, 0, 3])
    cond = seed.fork("cond").normal(3, 5)
    clean, z_t = noised(z_image, noise, t.tolist(), ALPHA_BAR)
    came = submission.play(plays.prior_loss, slopes, z_image, cond, noise, t, ALPHA_BAR)
    near(came["asked"][0], z_t, "z_t", "Scale the embedding first; the noise has deviation 1.")
    loss = (slopes[t][:, None] * z_t + cond - clean).square().sum() / 15
    near(came["loss"], loss, "the loss", "A mean over all values.")
    unchanged(came["arguments"], [z_image, noise, t, ALPHA_BAR])
    single = [one.float() for one in (z_image, cond, noise)]
    came = submission.play(plays.prior_loss, slopes, *single, t, ALPHA_BAR)
    near_single(came["loss"], loss, "the loss")


def cosine_betas(T: int) -> Tensor:
    """Return the betas of the cosine schedule."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    left = torch.cos((u + 0.008) / 1.008 * math.pi / 2).square()
    return (1 - left[1:] / left[:-1]).clamp(max=0.999)


def exact_net(betas: Tensor, mean: float, variance: float) -> tuple[Tensor, Tensor]:
    """Return slopes and shifts of the posterior mean of z ~ N(mean, variance) in each coordinate."""
    a = (1 - betas).cumprod(0)
    slope = a.sqrt() * variance / (a * variance + 1 - a)
    return slope, mean * (1 - slope * a.sqrt())


def ancestral(net: tuple[Tensor, Tensor], cond: Tensor, noises: Tensor, betas: Tensor) -> Tensor:
    """Return where the chain ends, from the precisions of the two laws that the posterior multiplies."""
    a = [1.0]
    for beta in betas.tolist():
        a.append(a[-1] * (1 - beta))
    z, T = noises[0], len(betas)
    for t in range(T - 1, -1, -1):
        clean = net[0][t] * z + net[1][t] + cond
        beta, before = betas[t].item(), a[t]
        if t == 0:
            z = clean
            continue
        forward, prior = (1 - beta) / beta, 1 / (1 - before)
        variance = 1 / (forward + prior)
        z = variance * (math.sqrt(1 - beta) / beta * z + math.sqrt(before) * prior * clean)
        z = z + math.sqrt(variance) * noises[T - t]
    return z / math.sqrt(noises.shape[2])


@task("prior", weight=2)
def test_gaussian_prior_in_20_steps(submission):
    """N(.8, .25) in 20 steps without noise: (6.154114e-4 z_T + .7999988) / sqrt(d)"""
    betas = cosine_betas(20)
    net = exact_net(betas, 0.8, 0.25)
    noises = torch.zeros(21, 2, 4, dtype=torch.float64)
    noises[0, 1] = 100
    came = submission.play(plays.sample_prior, *net, torch.zeros(2, 4).double(), noises, betas)["result"]
    expected = exactly(0.7999988, 0.7999988 + 0.06154114)[:, None].expand(2, 4) / 2
    hint = "Divide by the root of d at the end, once, and clip nothing."
    close(came, expected, rtol=0, atol=WORKED, what="the embedding", hint=hint)


@task("prior", weight=2)
def test_prior_step_by_step(submission, seed):
    """With noise in every step the chain has the posterior's mean and variance, and step 0 adds none"""
    T, betas = 4, exactly(0.1, 0.3, 0.5, 0.9)
    noises, cond = seed.fork("noises").normal(T + 1, 3, 5), seed.fork("cond").normal(3, 5)
    net = seed.fork("slopes").uniform(T), seed.fork("shifts").normal(T)
    came = submission.play(plays.sample_prior, *net, cond, noises, betas)
    expected = ancestral(net, cond, noises, betas)
    hint = "Step t adds noises[T - t] times the root of the posterior's variance, beta-tilde."
    near(came["result"], expected, "the embedding", hint, LONG)
    steps = torch.tensor([3, 2, 1, 0])[:, None].expand(4, 3)
    close(came["t"], steps, rtol=0, what="t", axes=("call", "sample"))
    expect(not came["recorded"], "the result is recorded (requires_grad)", "with torch.no_grad(): ...")
    unchanged(came["argument"], noises)
    single = submission.play(plays.sample_prior, *net, cond.float(), noises.float(), betas)["result"]
    near_single(single, expected, "the embedding")


@task("prior")
def test_choice_by_the_product(submission):
    """For the text (1, 0) the candidates (3, 3), (1, 0) have products 3 and 1: the first is chosen"""
    candidates = exactly(1, 0, 3, 3, -9, 0, 5, 1, 5, 2, 0, 7).reshape(2, 3, 2)
    came = submission.unclip.choose(candidates, exactly(1, 0, 1, 0).reshape(2, 2))
    hint = "The product, not the cosine; the first of equals."
    close(came, exactly(3, 3, 5, 1).reshape(2, 2), rtol=0, what="the choice", hint=hint)


# -------------------- 4.2 embedding_edits
def turned(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Return what lies on the way from a to b, in their plane, at t times the angle."""
    u, v = a.double() / a.double().norm(), b.double() / b.double().norm()
    across = v - (u @ v) * u
    angle = math.atan2(across.norm().item(), (u @ v).item())
    return math.cos(t * angle) * u + math.sin(t * angle) * across / across.norm()


@task("embedding_edits", weight=2)
def test_quarter_of_a_right_angle(submission):
    """From (1, 0) to (0, 1) the quarter is (.9238795, .3826834), whatever lengths both have"""
    for a, b in ((1.0, 1.0), (3.0, 0.5)):
        came = submission.unclip.slerp(
            exactly(a, 0, 0, b).reshape(2, 2), exactly(0, b, a, 0).reshape(2, 2), 0.25
        )
        expected = exactly(0.9238795, 0.3826834, 0.3826834, 0.9238795).reshape(2, 2)
        hint = "Equal shares of the angle, not of the straight line: sin((1-t)w) a + sin(tw) b."
        close(came, expected, rtol=0, atol=WORKED, what="the quarter", hint=hint)


@task("embedding_edits", weight=2)
def test_each_sample_at_its_share(submission, seed):
    """t may be one number or one for each sample; angles grow with t, and lengths stay 1"""
    a, b = seed.fork("a").normal(3, 5), 2 * seed.fork("b").normal(3, 5)
    for t in (exactly(0.3, 0.9, 0), 0.6):
        shares = [t] * 3 if isinstance(t, float) else t.tolist()
        came = submission.unclip.slerp(a, b, t)
        expected = torch.stack([turned(*one) for one in zip(a, b, shares, strict=True)])
        near(came, expected, "the way", "Share t from a; bring both to length 1 first.")
    near_single(submission.unclip.slerp(a.float(), b.float(), 0.6), expected)


@task("embedding_edits")
def test_equal_and_opposite_directions(submission, seed):
    """Equal directions, also nearly, stay what they are; opposite ones raise ValueError, in float32 too"""
    a = seed.fork("a").normal(24, 64)
    for other in (2 * a, a + 1e-9):
        near(
            submission.unclip.slerp(a, other, 0.5), a / a.norm(dim=1, keepdim=True), "the middle", within=LONG
        )
    for dtype in (torch.float64, torch.float32):
        for one in a.to(dtype)[:6].reshape(3, 2, 64):
            with raises(ValueError, hint="acos in float32 misses some: work in float64."):
                submission.unclip.slerp(one, torch.cat([one[:1], -3 * one[1:]]), 0.5)


@task("embedding_edits")
def test_difference_of_two_texts(submission, seed):
    """A third of the way from (1, 0, 0) towards (0, 0, 1) - (0, 1, 0) is (.8660254, -.3535534, .3535534)"""
    rows = torch.eye(3, dtype=torch.float64)[:, None]
    came = submission.unclip.text_diff(rows[0], rows[2], rows[1], 1 / 3)
    expected = exactly(0.8660254, -0.3535534, 0.3535534)[None]
    close(came, expected, rtol=0, atol=WORKED, what="the edit", hint="New minus old; then slerp by theta.")
    z = [seed.fork(f"{i}").normal(2, 4) for i in range(3)]
    with raises(ValueError):
        submission.unclip.text_diff(z[0], z[1], torch.cat([z[2][:1], z[1][1:]]), 0.3)


def a_decoder(seed: Seed) -> tuple[list[Tensor], Tensor, Tensor, Tensor]:
    """Return weights of to_time and to_tokens, image embeddings, clocks, and text of 2 rows."""
    shapes = ((5, 4), (5,), (12, 4), (12,))
    weights = [seed.fork(f"w{i}").normal(*shape) for i, shape in enumerate(shapes)]
    names = (("z", (3, 4)), ("clock", (3, 5)), ("text", (3, 2, 3)))
    return weights, *(seed.fork(name).normal(*shape) for name, shape in names)


def conditions(parts: tuple[Any, ...], drop: list[bool]) -> tuple[Tensor, Tensor]:
    """Return clock and rows sample by sample; what is dropped leaves the biases."""
    (time, time_bias, tokens, tokens_bias), *samples = parts
    clocks, rows = [], []
    for z, clock, text, dropped in zip(*samples, drop, strict=True):
        kept = 0.0 if dropped else 1.0
        clocks.append(clock + kept * (time @ z) + time_bias)
        new = kept * (tokens @ z) + tokens_bias
        rows.append(torch.stack([*text, *new.reshape(4, -1)]))
    return torch.stack(clocks), torch.stack(rows)


@task("embedding_edits", weight=2)
def test_conditions_of_the_decoder(submission, seed):
    """The embedding is added to the clock, and four rows follow the text; dropped samples leave the biases"""
    parts = a_decoder(seed)
    for drop in (None, [False, True, False]):
        told = None if drop is None else torch.tensor(drop)
        came = submission.play(plays.decoder_condition, *parts, told)
        clock, rows = conditions(parts, drop or [False] * 3)
        hint = "Zeros take the embedding's place before the projections; the text is kept."
        near(came["clock"], clock, f"the clock with drop = {drop}", hint)
        axes = ("sample", "row", "channel")
        close(came["rows"], rows, rtol=1e-12, atol=1e-12, what=f"the rows with drop = {drop}", axes=axes)
        unchanged(came["arguments"], list(parts[1:]))
