"""Wrong answers that students give, each with the sentence that explains it: "This is what you get when ...".

Read, not run. Each name begins with the function that is replaced in the task's file. `edit` takes the
reference's function and puts its second text in the place of the first; `wrong` marks a whole function.
"""

from autograder.sources.variants import edit, naive, stray, wrong

# First what is changed, then what it means: laid out by hand, because one argument a line doubles the file.
# fmt: off

# -------------------- 1.1 likelihoods
edit("likelihoods", "bernoulli_log_likelihood__mean",  # keras#3383; WorldModels#12: the posterior collapses
    ".flatten(1).sum(1)", ".flatten(1).mean(1)",
    "the values of an image are averaged: the reconstruction then weighs 64 times too little against KL, and "
    "the latents go unused.", read="Convention of task 1.1")
edit("likelihoods", "bernoulli_log_likelihood__with_a_floor",
    'return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)',
    "p = torch.sigmoid(logits)\n"
    "    floored = x * torch.log(p + 1e-10) + (1 - x) * torch.log(1 - p + 1e-10)\n"
    "    return floored.flatten(1).sum(1)",
    "1e-10 is added to probabilities: no value then costs more than 23, and its gradient is gone.",
    read="What of task 1.1")
edit("likelihoods", "bernoulli_log_likelihood__clamped",
    'return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)',
    'p = torch.sigmoid(logits)\n'
    '    return -F.binary_cross_entropy(p, x, reduction="none").flatten(1).sum(1)',
    "probabilities are formed before their logarithm: torch's binary_cross_entropy clamps that at -100.",
    read="What of task 1.1")
edit("likelihoods", "bernoulli_log_likelihood__sigmoid_twice", "(logits, x,", "(torch.sigmoid(logits), x,",
    "the sigmoid is taken twice, or probabilities are passed for logits.", read="Convention of task 1.1")
edit("likelihoods", "bernoulli_log_likelihood__squares",
    '-F.binary_cross_entropy_with_logits(logits, x, reduction="none")', "-((x - torch.sigmoid(logits)) ** 2)",
    "the squared error of the probabilities stands for the log-likelihood.", read="What of task 1.1")
edit("likelihoods", "bernoulli_log_likelihood__loss",
    "return -F.binary_cross_entropy_with_logits(", "return F.binary_cross_entropy_with_logits(",
    "the sign is that of a loss: a log-likelihood is at most 0.", read="What of task 1.1")
edit("likelihoods", "bernoulli_log_likelihood__batch",
    ".flatten(1).sum(1)", ".sum()",
    "the whole batch is added up: one number comes back instead of one for each image.",
    read="Convention of task 1.1")
edit("likelihoods", "gaussian_log_likelihood__mean",
    ".flatten(1).sum(1)", ".flatten(1).mean(1)",
    "the Gaussian log-likelihood is averaged over the values of an image instead of added up.",
    read="Convention of task 1.1")
edit("likelihoods", "gaussian_log_likelihood__log_var",
    "scaled = (x - mean) * torch.exp(-log_std)  # b *dims\n"
    "    return -(0.5 * scaled**2 + log_std +",
    "scaled = (x - mean) * torch.exp(-0.5 * log_std)\n"
    "    return -(0.5 * scaled**2 + 0.5 * log_std +",
    "log_std is read as the logarithm of a variance.", read="Convention of task 1.1")
edit("likelihoods", "gaussian_log_likelihood__no_log_std", " + log_std + ", " + ",
    "the term -log_std is missing: a decoder that claims any deviation then pays nothing for it.",
    read="What of task 1.1")
edit("likelihoods", "gaussian_log_likelihood__no_constant", " + 0.5 * LOG_2PI)", ")",
    "the constant log(2 pi) / 2 of each value is missing: bits per dimension are then off by 1.33.",
    read="What of task 1.1")
edit("likelihoods", "gaussian_log_likelihood__one_log_std",
    "return -(0.5 * scaled**2 + log_std + 0.5 * LOG_2PI).flatten(1).sum(1)",
    "return -(0.5 * scaled**2 + 0.5 * LOG_2PI).flatten(1).sum(1) - log_std.sum()",
    "log_std is added up before it is broadcast: each value of an image has its own -log_std.",
    read="Convention of task 1.1")


# -------------------- 1.2 elbo
edit("elbo", "elbo__variance", "torch.exp(0.5 * log_var)", "torch.exp(log_var)",  # BVAE-tf#7, keras#9972
    "the noise is multiplied by the variance instead of the deviation.", read="Convention of task 1.2")
edit("elbo", "elbo__log_std", "kl_to_standard(mean, log_var)", "kl_to_standard(mean, 2 * log_var)",
    "log_var is read as the logarithm of a deviation in the KL divergence.", read="Convention of task 1.2")
edit("elbo", "elbo__small_noise", "log_var) * noise", "log_var) * 0.01 * noise",  # keras#4211
    "the noise is made a hundred times smaller: then this bounds nothing.", read="What of task 1.2")
edit("elbo", "elbo__mean_over_d",  # podgorskiy/VAE#1
    "kl_to_standard(mean, log_var)", "kl_to_standard(mean, log_var) / mean.shape[1]",
    "KL is averaged over the latent dimensions instead of added up.", read="Convention of task 1.2")
edit("elbo", "elbo__kl_of_the_batch",
    "kl_to_standard(mean, log_var)", "kl_to_standard(mean, log_var).mean().expand(len(x))",
    "KL is averaged over the batch: each image has its own.", read="Convention of task 1.2")
edit("elbo", "elbo__plus", "reconstruction - beta * kl", "reconstruction + beta * kl",
    "KL is added: the bound is reconstruction minus KL.", read="What of task 1.2")
edit("elbo", "elbo__beta_on_reconstruction", "return reconstruction - beta * kl,",
    "weighted = beta * reconstruction\n    return weighted - kl,",
    "beta weighs the reconstruction instead of KL.", read="What of task 1.2")
edit("elbo", "elbo__weighted_kl", "kl, reconstruction, kl", "kl, reconstruction, beta * kl",
    "the third value is weighted too: KL itself is asked for.", read="What of task 1.2")
edit("elbo", "elbo__at_the_mean", "log_likelihood(x, z)", "log_likelihood(x, mean)",
    "the likelihood is asked at the mean: nothing is sampled.", read="What of task 1.2")
edit("elbo", "elbo__own_noise",
    "z = mean + torch.exp(0.5 * log_var) * noise",
    "own = torch.Generator().manual_seed(0)\n"
    "    z = mean + torch.exp(0.5 * log_var) * torch.randn(mean.shape, generator=own)",
    "noise is drawn inside: the noise of a call is the one that comes in.", read="Given of task 1.2")


# -------------------- 1.3 iwae_bound
edit("iwae_bound", "iwae_bound__mean_of_logs",  # arahuja/generative-tf#1
    "return torch.logsumexp(log_p + log_prior - log_posterior, 0) - math.log(k)",
    "return (log_p + log_prior - log_posterior).mean(0)",
    "the logarithms are averaged: the average belongs inside the logarithm. This is the bound of one sample, "
    "with less noise.", read="What of task 1.3")
edit("iwae_bound", "iwae_bound__sum",
    "return torch.logsumexp(log_p + log_prior - log_posterior, 0) - math.log(k)",
    "total = torch.logsumexp(log_p + log_prior - log_posterior, 0)\n    return total",
    "log k is not subtracted: a sum stands where the mean is asked for.", read="What of task 1.3")
edit("iwae_bound", "iwae_bound__unshifted",
    "return torch.logsumexp(log_p + log_prior - log_posterior, 0) - math.log(k)",
    "weights = (log_p + log_prior - log_posterior).exp()\n    return weights.mean(0).log()",
    "the weights themselves are averaged: exp(-5000) is 0, and log 0 is minus infinity.",
    read="Convention of task 1.3")
edit("iwae_bound", "iwae_bound__analytic_kl",
    "log_p + log_prior - log_posterior, 0", "log_p - kl_to_standard(mean, log_var), 0",
    "KL in closed form stands in each weight: it is a mean over all z, and a weight belongs to one.",
    read="Convention of task 1.3")
edit("iwae_bound", "iwae_bound__without_prior", "log_p + log_prior -", "log_p -",
    "p(z) is missing from the weights.", read="What of task 1.3")
edit("iwae_bound", "iwae_bound__without_posterior", "log_prior - log_posterior,", "log_prior,",
    "q(z|x) is missing from the weights.", read="What of task 1.3")
edit("iwae_bound", "iwae_bound__weighted_logs",  # AntixK/PyTorch-VAE, PR 53 and 34
    "return torch.logsumexp(log_p + log_prior - log_posterior, 0) - math.log(k)",
    "log_w = log_p + log_prior - log_posterior\n"
    "    return (torch.softmax(log_w, 0) * log_w).sum(0)",
    "the logarithms are averaged with normalised weights: those are the weights of its gradient, not the "
    "bound.", read="Hint 3 of task 1.3")
edit("iwae_bound", "iwae_bound__over_images", "log_posterior, 0) - math.log(k)",
    "log_posterior, 1) - math.log(b)",
    "the average runs over the images instead of the samples.", read="Convention of task 1.3")
edit("iwae_bound", "iwae_bound__no_log_var", "(noise**2 + log_var)", "(noise**2)",
    "q(z|x) is taken for the density of the noise: log_var / 2 belongs to it for each dimension.",
    read="Hint 2 of task 1.3")
edit("iwae_bound", "iwae_bound__one_constant",
    "log_prior = -0.5 * (z**2).sum(2)", "log_prior = -0.5 * (z**2 + LOG_2PI).sum(2)",
    "the constant of the normal density is in p(z) and not in q(z|x).", read="Hint 2 of task 1.3")
edit("iwae_bound", "iwae_bound__copies_out_of_step",
    "x.expand(k, *x.shape).flatten(0, 1)", "x.repeat_interleave(k, 0)",
    "the copies of the images and the latents are in different orders: k times all images, not each k times.",
    read="Hint 1 of task 1.3")


@naive("iwae_bound", "one likelihood is asked for at a time, for each sample of each image.")
def iwae_bound__two_loops(x, encode, log_likelihood, noise):
    mean, log_var = encode(x)
    bounds = []
    for i in range(len(x)):
        weights = []
        for eps in noise[:, i : i + 1]:
            z = mean[i : i + 1] + torch.exp(log_var[i : i + 1] / 2) * eps
            log_ratio = 0.5 * (eps**2 + log_var[i : i + 1] - z**2).sum()
            weights.append(log_likelihood(x[i : i + 1], z)[0] + log_ratio)
        bounds.append(torch.stack(weights).logsumexp(0) - math.log(len(noise)))
    return torch.stack(bounds)


# -------------------- 1.4 ppca
edit("ppca", "ppca__unbiased", "centred / n", "centred / (n - 1)",  # scikit-learn's PCA
    "the covariance divides by n - 1, as scikit-learn does: maximal likelihood divides by n.",
    read="Convention of task 1.4")
edit("ppca", "ppca__whole_eigenvalue", "(values[:q] - noise).clamp(min=0)", "values[:q]",
    "the noise is not subtracted from the eigenvalues: W W^T plus the noise then has too much variance.",
    read="What of task 1.4")
edit("ppca", "ppca__noise_of_all", "values[q:].mean()", "values.mean()",
    "the noise is the mean of all eigenvalues instead of those that are left.", read="What of task 1.4")
edit("ppca", "ppca__noise_summed", "values[q:].mean()", "values[q:].sum()",
    "the eigenvalues that are left are added up instead of averaged.", read="What of task 1.4")
edit("ppca", "ppca__smallest_first",
    "argsort(descending=True)", "argsort()",
    "the eigenvalues keep the order of eigh, the smallest first: W then holds what varies least.",
    read="Hint 1 of task 1.4")
edit("ppca", "ppca__rows", "vectors[:, :q]", "vectors[:q].T",
    "rows of the matrix of eigenvectors are taken: its columns are the eigenvectors.",
    read="Hint 1 of task 1.4")
edit("ppca", "ppca__not_centred", "centred = x - mean", "centred = x",
    "the mean is not subtracted: the first column then points to the mean.", read="What of task 1.4")
edit("ppca", "ppca__no_clamp",
    "W = vectors[:, :q] * (values[:q] - noise).clamp(min=0).sqrt()",
    "lengths = (values[:q] - noise).sqrt()\n    W = vectors[:, :q] * lengths",
    "eigenvalues below the noise are not set to 0: their roots are nan.", read="Convention of task 1.4")
edit("ppca", "ppca__zero_is_none", "if variance is None", "if not variance",
    "a variance of 0.0 is taken for none given: compare with None.", read="Given of task 1.4")
edit("ppca", "ppca__no_sign", "return mean, W * largest.sign(), noise", "return mean, W, noise",
    "the signs are those that eigh happens to give.", read="Convention of task 1.4")
edit("ppca", "ppca_posterior__large_M",
    "M = W.T @ W + variance * torch.eye(W.shape[1], dtype=W.dtype, device=W.device)  # q q\n"
    "    return torch.linalg.solve(M, W.T @ (x - mean).T).T, variance * torch.linalg.inv(M)",
    "M = W @ W.T + variance * torch.eye(W.shape[0], dtype=W.dtype)\n"
    "    return torch.linalg.solve(M, (x - mean).T).T @ W, variance * torch.linalg.inv(M)",
    "the covariance is that of the data's d dimensions: the latent has q.", read="Hint 3 of task 1.4")
edit("ppca", "ppca_posterior__no_noise",
    " + variance * torch.eye(W.shape[1], dtype=W.dtype, device=W.device)", "",
    "the noise is missing from M: the means are those of least squares, not shrunk towards 0.",
    read="What of task 1.4")
edit("ppca", "ppca_posterior__not_centred", "(x - mean).T", "x.T",
    "the mean is not subtracted from the images.", read="What of task 1.4")


# -------------------- 2.1 gan_losses
edit("gan_losses", "discriminator_loss__log_sigmoid",
    "F.softplus(-real).mean() + F.softplus(fake).mean()",
    "-torch.log(torch.sigmoid(real)).mean() - torch.log(1 - torch.sigmoid(fake)).mean()",
    "the probability is formed first: log(sigmoid(-10000)) is log 0.", read="Convention of task 2.1")
edit("gan_losses", "discriminator_loss__swapped",  # style-based-gan-pytorch#60, stylegan2-pytorch#69
    "F.softplus(-real).mean() + F.softplus(fake).mean()",
    "F.softplus(real).mean() + F.softplus(-fake).mean()",
    "real and generated images have exchanged their signs: large logits mean real.",
    read="Convention of task 2.1")
edit("gan_losses", "discriminator_loss__summed",
    "F.softplus(-real).mean() + F.softplus(fake).mean()", "F.softplus(-real).sum() + F.softplus(fake).sum()",
    "the batch is added up instead of averaged.", read="What of task 2.1")
edit("gan_losses", "discriminator_loss__one_mean",
    "return F.softplus(-real).mean() + F.softplus(fake).mean()",
    "both = F.softplus(torch.cat([-real.flatten(), fake.flatten()]))\n        return 2 * both.mean()",
    "real and generated images share one mean: with unequal numbers the larger side counts more.",
    read="What of task 2.1")
edit("gan_losses", "discriminator_loss__squares_of_probabilities",
    "0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean()",
    "0.5 * ((real.sigmoid() - 1) ** 2).mean() + 0.5 * (fake.sigmoid() ** 2).mean()",
    "least squares is taken of probabilities instead of the answers as they are.",
    read="Convention of task 2.1")
edit("gan_losses", "discriminator_loss__whole_squares",
    "0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean()", "((real - 1) ** 2).mean() + (fake**2).mean()",
    "the halves of least squares are missing.", read="What of task 2.1")
edit("gan_losses", "discriminator_loss__wasserstein_sign", "fake.mean() - real.mean()",
    "real.mean() - fake.mean()",
    "the difference has the sign that the critic makes large: losses here are made small.",
    read="Convention of task 2.1")
edit("gan_losses", "discriminator_loss__takes_minimax",
    'if kind == "non_saturating":', 'if kind in ("non_saturating", "minimax"):',
    'the critic accepts "minimax", which names a loss of generators only.', read="Convention of task 2.1")
edit("gan_losses", "generator_loss__minimax_for_non_saturating",
    "return F.softplus(-fake).mean()", "return -F.softplus(fake).mean()",
    "the non-saturating loss is that of minimax: the same fixed point, and no gradient where it is needed.",
    read="Why of task 2.1")
edit("gan_losses", "generator_loss__log_sigmoid",
    "return F.softplus(-fake).mean()", "p = torch.sigmoid(fake)\n        return -torch.log(p).mean()",
    "the generator's loss takes the logarithm of a probability that may be 0.", read="Convention of task 2.1")
edit("gan_losses", "generator_loss__whole_squares",
    "return 0.5 * ((fake - 1) ** 2).mean()", "return ((fake - 1) ** 2).mean()",
    "the half of the generator's least squares is missing.", read="What of task 2.1")
edit("gan_losses", "generator_loss__minimax_sign",
    "return -F.softplus(fake).mean()  # log(1 - sigmoid(fake))", "return F.softplus(fake).mean()",
    "minimax has the sign that the critic minimises: the generator minimises log(1 - sigmoid).",
    read="Convention of task 2.1")


# -------------------- 2.2 optimal_critic
edit("optimal_critic", "optimal_critic__upside_down", "p.log() - q.log()", "q.log() - p.log()",
    "the quotient is q / p: large logits mean real.", read="Convention of task 2.2")
edit("optimal_critic", "optimal_critic__probability",
    "return p.log() - q.log()", "return p / (p + q)",
    "the probability p / (p + q) comes back where its logit is asked for.", read="Convention of task 2.2")
edit("optimal_critic", "optimal_critic__with_a_floor",
    "return p.log() - q.log()", "p, q = p + 1e-8, q + 1e-8\n        return p.log() - q.log()",
    "a small number keeps the logits finite: where one law is 0 they are infinite.",
    read="Convention of task 2.2")
edit("optimal_critic", "optimal_critic__difference", "torch.sign(p - q)", "p - q",
    "the difference comes back where its sign is asked for: hinge has its minima at the corners.",
    read="Hint 2 of task 2.2")
edit("optimal_critic", "optimal_critic__nan", "torch.where(p + q > 0, p / (p + q), 0.5)", "p / (p + q)",
    "0 / 0 is not taken care of: where both laws are 0 any answer is best, and 1/2 is asked for.",
    read="Convention of task 2.2")
edit("optimal_critic", "optimal_critic__other_kind",
    'if kind == "non_saturating":\n        return p.log() - q.log()\n    if kind == "least_squares":',
    'if kind == "least_squares":\n        return p.log() - q.log()\n    if kind == "non_saturating":',
    "the critics of two kinds are exchanged.", read="What of task 2.2")
edit("optimal_critic", "game_value__maximised",
    "return (xlogy(p + q, p + q) - xlogy(p, p) - xlogy(q, q)).sum()",
    "return (xlogy(p, p) + xlogy(q, q) - xlogy(p + q, p + q)).sum()",
    "the sign is that of the game in which the critic maximises, whose value for equal laws is -ln 4.",
    read="Convention of task 2.2")
edit("optimal_critic", "game_value__nan",
    "xlogy = torch.special.xlogy  # x log y, and 0 where x is 0\n"
    "        return (xlogy(p + q, p + q) - xlogy(p, p) - xlogy(q, q)).sum()",
    "m = p + q\n"
    "        return (p * (m / p).log() + q * (m / q).log()).sum()",
    "0 log 0 is formed, which is nan: its limit is 0.", read="Hint 3 of task 2.2")
edit("optimal_critic", "game_value__unweighted",
    "return (xlogy(p + q, p + q) - xlogy(p, p) - xlogy(q, q)).sum()",
    "best = p.log() - q.log()\n"
    "        return torch.nn.functional.softplus(-best).mean() + torch.nn.functional.softplus(best).mean()",
    "all points count alike: p and q weigh them, and a point without weight counts 0.",
    read="What of task 2.2")
edit("optimal_critic", "game_value__jensen_shannon",
    "return (xlogy(p + q, p + q) - xlogy(p, p) - xlogy(q, q)).sum()",
    "js = 0.5 * (xlogy(p, p) + xlogy(q, q) - xlogy(p + q, p + q)).sum() + 0.6931471805599453\n"
    "        return js",
    "the divergence comes back instead of the loss: that is 2 ln 2 less twice the divergence.",
    read="What of task 2.2")
edit("optimal_critic", "game_value__total_variation", "2 * torch.minimum(p, q).sum()",
    "2 - (p - q).abs().sum() * 2",
    "the total variation is taken twice as large: it is half the sum of the differences.",
    read="What of task 2.2")
edit("optimal_critic", "game_value__half_hinge", "2 * torch.minimum(p, q)", "torch.minimum(p, q)",
    "the value of hinge is halved: its loss is a sum of two means, not their average.",
    read="What of task 2.2")


# -------------------- 2.3 penalties
edit("penalties", "gradient_penalty__batch_of_shares",  # PyTorch-GAN#5
    "share = mix.view(len(mix), *(1 for _ in real.shape[1:]))  # b 1 ... 1", "share = mix",
    "one share for each image lines up with the last axis instead of the first: reshape it to (b, 1, ...).",
    read="Convention of task 2.3")
edit("penalties", "gradient_penalty__first_axis",  # caogang/wgan-gp#27
    "vector_norm(gradient.flatten(1), dim=1)", "vector_norm(gradient, dim=1)",
    "the norm is taken over one axis: an image's gradient has all its axes.", read="Convention of task 2.3")
edit("penalties", "gradient_penalty__not_squared", "((slope - 1) ** 2)", "(slope - 1).abs()",
    "the distance from 1 is not squared.", read="What of task 2.3")
edit("penalties", "gradient_penalty__one_sided", "((slope - 1) ** 2)", "((slope - 1).clamp(min=0) ** 2)",
    "only slopes above 1 are punished: the penalty here is two-sided.", read="Convention of task 2.3")
edit("penalties", "gradient_penalty__no_graph", "create_graph=True", "create_graph=False",
    "the gradient has no graph of its own: the penalty is then a constant to training.",
    read="Hint 1 of task 2.3")
edit("penalties", "gradient_penalty__of_the_batch",
    "torch.linalg.vector_norm(gradient.flatten(1), dim=1)", "torch.linalg.vector_norm(gradient)",
    "one norm is taken of the whole batch: each image has its own slope.", read="Convention of task 2.3")
edit("penalties", "gradient_penalty__root_of_sum",  # keras-io#624
    "torch.linalg.vector_norm(gradient.flatten(1), dim=1)", "(gradient.flatten(1) ** 2).sum(1).sqrt()",
    "the root of a sum of squares is taken as it stands: at slope 0 its derivative is infinite times 0, nan.",
    read="Convention of task 2.3")
edit("penalties", "gradient_penalty__into_images", ".detach().requires_grad_()",
    " + torch.zeros((), requires_grad=True)",
    "the images are not detached: the penalty then reaches whatever made them.",
    read="Convention of task 2.3")
edit("penalties", "gradient_penalty__other_end",  # the paper against its code: improved_wgan_training#84
    "(share * real + (1 - share) * fake)", "(share * fake + (1 - share) * real)",
    "mix = 1 is the generated image: here it is the real one.", read="Convention of task 2.3")
edit("penalties", "r1_penalty__not_halved", "gamma / 2 * ", "gamma * ",
    "the half is missing: R1 is gamma / 2 times the squared slope.", read="What of task 2.3")
edit("penalties", "r1_penalty__around_one", "(gradient**2).flatten(1).sum(1).mean()",
    "((gradient.flatten(1).norm(dim=1) - 1) ** 2).mean()",
    "R1 is taken around the slope 1: it punishes every slope.", read="What of task 2.3")
edit("penalties", "r1_penalty__softplus",  # style-based-gan-pytorch#34
    "critic(at).sum()", "torch.nn.functional.softplus(critic(at)).sum()",
    "the slope of the loss is punished instead of the critic's.", read="What of task 2.3")
edit("penalties", "r1_penalty__no_graph", "create_graph=True", "create_graph=False",
    "the gradient has no graph of its own: R1 is then a constant to training.", read="Hint 1 of task 2.3")


@naive("penalties", "each image's gradient is asked for by itself, one backward pass after the other.")
def gradient_penalty__one_by_one(critic, real, fake, mix, weight=10.0):
    share = mix.reshape(-1, *[1] * (real.ndim - 1))
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    answers = critic(between).reshape(-1)
    own = [torch.autograd.grad(a, between, create_graph=True)[0][i] for i, a in enumerate(answers)]
    slope = torch.linalg.vector_norm(torch.stack(own).flatten(1), dim=1)
    return weight * ((slope - 1) ** 2).mean()


# -------------------- 2.4 spectral_norm
edit("spectral_norm", "spectral_norm__columns",
    "W = weight.flatten(1)  # c_out m\n",
    "W = weight.transpose(0, 1).flatten(1)\n    W = W.reshape(len(u), -1)\n",
    "input and output channels are exchanged before the weight is flattened.", read="Convention of task 2.4")
edit("spectral_norm", "spectral_norm__frobenius", "return u @ W @ v, u, v", "return W.norm(), u, v",
    "the root of all squares comes back (the Frobenius norm), not the largest singular value.",
    read="What of task 2.4")
edit("spectral_norm", "spectral_norm__v_of_any_length",
    "v = F.normalize(W.T @ u, dim=0, eps=eps)", "v = W.T @ u",
    "v is not made a vector of length 1.", read="What of task 2.4")
edit("spectral_norm", "spectral_norm__recorded", "with torch.no_grad():", "with torch.enable_grad():",
    "the iteration is recorded too: its vectors should count as constants in the gradient.",
    read="Convention of task 2.4")
edit("spectral_norm", "spectral_norm__constant", 
    "return u @ W @ v, u, v", "sigma = (u @ W @ v).detach()\n    return sigma, u, v",
    "the value is detached: without a gradient dividing by it trains another weight.",
    read="Convention of task 2.4")
edit("spectral_norm", "spectral_norm__one_iteration", "range(iterations)", "range(1)",
    "only one iteration is done, whatever is asked for.", read="What of task 2.4")
edit("spectral_norm", "spectral_norm__squared", "return u @ W @ v, u, v", "return (u @ W @ v) ** 2, u, v",
    "the square comes back, the eigenvalue of W W^T.", read="What of task 2.4")
edit("spectral_norm", "spectral_norm__old_u",
    "            v = F.normalize(W.T @ u, dim=0, eps=eps)\n"
    "            u = F.normalize(W @ v, dim=0, eps=eps)",
    "            start = u\n            v = F.normalize(W.T @ u, dim=0, eps=eps)\n"
    "            u = F.normalize(W @ v, dim=0, eps=eps)\n        u = start",
    "u is that of before the last step: after W^T u comes W v.", read="What of task 2.4")
edit("spectral_norm", "spectral_norm__divides_by_zero",
    "v = F.normalize(W.T @ u, dim=0, eps=eps)\n            u = F.normalize(W @ v, dim=0, eps=eps)",
    "v = W.T @ u / (W.T @ u).norm()\n            u = W @ v / (W @ v).norm()",
    "lengths are divided by as they are: a weight of zeros gives nan.", read="Convention of task 2.4")
edit("spectral_norm", "spectral_norm__eps_added",
    "v = F.normalize(W.T @ u, dim=0, eps=eps)\n            u = F.normalize(W @ v, dim=0, eps=eps)",
    "v = W.T @ u\n            v = v / (v.norm() + eps)\n"
    "            u = W @ v\n            u = u / (u.norm() + eps)",
    "eps is added to the lengths: the larger of both is asked for.", read="Convention of task 2.4")
edit("spectral_norm", "spectral_norm__no_error",
    '    if iterations < 1:\n        raise ValueError(f"{iterations} iterations; at least one is needed")\n',
    "    iterations = max(iterations, 1)\n",
    "less than one iteration is taken for one, without an error.", read="What of task 2.4")


# -------------------- 2.5 gan_step
@wrong(
    "gan_step",
    "both players step from the same weights: the generator has to meet the critic after its step.",
    read="Convention of task 2.5",
)
def gan_step__simultaneous(
    generator, critic, optimizer_g, optimizer_d, real, noise_d, noise_g, kind, gamma=0.0
):
    with torch.no_grad():
        fake = generator(noise_d)
    loss_d = discriminator_loss(critic(real), critic(fake), kind)
    penalty = r1_penalty(critic, real, gamma) if gamma > 0 else 0.0
    loss_g = generator_loss(critic(generator(noise_g)), kind)
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_d.zero_grad()
    (loss_d + penalty).backward()
    optimizer_d.step()
    optimizer_g.step()
    return loss_d.item(), loss_g.item()


@wrong("gan_step", "the generator takes its step first.", read="Convention of task 2.5")
def gan_step__generator_first(
    generator, critic, optimizer_g, optimizer_d, real, noise_d, noise_g, kind, gamma=0.0
):
    loss_g = generator_loss(critic(generator(noise_g)), kind)
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    fake = generator(noise_d).detach()
    loss_d = discriminator_loss(critic(real), critic(fake), kind)
    penalty = r1_penalty(critic, real, gamma) if gamma > 0 else 0.0
    optimizer_d.zero_grad()
    (loss_d + penalty).backward()
    optimizer_d.step()
    return loss_d.item(), loss_g.item()


@wrong(  # DBPN-Pytorch#37
    "gan_step",
    "the images of the critic's turn are not detached: its loss reaches the generator, which then "
    "learns from the critic's loss as well.",
    read="Convention of task 2.5",
)
def gan_step__not_detached(
    generator, critic, optimizer_g, optimizer_d, real, noise_d, noise_g, kind, gamma=0.0
):
    optimizer_d.zero_grad()
    optimizer_g.zero_grad()
    fake = generator(noise_d)
    loss_d = discriminator_loss(critic(real), critic(fake), kind)
    loss_d.backward()
    if gamma > 0:
        r1_penalty(critic, real, gamma).backward()
    optimizer_d.step()
    loss_g = generator_loss(critic(generator(noise_g)), kind)
    loss_g.backward()
    optimizer_g.step()
    return loss_d.item(), loss_g.item()


edit("gan_step", "gan_step__critic_keeps_gradients", "    optimizer_d.zero_grad()\n", "",
    "the critic's gradients are never zeroed: those of the generator's pass and of earlier rounds add up.",
    read="Convention of task 2.5")
edit("gan_step", "gan_step__generator_keeps_gradients", "    optimizer_g.zero_grad()\n", "",
    "the generator's gradients are never zeroed: those of earlier rounds add up.",
    read="Convention of task 2.5")
edit("gan_step", "gan_step__critic_trained_twice", "    optimizer_g.step()\n",
    "    optimizer_g.step()\n    optimizer_d.step()\n",
    "the generator's turn moves the critic as well.", read="Convention of task 2.5")
edit("gan_step", "gan_step__r1_at_fakes", "r1_penalty(critic, real, gamma)",
    "r1_penalty(critic, fake, gamma)",
    "R1 is taken at generated images: it belongs to the real ones.", read="What of task 2.5")
edit("gan_step", "gan_step__r1_in_the_loss", 
    "        r1_penalty(critic, real, gamma).backward()\n",
    "        penalty = r1_penalty(critic, real, gamma)\n"
    "        penalty.backward()\n"
    "        loss_d = loss_d + penalty\n",
    "the critic's loss comes back with R1 in it.", read="What of task 2.5")
edit("gan_step", "gan_step__tensors", "return loss_d.item(), loss_g.item()",
    "return loss_d.detach(), loss_g.detach()",
    "the losses come back as tensors instead of numbers.", read="What of task 2.5")
edit("gan_step", "gan_step__one_noise", "critic(generator(noise_g))", "critic(generator(noise_d))",
    "the generator learns from the noise of the critic's turn.", read="Given of task 2.5")
edit("gan_step", "gan_step__without_r1", 
    "    if gamma > 0:\n        r1_penalty(critic, real, gamma).backward()\n", "",
    "gamma is ignored: R1 is missing.", read="What of task 2.5")
edit("gan_step", "gan_step__loss_after_the_step",
    "    optimizer_d.step()\n",
    "    optimizer_d.step()\n    loss_d = discriminator_loss(critic(real), critic(fake), kind)\n",
    "the critic's loss is that after its step: it comes back as it was before.", read="What of task 2.5")


# -------------------- 3.1 coupling
edit("coupling", "checkerboard_mask__inverted", "% 2 == 0", "% 2 == 1",
    "ones and zeros of the mask are exchanged: the corner, row 0 and column 0, is 1.",
    read="What of task 3.1")
edit("coupling", "checkerboard_mask__stripes", "(rows + columns) % 2", "(rows + 0 * columns) % 2",
    "the mask has stripes: neighbours to the left and right differ too.", read="What of task 3.1")
edit("coupling", "checkerboard_mask__bool", ".float()[None]", "[None]",
    "the mask is boolean: float32 is asked for, because images are multiplied by it.",
    read="What of task 3.1")
edit("coupling", "coupling_forward__s_everywhere",  # chrischute/real-nvp#4, #13
    "s, t = (1 - mask) * s, (1 - mask) * t\n    return x * torch.exp(s) + t, s.flatten(1).sum(1)",
    "y = mask * x + (1 - mask) * (x * torch.exp(s) + t)\n    return y, s.flatten(1).sum(1)",
    "log_det adds up all of s: values that pass are not scaled.", read="What of task 3.1")
edit("coupling", "coupling_forward__net_sees_all", "s, t = net(mask * x)\n", "s, t = net(x)\n",
    "the net sees the whole image: the way back does not have what it saw.", read="Convention of task 3.1")
edit("coupling", "coupling_forward__shift_first", "x * torch.exp(s) + t", "(x + t) * torch.exp(s)",
    "the shift comes before the scale, as in Glow's code.", read="Convention of task 3.1")
edit("coupling", "coupling_forward__sigmoid",
    "s, t = (1 - mask) * s, (1 - mask) * t",
    "s = torch.log(torch.sigmoid(s + 2))\n    s, t = (1 - mask) * s, (1 - mask) * t",
    "the scale is sigmoid(s + 2), as in Glow's code: here it is exp(s).", read="Convention of task 3.1")
edit("coupling", "coupling_forward__other_mask",
    "s, t = (1 - mask) * s, (1 - mask) * t", "s, t = mask * s, mask * t",
    "what passes and what is changed are exchanged: where the mask is 1, x passes.",
    read="What of task 3.1")
edit("coupling", "coupling_forward__mean", "s.flatten(1).sum(1)", "s.flatten(1).mean(1)",
    "log_det is averaged over the values instead of added up.", read="What of task 3.1")
edit("coupling", "coupling_forward__batch", "s.flatten(1).sum(1)", "s.sum().expand(len(x))",
    "log_det is added up over the batch: each image has its own.", read="Convention of task 3.1")
edit("coupling", "coupling_inverse__scale_first", "(y - t) * torch.exp(-s)",
    "y * torch.exp(-s) - t",  # real-nvp#15
    "the inverse scales first: what was done last is undone first.", read="Hint 2 of task 3.1")
edit("coupling", "coupling_inverse__sign", "-s.flatten(1).sum(1)", "s.flatten(1).sum(1)",  # pytorch-flows#16
    "the inverse's log_det has the sign of forward: each way has its own.", read="Convention of task 3.1")
edit("coupling", "coupling_inverse__net_sees_all", "net(mask * y)", "net(y)",
    "the net of the inverse sees the whole of y: forward showed it what passes.",
    read="Convention of task 3.1")


# -------------------- 3.2 ActNorm
edit("ActNorm", "act_norm_forward__unbiased", "correction=0", "correction=1", replaces="ActNorm.forward",
    says="the deviation divides by n - 1: the first batch then has a deviation a little below 1.",
    read="Convention of task 3.2")
edit("ActNorm", "act_norm_forward__every_batch", "if not self.ready:", "if True:", replaces="ActNorm.forward",
    says="the parameters are set by every batch, as in batch norm: only the first one sets them.",
    read="What of task 3.2")
edit("ActNorm", "act_norm_forward__in_training_only", "if not self.ready:",
    "if self.training and not self.ready:", replaces="ActNorm.forward",
    says="the parameters are set in training mode only: the first call sets them, in any mode.",
    read="What of task 3.2")
edit("ActNorm", "act_norm_forward__one_pixel", "H * W * self.log_scale.sum()", "self.log_scale.sum()",
    replaces="ActNorm.forward",
    says="the pixels are forgotten in log_det: each channel is scaled at h w of them.",
    read="What of task 3.2")
edit("ActNorm", "act_norm_forward__one_log_det", "log_det.expand(B)", "log_det", replaces="ActNorm.forward",
    says="log_det is one number for all: each image has one, (b,).", read="What of task 3.2")
edit("ActNorm", "act_norm_forward__not_remembered", "                self.ready.fill_(True)\n",
    "                object.__setattr__(self, 'done', True)\n", replaces="ActNorm.forward",
    says="`ready` is never set: every batch is taken for the first.", read="Given of task 3.2")
edit("ActNorm", "act_norm_forward__flag_outside",
    "if not self.ready:", "if not getattr(self, 'done', False):\n            self.done = True",
    replaces="ActNorm.forward",
    says="a flag of Python's own says that the parameters are set: state_dict does not know it, so a loaded "
    "layer sets them again.", read="Given of task 3.2")
edit("ActNorm", "act_norm_forward__recorded",
    "return (x + self.shift) * self.log_scale.exp(), log_det.expand(B)",
    "first = torch.allclose(self.shift, -x.mean((0, 2, 3), keepdim=True))\n"
    "        if first:\n"
    "            deviation, mean = torch.std_mean(x, dim=(0, 2, 3), correction=0, keepdim=True)\n"
    "            return (x - mean) / (deviation + self.eps) + 0 * self.shift, log_det.expand(B)\n"
    "        return (x + self.shift) * self.log_scale.exp(), log_det.expand(B)",
    replaces="ActNorm.forward",
    says="the first batch is divided by its own statistics with autograd looking on: afterwards they are "
    "fixed numbers, and so they are in the first call.", read="Convention of task 3.2")
edit("ActNorm", "act_norm_forward__scale_first",
    "(x + self.shift) * self.log_scale.exp()", "x * self.log_scale.exp() + self.shift",
    replaces="ActNorm.forward",
    says="x is scaled before it is shifted: the shift is then in other units.", read="What of task 3.2")
edit("ActNorm", "act_norm_forward__no_eps", "deviation + self.eps", "deviation", replaces="ActNorm.forward",
    says="eps is missing: a constant channel gets an infinite scale.", read="What of task 3.2")
edit("ActNorm", "act_norm_inverse__sign", "-H * W * self.log_scale.sum()", "H * W * self.log_scale.sum()",
    replaces="ActNorm.inverse",
    says="the inverse's log_det has the sign of forward: each way has its own.", read="What of task 3.2")
edit("ActNorm", "act_norm_inverse__shift_first",
    "y * torch.exp(-self.log_scale) - self.shift", "(y - self.shift) * torch.exp(-self.log_scale)",
    replaces="ActNorm.inverse",
    says="the shift is undone first: forward scales last, so that comes first on the way back.",
    read="What of task 3.2")


# -------------------- 3.3 InvertibleConv1x1
edit("InvertibleConv1x1", "conv_forward__one_pixel", "H * W * self.log_s.sum()", "self.log_s.sum()",
    replaces="InvertibleConv1x1.forward",
    says="the pixels are forgotten in log_det: each of the h w pixels is multiplied.",
    read="What of task 3.3")
edit("InvertibleConv1x1", "conv_forward__transposed", '"oc,bchw->bohw"', '"co,bchw->bohw"',
    replaces="InvertibleConv1x1.forward",
    says="channels are multiplied by the transposed matrix; round trips and determinants cannot see it.",
    read="Convention of task 3.3")
edit("InvertibleConv1x1", "conv_init__no_sign", "diagonal.sign()", "torch.ones_like(diagonal)",
    replaces="InvertibleConv1x1.__init__",
    says="the signs of U's diagonal are lost: the matrix is then another one.", read="What of task 3.3")
edit("InvertibleConv1x1", "conv_init__log_of_negative", "diagonal.abs().log()", "diagonal.log()",
    replaces="InvertibleConv1x1.__init__",
    says="the logarithm of negative numbers is taken, which is nan.", read="What of task 3.3")
edit("InvertibleConv1x1", "conv_init__transposed_permutation", 'self.register_buffer("P", P)',
    'self.register_buffer("P", P.T)',
    replaces="InvertibleConv1x1.__init__",
    says="the permutation is transposed: torch's P stands in front, weight = P L U.",
    read="Convention of task 3.3")
edit("InvertibleConv1x1", "conv_init__trained_permutation", 'self.register_buffer("P", P)',
    "self.P = nn.Parameter(P)",
    replaces="InvertibleConv1x1.__init__",
    says="the permutation is a parameter: after a step it is no permutation any more.",
    read="What of task 3.3")
edit("InvertibleConv1x1", "conv_weight__whole_L", "self.L.tril(-1)", "self.L",
    replaces="InvertibleConv1x1.weight",
    says="entries of L on and above the diagonal count: the determinant is then not that of log_s.",
    read="Convention of task 3.3")
edit("InvertibleConv1x1", "conv_weight__whole_U", "self.U.triu(1)", "self.U",
    replaces="InvertibleConv1x1.weight",
    says="entries of U on and below the diagonal count: the determinant is then not that of log_s.",
    read="Convention of task 3.3")
edit("InvertibleConv1x1", "conv_weight__without_ones",
    "self.L.tril(-1) + torch.eye(len(self.L), dtype=self.L.dtype, device=self.L.device)", "self.L.tril(-1)",
    replaces="InvertibleConv1x1.weight",
    says="the ones on the diagonal of L are missing: the matrix is then singular.", read="What of task 3.3")
edit("InvertibleConv1x1", "conv_weight__upper_first", "self.P @ L @ U", "self.P @ U @ L",
    replaces="InvertibleConv1x1.weight",
    says="U stands before L.", read="What of task 3.3")
edit("InvertibleConv1x1", "conv_inverse__transpose_for_inverse",
    "torch.linalg.solve(self.weight(), y.flatten(2))", "self.weight().T @ y.flatten(2)",
    replaces="InvertibleConv1x1.inverse",
    says="the transposed matrix is taken for the inverse: that holds for rotations only.",
    read="What of task 3.3")
edit("InvertibleConv1x1", "conv_inverse__sign", "-H * W * self.log_s.sum()", "H * W * self.log_s.sum()",
    replaces="InvertibleConv1x1.inverse",
    says="the inverse's log_det has the sign of forward: each way has its own.", read="What of task 3.3")


# -------------------- 3.4 Flow
edit("Flow", "flow_forward__last_log_det", "total = total + log_det", "total = log_det",
    replaces="Flow.forward",
    says="only the last layer's log-determinant is kept.", read="What of task 3.4")
edit("Flow", "flow_forward__number", "total = x.new_zeros(len(x))  # b", "total = 0.0",
    replaces="Flow.forward",
    says="the sum begins with a number: without layers it has no axis of images.",
    read="Convention of task 3.4")
edit("Flow", "flow_forward__backwards", "in self.layers:", "in reversed(self.layers):",
    replaces="Flow.forward",
    says="forward goes through the layers from the last to the first.", read="What of task 3.4")
edit("Flow", "flow_inverse__in_order", "in reversed(self.layers):", "in self.layers:",
    replaces="Flow.inverse",
    says="the layers are undone in the order in which they were applied: the last one comes first.",
    read="What of task 3.4")
edit("Flow", "flow_inverse__subtracted", "total = total + log_det", "total = total - log_det",
    replaces="Flow.inverse",
    says="the log-dets of the way back are subtracted: each layer's inverse already has its own sign.",
    read="Convention of task 3.4")
edit("Flow", "flow_log_prob__minus", "log_noise + log_det", "log_noise - log_det",  # normalizing-flows#27
    replaces="Flow.log_prob",
    says="the log-determinant is subtracted: where forward stretches, data are dense.",
    read="What of task 3.4")
edit("Flow", "flow_log_prob__no_constant", "(z**2 + math.log(2 * math.pi))", "(z**2)",
    replaces="Flow.log_prob",
    says="the constant of the normal density is missing: the mass is then not 1.", read="What of task 3.4")
edit("Flow", "flow_log_prob__one_constant",
    "-0.5 * (z**2 + math.log(2 * math.pi)).flatten(1).sum(1)",
    "-0.5 * ((z**2).flatten(1).sum(1) + math.log(2 * math.pi))", replaces="Flow.log_prob",
    says="the constant of the normal density stands once an image instead of once for each value.",
    read="What of task 3.4")
edit("Flow", "flow_log_prob__of_noise_only", "return log_noise + log_det", "return log_noise",
    replaces="Flow.log_prob",
    says="the log-determinant is missing: this is the density of the noise.", read="What of task 3.4")


# -------------------- 3.5 dequantize
edit("dequantize", "dequantize__levels_minus_one", "return (k + u) / levels", "return (k + u) / (levels - 1)",
    "it divides by levels - 1: the last cell then lies beyond 1.", read="Convention of task 3.5")
edit("dequantize", "dequantize__centred", "return (k + u) / levels", "return (k + u - 0.5) / levels",
    "the cell is centred on its level: here it begins there.", read="Convention of task 3.5")
edit("dequantize", "quantize__rounded", "(v * levels).floor()", "(v * levels).round()",
    "it rounds to the nearest: half of each cell gets the next level.", read="Convention of task 3.5")
edit("dequantize", "quantize__not_clamped", ".clamp(0, levels - 1)", "",
    "values outside of [0, 1) are not brought back to the nearest level.", read="What of task 3.5")
edit("dequantize", "to_logits__one_end", "alpha + (1 - 2 * alpha) * v", "alpha + (1 - alpha) * v",
    "only the lower end is kept away from its limit: at v = 1 the logit is infinite.",
    read="Convention of task 3.5")
edit("dequantize", "to_logits__no_slope", "math.log(1 - 2 * alpha) - log_s", "-log_s",  # uvadlc_notebooks#57
    "log(1 - 2 alpha) is missing from log_det: the stretching counts too.", read="Hint 2 of task 3.5")
edit("dequantize", "to_logits__sign",
    "(math.log(1 - 2 * alpha) - log_s - log_rest)", "(log_s + log_rest - math.log(1 - 2 * alpha))",
    "log_det has the sign of the way back.", read="What of task 3.5")
edit("dequantize", "from_logits__no_slope", " - math.log(1 - 2 * alpha)", "",
    "log(1 - 2 alpha) is missing from the way back's log_det.", read="Hint 2 of task 3.5")
edit("dequantize", "from_logits__sign",
    "F.logsigmoid(y) + F.logsigmoid(-y) - math.log(1 - 2 * alpha)",
    "math.log(1 - 2 * alpha) - F.logsigmoid(y) - F.logsigmoid(-y)",
    "log_det of the way back has the sign of the way there: each way has its own.",
    read="What of task 3.5")
edit("dequantize", "bits_per_dim__no_levels", " + math.log2(levels)", "",
    "log2 of the number of levels is missing: these are bits of the density of v, not of the image.",
    read="What of task 3.5")
edit("dequantize", "bits_per_dim__signed_data", "math.log2(levels)", "math.log2(levels / 2)",
    "log2(levels / 2) is added: that is for a density on [-1, 1].", read="Convention of task 3.5")
edit("dequantize", "bits_per_dim__nats", "/ (dims * math.log(2))", "/ dims",
    "nats are not converted: a bit has ln 2 of them.", read="What of task 3.5")
edit("dequantize", "bits_per_dim__of_the_batch", "(dims * math.log(2))", "(len(log_density) * math.log(2))",
    "it divides by the number of images instead of the values of one.", read="What of task 3.5")
edit("dequantize", "bits_per_dim__log_q_subtracted", "(log_q - log_density)", "(-log_q - log_density)",
    "log_q is subtracted: noise that was chosen closely costs bits.", read="Convention of task 3.5")
edit("dequantize", "bits_per_dim__without_log_q", "(log_q - log_density)", "(-log_density)",
    "log_q is ignored.", read="Convention of task 3.5")

# -------------------- right on the CPU, and fails on a GPU
stray("InvertibleConv1x1", "conv_weight__one_on_the_cpu",
    "dtype=self.L.dtype, device=self.L.device)", "dtype=self.L.dtype)",
    "torch.eye makes a tensor on the CPU",
    replaces="InvertibleConv1x1.weight")
# fmt: on
