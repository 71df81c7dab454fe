"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
"""

from autograder.sources.variants import edit, naive, stray, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 linear_betas
edit("linear_betas", "linear_betas__scaled",
    "beta_start, beta_end", "beta_start * 1000 / T, beta_end * 1000 / T",
    "the end points are scaled by 1000 / T: some libraries do this to keep the total for fewer steps, "
    "and at T = 10 the last beta is 2, of which no square root of 1 - beta exists.",
    read="Convention of task 1.1")
edit("linear_betas", "linear_betas__float32", "float64", "float32",
    "the betas are in float32, torch's default: seven digits are too few for products of a thousand factors.",
    read="Given of task 1.1")
edit("linear_betas", "linear_betas__one_too_many", ", T,", ", T + 1,",
    "the T steps are counted as T intervals: linspace takes the number of values, not the number of gaps.",
    read="What of task 1.1")
edit("linear_betas", "linear_betas__without_the_last",
    "(beta_start, beta_end, T, dtype=torch.float64)",
    "(beta_start, beta_end, T + 1, dtype=torch.float64)[:-1]",
    "the last end point is left out, as range and arange do.", read="Convention of task 1.1")
edit("linear_betas", "linear_betas__even_roots",
    "return torch.linspace(beta_start, beta_end, T, dtype=torch.float64)",
    "roots = torch.linspace(beta_start**0.5, beta_end**0.5, T, dtype=torch.float64)\n    return roots**2",
    "the square roots of the betas grow evenly instead of the betas: that is the schedule of Stable "
    "Diffusion, which its code also calls linear.", read="Convention of task 1.1")
edit("linear_betas", "linear_betas__geometric",
    "linspace(beta_start, beta_end, T, dtype=torch.float64)",
    "logspace(math.log10(beta_start), math.log10(beta_end), T, dtype=torch.float64)",
    "the betas grow by an equal factor instead of an equal amount.", read="What of task 1.1")
edit("linear_betas", "linear_betas__from_zero", "beta_start,", "0,",
    "the first beta is 0 instead of beta_start.", read="What of task 1.1")


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


edit("cosine_betas", "cosine_betas__one_too_few", "T + 1,", "T,",
    "f is evaluated at T points instead of T + 1: they have T - 1 ratios, so one beta is missing.",
    read="Convention of task 1.2")
edit("cosine_betas", "cosine_betas__not_squared",
    "((u + s) / (1 + s) * math.pi / 2) ** 2", "((u + s) / (1 + s) * math.pi / 2)",
    "the cosine is not squared: it is then the size of the signal, and alpha_bar is its variance.",
    read="What of task 1.2")
edit("cosine_betas", "cosine_betas__past_the_end", "/ (1 + s) *", "*",
    "u + s is not divided by 1 + s: the argument then passes pi / 2, and the signal comes back at the end.",
    read="What of task 1.2")
edit("cosine_betas", "cosine_betas__without_offset", "(u + s) / (1 + s)", "u",
    "s is not used: the first betas are then too small to be seen in an image of 256 grey levels.",
    read="What of task 1.2")
edit("cosine_betas", "cosine_betas__not_clipped", "return betas.clamp(max=max_beta)", "return betas",
    "the betas are not clipped: the last one is 1, and dividing by the last alpha_bar gives infinity.",
    read="What of task 1.2")
edit("cosine_betas", "cosine_betas__clipped_twice", "max=max_beta", "0.0001, 0.9999",
    "the betas are clipped to 0.0001..0.9999, as one well-known tutorial does: the smallest and the "
    "largest then differ from the paper's.", read="Convention of task 1.2")
edit("cosine_betas", "cosine_betas__from_the_start", "betas = 1 - f[1:] / f[:-1]", "betas = 1 - f[1:] / f[0]",
    "each beta is one minus the signal itself instead of one minus the ratio of neighbours.",
    read="What of task 1.2")
edit("cosine_betas", "cosine_betas__float32", "float64", "float32",
    "the betas are in float32: 1 minus a ratio close to 1 keeps only three digits.", read="Given of task 1.2")


# -------------------- 1.3 alpha_bars
edit("alpha_bars", "alpha_bars__sum", "torch.cumprod(1 - betas, dim=0)", "1 - torch.cumsum(betas, dim=0)",
    "the betas are added up and taken from 1: each step takes its part of what is left, not of the "
    "original.", read="What of task 1.3")
edit("alpha_bars", "alpha_bars__of_betas", "1 - betas,", "betas,",
    "the betas are multiplied instead of the alphas, 1 - beta.", read="What of task 1.3")
edit("alpha_bars", "alpha_bars__before_the_step",
    "cumprod(1 - betas, dim=0)", "cat([torch.ones_like(betas[:1]), torch.cumprod(1 - betas[:-1], dim=0)])",
    "the values are those before each step: they begin with 1 and the last step is missing.",
    read="Convention of task 1.3")
edit("alpha_bars", "alpha_bars__exponential",
    "return torch.cumprod(1 - betas, dim=0)",
    "lost = torch.cumsum(betas, dim=0)\n    return torch.exp(-lost)",
    "1 - beta is replaced by exp(-beta): that is the limit of infinitely many small steps.",
    read="What of task 1.3")
edit("alpha_bars", "alpha_bars__deviation",
    "return torch.cumprod(1 - betas, dim=0)",
    "alpha_bar = torch.cumprod(1 - betas, dim=0)\n    return alpha_bar.sqrt()",
    "the square root is taken: alpha_bar is a variance, and its root belongs to q_sample.",
    read="Convention of task 1.3")
edit("alpha_bars", "alpha_bars__noise",
    "return torch.cumprod(1 - betas, dim=0)",
    "alpha_bar = torch.cumprod(1 - betas, dim=0)\n    return 1 - alpha_bar",
    "the noise variance comes back instead of the signal variance.", read="What of task 1.3")
edit("alpha_bars", "alpha_bars__float32", "dim=0", "dim=0, dtype=torch.float32",
    "the product is formed in float32: a loss below 6e-8 then disappears.", read="Given of task 1.3")


# -------------------- 1.4 log_snr
edit("log_snr", "log_snr__base_10",
    "log(alpha_bar) - torch.log1p(-alpha_bar)", "log10(alpha_bar) - torch.log10(1 - alpha_bar)",
    "the logarithm is to the base 10.", read="What of task 1.4")
edit("log_snr", "log_snr__of_deviations",
    "return torch.log(alpha_bar) - torch.log1p(-alpha_bar)",
    "signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()\n    return torch.log(signal / noise)",
    "the ratio is one of standard deviations: that is half of the log-SNR, the lambda of DPM-Solver.",
    read="Convention of task 1.4")
edit("log_snr", "log_snr__without_logarithm",
    "torch.log(alpha_bar) - torch.log1p(-alpha_bar)", "alpha_bar / (1 - alpha_bar)",
    "the logarithm is missing: this is the SNR itself.", read="What of task 1.4")
edit("log_snr", "log_snr__upside_down",
    "log(alpha_bar) - torch.log1p(-alpha_bar)", "log1p(-alpha_bar) - torch.log(alpha_bar)",
    "noise stands above signal: the sign is then the other one (the gamma of variational diffusion "
    "models).", read="Convention of task 1.4")
edit("log_snr", "log_snr__clipped", "(alpha_bar)", "(alpha_bar.clamp(min=1e-20))",
    "alpha_bar is clipped before the logarithm: pure noise then has a log-SNR of -46 instead of -inf.",
    read="Convention of task 1.4")
edit("log_snr", "log_snr__signal_only", "(alpha_bar) - torch.log1p(-alpha_bar)", "(alpha_bar)",
    "the noise variance, 1 - alpha_bar, is left out.", read="What of task 1.4")
edit("log_snr", "log_snr__float32",
    "log(alpha_bar) - torch.log1p(-alpha_bar)", "log(alpha_bar.float()) - torch.log1p(-alpha_bar.float())",
    "alpha_bar is cast to float32: near 1 that leaves three digits of 1 - alpha_bar.",
    read="Given of task 1.4")


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


edit("zero_terminal_snr", "zero_terminal_snr__not_stretched",
    "first, last = root[0], root[-1]\n    alpha_bar = ((root - last) * first / (first - last)) ** 2",
    "last = root[-1]\n    alpha_bar = (root - last) ** 2",
    "the roots are shifted but not stretched: the first step then takes away more than before.",
    read="What of task 1.5")
edit("zero_terminal_snr", "zero_terminal_snr__one_stays",
    "first, last = root[0], root[-1]\n    alpha_bar = ((root - last) * first / (first - last)) ** 2",
    "last = root[-1]\n    alpha_bar = ((root - last) / (1 - last)) ** 2",
    "the roots are stretched so that 1 stays instead of the first of them.", read="Convention of task 1.5")


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


edit("zero_terminal_snr", "zero_terminal_snr__alpha_bar",
    "before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])\n    return 1 - alpha_bar / before",
    "return alpha_bar",
    "the new alpha_bar comes back instead of the betas that make it.", read="What of task 1.5")
edit("zero_terminal_snr", "zero_terminal_snr__not_squared",
    "((root - last) * first / (first - last)) ** 2", "(root - last) * first / (first - last)",
    "the shifted and stretched roots are not squared before the betas are formed.", read="What of task 1.5")
edit("zero_terminal_snr", "zero_terminal_snr__first_beta_0",
    "torch.ones_like(alpha_bar[:1])", "alpha_bar[:1]",
    "the first beta is 0: alpha_bar before step 0 is taken to be alpha_bar[0] instead of 1, or the roots are "
    "stretched until the first is 1.",
    read="Convention of task 1.5")
edit("zero_terminal_snr", "zero_terminal_snr__in_place",
    "before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])\n    return 1 - alpha_bar / before",
    "betas[1:] = 1 - alpha_bar[1:] / alpha_bar[:-1]\n    return betas",
    "the new betas are written into the tensor that came in: the caller's schedule is then changed too.",
    read="Given of task 1.5")
edit("zero_terminal_snr", "zero_terminal_snr__one_step",
    "if len(betas) < 2:\n"
    "        raise ValueError(f\"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}\")\n"
    "    root", "root",
    "a schedule of one step is not refused: its first and last root are the same, and 0 / 0 is NaN.",
    read="Convention of task 1.5")


# -------------------- 2.1 q_sample
edit("q_sample", "q_sample__without_roots", "a.sqrt() * x0 + (1 - a).sqrt()", "a * x0 + (1 - a)",
    "both square roots are missing: alpha_bar and 1 - alpha_bar are variances.", read="What of task 2.1")
edit("q_sample", "q_sample__noise_variance", "(1 - a).sqrt()", "(1 - a)",
    "the noise is multiplied by its variance, 1 - alpha_bar, instead of its standard deviation.",
    read="What of task 2.1")
edit("q_sample", "q_sample__exchanged",
    "a.sqrt() * x0 + (1 - a).sqrt() * eps", "(1 - a).sqrt() * x0 + a.sqrt() * eps",
    "image and noise have each other's coefficient: the first steps are then noise.", read="What of task 2.1")
edit("q_sample", "q_sample__exploding", "a.sqrt() * x0", "x0",
    "noise is added but the image is not scaled down: that is the variance-exploding process.",
    read="Convention of task 2.1")
edit("q_sample", "q_sample__float64", "return x_t.to(x0.dtype)", "return x_t",
    "the result is not cast to the dtype of x0: float64 coefficients make float32 images float64.",
    read="Convention of task 2.1")
edit("q_sample", "q_sample__float32", "return x_t.to(x0.dtype)", "return x_t.float()",
    "the result is cast to float32 whatever x0 is.", read="Convention of task 2.1")
edit("q_sample", "q_sample__cast_too_early", "(alpha_bar, t, x0)", "(alpha_bar.to(x0.dtype), t, x0)",
    "alpha_bar is cast to float32 before 1 - alpha_bar is formed: the first steps then have inexact noise.",
    read="Convention of task 2.1")
edit("q_sample", "q_sample__steps_from_1", "(alpha_bar, t, x0)", "(alpha_bar, t - 1, x0)",
    "steps are counted from 1, as in the papers: in this course step t uses alpha_bar[t].",
    read="Convention of task 2.1")
edit("q_sample", "q_sample__one_step_for_all", "(alpha_bar, t, x0)", "(alpha_bar, t, x0)[0]",
    "all images of the batch are taken at the step of the first one.", read="What of task 2.1")
edit("q_sample", "q_sample__by_columns",
    "a = at_step(alpha_bar, t, x0)  # (b, 1, ..., 1)\n    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps",
    "signal, noise = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()\n    x_t = signal * x0 + noise * eps",
    "alpha_bar[t] is not reshaped: torch lines its b values up with the last axis, so they scale columns.",
    read="Given of task 2.1")
edit("q_sample", "q_sample__four_axes", "at_step(alpha_bar, t, x0)", "alpha_bar[t].reshape(-1, 1, 1, 1)",
    "the coefficients are reshaped to (b, 1, 1, 1) whatever the images are: other shapes are then blown up.",
    read="Given of task 2.1")
edit("q_sample", "q_sample__in_place",
    "a.sqrt() * x0 + (1 - a).sqrt() * eps", "x0.mul_(a.sqrt()).add_((1 - a).sqrt() * eps)",
    "the noise is added in place: the caller's clean images are then noisy too.",
    read="Convention of task 2.1")
edit("q_sample", "q_sample__coefficients_float32",
    "a.sqrt() * x0 + (1 - a).sqrt() * eps", "a.sqrt().float() * x0 + (1 - a).sqrt().float() * eps",
    "the coefficients are cast to float32 whatever the images are: float64 images then keep seven digits.",
    read="Convention of task 2.1")


# -------------------- 2.2 eps_and_x0
edit("eps_and_x0", "eps_from_x0__without_roots",
    "(x_t - a.sqrt() * x0) / (1 - a).sqrt()", "(x_t - a * x0) / (1 - a)",
    "the square roots are missing in eps_from_x0.", read="What of task 2.2")
edit("eps_and_x0", "eps_from_x0__not_divided",
    "(x_t - a.sqrt() * x0) / (1 - a).sqrt()", "x_t - a.sqrt() * x0",
    "eps_from_x0 returns the noise as it is in x_t, not divided by its standard deviation.",
    read="What of task 2.2")
edit("eps_and_x0", "eps_from_x0__whole_image", "a.sqrt() * x0", "x0",
    "eps_from_x0 takes away the whole image, though x_t holds only its part sqrt(alpha_bar).",
    read="What of task 2.2")
edit("eps_and_x0", "eps_from_x0__by_columns", "a = at_step(alpha_bar, t, x_t)", "a = alpha_bar[t]",
    "the coefficients of eps_from_x0 are not shaped to scale images: they scale columns.",
    read="Given of task 2.1")
edit("eps_and_x0", "x0_from_eps__plus", "x_t -", "x_t +",
    "x0_from_eps adds the noise to x_t instead of taking it away.", read="What of task 2.2")
edit("eps_and_x0", "x0_from_eps__not_divided",
    "(x_t - (1 - a).sqrt() * eps) / a.sqrt()", "x_t - (1 - a).sqrt() * eps",
    "x0_from_eps takes the noise away but does not scale the image up again.", read="What of task 2.2")
edit("eps_and_x0", "x0_from_eps__by_variance", "a.sqrt()", "a",
    "x0_from_eps divides by alpha_bar instead of its square root.", read="What of task 2.2")
edit("eps_and_x0", "x0_from_eps__clipped", "return x0.to(x_t.dtype)", "return x0.clamp(-1, 1).to(x_t.dtype)",
    "x0_from_eps clips the image to [-1, 1]: samplers do that later; here nothing is clipped.",
    read="Convention of task 2.2")
edit("eps_and_x0", "x0_from_eps__float64", "return x0.to(x_t.dtype)", "return x0",
    "the result of x0_from_eps is not cast to the dtype of x_t: float64 coefficients make it float64.",
    read="Convention of task 2.1")
edit("eps_and_x0", "x0_from_eps__coefficients_float32",
    "(1 - a).sqrt() * eps) / a.sqrt()", "(1 - a).sqrt().float() * eps) / a.sqrt().float()",
    "the coefficients of x0_from_eps are cast to float32 whatever the images are: float64 images then keep "
    "seven digits.", read="Convention of task 2.1")


# -------------------- 2.3 v_prediction
edit("v_prediction", "v_from_x0_eps__other_sign",
    "a.sqrt() * eps - (1 - a).sqrt() * x0", "(1 - a).sqrt() * x0 - a.sqrt() * eps",
    "v has the other sign: the image is counted positive and the noise subtracted.",
    read="Convention of task 2.3")
edit("v_prediction", "v_from_x0_eps__straight",
    "a = at_step(alpha_bar, t, x0)\n    v = a.sqrt() * eps - (1 - a).sqrt() * x0", "v = eps - x0",
    "v is eps - x_0, the velocity of flow matching, whose path is a straight line and not an arc.",
    read="Convention of task 2.3")
edit("v_prediction", "v_from_x0_eps__exchanged",
    "a.sqrt() * eps - (1 - a).sqrt() * x0", "(1 - a).sqrt() * eps - a.sqrt() * x0",
    "noise and image have each other's coefficient in v.", read="What of task 2.3")
edit("v_prediction", "v_from_x0_eps__without_roots", "a.sqrt() * eps - (1 - a).sqrt()", "a * eps - (1 - a)",
    "the square roots are missing in v.", read="What of task 2.3")
edit("v_prediction", "x0_from_v__plus", "x_t -", "x_t +",
    "x0_from_v adds the two parts: turning back takes the opposite sign.", read="What of task 2.3")
edit("v_prediction", "x0_from_v__as_noise",
    "a.sqrt() * x_t - (1 - a).sqrt() * v", "(x_t - (1 - a).sqrt() * v) / a.sqrt()",
    "x0_from_v treats v as if it were the noise: it subtracts it and divides by sqrt(alpha_bar).",
    read="What of task 2.3")
edit("v_prediction", "x0_from_v__float64", "return x0.to(x_t.dtype)", "return x0",
    "the result of x0_from_v is not cast to the dtype of x_t: float64 coefficients make it float64.",
    read="Convention of task 2.1")
edit("v_prediction", "eps_from_v__minus", "+ a.sqrt() * v", "- a.sqrt() * v",
    "eps_from_v subtracts v instead of adding it.", read="What of task 2.3")
edit("v_prediction", "eps_from_v__exchanged",
    "(1 - a).sqrt() * x_t + a.sqrt() * v", "a.sqrt() * x_t + (1 - a).sqrt() * v",
    "x_t and v have each other's coefficient in eps_from_v.", read="What of task 2.3")
edit("v_prediction", "v_from_x0_eps__coefficients_float32",
    "a.sqrt() * eps - (1 - a).sqrt()", "a.sqrt().float() * eps - (1 - a).sqrt().float()",
    "the coefficients of v are cast to float32 whatever the images are: float64 images then keep seven "
    "digits.", read="Convention of task 2.1")


# -------------------- 2.4 q_posterior
edit("q_posterior", "q_posterior__wraps_around",
    "torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])", "alpha_bar.roll(1)",
    "alpha_bar[t - 1] is taken at t = 0, where Python gives the last value instead of 1.",
    read="Convention of task 2.4")
edit("q_posterior", "q_posterior__beta", "beta * (1 - before) / (1 - alpha_bar)", "beta",
    "the variance is beta instead of beta-tilde: a sampler may choose it, but it is not the posterior's.",
    read="Convention of task 2.4")
edit("q_posterior", "q_posterior__upside_down",
    "beta * (1 - before) / (1 - alpha_bar)", "beta * (1 - alpha_bar) / (1 - before)",
    "1 - alpha_bar before and after the step have changed places in the variance.", read="What of task 2.4")
edit("q_posterior", "q_posterior__exchanged",
    "weight_x0, t, x0) * x0 + at_step(weight_x_t", "weight_x_t, t, x0) * x0 + at_step(weight_x0",
    "x_0 and x_t have each other's weight in the mean.", read="What of task 2.4")
edit("q_posterior", "q_posterior__alpha_bar_for_alpha", "alpha.sqrt()", "alpha_bar.sqrt()",
    "the weight of x_t has sqrt(alpha_bar) where the formula has sqrt(alpha).", read="What of task 2.4")
edit("q_posterior", "q_posterior__not_before", "before.sqrt()", "alpha_bar.sqrt()",
    "the weight of x_0 has the alpha_bar of this step under the root instead of that of the step before.",
    read="What of task 2.4")
edit("q_posterior", "q_posterior__not_clipped", ".clamp(min=1)", "",
    "the logarithm is not clipped: at step 0 it is -inf, and a loss that uses it becomes NaN.",
    read="Convention of task 2.4")
edit("q_posterior", "q_posterior__clipped_low",
    "variance.log(), t.clamp(min=1)", "variance.clamp(min=1e-20).log(), t",
    "the variance is clipped at 1e-20, as in some libraries: its logarithm at step 0 is then -46 "
    "instead of that of step 1.", read="Convention of task 2.4")
edit("q_posterior", "q_posterior__log_deviation", "variance.log()", "variance.sqrt().log()",
    "the third value is the logarithm of the standard deviation, half of the log-variance.",
    read="What of task 2.4")
edit("q_posterior", "q_posterior__flat_variance",
    "at_step(variance.log(), t.clamp(min=1), x0)\n    return mean.to(x0.dtype), at_step(variance, t, x0)",
    "variance.log()[t.clamp(min=1)]\n    return mean.to(x0.dtype), variance[t]",
    "the variances have shape (b,) instead of (b, 1, ..., 1): times an image they scale columns.",
    read="Convention of task 2.4")
edit("q_posterior", "q_posterior__float32",
    "at_step(weight_x0, t, x0) * x0", "at_step(weight_x0.float(), t, x0) * x0",
    "what the posterior is made of is cast to float32 whatever the images are: of float64 images, seven "
    "digits are left.",
    read="Convention of task 2.1")


# -------------------- 3.1 simple_loss
edit("simple_loss", "simple_loss__sum", "mean(dim=1)", "sum(dim=1)",
    "the squared errors of an image are summed: images with more values then count more.",
    read="What of task 3.1")
edit("simple_loss", "simple_loss__batch_mean", ".reshape(len(x0), -1).mean(dim=1)", ".mean().expand(len(x0))",
    "every image gets the mean of the whole batch: no step can be weighted any more.",
    read="Convention of task 3.1")
edit("simple_loss", "simple_loss__absolute", "torch.square(", "torch.abs(",
    "the errors are not squared: that is the L1 loss.", read="What of task 3.1")
edit("simple_loss", "simple_loss__root", ".mean(dim=1)", ".mean(dim=1).sqrt()",
    "the root of the mean square comes back: its gradient is not that of the squared error.",
    read="What of task 3.1")
edit("simple_loss", "simple_loss__always_noise", "target = x0", "target = eps",
    "a prediction of the image is compared with the noise.", read="What of task 3.1")
edit("simple_loss", "simple_loss__v_other_sign",
    "v_from_x0_eps(x0, eps, t, alpha_bar)", "-v_from_x0_eps(x0, eps, t, alpha_bar)",
    "the target of v has the other sign.", read="Convention of task 2.3")
edit("simple_loss", "simple_loss__any_form",
    "raise ValueError(f\"the form is 'eps', 'x0' or 'v', but it is {form!r}\")", "target = eps",
    "an unknown form counts as 'eps': a misspelt one then trains the wrong thing without a word.",
    read="Convention of task 3.1")
edit("simple_loss", "simple_loss__float32", "prediction - target", "(prediction - target).float()",
    "the errors are cast to float32 whatever the prediction is: a float64 loss then keeps seven digits.",
    read="Convention of task 3.1")
edit("simple_loss", "min_snr_weight__not_clipped", "return snr.clamp(max=gamma)", "return snr",
    "the SNR is not clipped: the first steps then outweigh all others ten thousand times.",
    read="What of task 3.1")
edit("simple_loss", "min_snr_weight__max", "return snr.clamp(max=gamma)", "return snr.clamp(min=gamma)",
    "the larger one of SNR and gamma is taken instead of the smaller one.", read="What of task 3.1")
edit("simple_loss", "min_snr_weight__nan", "gamma / snr.clamp(min=gamma)", "snr.clamp(max=gamma) / snr",
    "min(SNR, gamma) / SNR is formed as it is written: without signal it is 0 / 0, and the loss NaN.",
    read="Convention of task 3.1")
edit("simple_loss", "min_snr_weight__one_for_all", "gamma / snr.clamp(min=gamma)", "snr.clamp(max=gamma)",
    "the weight of the x_0 loss is used for the noise loss too, which carries a factor SNR already.",
    read="What of task 3.1")
edit("simple_loss", "min_snr_weight__v_by_snr",
    "(1 - alpha_bar) * snr.clamp(max=gamma)", "gamma / snr.clamp(min=gamma)",
    "the weight of the v loss is divided by SNR, as for the noise, instead of by SNR + 1.",
    read="What of task 3.1")
edit("simple_loss", "min_snr_weight__of_deviations",
    "alpha_bar / (1 - alpha_bar)\n", "(alpha_bar / (1 - alpha_bar)).sqrt()\n",
    "the ratio is one of standard deviations, but the SNR is one of variances.",
    read="Convention of task 1.4")


# -------------------- 3.2 vlb_terms
edit("vlb_terms", "normal_kl__other_way",
    "log_variance_p - log_variance_q\n    distance = (mean_q - mean_p).square() * torch.exp(-log_variance_p)",
    "log_variance_q - log_variance_p\n    distance = (mean_q - mean_p).square() * torch.exp(-log_variance_q)",
    "p and q have changed places: KL is not symmetric, and it is q that is averaged over.",
    read="What of task 3.2")
edit("vlb_terms", "normal_kl__not_zero", "+ distance - 1) / 2", "+ distance) / 2",
    "the - 1 is missing: the divergence of a law from itself is then 1/2 instead of 0.",
    read="What of task 3.2")
edit("vlb_terms", "normal_kl__not_halved",
    "(wider + torch.exp(-wider) + distance - 1) / 2", "wider + torch.exp(-wider) + distance - 1",
    "the factor 1/2 is missing.", read="What of task 3.2")
edit("vlb_terms", "normal_kl__by_deviation", "torch.exp(-log_variance_p)", "torch.exp(-log_variance_p / 2)",
    "the squared distance is divided by p's deviation instead of its variance.", read="What of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__closed_ends",
    "below_upper = torch.where(x0 > 0.999, 1.0, below_upper)\n"
    "    below_lower = torch.where(x0 < -0.999, 0.0, below_lower)\n"
    "    return", "return",
    "black and white end like all other levels: what lies beyond them belongs to no level at all.",
    read="What of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__density",
    "(below_upper - below_lower).clamp(min=floor).log()",
    "(-0.5 * (distance / deviation) ** 2 - torch.log(deviation * math.sqrt(2 * math.pi)))",
    "the density at the level comes back instead of the probability of its interval.",
    read="What of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__half_as_wide",
    "(distance + 1 / 255) / deviation)\n    below_lower = torch.special.ndtr((distance - 1 / 255)",
    "(distance + 1 / 510) / deviation)\n    below_lower = torch.special.ndtr((distance - 1 / 510)",
    "a level reaches 1/510 to both sides: but 256 levels from -1 to 1 are 2/255 apart.",
    read="What of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__variance",
    "torch.exp(log_variance / 2)", "torch.exp(log_variance)",
    "distances are divided by the variance instead of the deviation.", read="What of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__not_floored", ".clamp(min=floor)", "",
    "small probabilities are not raised to the floor: one value far away makes the loss infinite.",
    read="Convention of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__floor_added",
    ".clamp(min=floor).log()", ".add(floor).log()",
    "the floor is added to every probability: only those below it are raised to it.",
    read="Convention of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__constant",
    "distance = x0.double() - mean", "distance = x0.double() - mean.detach()",
    "the mean is detached: no gradient reaches it.", read="Given of task 3.2")
edit("vlb_terms", "discretized_gaussian_log_likelihood__float32", "x0.double() - mean", "x0 - mean",
    "the probability of float32 images is formed in float32: it is a difference of two numbers near 1, and "
    "far from the mean nothing is left of it.", read="Convention of task 3.2")
edit("vlb_terms", "vlb_terms__nats", " / math.log(2)", "",
    "the terms are in nats: a bit has ln 2 = 0.693 of them.", read="Convention of task 3.2")
edit("vlb_terms", "vlb_terms__sum", "mean(dim=1) for nats", "sum(dim=1) for nats",
    "the terms are summed over an image's values instead of averaged: bits per image, not per dimension.",
    read="Convention of task 3.2")
edit("vlb_terms", "vlb_terms__batch_mean",
    "nats.reshape(len(x0), -1).mean(dim=1)", "nats.mean().expand(len(x0))",
    "every image gets the mean of the whole batch: but each image has a term of its own.",
    read="What of task 3.2")
edit("vlb_terms", "vlb_terms__one_for_all", "where(t == 0,", "where((t == 0).any(),",
    "one image at step 0 makes L_0 of all terms of the batch.", read="What of task 3.2")
edit("vlb_terms", "vlb_terms__float32", "(nats.reshape", "(nats.float().reshape",
    "the terms are cast to float32 whatever the images are: a float64 bound then keeps seven digits.",
    read="Convention of task 3.2")
edit("vlb_terms", "vlb_terms__without_decoder", "torch.where(t == 0, decoder, kl)", "kl",
    "step 0 has a KL term too: but there the posterior is a point, and what counts is the likelihood.",
    read="What of task 3.2")
edit("vlb_terms", "vlb_terms__other_way",
    "(posterior_mean, posterior_log_variance, mean, log_variance)",
    "(mean, log_variance, posterior_mean, posterior_log_variance)",
    "KL goes from the model to the posterior instead of from the posterior to the model.",
    read="What of task 3.2")
edit("vlb_terms", "vlb_terms__log_likelihood", "decoder = -disc", "decoder = disc",
    "L_0 has the wrong sign: the bound is a cost, minus the log-likelihood.", read="What of task 3.2")
edit("vlb_terms", "prior_term__first_step", "alpha_bar[-1]", "alpha_bar[0]",
    "the law after the first step is compared with pure noise instead of that after the last one.",
    read="What of task 3.2")
edit("vlb_terms", "prior_term__signal_variance", "torch.log1p(-left)", "torch.log(left)",
    "the logarithm is that of alpha_bar: but the variance of q(x_T | x_0) is 1 - alpha_bar.",
    read="What of task 3.2")
edit("vlb_terms", "prior_term__nats", " / math.log(2)", "",
    "L_T is in nats: a bit has ln 2 = 0.693 of them.", read="Convention of task 3.2")
edit("vlb_terms", "prior_term__batch_mean",
    "nats.reshape(len(x0), -1).mean(dim=1)", "nats.mean().expand(len(x0))",
    "every image gets the mean L_T of the whole batch: but each image has one of its own.",
    read="What of task 3.2")


# -------------------- 3.3 hybrid_loss
edit("hybrid_loss", "interpolated_log_variance__of_variances",
    "low + (v + 1) / 2 * (high - low)", "torch.log(low.exp() + (v + 1) / 2 * (high.exp() - low.exp()))",
    "the variances themselves are mixed instead of their logarithms.", read="What of task 3.3")
edit("hybrid_loss", "interpolated_log_variance__from_0", "(v + 1) / 2", "v",
    "v counts from 0 to 1: it lies between -1 and 1, so its share of log beta is (v + 1) / 2.",
    read="What of task 3.3")
edit("hybrid_loss", "interpolated_log_variance__exchanged",
    "low + (v + 1) / 2 * (high - low)", "high + (v + 1) / 2 * (low - high)",
    "the two ends have changed places: v = 1 means beta, the larger variance.", read="What of task 3.3")
edit("hybrid_loss", "interpolated_log_variance__all_noise", "-alpha_bar / before", "-alpha_bar",
    "1 - alpha_bar stands in the place of beta: the noise of all steps so far instead of this one's.",
    read="Given of task 3.3")
edit("hybrid_loss", "interpolated_log_variance__wraps_around",
    "torch.nn.functional.pad(alpha_bar[:-1], (1, 0), value=1.0)", "alpha_bar.roll(1)",
    "the alpha_bar before step 0 is taken to be the last one instead of 1: beta is then negative.",
    read="Convention of task 2.4")
edit("hybrid_loss", "interpolated_log_variance__clipped_low",
    "_, _, low = q_posterior(v, v, t, alpha_bar)",
    "low = q_posterior(v, v, t, alpha_bar)[1].clamp(min=1e-20).log()",
    "beta-tilde is clipped at 1e-20, as in some libraries: its logarithm at step 0 is then -46 instead of "
    "that of step 1.", read="Given of task 3.3")
edit("hybrid_loss", "interpolated_log_variance__float32", ".to(v.dtype)", ".float()",
    "log beta is cast to float32 whatever v is: a float64 log-variance then keeps seven digits.",
    read="Convention of task 3.3")
# improved-diffusion, `FIXED_LARGE`: a first log-variance for better likelihoods
edit("hybrid_loss", "interpolated_log_variance__one_end_at_first", "return low",
    "high = torch.where(at_step(torch.arange(len(alpha_bar)), t, v) == 0, low, high)\n    return low",
    "the upper end at step 0 is beta-tilde of step 1 too, as where the larger variance is fixed: `v` has no "
    "effect there.", read="Given of task 3.3")
edit("hybrid_loss", "hybrid_loss__true_image", "q_posterior(predicted_x0,", "q_posterior(x0,",
    "the mean is formed with the true image (or the true noise) instead of the predicted one: the bound then "
    "says nothing about the prediction.", read="What of task 3.3")
edit("hybrid_loss", "hybrid_loss__clipped",
    "eps_prediction.detach(), t, alpha_bar)", "eps_prediction.detach(), t, alpha_bar).clamp(-1, 1)",
    "the predicted image is clipped to [-1, 1]: a sampler may do that, the bound does not.",
    read="Convention of task 3.3")
edit("hybrid_loss", "hybrid_loss__weight_not_used", "weight * len", "0.001 * len",
    "lambda is 0.001 whatever `weight` is.", read="Given of task 3.3")
edit("hybrid_loss", "hybrid_loss__other_default", "float = 0.001", "float = 1.0",
    "lambda is not 0.001 where no `weight` is given.", read="Given of task 3.3")
edit("hybrid_loss", "hybrid_loss__not_detached", ".detach()", "",
    "the mean is not detached: the noisy gradient of the bound then trains the prediction of the noise too.",
    read="Convention of task 3.3")
edit("hybrid_loss", "hybrid_loss__v_detached", "variance(v, t", "variance(v.detach(), t",
    "v is detached too, so nothing trains the variance.", read="Convention of task 3.3")
edit("hybrid_loss", "hybrid_loss__without_T", "weight * len(alpha_bar) * bound", "weight * bound",
    "one term stands for the whole bound: its estimate is T times the term of a random step.",
    read="Convention of task 3.3")
edit("hybrid_loss", "hybrid_loss__weight_on_simple",
    "simple + weight * len(alpha_bar) * bound", "weight * simple + len(alpha_bar) * bound",
    "lambda weakens the simple loss instead of the bound.", read="What of task 3.3")
edit("hybrid_loss", "hybrid_loss__nats",
    "len(alpha_bar) * bound", "len(alpha_bar) * bound * torch.tensor(2.0).log()",
    "the bound is turned back into nats: lambda is stated for bits per dimension.",
    read="Convention of task 3.3")


# -------------------- 4.1 sample
edit("sample", "p_mean_variance__v_as_noise", "x0_from_v(", "x0_from_eps(",
    "v is taken for the noise.", read="What of task 4.1")
edit("sample", "p_mean_variance__always_beta", "return mean, beta_tilde",
    "return mean, at_step(1 - alpha_bar / torch.cat([torch.ones(1), alpha_bar[:-1]]), t, x_t).to(x_t.dtype)",
    "the variance is beta, whichever was asked for.", read="Convention of task 4.1")
edit("sample", "p_mean_variance__always_beta_tilde", "at_step(1 - alpha_bar / before, t, x_t).to(x_t.dtype)",
    "beta_tilde", "the variance is beta-tilde, whichever was asked for.", read="Convention of task 4.1")
edit("sample", "p_mean_variance__wraps_around",
    "torch.nn.functional.pad(alpha_bar[:-1], (1, 0), value=1.0)", "alpha_bar.roll(1)",
    "the alpha_bar before step 0 is taken to be the last one instead of 1: beta is then negative.",
    read="Convention of task 2.4")
edit("sample", "p_mean_variance__all_noise", "1 - alpha_bar / before", "1 - alpha_bar",
    "1 - alpha_bar stands in the place of beta: the noise of all steps so far instead of this one's.",
    read="Convention of task 4.1")
edit("sample", "p_mean_variance__beta_before",
    "alpha_bar / before, t, x_t", "alpha_bar / before, (t - 1).clamp(min=0), x_t",
    "the variance is beta of the step before, as in some courses.", read="Convention of task 4.1")
edit("sample", "p_mean_variance__mean_clipped",
    "if clip:\n        x0 = x0.clamp(-1, 1)\n    mean, beta_tilde, _ = q_posterior(x0, x_t, t, alpha_bar)",
    "mean, beta_tilde, _ = q_posterior(x0, x_t, t, alpha_bar)\n"
    "    if clip:\n        mean = mean.clamp(-1, 1)",
    "the mean is clipped instead of the predicted image: x_{t-1} is noisy and may well leave [-1, 1].",
    read="Convention of task 4.1")
edit("sample", "p_mean_variance__divided_by_the_largest", "x0 = x0.clamp(-1, 1)",
    "largest = x0.abs().reshape(len(x0), -1).amax(1).clamp(min=1)\n"
    "        x0 = x0 / largest.reshape(-1, *[1] * (x0.ndim - 1))",
    "an image is divided by its largest value instead of clipped: values within [-1, 1] then change, too.",
    read="Convention of task 4.1")
edit("sample", "p_mean_variance__always_clipped",
    "if clip:\n        x0 = x0.clamp(-1, 1)", "x0 = x0.clamp(-1, 1)",
    "the predicted image is clipped whether clip says so or not.", read="Convention of task 4.1")
edit("sample", "p_mean_variance__step_before",
    "q_posterior(x0, x_t, t, alpha_bar)", "q_posterior(x0, x_t, (t - 1).clamp(min=0), alpha_bar)",
    "the posterior is that of the step before: q_posterior(..., t) already leads from t to t - 1.",
    read="What of task 4.1")
edit("sample", "p_step__noise_at_0",
    "torch.where(later, mean + spread.sqrt() * noise, mean)", "mean + spread.sqrt() * noise",
    "noise is added at step 0 too: with the variance beta it stays in the image.",
    read="Convention of task 4.1")
edit("sample", "p_step__by_variance", "spread.sqrt() * noise", "spread * noise",
    "the noise is multiplied by the variance instead of the deviation.", read="What of task 4.1")
edit("sample", "p_step__none_for_all",
    "at_step(torch.arange(len(alpha_bar), device=t.device) > 0, t, x_t)", "(t > 0).all()",
    "one image at step 0 takes the noise away from the whole batch.", read="Convention of task 4.1")
edit("sample", "p_step__settings_lost", "form, variance, clip)\n    later", "form)\n    later",
    "variance and clip do not reach p_mean_variance: the defaults are used.", read="Given of task 4.1")
edit("sample", "p_step__clip_lost", "variance, clip)\n    later", "variance)\n    later",
    "clip does not reach p_mean_variance from p_step: nothing is clipped.", read="Given of task 4.1")
edit("sample", "p_step__form_lost",
    "form, variance, clip)\n    later", "variance=variance, clip=clip)\n    later",
    "form does not reach p_mean_variance from p_step: every prediction is taken for the noise.",
    read="Given of task 4.1")
edit("sample", "p_step__noise_in_place", "spread.sqrt() * noise", "noise.mul_(spread.sqrt())",
    "the noise is scaled in place: the caller's noise is then another one.", read="Convention of task 4.1")
edit("sample", "sample__form_lost", "form, variance, clip)\n            if",
    "variance=variance, clip=clip)\n            if",
    "form does not reach the steps from sample: every prediction is taken for the noise.",
    read="Given of task 4.1")
edit("sample", "sample__variance_lost",
    "form, variance, clip)\n            if", "form, clip=clip)\n            if",
    "variance does not reach the steps from sample: all of them use beta-tilde.", read="Given of task 4.1")
edit("sample", "sample__clip_lost", "variance, clip)\n            if", "variance)\n            if",
    "clip does not reach the steps from sample: nothing is clipped.", read="Given of task 4.1")
edit("sample", "sample__float32", "x = x_T\n", "x = x_T.float()\n",
    "the chain runs in float32 whatever x_T is: float64 images then keep seven digits.",
    read="Convention of task 4.1")
edit("sample", "sample__noises_counted", "was_training = model.training\n",
    "if len(noises) != len(alpha_bar):\n        raise ValueError(\"not T noises\")\n"
    "    was_training = model.training\n",
    "noises are counted by len() or taken by place: they may be an iterator, which knows neither.",
    read="Given of task 4.1")
edit("sample", "sample__noises_used_up", "was_training = model.training\n",
    "if len(list(noises)) != len(alpha_bar):\n        raise ValueError(\"not T noises\")\n"
    "    was_training = model.training\n",
    "noises are gone through twice: they may be an iterator, of which nothing is left the second time.",
    read="Given of task 4.1")
edit("sample", "sample__forwards", "reversed(range(len(alpha_bar)))", "range(len(alpha_bar))",
    "the steps go forwards: pure noise is treated as if it were almost clean.", read="What of task 4.1")
edit("sample", "sample__noises_by_step",
    "for t, noise in zip(reversed(range(len(alpha_bar))), noises, strict=True):\n",
    "for t in reversed(range(len(alpha_bar))):\n            noise = list(noises)[t]\n",
    "noise number t is used at step t: the noises come in the order of use, and may be an iterator.",
    read="Given of task 4.1")
edit("sample", "sample__too_few_noises", "strict=True", "strict=False",
    "with one noise too few the last step is left out without a word: zip stops at the shorter one.",
    read="Given of task 4.1")
edit("sample", "sample__one_step_for_all", "torch.full((len(x),), t, device=x.device)", "torch.tensor(t)",
    "the model gets one number instead of one step for each image.", read="Given of task 4.1")
edit("sample", "sample__with_gradients", "with torch.no_grad():", "with torch.enable_grad():",
    "gradients are recorded: the memory for T calls of the model is kept until the end.",
    read="Convention of task 4.1")
edit("sample", "sample__in_training_mode", "model.eval()", "model.train()",
    "the model samples in training mode: dropout and batch statistics then disturb each step.",
    read="Convention of task 4.1")
edit("sample", "sample__left_in_evaluation_mode", "model.train(was_training)\n    return x", "return x",
    "the model is left in evaluation mode: training goes on without dropout.", read="Convention of task 4.1")
edit("sample", "sample__left_in_training_mode", "model.train(was_training)", "model.train()",
    "the model is left in training mode, whichever it came in.", read="Convention of task 4.1")
edit("sample", "sample__progress_too_early",
    "x = p_step(model(x, steps), x, steps, noise, alpha_bar, form, variance, clip)\n"
    "            if progress:\n                progress(t, x)",
    "if progress:\n                progress(t, x)\n"
    "            x = p_step(model(x, steps), x, steps, noise, alpha_bar, form, variance, clip)",
    "progress is told before the step: it gets x_t instead of x_{t-1}, and never the result.",
    read="Given of task 4.1")


# -------------------- 5.1 train_step
edit("train_step", "train_step__gradients_add_up", "optimizer.zero_grad()\n    loss", "loss",
    "the gradients are never set to zero: each step adds its own to all that came before.",
    read="What of task 5.1")
edit("train_step", "train_step__zeroed_too_late",
    "optimizer.zero_grad()\n    loss.backward()", "loss.backward()\n    optimizer.zero_grad()",
    "the gradient is set to zero between backward and step: the weights never move.",
    read="What of task 5.1")
edit("train_step", "train_step__step_too_early",
    "optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()",
    "optimizer.step()\n    optimizer.zero_grad()\n    loss.backward()",
    "the step is made before backward: with the gradient of the step before, and at first with none.",
    read="What of task 5.1")
edit("train_step", "train_step__mode_left", "model.train()\n    ", "",
    "the model is not put into training mode: after sampling it trains without dropout.",
    read="Convention of task 5.1")
edit("train_step", "train_step__tensor", "loss.item()", "loss",
    "the loss comes back as a tensor: a list of them keeps every step's graph in memory.",
    read="Convention of task 5.1")
edit("train_step", "train_step__loss_afterwards", "loss.item()",
    "simple_loss(model(q_sample(x0, t, eps, alpha_bar), t), x0, eps, t, alpha_bar, form).mean().item()",
    "the loss is worked out once more after the update: that doubles the work, and a curve begins too late.",
    read="Convention of task 5.1")
edit("train_step", "train_step__sum",
    "losses.mean() if weight is None else (weight[t] * losses).mean()",
    "losses.sum() if weight is None else (weight[t] * losses).sum()",
    "the losses of the batch are summed: the step then grows with the batch.", read="What of task 5.1")
edit("train_step", "train_step__weighted_mean", "(weight[t] * losses).mean()",
    "(weight[t] * losses).sum() / weight[t].sum()",
    "the sum is divided by the sum of the weights: the mean over the batch divides by the number of images.",
    read="What of task 5.1")
edit("train_step", "train_step__float32", "q_sample(x0, t, eps, alpha_bar)",
    "q_sample(x0.float(), t, eps, alpha_bar)",
    "the images are cast to float32 whatever they are: float64 images then keep seven digits.",
    read="Convention of task 5.1")
edit("train_step", "train_step__form_lost", "t, alpha_bar, form)\n", "t, alpha_bar)\n",
    "the form does not reach the loss: every prediction is taken for the noise.", read="Given of task 5.1")
edit("train_step", "train_step__weight_by_place", "weight[t]", "weight[: len(t)]",
    "the first images get the first weights: the weight of an image is that of its step, weight[t].",
    read="Given of task 5.1")
edit("train_step", "train_step__clean_images", "model(q_sample(x0, t, eps, alpha_bar), t)", "model(x0, t)",
    "the model gets the clean images: there is no noise in them to be found.", read="What of task 5.1")
# As in training scripts of diffusers, where one loop owns the model.
edit("train_step", "train_step__zeroed_at_the_end",
    "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()",
    "    loss.backward()\n    optimizer.step()\n    optimizer.zero_grad()",
    "gradients are set to zero at the end of a step only: what others left before the first one still "
    "counts.", read="Convention of task 5.1")
# Alike in diffusers, issue 1864: a warm-up that never ends.
edit("train_step", "ema_update__capped", "1 - decay", "1 - min(decay, 0.95)",
    "decay is never more than 0.95, whatever is asked for.", read="Convention of task 5.1")
edit("train_step", "ema_update__frozen_stay",
    "            weight.lerp_(weights[name], 1 - decay)",
    "            if weight.requires_grad:\n"
    "                weight.lerp_(weights[name], 1 - decay)",
    "weights of the average that do not require grad are left as they are: an average needs no gradients.",
    read="What of task 5.1")
edit("train_step", "ema_update__decay_exchanged", "1 - decay", "decay",
    "decay is the share of the new weights: at 0.999 the average is the model of the last step.",
    read="Convention of task 5.1")
edit("train_step", "ema_update__buffers_forgotten",
    "        for name, buffer in average.named_buffers():\n            buffer.copy_(buffers[name])", "",
    "the buffers are forgotten: the average samples with the running statistics of an untrained model.",
    read="Convention of task 5.1")
edit("train_step", "ema_update__buffers_averaged",
    "buffer.copy_(buffers[name])", "buffer.copy_(decay * buffer + (1 - decay) * buffers[name])",
    "the buffers are averaged too: a count of steps is no longer one.", read="Convention of task 5.1")
edit("train_step", "ema_update__model_moved",
    "weight.lerp_(weights[name], 1 - decay)", "weights[name].lerp_(weight, decay)",
    "the model moves towards the average instead of the average towards the model.",
    read="What of task 5.1")
edit("train_step", "ema_update__with_gradients", "with torch.no_grad():", "with torch.enable_grad():",
    "the update is recorded for a gradient: torch refuses to change such weights in place.",
    read="Convention of task 5.1")
edit("train_step", "train__one_step_for_all",
    "(len(x0),), generator=generator, device=x0.device)",
    "(1,), generator=generator, device=x0.device).expand(len(x0))",
    "all images of a batch are at one step: the gradient is then far noisier than it need be.",
    read="What of task 5.1")
edit("train_step", "train__never_the_last", "len(alpha_bar), (len", "len(alpha_bar) - 1, (len",
    "the last step is never trained: torch.randint leaves its upper end out by itself.",
    read="What of task 5.1")
edit("train_step", "train__from_elsewhere",
    "torch.randn(x0.shape, generator=generator, dtype=x0.dtype, device=x0.device)", "torch.randn_like(x0)",
    "the noise comes from torch's own generator: the run cannot be repeated.", read="Given of task 5.1")
edit("train_step", "train__one_noise",
    "        yield Record(", "        eps = eps[:1].expand_as(x0)\n        yield Record(",
    "all images of a batch have the same noise: each has its own.", read="Convention of task 5.1")
edit("train_step", "train__form_lost", "alpha_bar, form, weight)", "alpha_bar, weight=weight)",
    "form does not reach train_step from train: every prediction is taken for the noise.",
    read="What of task 5.1")
edit("train_step", "train__weight_lost", "form, weight)", "form)",
    "weight does not reach train_step from train: all steps count alike.", read="What of task 5.1")
edit("train_step", "train__from_1", "randint(len", "randint(1, len",
    "steps are drawn from 1: the first step, 0, is never trained.", read="Convention of task 5.1")
edit("train_step", "train__uniform", "torch.randn(", "torch.rand(",
    "the noise is uniform on [0, 1) instead of standard normal: randn has the n.", read="What of task 5.1")
edit("train_step", "train__from_0", "enumerate(batches, start=1)", "enumerate(batches)",
    "the records are numbered from 0: the first one is made after one step.", read="Given of task 5.1")


@wrong(
    "train_step",
    "the loop collects all records and returns them at the end: no caller can draw, average or stop.",
    read="Convention of task 5.1",
)
def train__all_at_once(model, optimizer, batches, alpha_bar, generator, form="eps", weight=None):
    records = []
    for number, x0 in enumerate(batches, start=1):
        t = torch.randint(len(alpha_bar), (len(x0),), generator=generator)
        eps = torch.randn(x0.shape, generator=generator, dtype=x0.dtype)
        records.append(Record(number, train_step(model, optimizer, x0, t, eps, alpha_bar, form, weight)))
    return iter(records)


# -------------------- right, but slow or wasteful
@naive("q_sample", "the images are noised one by one in a Python loop.")
def q_sample__one_by_one(x0, t, eps, alpha_bar):
    at_step(alpha_bar, t, x0)
    levels = [alpha_bar[step] for step in t]
    noised = [a.sqrt() * x + (1 - a).sqrt() * e for a, x, e in zip(levels, x0, eps, strict=True)]
    return torch.stack(noised).to(x0.dtype)


@naive("sample", "the images of all steps are kept.")
def sample__keeps_all(
    model, x_T, noises, alpha_bar, form="eps", variance="beta_tilde", clip=False, progress=None
):
    was_training = model.training
    model.eval()
    kept = [x_T]
    with torch.no_grad():
        for t, noise in zip(reversed(range(len(alpha_bar))), noises, strict=True):
            x, steps = kept[-1], torch.full((len(x_T),), t)
            kept.append(p_step(model(x, steps), x, steps, noise, alpha_bar, form, variance, clip))
            if progress:
                progress(t, kept[-1])
    model.train(was_training)
    return kept[-1]

# -------------------- right on the CPU, and fails on a GPU
stray("sample", "p_step__table_on_the_cpu",
    "torch.arange(len(alpha_bar), device=t.device)", "torch.arange(len(alpha_bar))",
    "torch.arange makes a tensor on the CPU")
stray("q_sample", "q_sample__through_numpy",
    "return x_t.to(x0.dtype)", "return torch.from_numpy(x_t.detach().cpu().numpy()).to(x0.dtype)",
    "numpy in between leaves a tensor on the CPU")
stray("train_step", "train__drawn_on_the_cpu",
    "(len(x0),), generator=generator, device=x0.device)", "(len(x0),), generator=generator)",
    "by a generator of the cuda")
