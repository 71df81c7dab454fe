"""Public checks of the SDEs: a table of numbers, and the equations between drift, diffusion and law."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, task

from .. import plays
from .near import EXACT, expect_dtype

NAMES = ("VP", "SubVP", "VE")
BETA = "beta(t) = beta_0 + t (beta_1 - beta_0); its integral I is beta_0 t + (beta_1 - beta_0) t^2 / 2."
EVEN = 1e-3  # half the distance of two neighbours in a central difference, whose error is then 1e-12 or so


def slope(submission, name: str, t: Tensor, which: str, power: int, constants: list[float]) -> Tensor:
    """Return the time derivative of alpha or sigma^2, by a central difference of fourth order."""
    at = {
        i: submission.play(plays.sde, name, t + i * EVEN, constants)[which] ** power for i in (-2, -1, 1, 2)
    }
    return (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * EVEN)


# -------------------- 3.1 sdes
@task("sdes")
def test_vp_by_its_table(submission):
    """VP at t = 0.5: f = -5.025, g = 3.170173, alpha = 0.2811829, sigma = 0.9596542; and at t = 1"""
    came = submission.play(plays.sde, "VP", exactly(0.5, 1))
    close(came["f"], exactly(-5.025, -10), rtol=EXACT, what="f", hint=f"f = -beta / 2. {BETA}")
    close(came["g"], exactly(10.05, 20).sqrt(), rtol=EXACT, what="g", hint=f"g is the root of beta. {BETA}")
    hint = f"alpha = exp(-I / 2), where I is the integral of beta. {BETA}"
    close(came["alpha"], exactly(-1.26875, -5.025).exp(), rtol=EXACT, what="alpha", hint=hint)
    hint = "sigma is a deviation, sqrt(1 - exp(-I))."
    close(came["sigma"], (1 - exactly(-2.5375, -10.05).exp()).sqrt(), rtol=EXACT, what="sigma", hint=hint)


@task("sdes")
def test_sub_vp_by_its_table(submission):
    """SubVP at t = 0.5: f = -5.025, g = 3.160249, alpha = 0.2811829, sigma = 0.9209362; and at t = 1"""
    came = submission.play(plays.sde, "SubVP", exactly(0.5, 1))
    close(came["f"], exactly(-5.025, -10), rtol=EXACT, what="f", hint="The drift is that of VP.")
    expected = (exactly(10.05, 20) * (1 - exactly(-5.075, -20.1).exp())).sqrt()
    close(came["g"], expected, rtol=EXACT, what="g", hint="g^2 = beta (1 - exp(-2 I)): twice the integral.")
    close(came["alpha"], exactly(-1.26875, -5.025).exp(), rtol=EXACT, what="alpha", hint="That of VP.")
    hint = "Here sigma itself, not its square, is 1 - exp(-I)."
    close(came["sigma"], 1 - exactly(-2.5375, -10.05).exp(), rtol=EXACT, what="sigma", hint=hint)


@task("sdes")
def test_ve_by_its_table(submission):
    """VE at t = 0.5: f = 0, g = 2.918423, alpha = 1, sigma = 0.7071068; at t = 1 g = 206.3637, sigma = 50"""
    came = submission.play(plays.sde, "VE", exactly(0.5, 1))
    close(came["f"], exactly(0, 0), what="f", hint="VE adds noise and nothing else.")
    sigma = exactly(0.5, 2500).sqrt()
    expected = sigma * (2 * exactly(5000).log()).sqrt()
    hint = "g = sigma sqrt(2 ln(sigma_max / sigma_min)): natural logarithm, with the 2 under the root."
    close(came["g"], expected, rtol=EXACT, what="g", hint=hint)
    close(came["alpha"], exactly(1, 1), rtol=EXACT, what="alpha")
    hint = "sigma grows by an equal factor in equal times, from sigma_min to sigma_max."
    close(came["sigma"], sigma, rtol=EXACT, what="sigma", hint=hint)


@task("sdes", weight=2)
def test_marginals_follow_from_drift_and_diffusion(submission):
    """At nine times alpha' = f alpha and (sigma^2)' = 2 f sigma^2 + g^2, for several constants"""
    t = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    for name, constants, middle in (
        ("VP", [], -math.expm1(-2.5375)), ("SubVP", [], math.expm1(-2.5375) ** 2), ("VE", [], 0.5),
        ("VP", [1.0, 3.0], -math.expm1(-0.75)), ("SubVP", [1.0, 3.0], math.expm1(-0.75) ** 2),
        ("VE", [0.1, 8.0], 0.8),
    ):  # fmt: skip
        came = submission.play(plays.sde, name, t, constants)
        f, g, alpha, sigma = (came[key] for key in ("f", "g", "alpha", "sigma"))
        of = f"{name}{constants or ''}"
        found = slope(submission, name, t, "alpha", 1, constants)
        hint = "These two do not fit: alpha or f is wrong, or both."
        close(
            found,
            f * alpha,
            rtol=1e-6,
            atol=1e-7,
            what=f"{of}: alpha' of your alpha, against f alpha of your f,",
            hint=hint,
        )
        found = slope(submission, name, t, "sigma", 2, constants)
        expected = 2 * f * sigma**2 + g**2
        hint = "These two do not fit: f, g or sigma is wrong. Which of the table's checks fail?"
        close(
            found,
            expected,
            rtol=1e-6,
            atol=1e-7,
            what=f"{of}: (sigma^2)' of your sigma, against 2 f sigma^2 + g^2 of your f and g,",
            hint=hint,
        )
        what = f"sigma^2 of {name}{constants or ''} at t = 0.5"
        hint = "Whatever f and g are, this sigma is not that of the handout's table."
        close(sigma[4] ** 2, exactly(middle)[0], rtol=1e-8, what=what, hint=hint)


@task("sdes")
def test_other_constants(submission):
    """With beta from 1 to 3 and with levels from 0.1 to 8 the values at t = 0.5 are those of the formulas"""
    t = exactly(0.5)
    came = submission.play(plays.sde, "VP", t, [1.0, 3.0])  # beta 2, its integral 0.75
    given = [came[key] for key in ("f", "g", "alpha", "sigma")]
    e = exactly(-0.75).exp()
    close(
        given,
        [exactly(-1), exactly(2).sqrt(), e.sqrt(), (1 - e).sqrt()],
        rtol=EXACT,
        what="f, g, alpha, sigma of VP(1, 3)",
    )
    came = submission.play(plays.sde, "SubVP", t, [1.0, 3.0])
    given = [came[key] for key in ("f", "g", "alpha", "sigma")]
    expected = [exactly(-1), (2 * (1 - e**2)).sqrt(), e.sqrt(), 1 - e]
    close(given, expected, rtol=EXACT, what="f, g, alpha, sigma of SubVP(1, 3)")
    came = submission.play(plays.sde, "VE", t, [0.1, 8.0])
    sigma = exactly(0.8).sqrt()
    expected = [sigma * (2 * exactly(80).log()).sqrt(), sigma]
    close([came["g"], came["sigma"]], expected, rtol=EXACT, what="g and sigma of VE(0.1, 8)")


@task("sdes")
def test_data_stand_at_time_0(submission):
    """At t = 0 VP and SubVP have alpha 1, sigma 0, and SubVP g = 0; VE has its least level, 0.01"""
    for name, sigma in (("VP", 0), ("SubVP", 0), ("VE", 0.01)):
        came = submission.play(plays.sde, name, exactly(0))
        close(came["alpha"], exactly(1), rtol=EXACT, what=f"alpha of {name} at t = 0")
        hint = "VE begins with sigma_min and not with 0: that is the published marginal, without correction."
        close(
            came["sigma"], exactly(sigma), rtol=EXACT, atol=1e-14, what=f"sigma of {name} at t = 0", hint=hint
        )
    close(
        submission.play(plays.sde, "SubVP", exactly(0))["g"],
        exactly(0),
        atol=1e-7,
        what="g of SubVP at t = 0",
    )


@task("sdes")
def test_sub_vp_has_the_squared_sigma_of_vp(submission):
    """The deviation of SubVP is the variance of VP, at any time, for small times too"""
    t = exactly(1e-4, 0.01, 0.3, 0.7, 1)
    vp, sub = (submission.play(plays.sde, name, t) for name in ("VP", "SubVP"))
    hint = "sigma_sub = 1 - exp(-I), sigma_VP = sqrt(1 - exp(-I))."
    close(sub["sigma"], vp["sigma"] ** 2, rtol=1e-7, what="sigma of SubVP against sigma^2 of VP", hint=hint)
    expected = -torch.expm1(-(0.1 * t + 9.95 * t**2))
    close(sub["sigma"], expected, rtol=1e-7, what="sigma of SubVP", hint=hint)


@task("sdes")
def test_times_keep_shape_and_become_float64(submission):
    """A time in float32 counts as float64, and shapes () and (b,) stay"""
    for name in NAMES:
        exact = submission.play(plays.sde, name, exactly(0.5, 2**-17))  # float32 holds both
        for t in (torch.tensor([0.5, 2**-17]), torch.tensor(0.5)):
            came = submission.play(plays.sde, name, t)
            for key in ("f", "g", "alpha", "sigma"):
                hint = "t.double() first: in float32, 1 - exp(-I) is off by 1.2 % at t = 1e-5."
                shape = tuple(came[key].shape)
                expect(shape == tuple(t.shape), f"{key} of {name} has shape {shape}; expected that of t")
                expect_dtype(came[key], torch.float64, f"{key} of {name}")
                close(
                    came[key].flatten(),
                    exact[key][: t.numel()],
                    rtol=EXACT,
                    what=f"{key} of {name}",
                    hint=hint,
                )
            close(came["t"], t, rtol=0, what="t afterwards")
