"""Public checks of distillation among Gaussians: worked slopes and points, and what variational ones keep."""

import torch

from autograder.checks import close, exactly, expect, raises, task
from autograder.nearness import WORKED, near

ALPHA_BAR = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


# -------------------- 6.2 distilled_gaussian
@task("distilled_gaussian", weight=2)
def test_worked_slopes(submission):
    """For a prior of variance .04 the slopes at steps 20, 500, 979 are .0107419, .2669505, .0077598"""
    came = submission.theory.sds_slope(0.04, ALPHA_BAR[[20, 500, 979]])
    hint = "Three factors: a power of 1 - alpha_bar, a root of alpha_bar, one over the variance of x_t."
    close(came, exactly(0.0107419, 0.2669505, 0.0077598), rtol=0, atol=WORKED, what="slopes", hint=hint)


@task("distilled_gaussian", weight=2)
def test_worked_fixed_points(submission):
    """N(1, 1/4) against N(0, 1), w = 7.5: 1.7858454, 5.4377036, 7.4452834 at steps 200, 500, 800"""
    for t, expected in ((200, 1.7858454), (500, 5.4377036), (800, 7.4452834)):
        came = submission.theory.guided_fixed_point(1.0, 0.25, 0.0, 1.0, 7.5, ALPHA_BAR[t].item())
        hint = "Each prior pulls with 1 / (alpha_bar v + 1 - alpha_bar), the variance of x_t."
        close(came, expected, rtol=0, atol=WORKED, what=f"the fixed point at step {t}", hint=hint)


@task("distilled_gaussian")
def test_equal_variances_and_no_guidance(submission):
    """With equal variances the point is m_u + w (m_c - m_u) at every step; w = 1 gives m_c, w = 0 m_u"""
    for a in (0.9, 0.3):
        came = submission.theory.guided_fixed_point(1.5, 0.5, -0.5, 0.5, 3.0, a)
        close(
            came,
            5.5,
            rtol=1e-12,
            what="the fixed point",
            hint="w is the weight of eps_u + w (eps_c - eps_u).",
        )
        for w, expected in ((1.0, 1.5), (0.0, -0.5)):
            came = submission.theory.guided_fixed_point(1.5, 0.2, -0.5, 2.0, w, a)
            close(came, expected, rtol=1e-12, what=f"the fixed point with w = {w:g}")


@task("distilled_gaussian")
def test_points_that_repel(submission):
    """N(1, 4) against N(0, 1) with w = 7.5 repels at steps 200 and 500, ValueError, and attracts at 800"""
    for t in (200, 500):
        with raises(ValueError):
            submission.theory.guided_fixed_point(1.0, 4.0, 0.0, 1.0, 7.5, ALPHA_BAR[t].item())
    came = submission.theory.guided_fixed_point(1.0, 4.0, 0.0, 1.0, 7.5, ALPHA_BAR[800].item())
    expect(came > 1, f"the fixed point at step 800 is {came:.4g}; expected one above 1")
    with raises(ValueError):  # both pull with 1, and 0.5 - 0.5 = 0 is left
        submission.theory.guided_fixed_point(1.0, 3.0, 0.0, 1.0, 2.0, 0.5)


@task("distilled_gaussian", weight=2)
def test_variational_gradients(submission):
    """Particles that follow the prior's law are left alone, and narrow ones are driven apart"""
    x = exactly(-1, 0, 0.3, 2)
    still = submission.theory.vsd_gradient(x, 0.3, 0.04, 0.3, 0.04, 0.4)
    near(still, torch.zeros(4).double(), "the gradient at the prior's law", "The difference of two scores.")
    came = submission.theory.vsd_gradient(x, 0.3, 0.04, 0.5, 0.01, 0.4)
    weight = 0.6**1.5 * 0.4**0.5
    expected = weight * ((x - 0.3) / 0.616 - (x - 0.5) / 0.604)
    near(came, expected, "the gradient", "(1 - alpha_bar)^(3/2) sqrt(alpha_bar), as for sds_slope.")
