"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.variants import right


@right("linear_betas", "by arithmetic, with the case of one step apart")
def linear_betas__arithmetic(T, beta_start=1e-4, beta_end=0.02):
    step = (beta_end - beta_start) / max(T - 1, 1)
    return torch.tensor([beta_start + i * step for i in range(T)], dtype=torch.float64)


@right("linear_betas", "with numpy")
def linear_betas__numpy(T, beta_start=1e-4, beta_end=0.02):
    import numpy as np

    return torch.from_numpy(np.linspace(beta_start, beta_end, T))


@right("cosine_betas", "by differences of log f, which expm1 turns into betas")
def cosine_betas__log_space(T, s=0.008, max_beta=0.999):
    angle = (torch.arange(T + 1, dtype=torch.float64) / T + s) * (0.5 * math.pi / (1 + s))
    log_f = 2 * angle.cos().abs().log()
    return torch.minimum(-torch.expm1(log_f.diff()), torch.tensor(max_beta, dtype=torch.float64))


@right("cosine_betas", "one beta after another, in plain Python")
def cosine_betas__loop(T, s=0.008, max_beta=0.999):
    def f(i):
        return math.cos((i / T + s) / (1 + s) * math.pi / 2) ** 2

    return torch.tensor([min(1 - f(i + 1) / f(i), max_beta) for i in range(T)], dtype=torch.float64)


@right("alpha_bars", "by sums of logarithms")
def alpha_bars__log_space(betas):
    return torch.log1p(-betas).cumsum(0).exp()


@right("alpha_bars", "one step after another")
def alpha_bars__loop(betas):
    left, values = 1.0, []
    for beta in betas.tolist():
        left *= 1 - beta
        values.append(left)
    return torch.tensor(values, dtype=torch.float64)


@right("log_snr", "with torch's logit")
def log_snr__logit(alpha_bar):
    return torch.special.logit(alpha_bar)


@right("log_snr", "as the logarithm of the ratio")
def log_snr__ratio(alpha_bar):
    return (alpha_bar / (1 - alpha_bar)).log()


@right("zero_terminal_snr", "by an interpolation weight on the roots and a loop over the steps")
def zero_terminal_snr__loop(betas):
    T = betas.numel()
    if T == 1:
        raise ValueError("one step cannot both stay and end in noise")
    roots = [math.sqrt(value) for value in alpha_bars(betas).tolist()]
    scale = roots[0] / (roots[0] - roots[-1])
    signal = [1.0] + [(scale * (value - roots[-1])) ** 2 for value in roots]
    return torch.tensor([(signal[i] - signal[i + 1]) / signal[i] for i in range(T)], dtype=torch.float64)


@right("q_sample", "in the dtype of the images, with coefficients formed in float64")
def q_sample__coefficients_cast(x0, t, eps, alpha_bar):
    signal = at_step(torch.sqrt(alpha_bar), t, x0).type_as(x0)
    noise = at_step(torch.sqrt(1.0 - alpha_bar), t, x0).type_as(x0)
    return torch.addcmul(signal * x0, noise, eps)


@right("q_sample", "with einsum and a range check of its own")
def q_sample__einsum(x0, t, eps, alpha_bar):
    if t.min() < 0 or t.max() > len(alpha_bar) - 1:
        raise ValueError("no such step")
    chosen = alpha_bar.index_select(0, t)
    image = torch.einsum("b,b...->b...", chosen**0.5, x0.double())
    return (image + torch.einsum("b,b...->b...", (1 - chosen) ** 0.5, eps.double())).to(x0)


@right("eps_and_x0", "through the deviation in units of the signal: x_t / sqrt(alpha_bar) = x_0 + sigma eps")
def eps_from_x0__sigma(x_t, x0, t, alpha_bar):
    kept = at_step(alpha_bar, t, x_t)
    sigma = ((1 - kept) / kept).sqrt()
    return ((x_t / kept.sqrt() - x0) / sigma).type(x_t.dtype)


@right("eps_and_x0", "with the coefficients that diffusers' and the authors' code keep")
def x0_from_eps__reciprocals(x_t, eps, t, alpha_bar):
    recip = at_step(alpha_bar.reciprocal(), t, x_t)
    return (recip.sqrt() * x_t - (recip - 1).sqrt() * eps).type(x_t.dtype)


@right("v_prediction", "with the angle whose cosine is sqrt(alpha_bar)")
def v_from_x0_eps__angle(x0, eps, t, alpha_bar):
    phi = torch.acos(at_step(alpha_bar, t, x0).sqrt())
    return (torch.cos(phi) * eps - torch.sin(phi) * x0).type(x0.dtype)


@right("v_prediction", "as a draw from q with v in the place of the noise, subtracted")
def x0_from_v__as_q_sample(x_t, v, t, alpha_bar):
    return q_sample(x_t, t, -v, alpha_bar)


@right("v_prediction", "with the angle, as the imaginary part of a rotated complex number")
def eps_from_v__complex(x_t, v, t, alpha_bar):
    phi = torch.acos(at_step(alpha_bar, t, x_t).sqrt())
    turned = torch.complex(x_t.double(), v.double()) * torch.polar(torch.ones_like(phi), phi)
    return turned.imag.type(x_t.dtype)


@right("q_posterior", "by adding the precisions of the two Gaussians, with the first step apart")
def q_posterior__precisions(x0, x_t, t, alpha_bar):
    now, earlier = at_step(alpha_bar, t, x0), at_step(alpha_bar, (t - 1).clamp(min=0), x0)
    lost = 1 - now / earlier
    precision = (1 - lost) / lost + 1 / (1 - earlier)
    mean = ((1 - lost).sqrt() / lost * x_t + earlier.sqrt() / (1 - earlier) * x0) / precision
    start = at_step((torch.arange(len(alpha_bar)) == 0).double(), t, x0) > 0
    kept, after = alpha_bar[0], alpha_bar[1]
    second = (1 - after / kept) * (1 - kept) / (1 - after)
    variance = torch.where(start, 0.0, 1 / precision)
    log_variance = torch.where(start, second, 1 / precision).log()
    return torch.where(start, x0, mean).to(x0), variance.to(x0), log_variance.to(x0)


@right("q_posterior", "from x_t and the noise in it (Ho et al. 2020, Eq. 11)")
def q_posterior__from_noise(x0, x_t, t, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    previous = at_step(torch.nn.functional.pad(alpha_bar[:-1], (1, 0), value=1.0), t, x0)
    eps = (x_t - torch.sqrt(a) * x0) / torch.sqrt(1 - a)
    mean = torch.sqrt(previous) * x0 + torch.sqrt(a / previous) * (1 - previous) / torch.sqrt(1 - a) * eps
    table = (1 - alpha_bar[1:] / alpha_bar[:-1]) * (1 - alpha_bar[:-1]) / (1 - alpha_bar[1:])
    variance = at_step(torch.nn.functional.pad(table, (1, 0)), t, x0)
    log_variance = at_step(torch.cat([table[:1], table]).log(), t, x0)
    return mean.type(x0.dtype), variance.type(x0.dtype), log_variance.type(x0.dtype)
