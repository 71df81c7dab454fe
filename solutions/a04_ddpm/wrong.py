"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run: each definition replaces the function named before its double underscore, in that one's file.
"""

from autograder.variants import wrong


# -------------------- 1.1 linear_betas
@wrong(
    "linear_betas",
    "the end points are scaled by 1000 / T: some libraries do this to keep the total for fewer steps, and at "
    "T = 10 the last beta is 2, of which no square root of 1 - beta exists.",
    read="Convention of task 1.1",
)
def linear_betas__scaled(T, beta_start=1e-4, beta_end=0.02):
    return torch.linspace(beta_start * 1000 / T, beta_end * 1000 / T, T, dtype=torch.float64)


@wrong(
    "linear_betas",
    "the betas are in float32, torch's default: seven digits are too few for products of a thousand factors.",
    read="Given of task 1.1",
)
def linear_betas__float32(T, beta_start=1e-4, beta_end=0.02):
    return torch.linspace(beta_start, beta_end, T, dtype=torch.float32)


@wrong(
    "linear_betas",
    "the T steps are counted as T intervals: linspace takes the number of values, not the number of gaps.",
    read="What of task 1.1",
)
def linear_betas__one_too_many(T, beta_start=1e-4, beta_end=0.02):
    return torch.linspace(beta_start, beta_end, T + 1, dtype=torch.float64)


@wrong(
    "linear_betas",
    "the last end point is left out, as range and arange do.",
    read="Convention of task 1.1",
)
def linear_betas__without_the_last(T, beta_start=1e-4, beta_end=0.02):
    return torch.linspace(beta_start, beta_end, T + 1, dtype=torch.float64)[:-1]


@wrong(
    "linear_betas",
    "the square roots of the betas grow evenly instead of the betas: that is the schedule of Stable "
    "Diffusion, which its code also calls linear.",
    read="Convention of task 1.1",
)
def linear_betas__even_roots(T, beta_start=1e-4, beta_end=0.02):
    roots = torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64)
    return roots**2


@wrong(
    "linear_betas",
    "the betas grow by an equal factor instead of an equal amount.",
    read="What of task 1.1",
)
def linear_betas__geometric(T, beta_start=1e-4, beta_end=0.02):
    return torch.logspace(math.log10(beta_start), math.log10(beta_end), T, dtype=torch.float64)


@wrong("linear_betas", "the first beta is 0 instead of beta_start.", read="What of task 1.1")
def linear_betas__from_zero(T, beta_start=1e-4, beta_end=0.02):
    return torch.linspace(0, beta_end, T, dtype=torch.float64)


# -------------------- 1.2 cosine_betas
@wrong(
    "cosine_betas",
    "f is evaluated at T points instead of T + 1: the first ratio is then 1, and the first beta 0.",
    read="Convention of task 1.2",
)
def cosine_betas__at_T_points(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T, dtype=torch.float64)
    f = torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2
    before = torch.cat([f[:1], f[:-1]])
    betas = 1 - f / before
    return betas.clamp(max=max_beta)


@wrong(
    "cosine_betas",
    "f is evaluated at T points instead of T + 1: they have T - 1 ratios, so one beta is missing.",
    read="Convention of task 1.2",
)
def cosine_betas__one_too_few(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T, dtype=torch.float64)
    f = torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]
    return betas.clamp(max=max_beta)


@wrong(
    "cosine_betas",
    "the cosine is not squared: it is then the size of the signal, and alpha_bar is its variance.",
    read="What of task 1.2",
)
def cosine_betas__not_squared(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos((u + s) / (1 + s) * math.pi / 2)
    betas = 1 - f[1:] / f[:-1]
    return betas.clamp(max=max_beta)


@wrong(
    "cosine_betas",
    "u + s is not divided by 1 + s: the argument then passes pi / 2, and the signal comes back at the end.",
    read="What of task 1.2",
)
def cosine_betas__past_the_end(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos((u + s) * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]
    return betas.clamp(max=max_beta)


@wrong(
    "cosine_betas",
    "s is not used: the first betas are then too small to be seen in an image of 256 grey levels.",
    read="What of task 1.2",
)
def cosine_betas__without_offset(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(u * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]
    return betas.clamp(max=max_beta)


@wrong(
    "cosine_betas",
    "the betas are not clipped: the last one is 1, and dividing by the last alpha_bar gives infinity.",
    read="What of task 1.2",
)
def cosine_betas__not_clipped(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]
    return betas


@wrong(
    "cosine_betas",
    "the betas are clipped to 0.0001..0.9999, as one well-known tutorial does: the smallest and the largest "
    "then differ from the paper's.",
    read="Convention of task 1.2",
)
def cosine_betas__clipped_twice(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]
    return betas.clamp(0.0001, 0.9999)


@wrong(
    "cosine_betas",
    "each beta is one minus the signal itself instead of one minus the ratio of neighbours.",
    read="What of task 1.2",
)
def cosine_betas__from_the_start(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[0]
    return betas.clamp(max=max_beta)


@wrong(
    "cosine_betas",
    "the betas are in float32: 1 minus a ratio close to 1 keeps only three digits.",
    read="Given of task 1.2",
)
def cosine_betas__float32(T, s=0.008, max_beta=0.999):
    u = torch.linspace(0, 1, T + 1, dtype=torch.float32)
    f = torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]
    return betas.clamp(max=max_beta)


# -------------------- 1.3 alpha_bars
@wrong(
    "alpha_bars",
    "the betas are added up and taken from 1: each step takes its part of what is left, not of the original.",
    read="What of task 1.3",
)
def alpha_bars__sum(betas):
    return 1 - torch.cumsum(betas, dim=0)


@wrong(
    "alpha_bars",
    "the betas are multiplied instead of the alphas, 1 - beta.",
    read="What of task 1.3",
)
def alpha_bars__of_betas(betas):
    return torch.cumprod(betas, dim=0)


@wrong(
    "alpha_bars",
    "the values are those before each step: they begin with 1 and the last step is missing.",
    read="Convention of task 1.3",
)
def alpha_bars__before_the_step(betas):
    return torch.cat([torch.ones_like(betas[:1]), torch.cumprod(1 - betas[:-1], dim=0)])


@wrong(
    "alpha_bars",
    "1 - beta is replaced by exp(-beta): that is the limit of infinitely many small steps.",
    read="What of task 1.3",
)
def alpha_bars__exponential(betas):
    lost = torch.cumsum(betas, dim=0)
    return torch.exp(-lost)


@wrong(
    "alpha_bars",
    "the square root is taken: alpha_bar is a variance, and its root belongs to q_sample.",
    read="Convention of task 1.3",
)
def alpha_bars__deviation(betas):
    alpha_bar = torch.cumprod(1 - betas, dim=0)
    return alpha_bar.sqrt()


@wrong(
    "alpha_bars",
    "the noise variance comes back instead of the signal variance.",
    read="What of task 1.3",
)
def alpha_bars__noise(betas):
    alpha_bar = torch.cumprod(1 - betas, dim=0)
    return 1 - alpha_bar


@wrong(
    "alpha_bars",
    "the product is formed in float32: a loss below 6e-8 then disappears.",
    read="Given of task 1.3",
)
def alpha_bars__float32(betas):
    return torch.cumprod(1 - betas, dim=0, dtype=torch.float32)


# -------------------- 1.4 log_snr
@wrong(
    "log_snr",
    "the logarithm is to the base 10.",
    read="What of task 1.4",
)
def log_snr__base_10(alpha_bar):
    return torch.log10(alpha_bar) - torch.log10(1 - alpha_bar)


@wrong(
    "log_snr",
    "the ratio is one of standard deviations: that is half of the log-SNR, the lambda of DPM-Solver.",
    read="Convention of task 1.4",
)
def log_snr__of_deviations(alpha_bar):
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    return torch.log(signal / noise)


@wrong("log_snr", "the logarithm is missing: this is the SNR itself.", read="What of task 1.4")
def log_snr__without_logarithm(alpha_bar):
    return alpha_bar / (1 - alpha_bar)


@wrong(
    "log_snr",
    "noise stands above signal: the sign is then the other one (the gamma of variational diffusion models).",
    read="Convention of task 1.4",
)
def log_snr__upside_down(alpha_bar):
    return torch.log1p(-alpha_bar) - torch.log(alpha_bar)


@wrong(
    "log_snr",
    "alpha_bar is clipped before the logarithm: pure noise then has a log-SNR of -46 instead of -inf.",
    read="Convention of task 1.4",
)
def log_snr__clipped(alpha_bar):
    return torch.log(alpha_bar.clamp(min=1e-20)) - torch.log1p(-alpha_bar)


@wrong("log_snr", "the noise variance, 1 - alpha_bar, is left out.", read="What of task 1.4")
def log_snr__signal_only(alpha_bar):
    return torch.log(alpha_bar)


@wrong(
    "log_snr",
    "alpha_bar is cast to float32: near 1 that leaves three digits of 1 - alpha_bar.",
    read="Given of task 1.4",
)
def log_snr__float32(alpha_bar):
    return torch.log(alpha_bar.float()) - torch.log1p(-alpha_bar.float())


# -------------------- 1.5 zero_terminal_snr
@wrong(
    "zero_terminal_snr",
    "alpha_bar itself is shifted and stretched instead of its square root.",
    read="What of task 1.5",
)
def zero_terminal_snr__of_variances(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas)
    first, last = root[0], root[-1]
    alpha_bar = (root - last) * first / (first - last)
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    return 1 - alpha_bar / before


@wrong(
    "zero_terminal_snr",
    "the roots are shifted but not stretched: the first step then takes away more than before.",
    read="What of task 1.5",
)
def zero_terminal_snr__not_stretched(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas).sqrt()
    last = root[-1]
    alpha_bar = (root - last) ** 2
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    return 1 - alpha_bar / before


@wrong(
    "zero_terminal_snr",
    "the roots are stretched so that 1 stays instead of the first of them.",
    read="Convention of task 1.5",
)
def zero_terminal_snr__one_stays(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas).sqrt()
    last = root[-1]
    alpha_bar = ((root - last) / (1 - last)) ** 2
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    return 1 - alpha_bar / before


@wrong(
    "zero_terminal_snr",
    "only the last beta is set to 1: the last step then has to remove all the signal at once.",
    read="Why of task 1.5",
)
def zero_terminal_snr__last_beta(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    changed = betas.clone()
    changed[-1] = 1
    return changed


@wrong(
    "zero_terminal_snr",
    "the new alpha_bar comes back instead of the betas that make it.",
    read="What of task 1.5",
)
def zero_terminal_snr__alpha_bar(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas).sqrt()
    first, last = root[0], root[-1]
    alpha_bar = ((root - last) * first / (first - last)) ** 2
    return alpha_bar


@wrong(
    "zero_terminal_snr",
    "the shifted and stretched roots are not squared before the betas are formed.",
    read="What of task 1.5",
)
def zero_terminal_snr__not_squared(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas).sqrt()
    first, last = root[0], root[-1]
    alpha_bar = (root - last) * first / (first - last)
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    return 1 - alpha_bar / before


@wrong(
    "zero_terminal_snr",
    "alpha_bar before step 0 is taken to be alpha_bar[0] instead of 1: the first beta is then 0.",
    read="Convention of task 1.5",
)
def zero_terminal_snr__first_beta_0(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas).sqrt()
    first, last = root[0], root[-1]
    alpha_bar = ((root - last) * first / (first - last)) ** 2
    before = torch.cat([alpha_bar[:1], alpha_bar[:-1]])
    return 1 - alpha_bar / before


@wrong(
    "zero_terminal_snr",
    "the new betas are written into the tensor that came in: the caller's schedule is then changed too.",
    read="Given of task 1.5",
)
def zero_terminal_snr__in_place(betas):
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas).sqrt()
    first, last = root[0], root[-1]
    alpha_bar = ((root - last) * first / (first - last)) ** 2
    betas[1:] = 1 - alpha_bar[1:] / alpha_bar[:-1]
    return betas


@wrong(
    "zero_terminal_snr",
    "a schedule of one step is not refused: its first and last root are the same, and 0 / 0 is NaN.",
    read="Convention of task 1.5",
)
def zero_terminal_snr__one_step(betas):
    root = alpha_bars(betas).sqrt()
    first, last = root[0], root[-1]
    alpha_bar = ((root - last) * first / (first - last)) ** 2
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    return 1 - alpha_bar / before


# -------------------- 2.1 q_sample
@wrong(
    "q_sample",
    "both square roots are missing: alpha_bar and 1 - alpha_bar are variances.",
    read="What of task 2.1",
)
def q_sample__without_roots(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    x_t = a * x0 + (1 - a) * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "the noise is multiplied by its variance, 1 - alpha_bar, instead of its standard deviation.",
    read="What of task 2.1",
)
def q_sample__noise_variance(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    x_t = a.sqrt() * x0 + (1 - a) * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "image and noise have each other's coefficient: the first steps are then noise.",
    read="What of task 2.1",
)
def q_sample__exchanged(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    x_t = (1 - a).sqrt() * x0 + a.sqrt() * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "noise is added but the image is not scaled down: that is the variance-exploding process.",
    read="Convention of task 2.1",
)
def q_sample__exploding(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    x_t = x0 + (1 - a).sqrt() * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "the result is not cast to the dtype of x0: float64 coefficients make float32 images float64.",
    read="Convention of task 2.1",
)
def q_sample__float64(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return x_t


@wrong(
    "q_sample",
    "the result is cast to float32 whatever x0 is.",
    read="Convention of task 2.1",
)
def q_sample__float32(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return x_t.float()


@wrong(
    "q_sample",
    "alpha_bar is cast to float32 before 1 - alpha_bar is formed: the first steps then have inexact noise.",
    read="Convention of task 2.1",
)
def q_sample__cast_too_early(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar.to(x0.dtype), t, x0)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "steps are counted from 1, as in the papers: in this course step t uses alpha_bar[t].",
    read="Convention of task 2.1",
)
def q_sample__steps_from_1(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t - 1, x0)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "all images of the batch are taken at the step of the first one.",
    read="What of task 2.1",
)
def q_sample__one_step_for_all(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)[0]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "alpha_bar[t] is not reshaped: torch lines its b values up with the last axis, so they scale columns.",
    read="Given of task 2.1",
)
def q_sample__by_columns(x0, t, eps, alpha_bar):
    signal, noise = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()
    x_t = signal * x0 + noise * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "the coefficients are reshaped to (b, 1, 1, 1) whatever the images are: other shapes are then blown up.",
    read="Given of task 2.1",
)
def q_sample__four_axes(x0, t, eps, alpha_bar):
    a = alpha_bar[t].reshape(-1, 1, 1, 1)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return x_t.to(x0.dtype)


@wrong(
    "q_sample",
    "the noise is added in place: the caller's clean images are then noisy too.",
    read="Convention of task 2.1",
)
def q_sample__in_place(x0, t, eps, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    x_t = x0.mul_(a.sqrt()).add_((1 - a).sqrt() * eps)
    return x_t.to(x0.dtype)


# -------------------- 2.2 eps_and_x0
@wrong(
    "eps_and_x0",
    "the square roots are missing in eps_from_x0.",
    read="What of task 2.2",
)
def eps_from_x0__without_roots(x_t, x0, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    eps = (x_t - a * x0) / (1 - a)
    return eps.to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "eps_from_x0 returns the noise as it is in x_t, not divided by its standard deviation.",
    read="What of task 2.2",
)
def eps_from_x0__not_divided(x_t, x0, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    eps = x_t - a.sqrt() * x0
    return eps.to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "eps_from_x0 takes away the whole image, though x_t holds only its part sqrt(alpha_bar).",
    read="What of task 2.2",
)
def eps_from_x0__whole_image(x_t, x0, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    eps = (x_t - x0) / (1 - a).sqrt()
    return eps.to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "the coefficients of eps_from_x0 are not shaped to scale images: they scale columns.",
    read="Given of task 2.1",
)
def eps_from_x0__by_columns(x_t, x0, t, alpha_bar):
    a = alpha_bar[t]
    eps = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    return eps.to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "x0_from_eps adds the noise to x_t instead of taking it away.",
    read="What of task 2.2",
)
def x0_from_eps__plus(x_t, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = (x_t + (1 - a).sqrt() * eps) / a.sqrt()
    return x0.to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "x0_from_eps takes the noise away but does not scale the image up again.",
    read="What of task 2.2",
)
def x0_from_eps__not_divided(x_t, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = x_t - (1 - a).sqrt() * eps
    return x0.to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "x0_from_eps divides by alpha_bar instead of its square root.",
    read="What of task 2.2",
)
def x0_from_eps__by_variance(x_t, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = (x_t - (1 - a).sqrt() * eps) / a
    return x0.to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "x0_from_eps clips the image to [-1, 1]: samplers do that later; here nothing is clipped.",
    read="Convention of task 2.2",
)
def x0_from_eps__clipped(x_t, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return x0.clamp(-1, 1).to(x_t.dtype)


@wrong(
    "eps_and_x0",
    "the result of x0_from_eps is not cast to the dtype of x_t: float64 coefficients make it float64.",
    read="Convention of task 2.1",
)
def x0_from_eps__float64(x_t, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return x0


# -------------------- 2.3 v_prediction
@wrong(
    "v_prediction",
    "v has the other sign: the image is counted positive and the noise subtracted.",
    read="Convention of task 2.3",
)
def v_from_x0_eps__other_sign(x0, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    v = (1 - a).sqrt() * x0 - a.sqrt() * eps
    return v.to(x0.dtype)


@wrong(
    "v_prediction",
    "v is eps - x_0, the velocity of flow matching, whose path is a straight line and not an arc.",
    read="Convention of task 2.3",
)
def v_from_x0_eps__straight(x0, eps, t, alpha_bar):
    v = eps - x0
    return v.to(x0.dtype)


@wrong(
    "v_prediction",
    "noise and image have each other's coefficient in v.",
    read="What of task 2.3",
)
def v_from_x0_eps__exchanged(x0, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    v = (1 - a).sqrt() * eps - a.sqrt() * x0
    return v.to(x0.dtype)


@wrong(
    "v_prediction",
    "the square roots are missing in v.",
    read="What of task 2.3",
)
def v_from_x0_eps__without_roots(x0, eps, t, alpha_bar):
    a = at_step(alpha_bar, t, x0)
    v = a * eps - (1 - a) * x0
    return v.to(x0.dtype)


@wrong(
    "v_prediction",
    "x0_from_v adds the two parts: turning back takes the opposite sign.",
    read="What of task 2.3",
)
def x0_from_v__plus(x_t, v, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = a.sqrt() * x_t + (1 - a).sqrt() * v
    return x0.to(x_t.dtype)


@wrong(
    "v_prediction",
    "x0_from_v treats v as if it were the noise: it subtracts it and divides by sqrt(alpha_bar).",
    read="What of task 2.3",
)
def x0_from_v__as_noise(x_t, v, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = (x_t - (1 - a).sqrt() * v) / a.sqrt()
    return x0.to(x_t.dtype)


@wrong(
    "v_prediction",
    "the result of x0_from_v is not cast to the dtype of x_t: float64 coefficients make it float64.",
    read="Convention of task 2.1",
)
def x0_from_v__float64(x_t, v, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    x0 = a.sqrt() * x_t - (1 - a).sqrt() * v
    return x0


@wrong(
    "v_prediction",
    "eps_from_v subtracts v instead of adding it.",
    read="What of task 2.3",
)
def eps_from_v__minus(x_t, v, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    eps = (1 - a).sqrt() * x_t - a.sqrt() * v
    return eps.to(x_t.dtype)


@wrong(
    "v_prediction",
    "x_t and v have each other's coefficient in eps_from_v.",
    read="What of task 2.3",
)
def eps_from_v__exchanged(x_t, v, t, alpha_bar):
    a = at_step(alpha_bar, t, x_t)
    eps = a.sqrt() * x_t + (1 - a).sqrt() * v
    return eps.to(x_t.dtype)


# -------------------- 2.4 q_posterior
@wrong(
    "q_posterior",
    "alpha_bar[t - 1] is taken at t = 0, where Python gives the last value instead of 1.",
    read="Convention of task 2.4",
)
def q_posterior__wraps_around(x0, x_t, t, alpha_bar):
    before = alpha_bar.roll(1)
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "the variance is beta instead of beta-tilde: a sampler may choose it, but it is not the posterior's.",
    read="Convention of task 2.4",
)
def q_posterior__beta(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "1 - alpha_bar before and after the step have changed places in the variance.",
    read="What of task 2.4",
)
def q_posterior__upside_down(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - alpha_bar) / (1 - before)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "x_0 and x_t have each other's weight in the mean.",
    read="What of task 2.4",
)
def q_posterior__exchanged(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x_t, t, x0) * x0 + at_step(weight_x0, t, x0) * x_t
    log_variance = at_step(variance.log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "the weight of x_t has sqrt(alpha_bar) where the formula has sqrt(alpha).",
    read="What of task 2.4",
)
def q_posterior__alpha_bar_for_alpha(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha_bar.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "the weight of x_0 has the alpha_bar of this step under the root instead of that of the step before.",
    read="What of task 2.4",
)
def q_posterior__not_before(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = alpha_bar.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "the logarithm is not clipped: at step 0 it is -inf, and a loss that uses it becomes NaN.",
    read="Convention of task 2.4",
)
def q_posterior__not_clipped(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.log(), t, x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "the variance is clipped at 1e-20, as in some libraries: its logarithm at step 0 is then -46 instead of "
    "that of step 1.",
    read="Convention of task 2.4",
)
def q_posterior__clipped_low(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.clamp(min=1e-20).log(), t, x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "the third value is the logarithm of the standard deviation, half of the log-variance.",
    read="What of task 2.4",
)
def q_posterior__log_deviation(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.sqrt().log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)


@wrong(
    "q_posterior",
    "the variances have shape (b,) instead of (b, 1, ..., 1): times an image they scale columns.",
    read="Convention of task 2.4",
)
def q_posterior__flat_variance(x0, x_t, t, alpha_bar):
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    alpha = alpha_bar / before
    beta = 1 - alpha
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = variance.log()[t.clamp(min=1)]
    return mean.to(x0.dtype), variance[t].to(x0.dtype), log_variance.to(x0.dtype)
