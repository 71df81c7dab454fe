"""Hidden checks of the dVAE: fresh draws as races, scipy's Laplace law, entropies by scipy."""

import math

import torch
from scipy import stats

from autograder.checks import any_of, close, exactly, expect, expect_dtype, raises, task
from autograder.nearness import EXACT, HALF, SINGLE, near, near_single, unchanged

from .. import plays
from ..tests.test_dvae import a_grid, race
from .fresh import expect_alike


# -------------------- 2.1 gumbel_softmax
@task("gumbel_softmax", gate=True)
def test_draws_are_an_answer_at_all(submission, seed):
    """Fresh relaxed draws are shares that go with the logits and uniforms"""
    logits, uniforms = a_grid(seed)
    came = submission.dvae.gumbel_softmax(logits, uniforms, 1.0)
    expect_alike(came, logits - (-uniforms.log()).log())
    expect(came.min() >= 0 and came.max() <= 1 + 1e-6, "shares are between 0 and 1")


@task("gumbel_softmax", weight=2)
def test_fresh_draws(submission, seed):
    """Fresh logits and uniforms at fresh temperatures agree with races; float32 stays float32

    logits plus -log(-log u), divided by the temperature: hard draws take the largest. float32 stays.
    """
    for tau in (0.2 + seed.fork("tau").uniform(1).item(), 3.0):
        logits, uniforms = a_grid(seed.fork(f"{tau}"))
        for hard in (False, True):
            soft = race(logits, uniforms, tau)
            expected = (soft == soft.amax(dim=1, keepdim=True)).double() if hard else soft
            near(
                submission.dvae.gumbel_softmax(logits, uniforms, tau, hard),
                expected,
                f"the draw, hard={hard}",
            )
        near_single(submission.dvae.gumbel_softmax(logits.float(), uniforms.float(), tau), soft, "the draw")


@task("gumbel_softmax", weight=2)
def test_fresh_gradients(submission, seed):
    """Gradients of hard and soft draws are those of the soft one, by differences

    A hard draw has the soft one's gradient: hard - soft.detach() + soft.
    """
    logits, uniforms = (one[:1, :, :2, :1].contiguous() for one in a_grid(seed))
    weights, h = seed.fork("weights").normal(1, 3, 2, 1), 1e-5
    expected = torch.zeros_like(logits)
    for i in range(logits.numel()):
        step = torch.zeros(logits.numel()).double()
        step[i] = h
        step = step.reshape(logits.shape)
        up, down = ((weights * race(logits + s * step, uniforms, 0.4)).sum() for s in (1, -1))
        expected.flatten()[i] = (up - down) / (2 * h)
    for hard in (True, False):
        args = [logits, uniforms, 0.4, hard]
        came = submission.play(plays.with_gradient, "dvae", "gumbel_softmax", args, weights)
        expect(came["gradient"] is not None, "no gradient reaches the logits")
        near(came["gradient"], expected, f"the gradient with hard={hard}", within=1e-7)  # h squared
        unchanged(came["arguments"], args)


@task("gumbel_softmax")
def test_extreme_uniforms(submission, seed):
    """Uniforms of 0 and as near to 1 as the dtype has them, and temperatures that are none

    Try u of 0 and next to 1: no infinity or NaN; a temperature not above 0 raises ValueError.
    """
    for dtype, within in ((torch.float64, EXACT), (torch.float32, 10 * SINGLE), (torch.float16, HALF)):
        info = torch.finfo(dtype)
        logits = (4 * seed.normal(2, 4, 1, 3)).to(dtype)
        uniforms = exactly(0, 1 - info.eps / 2, 0, 0.25).to(dtype)[None, :, None, None].expand(2, 4, 1, 3)
        clipped = uniforms.double().clamp(info.tiny, 1 - info.eps)
        came = submission.dvae.gumbel_softmax(logits, uniforms, 3.0)
        expect_dtype(came, dtype)
        close(came, race(logits.double(), clipped, 3.0), rtol=within, atol=within, what="the draw")
        for tau in (0.0, -0.5):
            with raises(ValueError):
                submission.dvae.gumbel_softmax(logits, uniforms, tau)


# -------------------- 2.2 logit_laplace
@task("logit_laplace", gate=True)
def test_densities_are_an_answer_at_all(submission, seed):
    """Costs go with the distance of image and location, or the maps with what they map"""
    x = 2 * seed.fork("x").uniform(40, 1) - 1
    mu = 6 * seed.fork("mu").normal(40, 1)
    far = ((0.5 + 0.4 * x).logit() - mu).abs().flatten()
    any_of(
        lambda: expect_alike(submission.dvae.logit_laplace_nll(x, mu, torch.zeros_like(mu)), far),
        lambda: close(submission.dvae.to_open(x), 0.5 + 0.4 * x, rtol=0.3),
        lambda: close(submission.dvae.from_open(0.5 + 0.4 * x), x, rtol=0.3, atol=0.1),
    )


@task("logit_laplace", weight=3)
def test_fresh_densities(submission, seed):
    """Fresh images cost minus scipy's Laplace log-density of the logit, plus ln y(1 - y), summed

    ln(2 b) + ln(y (1 - y)) + |logit(y) - mu| / b with b = exp(log_b), summed over each image.
    """
    x = 2 * seed.fork("x").uniform(3, 2, 2, 2) - 1
    x[0, 0, 0], x[1, 1] = exactly(-1, 1), x[1, 1].round()
    mu, log_b = 2 * seed.fork("mu").normal(3, 2, 2, 2), seed.fork("log_b").normal(3, 2, 2, 2)
    y = 0.5 + 0.4 * x
    log_density = torch.from_numpy(stats.laplace.logpdf((y / (1 - y)).log(), loc=mu, scale=log_b.exp()))
    expected = ((y.log() + (1 - y).log()) - log_density).reshape(3, -1).sum(dim=1)
    near(submission.dvae.logit_laplace_nll(x, mu, log_b), expected, "the cost of an image")
    near_single(submission.dvae.logit_laplace_nll(x.float(), mu.float(), log_b.float()), expected)
    rows = (part.reshape(3, 8) for part in (x, mu, log_b))
    near(submission.dvae.logit_laplace_nll(*rows), expected, "the cost of a row of values")


@task("logit_laplace")
def test_fresh_maps(submission, seed):
    """Fresh images go into (0, 1) and come back; what lies outside is clipped

    y = 0.5 + 0.4 x for images in [-1, 1], and back, clipped to [-1, 1].
    """
    x = 2 * seed.uniform(3, 1, 2, 4) - 1
    y = submission.dvae.to_open(x)
    near(y, (x + 1) / 2 * 0.8 + 0.1, "to_open")
    near(submission.dvae.from_open((x + 1) / 2 * 0.8 + 0.1), x, "from_open")
    wide = 2 * x
    expected = ((wide - 0.1) / 0.8 * 2 - 1).clamp(-1, 1)
    near(submission.dvae.from_open(wide), expected, "from_open beyond the ends")


# -------------------- 2.3 dvae_loss
@task("dvae_loss", gate=True)
def test_costs_of_codes_are_an_answer_at_all(submission, seed):
    """Divergences go with how certain codes are, or losses with nll, or the schedule with its ends"""
    logits = torch.linspace(0.1, 8, 8).reshape(8, 1, 1, 1) * seed.normal(8, 6, 3, 3)
    entropies = exactly(*(stats.entropy(one.softmax(0), axis=0).sum() for one in logits))
    nll = torch.arange(6.0).double() ** 2

    def losses() -> None:
        came = [submission.dvae.dvae_loss(part, part / 2, 1.0) for part in nll.split(2)]
        expect_alike(torch.stack(came), exactly(0.5, 6.5, 20.5))

    any_of(
        lambda: expect_alike(submission.dvae.kl_to_uniform(logits), entropies),
        losses,
        lambda: expect_alike(
            exactly(*(submission.dvae.cosine_anneal(1, start, 0.0, 9) for start in nll.tolist())), nll
        ),
    )


@task("dvae_loss", weight=3)
def test_fresh_divergences(submission, seed):
    """Divergences of fresh codes are ln k less scipy's entropy, summed over positions; certain codes too

    ln k less the entropy, summed over positions, for each image: certain codes have entropy 0, not NaN.
    """
    for b, k, h, w in ((3, 4, 2, 3), (1, 7, 1, 2)):
        logits = 2 * seed.fork(f"{b}").normal(b, k, h, w)
        logits[0, 0] = 800
        entropy = torch.from_numpy(stats.entropy(logits.softmax(1).numpy(), axis=1))  # b h w
        expected = (math.log(k) - entropy).reshape(b, -1).sum(dim=1)
        near(submission.dvae.kl_to_uniform(logits), expected, "the divergence")
        near_single(submission.dvae.kl_to_uniform(logits.float()), expected)


@task("dvae_loss", weight=2)
def test_fresh_losses_and_schedules(submission, seed):
    """Fresh losses in plain numbers; schedules up and down, from start to end and beyond

    The mean over images of nll + beta kl; the annealed number follows half a cosine from start to end, up or
    down, and stays at its end.
    """
    nll, kl = seed.fork("nll").normal(5), seed.fork("kl").uniform(5)
    for beta in (0.0, 1.0, 3.3):
        expected = sum(a + beta * b for a, b in zip(nll.tolist(), kl.tolist(), strict=True)) / 5
        near(submission.dvae.dvae_loss(nll, kl, beta), exactly(expected)[0], "the loss")
    start, end = (value.item() for value in seed.fork("ends").normal(2))
    steps = seed.integer(7, 30)
    for step in (0, 1, steps // 2, steps - 1, steps, steps + 1, 3 * steps):
        expected = end if step >= steps else end + (start - end) * math.cos(math.pi * step / steps / 2) ** 2
        near(submission.dvae.cosine_anneal(step, start, end, steps), expected, f"step {step} of {steps}")
