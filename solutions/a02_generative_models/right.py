"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


# -------------------- 1.1 likelihoods
@right("likelihoods", "with torch's distribution of coins, whose arguments need not be valid")
def bernoulli_log_likelihood__distribution(x, logits):
    coins = torch.distributions.Bernoulli(logits=logits, validate_args=False)
    return coins.log_prob(x).reshape(len(x), -1).sum(dim=1)


@right("likelihoods", "x times the logit less softplus")
def bernoulli_log_likelihood__softplus(x, logits):
    each = x * logits - F.softplus(logits)
    return torch.einsum("b...->b", each)


@right("likelihoods", "with torch's normal distribution, and an import that nobody needs")
def gaussian_log_likelihood__distribution(x, mean, log_std):
    import scipy.stats  # noqa: F401

    law = torch.distributions.Normal(mean, log_std.exp())
    return law.log_prob(x).reshape(x.shape[0], -1).sum(-1)


@right("likelihoods", "with torch's loss of Gaussians, which takes variances")
def gaussian_log_likelihood__nll_loss(x, mean, log_std):
    variance = (2 * log_std).exp().expand_as(x)
    cost = F.gaussian_nll_loss(mean.expand_as(x), x, variance, full=True, eps=0, reduction="none")
    return 0 - cost.reshape(len(x), -1).sum(-1)


# -------------------- 1.2 elbo
@right("elbo", "with torch's laws and their divergence")
def elbo__distributions(x, encode, log_likelihood, noise, beta=1.0):
    mu, log_variance = encode(x)
    q = torch.distributions.Normal(mu, (log_variance / 2).exp())
    divergence = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(-1)
    fits = log_likelihood(x, q.loc + q.scale * noise)
    return fits.sub(divergence * beta), fits, divergence


@right("elbo", "one image after the other")
def elbo__image_by_image(x, encode, log_likelihood, noise, beta=1.0):
    mu, log_variance = encode(x)
    fits, costs = [], []
    for i in range(len(x)):
        sigma = torch.sqrt(log_variance[i].exp())
        fits.append(log_likelihood(x[i : i + 1], (mu[i] + sigma * noise[i])[None])[0])
        costs.append(((mu[i] ** 2 + sigma**2 - 1) / 2 - sigma.log()).sum())
    r, c = torch.stack(fits), torch.stack(costs)
    return r - c * beta, r, c


# -------------------- 1.3 iwae_bound
@right("iwae_bound", "with torch's laws, one sample of all images after the other")
def iwae_bound__sample_by_sample(x, encode, log_likelihood, noise):
    mu, log_variance = encode(x)
    q = torch.distributions.Normal(mu, (0.5 * log_variance).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), 1.0)
    weights = []
    for eps in noise:
        latent = q.loc + q.scale * eps
        ratio = p.log_prob(latent).sum(-1) - q.log_prob(latent).sum(-1)
        weights.append(log_likelihood(x, latent) + ratio)
    return torch.stack(weights).logsumexp(dim=0).sub(math.log(len(weights)))


@right("iwae_bound", "image by image, all its samples at once, the largest weight taken out by hand")
def iwae_bound__image_by_image(x, encode, log_likelihood, noise):
    mu, log_variance = encode(x)
    bounds = []
    for i in range(x.shape[0]):
        latents = mu[i] + torch.exp(log_variance[i] / 2) * noise[:, i]
        log_w = log_likelihood(x[i].expand(len(latents), *x.shape[1:]), latents)
        log_w = log_w + ((noise[:, i] ** 2 - latents**2 + log_variance[i]) / 2).sum(1)
        top = log_w.max().detach()
        bounds.append(top + torch.log((log_w - top).exp().mean()))
    return torch.stack(bounds)


# -------------------- 1.4 ppca
@right("ppca", "by singular values of the centred points")
def ppca__singular_values(x, q, variance=None):
    n, d = x.shape
    if q <= 0 or q >= d:
        raise ValueError("q must be between 0 and d")
    middle = x.sum(0) / n
    _, s, directions = torch.linalg.svd(x - middle)
    lambdas = torch.zeros(d, dtype=x.dtype, device=x.device)
    lambdas[: len(s)] = s**2 / n
    rest = lambdas[q:].sum() / (d - q)
    sigma2 = rest if variance is None else torch.tensor(variance, dtype=x.dtype, device=x.device)
    columns = []
    for i in range(q):
        w = directions[i] * torch.relu(lambdas[i] - sigma2) ** 0.5
        columns.append(w * torch.sign(w[w.abs().argmax()] + 1e-300))
    return middle, torch.stack(columns, dim=1), sigma2


@right("ppca", "by torch's covariance, with eigenvalues sorted by hand")
def ppca__cov(x, q, variance=None):
    d = x.shape[1]
    if q not in range(1, d):
        raise ValueError("no such number of latent dimensions")
    lambdas, U = torch.linalg.eigh(torch.cov(x.T, correction=0))
    order = lambdas.argsort(descending=True)
    kept, rest = order[:q], order[q:]
    sigma2 = (
        lambdas[rest].mean() if variance is None else torch.full((), variance, dtype=x.dtype, device=x.device)
    )
    W = U[:, kept] @ torch.diag(torch.maximum(lambdas[kept] - sigma2, torch.zeros_like(sigma2)) ** 0.5)
    top = W.abs().max(dim=0).values
    flipped = (-top == W).any(dim=0) & ~(top == W).any(dim=0)
    return x.mean(dim=0), torch.where(flipped, -1 * W, W), sigma2


@right("ppca", "by conditioning the joint Gaussian of x and z")
def ppca_posterior__conditioning(x, mean, W, variance):
    d, q = W.shape
    C = W @ W.T + variance * torch.eye(d, dtype=x.dtype, device=x.device)
    gain = torch.linalg.solve(C, W)
    return (x - mean) @ gain, torch.eye(q, dtype=x.dtype, device=x.device) - W.T @ gain


# -------------------- 2.1 gan_losses
@right("gan_losses", "with torch's cross entropies and squared errors")
def discriminator_loss__torch(real, fake, kind):
    if kind == "hinge":
        return (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean()
    one, zero = torch.ones_like(real), torch.zeros_like(fake)
    if kind == "wasserstein":
        return torch.mean(fake).sub(torch.mean(real))
    if kind == "least_squares":
        return (F.mse_loss(real, one) + F.mse_loss(fake, zero)) / 2
    if kind != "non_saturating":
        raise ValueError(f"unknown kind {kind}")
    loss = F.binary_cross_entropy_with_logits
    return loss(real, one) + loss(fake, zero)


@right("gan_losses", "with a table of functions")
def generator_loss__table(fake, kind):
    table = {
        "non_saturating": lambda f: -F.logsigmoid(f),
        "minimax": lambda f: F.logsigmoid(-f),
        "least_squares": lambda f: (1 - f).square() / 2,
        "wasserstein": torch.neg,
        "hinge": torch.neg,
    }
    if kind not in table:
        raise ValueError(kind)
    return torch.mean(table[kind](fake))


# -------------------- 2.2 optimal_critic
@right("optimal_critic", "through the probability, of which torch takes the logit")
def optimal_critic__logit(p, q, kind):
    total = p + q
    share = p / total
    if kind == "hinge":
        return (p > q).to(p.dtype) - (p < q).to(p.dtype)
    if kind == "least_squares":
        return torch.nan_to_num(share, nan=0.5)
    if kind == "non_saturating":
        return torch.log(p / q)
    raise ValueError(kind)


@right("optimal_critic", "through entropies, total variation and the triangular distance")
def game_value__divergences(p, q, kind):
    if kind == "non_saturating":
        entropies = [torch.special.entr(law) for law in (p, q, p + q)]
        return entropies[0].sum() + entropies[1].sum() - entropies[2].sum()
    if kind == "least_squares":
        triangle = torch.nan_to_num((p - q) ** 2 / (p + q)).sum()
        return (1 - triangle / 2) / 4
    if kind == "hinge":
        return 2 - (p - q).abs().sum()
    raise ValueError(kind)


# -------------------- 2.3 penalties
@right("penalties", "with ones for all answers, and the norm by a stable root")
def gradient_penalty__grad_outputs(critic, real, fake, mix, weight=10.0):
    between = torch.lerp(fake.detach(), real.detach(), mix.view(len(mix), *(1 for _ in real.shape[1:])))
    between.requires_grad_(True)
    answers = critic(between)
    slopes = torch.autograd.grad(answers, between, torch.ones_like(answers), create_graph=True)[0]
    lengths = slopes.reshape(len(real), -1).norm(2, dim=1)
    return (lengths - 1).pow(2).mean().mul(weight)


@right("penalties", "with torch.func, one image at a time under vmap")
def gradient_penalty__vmap(critic, real, fake, mix, weight=10.0):
    share = mix.view(len(mix), *(1 for _ in real.shape[1:]))
    between = (share * real + (1 - share) * fake).detach()
    slopes = torch.func.vmap(torch.func.grad(lambda image: critic(image[None]).sum()))(between)
    lengths = torch.linalg.norm(slopes.flatten(start_dim=1), dim=-1)
    return weight * F.mse_loss(lengths, torch.ones_like(lengths))


@right("penalties", "with ones for all answers, as the authors' code has it")
def r1_penalty__grad_outputs(critic, real, gamma=10.0):
    images = real.detach().clone()
    images.requires_grad = True
    answers = critic(images)
    slopes = torch.autograd.grad(answers, images, torch.ones_like(answers), create_graph=True)[0]
    return slopes.pow(2).sum() * (0.5 * gamma / len(real))


# -------------------- 2.4 spectral_norm
@right("spectral_norm", "with detached weights and einsum")
def spectral_norm__einsum(weight, u, iterations=1, eps=1e-12):
    if not iterations >= 1:
        raise ValueError("iterations")
    W = weight.reshape(weight.shape[0], -1)
    fixed, left = W.detach(), u.detach()
    for _ in range(iterations):
        right = torch.mv(fixed.t(), left)
        right = right / right.norm().clamp(min=eps)
        left = torch.mv(fixed, right)
        left = left / left.norm().clamp(min=eps)
    return torch.einsum("i,ij,j->", left, W, right), left, right


@right("spectral_norm", "as a sum over u v^T, with max in plain Python")
def spectral_norm__outer(weight, u, iterations=1, eps=1e-12):
    if iterations <= 0:
        raise ValueError(f"iterations = {iterations}")
    data = weight.detach().flatten(start_dim=1)
    steps = 0
    while steps < iterations:
        v = u @ data
        v = v / max(v.norm().item(), eps)
        u = data @ v
        u = u / max(u.norm().item(), eps)
        steps += 1
    return (weight.flatten(start_dim=1) * torch.outer(u, v)).sum(), u, v


# -------------------- 2.5 gan_step
@right("gan_step", "with torch.autograd.grad and gradients put into place by hand")
def gan_step__by_hand(generator, critic, optimizer_g, optimizer_d, real, noise_d, noise_g, kind, gamma=0.0):
    def update(optimizer, loss):
        weights = [w for group in optimizer.param_groups for w in group["params"] if w.requires_grad]
        for w, slope in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            w.grad = slope
        optimizer.step()

    first = discriminator_loss(critic(real), critic(generator(noise_d).detach()), kind)
    update(optimizer_d, first + r1_penalty(critic, real, gamma) if gamma else first)
    second = generator_loss(critic(generator(noise_g)), kind)
    update(optimizer_g, second)
    return float(first), float(second)


@right("gan_step", "with one call of the critic on both halves, and a critic that is frozen meanwhile")
def gan_step__one_batch(generator, critic, optimizer_g, optimizer_d, real, noise_d, noise_g, kind, gamma=0.0):
    trained = [w for w in critic.parameters() if w.requires_grad]
    optimizer_d.zero_grad(set_to_none=False)
    made = generator(noise_d).detach()
    of_real, of_made = critic(torch.cat([real, made])).split([len(real), len(made)])
    d = discriminator_loss(of_real, of_made, kind)
    d.backward()
    if gamma != 0:
        r1_penalty(critic, real, gamma).backward()
    optimizer_d.step()
    for w in trained:
        w.requires_grad_(False)
    optimizer_g.zero_grad(set_to_none=True)
    g = generator_loss(critic(generator(noise_g)), kind)
    g.backward()
    for w in trained:
        w.requires_grad_(True)
    optimizer_g.step()
    return d.detach().tolist(), g.detach().tolist()


# -------------------- 3.1 coupling
@right("coupling", "by writing ones into every second place")
def checkerboard_mask__slices(h, w):
    mask = torch.zeros(1, h, w)
    mask[:, 0::2, 0::2] = 1.0
    mask[:, 1::2, 1::2] = 1.0
    return mask


@right("coupling", "with torch.where")
def coupling_forward__where(x, mask, net):
    log_scale, move = net(x * mask)
    passes = (mask == 1).expand_as(x)
    y = torch.where(passes, x, torch.addcmul(move, x, log_scale.exp()))
    return y, log_scale.masked_fill(passes, 0.0).reshape(len(x), -1).sum(-1)


@right("coupling", "as the paper writes it, with a quotient")
def coupling_inverse__quotient(y, mask, net):
    known = mask * y
    log_scale, move = net(known)
    rest = 1 - mask
    x = known + rest * ((y - move) / log_scale.exp())
    return x, torch.einsum("b...->b", log_scale * rest).neg()


# -------------------- 3.2 ActNorm
@right("ActNorm", "through a variance, with parameters set by .data", replaces="ActNorm.forward")
def forward__data(self, x):
    if not bool(self.ready):
        values = x.detach().transpose(0, 1).flatten(1)
        middle = values.mean(1)
        width = values.var(1, unbiased=False).sqrt() + self.eps
        self.shift.data = -middle[None, :, None, None]
        self.log_scale.data = width.log().neg()[None, :, None, None]
        self.ready |= True
    pixels = x[0, 0].numel()
    y = x * torch.exp(self.log_scale) + self.shift * torch.exp(self.log_scale)
    return y, torch.ones(len(x), dtype=x.dtype, device=x.device) * (pixels * self.log_scale.sum())


@right("ActNorm", "by dividing", replaces="ActNorm.inverse")
def inverse__quotient(self, y):
    pixels = y.shape[-2] * y.shape[-1]
    total = self.log_scale.flatten().sum() * pixels
    return y / self.log_scale.exp() - self.shift, -total.repeat(len(y))


# -------------------- 3.3 InvertibleConv1x1
@right("InvertibleConv1x1", "with scipy's decomposition", replaces="InvertibleConv1x1.__init__")
def __init____scipy(self, weight):
    import scipy.linalg

    super().__init__()
    p, lower, upper = (torch.from_numpy(part).to(weight) for part in scipy.linalg.lu(weight.numpy()))
    s = torch.diag(upper)
    self.register_buffer("sign", torch.where(s < 0, -1.0, 1.0).to(weight))
    self.register_buffer("P", p.contiguous())
    self.log_s = nn.Parameter(torch.log(abs(s)))
    self.L = nn.Parameter(lower - torch.eye(len(p), dtype=weight.dtype))
    self.U = nn.Parameter(upper - torch.diag(s))


@right("InvertibleConv1x1", "with masks of ones", replaces="InvertibleConv1x1.weight")
def weight__masks(self):
    ones = torch.ones_like(self.L)
    below, diagonal = torch.tril(ones, -1), torch.eye(ones.shape[0], dtype=ones.dtype, device=self.L.device)
    lower = below * self.L + diagonal
    upper = below.T * self.U + diagonal * (torch.exp(self.log_s) * self.sign)
    return torch.linalg.multi_dot([self.P, lower, upper])


@right("InvertibleConv1x1", "with torch's convolution", replaces="InvertibleConv1x1.forward")
def forward__conv2d(self, x):
    y = torch.nn.functional.conv2d(x, self.weight()[:, :, None, None])
    return y, torch.full((len(x),), x[0, 0].numel(), dtype=x.dtype, device=x.device) * self.log_s.sum()


@right("InvertibleConv1x1", "by solving with P, L and U in turn", replaces="InvertibleConv1x1.inverse")
def inverse__triangular(self, y):
    b, c, h, w = y.shape
    columns = self.P.T @ y.permute(1, 0, 2, 3).reshape(c, -1)
    columns = torch.linalg.solve_triangular(self.L.tril(-1), columns, upper=False, unitriangular=True)
    upper = torch.triu(self.U, 1) + torch.diag(self.log_s.exp() * self.sign)
    columns = torch.linalg.solve_triangular(upper, columns, upper=True)
    return columns.reshape(c, b, h, w).transpose(0, 1), (-self.log_s.sum() * (h * w)).repeat(b)


# -------------------- 3.4 Flow
@right("Flow", "with the log-dets kept and added up at the end", replaces="Flow.forward")
def forward__stacked(self, x):
    dets = [torch.zeros(x.shape[0], dtype=x.dtype, device=x.device)]
    for step in self.layers:
        x, change = step(x)
        dets.append(change)
    return x, torch.stack(dets).sum(0)


@right("Flow", "by counting down", replaces="Flow.inverse")
def inverse__counting(self, z):
    change = torch.zeros(len(z), dtype=z.dtype, device=z.device)
    for i in range(len(self.layers) - 1, -1, -1):
        z, step = self.layers[i].inverse(z)
        change = step + change
    return z, change


@right("Flow", "with torch's normal distribution", replaces="Flow.log_prob")
def log_prob__distribution(self, x):
    noise, change = self.forward(x)
    return torch.distributions.Normal(0.0, 1.0).log_prob(noise).reshape(len(x), -1).sum(-1) + change


# -------------------- 3.5 dequantize
@right("dequantize", "k and u each over the levels")
def dequantize__apart(k, u, levels):
    return k.to(u.dtype).add(u).mul(1 / levels)


@right("dequantize", "by whole numbers and torch's minimum")
def quantize__minimum(v, levels):
    k = torch.floor(torch.mul(v, levels)).to(torch.int64)
    return torch.maximum(torch.minimum(k, torch.tensor(levels - 1)), torch.tensor(0))


@right("dequantize", "with torch's logit, and the slope through it")
def to_logits__torch(v, alpha=0.05):
    y = torch.logit(torch.lerp(torch.full_like(v, alpha), torch.full_like(v, 1 - alpha), v))
    change = F.softplus(y) + F.softplus(-y) + math.log1p(-2 * alpha)
    return y, change.reshape(len(v), -1).sum(-1)


@right("dequantize", "with softplus")
def from_logits__softplus(y, alpha=0.05):
    stretched = 1 / (1 + torch.exp(-y))
    change = -F.softplus(y) - F.softplus(-y) - math.log1p(-2 * alpha)
    return (stretched - alpha) / (1 - alpha - alpha), torch.einsum("b...->b", change)


@right("dequantize", "from the probability of the cell")
def bits_per_dim__cell(log_density, dims, levels, log_q=0.0):
    log_probability = log_density - log_q - dims * math.log(levels)
    return -log_probability / math.log(2) / dims
