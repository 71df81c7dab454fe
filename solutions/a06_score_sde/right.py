"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


@right("dsm_loss", "as the squared error of the denoiser that the score means")
def dsm_loss__denoiser(score, x0, sigma, noise):
    level = sigma.reshape(-1, *[1] * (x0.ndim - 1))
    noisy = torch.addcmul(x0.double(), level, noise.double())
    denoised = noisy + level.square() * score(noisy.type_as(x0), sigma).double()
    missed = torch.where(level > 0, (denoised - x0) / level, noise.double())
    return missed.square().flatten(1).sum(-1).div(2).type_as(x0)


@right("dsm_loss", "with einsum over the noise that the score predicts")
def dsm_loss__predicted_noise(score, x0, sigma, noise):
    scaled = torch.einsum("b,b...->b...", sigma, noise.double())
    predicted = -torch.einsum("b,b...->b...", sigma, score((x0 + scaled).to(x0), sigma).double())
    error = (predicted - noise).flatten(start_dim=1)
    return (torch.einsum("bi,bi->b", error, error) / 2).to(x0)


@right("divergence", "with a Jacobian of each sample under vmap")
def exact_divergence__vmap(f, x):
    import scipy.stats  # noqa: F401

    def trace(one):
        jacobian = torch.func.jacrev(lambda y: f(y.unsqueeze(0)).squeeze(0))(one)
        return jacobian.reshape(one.numel(), one.numel()).diagonal().sum()

    with torch.set_grad_enabled(torch.is_grad_enabled()):
        return torch.func.vmap(trace)(x.detach())


@right("divergence", "with all probes at once, by one call of autograd with a batch of gradients")
def hutchinson_divergence__batched(f, x, probes):
    again = torch.is_grad_enabled()
    with torch.enable_grad():
        point = x.clone().detach().requires_grad_()
        out = f(point)
        if out.grad_fn is None:
            return x.new_zeros(x.shape[0])
        pulled = torch.autograd.grad(
            out, point, probes, create_graph=again, is_grads_batched=True, allow_unused=True
        )[0]
    if pulled is None:
        return x.new_zeros(x.shape[0])
    return torch.einsum("kbi,kbi->b", pulled.flatten(2), probes.flatten(2)) / probes.shape[0]


@right("divergence", "by the gradient of each probe's product with f, called anew")
def hutchinson_divergence__dot(f, x, probes):
    keep = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    try:
        leaf = x.detach().clone().requires_grad_()
        parts = []
        for probe in probes:
            dot = (f(leaf) * probe).sum()
            pulled = None
            if dot.requires_grad:
                pulled = torch.autograd.grad(dot, leaf, create_graph=keep, allow_unused=True)[0]
            parts.append(
                leaf.new_zeros(len(leaf))
                if pulled is None
                else (pulled * probe).reshape(len(leaf), -1).sum(-1)
            )
    finally:
        torch.set_grad_enabled(keep)
    return torch.stack(parts).mean(0)


@right("ssm_loss", "with the products written out, without task 1.2")
def ssm_loss__written_out(score, x, probes):
    point = x.detach().clone().requires_grad_()
    s = score(point)
    traces = []
    for probe in probes:
        pulled = torch.autograd.grad(s, point, probe, create_graph=True)[0]
        traces.append(torch.einsum("bi,bi->b", pulled.flatten(1), probe.flatten(1)))
    return torch.stack(traces).mean(0) + torch.linalg.vector_norm(s.flatten(1), dim=1) ** 2 / 2


@right("langevin_step", "with addcmul, on a potential of half the step")
def langevin_step__add(x, score, step, noise):
    return torch.add(torch.add(x, score, alpha=0.5 * step), noise, alpha=step**0.5)


@right("langevin_step", "with numpy's geometric sequence")
def ncsn_sigmas__geomspace(sigma_max=1.0, sigma_min=0.01, levels=10):
    import numpy as np

    return torch.from_numpy(np.geomspace(sigma_max, sigma_min, levels))


@right("annealed_langevin", "with indices and a decorator, and the step written out")
def annealed_langevin__indices(score, x, sigmas, noises, eps=2e-5):
    L = sigmas.shape[0]
    if noises.shape[0] != L:
        raise ValueError("a row of noises for each level, please")

    @torch.no_grad()
    def run(state):
        for n in range(L * noises.shape[1]):
            i, j = divmod(n, noises.shape[1])
            h = eps * float(sigmas[i]) ** 2 / float(sigmas[L - 1]) ** 2
            state = state + 0.5 * h * score(state, sigmas[i]) + h**0.5 * noises[i][j]
        return state

    return run(x)


@right("sdes", "VP by the published code's log of the mean coefficient", replaces="VP.marginal")
def VP__log_mean(self, t):
    s = t.to(torch.float64)
    log_mean = -0.25 * s**2 * (self.beta_1 - self.beta_0) - 0.5 * s * self.beta_0
    return log_mean.exp(), torch.sqrt(1.0 - torch.exp(2.0 * log_mean))


@right("sdes", "VP's rate as a mixture of its two ends", replaces="VP.drift_rate")
def VP__lerp(self, t):
    ends = torch.tensor([self.beta_0, self.beta_1], dtype=torch.float64)
    return torch.lerp(ends[0], ends[1], t.to(torch.float64)) / -2


@right("sdes", "sub-VP's diffusion as it is published", replaces="SubVP.diffusion")
def SubVP__published(self, t):
    s = t.to(torch.float64)
    beta = (1 - s) * self.beta_0 + s * self.beta_1
    discount = 1.0 - torch.exp(-2 * self.beta_0 * s - (self.beta_1 - self.beta_0) * s**2)
    return torch.sqrt(beta * discount)


@right("sdes", "VE by logarithms of its levels", replaces="VE.marginal")
def VE__logs(self, t):
    low, high = math.log(self.sigma_min), math.log(self.sigma_max)
    return t.new_ones(t.shape, dtype=torch.float64), torch.lerp(
        torch.full_like(t, low, dtype=torch.float64),
        torch.full_like(t, high, dtype=torch.float64),
        t.to(torch.float64),
    ).exp()


@right("reverse_step", "as half a step of flow and a Langevin step on top of it")
def reverse_step__flow_and_langevin(sde, x, score, t, dt, noise, eta=1.0):
    if not dt >= 0:
        raise ValueError("a step back, please")
    variance = float(sde.diffusion(t)) ** 2 * dt
    flow = (1 - float(sde.drift_rate(t)) * dt) * x + variance / 2 * score
    return flow + (eta * eta * variance / 2) * score + eta * variance**0.5 * noise


@right("pc_sample", "with torch's vector norm, and the last step apart")
def pc_sample__apart(sde, score, x, times, noises, corrector_noises, snr=0.16):
    def step_size(g, z):
        lengths = [torch.linalg.vector_norm(v.flatten(start_dim=1), dim=-1).mean().item() for v in (g, z)]
        return 2 * snr**2 * lengths[1] ** 2 / lengths[0] ** 2

    torch_was = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        for i, noise in enumerate(noises[:-1]):
            gap = float(times[i] - times[i + 1])
            x = reverse_step(sde, x, score(x, times[i]), times[i], gap, noise, eta=1.0)
            for z in corrector_noises[i]:
                g = score(x, times[i + 1])
                h = step_size(g, z)
                x = torch.add(x, g, alpha=h).add(z, alpha=(2 * h) ** 0.5)
        gap = float(times[-2] - times[-1])
        return reverse_step(sde, x, score(x, times[-2]), times[-2], gap, x * 0)
    finally:
        torch.set_grad_enabled(torch_was)


@right("log_likelihood", "with torch's normal distribution")
def prior_log_prob__torch(sde, x):
    normal = torch.distributions.Normal(x.new_zeros(()), x.new_tensor(sde.prior_std()))
    return normal.log_prob(x).flatten(1).sum(-1)


@right("log_likelihood", "with the 3/8 rule of Kutta, on one state of x and the integral")
def log_likelihood__three_eighths(sde, score, x, times, divergence):
    def rhs(state, time):
        y = state[0]

        def field(v):
            return sde.drift_rate(time) * v - sde.diffusion(time).square() / 2 * score(v, time)

        return [field(y), divergence(field, y)]

    def move(state, *parts):
        for rate, amount in parts:
            state = [s + amount * r for s, r in zip(state, rate, strict=True)]
        return state

    with torch.no_grad():
        state = [x, x.new_zeros(len(x))]
        for i in range(len(times) - 1):
            a, h = times[i], (times[i + 1] - times[i]).item()
            first = rhs(state, a)
            second = rhs(move(state, (first, h / 3)), a + h / 3)
            third = rhs(move(state, (first, -h / 3), (second, h)), a + 2 * h / 3)
            fourth = rhs(move(state, (first, h), (second, -h), (third, h)), times[i + 1])
            state = move(state, (first, h / 8), (second, 3 * h / 8), (third, 3 * h / 8), (fourth, h / 8))
    return prior_log_prob(sde, state[0]) + state[1], state[0]


@right("log_likelihood", "as the logarithm of the probability of a bin")
def bits_per_dim__of_a_bin(log_prob, dims, levels=256):
    log_bin = log_prob / dims + math.log(2.0) - math.log(levels)
    return -log_bin / math.log(2.0)


@right("gamma", "with two linear layers whose weights are made positive", replaces="MonotoneGamma.forward")
def MonotoneGamma__linear(self, t):
    every = torch.cat([t, t.new_tensor([0.0, 1.0])])[:, None]
    first = F.linear(every, torch.log1p(self.w1.exp())[:, None], self.b1)
    second = F.linear(first, torch.log1p(self.w2.exp())[:, None], self.b2)
    out = (first + F.linear(second.sigmoid(), torch.log1p(self.w3.exp())[None]))[:, 0]
    share = (out[:-2] - out[-2]) / (out[-1] - out[-2])
    return torch.lerp(t.new_tensor(self.gamma_0), t.new_tensor(self.gamma_1), share)


@right("gamma", "with an axis of frequencies that is flattened")
def fourier_features__axis(x, n_min=7, n_max=8):
    n = torch.arange(n_min, n_max + 1, dtype=x.dtype, device=x.device).reshape(1, -1, *[1] * (x.ndim - 1))
    turned = x[:, None] * torch.exp2(n) * math.pi
    return torch.cat([x, turned.sin().flatten(1, 2), turned.cos().flatten(1, 2)], 1)


@right("vdm_loss", "in continuous time by torch.func, step by step by a ratio of odds")
def diffusion_loss__jvp(gamma, t, error, T=None):
    if T:
        ratio = torch.exp(gamma(t)) / torch.exp(gamma(t - 1 / T))
        return 0.5 * T * error * (ratio - 1)
    record = torch.is_grad_enabled()
    with torch.set_grad_enabled(True):
        times = t.clone().detach()
        times.requires_grad = True
        value = gamma(times)
        rate = torch.autograd.grad(value, times, torch.ones_like(value), create_graph=record)[0]
    return error * rate * 0.5


@right("vdm_loss", "with torch's divergence of two normal distributions")
def prior_kl__torch(x, gamma_1):
    sigma = torch.sigmoid(gamma_1.double()).sqrt()
    alpha = torch.sigmoid(-gamma_1.double()).sqrt()
    end = torch.distributions.Normal(alpha * x.double(), sigma.expand(x.shape))
    prior = torch.distributions.Normal(torch.zeros(()).double(), torch.ones(()).double())
    return torch.distributions.kl_divergence(end, prior).reshape(x.shape[0], -1).sum(-1).to(x.dtype)


@right("vdm_loss", "one time after another")
def spread_times__loop(b, u):
    return torch.tensor([math.fmod(u + i / b, 1.0) for i in range(b)], dtype=torch.float64)


@right("edm", "from the signal-to-noise ratio")
def edm_coefficients__snr(sigma, sigma_data=0.5):
    s = sigma.type(torch.float64)
    skip = 1 / (1 + (s / sigma_data).square())
    spread = torch.hypot(s, torch.full_like(s, sigma_data))
    return skip, s * skip.sqrt(), spread.reciprocal(), 0.25 * s.log(), s**-2 + sigma_data**-2


@right("edm", "as the squared distance of the network from its target")
def edm_loss__target(F, x0, sigma, noise, sigma_data=0.5):
    shape = (-1, *[1] * (x0.ndim - 1))
    skip, out, scale, told, _ = edm_coefficients(sigma, sigma_data)
    noisy = x0.double() + sigma.reshape(shape) * noise.double()
    target = (x0 - skip.reshape(shape) * noisy) / out.reshape(shape)
    answer = F((scale.reshape(shape) * noisy).type_as(x0), told.type_as(x0))
    return (
        torch.nn.functional.mse_loss(answer.double(), target, reduction="none").flatten(1).sum(1).type_as(x0)
    )


@right("fm_path", "by interpolation between the ends of the path")
def fm_path__lerp(x0, eps, t, sigma_min=0.0):
    begin = torch.add(x0, eps, alpha=sigma_min)
    share = t.reshape(-1, *[1] * (x0.ndim - 1)).type_as(x0)
    return torch.lerp(begin, eps, share), eps - begin


@right("fm_path", "through the noise that the velocity means")
def velocity_to_score__through_noise(v, x_t, t):
    if not torch.all(t != 0):
        raise ValueError("no noise at t = 0")
    share = t.reshape([len(t)] + [1] * (x_t.ndim - 1)).type_as(x_t)
    return torch.lerp(v, torch.zeros_like(v), share).add(x_t).div(share).neg()


@right("fm_path", "as the probability flow of the path's own drift and diffusion")
def score_to_velocity__flow(score, x_t, t):
    if bool((t >= 1).any()):
        raise ValueError("no data at t = 1")
    left = torch.einsum("b,b...->b...", 1 / (1 - t.double()), x_t.double())
    pulled = torch.einsum("b,b...->b...", t.double() / (1 - t.double()), score.double())
    return torch.neg(left + pulled).type_as(x_t)


@right("ot_pairing", "with inner products alone: the squares do not depend on the pairing")
def ot_pairing__inner_products(x0, eps):
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    a, b = (np.asarray(y.double().reshape(y.shape[0], -1).cpu()) for y in (x0, eps))
    return torch.as_tensor(linear_sum_assignment(a @ b.T, maximize=True)[1], device=x0.device)
