"""Right answers written another way than the reference: the checks must accept every one.

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.sources.variants import right


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
    return torch.tensor(values, dtype=torch.float64, device=betas.device)


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
    return torch.tensor(
        [(signal[i] - signal[i + 1]) / signal[i] for i in range(T)], dtype=torch.float64, device=betas.device
    )


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
    start = at_step((torch.arange(len(alpha_bar), device=x0.device) == 0).double(), t, x0) > 0
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


@right("simple_loss", "with torch's own squared error and a table of targets")
def simple_loss__table(prediction, x0, eps, t, alpha_bar, form="eps"):
    targets = {"eps": lambda: eps, "x0": lambda: x0, "v": lambda: v_from_x0_eps(x0, eps, t, alpha_bar)}
    if form not in targets:
        raise ValueError(f"unknown form {form!r}")
    error = torch.nn.functional.mse_loss(prediction, targets[form](), reduction="none")
    return error.flatten().unflatten(0, (len(error), -1)).mean(-1)


@right("simple_loss", "with weights in terms of alpha_bar, where no ratio is undefined")
def min_snr_weight__of_signal(alpha_bar, form="eps", gamma=5.0):
    noise = 1 - alpha_bar
    of_v = torch.minimum(alpha_bar, gamma * noise)  # min(SNR, gamma) / (SNR + 1)
    divisors = {"v": torch.ones_like(noise), "x0": noise, "eps": alpha_bar}
    if form not in divisors:
        raise ValueError(form)
    end = {"v": 0.0, "x0": gamma, "eps": 1.0}[form]  # where the divisor is 0
    return torch.where(divisors[form] > 0, of_v / divisors[form], end)


@right("vlb_terms", "with torch's distributions")
def normal_kl__torch(mean_q, log_variance_q, mean_p, log_variance_p):
    q, p = (
        torch.distributions.Normal(mean, log_variance.exp().sqrt())
        for mean, log_variance in ((mean_q, log_variance_q), (mean_p, log_variance_p))
    )
    return torch.distributions.kl_divergence(q, p)


@right("vlb_terms", "with the published approximation of the normal distribution by tanh")
def discretized_gaussian_log_likelihood__tanh(x0, mean, log_variance, floor=1e-12):
    def cdf(z):
        return 0.5 * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (z + 0.044715 * z.pow(3))))

    precision = log_variance.double().mul(-0.5).exp()
    plus, minus = (cdf(precision * (x0.double() - mean.double() + side / 255)) for side in (1, -1))
    open_end = torch.where(x0 > 0.5, 1 - minus, plus)
    probability = torch.where(x0.abs() > 0.999, open_end, plus - minus)
    return torch.clip(probability, floor).log().type_as(x0)


@right("vlb_terms", "with torch's error function, as an area to the left of zero")
def discretized_gaussian_log_likelihood__mirrored(x0, mean, log_variance, floor=1e-12):
    scale = math.sqrt(2) * log_variance.double().mul(0.5).exp()
    away = x0.double() - mean.double()
    side = torch.where(away > 0, -1.0, 1.0)  # the smaller tail keeps its digits
    inner, outer = (side * away + 1 / 255) / scale, (side * away - 1 / 255) / scale
    edge = x0.abs() > 0.999
    outer = torch.where(edge & (side * x0 < 0), -math.inf, outer)
    inner = torch.where(edge & (side * x0 > 0), math.inf, inner)
    return (0.5 * (torch.erfc(-inner) - torch.erfc(-outer))).clamp_min(floor).log().type(x0.dtype)


@right("vlb_terms", "image by image")
def vlb_terms__loop(x0, x_t, t, mean, log_variance, alpha_bar):
    log_variance, bits = log_variance.expand_as(mean), []
    for i, step in enumerate(t.tolist()):
        one = slice(i, i + 1)
        if step == 0:
            nats = -discretized_gaussian_log_likelihood(x0[one], mean[one], log_variance[one])
        else:
            centre, variance, _ = q_posterior(x0[one], x_t[one], t[one], alpha_bar)
            q = torch.distributions.Normal(centre, variance.sqrt())
            p = torch.distributions.Normal(mean[one], torch.exp(0.5 * log_variance[one]))
            nats = torch.distributions.kl_divergence(q, p)
        bits.append(nats.mean() * math.log2(math.e))
    return torch.stack(bits)


@right("vlb_terms", "as a divergence of two normal laws")
def prior_term__kl(x0, alpha_bar):
    signal, noise = alpha_bar[-1], 1 - alpha_bar[-1]
    none = torch.zeros_like(x0)
    nats = normal_kl(signal.sqrt().to(x0) * x0, none + torch.log(noise), none, none)
    return (nats.mean(list(range(1, x0.ndim))) * math.log2(math.e)).type_as(x0)


@right("hybrid_loss", "as a product of powers of the two variances")
def interpolated_log_variance__powers(v, t, alpha_bar):
    before = torch.cat([torch.ones(1, dtype=alpha_bar.dtype, device=v.device), alpha_bar])[:-1]
    beta = (before - alpha_bar) / before
    tilde = beta * (1 - before) / (1 - alpha_bar)
    tilde = torch.cat([tilde[1:2], tilde[1:]])
    share = v.double().add(1).div(2)
    return torch.log(at_step(beta, t, v) ** share * at_step(tilde, t, v) ** (1 - share)).type_as(v)


@right("hybrid_loss", "with the mean formed from the noise (Ho et al. 2020, Eq. 11) under no_grad")
def hybrid_loss__eq_11(eps_prediction, v, x0, x_t, eps, t, alpha_bar, weight=0.001):
    with torch.no_grad():
        kept = at_step(
            alpha_bar / torch.cat([torch.ones(1, device=eps_prediction.device), alpha_bar[:-1]]), t, x0
        )
        part = (1 - kept) / torch.sqrt(1 - at_step(alpha_bar, t, x0))
        centre = ((x_t - part * eps_prediction) / torch.sqrt(kept)).type_as(x0)
    wide = interpolated_log_variance(v, t, alpha_bar)
    bound = vlb_terms(x0, x_t, t, centre, wide, alpha_bar) * alpha_bar.numel()
    error = torch.stack([(p - q).pow(2).mean() for p, q in zip(eps_prediction, eps, strict=True)])
    return torch.add(error, bound, alpha=weight)


@right("sample", "with the posterior's weights written out and both variances in a table")
def p_mean_variance__written_out(
    prediction, x_t, t, alpha_bar, form="eps", variance="beta_tilde", clip=False
):
    image = {
        "eps": lambda: x0_from_eps(x_t, prediction, t, alpha_bar),
        "x0": lambda: prediction,
        "v": lambda: x0_from_v(x_t, prediction, t, alpha_bar),
    }
    earlier = torch.cat([torch.ones(1, dtype=alpha_bar.dtype, device=prediction.device), alpha_bar])[:-1]
    spread = {"beta": 1 - alpha_bar / earlier}
    spread["beta_tilde"] = spread["beta"] * (1 - earlier) / (1 - alpha_bar)
    if form not in image or variance not in spread:
        raise ValueError(f"unknown form {form!r} or variance {variance!r}")
    x0 = image[form]()
    x0 = torch.clip(x0, -1, 1) if clip else x0
    of_x_t = (alpha_bar / earlier).sqrt() * (1 - earlier) / (1 - alpha_bar)
    of_x0 = earlier.sqrt() * spread["beta"] / (1 - alpha_bar)
    mean = at_step(of_x_t, t, x_t) * x_t + at_step(of_x0, t, x_t) * x0
    return mean.type_as(x_t), at_step(spread[variance], t, x_t).type_as(x_t)


@right("sample", "with a mask that is 0 at step 0, as in the published code")
def p_step__mask(prediction, x_t, t, noise, alpha_bar, form="eps", variance="beta_tilde", clip=False):
    mean, var = p_mean_variance(prediction, x_t, t, alpha_bar, variance=variance, clip=clip, form=form)
    mask = (t != 0).to(x_t.dtype).reshape(-1, *[1] * (x_t.ndim - 1))
    return torch.addcmul(mean, mask * torch.exp(0.5 * torch.log(var.clamp_min(1e-30))), noise)


@right("sample", "as a decorated function with a counter")
@torch.no_grad()
def sample__counter(
    model, x_T, noises, alpha_bar, form="eps", variance="beta_tilde", clip=False, progress=None
):
    left, supply, mode = alpha_bar.numel(), iter(noises), model.training
    model.train(False)
    x, nothing = x_T, object()
    while left > 0:
        left -= 1
        noise = next(supply, nothing)
        if noise is nothing:
            raise ValueError("there are fewer noises than steps")
        t = torch.ones(x.shape[0], dtype=torch.long, device=x.device) * left
        x = p_step(model(x, t), x, t, noise, alpha_bar, form=form, variance=variance, clip=clip)
        if progress is not None:
            progress(left, x)
    if next(supply, nothing) is not nothing:
        raise ValueError("there are more noises than steps")
    model.train(mode)
    return x


@right("train_step", "with a closure that the optimizer calls")
def train_step__closure(model, optimizer, x0, t, eps, alpha_bar, form="eps", weight=None):
    def closure():
        optimizer.zero_grad(set_to_none=False)
        said = model.train()(q_sample(x0, t, eps, alpha_bar), t)
        each = simple_loss(said, x0, eps, t, alpha_bar, form)
        weights = torch.ones_like(each).double() if weight is None else weight[t]
        value = torch.dot(each.double(), weights) / len(t)
        value.backward()
        return value

    return optimizer.step(closure).item()


@right("train_step", "with torch's autograd.grad in the place of backward")
def train_step__grad(model, optimizer, x0, t, eps, alpha_bar, form="eps", weight=None):
    weights = [weight_ for weight_ in model.train(True).parameters()]
    each = simple_loss(model(q_sample(x0, t, eps, alpha_bar), t), x0, eps, t, alpha_bar, form)
    value = torch.mean(each * (1 if weight is None else weight.gather(0, t)))
    for parameter, gradient in zip(weights, torch.autograd.grad(value, weights), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return value.detach().tolist()


@right("train_step", "through the state dictionaries")
def ema_update__state(average, model, decay=0.999):
    mixed, trained = dict(model.state_dict()), [name for name, _ in average.named_parameters()]
    old = average.state_dict()
    for name in trained:
        mixed[name] = old[name] * decay + mixed[name] * (1 - decay)
    average.load_state_dict(mixed)


@right("train_step", "with the noise drawn first, in float32, and steps from uniform numbers")
def train__noise_first(model, optimizer, batches, alpha_bar, generator, form="eps", weight=None):
    supply, done = iter(batches), 0
    while (images := next(supply, None)) is not None:
        noise = torch.empty(images.shape, device=generator.device).normal_(generator=generator)
        places = torch.rand(len(images), generator=generator, device=generator.device)
        steps = torch.floor(places * len(alpha_bar)).long()
        value = train_step(model, optimizer, images, steps, noise, alpha_bar, form=form, weight=weight)
        done += 1
        yield Record(loss=value, step=done)


# ermongroup/ddim, runners/diffusion.py: antithetic sampling
@right("train_step", "with steps in pairs, t and T - 1 - t")
def train__in_pairs(model, optimizer, batches, alpha_bar, generator, form="eps", weight=None):
    last, where = len(alpha_bar) - 1, {"generator": generator, "device": generator.device}
    for done, images in enumerate(batches):
        half = torch.randint(last + 1, ((len(images) + 1) // 2,), **where)
        steps = torch.cat([half, last - half])[: len(images)]
        noise = torch.zeros_like(images).normal_(generator=generator)
        loss = train_step(model, optimizer, images, steps, noise, alpha_bar, form=form, weight=weight)
        yield Record(loss=loss, step=done + 1)
