"""Hidden checks of the SDEs: fresh constants, and their laws by integrating the moments' equations."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks import Seed, close, exactly, expect, task

from .. import plays
from .fresh import expect_in_step

KEYS = ("f", "g", "alpha", "sigma")


# -------------------- 3.1 sdes
@task("sdes", gate=True)
def test_sdes_are_answers_at_all(submission, seed):
    """Drift, diffusion or law of one of the SDEs goes with time as it must"""
    t = 0.05 + 0.9 * seed.uniform(40)
    vp, ve = (submission.play(plays.sde, name, t) for name in ("VP", "VE"))
    expect_in_step(vp["f"], t)
    expect(vp["f"].abs().max() > 1.5, "the drift of VP hardly grows with time")  # to 9.4 or so
    expect_in_step(vp["alpha"], torch.exp(-0.05 * t - 4.975 * t**2))
    expect_in_step(ve["sigma"].abs().clamp(min=1e-12).log(), t)


@task("sdes", weight=2)
def test_laws_by_integration(submission, seed):
    """Integrating alpha' = f alpha and (sigma^2)' = 2 f sigma^2 + g^2 gives the laws of all three SDEs

    Integrate alpha' = f alpha and (sigma^2)' = 2 f sigma^2 + g^2 and compare with mean and deviation of each
    SDE.
    """
    low, high = 0.2 + seed.fork("low").uniform(1).item(), 3 + 4 * seed.fork("high").uniform(1).item()
    N, kept = 400, math.exp(-(low + high) / 2)  # alpha^2 at t = 1: beta is (low + high) / 2 on average
    ends = {"VP": (kept**0.5, 1 - kept), "SubVP": (kept**0.5, (1 - kept) ** 2), "VE": (1.0, high**2)}
    for name, end in ends.items():
        grid = torch.linspace(0, 1, 2 * N + 1, dtype=torch.float64)
        came = submission.play(plays.sde, name, grid, [low, high])
        f, g2 = came["f"].tolist(), (came["g"] ** 2).tolist()
        a, v = came["alpha"][0].item(), came["sigma"][0].item() ** 2
        for i in range(0, 2 * N, 2):  # Simpson's rule for each interval, as a Runge-Kutta step of the pair
            h = 1 / N
            k = []
            for j, weight in ((0, 0), (1, h / 2), (1, h / 2), (2, h)):
                da, dv = k[-1] if k else (0.0, 0.0)
                now_a, now_v = a + weight * da, v + weight * dv
                k.append((f[i + j] * now_a, 2 * f[i + j] * now_v + g2[i + j]))
            a += h / 6 * (k[0][0] + 2 * k[1][0] + 2 * k[2][0] + k[3][0])
            v += h / 6 * (k[0][1] + 2 * k[1][1] + 2 * k[2][1] + k[3][1])
        for law in (end, (a, v)):
            close(came["alpha"][-1], exactly(law[0])[0], rtol=1e-6, what=f"alpha of {name} at t = 1")
            close(came["sigma"][-1] ** 2, exactly(law[1])[0], rtol=1e-6, what=f"sigma^2 of {name} at t = 1")


@task("sdes")
@settings(max_examples=20)
@given(low=st.floats(0.01, 2), more=st.floats(0.1, 30), n=st.integers(0, 10**6))
def test_vp_and_sub_vp_of_fresh_constants(submission, low, more, n):
    """Both are exact for any betas, from small times on

    The integral of beta up to t has a factor 1/2 with t^2, and sub-VP's deviation has no root. Try other
    betas and small t.
    """
    t, high = Seed(n).uniform(5) ** 3, low + more
    beta = low + more * t
    I = low * t + more * t**2 / 2  # noqa: E741
    vp, sub = (submission.play(plays.sde, name, t, [low, high]) for name in ("VP", "SubVP"))
    for came in (vp, sub):
        close(came["f"], -beta / 2, rtol=1e-9, what="f")
        close(came["alpha"] ** 2, torch.exp(-I), rtol=1e-9, what="alpha^2")
    # what 1 - exp loses in float64 at the least times is allowed
    close(vp["g"] ** 2, beta, rtol=1e-9, what="g^2 of VP")
    close(vp["sigma"] ** 2, -torch.expm1(-I), rtol=1e-6, atol=1e-14, what="sigma^2 of VP")
    close(sub["sigma"], -torch.expm1(-I), rtol=1e-6, atol=1e-14, what="sigma of SubVP")
    close(sub["g"] ** 2, -beta * torch.expm1(-2 * I), rtol=1e-6, atol=1e-13, what="g^2 of SubVP")


@task("sdes")
@settings(max_examples=20)
@given(low=st.floats(0.001, 1), ratio=st.floats(2, 10_000), n=st.integers(0, 10**6))
def test_ve_of_fresh_constants(submission, low, ratio, n):
    """VE is exact between any two levels

    sigma is geometric between the two levels; g has the derivative's sqrt(2 log ratio).
    """
    t = Seed(n).uniform(5)
    came = submission.play(plays.sde, "VE", t, [low, low * ratio])
    close(came["sigma"].log(), math.log(low) + t * math.log(ratio), rtol=1e-8, atol=1e-9, what="log sigma")
    close(
        (came["g"] / came["sigma"]) ** 2,
        torch.full_like(t, 2 * math.log(ratio)),
        rtol=1e-8,
        what="(g / sigma)^2",
    )
    close(came["f"], 0 * t, what="f")
    close(came["alpha"], 0 * t + 1, rtol=1e-12, what="alpha")


@task("sdes")
def test_small_times_in_float32(submission):
    """A float32 time of about 1e-5 gives sigma 0.00100050 in VP, not what float32 would make of it

    Try a float32 time of 1e-5: make it float64 first, and use expm1.
    """
    t = torch.tensor([1e-5, 1e-4])
    exact = t.double()
    I = 0.1 * exact + 9.95 * exact**2  # noqa: E741
    came = submission.play(plays.sde, "VP", t)
    close(came["sigma"], (-torch.expm1(-I)).sqrt(), rtol=1e-8, what="sigma of VP")
    for name in ("VP", "SubVP", "VE"):
        came = submission.play(plays.sde, name, t[0])
        for key in KEYS:
            right = came[key].dtype == torch.float64 and came[key].ndim == 0
            expect(
                right,
                f"{key} of {name} at one float32 time: {came[key].dtype}, {tuple(came[key].shape)}",
            )
