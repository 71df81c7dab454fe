"""Public checks of the dVAE: worked draws, a density that integrates to 1, evidence by enumeration."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task
from autograder.nearness import EXACT, HALF, SINGLE, WORKED, near, near_single, unchanged

from .. import plays

# -------------------- 2.1 gumbel_softmax
LOGITS, UNIFORMS = exactly(1, 0, -1, 0.5), exactly(0.1, 0.5, 0.9, 0.3)
DRAWS = {  # of the four codes, at three temperatures
    1.0: (0.1577358, 0.1927640, 0.4665294, 0.1829709),
    0.5: (0.0794484, 0.1186524, 0.6949966, 0.1069027),
    0.0625: (0.0000000, 0.0000007, 0.9999989, 0.0000003),
}


def a_grid(seed: Seed) -> tuple[Tensor, Tensor]:
    """Return logits of 3 codes on two grids of 4 x 2, and uniforms."""
    return seed.fork("logits").normal(2, 3, 4, 2), seed.fork("uniforms").uniform(2, 3, 4, 2)


def race(logits: Tensor, uniforms: Tensor, tau: float) -> Tensor:
    """Return the relaxed draw as a race: each code has the speed exp(logit) / (-ln u), to the power 1/tau."""
    speed = (logits.exp() / -uniforms.log()) ** (1 / tau)
    return speed / speed.sum(dim=1, keepdim=True)


@task("gumbel_softmax", weight=2)
def test_worked_draws(submission):
    """Logits (1, 0, -1, .5) with uniforms (.1, .5, .9, .3) draw what the handout has at three tau"""
    for tau, expected in DRAWS.items():
        came = submission.dvae.gumbel_softmax(LOGITS.reshape(1, 4, 1, 1), UNIFORMS.reshape(1, 4, 1, 1), tau)
        hint = "-log(-log u) is added to the logits; the sum is divided by tau."
        close(
            came.flatten(), exactly(*expected), rtol=0, atol=WORKED, what=f"the draw at tau {tau}", hint=hint
        )


@task("gumbel_softmax", weight=2)
def test_every_position_draws_a_code(submission, seed):
    """On grids of 4 x 2 the shares of the 3 codes at a position add up to 1, and are those of a race"""
    logits, uniforms = a_grid(seed)
    came = submission.dvae.gumbel_softmax(logits, uniforms, 0.7)
    near(came.sum(dim=1), torch.ones(2, 4, 2).double(), "the sum over codes", "Softmax along dim=1.")
    near(came, race(logits, uniforms, 0.7), "the draw", "All randomness comes in with `uniforms`.")


@task("gumbel_softmax", weight=2)
def test_hard_values_and_soft_gradient(submission, seed):
    """With hard=True the values are 0 and 1, and the gradient is that of the soft draw"""
    logits, uniforms = a_grid(seed)
    weights = seed.fork("weights").normal(2, 3, 4, 2)
    soft = race(logits, uniforms, 0.7)
    gradient = soft * (weights - (weights * soft).sum(dim=1, keepdim=True)) / 0.7
    for hard, value in ((True, (soft == soft.amax(dim=1, keepdim=True)).double()), (False, soft)):
        args = [logits, uniforms, 0.7, hard]
        came = submission.play(plays.with_gradient, "dvae", "gumbel_softmax", args, weights)
        hint = "The largest after the noise. one_hot + soft - soft.detach(): its value, the soft gradient."
        near(came["value"], value, f"the draw with hard={hard}", hint)
        expect(came["gradient"] is not None, "no gradient reaches the logits", hint)
        near(came["gradient"], gradient, f"the gradient with hard={hard}", hint)
        unchanged(came["arguments"], args)


@task("gumbel_softmax")
def test_uniforms_at_the_ends(submission):
    """u = 0 counts as the dtype's tiny and u near 1 as 1 - eps: the draw is finite, also for u = 0 alone"""
    for dtype, within in ((torch.float32, 10 * SINGLE), (torch.float16, HALF)):
        info = torch.finfo(dtype)
        uniforms = torch.tensor([0, 1 - info.eps / 2, 0.5], dtype=dtype).reshape(1, 3, 1, 1)
        logits = torch.tensor([9, 0, 5], dtype=dtype).reshape(1, 3, 1, 1)
        clipped = exactly(info.tiny, 1 - info.eps, 0.5).reshape(1, 3, 1, 1)
        came = submission.dvae.gumbel_softmax(logits, uniforms, 2.0)
        expect_dtype(came, dtype)
        hint = "Clip u to [tiny, 1 - eps] of its dtype (torch.finfo) before the logarithms."
        close(came, race(logits.double(), clipped, 2.0), rtol=within, atol=within, what="the draw", hint=hint)
        none = submission.dvae.gumbel_softmax(logits, torch.zeros_like(logits), 2.0)
        close(none.sum(), 1.0, rtol=within, what="the sum of a draw with u = 0", hint=hint)


@task("gumbel_softmax")
def test_temperature_above_zero(submission, seed):
    """tau = 0 and tau = -1 raise ValueError"""
    logits, uniforms = a_grid(seed)
    for tau in (0.0, -1.0):
        with raises(ValueError):
            submission.dvae.gumbel_softmax(logits, uniforms, tau)


# -------------------- 2.2 logit_laplace
@task("logit_laplace")
def test_images_in_the_open_interval(submission):
    """-1, 0, 1 map to .1, .5, .9 and back; 0 and 1 come back as -1 and 1"""
    x = exactly(-1, 0, 1).reshape(3, 1)
    near(submission.dvae.to_open(x), exactly(0.1, 0.5, 0.9).reshape(3, 1), "to_open", "y = 0.5 + 0.4 x.")
    back = submission.dvae.from_open(exactly(0.1, 0.5, 0.9, 0, 1, 0.3).reshape(6, 1))
    near(back.flatten(), exactly(-1, 0, 1, -1, 1, -0.5), "from_open", "Clip to [-1, 1] at the end.")


@task("logit_laplace", weight=2)
def test_worked_densities(submission):
    """x = 0 with mu = 0, b = 1 costs -.6931472; x = -1 with mu = 1, b = 1/2 costs 3.9865035"""
    x, mu, log_b = exactly(0, -1).reshape(2, 1), exactly(0, 1).reshape(2, 1), exactly(1, 0.5).log()
    came = submission.dvae.logit_laplace_nll(x, mu, log_b.reshape(2, 1))
    hint = "ln 2b + ln y(1 - y) + |logit y - mu| / b, with y = to_open(x) and b = exp(log_b)."
    close(came, exactly(-0.6931472, 3.9865035), rtol=0, atol=WORKED, what="the cost", hint=hint)


@task("logit_laplace", weight=2)
def test_density_integrates_to_one(submission):
    """exp(-nll) integrates to 1 over y from 0 to 1, for mu = .7 and b = .3"""
    s = torch.linspace(-11, 13, 24001, dtype=torch.float64)  # logits, in steps of .001
    y = s.sigmoid()
    mu = torch.full((len(s), 1), 0.7).double()
    nll = submission.dvae.logit_laplace_nll(
        ((y - 0.5) / 0.4)[:, None], mu, torch.full_like(mu, math.log(0.3))
    )
    total = torch.trapezoid((-nll).exp() * y * (1 - y), s)  # dy = y (1 - y) ds
    close(total, 1.0, rtol=1e-5, what="the integral", hint="The density is of y: divide by y (1 - y).")


@task("logit_laplace")
def test_costs_of_an_image_add_up(submission, seed):
    """An image costs the sum of what its pixels cost alone, pixels of -1 and 1 included, in float32 too"""
    x = (2 * seed.fork("x").uniform(2, 3, 2, 2) - 1).round()
    mu, log_b = seed.fork("mu").normal(2, 3, 2, 2), seed.fork("log_b").normal(2, 3, 2, 2)
    came = submission.dvae.logit_laplace_nll(x, mu, log_b)
    alone = submission.dvae.logit_laplace_nll(*(one.reshape(-1, 1) for one in (x, mu, log_b)))
    hint = "Sum over all but the first axis: a mean over pixels would outweigh nothing."
    near(came, alone.reshape(2, -1).sum(dim=1), "the cost of an image", hint)
    single = submission.dvae.logit_laplace_nll(x.float(), mu.float(), log_b.float())
    near_single(single, alone.reshape(2, -1).sum(dim=1), "the cost of an image")


# -------------------- 2.3 dvae_loss
def by_entropy(logits: Tensor) -> Tensor:
    """Return ln k less the entropy, summed over positions, from the probabilities."""
    q = logits.softmax(dim=1)
    return (math.log(logits.shape[1]) + (q * q.log()).sum(dim=1)).flatten(1).sum(dim=1)


@task("dvae_loss")
def test_divergence_of_the_extremes(submission):
    """Even codes diverge by 0 from the uniform law, certain ones by ln k at each position"""
    even = torch.zeros(2, 5, 3, 2).double()
    near(submission.dvae.kl_to_uniform(even), exactly(0, 0), "the divergence of even codes")
    sure = torch.zeros(2, 8192, 1, 3).double()
    sure[0, 7], sure[1, 8191] = 1000, 1000
    hint = "Sum over the positions: ln 8192 = 9.0109133 for each of the three."
    close(submission.dvae.kl_to_uniform(sure), exactly(27.0327399, 27.0327399), rtol=0, atol=3e-7, hint=hint)


@task("dvae_loss", weight=2)
def test_divergence_image_by_image(submission, seed):
    """Four images diverge as each does alone: ln k less the entropy, at temperature 1"""
    logits = seed.normal(4, 5, 2, 3)
    came = submission.dvae.kl_to_uniform(logits)
    hint = "From q to uniform: q times ln(q k), summed over codes and positions, one number an image."
    near(came, by_entropy(logits), "the divergence", hint)


@task("dvae_loss", weight=2)
def test_bound_of_an_enumerated_image(submission):
    """Three codes, y = .7: the posterior costs -log p(x) = -.4058422, and even codes .3375508"""
    posterior = exactly(0.0262943, 0.1942902, 0.7794155)
    distance = (math.log(0.7 / 0.3) - exactly(-1, 0, 1)).abs()
    cost = math.log(2 * 0.5 * 0.7 * 0.3) + distance / 0.5  # of x given each code
    for q, expected in ((posterior, -0.4058422), (torch.full((3,), 1 / 3).double(), 0.3375508)):
        kl = submission.dvae.kl_to_uniform(q.log().reshape(1, 3, 1, 1))
        came = submission.dvae.dvae_loss((q * cost).sum()[None], kl, 1.0)
        close(came, expected, rtol=0, atol=3e-7, what="the loss", hint="mean(nll + beta kl).")


@task("dvae_loss")
def test_worked_loss(submission):
    """nll (2, 4) and kl (1, 3) cost 4 at beta 1/2, and 16.2 at beta 6.6"""
    for beta, expected in ((0.5, 4.0), (6.6, 16.2)):
        came = submission.dvae.dvae_loss(exactly(2, 4), exactly(1, 3), beta)
        near(came, exactly(expected)[0], "the loss", "A mean over images, and beta multiplies kl.")


@task("dvae_loss", weight=2)
def test_schedules_of_dalle(submission):
    """tau: 1, .53125, .0625 at 0, 75,000 and from 150,000 on; beta .9665476 at 1,250 of 5,000"""
    schedule = [
        submission.dvae.cosine_anneal(step, 1.0, 1 / 16, 150_000) for step in (0, 75_000, 150_000, 900_000)
    ]
    hint = "end + (start - end) (1 + cos(pi step / steps)) / 2, and end ever after."
    near(exactly(*schedule), exactly(1, 0.53125, 0.0625, 0.0625), "tau", hint)
    beta = submission.dvae.cosine_anneal(1250, 0.0, 6.6, 5000)
    close(beta, 0.9665476, rtol=0, atol=WORKED, what="beta", hint=hint)
    near(submission.dvae.cosine_anneal(5000, 0.0, 6.6, 5000), 6.6, "beta at the end", within=EXACT)
