"""Hidden checks of distillation: fresh levels, exact students, and the flow before and after a reflow."""

import math

import torch

from autograder.checks import close, expect, raises, task

from .. import plays
from .fresh import EXACT, LONG, between, exactly, expect_alike


# -------------------- 6.1 consistency
@task("consistency", gate=True)
def test_coefficients_are_an_answer_at_all(submission, seed):
    """c_skip falls with sigma, or c_out rises, on fresh levels; or a sample goes with its x"""
    levels = sorted(between(seed.fork(f"{i}"), 0.05, 3) for i in range(5))
    pairs = [submission.distill.consistency_coefficients(level) for level in levels]
    if all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        skips, outs = (torch.tensor([float(pair[i]) for pair in pairs]) for i in (0, 1))
        if skips.isfinite().all() and (skips.diff() < 0).all() and (outs.diff().abs() > 0).all():
            return
    x = seed.fork("x").normal(20)
    came = submission.play(plays.consistency_sample, x, exactly(3), torch.zeros(0, 20).double())["result"]
    expect_alike(came, x)
    expect((came.std() / x.std() - 1).abs() > 0.05, "x came back as it was")


@task("consistency", weight=2)
def test_coefficients_of_fresh_levels(submission, seed):
    """c_skip and c_out are right for fresh sigma, sigma_min and sigma_data, at the edge exactly 1 and 0

    c_skip has (sigma - sigma_min)^2 below, c_out (sigma - sigma_min) above and sigma itself under the root:
    at sigma_min they are exactly 1 and 0.
    """
    for i in range(8):
        one = seed.fork(f"{i}")
        low, data = between(one.fork("low"), 0.001, 0.5), between(one.fork("data"), 0.2, 2)
        sigma = low + between(one.fork("sigma"), 0, 20)
        skip, out = submission.distill.consistency_coefficients(sigma, low, data)
        close(1 / skip, 1 + ((sigma - low) / data) ** 2, rtol=1e-9, what="1 / c_skip")
        close(out, (sigma - low) / math.hypot(1, sigma / data), rtol=1e-9, what="c_out")
        edge = submission.distill.consistency_coefficients(low, low, data)
        close(edge, (1.0, 0.0), rtol=0, what="c_skip, c_out at sigma_min")
    given = submission.distill.consistency_coefficients(1.5, 0.002, 0.5)
    close(
        submission.distill.consistency_coefficients(1.5), given, rtol=EXACT, what="c_skip, c_out by default"
    )


@task("consistency", weight=2)
def test_sampling_on_fresh_levels(submission, seed):
    """Each noise has its coefficient, for fresh levels and a sigma_min that can be seen

    Noise of variance sigma^2 - sigma_min^2 is added before each further call, and none after the last: try a
    sigma_min that is not small.
    """
    n, low = seed.fork("n").integer(2, 6), between(seed.fork("low"), 0.1, 0.5)
    sigmas = (0.6 + 5 * seed.fork("sigmas").uniform(n)).sort(descending=True).values
    x, noises = torch.zeros(n + 1).double(), torch.zeros(n - 1, n + 1).double()
    x[1] = 1
    noises[range(n - 1), range(2, n + 1)] = 1
    came = submission.play(plays.consistency_sample, x, sigmas, noises, low)
    for i, sigma in enumerate(sigmas.tolist()):
        x = x if i == 0 else x + math.sqrt((sigma - low) * (sigma + low)) * noises[i - 1]
        x = (x + sigma) / (1 + sigma)
    close(came["result"], x, rtol=LONG, atol=LONG, what="the images of the probes")
    told = exactly(*(call["sigma"] for call in came["asked"]))
    close(told, sigmas, rtol=EXACT, what="the sigma of each call")


@task("consistency")
def test_sampling_and_its_surroundings(submission, seed):
    """sigma_min is 0.002 by default; n - 1 noises; nothing recorded or changed; float32 stays

    sigma_min is 0.002 unless said, n levels take n - 1 noises, and nothing is recorded or changed.
    """
    x, noises, sigmas = seed.fork("x").normal(2, 3).float(), torch.ones(1, 2, 3), exactly(0.01, 0.004)
    came = submission.play(plays.consistency_sample, x, sigmas, noises)
    first = (x.double() + 0.01) / 1.01
    expected = (first + math.sqrt(0.004**2 - 0.002**2) + 0.004) / 1.004
    close(came["result"], expected, rtol=1e-5, atol=1e-5, what="the images of small levels")
    expect(not came["tracked"], "gradients were recorded on the way")
    expect(came["result"].dtype == torch.float32, f"float32 images came back as {came['result'].dtype}")
    close(came["arguments"], [x, sigmas, noises], rtol=0, what="the arguments afterwards")
    for wrong in (0, 2):
        with raises(ValueError):
            submission.play(plays.consistency_sample, x, sigmas, torch.ones(wrong, 2, 3))


# -------------------- 6.2 progressive_target
@task("progressive_target", gate=True)
def test_target_is_an_answer_at_all(submission, seed):
    """The target is made of both, on fresh input"""
    x_t, x_u = seed.fork("t").normal(2, 16, 16), seed.fork("u").normal(2, 16, 16)
    came = submission.distill.progressive_target(x_t, x_u, 0.2, 0.6)
    expect_alike(came, *(x_u + part * x_t for part in (-2.0, -1.2, -0.7, -0.4, -0.2, 0.3, 0.7)))


@task("progressive_target", weight=3)
def test_target_of_fresh_pairs(submission, seed):
    """The target and the noise that goes with it make x_t and x_u at once, in any shape

    The student's image is the one from which a single DDIM step from t to u goes where the teacher's two
    steps went: solve that step for x_0.
    """
    for i in range(10):
        one = seed.fork(f"{i}")
        a_t = between(one.fork("a"), 0.0, 0.5)
        a_u = a_t + between(one.fork("up"), 0.05, 0.5)
        image, eps = one.fork("image").normal(2, 1, 3), one.fork("eps").normal(2, 1, 3)
        x_t, x_u = (math.sqrt(a) * image + math.sqrt(1 - a) * eps for a in (a_t, a_u))
        came = submission.distill.progressive_target(x_t, x_u, a_t, a_u)
        close(came, image, rtol=1e-8, atol=1e-8, what=f"the target from {a_t:g} to {a_u:g}")


@task("progressive_target", weight=2)
def test_student_of_a_gaussian_teacher(submission, seed):
    """With the targets of an exact teacher one step goes where its two steps went

    Make targets from an exact teacher and take one student step: it must end where two teacher steps end.
    """
    x, mean, std = seed.normal(6), 0.3, 0.25
    a = sorted(between(seed.fork(f"{i}"), 0.05, 0.95) for i in range(3))
    teacher = x
    for now, then in ((a[0], a[1]), (a[1], a[2])):
        gain = math.sqrt(now) * std**2 / (now * std**2 + 1 - now)
        image = mean + gain * (teacher - math.sqrt(now) * mean)
        said = (teacher - math.sqrt(now) * image) / math.sqrt(1 - now)
        teacher = math.sqrt(then) * image + math.sqrt(1 - then) * said
    target = submission.distill.progressive_target(x, teacher, a[0], a[2])
    turn = math.acos(math.sqrt(a[2])) - math.acos(math.sqrt(a[0]))  # one step of DDIM turns (x, v) by this
    v = (math.sqrt(a[0]) * x - target) / math.sqrt(1 - a[0])
    close(
        math.cos(turn) * x + math.sin(turn) * v, teacher, rtol=1e-8, atol=1e-8, what="where the student goes"
    )


@task("progressive_target")
def test_target_and_its_surroundings(submission, seed):
    """a_u = 1 gives x_u; a_u <= a_t raises ValueError; float32 stays; nothing is changed

    At a_u = 1 the target is x_u itself; a_u <= a_t raises ValueError; float32 stays, nothing is changed.
    """
    x_t, x_u = seed.fork("t").normal(3).float(), seed.fork("u").normal(3).float()
    close(submission.distill.progressive_target(x_t, x_u, 0.0, 1.0), x_u, rtol=1e-6, what="the target at 1")
    came = submission.distill.progressive_target(x_t, x_u, 0.2, 0.4)
    expect(came.dtype == torch.float32, f"float32 images came back as {came.dtype}")
    after = submission.play(plays.after_progressive_target, x_t, x_u)
    close(after, [x_t, x_u], rtol=0, what="the arguments afterwards")
    for a_u in (0.5, 0.4999, 0.0):
        with raises(ValueError):
            submission.distill.progressive_target(x_t, x_u, 0.5, a_u)


# -------------------- 6.3 reflow_pairs
@task("reflow_pairs", gate=True)
def test_pairs_are_an_answer_at_all(submission, seed):
    """The images go with the noise they came from, and are not that noise itself"""
    eps = seed.normal(40, 3)
    came = submission.play(plays.reflow_pairs, eps, 4, (0.8, 0.0))["result"]
    if came.shape == eps.shape and sorted(came[:, 0].tolist()) != came[:, 0].tolist():
        ordered = (came.flatten().sort().values, eps.flatten().sort().values)
        expect_alike(ordered[0], ordered[1])
    expect(came.shape == eps.shape and came.std() > 0, "there are no images")
    expect((came.std() / eps.std() - 1).abs() > 0.05, "the noise came back as it was")


@task("reflow_pairs", weight=3)
def test_paths_of_fresh_velocities(submission, seed):
    """Images, straightness and times are right for fresh affine velocities and numbers of steps

    Euler from t = 1 down, the velocity asked at the t where each step begins; straightness is the mean over
    steps of |v_k - mean v|^2, summed over coordinates.
    """
    for i in range(4):
        one = seed.fork(f"{i}")
        n, c = one.fork("n").integer(2, 12), between(one.fork("c"), -1, 1)
        p, q = between(one.fork("p"), -1, 1), between(one.fork("q"), -1, 1)
        x = eps = one.fork("eps").normal(3, 1, 2)
        came = submission.play(plays.reflow_pairs, eps, n, (p, q), c)
        seen = []
        for k in range(n, 0, -1):
            seen.append((p + q * k / n) * x + c)
            x = x + seen[-1] * (-1 / n)
        mean = sum(seen) / n
        bend = sum((v - mean) ** 2 for v in seen) / n
        close(came["result"], x, rtol=LONG, atol=LONG, what="the images")
        close(came["straightness"], bend.sum((1, 2)), rtol=1e-8, atol=1e-10, what="the straightness")
        told = exactly(*(call["t"] for call in came["asked"]))
        close(told, exactly(*(k / n for k in range(n, 0, -1))), rtol=EXACT, atol=EXACT, what="t of call")


@task("reflow_pairs")
def test_straightness_does_not_depend_on_the_offset(submission, seed):
    """A constant velocity is straight in any number of steps, in any shape, and n = 1 always is

    A constant velocity is straight, in any number of steps and shape, and so is every path of one step.
    """
    for n in (1, 3, 7):
        for dims in ((4,), (4, 2), (4, 1, 2, 3)):
            eps = seed.normal(*dims)
            came = submission.play(plays.reflow_pairs, eps, n, (0.0, 0.0), 1.5)
            close(came["straightness"], torch.zeros(4), atol=EXACT, what=f"the straightness for n = {n}")
            close(came["result"], eps - 1.5, rtol=LONG, atol=LONG, what="the images")
    once = submission.play(plays.reflow_pairs, eps, 1, (0.7, 0.2))
    close(once["straightness"], torch.zeros(4), atol=EXACT, what="the straightness for n = 1")
    bent = submission.play(plays.reflow_pairs, eps, 2, (0.5, 0.0))["straightness"]
    close(bent, (eps / 16).square().sum((1, 2, 3)), rtol=1e-8, what="the straightness of v = x / 2")


@task("reflow_pairs")
def test_pairs_and_their_surroundings(submission, seed):
    """Rows keep their places; n < 1 raises ValueError; nothing recorded or changed; float32 stays

    Row i of the images comes from row i of the noise. n below 1 is refused; nothing is recorded or changed;
    float32 stays.
    """
    eps = seed.normal(6, 2).float()
    came = submission.play(plays.reflow_pairs, eps, 3, (0.5, 0.0))
    close(came["result"], eps * (1 - 0.5 / 3) ** 3, rtol=1e-5, what="the images")
    expect(not came["tracked"], "gradients were recorded on the way")
    for name in ("result", "straightness"):
        expect(came[name].dtype == torch.float32, f"{name} is {came[name].dtype}; expected torch.float32")
    close(came["arguments"], [eps], rtol=0, what="the noise afterwards")
    for n in (0, -1):
        with raises(ValueError):
            submission.play(plays.reflow_pairs, eps, n, (0.5, 0.0))
