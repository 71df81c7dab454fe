"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
Where a mistake was seen in public code, a comment says where.
"""

from autograder.sources.variants import edit, naive, stray

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 timesteps
# Lin et al. 2023 and diffusers write it like this; the float step also yields a value too many, as for
# T = 50, S = 29.
edit("timesteps", "timesteps__trailing_by_a_float_stride",
    "return T - 1 - i * T // steps",
    "down = torch.arange(T, 0, -T / steps, dtype=torch.float64)\n        return (down.round() - 1).long()",
    "trailing steps are counted down from T in strides of T / S and rounded to the nearest: where S does not "
    "divide T they differ by 1 from strides that are rounded down, and rounding may yield a value too many.",
    read="Convention of task 1.1")
# diffusers issue 2585, stable-diffusion issue 686, improved-diffusion issue 44
edit("timesteps", "timesteps__leading_called_trailing",
    "return T - 1 - i * T // steps", "return (steps - 1 - i) * (T // steps)",
    "trailing steps end at 0 instead of beginning at T - 1: the sampler never sees the noisiest step.",
    read="Why of task 1.1")
# latent-diffusion issue 136: with S = T the first index is T
edit("timesteps", "timesteps__offset_1",
    "return (steps - 1 - i) * (T // steps)", "return (steps - 1 - i) * (T // steps) + 1",
    "1 is added to the leading steps, as in the code of Stable Diffusion: then step 0 is never visited, "
    "and with "
    "S = T the first step is T, which does not exist.", read="Convention of task 1.1")
edit("timesteps", "timesteps__rising",
    "return torch.linspace(T - 1, 0, steps, dtype=torch.float64)",
    "return torch.linspace(0, T - 1, steps, dtype=torch.float64)",
    "the linspace steps rise: a sampler goes from noisy to clean.", read="Convention of task 1.1")
edit("timesteps", "timesteps__all_rising",
    "i = torch.arange(steps)", "i = torch.arange(steps - 1, -1, -1)",
    "leading and trailing steps rise: a sampler goes from noisy to clean.", read="Convention of task 1.1")
edit("timesteps", "timesteps__leading_by_a_float_stride",
    "return (steps - 1 - i) * (T // steps)", "return ((steps - 1 - i) * (T / steps)).long()",
    "the stride of the leading steps is T / S, and only the products are rounded down: the strides then "
    "differ.",
    read="What of task 1.1")
edit("timesteps", "timesteps__trailing_by_a_whole_stride",
    "return T - 1 - i * T // steps", "return T - 1 - i * (T // steps)",
    "the stride of the trailing steps is T // S, rounded down before it is multiplied: the steps then "
    "end far "
    "from 0 where S does not divide T.", read="What of task 1.1")
# Song et al.'s own code has it; it stops at 0.8 T and never sees the noisiest fifth.
edit("timesteps", "timesteps__quadratic",
    "return torch.linspace(T - 1, 0, steps, dtype=torch.float64).round().long()",
    "return torch.linspace((0.8 * T) ** 0.5, 0, steps, dtype=torch.float64).square().long()",
    "the steps are spaced by squares up to 0.8 T: that is the quadratic spacing of DDIM's own code, "
    "which never "
    "sees the noisiest fifth.", read="What of task 1.1")
# numpy.linspace(0, T - 1, 1) is [0], and diffusers takes it from there.
edit("timesteps", "timesteps__one_step_at_0",
    "return torch.linspace(T - 1, 0, steps, dtype=torch.float64).round().long()",
    "return torch.linspace(0, T - 1, steps, dtype=torch.float64).round().long().flip(0)",
    "the linspace grid is made rising and turned round: with one step that is step 0, so the sampler "
    "begins with "
    "noise that the model takes for an image.", read="Convention of task 1.1")
edit("timesteps", "timesteps__cut_off",
    "dtype=torch.float64).round().long()", "dtype=torch.float64).long()",
    "the linspace grid is cut off instead of rounded to the nearest step.", read="What of task 1.1")
edit("timesteps", "timesteps__without_T",
    "T - 1, 0, steps, dtype", "T, 0, steps + 1, dtype",
    "the linspace grid begins at T, which is no step.", read="What of task 1.1")
edit("timesteps", "timesteps__unchecked",
    "if not 1 <= steps <= T:", "if steps < 1:",
    "more steps than T are not refused: the same step would be visited twice.", read="Convention of task 1.1")


# -------------------- 1.2 karras_sigmas
edit("karras_sigmas", "karras_sigmas__without_0",
    "return torch.nn.functional.pad(sigmas, (0, 1))", "return sigmas",
    "the final 0 is missing: the images keep noise of size sigma_min, and one call has nowhere to lead.",
    read="Convention of task 1.2")
edit("karras_sigmas", "karras_sigmas__0_within_n",
    "u = torch.linspace(0, 1, n, dtype=torch.float64)",
    "u = torch.linspace(0, 1, max(n - 1, 1), dtype=torch.float64)",
    "the final 0 is counted as one of the n levels: n is the number of steps, so there are n + 1 values.",
    read="Convention of task 1.2")
edit("karras_sigmas", "karras_sigmas__n_gaps",
    "u = torch.linspace(0, 1, n, dtype=torch.float64)",
    "u = torch.arange(n, dtype=torch.float64) / n",
    "i is divided by n instead of n - 1: the last level is then above sigma_min.", read="What of task 1.2")
edit("karras_sigmas", "karras_sigmas__0_over_0",
    "u = torch.linspace(0, 1, n, dtype=torch.float64)",
    "gaps = torch.tensor(n - 1.0)\n    u = torch.arange(n, dtype=torch.float64) / gaps",
    "i / (n - 1) is 0 / 0 for a single level, which is NaN: published code has it so.",
    read="Convention of task 1.2")
edit("karras_sigmas", "karras_sigmas__rho_for_its_reciprocal",
    "sigma_max ** (1 / rho), sigma_min ** (1 / rho)", "sigma_max**rho, sigma_min**rho",
    "the ends are raised to rho and not to 1 / rho: the levels then crowd at sigma_max.",
    read="What of task 1.2")
edit("karras_sigmas", "karras_sigmas__not_raised_again",
    "sigmas = (start + u * (end - start)) ** rho", "sigmas = start + u * (end - start)",
    "the even values are not raised to rho again: they are sigma^(1/rho).", read="What of task 1.2")
# k-diffusion lets the ramp run from sigma_max to sigma_min: whoever turns it round has this.
edit("karras_sigmas", "karras_sigmas__rising",
    "(start + u * (end - start))", "(end + u * (start - end))",
    "the levels rise: a sampler begins with the largest.", read="Convention of task 1.2")
edit("karras_sigmas", "karras_sigmas__float32",
    "u = torch.linspace(0, 1, n, dtype=torch.float64)", "u = torch.linspace(0, 1, n)",
    "the levels are in float32: differences of neighbours then have five digits.", read="Given of task 1.2")
edit("karras_sigmas", "geometric_sigmas__without_0",
    "torch.nn.functional.pad(sigma_max * (sigma_min / sigma_max) ** u, (0, 1))",
    "sigma_max * (sigma_min / sigma_max) ** u",
    "geometric_sigmas has no final 0.", read="Convention of task 1.2")
edit("karras_sigmas", "geometric_sigmas__rising",
    "sigma_max * (sigma_min / sigma_max) ** u", "sigma_min * (sigma_max / sigma_min) ** u",
    "the geometric levels rise, and the 0 comes after the largest.", read="Convention of task 1.2")
edit("karras_sigmas", "geometric_sigmas__even",
    "sigma_max * (sigma_min / sigma_max) ** u", "sigma_max + (sigma_min - sigma_max) * u",
    "geometric_sigmas has equal differences instead of equal ratios.", read="What of task 1.2")
edit("karras_sigmas", "karras_sigmas__unchecked",
    "if n < 1 or sigma_min <= 0:", "if n < 1:",
    "sigma_min = 0 is not refused: the last two levels are then both 0, and a step divides by 0.",
    read="Convention of task 1.2")


# -------------------- 1.3 sigma_to_t
edit("sigma_to_t", "sigma_to_t__linear_in_sigma",
    "u = (log_sigma - table[i - 1]) / (table[i] - table[i - 1])",
    "u = (log_sigma.exp() - table[i - 1].exp()) / (table[i].exp() - table[i - 1].exp())",
    "sigma itself is interpolated, not its logarithm.", read="What of task 1.3")
# DPM-Solver's own code interpolates t over ln(alpha).
edit("sigma_to_t", "sigma_to_t__linear_in_log_alpha",
    "u = (log_sigma - table[i - 1]) / (table[i] - table[i - 1])",
    "signal = 0.5 * alpha_bar.log()\n"
    "    own = -0.5 * (2 * log_sigma).exp().log1p()\n"
    "    u = (own - signal[i - 1]) / (signal[i] - signal[i - 1])",
    "ln(alpha) is interpolated instead of ln(sigma): DPM-Solver's own code does that.",
    read="Convention of task 1.3")
# EDM's round_sigma for models of integer steps
edit("sigma_to_t", "sigma_to_t__nearest",
    "return (i - 1 + u).clamp(0, len(table) - 1)",
    "return (i - 1 + (u > 0.5).double()).clamp(0, len(table) - 1)",
    "the nearest step is taken instead of a fraction: EDM does so (round_sigma) with models that know whole "
    "steps only.", read="Convention of task 1.3")
edit("sigma_to_t", "sigma_to_t__signal_for_noise",
    "table = (torch.log1p(-alpha_bar) - torch.log(alpha_bar)) / 2", "table = torch.log(alpha_bar) / 2",
    "the table holds the signal, which falls with t: a search needs one that rises.",
    read="Given of task 1.3")
edit("sigma_to_t", "sigma_to_t__noise_of_vp",
    "table = (torch.log1p(-alpha_bar) - torch.log(alpha_bar)) / 2",
    "noise = torch.log1p(-alpha_bar)\n    table = noise / 2",
    "sigma is taken to be sqrt(1 - alpha_bar): the signal has size sqrt(alpha_bar) there, not 1.",
    read="What of task 1.3")
edit("sigma_to_t", "sigma_to_t__variances",
    "table = (torch.log1p(-alpha_bar) - torch.log(alpha_bar)) / 2",
    "table = torch.log1p(-alpha_bar) - torch.log(alpha_bar)",
    "sigma is compared with (1 - alpha_bar) / alpha_bar, which is its square.", read="What of task 1.3")
edit("sigma_to_t", "sigma_to_t__extrapolated",
    "return (i - 1 + u).clamp(0, len(table) - 1)", "return i - 1 + u",
    "the line is continued beyond the ends: the model knows no steps there.", read="Convention of task 1.3")
edit("sigma_to_t", "sigma_to_t__between_0_and_1",
    "return (i - 1 + u).clamp(0, len(table) - 1)", 
    "t = (i - 1 + u).clamp(0, len(table) - 1)\n    return t / len(table)",
    "t is divided by T: models of whole steps count to T - 1.", read="Convention of task 1.3")
edit("sigma_to_t", "sigma_to_t__float32",
    "log_sigma = sigma.double().log()", "log_sigma = sigma.log()",
    "sigma is not made float64 first: the logarithm of a float32 sigma has seven digits.",
    read="Given of task 1.3")
edit("sigma_to_t", "sigma_to_t__clamped_to_1",
    "return (i - 1 + u).clamp(0, len(table) - 1)", "return (i - 1 + u).clamp(0, 1)",
    "the steps are clamped to [0, 1]: they reach to T - 1.", read="Convention of task 1.3")
edit("sigma_to_t", "sigma_to_t__shares_exchanged",
    "return (i - 1 + u).clamp(0, len(table) - 1)", "return i - u.clamp(0, 1)",
    "the shares of the two neighbours are exchanged: a sigma near the step above must give nearly that step.",
    read="What of task 1.3")
edit("sigma_to_t", "sigma_to_t__step_below",
    "return (i - 1 + u).clamp(0, len(table) - 1)", "return (i + u).clamp(0, len(table) - 1)",
    "the fraction is added to the step above instead of the step below.", read="What of task 1.3")


@naive(
    "sigma_to_t", "each sigma is compared with all T steps, as k-diffusion does.",
    read="Speed of task 1.3")
def sigma_to_t__table_of_differences(sigma, alpha_bar):
    table = (torch.log1p(-alpha_bar) - torch.log(alpha_bar)) / 2
    wanted = sigma.double().log()
    below = (wanted[:, None] >= table).sum(1).sub(1).clamp(0, len(table) - 2)
    fraction = (wanted - table[below]) / (table[below + 1] - table[below])
    return (below + fraction).clamp(0, len(table) - 1)


@naive("sigma_to_t", "a Python loop looks up one sigma after another.", read="Speed of task 1.3")
def sigma_to_t__loop(sigma, alpha_bar):
    import bisect

    table = ((torch.log1p(-alpha_bar) - torch.log(alpha_bar)) / 2).tolist()
    found = []
    for value in sigma.double().log():
        place = min(max(bisect.bisect_left(table, value.item()), 1), len(table) - 1)
        u = (value - table[place - 1]) / (table[place] - table[place - 1])
        found.append((place - 1 + u).clamp(0, len(table) - 1))
    return torch.stack(found)


# -------------------- 2.1 ddim_step
edit("ddim_step", "ddim_step__whole_direction",
    "math.sqrt(max(1 - a_s - sigma**2, 0.0))", "math.sqrt(1 - a_s)",
    "the fresh noise is added on top: sigma^2 must be taken from the variance of the old noise.",
    read="What of task 2.1")
# CoursIA pull request 16158
edit("ddim_step", "ddim_sigma__of_the_start",
    "return eta * math.sqrt((1 - a_s) / (1 - a_t)) * math.sqrt(1 - a_t / a_s)",
    "return eta * math.sqrt(1 - a_t)",
    "sigma is eta sqrt(1 - a_t), all the noise of the level where the step begins: more than there is at its "
    "end.", read="What of task 2.1")
edit("ddim_step", "ddim_sigma__variance",
    "return eta * math.sqrt((1 - a_s) / (1 - a_t)) * math.sqrt(1 - a_t / a_s)",
    "return eta * (1 - a_s) / (1 - a_t) * (1 - a_t / a_s)",
    "the square roots of sigma are missing: this is a variance, and sigma a deviation.",
    read="What of task 2.1")
edit("ddim_step", "ddim_step__noise_by_variance",
    "sigma * noise", "sigma**2 * noise",
    "the fresh noise is multiplied by its variance instead of its deviation.", read="What of task 2.1")
edit("ddim_step", "ddim_sigma__beta",
    "return eta * math.sqrt((1 - a_s) / (1 - a_t)) * math.sqrt(1 - a_t / a_s)",
    "return eta * math.sqrt(1 - a_t / a_s)",
    "sigma is the larger one, sqrt(1 - a_t / a_s), whose square may be more than all noise at a_s.",
    read="Convention of task 2.1")
edit("ddim_step", "ddim_sigma__upside_down",
    "math.sqrt((1 - a_s) / (1 - a_t))", "math.sqrt((1 - a_t) / (1 - a_s))",
    "1 - a_s and 1 - a_t are exchanged in sigma.", read="What of task 2.1")
edit("ddim_step", "ddim_step__without_roots",
    "math.sqrt(a_s) * x0", "a_s * x0",
    "the image is multiplied by alpha_bar instead of its square root.", read="What of task 2.1")
edit("ddim_step", "ddim_step__direction_without_root",
    "math.sqrt(max(1 - a_s - sigma**2, 0.0))", "max(1 - a_s - sigma**2, 0.0)",
    "eps is multiplied by its variance instead of its deviation: a square root is missing.",
    read="What of task 2.1")
edit("ddim_step", "ddim_step__sigma_not_squared",
    "1 - a_s - sigma**2", "1 - a_s - sigma",
    "sigma is taken from the variance 1 - a_s without being squared.", read="What of task 2.1")
edit("ddim_step", "ddim_step__exchanged",
    "sigma = ddim_sigma(a_t, a_s, eta)", "a_t, a_s = a_s, a_t\n    sigma = ddim_sigma(a_t, a_s, 0) * eta",
    "a_t and a_s are exchanged: x is then put together on the level where it was.", read="What of task 2.1")
edit("ddim_step", "ddim_step__eta_ignored",
    "sigma = ddim_sigma(a_t, a_s, eta)", "sigma = ddim_sigma(a_t, a_s, float(eta > 0))",
    "any eta above 0 is taken for 1.", read="What of task 2.1")
edit("ddim_step", "ddim_sigma__eta_on_the_variance",
    "return eta * math.sqrt((1 - a_s) / (1 - a_t))",
    "share = eta * (1 - a_s) / (1 - a_t)\n    return math.sqrt(share)",
    "eta multiplies the variance: it belongs to the deviation sigma.", read="What of task 2.1")
edit("ddim_step", "ddim_sigma__formula_at_eta_0",
    "if eta == 0:\n        return 0.0\n    if a_s < a_t:", "if a_s < a_t:",
    "steps upwards are refused also at eta = 0: inversion goes upwards, and needs no fresh noise.",
    read="Convention of task 2.1")
edit("ddim_step", "ddim_step__negative_radicand",
    "direction = math.sqrt(max(1 - a_s - sigma**2, 0.0))",
    "left = 1 - a_s - sigma**2\n    direction = math.sqrt(left)",
    "nothing stands between rounding and the root: from pure noise 1 - a_s - sigma^2 may be -1e-16.",
    read="Convention of task 2.1")
edit("ddim_step", "ddim_step__always_fresh",
    "eta: float = 0.0", "eta: float = 1.0",
    "eta = 1 is the default: this task's default is 0, the deterministic sampler.", read="Given of task 2.1")


# -------------------- 2.2 ddim_sample
# diffusers issues 11347 and 12633
edit("ddim_sample", "ddim_sample__by_stride",
    "x = ddim_step(x0, eps, noise, a[i], a[i + 1], eta)",
    "s = t - len(alpha_bar) // len(timesteps)\n"
    "            x = ddim_step(x0, eps, noise, a[i], alpha_bar[s].item() if s >= 0 else 1.0, eta)",
    "the next level is found by going T // S steps down instead of to the next entry: the two differ for "
    "every "
    "list that is not evenly spaced.", read="Convention of task 2.2")
# denoising-diffusion-pytorch issue 81
edit("ddim_sample", "ddim_sample__one_step_down",
    "x = ddim_step(x0, eps, noise, a[i], a[i + 1], eta)",
    "x = ddim_step(x0, eps, noise, a[i], alpha_bar[t - 1].item() if t else 1.0, eta)",
    "each step leads to step t - 1 only, while the model is told the next entry: x is then far too noisy.",
    read="Convention of task 2.2")
edit("ddim_sample", "ddim_sample__last_level",
    "a = [*alpha_bar[timesteps].tolist(), 1.0]", "a = [*alpha_bar[timesteps].tolist(), alpha_bar[0].item()]",
    "the last step leads to alpha_bar[0] instead of 1: some noise stays in the image.",
    read="Convention of task 2.2")
edit("ddim_sample", "ddim_sample__place_for_step",
    "torch.full((len(x),), t, device=x.device)",
    "torch.full((len(x),), len(timesteps) - 1 - i, device=x.device)",
    "the model is told the place in the list instead of the step: it was trained on steps of 0 to T - 1.",
    read="Given of task 2.2")
edit("ddim_sample", "ddim_sample__always_x_T",
    "model(x, torch.full", "model(x_T, torch.full",
    "the model is asked about x_T in every step instead of about x.", read="What of task 2.2")
edit("ddim_sample", "ddim_sample__clip_keeps_eps",
    "x0, eps = x0_and_eps(x0.clamp(-1, 1), x, a[i], \"x0\")", "x0 = x0.clamp(-1, 1)",
    "x_0 is clipped but the old eps is kept: the two no longer make x. diffusers does that unless "
    "use_clipped_model_output is set.", read="Convention of task 2.2")
edit("ddim_sample", "ddim_sample__clips_x",
    "x0, eps = x0_and_eps(x0.clamp(-1, 1), x, a[i], \"x0\")\n"
    "            x = ddim_step(x0, eps, noise, a[i], a[i + 1], eta)",
    "pass\n            x = ddim_step(x0, eps, noise, a[i], a[i + 1], eta)\n"
    "            x = x.clamp(-1, 1) if clip else x",
    "x is clipped instead of the predicted image: noise has no such bounds.", read="Convention of task 2.2")
edit("ddim_sample", "ddim_sample__reversed",
    "zip(timesteps.tolist(), noises, strict=True)", "zip(timesteps.flip(0).tolist(), noises, strict=True)",
    "the model hears the steps in the opposite order of the levels.", read="What of task 2.2")
edit("ddim_sample", "ddim_sample__zip_not_strict",
    "noises, strict=True", "noises, strict=False",
    "the number of noises is not compared with that of the steps: zip stops at the shorter one in silence.",
    read="Given of task 2.2")
edit("ddim_sample", "ddim_sample__noises_by_index",
    "for i, (t, noise) in enumerate(zip(timesteps.tolist(), noises, strict=True)):",
    "if len(noises) != len(timesteps):\n"
    "            raise ValueError(\"as many noises as steps\")\n"
    "        for i, (t, noise) in enumerate(zip(timesteps.tolist(), [noises[k] for k in "
    "range(len(noises))])):",
    "the noises are asked for their number and taken by place: an iterator has neither.",
    read="Given of task 2.2")
edit("ddim_sample", "ddim_sample__recorded",
    "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through all calls of the model, and with them the memory of every step.",
    read="Given of task 2.2")
edit("ddim_sample", "ddim_sample__always_eps",
    "a[i], form)", "a[i], \"eps\")",
    "the form is ignored: what the model says is always taken for noise.", read="What of task 2.2")
edit("ddim_sample", "ddim_sample__eta_lost",
    "a[i], a[i + 1], eta)", "a[i], a[i + 1])",
    "eta does not reach ddim_step: the chain is deterministic whatever was asked for.",
    read="What of task 2.2")
edit("ddim_sample", "ddim_sample__one_noise",
    "x = ddim_step(x0, eps, noise,",
    "first = noise if i == 0 else first\n            x = ddim_step(x0, eps, first,",
    "the same fresh noise is used in every step.", read="Given of task 2.2")


# -------------------- 2.3 ddim_invert
# diffusers issue 3436
edit("ddim_invert", "ddim_invert__one_step_too_few",
    "reversed(list(enumerate(timesteps.tolist())))", "reversed(list(enumerate(timesteps.tolist()))[:-1])",
    "the step from the clean image to the last entry is left out.", read="What of task 2.3")
# prompt-to-prompt issues 64 and 79, DragDiffusion issue 31: the formula as printed
edit("ddim_invert", "ddim_invert__told_the_lower_step",
    "torch.full((len(x),), t, device=x.device)",
    "torch.full((len(x),), (timesteps[i + 1] if i + 1 < len(a) - 1 else timesteps[i]).item())",
    "the model is told the step where x still is, as the formula is printed: the clean image has none.",
    read="Convention of task 2.3")
edit("ddim_invert", "ddim_invert__levels_of_sampling",
    "\"eps\")\n            x = ddim_step(image, eps, torch.zeros_like(x), a[i + 1], a[i])",
    "\"eps\")\n            x = ddim_step(image, eps, torch.zeros_like(x), a[i], a[i + 1])",
    "image and noise are put together at the level at which they were taken out of x: each step leaves x as "
    "it is.", read="Convention of task 2.3")
edit("ddim_invert", "ddim_invert__split_at_the_new_level", "a[i + 1], \"eps\")", "a[i], \"eps\")",
    "image and noise are put together at the level at which they were taken out of x: each step leaves x as "
    "it is.", read="Convention of task 2.3")
edit("ddim_invert", "ddim_invert__reversed",
    "reversed(list(enumerate(timesteps.tolist())))", "list(enumerate(timesteps.tolist()))",
    "the steps are gone through from noisy to clean: inversion begins at the image.", read="What of task 2.3")
edit("ddim_invert", "ddim_invert__starts_at_step_0",
    "a = [*alpha_bar[timesteps].tolist(), 1.0]", "a = [*alpha_bar[timesteps].tolist(), alpha_bar[0].item()]",
    "the image is taken to be on the level of step 0: it is clean, alpha_bar = 1.",
    read="Convention of task 2.3")
edit("ddim_invert", "ddim_invert__noised",
    "torch.full((len(x),), t, device=x.device)), x, a[i + 1], \"eps\")",
    "torch.full((len(x),), t, device=x.device)), x, a[i + 1], \"eps\")\n"
    "            eps = torch.zeros_like(x)",
    "the noise that the model sees is not used: x is only scaled down.", read="What of task 2.3")
edit("ddim_invert", "ddim_invert__recorded",
    "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through all calls of the model.", read="Given of task 2.3")
edit("ddim_invert", "ddim_invert__always_the_image",
    "model(x, torch.full", "model(x0, torch.full",
    "the model is asked about the image in every step instead of about x.", read="What of task 2.3")


# -------------------- 3.1 dpm_step
edit("dpm_step", "dpm_step__r_upside_down",
    "(x0 - before) / (2 * r)", "(x0 - before) * r / 2",
    "r is upside down: it is the step before over this one, and a long step before makes a small correction.",
    read="Convention of task 3.1")
edit("dpm_step", "dpm_step__without_r",
    "(x0 - before) / (2 * r)", "(x0 - before) / 2",
    "r is left out: that is right only where all steps have the same length in half log-SNR.",
    read="What of task 3.1")
edit("dpm_step", "dpm_step__whole_correction",
    "(2 * r)", "(1 * r)",
    "the correction is 1 / r and not 1 / (2 r): the image is needed in the middle of the step, not at "
    "its end.",
    read="What of task 3.1")
edit("dpm_step", "dpm_step__sign_of_the_correction",
    "x0 + (x0 - before)", "x0 - (x0 - before)",
    "the correction has the other sign: the line through the two images is followed backwards.",
    read="What of task 3.1")
edit("dpm_step", "dpm_step__full_log_snr",
    "h = to.half_log_snr - at.half_log_snr", "h = 2 * (to.half_log_snr - at.half_log_snr)",
    "h is the difference of the whole log-SNR: DPM-Solver's lambda is half of it.",
    read="Convention of task 3.1")
edit("dpm_step", "dpm_step__base_10",
    "h = to.half_log_snr - at.half_log_snr",
    "h = to.half_log_snr - at.half_log_snr\n    h = h / math.log(10)",
    "the logarithm is to the base 10.", read="What of task 3.1")
edit("dpm_step", "dpm_step__sign_of_h",
    "math.expm1(-h)", "math.expm1(h)",
    "h has the other sign, or e^h stands where e^-h belongs: e^h is in DPM-Solver's step for models of "
    "noise.",
    read="Convention of task 3.1")
edit("dpm_step", "dpm_step__alpha_of_the_start",
    "to.alpha * math.expm1", "at.alpha * math.expm1",
    "the image is multiplied by the alpha of the level where the step begins.", read="What of task 3.1")
edit("dpm_step", "dpm_step__ratio_of_alphas",
    "to.sigma / at.sigma * x", "to.alpha / at.alpha * x",
    "x is scaled by the ratio of the alphas: with a model of x_0 it is the ratio of the sigmas.",
    read="What of task 3.1")
# diffusers issue 9007: NaN, and issue 5689: noise that is left
edit("dpm_step", "dpm_step__second_order_to_0",
    "if to.sigma == 0:\n        return to.alpha * x0\n    h", "h",
    "a step to sigma = 0 is of second order when `before` is there: h is infinite, so its ratios mean "
    "nothing.",
    read="Convention of task 3.1")
edit("dpm_step", "dpm_step__from_clean",
    "if at.sigma == 0:", "if at.sigma < 0:",
    "a step that begins at sigma = 0 is not refused by a sentence.", read="Convention of task 3.1")
edit("dpm_step", "dpm_step__exp_for_expm1",
    "math.expm1(-h)", "math.exp(-h)",
    "1 is not subtracted from e^-h.", read="What of task 3.1")
edit("dpm_step", "dpm_step__before_alone",
    "x0 + (x0 - before) / (2 * r)", "before + (x0 - before) / (2 * r)",
    "the line is continued from the older image instead of from the newer one.", read="What of task 3.1")


# -------------------- 3.2 dpm_sample
edit("dpm_sample", "dpm_sample__keeps_the_corrected",
    "before, lengths[i - 1] / lengths[i])\n            before = x0",
    "before, lengths[i - 1] / lengths[i])\n"
    "                x0 = x0 + (x0 - before) * lengths[i] / lengths[i - 1] / 2\n"
    "            before = x0",
    "the corrected image is kept as the one before: the correction then goes on correcting itself.",
    read="Convention of task 3.2")
# k-diffusion issue 56
edit("dpm_sample", "dpm_sample__ratio_of_the_wrong_steps",
    "lengths[i - 1] / lengths[i])", "lengths[i] / lengths[i - 1])",
    "r is the length of this step over that of the step before: it is the other way round.",
    read="What of task 3.2")
edit("dpm_sample", "dpm_sample__equal_steps",
    "before, lengths[i - 1] / lengths[i])", "before, 1.0)",
    "r is taken to be 1, as if all steps had the same length in half log-SNR.", read="What of task 3.2")
edit("dpm_sample", "dpm_sample__before_from_zero",
    "before = None\n    with", "before = torch.zeros_like(x)\n    with",
    "the first step is of second order, with a black image before it, and with a length that no step has.",
    read="Convention of task 3.2")
edit("dpm_sample", "dpm_sample__last_step_first_order",
    "if order == 1 or before is None:", "if order == 1 or before is None or i == len(lengths) - 1:",
    "the last step is of first order even where it does not lead to sigma = 0.",
    read="Convention of task 3.2")
edit("dpm_sample", "dpm_sample__never_second",
    "if order == 1 or before is None:", "if order == 1 or before is not None or i == 0:",
    "no step is of second order: this is DDIM.", read="What of task 3.2")
edit("dpm_sample", "dpm_sample__asks_twice",
    "before = x0\n    return x", "before = denoise(x, i)\n    return x",
    "the image before is predicted anew from the new x, by a second call in each step.",
    read="Convention of task 3.2")
edit("dpm_sample", "dpm_sample__oldest_image",
    "before = x0\n    return x", "if before is None:\n                before = x0\n    return x",
    "the image of the first step is kept as the one before for ever.", read="What of task 3.2")
edit("dpm_sample", "dpm_sample__recorded",
    "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through all calls of the denoiser.", read="Given of task 3.2")
edit("dpm_sample", "dpm_sample__first_order_by_default",
    "order: int = 2", "order: int = 1",
    "order 1 is the default.", read="Given of task 3.2")
edit("dpm_sample", "dpm_sample__unsorted",
    "if not lengths or min(lengths) <= 0 or order not in (1, 2):", "if not lengths or order not in (1, 2):",
    "levels that do not rise are not refused: a step of length 0 divides by 0.",
    read="Convention of task 3.2")
edit("dpm_sample", "dpm_sample__place_of_the_end",
    "x0 = denoise(x, i)", "x0 = denoise(x, min(i + 1, len(lengths) - 1))",
    "the denoiser is told the level where the step ends instead of the one where x is.",
    read="Given of task 3.2")


@naive(
    "dpm_sample", "all predictions are kept in a list, though only the last is used.",
    read="Memory of task 3.2")
def dpm_sample__keeps_all(denoise, x, levels, order=2):
    heights = [level.half_log_snr for level in levels]
    steps = [b - a for a, b in pairwise(heights)]
    if len(levels) < 2 or any(h <= 0 for h in steps) or order not in (1, 2):
        raise ValueError("levels must rise, and there are orders 1 and 2")
    seen = []
    with torch.no_grad():
        for i in range(len(steps)):
            seen.append(denoise(x, i))
            back = (seen[i - 1], steps[i - 1] / steps[i]) if order == 2 and i else ()
            x = dpm_step(x, seen[i], levels[i], levels[i + 1], *back)
    return x


# -------------------- 4.1 heun_sample
# diffusers before pull request 1512
edit("heun_sample", "heun_sample__second_at_the_old_sigma",
    "slope_there = (x_there - denoiser(x_there, there)) / there",
    "slope_there = (x_there - denoiser(x_there, here)) / here",
    "the second slope is asked for and divided by the old sigma: x has the new one by then.",
    read="What of task 4.1")
edit("heun_sample", "heun_sample__divided_by_the_old_sigma",
    "denoiser(x_there, there)) / there", "denoiser(x_there, there)) / here",
    "the second slope is divided by the old sigma.", read="What of task 4.1")
edit("heun_sample", "heun_sample__told_the_old_sigma",
    "denoiser(x_there, there)) / there", "denoiser(x_there, here)) / there",
    "the denoiser is told the old sigma for the second slope.", read="What of task 4.1")
edit("heun_sample", "heun_sample__from_eulers_point",
    "x_there = x + (there - here) * (slope + slope_there) / 2",
    "x_there = x_there + (there - here) * (slope + slope_there) / 2",
    "the corrected step begins where Euler's step ended: it begins at the old x.", read="What of task 4.1")
edit("heun_sample", "heun_sample__only_the_second_slope",
    "(slope + slope_there) / 2", "slope_there",
    "only the second slope is used instead of the mean of both.", read="What of task 4.1")
edit("heun_sample", "heun_sample__slopes_added",
    "(slope + slope_there) / 2", "(slope + slope_there) / 1",
    "the two slopes are added and not averaged: the step is twice as long.", read="What of task 4.1")
edit("heun_sample", "heun_sample__corrected_into_0",
    "if order == 2 and there > 0:", "if order == 2:",
    "the step into sigma = 0 is corrected too: its second slope divides by 0.", read="Convention of task 4.1")
edit("heun_sample", "heun_sample__mean_of_images",
    "slope_there = (x_there - denoiser(x_there, there)) / there",
    "slope_there = 2 * (x - (denoiser(x, here) + denoiser(x_there, there)) / 2) / here - slope",
    "the two images are averaged instead of the two slopes.", read="Convention of task 4.1")
edit("heun_sample", "heun_sample__second_at_the_old_x",
    "slope_there = (x_there - denoiser(x_there, there)) / there",
    "slope_there = (x - denoiser(x, there)) / there",
    "the second slope is taken at the old x.", read="What of task 4.1")
edit("heun_sample", "heun_sample__told_variances",
    "slope = (x - denoiser(x, here)) / here", "slope = (x - denoiser(x, here**2)) / here",
    "the denoiser is told sigma squared.", read="Given of task 4.1")
edit("heun_sample", "heun_sample__slope_of_the_score",
    "slope = (x - denoiser(x, here)) / here", "slope = (denoiser(x, here) - x) / here",
    "the slope has the other sign: x moves away from the image as sigma grows.", read="What of task 4.1")
# NVlabs' edm_sampler multiplies the latents by the first sigma itself.
edit("heun_sample", "heun_sample__scales_the_start",
    "with torch.no_grad():", "x = x * sigmas[0].item()\n    with torch.no_grad():",
    "x is multiplied by the first sigma: here it comes on its level (the authors' code multiplies itself).",
    read="Convention of task 4.1")
edit("heun_sample", "heun_sample__recorded",
    "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through all calls of the denoiser.", read="Given of task 4.1")
edit("heun_sample", "heun_sample__euler_by_default",
    "order: int = 2", "order: int = 1",
    "order 1 is the default.", read="Given of task 4.1")


# -------------------- 4.2 churn
# ComfyUI issue 13820
edit("churn", "churn__max_for_min",
    "min(S_churn / n, math.sqrt(2) - 1)", "max(S_churn / n, math.sqrt(2) - 1)",
    "gamma is the larger of the two: sqrt(2) - 1 is meant as its bound.", read="What of task 4.2")
edit("churn", "churn__not_divided",
    "min(S_churn / n, math.sqrt(2) - 1)", "min(S_churn, math.sqrt(2) - 1)",
    "S_churn is not divided by the number of steps: it is meant for the whole chain.",
    read="What of task 4.2")
edit("churn", "churn__gamma_added", "(1 + gamma) * sigma", "sigma + gamma",
    "gamma is added to sigma: it is a share, by which sigma grows.", read="What of task 4.2")
edit("churn", "churn__difference_of_deviations",
    "math.sqrt(sigma_hat**2 - sigma**2)", "(sigma_hat - sigma)",
    "the deviations are subtracted: variances add up, so it is the root of the difference of squares.",
    read="What of task 4.2")
edit("churn", "churn__without_root",
    "return x + S_noise * math.sqrt(sigma_hat**2 - sigma**2)",
    "grown = sigma_hat**2 - sigma**2\n    return x + S_noise * grown",
    "the noise is multiplied by its variance: the root is missing.", read="What of task 4.2")
edit("churn", "churn__everywhere",
    "if S_min <= sigma <= S_max else 0.0", "if sigma > 0 else 0.0",
    "the interval from S_min to S_max is ignored.", read="What of task 4.2")
edit("churn", "churn__open_interval",
    "if S_min <= sigma <= S_max else", "if S_min < sigma < S_max else",
    "the ends of the interval are left out: both belong to it.", read="Convention of task 4.2")
edit("churn", "churn__S_noise_squared",
    "S_noise * math.sqrt", "S_noise**2 * math.sqrt",
    "S_noise is squared: it multiplies the noise, a deviation.", read="What of task 4.2")
edit("churn", "churn__S_noise_on_x",
    "return x + S_noise * math.sqrt(sigma_hat**2 - sigma**2) * noise, sigma_hat",
    "return S_noise * (x + math.sqrt(sigma_hat**2 - sigma**2) * noise), sigma_hat",
    "S_noise multiplies x too: it stretches the fresh noise alone.", read="What of task 4.2")
edit("churn", "churn__bound_of_1",
    "math.sqrt(2) - 1)", "1.0)",
    "gamma is bounded by 1 instead of sqrt(2) - 1.", read="What of task 4.2")
edit("churn", "stochastic_sample__from_the_old_sigma",
    "torch.tensor([raised, there], dtype=torch.float64)", "torch.tensor([here, there], dtype=torch.float64)",
    "the step begins at sigma, though x has the noise of sigma_hat.", read="Convention of task 4.2")
edit("churn", "stochastic_sample__counts_levels",
    "n = len(sigmas) - 1", "n = len(sigmas)",
    "the final 0 is counted as a step in n.", read="Convention of task 4.2")
edit("churn", "stochastic_sample__settings_lost",
    "churn(x, here, noise, n, S_churn, S_min, S_max, S_noise)", "churn(x, here, noise, n, S_churn)",
    "S_min, S_max and S_noise do not reach churn.", read="What of task 4.2")
edit("churn", "stochastic_sample__zip_not_strict",
    "noises, strict=True", "noises, strict=False",
    "the number of noises is not compared with that of the steps: zip stops at the shorter one in silence.",
    read="Given of task 4.2")
edit("churn", "stochastic_sample__float32_levels",
    "torch.tensor([raised, there], dtype=torch.float64)", "torch.tensor([raised, there])",
    "the two levels of a step are in float32, which `torch.tensor` makes of floats: they lose nine digits.",
    read="Given of task 4.2")
edit("churn", "stochastic_sample__euler",
    "dtype=torch.float64))", "dtype=torch.float64), 1)",
    "the steps are Euler's: churn comes before steps of second order.", read="What of task 4.2")


# -------------------- 5.1 observed_order
edit("observed_order", "observed_order__sign",
    "return -(across", "return (across",
    "the sign is missing: errors fall, so the slope is negative and the order is minus it.",
    read="What of task 5.1")
edit("observed_order", "observed_order__mixed_bases",
    "across = torch.tensor(steps, dtype=torch.float64).log()",
    "across = torch.tensor(steps, dtype=torch.float64).log2()",
    "the steps have logarithms to the base 2 and the errors natural ones: the slope is then 0.69 of the "
    "order.",
    read="What of task 5.1")
edit("observed_order", "observed_order__base_10",
    "torch.tensor(errors, dtype=torch.float64).log()", "torch.tensor(errors, dtype=torch.float64).log10()",
    "the errors have logarithms to the base 10 and the steps natural ones.", read="What of task 5.1")
edit("observed_order", "observed_order__two_points",
    "return -(across @ torch.tensor(errors, dtype=torch.float64).log() / (across @ across)).item()",
    "up = torch.tensor(errors, dtype=torch.float64).log()\n"
    "    return -((up[-1] - up[0]) / (across[-1] - across[0])).item()",
    "only the first and the last point count: the line of least squares takes all of them.",
    read="Convention of task 5.1")
edit("observed_order", "observed_order__mean_of_slopes",
    "return -(across @ torch.tensor(errors, dtype=torch.float64).log() / (across @ across)).item()",
    "up = torch.tensor(errors, dtype=torch.float64).log()\n"
    "    return -(up.diff() / across.diff()).mean().item()",
    "the slopes between neighbours are averaged: the line of least squares weighs points by their "
    "distance from "
    "the middle.", read="Convention of task 5.1")
edit("observed_order", "observed_order__through_the_origin",
    "across = across - across.mean()\n    ", "",
    "the line goes through the origin: subtract the mean of ln(steps) first.", read="What of task 5.1")
edit("observed_order", "observed_order__not_in_logarithms",
    "torch.tensor(errors, dtype=torch.float64).log()", "torch.tensor(errors, dtype=torch.float64)",
    "the errors have no logarithm taken: an order is a slope of logarithms.", read="What of task 5.1")
edit("observed_order", "observed_order__upside_down",
    "torch.tensor(errors, dtype=torch.float64).log() / (across @ across)",
    "torch.tensor(errors, dtype=torch.float64).log() / torch.tensor(errors, dtype=torch.float64).log().var()",
    "the slope is divided by the spread of the errors instead of that of the steps.", read="What of task 5.1")
edit("observed_order", "observed_order__other_axis",
    "return -(across @ torch.tensor(errors, dtype=torch.float64).log() / (across @ across)).item()",
    "up = torch.tensor(errors, dtype=torch.float64).log()\n"
    "    up = up - up.mean()\n"
    "    return -(up @ up / (across @ up)).item()",
    "the line is fitted to ln(steps) over ln(errors) and its slope turned over: least squares measures along "
    "the errors.", read="What of task 5.1")
edit("observed_order", "observed_order__signed_errors",
    "not all(error > 0 for error in errors)", "not all(error != 0 for error in errors)",
    "negative errors are not refused: their logarithm is NaN.", read="Convention of task 5.1")
edit("observed_order", "exact_flow__without_root",
    "math.sqrt((std**2 + sigma_end**2) / (std**2 + sigma**2))",
    "((std**2 + sigma_end**2) / (std**2 + sigma**2))",
    "the ratio is one of variances: deviations from the mean shrink by its root.", read="What of task 5.1")
edit("observed_order", "exact_flow__upside_down",
    "(std**2 + sigma_end**2) / (std**2 + sigma**2)", "(std**2 + sigma**2) / (std**2 + sigma_end**2)",
    "sigma and sigma_end are exchanged: the flow then leads away from the data.", read="What of task 5.1")
edit("observed_order", "exact_flow__about_zero",
    "mean + (x - mean) *", "x *",
    "x itself shrinks, instead of its distance from the mean.", read="What of task 5.1")
edit("observed_order", "exact_flow__to_the_denoiser",
    "math.sqrt((std**2 + sigma_end**2) / (std**2 + sigma**2))", "std**2 / (std**2 + sigma**2)",
    "this is the denoiser, E[x0 | x], and not where the flow ends.", read="What of task 5.1")
edit("observed_order", "exact_flow__spread_of_the_data",
    "math.sqrt((std**2 + sigma_end**2) / (std**2 + sigma**2))", "std / math.sqrt(std**2 + sigma**2)",
    "the flow always ends at the data: sigma_end is ignored.", read="Given of task 5.1")


# -------------------- 6.1 consistency
# diffusers pull request 6833 and the LCM scripts' issue 82
edit("consistency", "consistency_coefficients__of_edm",
    "above = sigma - sigma_min", "above = sigma",
    "these are EDM's own coefficients, which are 1 and 0 at sigma = 0: at sigma_min f is then not the "
    "identity.",
    read="Convention of task 6.1")
edit("consistency", "consistency_coefficients__root_of_the_difference",
    "math.sqrt(sigma**2 + sigma_data**2)", "math.sqrt(above**2 + sigma_data**2)",
    "sigma - sigma_min stands under the root of c_out, where sigma belongs.", read="What of task 6.1")
edit("consistency", "consistency_coefficients__skip_without_square",
    "sigma_data**2 / (above**2 + sigma_data**2)", "sigma_data / (above**2 + sigma_data**2) ** 0.5",
    "c_skip is the root of what it should be.", read="What of task 6.1")
edit("consistency", "consistency_coefficients__exchanged",
    "return c_skip, c_out", "return c_out, c_skip",
    "c_out and c_skip come in the other order.", read="What of task 6.1")
edit("consistency", "consistency_coefficients__without_sigma_data",
    "c_out = sigma_data * above / math.sqrt", "c_out = above / math.sqrt",
    "c_out lacks the factor sigma_data.", read="What of task 6.1")
edit("consistency", "consistency_sample__whole_sigma",
    "math.sqrt(sigma**2 - sigma_min**2) * noise", "sigma * noise",
    "noise of size sigma is added, though the image has that of sigma_min already.", read="What of task 6.1")
edit("consistency", "consistency_sample__difference",
    "math.sqrt(sigma**2 - sigma_min**2)", "math.sqrt((sigma - sigma_min) ** 2)",
    "sigma_min is subtracted from sigma: variances add up, so it is the root of the difference of squares.",
    read="What of task 6.1")
# openai/consistency_models issue 7
edit("consistency", "consistency_sample__noise_last",
    "x = f(x, first)\n        for sigma, noise in zip(others, noises, strict=True):\n"
    "            x = f(x + math.sqrt(sigma**2 - sigma_min**2) * noise, sigma)",
    "for before, sigma, noise in zip([first, *others[:-1]], others, noises, strict=True):\n"
    "            x = f(x, before) + math.sqrt(sigma**2 - sigma_min**2) * noise\n"
    "        x = f(x, first) if not others else x",
    "the result has noise in it: the last thing is a call of f.", read="Convention of task 6.1")
edit("consistency", "consistency_sample__told_the_first",
    "* noise, sigma)", "* noise, first)",
    "f is told the first sigma in every call.", read="What of task 6.1")
edit("consistency", "consistency_sample__zip_not_strict",
    "noises, strict=True", "noises, strict=False",
    "the number of noises is not compared with that of the levels.", read="Given of task 6.1")
edit("consistency", "consistency_sample__without_the_first",
    "x = f(x, first)\n        for sigma, noise in zip(others",
    "for sigma, noise in zip(others",
    "f is not called on the first level: noise is added to noise.", read="What of task 6.1")
edit("consistency", "consistency_sample__recorded",
    "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through all calls of f.", read="Given of task 6.1")


# -------------------- 6.2 progressive_target
edit("progressive_target", "progressive_target__without_roots",
    "ratio = math.sqrt((1 - a_u) / (1 - a_t))\n"
    "    return (x_u - ratio * x_t) / (math.sqrt(a_u) - ratio * math.sqrt(a_t))",
    "ratio = (1 - a_u) / (1 - a_t)\n    return (x_u - ratio * x_t) / (a_u - ratio * a_t)",
    "all square roots are missing.", read="What of task 6.2")
edit("progressive_target", "progressive_target__ratio_without_root",
    "ratio = math.sqrt((1 - a_u) / (1 - a_t))", "ratio = (1 - a_u) / (1 - a_t)",
    "r is a ratio of variances: the noise shrinks by its root.", read="What of task 6.2")
edit("progressive_target", "progressive_target__ratio_of_noise_to_signal",
    "ratio = math.sqrt((1 - a_u) / (1 - a_t))", "ratio = math.sqrt((1 - a_u) / a_u * a_t / (1 - a_t))",
    "r is a ratio of noise to signal: it is one of the noises alone.", read="What of task 6.2")
edit("progressive_target", "progressive_target__upside_down",
    "(1 - a_u) / (1 - a_t)", "(1 - a_t) / max(1 - a_u, 1e-12)",
    "r is upside down: the noise shrinks from x_t to x_u.", read="What of task 6.2")
edit("progressive_target", "progressive_target__noise",
    "return (x_u - ratio * x_t) / (math.sqrt(a_u) - ratio * math.sqrt(a_t))",
    "x0 = (x_u - ratio * x_t) / (math.sqrt(a_u) - ratio * math.sqrt(a_t))\n"
    "    return (x_t - math.sqrt(a_t) * x0) / math.sqrt(1 - a_t)",
    "the noise comes back that goes with the target, not the image.", read="What of task 6.2")
edit("progressive_target", "progressive_target__ratio_of_signals",
    "ratio = math.sqrt((1 - a_u) / (1 - a_t))", "ratio = math.sqrt(a_u / max(a_t, 1e-12))",
    "r is the ratio of the signals: then the image falls out of the equation, and the noise stays.",
    read="What of task 6.2")
edit("progressive_target", "progressive_target__images_not_scaled",
    "(math.sqrt(a_u) - ratio * math.sqrt(a_t))", "(1 - ratio)",
    "the signal is taken to have size 1 on both levels.", read="What of task 6.2")
edit("progressive_target", "progressive_target__exchanged",
    "return (x_u - ratio * x_t)", "return (x_t - ratio * x_u)",
    "x_t and x_u are exchanged.", read="What of task 6.2")
edit("progressive_target", "progressive_target__of_the_end_alone",
    "return (x_u - ratio * x_t) / (math.sqrt(a_u) - ratio * math.sqrt(a_t))", "return x_u / math.sqrt(a_u)",
    "x_u is only scaled: it still has noise in it unless a_u is 1.", read="Convention of task 6.2")
edit("progressive_target", "progressive_target__unchecked",
    "if a_u <= a_t:", "if a_u < a_t:",
    "equal levels are not refused: 0 is divided by 0 there.", read="Convention of task 6.2")
edit("progressive_target", "progressive_target__mixed",
    "ratio * math.sqrt(a_t))", "math.sqrt(a_t))",
    "r is missing in the denominator.", read="What of task 6.2")


# -------------------- 6.3 reflow_pairs
edit("reflow_pairs", "reflow_pairs__plus",
    "x = x - slopes[-1] / n", "x = x + slopes[-1] / n",
    "x moves along the velocity: from noise to image t falls, so it moves against it.",
    read="Convention of task 6.3")
edit("reflow_pairs", "reflow_pairs__from_0",
    "velocity(x, 1 - i / n)", "velocity(x, i / n)",
    "t runs from 0 to 1: that is the convention of Liu et al. and of Lipman et al.; here t = 1 is noise.",
    read="Convention of task 6.3")
edit("reflow_pairs", "reflow_pairs__told_the_end",
    "velocity(x, 1 - i / n)", "velocity(x, 1 - (i + 1) / n)",
    "the velocity is told t where the step ends instead of where it begins.", read="What of task 6.3")
edit("reflow_pairs", "reflow_pairs__linspace",
    "velocity(x, 1 - i / n)", "velocity(x, 1 - i / max(n - 1, 1))",
    "t has both ends, so n steps have only n - 1 gaps, and the last call is at t = 0.",
    read="What of task 6.3")
# RectifiedFlow issue 36
edit("reflow_pairs", "reflow_pairs__shuffled",
    "return x, bend", "return x.flip(0), bend",
    "the images are in another order than their noises: the pairs are then no pairs.",
    read="Convention of task 6.3")
edit("reflow_pairs", "reflow_pairs__from_the_chord_of_the_noise",
    "(path - path.mean(0))", "(path - eps)",
    "the velocities are compared with eps alone: the straight line's velocity is their mean, eps - x_0.",
    read="What of task 6.3")
edit("reflow_pairs", "reflow_pairs__sum_over_steps",
    "square().mean(0)", "square().sum(0)",
    "the squares are summed over the steps: they are averaged.", read="What of task 6.3")
edit("reflow_pairs", "reflow_pairs__mean_over_coordinates",
    "reshape(len(bend), -1).sum(1)", "reshape(len(bend), -1).mean(1)",
    "the squares are averaged over the coordinates: they are summed.", read="What of task 6.3")
edit("reflow_pairs", "reflow_pairs__unbiased",
    "bend = (path - path.mean(0)).square().mean(0)", "bend = path.var(0) if n > 1 else 0 * path[0]",
    "the squares are divided by n - 1, as a sample's variance is: this is a plain mean over the steps.",
    read="What of task 6.3")
edit("reflow_pairs", "reflow_pairs__whole_steps",
    "x = x - slopes[-1] / n", "x = x - slopes[-1]",
    "each step is as long as the whole path: divide by n.", read="What of task 6.3")
edit("reflow_pairs", "reflow_pairs__recorded",
    "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded through all calls of the velocity.", read="Given of task 6.3")
edit("reflow_pairs", "reflow_pairs__always_eps",
    "velocity(x, 1 - i / n)", "velocity(eps, 1 - i / n)",
    "the velocity is asked for at the noise in every step instead of at x.", read="What of task 6.3")

# -------------------- right on the CPU, and fails on a GPU
stray("ddim_sample", "ddim_sample__steps_on_the_cpu",
    "t, device=x.device)", "t)",
    "torch.full makes a tensor on the CPU")
