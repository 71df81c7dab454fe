"""Public checks of what one-step students are trained on: edges, worked pairs, and what a model was told."""

import math

import torch

from autograder.checks import close, expect, raises, task

from .. import plays
from .near import IN_PLACE, LONG, exactly, expect_dtype, expect_no_trace, expect_told, near


# -------------------- 6.1 consistency
@task("consistency")
def test_coefficients_at_sigma_min(submission):
    """At sigma_min c_skip is exactly 1 and c_out exactly 0, whatever sigma_min and sigma_data are"""
    for settings in ((0.002,), (0.1, 0.1, 0.7)):
        came = submission.distill.consistency_coefficients(*settings)
        hint = "Both depend on sigma - sigma_min; EDM's own c_skip and c_out are 1 and 0 at sigma = 0."
        close(came, (1.0, 0.0), rtol=0, what="c_skip, c_out", hint=hint)


@task("consistency")
def test_coefficients_of_worked_levels(submission):
    """At 0.5 the coefficients are 0.502004 and 0.352139, at 80 they are 3.90629e-5 and 0.499978"""
    for sigma, skip, out in ((0.5, 0.502004, 0.352139), (80.0, 3.90629e-5, 0.499978)):
        came = submission.distill.consistency_coefficients(sigma)
        hint = "Under the root of c_out stands sigma^2 + sigma_data^2, without sigma_min."
        close(came, (skip, out), rtol=2e-6, what="c_skip, c_out", hint=hint)
    came = submission.distill.consistency_coefficients(4.0, 1.0, 3.0)
    near(came, (9 / 18, 3 * 3 / 5), "c_skip, c_out for sigma_min = 1, sigma_data = 3", hint)


@task("consistency", weight=2)
def test_coefficient_of_each_noise(submission):
    """On the levels 80, 10, 1 the image has each noise times sqrt(sigma^2 - sigma_min^2), shrunk by f"""
    x, noises = torch.zeros(4).double(), torch.zeros(2, 4).double()
    x[1], noises[0, 2], noises[1, 3] = 1, 1, 1
    for sigma_min in (None, 0.6):
        came = submission.play(plays.consistency_sample, x, exactly(80, 10, 1), noises, sigma_min)["result"]
        low = sigma_min or 0.002
        of_noises = [math.sqrt(100 - low**2) / 11 / 2, math.sqrt(1 - low**2) / 2]
        hint = "The image has the noise of sigma_min already: the variance sigma^2 - sigma_min^2 is missing."
        near(came[1:] - came[0], exactly(1 / 81 / 11 / 2, *of_noises), "the coefficient", hint, LONG)
        first = (80 / 81 + 10) / 11
        near(
            came[0], exactly((first + 1) / 2)[0], "the image without noise", "f comes last, and first.", LONG
        )


@task("consistency")
def test_levels_that_f_is_told(submission, seed):
    """f is told 5, 3, 2, the first time with x as it came; nothing is recorded or changed"""
    x, sigmas, noises = seed.fork("x").normal(2, 3), exactly(5, 3, 2), seed.fork("z").normal(2, 2, 3)
    came = submission.play(plays.consistency_sample, x, sigmas, noises)
    expect_told(came["asked"], "sigma", [5, 3, 2], "One call of f on each level.")
    close(came["asked"][0]["x"], x, rtol=0, what="x in the first call", hint="x comes on the first level.")
    expect_no_trace(came, x, sigmas, noises)


@task("consistency")
def test_one_level_needs_no_noise(submission):
    """One level is one call of f without noise; another number of noises than n - 1 raises ValueError"""
    came = submission.play(plays.consistency_sample, exactly(5, -4), exactly(4), torch.zeros(0, 2).double())
    near(came["result"], exactly(9 / 5, 0), "the image", "Noise is added between two calls of f only.")
    for n in (1, 3):
        with raises(ValueError, hint="Three levels have two gaps, so two noises."):
            noises = torch.zeros(n, 2).double()
            submission.play(plays.consistency_sample, exactly(1, 1), exactly(4, 2, 1), noises)
    single = submission.play(plays.consistency_sample, torch.ones(2), exactly(4, 2), torch.ones(1, 2))[
        "result"
    ]
    expect_dtype(single, torch.float32, "sigmas.tolist() gives Python numbers, which leave the dtype alone.")


# -------------------- 6.2 progressive_target
@task("progressive_target", weight=2)
def test_target_leads_where_the_teacher_went(submission, seed):
    """One step of DDIM with the target as image leads from x_t exactly to x_u"""
    x_t, x_u = seed.fork("t").normal(2, 3), seed.fork("u").normal(2, 3)
    for a_t, a_u in ((0.36, 0.64), (0.05, 0.9), (0.0, 0.25)):
        target = submission.distill.progressive_target(x_t, x_u, a_t, a_u)
        eps = (x_t - math.sqrt(a_t) * target) / math.sqrt(1 - a_t)  # the noise that goes with this image
        reached = math.sqrt(a_u) * target + math.sqrt(1 - a_u) * eps
        hint = "Put DDIM's step, eps written by x_t and x_0, equal to x_u, and solve for x_0."
        near(reached, x_u, f"x where the target leads from {a_t:g} to {a_u:g}", hint, LONG)


@task("progressive_target")
def test_target_of_a_worked_pair(submission):
    """From alpha_bar 0.36 to 0.64, x_t = 6.8 and x_u = 8.6 belong to the image 10"""
    target = submission.distill.progressive_target(exactly(6.8, -1), exactly(8.6, 0), 0.36, 0.64)
    hint = "r = sqrt(0.36 / 0.64) = 0.75, and (8.6 - 0.75 * 6.8) / (0.8 - 0.75 * 0.6) = 10."
    near(target, exactly(10, 0.75 / 0.35), "the target", hint)


@task("progressive_target")
def test_target_of_the_last_pair(submission, seed):
    """Where the teacher ended at the image, a_u = 1, that image is the target"""
    x_t, x_u = seed.fork("t").normal(3), seed.fork("u").normal(3)
    target = submission.distill.progressive_target(x_t, x_u, 0.3, 1.0)
    near(target, x_u, "the target", "At a_u = 1 the noise has no part: r is 0.")


@task("progressive_target")
def test_target_is_not_what_the_teacher_saw(submission):
    """For N(0.3, 0.25^2), from 0.1 over 0.4 to 0.8, x = (0.3, -1) has the target (0.308894, 0.252528)"""
    x_u = exactly(0.371657, -0.283181)
    target = submission.distill.progressive_target(exactly(0.3, -1), x_u, 0.1, 0.8)
    hint = "The teacher's own first guess is (0.304474, 0.276122): its second step has changed it."
    close(target, exactly(0.308894, 0.252528), rtol=1e-5, what="the target", hint=hint)


@task("progressive_target")
def test_target_refuses_steps_upwards(submission):
    """a_u <= a_t raises ValueError; float32 stays float32, and nothing is changed"""
    x_t, x_u = torch.tensor([0.5, 1.0]), torch.tensor([0.25, -1.0])
    for a_u in (0.3, 0.2):
        with raises(ValueError, hint="x_u is less noisy than x_t; at equal levels 0 would be divided by 0."):
            submission.distill.progressive_target(x_t, x_u, 0.3, a_u)
    target = submission.distill.progressive_target(x_t, x_u, 0.3, 0.6)
    expect_dtype(target, torch.float32, "math.sqrt of Python numbers leaves the images' dtype alone.")
    after = submission.play(plays.after_progressive_target, x_t, x_u)
    close(after, [x_t, x_u], rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 6.3 reflow_pairs
@task("reflow_pairs")
def test_constant_velocity(submission, seed):
    """A velocity of 0.75 leads eps to eps - 0.75 in any number of steps, straight on; v = x bends"""
    eps = seed.normal(3, 2)
    for n in (1, 2, 5):
        came = submission.play(plays.reflow_pairs, eps, n, (0.0, 0.0), 0.75)
        hint = "t falls from 1 to 0, so x moves against the velocity, by v / n in each of n steps."
        near(came["result"], eps - 0.75, f"x_0 for n = {n}", hint)
        near(
            came["straightness"],
            exactly(0, 0, 0),
            f"the straightness for n = {n}",
            "0 where v never changes.",
        )
    bent = submission.play(plays.reflow_pairs, exactly(1, -2), 2, (1.0, 0.0))["straightness"]
    near(bent, exactly(0.0625, 0.25), "the straightness of v = x in two steps")  # v is x, then x / 2


@task("reflow_pairs", weight=2)
def test_affine_velocity(submission):
    """With v = x and n = 4, x is 0.75^4 of eps, and v is 1, 0.75, 0.5625, 0.421875 times eps on the way"""
    came = submission.play(plays.reflow_pairs, exactly(1, -2), 4, (1.0, 0.0))
    near(came["result"], 0.75**4 * exactly(1, -2), "x_0", "Each step begins where the last one ended.")
    seen = [1, 0.75, 0.5625, 0.421875]
    bend = sum((v - sum(seen) / 4) ** 2 for v in seen) / 4
    hint = "The mean over the steps of the squared distance from the mean velocity."
    near(came["straightness"], bend * exactly(1, 4), "the straightness", hint)


@task("reflow_pairs")
def test_times_that_the_velocity_is_told(submission, seed):
    """For n = 5 the velocity is told t = 1, 0.8, 0.6, 0.4, 0.2: where each step begins"""
    eps = seed.normal(2, 2)
    came = submission.play(plays.reflow_pairs, eps, 5, (0.5, -0.25))
    hint = "t = 1 is noise, and t = 0 the image, where no step begins."
    expect_told(came["asked"], "t", [1, 0.8, 0.6, 0.4, 0.2], hint)
    close(came["asked"][0]["x"], eps, rtol=0, what="x in the first call")
    expect_no_trace(came, eps)


@task("reflow_pairs")
def test_straightness_sums_over_coordinates(submission):
    """An image of four equal coordinates has four times the straightness of one; pairs keep their rows"""
    eps = torch.stack([torch.full((1, 2, 2), value) for value in (1.0, 0.0, -3.0)]).double()
    came = submission.play(plays.reflow_pairs, eps, 2, (1.0, 0.0))
    near(came["result"], 0.25 * eps, "x_0", "Row i of the images belongs to row i of eps.")
    hint = "One number for each image: the squares summed over its coordinates, the steps averaged."
    near(came["straightness"], 4 * 0.0625 * exactly(1, 0, 9), "the straightness", hint)


@task("reflow_pairs")
def test_reflow_edges(submission):
    """n = 1 is always straight, n = 0 raises ValueError, and float32 stays float32"""
    came = submission.play(plays.reflow_pairs, exactly(1, -2), 1, (0.5, 0.25))
    near(came["straightness"], exactly(0, 0), "the straightness for n = 1")
    near(came["result"], exactly(0.25, -0.5), "x_0 for n = 1", "One step, with the velocity at t = 1.")
    bent = submission.play(plays.reflow_pairs, exactly(1), 2, (0.5, 0.0))["straightness"]
    near(bent, exactly(1 / 256), "the straightness of v = x / 2 for n = 2")  # v is 1/2, then 3/8
    single = submission.play(plays.reflow_pairs, torch.ones(2, 3), 3, (1.0, 0.0))
    for name in ("result", "straightness"):
        expect_dtype(single[name], torch.float32, "Python numbers leave the images' dtype alone.")
    expect(single["straightness"].shape == (2,), "one straightness for each image, please")
    with raises(ValueError, hint="Without a step there is no velocity."):
        submission.play(plays.reflow_pairs, exactly(1, -2), 0, (1.0, 0.0))
