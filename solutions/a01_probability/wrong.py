"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Places where an answer was seen stand in a comment.
"""

from autograder.sources.variants import edit, naive, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 gaussian
# numpy#15871 and webppl#473 drew from the law of L^T L.
edit("gaussian", "gaussian_sample__rows_times_factor",
    "moved = (L @ eps.double()[..., None]).squeeze(-1)",
    "moved = (eps.double()[..., None, :] @ L)[..., 0, :]",
    "rows of noise are multiplied by L from the right: that applies the transpose of L, and the samples have "
    "the covariance L^T L instead of L L^T.", read="Convention of task 1.1")
edit("gaussian", "gaussian_sample__symmetric_root",
    "L = cholesky(cov.double())",
    "cholesky(cov.double())\n    values, vectors = torch.linalg.eigh(cov.double())\n"
    "    L = (vectors * values.sqrt()[..., None, :]) @ vectors.mT",
    "the symmetric root of the covariance takes the place of its Cholesky factor: the law is right, but the "
    "draws are others than asked for.", read="Convention of task 1.1")
edit("gaussian", "gaussian_sample__covariance_as_factor",
    "moved = (L @", "moved = (cov.double() @",
    "the covariance itself multiplies the noise: samples then have the covariance times itself.",
    read="What of task 1.1")
edit("gaussian", "gaussian_sample__deviations_only",
    "    moved = (L @",
    "    L = cov.double().diagonal(dim1=-2, dim2=-1).sqrt().diag_embed()\n    moved = (L @",
    "each coordinate is drawn alone, with its own deviation: the covariances between them are lost.",
    read="What of task 1.1")
edit("gaussian", "gaussian_sample__single",
    "(L @ eps.double()[..., None])", "(L.to(eps.dtype) @ eps[..., None])",
    "the factor is cast to the dtype of the noise: in float32, what mean and noise leave of each other has "
    "lost its digits.", read="Convention of task 1.1")
edit("gaussian", "gaussian_sample__scale_tril_of_variances",
    "cholesky(cov.double())", "cholesky(cov.double()) ** 2",
    "the entries of the factor are squared: L multiplies the noise as it is.", read="What of task 1.1")
edit("gaussian", "gaussian_log_prob__det",
    "log_det = 2 * L.diagonal(dim1=-2, dim2=-1).log().sum(1)", "log_det = torch.det(cov.double()).log()",
    "the determinant is formed before its logarithm is taken: in 400 dimensions it underflows to 0.",
    read="Convention of task 1.1")
edit("gaussian", "gaussian_log_prob__half_log_det_missing",
    "log_det = 2 * L", "log_det = 4 * L",
    "the whole log-determinant is subtracted instead of half of it.", read="What of task 1.1")
edit("gaussian", "gaussian_log_prob__log_det_of_factor",
    "    log_prob = -0.5", "    log_det = log_det / 2\n    log_prob = -0.5",
    "the log-determinant of the factor is taken for that of the covariance: the latter is twice as large, "
    "for "
    "cov = L L^T.", read="Convention of task 1.1")
edit("gaussian", "gaussian_log_prob__without_two_pi",
    " + log_det + d * LOG_2PI)", " + log_det)",
    "d/2 log(2 pi) is left out: that density does not integrate to 1.", read="What of task 1.1")
edit("gaussian", "gaussian_log_prob__two_pi_once",
    "d * LOG_2PI", "LOG_2PI",
    "log(2 pi) is counted once instead of once for each coordinate.", read="What of task 1.1")
edit("gaussian", "gaussian_log_prob__wrong_triangle",
    "torch.linalg.solve_triangular(L, away[..., None], upper=False)",
    "torch.linalg.solve_triangular(L.mT, away[..., None], upper=True)",
    "the transposed factor is solved: the squared distance is that of L^T L.",  # as in stan#2671
    read="Convention of task 1.1")
edit("gaussian", "gaussian_log_prob__not_squared",
    "z.square().sum(1)", "z.square().sum(1).sqrt()",
    "the distance stands in the exponent instead of its square.", read="What of task 1.1")
edit("gaussian", "gaussian_log_prob__precision",
    "L = cholesky(cov.double())", "L = cholesky(torch.linalg.inv(cov.double()))",
    "`cov` is taken for a precision matrix: it is a covariance.", read="the conventions of all tasks")
edit("gaussian", "gaussian_log_prob__always_float64",
    "return log_prob.to(x.dtype)", "return log_prob",
    "the result stays in float64: points in float32 should give float32.",
    read="the conventions of all tasks")
edit("gaussian", "gaussian_log_prob__float32_inside",
    "cholesky(cov.double())", "cholesky(cov.float()).double()",
    "the factor is formed in float32: where coordinates are nearly equal, its digits are gone.",
    read="the conventions of all tasks")


@naive("gaussian", "the points are taken one by one, each with a factorisation of its own.")
def gaussian_log_prob__loop(x, mean, cov):
    rows = []
    b, d = x.shape
    means, covs = mean.double().expand(b, d), cov.double().expand(b, d, d)
    for row, m, c in zip(x.double(), means, covs, strict=True):
        L = cholesky(c)
        z = torch.linalg.solve_triangular(L, (row - m)[:, None], upper=False)
        rows.append(-0.5 * z.square().sum() - L.diagonal().log().sum() - 0.5 * d * LOG_2PI)
    return torch.stack(rows).to(x.dtype) if rows else x.new_zeros(0)


# -------------------- 1.2 gaussian_kl
edit("gaussian_kl", "gaussian_kl__swapped",
    "L_q, L_p = cholesky(cov_q), cholesky(cov_p)", "L_p, L_q = cholesky(cov_q), cholesky(cov_p)",
    "the two laws are exchanged: this is KL(p || q).", read="Convention of task 1.2")  # pytorch#57459
edit("gaussian_kl", "gaussian_kl__whole_log_det",
    "return 0.5 * excess + log_ratio", "return 0.5 * excess + 2 * log_ratio",
    "the log-determinants count whole instead of half.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__log_det_sign",
    "0.5 * excess + log_ratio", "0.5 * excess - log_ratio",
    "the log-determinants are subtracted the wrong way round: that of p is added, that of q taken away.",
    read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__without_d",
    " - len(mean_q)", "",
    "d is not subtracted: a law then has the divergence d/2 to itself.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__without_half",
    "0.5 * excess", "excess",
    "trace and distance count whole instead of half.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__diagonals",
    "L_q, L_p = cholesky(cov_q), cholesky(cov_p)",
    "cholesky(cov_q), cholesky(cov_p)\n    L_q, L_p = cov_q.diagonal().sqrt().diag(), "
    "cov_p.diagonal().sqrt().diag()",
    "only the variances are used: covariances between coordinates count too.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__without_means",
    " + away.square().sum()", "",
    "the distance of the means is left out.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__distance_under_q",
    "solve_triangular(L_p, (mean_q - mean_p)", "solve_triangular(L_q, (mean_q - mean_p)",
    "the distance of the means is measured in units of q instead of p.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__inverse_trace",
    "solve_triangular(L_p, L_q, upper=False)", "solve_triangular(L_q, L_p, upper=False)",
    "the trace is that of cov_q^-1 cov_p: the inverse belongs to p.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_kl__no_error",
    "L_q, L_p = cholesky(cov_q), cholesky(cov_p)",
    "L_q, L_p = torch.linalg.cholesky_ex(cov_q)[0], torch.linalg.cholesky_ex(cov_p)[0]",
    "a matrix that is no covariance is used all the same: cholesky_ex does not complain by itself.",
    read="the conventions of all tasks")
edit("gaussian_kl", "gaussian_entropy__without_one",
    "(1 + LOG_2PI)", "LOG_2PI",
    "the 1 of 1 + log(2 pi) is missing: it is the expected squared distance of one coordinate.",
    read="What of task 1.2")
edit("gaussian_kl", "gaussian_entropy__not_negative",
    "return 0.5 * (log_det + len(cov) * (1 + LOG_2PI))",
    "return (0.5 * (log_det + len(cov) * (1 + LOG_2PI))).clamp(min=0)",
    "the entropy is kept from being negative: that of a density may be.", read="Convention of task 1.2")
edit("gaussian_kl", "gaussian_entropy__whole_log_det",
    "log_det = 2 * cholesky", "log_det = 4 * cholesky",
    "the log-determinant counts whole instead of half.", read="What of task 1.2")
edit("gaussian_kl", "gaussian_entropy__in_bits",
    "return 0.5 * (log_det", "return 0.5 / math.log(2) * (log_det",
    "the entropy is in bits: here it is in nats.", read="the conventions of all tasks")
edit("gaussian_kl", "gaussian_entropy__sign",
    "return 0.5 * (log_det + len(cov) * (1 + LOG_2PI))",
    "log_density = -0.5 * (log_det + len(cov) * (1 + LOG_2PI))\n    return log_density",
    "the sign is that of the expected log-density: the entropy is minus that.", read="What of task 1.2")

# -------------------- 1.3 condition
edit("condition", "condition__sorted_known",
    "free = torch.ones", "known = known.sort().values\n    free = torch.ones",
    "`known` is sorted and `value` is not: each value then belongs to another coordinate.",
    read="Convention of task 1.3")
edit("condition", "condition__precision_block",
    "return new_mean, cov[rest][:, rest] - gain @ across.T",
    "return new_mean, torch.linalg.inv(cov)[rest][:, rest]",
    "the block of the precision matrix is returned: the conditional covariance is its inverse.",
    read="What of task 1.3")
edit("condition", "condition__without_inverse",
    "gain = torch.cholesky_solve(across.T, L).T", "gain = across",
    "S_kk is not inverted.", read="What of task 1.3")
edit("condition", "condition__marginal",
    "- gain @ across.T", "- 0 * gain @ across.T",
    "the covariance is the marginal one: what is known makes it smaller.", read="What of task 1.3")
edit("condition", "condition__covariance_grows",
    "cov[rest][:, rest] - gain", "cov[rest][:, rest] + gain",
    "the correction is added to the covariance: knowing something never makes it larger.",
    read="What of task 1.3")
edit("condition", "condition__value_not_centred",
    "(value - mean[known])", "value",
    "the value itself moves the mean, instead of its distance from its own mean.", read="What of task 1.3")
edit("condition", "condition__mean_moved_back",
    "mean[rest] + gain", "mean[rest] - gain",
    "the mean moves away from what was seen: the sign is wrong.", read="What of task 1.3")
edit("condition", "condition__marginal_mean",
    "new_mean = mean[rest] + gain @ (value - mean[known])", "new_mean = mean[rest]",
    "the mean is the marginal one: what is known moves it.", read="What of task 1.3")
edit("condition", "condition__order_of_a_set",
    "free.nonzero().flatten()", "free.nonzero().flatten().flip(0)",
    "what is left stands in descending order.", read="Convention of task 1.3")
edit("condition", "condition__zeros_kept",
    "return new_mean, cov[rest][:, rest] - gain @ across.T",
    "full_mean, full_cov = mean.clone(), torch.zeros_like(cov)\n"
    "    full_mean[known], full_mean[rest] = value, new_mean\n"
    "    full_cov[rest[:, None], rest] = cov[rest][:, rest] - gain @ across.T\n"
    "    return full_mean, full_cov",
    "the known coordinates are returned too: only the others are asked for.", read="What of task 1.3")
edit("condition", "condition__factor_not_inverse",
    "torch.cholesky_solve(across.T, L).T", "torch.linalg.solve_triangular(L, across.T, upper=False).T",
    "only one of the two triangular systems is solved: S_kk is L L^T.", read="Hint 2 of task 1.3")

# -------------------- 1.4 linear_posterior
edit("linear_posterior", "linear_posterior__without_b",
    "expected = A @ mean + b", "expected = A @ mean",
    "b is forgotten in what is expected of y.", read="What of task 1.4")
edit("linear_posterior", "linear_posterior__gain_without_cov",
    "gain = torch.cholesky_solve(A @ cov, cholesky(seen)).T",
    "gain = torch.cholesky_solve(A, cholesky(seen)).T",
    "the gain lacks the prior covariance: it is cov A^T S^-1.", read="What of task 1.4")
edit("linear_posterior", "linear_posterior__likelihood_as_evidence",
    "cov=seen[None])", "cov=noise_cov[None])",
    "the evidence is the likelihood at the prior's mean: its covariance lacks A cov A^T.",
    read="What of task 1.4")
edit("linear_posterior", "linear_posterior__evidence_summed",
    "return new_mean, new_cov, gaussian_log_prob(y, mean=expected[None], cov=seen[None])",
    "evidence = gaussian_log_prob(y, mean=expected[None], cov=seen[None])\n    return new_mean, new_cov, "
    "evidence.sum()",
    "the evidences are added up: there is one for each observation.", read="Convention of task 1.4")
edit("linear_posterior", "linear_posterior__prior_mean_lost",
    "new_mean = mean + (y", "new_mean = (y",
    "the prior's mean is not added.", read="What of task 1.4")
edit("linear_posterior", "linear_posterior__covariance_grows",
    "- gain @ A", "+ gain @ A",
    "the covariance grows: I - gain A stands on both sides of the prior's.", read="What of task 1.4")
edit("linear_posterior", "linear_posterior__noise_covariance_lost",
    "keep @ cov @ keep.T + gain @ noise_cov @ gain.T", "keep @ cov @ keep.T",
    "the noise that the gain lets in is not counted in the covariance.", read="Hint 3 of task 1.4")
edit("linear_posterior", "linear_posterior__without_noise",
    "seen = A @ cov @ A.T + noise_cov", "seen = A @ cov @ A.T + 1e-9 * torch.eye(len(A), dtype=cov.dtype)",
    "the noise is left out of the covariance of y.", read="What of task 1.4")
edit("linear_posterior", "linear_posterior__noise_deviation",
    "seen = A", "noise_cov = noise_cov @ noise_cov\n    seen = A",
    "`noise_cov` is taken for a deviation and squared: it is a covariance.",
    read="the conventions of all tasks")
edit("linear_posterior", "linear_posterior__first_row_for_all",
    "new_mean = mean + (y - expected) @ gain.T", "new_mean = mean + (y[:1] - expected).expand_as(y) @ gain.T",
    "the first observation is used for all: each row is an observation of its own.",
    read="Convention of task 1.4")
edit("linear_posterior", "linear_posterior__mean_of_rows",
    "(y - expected) @ gain.T", "((y.mean(0) - expected) @ gain.T).expand(len(y), -1)",
    "the observations are averaged: each row is an observation of its own.", read="Convention of task 1.4")


@wrong("linear_posterior", "the noise covariance is inverted: where nothing is noisy it has no inverse.",
    read="Convention of task 1.4")
def linear_posterior__information_form(mean, cov, A, b, noise_cov, y):
    weight = torch.linalg.inv(noise_cov)
    new_cov = torch.linalg.inv(torch.linalg.inv(cov) + A.T @ weight @ A)
    pull = torch.linalg.solve(cov, mean) + (y - b) @ weight @ A
    seen = A @ cov @ A.T + noise_cov
    return pull @ new_cov, new_cov, gaussian_log_prob(y, (A @ mean + b)[None], seen[None])


# -------------------- 2.1 pushforward
# ikostrikov/pytorch-flows#16 and VincentStimper/normalizing-flows#27 had such signs.
edit("pushforward", "pushforward_log_prob__sign",
    "log_prob(x) - log", "log_prob(x) + log",
    "the log-determinant is added: a map that stretches makes the density smaller.", read="What of task 2.1")
edit("pushforward", "pushforward_log_prob__at_y",
    "log_prob(x) -", "log_prob(f(x)) -",
    "the base density is asked at y: it belongs to x.", read="What of task 2.1")
edit("pushforward", "pushforward_log_prob__jacobian_at_y",
    "log_abs_det_jacobian(f, x)", "log_abs_det_jacobian(f, f(x))",
    "the Jacobian is taken at y: it belongs to x.", read="What of task 2.1")
edit("pushforward", "pushforward_log_prob__without_jacobian",
    "log_prob(x) - log_abs_det_jacobian(f, x)", "log_prob(x)",
    "the log-determinant is missing: the density is then that of x.", read="What of task 2.1")
edit("pushforward", "pushforward_log_prob__returns_x",
    "return f(x), log_prob(x)", "return x, log_prob(x)",
    "x is returned in place of y = f(x).", read="What of task 2.1")
edit("pushforward", "log_abs_det_jacobian__log_of_det",
    "torch.linalg.slogdet(jacobians).logabsdet", "torch.linalg.det(jacobians).log()",
    "the logarithm of the determinant is taken without its absolute value: log(-6) is nan, and a product of "
    "50 small factors is 0.", read="What of task 2.1")
edit("pushforward", "log_abs_det_jacobian__log_of_abs_det",
    "return torch.linalg.slogdet(jacobians).logabsdet",
    "size = torch.linalg.det(jacobians).abs()\n    return size.log()",
    "the determinant is formed before its logarithm is taken: in 50 dimensions it may underflow or overflow.",
    read="Convention of task 2.1")
edit("pushforward", "log_abs_det_jacobian__diagonal",
    "return torch.linalg.slogdet(jacobians).logabsdet",
    "slopes = jacobians.diagonal(dim1=-2, dim2=-1)\n    return slopes.abs().log().sum(-1)",
    "only the diagonal of the Jacobian is used: that is the determinant of triangular matrices only.",
    read="What of task 2.1")
edit("pushforward", "log_abs_det_jacobian__no_logarithm",
    "return torch.linalg.slogdet(jacobians).logabsdet",
    "volume = torch.linalg.slogdet(jacobians).logabsdet\n    return volume.exp()",
    "the logarithm is missing.", read="What of task 2.1")
edit("pushforward", "log_abs_det_jacobian__small_constant",
    "return torch.linalg.slogdet(jacobians).logabsdet",
    "det = torch.linalg.det(jacobians).abs()\n    return (det + 1e-12).log()",
    "a small constant is added inside the logarithm: a singular map has -inf.", read="Convention of task 2.1")
edit("pushforward", "log_abs_det_jacobian__all_rows",
    "return torch.linalg.slogdet(jacobians).logabsdet",
    "each = torch.linalg.slogdet(jacobians).logabsdet\n    return each.sum().expand(len(x))",
    "the Jacobian is that of the whole batch: its determinant is the product of those of all rows.",
    read="Convention of task 2.1")


@wrong("pushforward",
    "the derivative of the sum of all outputs is taken: that gives the sums of the Jacobian's "
    "columns, a row and not a matrix.", read="Hint 1 of task 2.1")
def log_abs_det_jacobian__sums(f, x):
    leaf = x.detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(f(leaf).sum(), leaf)
    return slopes.abs().log().sum(1)


@naive("pushforward", "each row is differentiated on its own.")
def log_abs_det_jacobian__row_by_row(f, x):
    rows = []
    for row in x.detach():
        J = torch.autograd.functional.jacobian(lambda one: f(one[None])[0], row)
        rows.append(torch.linalg.slogdet(J).logabsdet)
    return torch.stack(rows) if rows else x.new_zeros(0)


# -------------------- 2.2 log_dets
# survae_flows#12, distrax#7 and tensorflow probability#318 had the unstable form.
edit("log_dets", "tanh_log_det__unstable",
    "(2 * (math.log(2) - size - F.softplus(-2 * size)))", "torch.log(1 - torch.tanh(size) ** 2)",
    "tanh(x)^2 is formed first: from 9.02 on it is 1 in float32, and neither 1 minus it nor log1p brings "
    "back what is lost.", read="Convention of task 2.2")
edit("log_dets", "tanh_log_det__small_constant",  # as in rlkit#37
    "return (2 * (math.log(2) - size - F.softplus(-2 * size))).sum(-1)",
    "y = torch.tanh(x)\n    return torch.log(1 - y**2 + 1e-6).sum(-1)",
    "a small constant is added inside the logarithm: far out that gives -13.8 instead of -38.6.",
    read="Convention of task 2.2")
edit("log_dets", "tanh_log_det__log1p_of_square",
    "return (2 * (math.log(2) - size - F.softplus(-2 * size))).sum(-1)",
    "squared = torch.tanh(x) ** 2\n    return torch.log1p(-squared).sum(-1)",
    "tanh(x)^2 is formed first: from 9.02 on it is 1 in float32, and neither 1 minus it nor log1p brings "
    "back what is lost.", read="Convention of task 2.2")
edit("log_dets", "tanh_log_det__mean",
    ".sum(-1)", ".mean(-1)",
    "the values are averaged: log-determinants of coordinates add up.", read="What of task 2.2")
edit("log_dets", "tanh_log_det__all_axes",
    ".sum(-1)", ".sum()",
    "everything is added up: only the last axis is.", read="What of task 2.2")
edit("log_dets", "tanh_log_det__not_doubled",
    "2 * (math.log(2) - size", "(math.log(2) - size",
    "the factor 2 is missing: 1 - tanh(x)^2 is 1 / cosh(x)^2.", read="What of task 2.2")
edit("log_dets", "tanh_log_det__float64",
    "size = x.abs()", "size = x.double().abs()",
    "the result is in float64: it should have the dtype of x.", read="the conventions of all tasks")
edit("log_dets", "sigmoid_log_det__unstable",
    "(F.logsigmoid(x) + F.logsigmoid(-x))", "(x.sigmoid() * (1 - x.sigmoid())).log()",
    "s(x) (1 - s(x)) is formed before its logarithm is taken: at 100 it is 0.", read="Convention of task 2.2")
edit("log_dets", "sigmoid_log_det__one_factor",
    "return (F.logsigmoid(x) + F.logsigmoid(-x)).sum(-1)",
    "log_s = F.logsigmoid(x)\n    return log_s.sum(-1)",
    "the factor 1 - s(x) is missing.", read="What of task 2.2")
edit("log_dets", "sigmoid_log_det__mean",
    ".sum(-1)", ".mean(-1)",
    "the values are averaged: log-determinants of coordinates add up.", read="What of task 2.2")
edit("log_dets", "radial__power_one",
    "(d - 1) * around", "around",
    "the factor 1 + beta h counts once: there are d - 1 directions around the centre.",
    read="What of task 2.2")
edit("log_dets", "radial__power_d",
    "(d - 1) * around + outward", "d * around",
    "all d directions are stretched alike: the one away from the centre has 1 + beta h + beta h' r.",
    read="What of task 2.2")
edit("log_dets", "radial__power_d_and_outward",
    "(d - 1) * around", "d * around",
    "1 + beta h counts d times: d - 1 directions run around the centre.", read="What of task 2.2")
edit("log_dets", "radial__sign_of_slope",
    "torch.log1p(alpha * beta * h**2)", "torch.log1p(beta * h + beta * h**2 * (1 / h - alpha))",
    "the sign of h' is wrong: h' = -h^2.", read="What of task 2.2")
edit("log_dets", "radial__density",
    "(d - 1) * around + outward", "-((d - 1) * around + outward)",
    "the correction of the density is returned: log |det J| has the other sign.", read="What of task 2.2")
edit("log_dets", "radial__direction_divided_by_r",
    "h = 1 / (alpha + away.norm(dim=1))",
    "r = away.norm(dim=1)\n    h = 1 / (alpha + r)\n    away = away / r[:, None] * r[:, None]",
    "x - centre is divided by its length: at the centre that is 0/0.", read="Convention of task 2.2")
edit("log_dets", "radial__x_not_centred",
    "return x + beta * h[:, None] * away", "return x + beta * h[:, None] * x",
    "x itself is stretched instead of x - centre.", read="What of task 2.2")
edit("log_dets", "radial__no_error",
    "if not (alpha > 0 and beta > -alpha):", "if not alpha > 0:",
    "beta is not looked at: at or below -alpha the map folds.", read="Convention of task 2.2")
edit("log_dets", "radial__squared_radius",
    "away.norm(dim=1)", "away.square().sum(1)",
    "r is the square of the distance.", read="What of task 2.2")

# -------------------- 3.1 estimates
edit("estimates", "mc_mean__biased",
    "correction=1", "correction=0",
    "the deviation divides by n: the unbiased one divides by n - 1.", read="Convention of task 3.1")
edit("estimates", "mc_mean__deviation",
    " / math.sqrt(n)", "",
    "the deviation of one sample is returned: that of the mean is smaller by the root of n.",
    read="What of task 3.1")
edit("estimates", "mc_mean__divided_by_n",
    "values.std(0, correction=1) / math.sqrt(n)", "values.std(0, correction=1) / n",
    "the deviation is divided by n instead of by the root of n.", read="What of task 3.1")
edit("estimates", "mc_mean__variance",
    "values.std(0, correction=1) / math.sqrt(n)", "values.var(0, correction=1) / n",
    "the variance of the mean is returned: its root is the error.", read="What of task 3.1")
edit("estimates", "mc_mean__all_axes",
    "return values.mean(0), values.std(0, correction=1)", "return values.mean(), values.std(correction=1)",
    "everything is averaged: samples stand on the first axis only.", read="Given of task 3.1")
edit("estimates", "mc_mean__last_axis",
    "return values.mean(0), values.std(0, correction=1)",
    "axis = -1\n    return values.mean(axis), values.std(axis, correction=1)",
    "the last axis is averaged: samples stand on the first.", read="Given of task 3.1")
edit("estimates", "mc_mean__one_is_enough",
    "if n < 2:", "if n < 1:",
    "one sample is accepted: its error is nan.", read="Convention of task 3.1")
edit("estimates", "control_variate__own_mean",
    "* (control - control_mean)\n", "* away\n",
    "the control's sample mean is subtracted instead of its exact mean: the estimate then does not move.",
    read="What of task 3.1")
edit("estimates", "control_variate__sign",
    "left = values - coefficient", "left = values + coefficient",
    "the correction is added: it must take away what the control explains.", read="What of task 3.1")
edit("estimates", "control_variate__coefficient_one",
    "    left = values", "    coefficient = torch.ones_like(spread)\n    left = values",
    "the coefficient is 1, whatever the values: it is Cov / Var.", read="What of task 3.1")
edit("estimates", "control_variate__spread_of_values",
    "spread = away.square().sum()", "spread = (values - values.mean()).square().sum()",
    "the covariance is divided by the variance of the values: that of the control is asked for.",
    read="What of task 3.1")
edit("estimates", "control_variate__error_of_values",
    "mean, standard_error = mc_mean(left)", "mean, standard_error = left.mean(), mc_mean(values)[1]",
    "the error is that of the values before the correction.", read="What of task 3.1")
edit("estimates", "control_variate__divides_by_zero",
    "torch.zeros_like(spread) if constant else ", "",
    "a constant control is divided by its variance, 0.", read="Convention of task 3.1")
edit("estimates", "control_variate__constant_by_spread",
    "bool((control == control[:1]).all())", "bool(spread == 0)",
    "a constant control is told by its variance, where rounding leaves 1e-34: compare the values themselves.",
    read="Convention of task 3.1")
edit("estimates", "control_variate__not_centred",
    "(away * values).sum() / spread",
    "(control * values).sum() / control.square().sum()",
    "the products are not taken about the means.", read="What of task 3.1")
edit("estimates", "control_variate__two_normalisations",
    "(away * values).sum() / spread",
    "(away * values).mean() / control.var()",
    "the covariance divides by n and the variance by n - 1: use one of them in both.",
    read="Hint 2 of task 3.1")

# -------------------- 3.2 importance
edit("importance", "importance__exponentials",
    "w = (log_w - total).exp()", "w = log_w.exp() / log_w.exp().sum()",
    "the log-weights are exponentiated as they are: e^1000 is infinite.", read="Convention of task 3.2")
edit("importance", "importance__ess_of_raw_weights",  # as in pyprob#36
    "1 / w.square().sum()", "1 / log_w.exp().square().sum()",
    "ess is formed from weights that do not sum to 1.", read="What of task 3.2")
edit("importance", "importance__ess_inverse",
    "1 / w.square().sum()", "w.square().sum()",
    "the sum of squared weights is returned: ess is its reciprocal.", read="What of task 3.2")
edit("importance", "importance__ess_over_n",
    "1 / w.square().sum()", "1 / w.square().sum() / len(w)",
    "ess is divided by n: it is a number of samples, 1 to n.", read="What of task 3.2")
edit("importance", "importance__ess_by_entropy",
    "return mean, 1 / w.square().sum(), total - math.log(len(log_w))",
    "perplexity = torch.special.entr(w).sum().exp()\n"
    "    return mean, perplexity, total - math.log(len(log_w))",
    "ess is the exponential of the entropy of the weights (their perplexity): another measure.",
    read="Convention of task 3.2")
edit("importance", "importance__sum_as_z",
    "total - math.log(len(log_w))", "total",
    "Z is the sum of the weights: it is their mean.", read="What of task 3.2")
edit("importance", "importance__maximum_lost",
    "total - math.log(len(log_w))", "total - log_w.max() - math.log(len(log_w))",
    "the largest log-weight is taken out against overflow, and not added to log Z again.",
    read="What of task 3.2")
edit("importance", "importance__mean_of_logs",
    "return mean, 1 / w.square().sum(), total - math.log(len(log_w))",
    "bound = log_w.mean()\n    return mean, 1 / w.square().sum(), bound",
    "the log-weights are averaged: that is a lower bound of log Z (the ELBO), not log Z.",
    read="Convention of task 3.2")
edit("importance", "importance__q_over_p",
    "log_w = log_p - log_q", "log_w = log_q - log_p",
    "the weights are q / p: a sample that q draws too often must count less.", read="What of task 3.2")
edit("importance", "importance__without_q",
    "log_w = log_p - log_q", "log_w = log_p - 0 * log_q",
    "the proposal's density is ignored.", read="What of task 3.2")
edit("importance", "importance__log_weights",  # as in sbi#71
    "w = (log_w - total).exp()", "w = log_w\n    w = w / w.sum()",
    "log-weights are used as weights.", read="What of task 3.2")
edit("importance", "importance__plain_mean",
    "mean = torch.tensordot(w, values, dims=1)", "mean = values.mean(0)",
    "the values are not weighed.", read="What of task 3.2")
edit("importance", "importance__not_normalised",
    "mean = torch.tensordot(w, values, dims=1)",
    "raw = log_w.exp()\n    mean = torch.tensordot(raw, values, dims=1) / len(raw)",
    "the weights of the mean are not divided by their sum: that needs a p that integrates to 1.",
    read="Convention of task 3.2")
edit("importance", "importance__no_error",
    "if bool((log_w == -torch.inf).all()):", "if len(log_w) == 0:",
    "weights that are all 0 are divided by their sum: the result is nan.", read="Convention of task 3.2")
edit("importance", "importance__z_of_used",
    "math.log(len(log_w))", "math.log((log_w > -torch.inf).sum())",
    "samples of weight 0 are not counted in n.", read="Convention of task 3.2")
edit("importance", "importance__vectors_only",
    "torch.tensordot(w, values, dims=1)", "w @ values",
    "`@` multiplies the weights with the second axis from the end: with two axes behind the samples that is "
    "another one.", read="Given of task 3.2")

# -------------------- 3.3 gradients
edit("gradients", "score_function_terms__not_over_std",
    "[eps / std, (eps**2 - 1) / std]", "[eps, eps**2 - 1]",
    "the score is not divided by std: x - mean is std eps, and the score divides it by std^2.",
    read="What of task 3.3")
edit("gradients", "score_function_terms__over_variance",
    "eps / std,", "eps / std**2,",
    "the score by mean is divided by std twice: eps is (x - mean) / std already.", read="Hint 1 of task 3.3")
edit("gradients", "score_function_terms__without_one",
    "(eps**2 - 1)", "eps**2",
    "the -1 is missing, which is the derivative of -log std.", read="What of task 3.3")
edit("gradients", "score_function_terms__log_std",
    "(eps**2 - 1) / std]", "eps**2 - 1]",
    "the derivative is by log std: by std it is divided by std.", read="Convention of task 3.3")
edit("gradients", "score_function_terms__variance",
    "(eps**2 - 1) / std]", "(eps**2 - 1) / (2 * std**2)]",
    "the derivative is by the variance: by std it is 2 std times that.", read="Convention of task 3.3")
edit("gradients", "score_function_terms__no_baseline",
    "f(mean + std * eps) - baseline", "f(mean + std * eps)",
    "the baseline is ignored.", read="What of task 3.3")
edit("gradients", "score_function_terms__baseline_added",
    "f(mean + std * eps) - baseline", "f(mean + std * eps) + baseline",
    "the baseline is added: it is subtracted.", read="What of task 3.3")
edit("gradients", "score_function_terms__average",
    "return weight[:, None] * score", "return (weight[:, None] * score).mean(0)",
    "the average is returned: the terms of each sample are asked for.", read="Convention of task 3.3")
edit("gradients", "score_function_terms__f_at_noise",
    "f(mean + std * eps)", "f(eps)",
    "f is asked at the noise instead of at x = mean + std eps.", read="What of task 3.3")
edit("gradients", "score_function_terms__own_mean_as_baseline",
    "f(mean + std * eps) - baseline", "f(mean + std * eps) - f(mean + std * eps).mean() - baseline",
    "the samples' own mean is subtracted as well: that makes the terms depend on each other.",
    read="Convention of task 3.3")
edit("gradients", "score_function_terms__columns_swapped",
    "[eps / std, (eps**2 - 1) / std]", "[(eps**2 - 1) / std, eps / std]",
    "the columns are exchanged: the mean comes first.", read="Given of task 3.3")
edit("gradients", "pathwise_terms__times_std",
    "slope * eps]", "slope * eps * std]",
    "the derivative is by log std: that by std has no further factor.", read="Convention of task 3.3")
edit("gradients", "pathwise_terms__chain_of_mean",
    "[slope, slope * eps]", "[slope * std, slope * eps]",
    "the derivative by mean has a factor std: dx/dmean is 1.", read="What of task 3.3")
edit("gradients", "pathwise_terms__without_eps",
    "slope * eps]", "slope]",
    "dx/dstd is taken for 1: it is eps.", read="What of task 3.3")
edit("gradients", "pathwise_terms__average",
    "return torch.stack([slope, slope * eps], dim=1)",
    "return torch.stack([slope, slope * eps], dim=1).mean(0)",
    "the average is returned: the terms of each sample are asked for.", read="Convention of task 3.3")
edit("gradients", "pathwise_terms__mean_of_f",
    "f(x).sum()", "f(x).mean()",
    "the mean of f is differentiated: every slope is then n times too small.", read="Hint 3 of task 3.3")
edit("gradients", "pathwise_terms__value_instead_of_slope",
    "(slope,) = torch.autograd.grad(f(x).sum(), x)", "slope = f(x).detach()",
    "f itself stands where its derivative should.", read="What of task 3.3")

# -------------------- 4.1 mixture
edit("mixture", "component_log_joint__stds_as_variances",
    "scale = stds.double()", "scale = stds.double().sqrt()",
    "`stds` are taken for variances: they are deviations.", read="the conventions of part 4")
edit("mixture", "component_log_joint__log_std_once",
    "d * (scale.log() + 0.5 * LOG_2PI)", "(scale.log() + d * 0.5 * LOG_2PI)",
    "log std counts once instead of once for each coordinate.", read="What of task 4.1")
edit("mixture", "component_log_joint__without_two_pi",
    "(scale.log() + 0.5 * LOG_2PI)", "scale.log()",
    "d/2 log(2 pi) is left out.", read="What of task 4.1")
edit("mixture", "component_log_joint__without_log_std",
    "(scale.log() + 0.5 * LOG_2PI)", "(0.5 * LOG_2PI)",
    "log std is left out: a narrow component is higher.", read="What of task 4.1")
edit("mixture", "component_log_joint__not_normalised",  # as in numpyro#1489
    "log_w = log_weights.double().log_softmax(dim=0)", "log_w = log_weights.double()",
    "the weights are not divided by their sum.", read="the conventions of part 4")
edit("mixture", "component_log_joint__weights_exponentiated",
    "log_w = log_weights.double().log_softmax(dim=0)",
    "w = log_weights.double().exp()\n    log_w = (w / w.sum()).log()",
    "the log-weights are exponentiated as they are: e^-800 is 0 and e^1000 infinite.",
    read="the conventions of part 4")
edit("mixture", "component_log_joint__softmax_of_weights",
    "log_w = log_weights.double().log_softmax(dim=0)",
    "w = log_weights.double().softmax(0)\n    log_w = w.log()",
    "the weights are formed before their logarithms are taken: e^-800 is 0.",
    read="the conventions of part 4")
edit("mixture", "component_log_joint__weights_added",
    "return (log_w + log_normal)", "return (log_w.exp() + log_normal)",
    "the weight is added to the log-density instead of its logarithm.",  # Bayesian-Neural-Networks#15
    read="What of task 4.1")
edit("mixture", "component_log_joint__without_weights",
    "    return (log_w", "    log_w = torch.zeros_like(log_w)\n    return (log_w",
    "the weights are ignored.", read="What of task 4.1")
edit("mixture", "component_log_joint__distance_not_squared",
    "(distance / scale) ** 2", "(distance / scale)",
    "the distance stands in the exponent instead of its square.", read="What of task 4.1")
edit("mixture", "component_log_joint__float32",
    "torch.cdist(x.double(), means.double(), compute_mode=plain)",
    "torch.cdist(x.float(), means.float(), compute_mode=plain).double()",
    "distances are formed in float32: their squares have seven digits, and differences of them fewer.",
    read="the conventions of part 4")
edit("mixture", "mixture_log_prob__no_shift",
    "log_joint.logsumexp(1)", "log_joint.exp().sum(1).log()",
    "densities are added as they are: far from all components they are 0.", read="Convention of task 4.1")
edit("mixture", "mixture_log_prob__small_constant",
    "return log_joint.logsumexp(1).to(x.dtype)",
    "density = log_joint.exp().sum(1)\n    return (density + 1e-12).log().to(x.dtype)",
    "a small constant is added inside the logarithm: far out the density is then 1e-12.",
    read="Convention of task 4.1")
edit("mixture", "mixture_log_prob__sum_of_logs",
    "log_joint.logsumexp(1)", "log_joint.sum(1)",
    "log-densities are added: the densities are to be.", read="What of task 4.1")
edit("mixture", "mixture_log_prob__nearest",
    "return log_joint.logsumexp(1).to(x.dtype)",
    "largest = log_joint.amax(1)\n    return largest.to(x.dtype)",
    "only the largest component is counted.", read="What of task 4.1")
edit("mixture", "responsibilities__over_points",
    "log_joint.softmax(1)", "log_joint.softmax(0)",
    "the responsibilities sum to 1 over the points: they are shares of the components.",
    read="What of task 4.1")
edit("mixture", "responsibilities__of_densities",
    "log_joint.softmax(1)", "(log_joint - log_weights.double()).softmax(1)",
    "the weights do not count in the responsibilities.", read="What of task 4.1")
edit("mixture", "responsibilities__logarithms",
    "log_joint.softmax(1)", "log_joint.log_softmax(1)",
    "the logarithms of the responsibilities are returned.", read="What of task 4.1")


@wrong("mixture", "the coordinates are mixed one by one: one component explains all coordinates of a point.",
    read="What of task 4.1")  # scvi-tools#3188
def mixture_log_prob__each_coordinate(x, log_weights, means, stds):
    total = torch.zeros(len(x), dtype=torch.float64)
    for i in range(x.shape[1]):
        joint = component_log_joint(x[:, i : i + 1].double(), log_weights, means[:, i : i + 1], stds)
        total = total + joint.logsumexp(1)
    return total.to(x.dtype)


@naive("mixture",
    "the differences of all points to all means, coordinate by coordinate, stand in one tensor.")
def component_log_joint__all_differences(x, log_weights, means, stds):
    away = (x.double()[:, None] - means.double()) / stds.double()[:, None]
    log_normal = -0.5 * (away**2 + LOG_2PI).sum(-1) - x.shape[1] * stds.double().log()
    return (log_weights.double().log_softmax(0) + log_normal).to(x.dtype)


@naive("mixture", "torch's own mixture forms the densities of all coordinates of all pairs.")
def mixture_log_prob__torch_distributions(x, log_weights, means, stds):
    from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

    parts = Independent(Normal(means.double(), stds.double()[:, None].expand_as(means)), 1)
    weights = Categorical(logits=log_weights.double(), validate_args=False)
    return MixtureSameFamily(weights, parts).log_prob(x.double()).to(x.dtype)


# -------------------- 4.2 tweedie
edit("tweedie", "mixture_score__sign",
    "score = r @ means.double() - r.sum(1, keepdim=True) * point",
    "score = r.sum(1, keepdim=True) * point - r @ means.double()",
    "the score points away from the means: the sign is wrong.", read="What of task 4.2")
edit("tweedie", "mixture_score__deviations",
    "/ stds.double() ** 2", "/ stds.double()",
    "each pull is divided by the deviation instead of the variance.", read="What of task 4.2")
edit("tweedie", "mixture_score__not_divided",
    "responsibilities(point, log_weights, means, stds) / stds.double() ** 2",
    "responsibilities(point, log_weights, means, stds)",
    "the pulls are not divided by the variances: the result is the way to the mean of the means.",
    read="What of task 4.2")
edit("tweedie", "mixture_score__nearest",
    "r = responsibilities(point, log_weights, means, stds) / stds.double() ** 2",
    "r = responsibilities(point, log_weights, means, stds)\n"
    "    r = torch.zeros_like(r).scatter(1, r.argmax(1, keepdim=True), 1.0) / stds.double() ** 2",
    "only the most responsible component pulls: all do, by their shares.", read="What of task 4.2")
edit("tweedie", "mixture_score__weights",
    "responsibilities(point, log_weights, means, stds) /",
    "log_weights.double().softmax(0).expand(len(x), -1) /",
    "the pulls are averaged with the weights of the mixture: the responsibilities at x are asked for.",
    read="What of task 4.2")
edit("tweedie", "tweedie_mean__clean_score",
    "noisy = (stds.double() ** 2 + sigma**2).sqrt()", "noisy = stds.double()",
    "the score is that of the clean mixture: noise the mixture first.", read="Convention of task 4.2")
edit("tweedie", "tweedie_mean__sigma",
    "(point + sigma**2 * score)", "(point + sigma * score)",
    "the score is multiplied by sigma instead of its square.", read="What of task 4.2")
edit("tweedie", "tweedie_mean__sign",
    "(point + sigma**2 * score)", "(point - sigma**2 * score)",
    "the score is subtracted: denoising goes uphill.", read="What of task 4.2")
edit("tweedie", "tweedie_mean__deviations_added",
    "(stds.double() ** 2 + sigma**2).sqrt()", "(stds.double() + sigma)",
    "deviations are added: variances add up.", read="Convention of task 4.2")
edit("tweedie", "tweedie_mean__variances_as_stds",
    "    score = mixture_score", "    noisy = noisy**2\n    score = mixture_score",
    "the noisy mixture gets variances where deviations belong: the root is missing.",
    read="the conventions of part 4")
edit("tweedie", "tweedie_mean__noise",
    "(point + sigma**2 * score)", "(-sigma * score)",
    "the noise that was probably added is returned, -sigma score: the image is asked for.",
    read="What of task 4.2")
edit("tweedie", "tweedie_covariance__within",
    "device=x.device) + between)", "device=x.device))",
    "the spread between the components' means is missing: halfway between two modes it is nearly all.",
    read="What of task 4.2")
edit("tweedie", "tweedie_covariance__between",
    "(within[:, None, None] * torch.eye(d, dtype=torch.float64, device=x.device) + between)", "between",
    "the spread within the components is missing.", read="What of task 4.2")
edit("tweedie", "tweedie_covariance__clean_responsibilities",
    "total.sqrt()", "stds.double()",
    "the responsibilities are those of the clean mixture: x is noisy.", read="Convention of task 4.2")
edit("tweedie", "tweedie_covariance__sigma_not_squared",
    "(r @ gain) * sigma**2", "(r @ gain) * sigma",
    "the spread within is multiplied by sigma instead of its square.", read="What of task 4.2")
edit("tweedie", "tweedie_covariance__means_without_x",
    "centre = means + gain[:, None] * (point[:, None] - means)",
    "centre = means.double().expand(len(x), -1, -1)",
    "the components' own means take the place of what each says about x0: they follow x by their gains.",
    read="What of task 4.2")
edit("tweedie", "tweedie_covariance__clean_spread",
    "(r @ gain) * sigma**2", "r @ variance",
    "the spread within is that of the clean components: x has narrowed it.", read="What of task 4.2")


@wrong("tweedie",
    "the work is left to common.exact, which takes weights and not their logarithms: e^-800 is 0 there.",
    read="the conventions of part 4")
def mixture_score__common_exact(x, log_weights, means, stds):
    from common.exact import Mixture
    from common.exact import mixture_score as score

    covariances = stds.double()[:, None, None] ** 2 * torch.eye(means.shape[1], dtype=torch.float64)
    mixture = Mixture(log_weights.double().softmax(0), means.double(), covariances)
    return score(x.double(), 1.0, 0.0, mixture).to(x.dtype)


@naive("tweedie", "the pulls of all components on all points, coordinate by coordinate, stand in one tensor.")
def mixture_score__all_pulls(x, log_weights, means, stds):
    away = means.double() - x.double()[:, None]
    variance = stds.double() ** 2
    log_normal = -0.5 * away.square().sum(-1) / variance - x.shape[1] * stds.double().log()
    r = (log_weights.double().log_softmax(0) + log_normal).softmax(1)
    return (r[..., None] * away / variance[:, None]).sum(1).to(x.dtype)


# -------------------- 5.1 langevin
edit("langevin", "langevin_step__half_noise",  # as in google-research/ibc#6
    "math.sqrt(2 * step)", "math.sqrt(step)",
    "the noise is that of half a step: a whole step of the score goes with the root of 2 step.",
    read="Convention of task 5.1")
edit("langevin", "langevin_step__song",
    "x + step * score(x) + math.sqrt(2 * step)", "x + 0.5 * step * score(x) + math.sqrt(step)",
    "the step is that of Song and Ermon, half of ours: step/2 of the score, and the root of step.",
    read="Convention of task 5.1")
edit("langevin", "langevin_step__noise_times_step",  # as in Bayesian-Neural-Networks#17
    "math.sqrt(2 * step)", "step",
    "the noise is multiplied by the step instead of the root of 2 step.", read="What of task 5.1")
edit("langevin", "langevin_step__no_root",
    "return x + step * score(x) + math.sqrt(2 * step) * noise",
    "spread = 2 * step\n    return x + step * score(x) + spread * noise",
    "the root of 2 step is missing.", read="What of task 5.1")
edit("langevin", "langevin_step__downhill",
    "return x + step", "return x - step",
    "the step goes down: the score points to where the density is higher.", read="What of task 5.1")
edit("langevin", "langevin_step__without_noise",
    " + math.sqrt(2 * step) * noise", "",
    "the noise is left out: that climbs to a mode and stays there.", read="What of task 5.1")
edit("langevin", "langevin_variance__exact",
    "return variance / (1 - step / (2 * variance)) if settles else math.inf",
    "return variance if settles else math.inf",
    "the finite step is taken for exact: it makes the variance larger.", read="What of task 5.1")
edit("langevin", "langevin_variance__first_order",
    "variance / (1 - step / (2 * variance))", "variance + step / 2",
    "only the first order of the step is kept.", read="What of task 5.1")
edit("langevin", "langevin_variance__negative",
    "return variance / (1 - step / (2 * variance)) if settles else math.inf",
    "return variance / (1 - step / (2 * variance)) if step != 2 * variance else math.inf",
    "steps beyond twice the variance get a negative variance: the chain never settles.",
    read="Convention of task 5.1")
edit("langevin", "langevin_variance__factor_not_squared",
    "keep = (1 - step / variance) ** 2", "keep = 1 - step / variance",
    "the factor of x multiplies the variance: its square does.", read="Hint 2 of task 5.1")
edit("langevin", "langevin_variance__noise_once",
    "start = keep * start + 2 * step", "start = keep * start + step",
    "the noise adds step instead of 2 step.", read="What of task 5.1")
edit("langevin", "langevin_variance__zero_is_none",
    "if steps is None:", "if not start or not steps:",
    "0 is taken for \"not given\": a start of 0 is a start.", read="Convention of task 5.1")
edit("langevin", "langevin_variance__start_ignored",
    "for _ in range(steps):", "start = 0.0\n    for _ in range(steps):",
    "the start is ignored: chains begin at a variance of 0.", read="What of task 5.1")
edit("langevin", "ou_transition__theta_once",
    "math.expm1(-2 * theta * t)", "math.expm1(-theta * t)",
    "the variance decays with theta: it decays twice as fast as the mean.", read="What of task 5.1")
edit("langevin", "ou_transition__sigma",
    "-(sigma**2) *", "-sigma *",
    "sigma stands for its square.", read="What of task 5.1")
edit("langevin", "ou_transition__deviation",
    "return x0 * math.exp(-theta * t), variance", "return x0 * math.exp(-theta * t), math.sqrt(variance)",
    "the deviation is returned: the variance is asked for.", read="What of task 5.1")
edit("langevin", "ou_transition__one_minus_exp",
    "-(sigma**2) * math.expm1(-2 * theta * t)", "sigma**2 * (1 - math.exp(-2 * theta * t))",
    "1 - e^(-2 theta t) is formed by subtraction: for small t its digits are lost.",
    read="Convention of task 5.1")
edit("langevin", "ou_transition__divided_by_theta",
    "/ (2 * theta)", "/ theta",
    "the variance is divided by theta instead of 2 theta.", read="What of task 5.1")
edit("langevin", "ou_transition__mean_twice",
    "x0 * math.exp(-theta * t), variance", "x0 * math.exp(-2 * theta * t), variance",
    "the mean decays with 2 theta: that is the rate of the variance.", read="What of task 5.1")
edit("langevin", "ou_transition__euler",
    "x0 * math.exp(-theta * t), variance", "x0 * (1 - theta * t), sigma**2 * t",
    "one Euler step is taken: the transition is known exactly.", read="What of task 5.1")

# -------------------- 6.1 fits
edit("fits", "forward_fit__without_between",
    "(w * (stds**2 + (means - mean) ** 2)).sum()", "(w * stds**2).sum()",
    "the distance of the means from each other is missing from the variance.", read="What of task 6.1")
edit("fits", "forward_fit__mean_of_deviations",
    "return mean, variance.sqrt()", "return mean, (w * stds).sum()",
    "the deviations are averaged: the variance of a mixture has a part within and a part between.",
    read="What of task 6.1")
edit("fits", "forward_fit__variance",
    "return mean, variance.sqrt()", "return mean, variance",
    "the variance is returned: the deviation is asked for.", read="What of task 6.1")
edit("fits", "forward_fit__not_normalised",
    "w = log_weights.softmax(dim=0)", "w = log_weights.exp()",
    "the weights are not divided by their sum.", read="the conventions of part 4")
edit("fits", "forward_fit__equal_weights",
    "w = log_weights.softmax(dim=0)", "w = torch.full_like(log_weights, 1 / len(log_weights))",
    "all components count alike: they have weights.", read="What of task 6.1")
edit("fits", "forward_fit__product",
    "w = log_weights.softmax(dim=0)\n    mean = (w * means).sum()",
    "w = log_weights.softmax(dim=0)\n    mean = (w * means / stds**2).sum() / (w / stds**2).sum()",
    "the mean weighs by precision: that is the mean of a product of densities, not of a sum.",
    read="What of task 6.1")
edit("fits", "reverse_kl__without_log_q",
    "(log_q - log_p)", "(-log_p)",
    "log q is missing: this is the cross entropy.", read="What of task 6.1")
edit("fits", "reverse_kl__sign",
    "(log_q - log_p)", "(log_p - log_q)",
    "the sign is wrong: KL is the average of log q - log p.", read="What of task 6.1")
edit("fits", "reverse_kl__nodes_not_scaled",
    "x = mean + std * nodes", "x = mean + nodes",
    "the nodes are not multiplied by std.", read="What of task 6.1")
edit("fits", "reverse_kl__no_log_std",
    "- std.log()\n", "\n",
    "log std is missing from log q.", read="What of task 6.1")
edit("fits", "reverse_kl__two_pi_in_one",
    "log_q = -0.5 * (nodes**2 + LOG_2PI)", "log_q = -0.5 * nodes**2",
    "log(2 pi) is in log p and not in log q.", read="What of task 6.1")
edit("fits", "reverse_kl__not_normalised",
    "log_weights.log_softmax(dim=0)", "log_weights",
    "the weights are not divided by their sum.", read="the conventions of part 4")
edit("fits", "reverse_kl__weights_exponentiated",
    "log_weights.log_softmax(dim=0)", "log_weights.softmax(dim=0).log()",
    "the weights are formed before their logarithms are taken: e^-1000 is 0.",
    read="the conventions of part 4")
edit("fits", "reverse_kl__average_of_nodes",
    "(quadrature * (log_q - log_p)).sum()", "(log_q - log_p).mean()",
    "the nodes are averaged alike: each has its weight.", read="What of task 6.1")
edit("fits", "reverse_kl__detached",
    "x = mean + std * nodes", "mean, std = mean.detach(), std.detach()\n    x = mean + std * nodes",
    "no gradient passes to mean and std: they were taken out of the graph.", read="Convention of task 6.1")
edit("fits", "reverse_kl__log_q_at_x",
    "log_q = -0.5 * (nodes**2 + LOG_2PI)", "log_q = -0.5 * (x**2 + LOG_2PI)",
    "log q is formed with x instead of (x - mean) / std.", read="What of task 6.1")
edit("fits", "reverse_kl__largest_component",
    "log_joint.logsumexp(1)", "log_joint.amax(1)",
    "only the nearest component is counted in log p.", read="What of task 6.1")


@wrong("fits",
    "the average is one under the mixture's nearest component: this is not KL(q || p), whose nodes belong "
    "to q.",
    read="What of task 6.1")
def reverse_kl__forward(mean, std, log_weights, means, stds, nodes, quadrature):
    w = log_weights.softmax(dim=0)
    x = means[:, None] + stds[:, None] * nodes  # k n
    log_q = -0.5 * (((x - mean) / std) ** 2 + LOG_2PI) - std.log()
    away = (x[..., None] - means) / stds
    log_p = (log_weights.log_softmax(0) - 0.5 * (away**2 + LOG_2PI) - stds.log()).logsumexp(-1)
    return (w[:, None] * quadrature * (log_p - log_q)).sum()


# -------------------- 6.2 distances
edit("distances", "js_divergence__root",  # faiss#2947, philentropy#36
    "return 0.5 * (kl_to_middle(p) + kl_to_middle(q))",
    "return (0.5 * (kl_to_middle(p) + kl_to_middle(q))).clamp(min=0).sqrt()",
    "the root is taken: scipy's function of that name returns it, and it is a distance, not the divergence.",
    read="Convention of task 6.2")
edit("distances", "js_divergence__base_2",
    "return 0.5 * (kl_to_middle(p) + kl_to_middle(q))",
    "return 0.5 / math.log(2) * (kl_to_middle(p) + kl_to_middle(q))",
    "the logarithm is to the base 2: that of disjoint laws is then 1.", read="the conventions of all tasks")
edit("distances", "js_divergence__not_halved",
    "return 0.5 * (kl_to_middle(p) + kl_to_middle(q))", "return kl_to_middle(p) + kl_to_middle(q)",
    "the sum of both divergences is returned: half of it is asked for.", read="What of task 6.2")
edit("distances", "js_divergence__middle_not_halved",
    "middle = 0.5 * (p + q)", "middle = p + q",
    "the two laws are added and not halved: their mixture sums to 1.", read="What of task 6.2")
edit("distances", "js_divergence__one_side",
    "return 0.5 * (kl_to_middle(p) + kl_to_middle(q))", "one = kl_to_middle(p)\n    return one",
    "only p is compared with the middle.", read="What of task 6.2")
edit("distances", "js_divergence__nan_at_zero",
    "(torch.xlogy(a, a) - torch.xlogy(a, middle))", "(a * (a / middle).log())",
    "0 log 0 is formed as it stands: that is nan, and 0 is meant.", read="Convention of task 6.2")
edit("distances", "js_divergence__small_constant",
    "return (torch.xlogy(a, a) - torch.xlogy(a, middle)).sum(-1)",
    "ratio = (a + 1e-8) / (middle + 1e-8)\n        return (a * ratio.log()).sum(-1)",
    "a small constant is added inside the logarithms: the result is off in the eighth digit.",
    read="Convention of task 6.2")
edit("distances", "js_divergence__all_rows",
    "(torch.xlogy(a, a) - torch.xlogy(a, middle)).sum(-1)",
    "(torch.xlogy(a, a) - torch.xlogy(a, middle)).sum()",
    "all rows are added up: each has its own divergence.", read="Given of task 6.2")
edit("distances", "gaussian_w2_squared__root",
    "return apart + cov_a.trace() + cov_b.trace() - 2 * overlap",
    "return (apart + cov_a.trace() + cov_b.trace() - 2 * overlap).clamp(min=0).sqrt()",
    "the root is taken: the squared distance is asked for.", read="Convention of task 6.2")
edit("distances", "gaussian_w2_squared__without_means",
    "return apart + cov_a", "return cov_a",
    "the distance of the means is left out.", read="What of task 6.2")
edit("distances", "gaussian_w2_squared__overlap_once",
    "- 2 * overlap", "- overlap",
    "the overlap is subtracted once: it counts twice.", read="What of task 6.2")
edit("distances", "gaussian_w2_squared__overlap_not_rooted",
    ".clamp(min=0).sqrt().sum()", ".clamp(min=0).sum()",
    "the eigenvalues are not rooted: the trace of the root is asked for.", read="What of task 6.2")
edit("distances", "gaussian_w2_squared__one_sided_root",
    "eigvalsh(root @ cov_b @ root)", "eigvalsh(root @ cov_b)",
    "the root stands on one side only: root(A) B in the place of root(A) B root(A).",
    read="Hint 3 of task 6.2")
edit("distances", "gaussian_w2_squared__means_not_squared",
    "(mean_a - mean_b).square().sum()", "(mean_a - mean_b).norm()",
    "the distance of the means is not squared.", read="What of task 6.2")


@wrong("distances",
    "the roots of both covariances are compared entry by entry: that is right only where they commute.",
    read="Hint 2 of task 6.2")
def gaussian_w2_squared__roots_apart(mean_a, cov_a, mean_b, cov_b):
    roots = []
    for cov in (cov_a, cov_b):
        values, vectors = torch.linalg.eigh(cov)
        roots.append((vectors * values.clamp(min=0).sqrt()) @ vectors.T)
    return (mean_a - mean_b).square().sum() + (roots[0] - roots[1]).square().sum()


@wrong("distances", "roots are taken entry by entry: the root of a matrix is another matrix.",
    read="Hint 1 of task 6.2")
def gaussian_w2_squared__entrywise(mean_a, cov_a, mean_b, cov_b):
    overlap = (cov_a.clamp(min=0).sqrt() * cov_b.clamp(min=0).sqrt()).trace()
    return (mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * overlap


@wrong("distances",
    "Cholesky factors take the place of the roots: a singular covariance has none, and the sum of "
    "their product's diagonal is another number.", read="Convention of task 6.2")
def gaussian_w2_squared__factors(mean_a, cov_a, mean_b, cov_b):
    L_a, L_b = torch.linalg.cholesky(cov_a), torch.linalg.cholesky(cov_b)
    apart = (mean_a - mean_b).square().sum()
    return apart + cov_a.trace() + cov_b.trace() - 2 * (L_a.T @ L_b).diagonal().abs().sum()
