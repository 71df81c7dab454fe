"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
"""

from autograder.sources.variants import edit, naive, stray, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 dsm_loss
edit("dsm_loss", "dsm_loss__other_sign", "* score(x, sigma) + noise", "* score(x, sigma) - noise",
    "the score is trained to point at the noise instead of away from it: the noise is added, not subtracted.",
    read="What of task 1.1")
edit("dsm_loss", "dsm_loss__target_by_variance",
    "s * score(x, sigma) + noise", "score(x, sigma) + noise / s**2",
    "the target is -z / sigma^2: sigma and its square are confused, for z is already divided by sigma once.",
    read="What of task 1.1")
edit("dsm_loss", "dsm_loss__without_weight",
    "+ noise\n", "+ noise\n    off = off / s\n",
    "the loss has no weight sigma^2, as in NCSN's function for one level: the least noise then outweighs "
    "all others.", read="Convention of task 1.1")
edit("dsm_loss", "dsm_loss__weight_sigma",
    "s * score(x, sigma) + noise", "s.sqrt() * score(x, sigma) + noise / s.sqrt()",
    "the weight is sigma instead of its square.", read="What of task 1.1")
edit("dsm_loss", "dsm_loss__not_halved", "0.5 * sum_per_sample", "sum_per_sample",
    "the factor 1/2 is missing.", read="What of task 1.1")
edit("dsm_loss", "dsm_loss__mean",
    "0.5 * sum_per_sample(off.square())", "0.5 * off.square().reshape(len(x0), -1).mean(1)",
    "the coordinates are averaged instead of summed, as in Ho et al.'s code: a density adds up nats.",
    read="Convention of task 1.1")
edit("dsm_loss", "dsm_loss__batch_mean",
    "+ noise\n", "+ noise\n    off = off.square().mean().sqrt().expand_as(off)\n",
    "every sample gets the mean of the batch: no level can be weighted any more.",
    read="Convention of task 1.1")
edit("dsm_loss", "dsm_loss__score_at_x0", "score(x, sigma)", "score(x0, sigma)",
    "the score is asked at the clean sample instead of the noisy one.", read="What of task 1.1")
edit("dsm_loss", "dsm_loss__one_level", "per_sample(sigma, x0)", "per_sample(sigma, x0)[:1]",
    "all samples get the noise of the first one's level.", read="Given of task 1.1")
edit("dsm_loss", "dsm_loss__by_columns",
    "# (b, 1, ..., 1)\n", "\n    s = sigma\n",
    "sigma is not reshaped: torch lines its b values up with the last axis, so they scale columns.",
    read="Given of task 1.1")
edit("dsm_loss", "dsm_loss__noise_by_variance", "x0 + s * noise", "x0 + s**2 * noise",
    "the noise is multiplied by its variance instead of its deviation.", read="What of task 1.1")
edit("dsm_loss", "dsm_loss__detached", "score(x, sigma) + noise", "score(x, sigma).detach() + noise",
    "the score is detached: the loss is right, and nothing is trained.", read="Convention of task 1.1")
edit("dsm_loss", "dsm_loss__float64", "(off.square()).to(x0.dtype)", "(off.square())",
    "the loss is not cast to the dtype of x0: float64 levels make float32 losses float64.",
    read="Notation")

# -------------------- 1.2 divergence
edit("divergence", "exact_divergence__one_column",
    "row.reshape(len(x), -1)[:, i]", "row.reshape(len(x), -1)[:, 0]",
    "the derivatives of all f_i by the first coordinate are added up: the trace has each by its own.",
    read="What of task 1.2")
edit("divergence", "exact_divergence__whole_rows",
    "row.reshape(len(x), -1)[:, i]", "row.reshape(len(x), -1).sum(dim=1)",
    "all entries of the Jacobian are added up, not those of its diagonal: that is what the gradient of "
    "f.sum() gives.", read="What of task 1.2")
edit("divergence", "exact_divergence__mean",
    "[:, i]\n", "[:, i]\n        total = total / y.shape[1]\n",
    "the diagonal is averaged instead of summed.", read="What of task 1.2")
edit("divergence", "exact_divergence__no_graph",
    "create_graph=trains", "create_graph=False",
    "the gradients are not recorded (create_graph): the divergence is right, and nothing can be trained "
    "with it.", read="Convention of task 1.2")
edit("divergence", "exact_divergence__marks_x",
    "x = x.detach().requires_grad_(True)", "x.requires_grad_(True)",
    "the caller's x is marked to require a gradient, and stays so.", read="Convention of task 1.2")
edit("divergence", "exact_divergence__must_depend", ", materialize_grads=True", "",
    "torch raises an error where f does not depend on x, though the divergence is simply 0 there.",
    read="Convention of task 1.2")
edit("divergence", "exact_divergence__needs_the_mode",
    "torch.enable_grad()", "torch.set_grad_enabled(trains)",
    "inside no_grad nothing is recorded, and there is nothing to differentiate: enable gradients inside.",
    read="Convention of task 1.2")
edit("divergence", "exact_divergence__leaves_the_mode",
    "with torch.enable_grad():\n", "torch.set_grad_enabled(True)\n    if True:\n",
    "the gradient mode is switched on and left so: the caller's no_grad is lost.",
    read="Convention of task 1.2")
edit("divergence", "hutchinson_divergence__unit_length", "for z in probes:",
    "for z in probes / probes.flatten(2).norm(dim=2).reshape(*probes.shape[:2], *[1] * (x.ndim - 1)):",
    "the probes are scaled to length 1 before they are used: the estimate is then the trace over d.",
    read="Convention of task 1.2")
edit("divergence", "hutchinson_divergence__own_probes",
    "for z in probes:",
    "probes = torch.randn(probes.shape, dtype=x.dtype, "
    "generator=torch.Generator().manual_seed(0))\n        for z in probes:",
    "the function draws probes of its own and ignores those that came.", read="Given of task 1.2")
edit("divergence", "hutchinson_divergence__row_sums",
    "sum_per_sample(product * z)", "sum_per_sample(product)",
    "J^T z is summed over its coordinates: the second z, on the other side, is missing.",
    read="What of task 1.2")
edit("divergence", "hutchinson_divergence__sum", "return total / len(probes)", "return total",
    "the probes' estimates are summed instead of averaged.", read="What of task 1.2")
edit("divergence", "hutchinson_divergence__one_row",
    "for z in probes:", "probes = probes[:, :1].expand_as(probes)\n        for z in probes:",
    "all samples get the probes of the first one.", read="Given of task 1.2")
edit("divergence", "hutchinson_divergence__first_probe",
    "for z in probes:", "probes = probes[:1].expand_as(probes)\n        for z in probes:",
    "only the first probe is used.", read="What of task 1.2")
edit("divergence", "hutchinson_divergence__no_graph", "create_graph=trains", "create_graph=False",
    "the gradients of the estimate are not recorded (create_graph): the value is right, and nothing can be "
    "trained with it.", read="Convention of task 1.2")
edit("divergence", "hutchinson_divergence__product_squared",
    "total = total + sum_per_sample", "z = product\n            total = total + sum_per_sample",
    "the length of J^T z is squared: that estimates the sum of all squared entries.", read="What of task 1.2")
edit("divergence", "hutchinson_divergence__must_depend", ", materialize_grads=True", "",
    "torch raises an error where f does not depend on x, though the estimate is simply 0 there.",
    read="Convention of task 1.2")


@naive("divergence", "one Jacobian a sample is built, in a loop over the batch.")
def exact_divergence__jacobian_a_sample(f, x):
    jacobian = torch.autograd.functional.jacobian
    trains = torch.is_grad_enabled()
    with torch.enable_grad():
        traces = []
        for one in x.detach():
            J = jacobian(lambda y: f(y[None])[0], one, create_graph=trains)
            traces.append(J.reshape(one.numel(), one.numel()).trace())
    return torch.stack(traces)


# -------------------- 1.3 ssm_loss
edit("ssm_loss", "ssm_loss__not_halved", "0.5 * sum_per_sample", "sum_per_sample",
    "the 1/2 before |s|^2 is missing: the score is then trained to half of what it should be.",
    read="What of task 1.3")
edit("ssm_loss", "ssm_loss__all_halved", "trace + 0.5", "0.5 * trace + 0.5",
    "the trace is halved too: the score is then trained to half of what it should be.",
    read="What of task 1.3")
edit("ssm_loss", "ssm_loss__trace_subtracted",
    "return trace", "trace = -trace\n    return trace",
    "the trace has the other sign: the loss then asks for a score that points away from the data.",
    read="What of task 1.3")
edit("ssm_loss", "ssm_loss__trace_detached",
    "return trace", "trace = trace.detach()\n    return trace",
    "the trace is not recorded: only |s|^2 is trained, and the score shrinks to 0.",
    read="Convention of task 1.3")
edit("ssm_loss", "ssm_loss__square_detached", "score(x).square()", "score(x).detach().square()",
    "the square is not recorded: only the trace is trained, and falls without end.",
    read="Convention of task 1.3")
edit("ssm_loss", "ssm_loss__mean",
    "sum_per_sample(score(x).square())", "sum_per_sample(score(x).square()) / x[0].numel()",
    "|s|^2 is averaged over coordinates and the trace is not: only sums belong together.",
    read="What of task 1.3")
edit("ssm_loss", "ssm_loss__not_squared",
    "sum_per_sample(score(x).square())", "sum_per_sample(score(x).square()).sqrt()",
    "the length of the score is not squared.", read="What of task 1.3")
edit("ssm_loss", "ssm_loss__by_slices",
    "return trace + 0.5 * sum_per_sample(score(x).square())",
    "products = [sum_per_sample(z * score(x)).square() for z in probes]\n    return trace + 0.5 * "
    "torch.stack(products).mean(0)",
    "the second term is (z . s)^2 / 2, the original form of the loss: the same on average, but it varies "
    "more.", read="Convention of task 1.3")
edit("ssm_loss", "ssm_loss__batch_mean", "return trace + 0.5 * sum_per_sample(score(x).square())",
    "loss = trace + 0.5 * sum_per_sample(score(x).square())\n    return loss.mean().expand(len(x))",
    "every sample gets the mean of the batch.", read="Notation")

# -------------------- 2.1 langevin_step
edit("langevin_step", "langevin_step__noise_by_step", "math.sqrt(step) * noise", "step * noise",
    "the noise is multiplied by the step instead of its root: short steps then hardly move anything.",
    read="What of task 2.1")
edit("langevin_step", "langevin_step__whole_step", "step / 2 * score", "step * score",
    "the score counts whole and the noise is that of half the step: the samples then lie too close together.",
    read="Convention of task 2.1")
edit("langevin_step", "langevin_step__more_noise", "math.sqrt(step)", "math.sqrt(2 * step)",
    "the noise has the root of twice the step, with half a step of score: the two conventions are mixed.",
    read="Convention of task 2.1")
edit("langevin_step", "langevin_step__twice_as_long",
    "step / 2 * score + math.sqrt(step)", "step * score + math.sqrt(2 * step)",
    "the step is that of the other convention, x + step score + sqrt(2 step) noise: each step is twice as "
    "long.", read="Convention of task 2.1")
edit("langevin_step", "langevin_step__downhill", "return x + step / 2", "return x - step / 2",
    "the score is subtracted: x then walks away from the data.", read="What of task 2.1")
edit("langevin_step", "langevin_step__in_place",
    "return x + step / 2 * score", "return x.add_(step / 2 * score)",
    "the step is added in place: the caller's x is then changed too.", read="Notation")
edit("langevin_step", "ncsn_sigmas__even",
    "return sigma_max * (sigma_min / sigma_max) ** place",
    "return sigma_max + (sigma_min - sigma_max) * place",
    "the levels fall by an equal amount instead of an equal factor.", read="What of task 2.1")
edit("langevin_step", "ncsn_sigmas__rising",
    "return sigma_max * (sigma_min / sigma_max) ** place",
    "return sigma_min * (sigma_max / sigma_min) ** place",
    "the levels rise from the smallest: annealing begins with the largest.", read="What of task 2.1")
edit("langevin_step", "ncsn_sigmas__one_gap_too_many", "max(levels - 1, 1)", "levels",
    "the gaps are counted as many as the levels: the last level is then not sigma_min.",
    read="What of task 2.1")
edit("langevin_step", "ncsn_sigmas__float32", "torch.float64", "torch.float32",
    "the levels are in float32.", read="Given of task 2.1")

# -------------------- 2.2 annealed_langevin
edit("annealed_langevin", "annealed_langevin__by_the_first", "(sigma / sigmas[-1])", "(sigma / sigmas[0])",
    "the levels are divided by the first, largest one: the steps are then so short that nothing moves.",
    read="What of task 2.2")
edit("annealed_langevin", "annealed_langevin__not_squared",
    "(sigma / sigmas[-1]).item() ** 2", "(sigma / sigmas[-1]).item()",
    "the ratio of the levels is not squared: the steps at the first levels are too short.",
    read="What of task 2.2")
edit("annealed_langevin", "annealed_langevin__undivided",
    "(sigma / sigmas[-1]).item() ** 2", "sigma.item() ** 2",
    "the step is not divided by the square of the last level.", read="What of task 2.2")
edit("annealed_langevin", "annealed_langevin__constant", "eps * (sigma / sigmas[-1]).item() ** 2", "eps",
    "all steps have the length eps of the last level.", read="What of task 2.2")
edit("annealed_langevin", "annealed_langevin__upward", "zip(sigmas, noises", "zip(sigmas.flip(0), noises",
    "the levels are gone through from the smallest to the largest.", read="What of task 2.2")
edit("annealed_langevin", "annealed_langevin__last_level", "score(x, sigma)", "score(x, sigmas[-1])",
    "the score is told the last level at all steps.", read="What of task 2.2")
edit("annealed_langevin", "annealed_langevin__old_score",
    "for noise in row:\n                x = langevin_step(x, score(x, sigma), step, noise)",
    "s = score(x, sigma)\n            for noise in row:\n                x = langevin_step(x, s, step, "
    "noise)",
    "the score is asked once a level and used for all its steps, though x has moved.",
    read="What of task 2.2")
edit("annealed_langevin", "annealed_langevin__same_noise", "step, noise)", "step, row[0])",
    "the first noise of a level is used for all of its steps.", read="Given of task 2.2")
edit("annealed_langevin", "annealed_langevin__quiet_end",
    "return x\n", "return x - math.sqrt(step) * noise if noises.numel() else x\n",
    "the last step adds no noise, or one more step without noise follows: NCSN's later version does so, the "
    "algorithm of 2019 does not.", read="Convention of task 2.2")
edit("annealed_langevin", "annealed_langevin__recorded", "with torch.no_grad():", "with torch.enable_grad():",
    "gradients are recorded on the way: memory grows with every step.", read="Convention of task 2.2")
edit("annealed_langevin", "annealed_langevin__any_number",
    "zip(sigmas, noises, strict=True)", "zip(sigmas, noises)",
    "zip stops at the shorter of levels and noises without a word.", read="Given of task 2.2")
edit("annealed_langevin", "annealed_langevin__from_noise", "for noise in row:\n",
    "x = sigma * row[0] if len(row) else x\n            for noise in row:\n",
    "each level begins with fresh noise instead of the end of the one before.", read="What of task 2.2")

# -------------------- 3.1 sdes
edit("sdes", "VP__drift_upward", "-0.5 *", "0.5 *",
    "the drift of VP points away from 0: the variance then grows without end.",
    replaces="VP.drift_rate", read="What of task 3.1")
edit("sdes", "VP__drift_not_halved", "-0.5 * (", "-(",
    "the drift of VP has no 1/2: signal would be lost twice as fast as noise comes in.",
    replaces="VP.drift_rate", read="What of task 3.1")
edit("sdes", "VP__g_is_beta", ".sqrt()", "",
    "g of VP is beta instead of its root: beta is a variance per time.",
    replaces="VP.diffusion", read="Convention of task 3.1")
edit("sdes", "VP__linear_integral",
    "0.5 * (self.beta_1 - self.beta_0) * t**2", "(self.beta_1 - self.beta_0) * t**2",
    "the integral of beta is taken as beta(t) t: the area under a rising line is half of that.",
    replaces="VP.marginal", read="What of task 3.1")
edit("sdes", "VP__log_alpha",
    "0.5 * (self.beta_1 - self.beta_0) * t**2", "0.25 * (self.beta_1 - self.beta_0) * t**2",
    "t^2 / 4 is taken for the integral: t^2 / 4 and t / 2 belong to log alpha, which is half of it already.",
    replaces="VP.marginal", read="What of task 3.1")
edit("sdes", "VP__signal_variance", "torch.exp(-0.5 * integral)", "torch.exp(-integral)",
    "alpha is exp(-I), the signal's variance; alpha is its deviation, exp(-I / 2).",
    replaces="VP.marginal", read="What of task 3.1")
edit("sdes", "VP__variance", "(-torch.expm1(-integral)).sqrt()", "-torch.expm1(-integral)",
    "the second value of VP is the variance: sigma is its root.",
    replaces="VP.marginal", read="Convention of task 3.1")
edit("sdes", "VP__thousand_steps", "self.beta_0 * t + 0.5", "self.beta_0 / 1000 * t + 0.5",
    "beta_0 is divided by 1000: that is the discrete schedule's first beta, a step and not a rate.",
    replaces="VP.marginal", read="Given of task 3.1")
edit("sdes", "VP__float32", "t = t.double()\n        integral", "integral",
    "t is not cast to float64: a float32 time makes a float32 law, half a percent off where t is small.",
    replaces="VP.marginal", read="Convention of task 3.1")
edit("sdes", "VP__drift_float32", "t = t.double()\n        return", "return",
    "t is not cast to float64 in the drift of VP.", replaces="VP.drift_rate", read="Convention of task 3.1")
edit("sdes", "SubVP__rooted", "return alpha, sigma**2", "return alpha, sigma",
    "sigma of sub-VP is that of VP: it is 1 - exp(-I) without a root, VP's variance.",
    replaces="SubVP.marginal", read="What of task 3.1")
edit("sdes", "SubVP__single_integral", "(gone * (2 - gone)).sqrt()", "gone.sqrt()",
    "g^2 of sub-VP has exp(-I) instead of exp(-2 I).", replaces="SubVP.diffusion", read="What of task 3.1")
edit("sdes", "SubVP__g_of_vp", " * (gone * (2 - gone)).sqrt()", "",
    "g of sub-VP is that of VP: the factor 1 - exp(-2 I) is missing.",
    replaces="SubVP.diffusion", read="What of task 3.1")
edit("sdes", "SubVP__not_rooted",
    "(gone * (2 - gone)).sqrt()", "(gone * (2 - gone))",
    "the root of 1 - exp(-2 I) is missing in g of sub-VP.",
    replaces="SubVP.diffusion", read="What of task 3.1")
edit("sdes", "VE__g_without_2", "math.sqrt(2 * math.log", "math.sqrt(math.log",
    "the 2 under the root of VE's g is missing: it comes from the derivative of sigma^2.",
    replaces="VE.diffusion", read="What of task 3.1")
edit("sdes", "VE__log10", "math.log(", "math.log10(",
    "the logarithm of VE's g is to the base 10.", replaces="VE.diffusion", read="What of task 3.1")
edit("sdes", "VE__even_levels",
    "self.sigma_min * (self.sigma_max / self.sigma_min) ** t",
    "self.sigma_min + (self.sigma_max - self.sigma_min) * t",
    "sigma of VE grows by equal amounts instead of equal factors.",
    replaces="VE.marginal", read="What of task 3.1")
edit("sdes", "VE__from_a_point",
    "self.sigma_min * (self.sigma_max / self.sigma_min) ** t",
    "(((self.sigma_max / self.sigma_min) ** (2 * t) - 1).sqrt() * self.sigma_min)",
    "sigma_min^2 is subtracted: exact for data that are clean at t = 0, but the published marginal begins "
    "with sigma_min.", replaces="VE.marginal", read="Convention of task 3.1")
edit("sdes", "VE__variance",
    "self.sigma_min * (self.sigma_max / self.sigma_min) ** t",
    "(self.sigma_min * (self.sigma_max / self.sigma_min) ** t) ** 2",
    "the second value of VE is the variance: sigma is its root.",
    replaces="VE.marginal", read="Convention of task 3.1")
edit("sdes", "VE__drift_of_sigma",
    "torch.zeros_like(t, dtype=torch.float64)", "torch.ones_like(t, dtype=torch.float64)",
    "VE has a drift: it adds noise and leaves the signal alone.",
    replaces="VE.drift_rate", read="What of task 3.1")

# -------------------- 4.1 reverse_step
edit("reverse_step", "reverse_step__whole_flow", "(1 + eta**2) / 2 *", "1 *",
    "the score counts whole for every eta: the flow, eta = 0, needs half of it.", read="What of task 4.1")
edit("reverse_step", "reverse_step__half_score",
    "(1 + eta**2) / 2 *", "1 / 2 *",
    "the score counts half for every eta: the noise of the SDE is then not taken out again.",
    read="What of task 4.1")
edit("reverse_step", "reverse_step__eta_not_squared", "(1 + eta**2)", "(1 + eta)",
    "eta is not squared in the score's part: it is right for 0 and 1 only.", read="What of task 4.1")
edit("reverse_step", "reverse_step__g_not_squared", "g**2 * score", "g * score",
    "g is not squared where the score stands.", read="What of task 4.1")
edit("reverse_step", "reverse_step__score_subtracted", "x - (1 + eta**2)", "x + (1 + eta**2)",
    "the score has the other sign: the way back then leads away from the data.", read="What of task 4.1")
edit("reverse_step", "reverse_step__noise_by_dt", "math.sqrt(dt)", "dt",
    "the noise is multiplied by dt instead of its root.", read="What of task 4.1")
edit("reverse_step", "reverse_step__noise_without_g", "eta * g * math.sqrt(dt)", "eta * math.sqrt(dt)",
    "g is missing before the noise.", read="What of task 4.1")
edit("reverse_step", "reverse_step__always_noise",
    "eta * g * math.sqrt(dt)", "1 * g * math.sqrt(dt)",
    "the noise does not depend on eta: the flow, eta = 0, adds none.", read="What of task 4.1")
edit("reverse_step", "reverse_step__forward", "x - drift * dt", "x + drift * dt",
    "the drift is added: that is a step forward in time, with dt positive.", read="Convention of task 4.1")
edit("reverse_step", "reverse_step__variance_noise", "eta * g * math.sqrt(dt)", "eta * g**2 * math.sqrt(dt)",
    "the noise is multiplied by g^2 instead of g.", read="What of task 4.1")
edit("reverse_step", "reverse_step__any_dt",
    "if dt < 0:\n        raise ValueError(f\"dt says how far back the step goes: it must not be negative, "
    "but it is {dt}\")\n    g =",
    "dt = abs(dt)\n    g =",
    "a negative dt is not refused.", read="Convention of task 4.1")

# -------------------- 4.2 pc_sample
edit("pc_sample", "pc_sample__single_e", "e = 2 * (snr", "e = (snr",
    "the 2 before (snr |z| / |g|)^2 is missing.", read="What of task 4.2")
edit("pc_sample", "pc_sample__snr_not_squared",
    "2 * (snr * size(z) / size(g)) ** 2", "2 * snr * (size(z) / size(g)) ** 2",
    "snr is not squared.", read="What of task 4.2")
edit("pc_sample", "pc_sample__upside_down", "size(z) / size(g)", "size(g) / size(z)",
    "the ratio stands upside down: noise over score makes the step longer where the score is small.",
    read="What of task 4.2")
edit("pc_sample", "pc_sample__norms_a_sample", "v.reshape(len(v), -1).norm(dim=1).mean()",
    "v.reshape(len(v), -1).norm(dim=1).reshape(-1, *[1] * (v.ndim - 1))",
    "each sample has a step of its own: the norms are averaged over the batch before they are divided.",
    read="Convention of task 4.2")
edit("pc_sample", "pc_sample__root_of_d",
    "size(z) / size(g)", "math.sqrt(z[0].numel()) / size(g)",
    "sqrt(d) is taken for |z|, as in the authors' tutorial: it is nearly the same in high dimensions, not "
    "here.", read="Convention of task 4.2")
edit("pc_sample", "pc_sample__norm_of_the_batch", "v.reshape(len(v), -1).norm(dim=1).mean()", "v.norm()",
    "one norm is taken over the whole batch instead of the mean of the samples' norms.",
    read="Convention of task 4.2")
edit("pc_sample", "pc_sample__corrects_before", "g = score(x, s)", "g = score(x, t)",
    "the corrector is told the time before the step, though x is at the time after it.",
    read="Convention of task 4.2")
edit("pc_sample", "pc_sample__noisy_end", "torch.zeros_like(x) if last else noises[i]", "noises[i]",
    "the last step adds noise, which stays in the samples.", read="Convention of task 4.2")
edit("pc_sample", "pc_sample__flow_at_the_end", "(t - s).item(), noise)",
    "(t - s).item(), noise, float(not last))",
    "the last step is one of the flow, eta = 0: only z is 0 there, and the drift stays that of eta = 1.",
    read="Convention of task 4.2")
edit("pc_sample", "pc_sample__corrects_the_end", "[] if last else corrector_noises[i]", "corrector_noises[i]",
    "the last step is corrected too, and the corrector's noise stays in the samples.",
    read="Convention of task 4.2")
edit("pc_sample", "pc_sample__old_score",
    "for z in [] if last else corrector_noises[i]:\n                g = score(x, s)",
    "g = None if last else score(x, s)\n            for z in [] if last else "
    "corrector_noises[i]:\n                pass",
    "the score is asked once for all corrections of a step, though x has moved.", read="What of task 4.2")
edit("pc_sample", "pc_sample__other_step",
    "e * g", "e / 2 * g",
    "half of e stands before the score: that is the share of task 2.1, where the noise has the root of the "
    "step; here it has the root of 2 e.", read="Convention of task 4.2")
edit("pc_sample", "pc_sample__recorded", "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded on the way: memory grows with every step.", read="Convention of task 4.2")

# -------------------- 5.1 log_likelihood
edit("log_likelihood", "prior_log_prob__unit", "std = sde.prior_std()", "std = 1.0",
    "the prior has deviation 1 whatever the SDE: that of VE has sigma_max.", read="Convention of task 5.1")
edit("log_likelihood", "prior_log_prob__not_normalised", " - math.log(std)", "",
    "log(std) is missing in the prior: a wide Gaussian is a low one.", read="What of task 5.1")
edit("log_likelihood", "prior_log_prob__mean", ".sum(dim=1)", ".mean(dim=1)",
    "the log prior is averaged over coordinates instead of summed.", read="What of task 5.1")
edit("log_likelihood", "log_likelihood__minus",
    "prior_log_prob(sde, x) + gained", "prior_log_prob(sde, x) - gained",
    "the integral of the divergence is subtracted: where the flow spreads, the density at the data is "
    "higher.", read="What of task 5.1")
edit("log_likelihood", "log_likelihood__prior_alone",
    "prior_log_prob(sde, x) + gained", "prior_log_prob(sde, x)",
    "the integral of the divergence is missing: log p is then the prior's alone.", read="What of task 5.1")
edit("log_likelihood", "log_likelihood__whole_score",
    "- 0.5 * g**2", "- g**2",
    "the 1/2 of the probability flow is missing: that is the drift of the reverse SDE.",
    read="What of task 5.1")
edit("log_likelihood", "log_likelihood__g_not_squared", "0.5 * g**2", "0.5 * g",
    "g is not squared in the flow.", read="What of task 5.1")
edit("log_likelihood", "log_likelihood__downward", "pairwise(times)",
    "pairwise(times.flip(0))",
    "the flow is followed from noise to data: log p needs the way from the data to the prior.",
    read="Convention of task 5.1")
edit("log_likelihood", "log_likelihood__divergence_of_the_score", "divergence(drift, x)",
    "divergence(lambda y: score(y, t), x)",
    "the divergence of the score is integrated instead of that of the flow's whole drift.",
    read="What of task 5.1")


@wrong(
    "log_likelihood",
    "the flow is followed by Euler steps: they are of first order, and 40 are off by a quarter of a nat.",
    read="Convention of task 5.1",
)
def log_likelihood__euler(sde, score, x, times, divergence):
    with torch.no_grad():
        gained = torch.zeros(len(x), dtype=x.dtype, device=x.device)
        for t, u in pairwise(times):
            f, g = sde.drift_rate(t), sde.diffusion(t)

            def drift(y, f=f, g=g, t=t):
                return f * y - 0.5 * g**2 * score(y, t)

            gained = gained + (u - t) * divergence(drift, x)
            x = x + (u - t) * drift(x)
    return prior_log_prob(sde, x) + gained, x


@wrong(
    "log_likelihood",
    "the divergence is integrated by its values at the intervals' starts, beside a solver of fourth order.",
    read="Convention of task 5.1",
)
def log_likelihood__divergence_by_euler(sde, score, x, times, divergence):
    def drift_at(t):
        f, g = sde.drift_rate(t), sde.diffusion(t)
        return lambda y: f * y - 0.5 * g**2 * score(y, t)

    with torch.no_grad():
        gained = torch.zeros(len(x), dtype=x.dtype, device=x.device)
        for t, u in pairwise(times):
            h, middle = u - t, drift_at(t + (u - t) / 2)
            gained = gained + h * divergence(drift_at(t), x)
            k1 = drift_at(t)(x)
            k2 = middle(x + h / 2 * k1)
            k3 = middle(x + h / 2 * k2)
            k4 = drift_at(u)(x + h * k3)
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return prior_log_prob(sde, x) + gained, x


edit("log_likelihood", "log_likelihood__recorded", "torch.no_grad()", "torch.enable_grad()",
    "gradients are recorded on the way: memory grows with every step.", read="Convention of task 5.1")
edit("log_likelihood", "bits_per_dim__unit_interval", "math.log2(levels / 2)", "math.log2(levels)",
    "the bins are taken as 1 / levels wide, for data in [0, 1]: in [-1, 1] they are 2 / levels.",
    read="Convention of task 5.1")
edit("log_likelihood", "bits_per_dim__nats", "(dims * math.log(2))", "dims",
    "nats are not turned into bits: divide by ln 2.", read="What of task 5.1")
edit("log_likelihood", "bits_per_dim__density", " + math.log2(levels / 2)", "",
    "the width of a bin is missing: the cost of a density can be negative, that of a level cannot.",
    read="What of task 5.1")
edit("log_likelihood", "bits_per_dim__always_256", "math.log2(levels / 2)", "7",
    "the number of levels is not used: 7 is right for 256.", read="What of task 5.1")

# -------------------- 6.1 gamma
edit("gamma", "MonotoneGamma__ends_drift",
    "self.gamma_0 + (self.gamma_1 - self.gamma_0) * (raw(t) - low) / (high - low)",
    "self.gamma_0 + (self.gamma_1 - self.gamma_0) * raw(t)",
    "the network's own ends are not subtracted and divided by: gamma(0) and gamma(1) then drift while it "
    "learns.", replaces="MonotoneGamma.forward", read="What of task 6.1")
edit("gamma", "MonotoneGamma__not_monotone",
    "F.softplus(self.w1), F.softplus(self.w2), F.softplus(self.w3)", "self.w1, self.w2, self.w3",
    "the weights are not made positive: gamma can then fall.",
    replaces="MonotoneGamma.forward", read="What of task 6.1")
edit("gamma", "MonotoneGamma__absolute", "F.softplus(self.w1), F.softplus(self.w2), F.softplus(self.w3)",
    "self.w1.abs(), self.w2.abs(), self.w3.abs()",
    "the weights are made positive by their absolute value instead of softplus.",
    replaces="MonotoneGamma.forward", read="Convention of task 6.1")
edit("gamma", "MonotoneGamma__positive_bias",
    "w1 * t[:, None] + self.b1", "w1 * t[:, None] + F.softplus(self.b1)",
    "a bias is made positive too: only weights need it.",
    replaces="MonotoneGamma.forward", read="Convention of task 6.1")
edit("gamma", "MonotoneGamma__turned",
    "self.gamma_0 + (self.gamma_1 - self.gamma_0) * (raw(t) - low)",
    "self.gamma_1 + (self.gamma_0 - self.gamma_1) * (raw(t) - low)",
    "the ends are exchanged: gamma falls, as a signal-to-noise ratio does, but it is minus its logarithm.",
    replaces="MonotoneGamma.forward", read="Convention of task 6.1")
edit("gamma", "MonotoneGamma__without_a", "return a[:, 0] + (w3", "return (w3",
    "the first layer's value is missing in the sum: it is what keeps the slope from vanishing.",
    replaces="MonotoneGamma.forward", read="What of task 6.1")
edit("gamma", "fourier_features__last_left_out", "range(n_min, n_max + 1)", "range(n_min, n_max)",
    "the last n is left out, as range does: n_max is included.", read="What of task 6.1")
edit("gamma", "fourier_features__two_pi", "2**n * math.pi", "2**n * 2 * math.pi",
    "the angle is 2 pi 2^n x, as in the published code, whose n are 6 and 7; here they are 7 and 8.",
    read="Convention of task 6.1")
edit("gamma", "fourier_features__in_turns", "[x, angles.sin(), angles.cos()], dim=1)",
    "[x, *(part for a in angles.split(x.shape[1], dim=1) for part in (a.sin(), a.cos()))], dim=1)",
    "sine and cosine of each n stand together: first come all sines, then all cosines.",
    read="Convention of task 6.1")
edit("gamma", "fourier_features__without_x",
    "[x, angles.sin(), angles.cos()]", "[angles.sin(), angles.cos()]",
    "x itself is missing among the features.", read="What of task 6.1")
edit("gamma", "fourier_features__cosines_first", "angles.sin(), angles.cos()", "angles.cos(), angles.sin()",
    "cosines stand before sines.", read="Convention of task 6.1")

# -------------------- 6.2 vdm_loss
edit("vdm_loss", "diffusion_loss__exp", "torch.expm1(", "torch.exp(",
    "exp stands where exp minus 1 should: every step then costs at least T / 2 times its error.",
    read="What of task 6.2")
edit("vdm_loss", "diffusion_loss__negative", "gamma(t) - gamma(t - 1 / T)", "gamma(t - 1 / T) - gamma(t)",
    "the two gammas are exchanged: the loss is then negative.", read="What of task 6.2")
edit("vdm_loss", "diffusion_loss__without_T", "T / 2 * torch", "0.5 * torch",
    "the factor T is missing: one step stands for all T of them.", read="What of task 6.2")
edit("vdm_loss", "diffusion_loss__not_halved",
    "T / 2 * torch", "T / 1 * torch",
    "the 1/2 is missing in the loss with T steps.", read="What of task 6.2")
edit("vdm_loss", "diffusion_loss__slope_not_halved", "slope / 2 * error", "slope * error",
    "the 1/2 is missing in the loss in continuous time.", read="What of task 6.2")
edit("vdm_loss", "diffusion_loss__step_to_noise",
    "return T / 2", "t = t + 1 / T\n        return T / 2",
    "the step goes to t + 1/T instead of t - 1/T.", read="What of task 6.2")
edit("vdm_loss", "diffusion_loss__of_the_image",
    "slope / 2 * error", "slope / 2 * torch.exp(-gamma(t)) * error",
    "the weight is that of an error of the image, with the signal-to-noise ratio; the error is one of the "
    "noise.", read="Given of task 6.2")
edit("vdm_loss", "diffusion_loss__slope_detached",
    "create_graph=trains", "create_graph=False",
    "the slope is not recorded (create_graph): gamma cannot be trained through it.",
    read="Convention of task 6.2")
edit("vdm_loss", "diffusion_loss__needs_the_mode", "torch.enable_grad()", "torch.set_grad_enabled(trains)",
    "inside no_grad gamma is not recorded, and there is no slope: enable gradients inside.",
    read="Convention of task 6.2")
edit("vdm_loss", "diffusion_loss__marks_t", "t = t.detach().requires_grad_(True)", "t.requires_grad_(True)",
    "the caller's t is marked to require a gradient, and stays so.", read="Convention of task 6.2")
edit("vdm_loss", "diffusion_loss__always_continuous", "if T is not None:", "if T is not None and T > 1000:",
    "T is not used: the loss is that of continuous time.", read="What of task 6.2")
edit("vdm_loss", "prior_kl__mean", "sum_per_sample(signal * x.square() - signal - log_noise)",
    "(signal * x.square() - signal - log_noise).reshape(len(x), -1).mean(1)",
    "the prior term is averaged over coordinates instead of summed.", read="What of task 6.2")
edit("vdm_loss", "prior_kl__signal_for_noise", "torch.sigmoid(-gamma_1), F.logsigmoid(gamma_1)",
    "torch.sigmoid(gamma_1), F.logsigmoid(-gamma_1)",
    "sigma^2 is taken as sigmoid(-gamma): that is the signal's share.", read="Convention of task 6.2")
edit("vdm_loss", "prior_kl__not_halved", "log_noise) / 2", "log_noise)",
    "the factor 1/2 of the prior term is missing.", read="What of task 6.2")
edit("vdm_loss", "prior_kl__without_logarithm", " - log_noise)", ")",
    "the logarithm of the variance is missing in the prior term.", read="What of task 6.2")
edit("vdm_loss", "spread_times__not_wrapped", ") % 1", ")",
    "the times are not taken modulo 1: those beyond 1 begin again at 0.", read="What of task 6.2")
edit("vdm_loss", "spread_times__offset_a_time",
    "u + torch.arange(b, dtype=torch.float64) / b", "(u + torch.arange(b, dtype=torch.float64)) / b",
    "u is divided by b too: that is another, also even, spread, but not the published one.",
    read="What of task 6.2")

# -------------------- 7.1 edm
edit("edm", "edm_coefficients__c_out_negative",
    "sigma * sigma_data / total.sqrt()", "-sigma * sigma_data / total.sqrt()",
    "c_out is negative, as where a network predicts noise: here F predicts towards the image.",
    read="What of task 7.1")
edit("edm", "edm_coefficients__sum_for_product",
    "(sigma * sigma_data) ** 2", "(sigma + sigma_data) ** 2",
    "the weight has the sum of sigma and sigma_data below, as AlphaFold 3's paper prints it: it is their "
    "product.", read="Convention of task 7.1")
edit("edm", "edm_coefficients__log10", "torch.log(sigma) / 4", "torch.log10(sigma) / 4",
    "the logarithm of c_noise is to the base 10.", read="What of task 7.1")
edit("edm", "edm_coefficients__half_log", "torch.log(sigma) / 4", "torch.log(sigma) / 2",
    "c_noise is ln(sigma) / 2 instead of / 4.", read="What of task 7.1")
edit("edm", "edm_coefficients__c_in_not_rooted", "1 / total.sqrt()", "1 / total",
    "the root is missing in c_in: it divides by the deviation of x, not by its variance.",
    read="What of task 7.1")
edit("edm", "edm_coefficients__skips_noise", "sigma_data**2 / total,", "sigma**2 / total,",
    "c_skip has sigma^2 above: it keeps x where there is much noise instead of little.",
    read="What of task 7.1")
edit("edm", "edm_coefficients__deviations_added", "sigma**2 + sigma_data**2", "(sigma + sigma_data) ** 2",
    "deviations are added instead of variances.", read="What of task 7.1")
edit("edm", "edm_coefficients__half",
    "sigma_data**2 / total, sigma * sigma_data", "0.25 / total, sigma * 0.5",
    "sigma_data is 0.5 in c_skip and c_out whatever was asked for.", read="Given of task 7.1")
edit("edm", "edm_loss__unscaled_input", "c_in * x).to", "x).to",
    "the network is given x instead of c_in x.", read="What of task 7.1")
edit("edm", "edm_loss__sigma_for_c_noise", "c_noise.reshape(-1)", "sigma",
    "the network is given sigma instead of c_noise.", read="What of task 7.1")
edit("edm", "edm_loss__without_skip", "c_skip * x + c_out * said", "c_out * said",
    "c_skip x is missing in the denoiser.", read="What of task 7.1")
edit("edm", "edm_loss__without_weight", "weight * (denoised", "(denoised",
    "the weight is missing: large levels then outweigh all others.", read="What of task 7.1")
edit("edm", "edm_loss__mean", "sum_per_sample(weight * (denoised - x0).square())",
    "(weight * (denoised - x0).square()).reshape(len(x0), -1).mean(1)",
    "the loss is averaged over coordinates instead of summed.", read="Convention of task 7.1")
edit("edm", "edm_loss__default_scale", "edm_coefficients(sigma, sigma_data)", "edm_coefficients(sigma)",
    "sigma_data is not handed on: the coefficients are those of 0.5.", read="Given of task 7.1")
edit("edm", "edm_loss__said_of_the_image", "denoised = c_skip * x + c_out * said", "denoised = said",
    "the network's own output is taken for the image.", read="What of task 7.1")

# -------------------- 8.1 fm_path
edit("fm_path", "fm_path__other_way", "t = per_sample(t, x0)", "t = 1 - per_sample(t, x0)",
    "t runs from noise to data, as in the papers on flow matching: in this course t = 0 is data.",
    read="Convention of task 8.1")
edit("fm_path", "fm_path__velocity_to_data", "(1 - sigma_min) * eps - x0", "x0 - (1 - sigma_min) * eps",
    "the velocity points from noise to data: t grows towards the noise, and so does x_t.",
    read="Convention of task 8.1")
edit("fm_path", "fm_path__whole_noise",
    "return x_t.to(x0.dtype), (1 - sigma_min) * eps - x0", "return x_t.to(x0.dtype), eps - x0",
    "sigma_min is left out of the velocity: the noise grows from sigma_min to 1, by less than 1.",
    read="What of task 8.1")
edit("fm_path", "fm_path__velocity_from_x_t",
    "(1 - sigma_min) * eps - x0\n", "((1 - sigma_min) * eps - x_t).to(x0.dtype)\n",
    "the velocity is taken from x_t instead of the sample: it is the same all along the path.",
    read="What of task 8.1")
edit("fm_path", "fm_path__twice_the_least", "(sigma_min + (1 - sigma_min) * t)", "(sigma_min + t)",
    "sigma_min is added but the rest is not scaled: at t = 1 the noise is 1 + sigma_min.",
    read="What of task 8.1")
edit("fm_path", "fm_path__by_columns",
    "per_sample(t, x0)", "t.to(torch.float64)",
    "t is not reshaped: torch lines its b values up with the last axis, so they scale columns.",
    read="Notation")
edit("fm_path", "fm_path__on_an_arc", "(1 - t) * x0", "(1 - t**2).sqrt() * x0",
    "the variance is preserved: a straight path takes 1 - t of the sample.", read="What of task 8.1")
edit("fm_path", "velocity_to_score__by_variance", "(1 - t) * v) / t)", "(1 - t) * v) / t**2)",
    "the score is divided by t^2: the noise x_t + (1 - t) v is divided by its deviation once.",
    read="What of task 8.1")
edit("fm_path", "velocity_to_score__noise", "(-(x_t", "((x_t",
    "the sign is missing: the score points against the noise.", read="What of task 8.1")
edit("fm_path", "velocity_to_score__any_time",
    "if (t == 0).any():\n        raise ValueError(\"at t = 0 there is no noise, and the velocity says "
    "nothing about the score\")\n    t =",
    "t =",
    "t = 0 is not refused: the score is then infinite or NaN.", read="Convention of task 8.1")
edit("fm_path", "velocity_to_score__of_the_image", "x_t + (1 - t) * v", "x_t - t * v",
    "x_t - t v is taken for the noise: that is the sample.", read="What of task 8.1")
edit("fm_path", "score_to_velocity__any_time",
    "if (t == 1).any():\n        raise ValueError(\"at t = 1 there is no data left, and the score says "
    "nothing about the velocity\")\n    t =",
    "t =",
    "t = 1 is not refused: the velocity is then infinite or NaN.", read="Convention of task 8.1")
edit("fm_path", "score_to_velocity__refuses_data", "if (t == 1).any()", "if (t == 0).any() or (t == 1).any()",
    "t = 0 is refused too, where the velocity of a score is simply -x_t.", read="Convention of task 8.1")
edit("fm_path", "score_to_velocity__other_sign", "(-(x_t", "((x_t",
    "the velocity has the other sign.", read="What of task 8.1")
edit("fm_path", "score_to_velocity__by_variance", "t * score", "t**2 * score",
    "the score is multiplied by t^2: -t score is the noise.", read="What of task 8.1")

# -------------------- 8.2 ot_pairing
edit("ot_pairing", "ot_pairing__not_squared", ".square()  # (b, b)", "  # (b, b)",
    "the distances are not squared: the cheapest pairs are then others.", read="Convention of task 8.2")
edit("ot_pairing", "ot_pairing__nearest",
    "_, j = linear_sum_assignment(cost.cpu().numpy())\n    return torch.from_numpy(j).to(x0.device)",
    "return cost.argmin(dim=1)",
    "each sample takes the noise that is nearest to it: some noise is then used twice, and some never.",
    read="What of task 8.2")
edit("ot_pairing", "ot_pairing__inverse",
    "torch.from_numpy(j)", "torch.from_numpy(j).argsort()",
    "the inverse permutation comes back: for each noise its sample.", read="What of task 8.2")
edit("ot_pairing", "ot_pairing__furthest", "cost.cpu().numpy()", "-cost.numpy()",
    "the sum is made as large as it can be.", read="What of task 8.2")
edit("ot_pairing", "ot_pairing__with_replacement",
    "_, j = linear_sum_assignment(cost.cpu().numpy())\n    return torch.from_numpy(j).to(x0.device)",
    "plan = torch.softmax(-20 * cost, dim=1)\n"
    "    return torch.multinomial(plan, 1, generator=torch.Generator().manual_seed(0))[:, 0]",
    "pairs are drawn from a plan, sample by sample: some noise is then used twice, and some never.",
    read="What of task 8.2")


@wrong("ot_pairing", "samples and noise are paired by the order of their lengths.", read="What of task 8.2")
def ot_pairing__by_length(x0, eps):
    lengths_x0, lengths_eps = (y.reshape(len(y), -1).norm(dim=1) for y in (x0, eps))
    return lengths_eps.argsort()[lengths_x0.argsort().argsort()]


@wrong("ot_pairing", "each sample in turn takes the nearest noise left: what is left at the end is far.",
    read="What of task 8.2")
def ot_pairing__greedy(x0, eps):
    cost = torch.cdist(x0.reshape(len(x0), -1), eps.reshape(len(eps), -1)).square()
    chosen = []
    for row in cost:
        free = row.clone()
        free[chosen] = torch.inf
        chosen.append(int(free.argmin()))
    return torch.tensor(chosen)


@naive("ot_pairing", "all differences are kept at once, a table of b times b times d numbers.")
def ot_pairing__differences(x0, eps):
    from scipy.optimize import linear_sum_assignment

    differences = x0.reshape(len(x0), 1, -1) - eps.reshape(1, len(eps), -1)
    _, j = linear_sum_assignment(differences.square().sum(dim=2).numpy())
    return torch.from_numpy(j)

# -------------------- right on the CPU, and fails on a GPU
stray("ot_pairing", "ot_pairing__left_on_the_cpu",
    ".to(x0.device)", "",
    "numpy in between leaves a tensor on the CPU")
