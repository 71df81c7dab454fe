"""Public checks of fits and distances: two modes far apart, worked pairs, and what any distance obeys."""

import math

import torch

from autograder.checks import close, expect, task

from .. import plays
from ..quadrature import normal_nodes
from .near import COV, IN_PLACE, MEAN, covariance, exactly, near

APART = exactly(0, 0), exactly(-3, 3), exactly(1, 1)  # the worked mixture of task 6.1
UNEVEN = exactly(0.3, 0.7).log(), exactly(-4, 3), exactly(0.5, 1)


# -------------------- 6.1 fits
@task("fits", weight=2)
def test_forward_fit_covers_both_modes(submission):
    """Of N(-3, 1) and N(3, 1) it is N(0, 10); of .3 N(-4, .25) and .7 N(3, 1) mean .9, deviation 3.326"""
    mean, std = submission.divergence.forward_fit(*APART)
    hint = "The moments of the mixture: variances within, and the means' distance from the common mean."
    near((mean, std), (exactly(0)[0], exactly(math.sqrt(10))[0]), "mean and deviation", hint)
    mean, std = submission.divergence.forward_fit(*UNEVEN)
    variance = 0.3 * 0.25 + 0.7 + 0.3 * 4.9**2 + 0.7 * 2.1**2
    near((mean, std), (exactly(0.9)[0], exactly(math.sqrt(variance))[0]), "mean and deviation", hint)


@task("fits", weight=2)
def test_reverse_kl_of_the_worked_mixture(submission):
    """Against N(-3, 1) and N(3, 1), half each: N(3, 1) has 0.689297933, N(0, 10) has 0.9379801910"""
    nodes, quadrature = normal_nodes()
    hint = "The average of log q - log p under q, at x = mean + std z."
    for mean, std, expected in ((3.0, 1.0, 0.689297933), (0.0, math.sqrt(10), 0.9379801910)):
        at = exactly(mean)[0], exactly(std)[0]
        kl = submission.divergence.reverse_kl(*at, *APART, nodes, quadrature)
        near(kl, exactly(expected)[0], f"KL(N({mean:g}, {std:.4g}^2) || mixture)", hint)


@task("fits")
def test_reverse_kl_of_one_component(submission):
    """Against a single Gaussian it is the KL of two Gaussians, which the nodes give exactly"""
    nodes, quadrature = normal_nodes()
    one = exactly(-2), exactly(1), exactly(2)  # whatever its log-weight
    for mean, std in ((1.0, 2.0), (0.0, 1.0), (2.5, 3.0)):
        at = exactly(mean)[0], exactly(std)[0]
        kl = submission.divergence.reverse_kl(*at, *one, nodes, quadrature)
        expected = math.log(2 / std) + (std**2 + (mean - 1) ** 2) / 8 - 0.5
        near(kl, exactly(expected)[0], f"KL(N({mean:g}, {std:g}^2) || N(1, 4))", "log q counts too.")


@task("fits", weight=2)
def test_reverse_kl_is_least_near_one_mode(submission):
    """Its slopes by mean and std are 0 at 2.984306, 1.023369, where it is 0.6887690; they pass to both"""
    nodes, quadrature = normal_nodes()
    hint = "Stay with tensors: .item() and torch.tensor(...) cut the gradient."
    at = exactly(2.984305972)[0], exactly(1.023368541)[0]
    found = submission.play(plays.reverse_kl_with_slopes, *at, *APART, nodes, quadrature)
    expect(
        found["by mean"] is not None and found["by std"] is not None,
        "no gradient passes to mean or std",
        hint,
    )
    near(found["kl"], exactly(0.6887689959)[0], "the reverse KL")
    slopes = torch.stack([found["by mean"], found["by std"]])
    close(slopes, exactly(0, 0), atol=1e-7, what="the slopes", hint=hint)  # ten digits of the place are given
    at = exactly(2)[0], exactly(0.5)[0]
    found = submission.play(
        plays.reverse_kl_with_slopes, *at, exactly(0), exactly(1), exactly(2), nodes, quadrature
    )
    near(found["by mean"], exactly(0.25)[0], "the slope by mean, against N(1, 4)", "(mean - 1) / 4.")
    near(found["by std"], exactly(0.125 - 2)[0], "the slope by std, against N(1, 4)", "std / 4 - 1 / std.")


@task("fits")
def test_fits_divide_weights_by_their_sum(submission):
    """A constant added to the log-weights changes nothing; a weight of e^-1000 counts where it is alone"""
    nodes, quadrature = normal_nodes()
    log_weights, means, stds = UNEVEN
    at = exactly(3)[0], exactly(1)[0]
    fit = submission.divergence.forward_fit(*UNEVEN)
    kl = submission.divergence.reverse_kl(*at, *UNEVEN, nodes, quadrature)
    for shift in (2.0, -1000.0, 1000.0):
        moved = log_weights + shift, means, stds
        near(
            submission.divergence.forward_fit(*moved),
            fit,
            "mean and deviation",
            "softmax of the log-weights.",
        )
        again = submission.divergence.reverse_kl(*at, *moved, nodes, quadrature)
        near(again, kl, "the reverse KL", "log_softmax of the log-weights.")
    faint = exactly(0, -1000), exactly(0, 200), exactly(1, 1)
    kl = submission.divergence.reverse_kl(exactly(200)[0], exactly(1)[0], *faint, nodes, quadrature)
    near(kl, exactly(1000)[0], "the reverse KL at a component of weight e^-1000", "Stay with log-weights.")


@task("fits")
def test_reverse_kl_uses_the_nodes_given(submission):
    """With the two nodes -1 and 1, half each, against N(0, 1) from N(1, 4) it is 2 - log 2"""
    nodes, quadrature = exactly(-1, 1), exactly(0.5, 0.5)
    standard = exactly(0), exactly(0), exactly(1)
    kl = submission.divergence.reverse_kl(exactly(1)[0], exactly(2)[0], *standard, nodes, quadrature)
    # x = -1 and 3: log q - log p = -1/2 - log 2 + x^2 / 2, which is -log 2 and 4 - log 2.
    near(
        kl, exactly(2 - math.log(2))[0], "the reverse KL", "The nodes are z, not x; both logs carry log 2 pi."
    )
    uneven = submission.divergence.reverse_kl(
        exactly(1)[0], exactly(2)[0], *standard, nodes, exactly(0.25, 0.75)
    )
    near(uneven, exactly(3 - math.log(2))[0], "the reverse KL with weights 1/4 and 3/4", "A weighted sum.")


@task("fits")
def test_fits_leave_their_input_alone(submission):
    """No argument is changed"""
    args = [*UNEVEN, exactly(-1, 1), exactly(0.5, 0.5)]
    close(submission.play(plays.after_fits, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 6.2 distances
@task("distances", weight=2)
def test_js_of_worked_pairs(submission):
    """(.5, .5, 0), (0, .5, .5): half of log 2; disjoint: log 2; (.1, .9), (.6, .4): 0.1483993188"""
    js = submission.divergence.js_divergence
    hint = "Half of KL(p || m) plus half of KL(q || m), m halfway; natural logarithms, no root; 0 log 0 = 0."
    near(js(exactly(0.5, 0.5, 0), exactly(0, 0.5, 0.5)), exactly(0.5 * math.log(2))[0], "JS", hint)
    near(js(exactly(1, 0), exactly(0, 1)), exactly(math.log(2))[0], "JS of disjoint laws", hint)
    near(js(exactly(0.1, 0.9), exactly(0.6, 0.4)), exactly(0.1483993188)[0], "JS", hint)


@task("distances")
def test_js_of_batches(submission, seed):
    """Rows are compared one by one, for any axes before; JS is symmetric, and 0 for equal rows"""
    p, q = ((2 * seed.fork(name).normal(2, 3, 5)).softmax(-1) for name in "pq")
    js = submission.divergence.js_divergence
    forth, back = js(p, q), js(q, p)
    expect(
        forth.shape == (2, 3),
        f"for rows of shape (2, 3, 5) it has shape {tuple(forth.shape)}; expected (2, 3)",
    )
    near(forth, back, "JS(q, p)")
    m = 0.5 * (p + q)
    near(
        forth,
        0.5 * ((p * (p / m).log()).sum(-1) + (q * (q / m).log()).sum(-1)),
        "JS",
        "Sum over the last axis.",
    )
    close(js(p, p), torch.zeros(2, 3).double(), atol=1e-12, what="JS(p, p)")


@task("distances", weight=2)
def test_w2_of_the_worked_pair(submission):
    """N((1, -2), [[4, 2], [2, 3]]) and N(0, [[2, -1], [-1, 1]]): the squared distance is 7.884705417"""
    other = exactly([2, -1], [-1, 1])
    came = submission.divergence.gaussian_w2_squared(MEAN, COV, exactly(0, 0), other)
    # For 2 x 2 matrices, (tr sqrt M)^2 = tr M + 2 sqrt(det M), and M is similar to COV @ other.
    overlap = math.sqrt((COV @ other).trace().item() + 2 * math.sqrt(8 * 1))
    hint = "The root of root(A) B root(A); roots of matrices that do not commute cannot be multiplied singly."
    near(came, exactly(5 + 7 + 3 - 2 * overlap)[0], "the squared distance", hint)


@task("distances")
def test_w2_on_the_line(submission):
    """N(0, 4) and N(3, 1): 3^2 + (2 - 1)^2 = 10, a squared distance"""
    came = submission.divergence.gaussian_w2_squared(exactly(0), exactly([4]), exactly(3), exactly([1]))
    near(came, exactly(10)[0], "the squared distance", "Means and deviations differ; it is not rooted.")


@task("distances")
def test_w2_of_singular_laws(submission):
    """[[1, 1], [1, 1]] and [[1, -1], [-1, 1]] are lines at right angles: 4; a point and N(m, S): |m|^2 + 7"""
    w2, zero = submission.divergence.gaussian_w2_squared, exactly(0, 0)
    hint = "Clamp eigenvalues at 0 before the root; a Cholesky factor does not exist here."
    came = w2(zero, exactly([1, 1], [1, 1]), zero, exactly([1, -1], [-1, 1]))
    close(came, exactly(4)[0], atol=4e-6, what="the squared distance", hint=hint)  # roots of roundings
    for args in ((MEAN, COV, zero, 0 * COV), (zero, 0 * COV, MEAN, COV)):
        close(w2(*args), exactly(12)[0], atol=7e-6, what="the squared distance to a point", hint=hint)


@task("distances")
def test_w2_is_a_distance(submission, seed):
    """It is symmetric, 0 for equal laws, and the same after a rotation of both"""
    w2 = submission.divergence.gaussian_w2_squared
    (m_a, m_b), (c_a, c_b) = seed.fork("means").normal(2, 3), covariance(seed, 2, 3)
    forth = w2(m_a, c_a, m_b, c_b)
    near(w2(m_b, c_b, m_a, c_a), forth, "the squared distance the other way round")
    Q, _ = torch.linalg.qr(seed.fork("Q").normal(3, 3))
    turned = w2(Q @ m_a, Q @ c_a @ Q.T, Q @ m_b, Q @ c_b @ Q.T)
    near(turned, forth, "the squared distance after a rotation", rtol=1e-8)
    close(w2(m_a, c_a, m_a, c_a), exactly(0)[0], atol=1e-10, what="the squared distance of equal laws")


@task("distances")
def test_distances_leave_their_input_alone(submission, seed):
    """No argument is changed"""
    args = [exactly(0.5, 0.5), exactly(0.1, 0.9), MEAN, COV, seed.normal(2), covariance(seed, 2)]
    close(submission.play(plays.after_distances, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)
