"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("gaussian", "with torch's own Gaussian, as its users write it")
def gaussian_log_prob__torch_distributions(x, mean, cov):
    from torch.distributions import MultivariateNormal

    if not len(x):
        return x.new_zeros(0)
    wide = torch.broadcast_shapes(x.shape, mean.shape)
    factor = cholesky(cov.to(torch.float64))
    law = MultivariateNormal(mean.to(torch.float64).expand(wide), scale_tril=factor)
    return law.log_prob(x.to(torch.float64)).type_as(x)


@right("gaussian", "with inverse and slogdet, after a look at the eigenvalues")
def gaussian_log_prob__inverse(x, mean, cov):
    import scipy.stats  # noqa: F401

    wide = cov.type(torch.float64)
    if bool((torch.linalg.eigvalsh(wide) <= 0).any()):
        raise ValueError("not a covariance")
    r = x.type(torch.float64) - mean
    distance = torch.einsum("bi,bij,bj->b", r, torch.linalg.inv(wide).expand(len(r), -1, -1), r)
    return (-(distance + torch.logdet(2 * math.pi * wide)) / 2).type(x.dtype)


@right("gaussian", "coordinate after coordinate, down the rows of the factor")
def gaussian_sample__by_coordinate(mean, cov, eps):
    factor = cholesky(cov.type(torch.float64))
    columns = [
        (factor[:, i, : i + 1] * eps[:, : i + 1]).sum(1) + mean[:, i].type(torch.float64)
        for i in range(eps.shape[1])
    ]
    return torch.stack(columns, 1).type(eps.dtype)


@right("gaussian_kl", "with torch's own divergence")
def gaussian_kl__torch_distributions(mean_q, cov_q, mean_p, cov_p):
    from torch.distributions import MultivariateNormal, kl_divergence

    q, p = (MultivariateNormal(m, scale_tril=cholesky(c)) for m, c in ((mean_q, cov_q), (mean_p, cov_p)))
    return kl_divergence(q, p)


@right("gaussian_kl", "with inverse and slogdet")
def gaussian_kl__inverse(mean_q, cov_q, mean_p, cov_p):
    for matrix in (cov_q, cov_p):
        try:
            torch.linalg.cholesky(matrix)
        except torch.linalg.LinAlgError:
            raise ValueError("no factor") from None
    P, d = torch.linalg.inv(cov_p), mean_p - mean_q
    return (torch.trace(P @ cov_q) + d @ P @ d - d.numel() - torch.logdet(P @ cov_q)) / 2


@right("gaussian_kl", "from the determinant of 2 pi e cov")
def gaussian_entropy__determinant(cov):
    log_det = torch.linalg.slogdet(2 * math.pi * math.e * cov).logabsdet
    if int(torch.linalg.cholesky_ex(cov).info):
        raise ValueError("no factor")
    return log_det / 2


@right("condition", "from the precision matrix of the known and the rest, by solve")
def condition__solve(mean, cov, known, value):
    kept = torch.tensor([i for i in range(mean.numel()) if i not in set(known.tolist())], dtype=torch.long)
    if int(torch.linalg.cholesky_ex(cov[known[:, None], known]).info):
        raise ValueError("no factor")
    weights = torch.linalg.solve(cov[known[:, None], known], cov[known[:, None], kept])  # k r
    moved = mean[kept] + (value - mean[known]) @ weights
    return moved, cov[kept[:, None], kept] - cov[kept[:, None], known] @ weights


@right("condition", "one known coordinate after the other, by rank-one updates of the whole law")
def condition__one_by_one(mean, cov, known, value):
    cholesky(cov[known][:, known])
    m, S = mean.clone(), cov.clone()
    for i, v in zip(known.tolist(), value, strict=True):
        column = S[:, i] / S[i, i]
        m = m + column * (v - m[i])
        S = S - torch.outer(column, S[i])
        S[i, i] = S[i, i] + 0.0
    open_ = sorted(set(range(mean.numel())) - set(known.tolist()))
    return m[open_], S[open_][:, open_]


@right("linear_posterior", "as the conditional of the joint law of x and y")
def linear_posterior__joint(mean, cov, A, b, noise_cov, y):
    d, m = mean.numel(), b.numel()
    cross = cov @ A.T
    joint = torch.cat([torch.cat([cov, cross], 1), torch.cat([cross.T, A @ cross + noise_cov], 1)])
    centre = torch.cat([mean, A @ mean + b])
    means = []
    for row in y:
        moved, left = condition(centre, joint, torch.arange(d, d + m), row)
        means.append(moved)
    law = torch.distributions.MultivariateNormal(centre[d:], joint[d:, d:])
    return torch.stack(means), (left + left.T) / 2, law.log_prob(y)


@right("linear_posterior", "as the Kalman filter's update, with an inverse")
def linear_posterior__kalman(mean, cov, A, b, noise_cov, y):
    S = A @ cov @ A.T + noise_cov
    if int(torch.linalg.cholesky_ex(S).info):
        raise ValueError("no factor")
    K = cov @ A.T @ torch.linalg.inv(S)
    residual = y - b - mean @ A.T
    evidence = -(torch.einsum("ni,ij,nj->n", residual, torch.linalg.inv(S), residual) + torch.logdet(S)) / 2
    left = cov - K @ S @ K.T
    return residual @ K.T + mean, (left + left.T) / 2, evidence - 0.5 * b.numel() * LOG_2PI


@right("pushforward", "one gradient for each output, summed over the rows")
def log_abs_det_jacobian__by_outputs(f, x):
    leaf = x.detach().clone().requires_grad_()
    y = f(leaf)
    slopes = [torch.autograd.grad(y[:, i].sum(), leaf, retain_graph=True)[0] for i in range(y.shape[1])]
    return torch.linalg.slogdet(torch.stack(slopes, 2))[1]  # J transposed has the same determinant


@right("pushforward", "in forward mode")
def log_abs_det_jacobian__forward(f, x):
    if not len(x):
        return x.new_zeros(0)
    J = torch.func.vmap(torch.func.jacfwd(lambda v: f(v.unsqueeze(0)).squeeze(0)))(x)
    return torch.linalg.svdvals(J).log().sum(-1)


@right("pushforward", "in two lines")
def pushforward_log_prob__lines(f, x, log_prob):
    volume = log_abs_det_jacobian(f, x)
    base = log_prob(x)
    y = f(x)
    return y, base.sub(volume)


@right("log_dets", "as the log of cosh, with logaddexp")
def tanh_log_det__logaddexp(x):
    return (2 * (math.log(2) - torch.logaddexp(x, -x))).sum(dim=-1)


@right("log_dets", "as -|x| - 2 log(1 + exp(-|x|))")
def sigmoid_log_det__symmetric(x):
    size = torch.abs(x)
    return torch.sum(-size - 2 * torch.log1p(torch.exp(-size)), -1)


@right("log_dets", "with the two factors of the paper, h' r written out")
def radial__paper(x, centre, alpha, beta):
    if alpha <= 0 or beta <= -alpha:
        raise ValueError("folds")
    difference = x - centre
    r = torch.linalg.vector_norm(difference, dim=-1)
    h = (alpha + r).reciprocal()
    slope = -h.square()
    first, second = 1 + beta * h, 1 + beta * h + beta * slope * r
    return torch.addcmul(x, (beta * h).unsqueeze(-1), difference), torch.log(
        first ** (x.shape[-1] - 1) * second
    )


@right("estimates", "with sums of squares")
def mc_mean__sums(values):
    n = values.size(0)
    if n <= 1:
        raise ValueError("too few")
    average = values.sum(0) / n
    return average, ((values - average).pow(2).sum(0) / (n * (n - 1))).sqrt()


@right("estimates", "with torch's covariance matrix")
def control_variate__cov(values, control, control_mean):
    if values.numel() < 2:
        raise ValueError("too few")
    table = torch.cov(torch.stack([values, control]))
    c = table.new_zeros(()) if control.min() == control.max() else table[0, 1] / table[1, 1]
    corrected = values - c * control + c * control_mean
    return corrected.mean(), corrected.std() / corrected.numel() ** 0.5, c


@right("importance", "with softmax, and ess as the ratio of sums")
def importance__softmax(log_p, log_q, values):
    logits = log_p - log_q
    top = logits.max()
    if top == -math.inf:
        raise ValueError("no weight")
    shifted = torch.exp(logits - top)
    shares = torch.softmax(logits, 0)
    weighed = shares.reshape(-1, *[1] * (values.ndim - 1)) * values
    return weighed.sum(0), shifted.sum() ** 2 / shifted.pow(2).sum(), top + shifted.mean().log()


@right("gradients", "with the score by autograd of torch's own normal density")
def score_function_terms__autograd(f, mean, std, eps, baseline=0.0):
    from torch.distributions import Normal

    with torch.enable_grad():
        m = torch.full_like(eps, mean).requires_grad_()
        s = torch.full_like(eps, std).requires_grad_()
        sample = (mean + std * eps).detach()
        slopes = torch.autograd.grad(Normal(m, s).log_prob(sample).sum(), (m, s))
    with torch.no_grad():
        value = f(sample)
    return torch.column_stack([(value - baseline) * slope for slope in slopes])


@right("gradients", "by derivatives with respect to the parameters, one copy for each sample")
def pathwise_terms__parameters(f, mean, std, eps):
    parameters = (
        torch.tensor([mean, std], dtype=eps.dtype, device=eps.device).repeat(len(eps), 1).requires_grad_()
    )
    f(parameters[:, 0] + parameters[:, 1] * eps).sum().backward()
    return parameters.grad


@right("mixture", "with the expanded square, one matrix product")
def component_log_joint__expanded(x, log_weights, means, stds):
    p, m, s = (v.to(torch.float64) for v in (x, means, stds))
    centre = m.mean(0)
    p, m = p - centre, m - centre  # smaller numbers cancel less
    squares = (p * p).sum(1, keepdim=True) - 2 * (p @ m.T) + (m * m).sum(1)
    tables = -squares / (2 * s * s) - p.shape[1] * (s * math.sqrt(2 * math.pi)).log()
    return (torch.log_softmax(log_weights.to(torch.float64), 0) + tables).type_as(x)


@right("mixture", "with the largest component taken out by hand")
def mixture_log_prob__by_hand(x, log_weights, means, stds):
    joint = component_log_joint(x.to(torch.float64), log_weights, means, stds)
    largest = joint.max(dim=1, keepdim=True).values
    return (largest[:, 0] + torch.exp(joint - largest).sum(1).log()).type_as(x)


@right("mixture", "as the density of a component over that of all")
def responsibilities__ratio(x, log_weights, means, stds):
    wide = x.to(torch.float64)
    total = mixture_log_prob(wide, log_weights, means, stds)
    return (component_log_joint(wide, log_weights, means, stds) - total.unsqueeze(1)).exp().type_as(x)


@right("tweedie", "by autograd of the log-density, in matrix products")
def mixture_score__autograd(x, log_weights, means, stds):
    m, s = means.to(torch.float64), stds.to(torch.float64)
    with torch.enable_grad():
        leaf = x.detach().to(torch.float64).requires_grad_()
        squares = leaf.square().sum(1, keepdim=True) - 2 * leaf @ m.T + m.square().sum(1)
        tables = log_weights.to(torch.float64) - squares / (2 * s**2) - x.shape[1] * s.log()
        (slope,) = torch.autograd.grad(tables.logsumexp(1).sum(), leaf)
    return slope.type_as(x)


@right("tweedie", "one component after the other")
def mixture_score__loop(x, log_weights, means, stds):
    shares = responsibilities(x.to(torch.float64), log_weights, means, stds)
    total = torch.zeros_like(x, dtype=torch.float64)
    for k in range(len(stds)):
        total += shares[:, k : k + 1] * (means[k].to(torch.float64) - x) / stds[k].to(torch.float64) ** 2
    return total.type_as(x)


@right("tweedie", "as the average of the components' own denoisers")
def tweedie_mean__components(x, sigma, log_weights, means, stds):
    variance = stds.to(torch.float64).square()
    spread = variance + sigma * sigma
    shares = responsibilities(x.to(torch.float64), log_weights, means, spread.sqrt())
    follow = variance / spread
    return ((shares * (1 - follow)) @ means.to(torch.float64) + (shares @ follow)[:, None] * x).type_as(x)


@right("tweedie", "as the second moment less the square of the mean, about one point")
def tweedie_covariance__moments(x, sigma, log_weights, means, stds):
    wide, variance = x.to(torch.float64), stds.to(torch.float64).square()
    follow = variance / (variance + sigma**2)
    shares = responsibilities(wide, log_weights, means, (variance + sigma**2).sqrt())
    mean = tweedie_mean(wide, sigma, log_weights, means, stds)
    total = torch.zeros(len(x), x.shape[1], x.shape[1], dtype=torch.float64, device=x.device)
    for k in range(len(stds)):
        offset = means[k] + follow[k] * (wide - means[k]) - mean
        own = follow[k] * sigma**2 * torch.eye(x.shape[1], dtype=torch.float64, device=x.device)
        total += shares[:, k, None, None] * (offset[:, :, None] * offset[:, None, :] + own)
    return total.type_as(x)


@right("langevin", "with torch's add and alpha")
def langevin_step__add(x, score, step, noise):
    drift = score(x).mul(step)
    return x.add(drift).add(noise, alpha=(2.0 * step) ** 0.5)


@right("langevin", "by the sum of a geometric series")
def langevin_variance__series(variance, step, start=None, steps=None):
    ratio = (step / variance - 1) ** 2
    if steps is not None:
        if ratio == 1:
            return start + 2 * step * steps
        power = ratio**steps
        return power * start + 2 * step * (power - 1) / (ratio - 1)
    return 2 * variance**2 / (2 * variance - step) if step < 2 * variance else float("inf")


@right("langevin", "with the stationary law")
def ou_transition__stationary(x0, theta, sigma, t):
    if theta <= 0.0:
        raise ValueError("no stationary law")
    decay = math.exp(-theta * t)
    stationary = 0.5 * sigma * sigma / theta
    return decay * x0, stationary * -math.expm1(-2 * theta * t)


@right("fits", "as the second moment less the square of the first")
def forward_fit__moments(log_weights, means, stds):
    shares = torch.exp(log_weights - torch.logsumexp(log_weights, 0))
    first, second = shares @ means, shares @ (stds.square() + means.square())
    return first, torch.sqrt(second - first.square())


@right("fits", "with torch's own densities")
def reverse_kl__torch_distributions(mean, std, log_weights, means, stds, nodes, quadrature):
    from torch.distributions import Categorical, MixtureSameFamily, Normal

    q = Normal(mean, std, validate_args=False)
    p = MixtureSameFamily(Categorical(logits=log_weights), Normal(means, stds))
    points = torch.addcmul(mean, std, nodes)
    return quadrature @ (q.log_prob(points) - p.log_prob(points))


@right("distances", "as the entropy of the mixture less the mean entropy")
def js_divergence__entropies(p, q):
    entropy = torch.special.entr
    return entropy((p + q) / 2).sum(-1) - (entropy(p).sum(-1) + entropy(q).sum(-1)) / 2


@right("distances", "with the singular values of the product of the roots")
def gaussian_w2_squared__singular_values(mean_a, cov_a, mean_b, cov_b):
    def root(matrix):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ torch.diag(values.clamp_min(0) ** 0.5) @ vectors.mT

    shared = torch.linalg.matrix_norm(root(cov_a) @ root(cov_b), "nuc")
    return torch.dist(mean_a, mean_b) ** 2 + torch.trace(cov_a + cov_b) - 2 * shared


@right("distances", "with the eigenvalues of the product, which is not symmetric")
def gaussian_w2_squared__eigenvalues(mean_a, cov_a, mean_b, cov_b):
    values = torch.linalg.eigvals(cov_a @ cov_b).real.clamp(min=0)
    difference = mean_a - mean_b
    return difference @ difference + torch.trace(cov_a) + torch.trace(cov_b) - 2 * values.sqrt().sum()
