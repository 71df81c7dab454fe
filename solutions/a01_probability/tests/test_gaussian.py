"""Public checks of Gaussians: one worked law, torch's own Gaussian, and what any right answer obeys."""

import math

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from .near import COV, IN_PLACE, INDEFINITE, MEAN, NO_FACTOR, SINGLE, covariance, exactly, expect_dtype, near

LOG_2PI = math.log(2 * math.pi)


def log_normal(x: Tensor, mean: Tensor, cov: Tensor) -> Tensor:
    """Return log N(x; mean, cov) as torch's own Gaussian has it."""
    return MultivariateNormal(mean, cov).log_prob(x)


# -------------------- 1.1 gaussian
@task("gaussian", weight=2)
def test_log_prob_of_the_worked_law(submission):
    """log N((0, 0); (1, -2), [[4, 2], [2, 3]]) is -4.565097837"""
    log_prob = submission.gaussian.gaussian_log_prob(exactly([0, 0]), MEAN[None], COV[None])
    expected = exactly(-0.5 * (27 / 8 + math.log(8)) - LOG_2PI)  # squared distance 27/8, determinant 8
    hint = "Three terms: squared distance 3.375, log-determinant log 8, and 2 log(2 pi); all times -1/2."
    near(log_prob, expected, "log p", hint)


@task("gaussian", weight=2)
def test_sample_of_the_worked_law(submission):
    """eps = (1, 1) becomes (3, 0.4142), and (1, 0) becomes (3, -1)"""
    eps = exactly([1, 1], [1, 0])
    sample = submission.gaussian.gaussian_sample(MEAN[None], COV[None], eps)
    hint = "L = [[2, 0], [1, sqrt 2]] multiplies each eps from the left; for rows that is not eps @ L."
    near(sample, exactly([3, math.sqrt(2) - 1], [3, -1]), "the sample", hint)


@task("gaussian")
def test_log_prob_of_a_long_vector(submission):
    """With 400 coordinates of variance 0.01 the log-density at the mean is 553.4586, though det is 0"""
    cov = 0.01 * torch.eye(400, dtype=torch.float64)
    mean = torch.full((1, 400), 0.5, dtype=torch.float64)
    log_prob = submission.gaussian.gaussian_log_prob(mean, mean, cov[None])
    hint = "0.01^400 is 0 in float64. Add logarithms of the diagonal of L instead of multiplying."
    near(log_prob, exactly(-200 * math.log(0.02 * math.pi)), "log p", hint)


@task("gaussian")
def test_each_point_has_its_own_law(submission, seed):
    """Points, means and covariances are worked out row by row; a single mean or covariance holds for all"""
    x, mean, cov = seed.fork("x").normal(4, 3), seed.fork("mean").normal(4, 3), covariance(seed, 4, 3)
    eps = seed.fork("eps").normal(4, 3)
    for m, c in ((mean, cov), (mean[:1], cov), (mean, cov[:1])):
        log_prob = submission.gaussian.gaussian_log_prob(x, m, c)
        near(log_prob, log_normal(x, m, c), "log p", "Batches: L is (b, d, d), and each has its own z.")
        sample = submission.gaussian.gaussian_sample(m, c, eps)
        factors = torch.linalg.cholesky(c).expand(4, 3, 3)
        expected = torch.stack([row @ L.T for row, L in zip(eps, factors, strict=True)]) + m
        near(sample, expected, "the sample", "Row i is mean[i] + L[i] eps[i].")


@task("gaussian")
def test_log_prob_of_nearly_equal_coordinates(submission):
    """With correlation 0.9999 the log-density of (0.3, -0.2) is -622.5805, which float32 misses by 0.1"""
    cov = exactly([1, 0.9999], [0.9999, 1])
    log_prob = submission.gaussian.gaussian_log_prob(exactly([0.3, -0.2]), exactly([0, 0]), cov[None])
    det = 1 - 0.9999**2
    expected = exactly(-0.5 * ((0.09 + 0.04 + 0.12 * 0.9999) / det + math.log(det)) - LOG_2PI)
    hint = "Work in float64 from the first operation on."
    close(log_prob, expected, rtol=1e-8, what="log p", hint=hint)  # condition number 2e4


@task("gaussian")
def test_gaussian_returns_the_dtype_of_points_and_noise(submission):
    """float32 points and noise give float32 results, worked out in float64"""
    cov = torch.tensor([[[1, 0.999], [0.999, 1]]], dtype=torch.float32)
    x, mean = torch.tensor([[0.3, -0.2]]), torch.zeros(1, 2)
    log_prob = submission.gaussian.gaussian_log_prob(x, mean, cov)
    expect_dtype(log_prob, torch.float32)
    expected = log_normal(x.double(), mean.double(), cov.double())
    close(
        log_prob, expected, rtol=3e-6, what="log p", hint="Convert with .double() first, and back at the end."
    )
    sample = submission.gaussian.gaussian_sample(MEAN[None], COV[None], torch.ones(1, 2))
    expect_dtype(sample, torch.float32)
    close(sample, exactly([3, math.sqrt(2) - 1]), rtol=SINGLE, what="the sample")
    wide = exactly([1e8 / 9, 0], [0, 1])[None]  # a deviation of 10000 / 3
    sample = submission.gaussian.gaussian_sample(exactly([3333, 0]), wide, torch.tensor([[-1.0, 0.0]]))
    hint = "3333 less 3333.333...: what is formed in float32 has lost the digits that are left."
    close(sample, exactly([-1 / 3, 0]), rtol=SINGLE, what="the sample near 0", hint=hint)


@task("gaussian")
def test_gaussian_refuses_what_is_no_covariance(submission):
    """A matrix with a negative eigenvalue raises ValueError in both functions, also as one of a batch"""
    eps, batch = exactly([1, 1], [2, 0]), torch.stack([COV, INDEFINITE])
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.gaussian_log_prob(eps, MEAN[None], batch)
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.gaussian_sample(MEAN[None], batch, eps)
    log_prob = submission.gaussian.gaussian_log_prob(exactly([1, -2]), MEAN[None], COV[None])
    near(log_prob, exactly(-0.5 * math.log(8) - LOG_2PI), "log p at the mean")


@task("gaussian")
def test_no_points_and_one_coordinate(submission):
    """No points give a result of shape (0,), and with d = 1 this is the density that you know"""
    none = submission.gaussian.gaussian_log_prob(torch.zeros(0, 2).double(), MEAN[None], COV[None])
    expect(none.shape == (0,), f"for no points the result has shape {tuple(none.shape)}; expected (0,)")
    log_prob = submission.gaussian.gaussian_log_prob(exactly([3], [1]), exactly([1]), exactly([[4]]))
    peak = -math.log(2) - 0.5 * LOG_2PI
    near(log_prob, exactly(peak - 0.5, peak), "log N(x; 1, 4)", "Is the 4 taken for a deviation?")


@task("gaussian")
def test_gaussian_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    x, mean, cov = seed.fork("x").normal(3, 2), seed.fork("mean").normal(3, 2), covariance(seed, 3, 2)
    after = submission.play(plays.after_gaussian, x, mean, cov)
    close(after, [x, mean, cov], rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 1.2 gaussian_kl
@task("gaussian_kl")
def test_entropy_of_two_laws(submission):
    """The entropy of [[4, 2], [2, 3]] is 3.877597837, and that of [[0.01]] is negative, -0.8836"""
    entropy = submission.gaussian.gaussian_entropy
    hint = "d/2 (1 + log 2 pi) plus half of the log-determinant. Negative is right for narrow laws."
    near(entropy(COV), exactly(0.5 * math.log(8) + 1 + LOG_2PI)[0], "the entropy", hint)
    narrow = exactly(0.5 * (math.log(0.01) + 1 + LOG_2PI))[0]
    near(entropy(exactly([0.01])), narrow, "the entropy", hint)


@task("gaussian_kl", weight=2)
def test_kl_of_the_worked_law(submission):
    """KL(N(m, S) || N(0, I)) is 3.960279229; the other way round it is 2.164720771"""
    kl, zero, one = submission.gaussian.gaussian_kl, exactly(0, 0), torch.eye(2).double()
    hint = "Trace 7, squared distance 5, d = 2, log-determinant log 8, all times 1/2. Which law comes first?"
    near(kl(MEAN, COV, zero, one), exactly(5 - 0.5 * math.log(8))[0], "KL(q || p)", hint)
    near(kl(zero, one, MEAN, COV), exactly(9 / 8 + 0.5 * math.log(8))[0], "KL the other way round", hint)


@task("gaussian_kl")
def test_kl_on_the_line(submission):
    """KL(N(2, 1) || N(0, 1)) is 2, and KL(N(0, e^2) || N(0, 1)) is 2.194528049"""
    kl = submission.gaussian.gaussian_kl
    zero, one = exactly(0), exactly([1])
    near(
        kl(exactly(2), one, zero, one),
        exactly(2)[0],
        "KL(N(2, 1) || N(0, 1))",
        "Half of the squared distance.",
    )
    wide = exactly([math.e**2])
    expected = exactly(0.5 * (math.e**2 - 1) - 1)[0]
    near(kl(zero, wide, zero, one), expected, "KL(N(0, e^2) || N(0, 1))", "e^2 is a variance.")


@task("gaussian_kl")
def test_kl_does_not_depend_on_coordinates(submission, seed):
    """Mapping both laws by x -> A x + b leaves their KL as it was"""
    A, b = seed.fork("A").normal(3, 3), seed.fork("b").normal(3)
    (m_q, m_p), (c_q, c_p) = seed.fork("means").normal(2, 3), covariance(seed, 2, 3)
    before = torch.distributions.kl_divergence(MultivariateNormal(m_q, c_q), MultivariateNormal(m_p, c_p))
    near(submission.gaussian.gaussian_kl(m_q, c_q, m_p, c_p), before, "KL(q || p)")
    mapped = submission.gaussian.gaussian_kl(A @ m_q + b, A @ c_q @ A.T, A @ m_p + b, A @ c_p @ A.T)
    close(mapped, before, rtol=1e-8, what="KL of the mapped laws")  # A may lose a digit or two


@task("gaussian_kl")
def test_kl_of_equal_laws(submission, seed):
    """The KL of a law to itself is 0 up to rounding"""
    mean, cov = seed.fork("mean").normal(4), covariance(seed, 4)
    kl = submission.gaussian.gaussian_kl(mean, cov, mean, cov)
    close(kl, torch.zeros(()).double(), atol=1e-12, what="KL(q || q)", hint="Does -d stand there?")


@task("gaussian_kl")
def test_kl_refuses_what_is_no_covariance(submission):
    """A matrix without a Cholesky factor raises ValueError, in the entropy and on either side of the KL"""
    near(
        submission.gaussian.gaussian_entropy(exactly([1])),
        exactly(0.5 + 0.5 * LOG_2PI)[0],
        "the entropy of N(0, 1)",
    )
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.gaussian_entropy(INDEFINITE)
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.gaussian_kl(MEAN, INDEFINITE, MEAN, COV)
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.gaussian_kl(MEAN, COV, MEAN, INDEFINITE)


@task("gaussian_kl")
def test_kl_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    args = [MEAN, COV, seed.normal(2), covariance(seed, 2)]
    close(submission.play(plays.after_gaussian_kl, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 1.3 condition
THREE = exactly(1, 2, 3), exactly([4, 2, 1], [2, 3, 1], [1, 1, 2])


@task("condition", weight=2)
def test_condition_on_two_of_three(submission):
    """N((1, 2, 3), [[4, 2, 1], [2, 3, 1], [1, 1, 2]]) given x_2 = 5, x_0 = 0: mean 15/7, variance 13/7"""
    mean, cov = submission.gaussian.condition(*THREE, torch.tensor([2, 0]), exactly(5, 0))
    hint = "value[i] belongs to known[i]; what moves the mean is value - mean[known]."
    near(mean, exactly(15 / 7), "the mean", hint)
    near(cov, exactly([13 / 7]), "the variance", "Knowing x_0 and x_2 makes the variance smaller than 3.")


@task("condition")
def test_condition_sorts_what_is_left(submission):
    """Values follow the order of `known`, whatever it is; what is left stands in ascending order"""
    mean, cov = submission.gaussian.condition(*THREE, torch.tensor([1]), exactly(5))
    near(mean, exactly(3, 4), "the mean of x_0 and x_2 given x_1 = 5")  # 1 + 2/3 * 3, 3 + 1/3 * 3
    near(cov, exactly([8 / 3, 1 / 3], [1 / 3, 5 / 3]), "their covariance")
    for known, value in (([0, 2], [0, 5]), ([2, 0], [5, 0])):
        mean, _ = submission.gaussian.condition(*THREE, torch.tensor(known), exactly(*value))
        near(mean, exactly(15 / 7), f"the mean with known = {known}", "Index cov by `known` as it comes.")


@task("condition")
def test_condition_on_nothing_and_on_all(submission):
    """Nothing known leaves mean and covariance as they are; all known leaves shapes (0,) and (0, 0)"""
    nothing = torch.zeros(0, dtype=torch.long), torch.zeros(0).double()
    mean, cov = submission.gaussian.condition(*THREE, *nothing)
    near([mean, cov], [*THREE], "mean and covariance with nothing known")
    mean, cov = submission.gaussian.condition(*THREE, torch.tensor([2, 0, 1]), exactly(1, 1, 1))
    shapes = tuple(mean.shape), tuple(cov.shape)
    expect(shapes == ((0,), (0, 0)), f"with all known the shapes are {shapes}; expected (0,) and (0, 0)")


@task("condition")
def test_covariance_does_not_look_at_the_value(submission, seed):
    """The conditional covariance is the same for every value, and never larger than before"""
    mean, cov, known = seed.fork("mean").normal(5), covariance(seed, 5), torch.tensor([4, 1])
    _, first = submission.gaussian.condition(mean, cov, known, seed.fork("one").normal(2))
    _, second = submission.gaussian.condition(mean, cov, known, 3 * seed.fork("two").normal(2))
    near(first, second, "the covariance for another value")
    rest = torch.tensor([0, 2, 3])
    gone = cov[rest][:, rest].diagonal() - first.diagonal()
    expect((gone > 0).all(), "a variance did not shrink, though something was learnt", "Is the sign right?")


@task("condition")
def test_density_factorises(submission, seed):
    """log p(x) = log p(known) + log p(the rest | known), at any x"""
    mean, cov, x = seed.fork("mean").normal(5), covariance(seed, 5), seed.fork("x").normal(5)
    known, rest = torch.tensor([3, 1]), torch.tensor([0, 2, 4])
    m, c = submission.gaussian.condition(mean, cov, known, x[known])
    expect(
        (torch.linalg.eigvalsh((c + c.mT) / 2) > 0).all(),
        "the conditional covariance is not positive definite",
    )
    given = log_normal(x, mean, cov) - log_normal(x[known], mean[known], cov[known][:, known])
    near(log_normal(x[rest], m, (c + c.mT) / 2), given, "log p(rest | known)")


@task("condition")
def test_condition_refuses_what_is_no_covariance(submission):
    """ValueError when the covariance of the known coordinates has no Cholesky factor"""
    cov = torch.eye(3, dtype=torch.float64)
    cov[0, 1] = cov[1, 0] = 2.0
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.condition(exactly(1, 2, 3), cov, torch.tensor([0, 1]), exactly(0, 0))
    mean, _ = submission.gaussian.condition(exactly(1, 2, 3), cov, torch.tensor([0, 2]), exactly(0, 0))
    near(mean, exactly(0), "the mean of x_1 given x_0 = x_2 = 0")


@task("condition")
def test_condition_leaves_its_input_alone(submission):
    """No argument is changed"""
    args = [*THREE, torch.tensor([2, 0]), exactly(5, 0)]
    close(submission.play(plays.after_condition, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 1.4 linear_posterior
def a_problem(seed: Seed, d: int, m: int, n: int) -> list[Tensor]:
    """Return a prior, a linear map, noise and observations."""
    prior = [seed.fork("mean").normal(d), covariance(seed.fork("cov"), d)]
    linear = [seed.fork("A").normal(m, d), seed.fork("b").normal(m)]
    return [*prior, *linear, covariance(seed.fork("noise"), m), 2 * seed.fork("y").normal(n, m)]


@task("linear_posterior", weight=2)
def test_posterior_of_one_number(submission):
    """x ~ N(0, 1), y = 2x + 1 + N(0, 0.5), y = 3: mean 8/9, variance 1/9, log-evidence -2.115421676"""
    args = exactly(0), exactly([1]), exactly([2]), exactly(1), exactly([0.5]), exactly([3])
    mean, cov, evidence = submission.gaussian.linear_posterior(*args)
    hint = "y has variance 4 + 0.5; the gain is 2 / 4.5, and what it multiplies is y - 1."
    near(mean, exactly([8 / 9]), "the mean", hint)
    near(cov, exactly([1 / 9]), "the variance", hint)
    expected = exactly(-0.5 * (4 / 4.5 + math.log(4.5) + LOG_2PI))
    near(evidence, expected, "the log-evidence", "It is log N(3; 1, 4.5).")


@task("linear_posterior", weight=2)
def test_posterior_obeys_bayes(submission, seed):
    """At any x, prior plus likelihood equals posterior plus evidence, for each of three observations"""
    for d, m in ((4, 2), (2, 3)):
        args = a_problem(seed, d, m, 3)
        mean, cov, A, b, noise_cov, y = args
        new_mean, new_cov, evidence = submission.gaussian.linear_posterior(*args)
        expect(new_cov.shape == (d, d), f"the covariance has shape {tuple(new_cov.shape)}; expected {(d, d)}")
        expect(
            (torch.linalg.eigvalsh((new_cov + new_cov.mT) / 2) > 0).all(), "the covariance is not positive"
        )
        x = seed.fork("x").normal(d)
        joint = log_normal(x, mean, cov) + log_normal(y, A @ x + b, noise_cov)
        posterior = log_normal(x, new_mean, (new_cov + new_cov.mT) / 2)
        near(posterior + evidence, joint, "log p(x | y) + log p(y)", rtol=1e-8)


@task("linear_posterior")
def test_posterior_without_noise(submission, seed):
    """Where nothing is noisy, what was seen is certain: A mean + b = y and A cov A^T = 0"""
    mean, cov, A, b, noise_cov, y = a_problem(seed, 4, 2, 3)
    new_mean, new_cov, _ = submission.gaussian.linear_posterior(mean, cov, A, b, 0 * noise_cov, y)
    hint = "Do not invert noise_cov: only A cov A^T + noise_cov needs a factor."
    close(new_mean @ A.T + b, y, rtol=1e-9, atol=1e-9, what="A mean + b", hint=hint)
    close(A @ new_cov @ A.T, 0 * noise_cov, atol=1e-9, what="A cov A^T", hint=hint)


@task("linear_posterior")
def test_evidence_of_each_observation(submission, seed):
    """Each observation has its own mean and its own evidence, that of N(A mean + b, A cov A^T + noise_cov)"""
    mean, cov, A, b, noise_cov, y = a_problem(seed, 3, 2, 4)
    new_mean, _, evidence = submission.gaussian.linear_posterior(mean, cov, A, b, noise_cov, y)
    expected = log_normal(y, A @ mean + b, A @ cov @ A.T + noise_cov)
    near(evidence, expected, "the log-evidence", "No sum over observations.")
    alone, _, _ = submission.gaussian.linear_posterior(mean, cov, A, b, noise_cov, y[2:3])
    near(new_mean[2:3], alone, "the mean of the third observation alone")


@task("linear_posterior")
def test_posterior_covariance_is_one(submission, seed):
    """The covariance is symmetric, smaller than the prior's, and has a Cholesky factor"""
    args = a_problem(seed, 4, 3, 2)
    _, cov, _ = submission.gaussian.linear_posterior(*args)
    close(cov, cov.mT, atol=1e-12, what="the covariance", hint="It should equal its transpose.")
    expect(int(torch.linalg.cholesky_ex(cov).info) == 0, "the posterior covariance has no Cholesky factor")
    gone = torch.linalg.eigvalsh(args[1] - (cov + cov.mT) / 2)
    expect((gone > -TOLERATED).all(), "the posterior is wider than the prior in some direction", "cov - ...")


TOLERATED = 1e-9  # rounding of an eigenvalue that is 0


@task("linear_posterior")
def test_posterior_refuses_what_has_no_density(submission, seed):
    """ValueError when A cov A^T + noise_cov has no Cholesky factor"""
    mean, cov, A, b, _, y = a_problem(seed, 2, 2, 1)
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.linear_posterior(mean, cov, A, b, -(A @ cov @ A.T) - torch.eye(2), y)
    with raises(ValueError, hint=NO_FACTOR):
        submission.gaussian.linear_posterior(mean, cov, 0 * A, b, INDEFINITE, y)


@task("linear_posterior")
def test_posterior_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    args = a_problem(seed, 3, 2, 2)
    after = submission.play(plays.after_linear_posterior, *args)
    close(after, args, rtol=0, what="the arguments", hint=IN_PLACE)
